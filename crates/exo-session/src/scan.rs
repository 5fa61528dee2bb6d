//! Finds the records of an answer in one pass over its bytes, and checks everything around them.

// With their paths, so that the fuzz target can take this file as it stands.
#[path = "scan/list.rs"]
mod list;
#[path = "scan/masks.rs"]
mod masks;
#[path = "scan/member.rs"]
mod member;

use exo_model::Span;
use member::Member;
use std::ops::Range;

/// Where the parts of an answer stand. Nothing is decoded or copied.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The elements of `value`.
    pub(crate) records: Vec<Span>,
    /// Other members of the outermost object that matter, as JSON values.
    pub(crate) next_link: Option<Range<usize>>,
    pub(crate) context: Option<Range<usize>>,
    pub(crate) warnings: Option<Range<usize>>,
    pub(crate) errors: Option<Range<usize>>,
    pub(crate) confirmation: Option<Range<usize>>,
    pub(crate) error: Option<Range<usize>>,
}

/// Why the bytes are not an answer, and where that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScanError {
    pub(crate) why: &'static str,
    pub(crate) at: usize,
}

/// Reads an answer to its last byte.
///
/// Outside the records the grammar of JSON is held in full, and texts and brackets are within them, so that an answer
/// that was cut or mixed up is an error and never a short page. What else may be wrong in a record is seen by whoever
/// decodes it: an answer is right if it is right here and each of its records is JSON.
pub(crate) fn scan(body: &[u8]) -> Result<Envelope, ScanError> {
    if u32::try_from(body.len()).is_err() {
        return Err(ScanError { why: "it is longer than 4 GiB", at: body.len() });
    }
    let mut scanner = Scanner::new(body, 0);
    let outcome = scanner.whole();
    // A list that was seen to be ASCII is not looked at again.
    for part in [0..scanner.ascii.start, scanner.ascii.end..body.len()] {
        let start = part.start;
        if let Err(error) = std::str::from_utf8(body.get(part).unwrap_or_default()) {
            return Err(ScanError { why: "it is not UTF-8", at: start + error.valid_up_to() });
        }
    }
    outcome
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes that are known to be ASCII.
    ascii: Range<usize>,
}

impl<'a> Scanner<'a> {
    fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, ascii: 0..0 }
    }

    fn whole(&mut self) -> Result<Envelope, ScanError> {
        let mut envelope = Envelope::default();
        self.space();
        self.expect(b'{', "it is not a JSON object")?;
        self.members(&mut envelope)?;
        self.space();
        if self.at == self.bytes.len() { Ok(envelope) } else { Err(self.fail("something stands after its end")) }
    }

    /// The members of the outermost object, its brace having been read.
    fn members(&mut self, envelope: &mut Envelope) -> Result<(), ScanError> {
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(());
        }
        let mut value_seen = false;
        loop {
            let key = self.key()?;
            let start = self.at;
            match self.member(&key)? {
                Member::Value if value_seen => return Err(self.fail("`value` stands in it twice")),
                Member::Value => {
                    value_seen = true;
                    self.list(&mut envelope.records)?;
                }
                member => {
                    self.value()?;
                    let place = match member {
                        Member::NextLink => &mut envelope.next_link,
                        Member::Context => &mut envelope.context,
                        Member::Warnings => &mut envelope.warnings,
                        Member::Errors => &mut envelope.errors,
                        Member::Confirmation => &mut envelope.confirmation,
                        Member::Error => &mut envelope.error,
                        Member::Value | Member::Other => &mut None,
                    };
                    *place = Some(start..self.at);
                }
            }
            self.space();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fail("a comma or the end of the object is missing")),
            }
            self.space();
        }
    }

    /// The list of records: each element's place is kept.
    fn list(&mut self, records: &mut Vec<Span>) -> Result<(), ScanError> {
        if self.peek() == b'n' {
            return self.literal(b"null");
        }
        self.expect(b'[', "`value` is not a list")?;
        if let Some(list) = list::read(self.bytes, self.at) {
            if list.ascii {
                self.ascii = self.at..list.end;
            }
            (*records, self.at) = (list.records, list.end);
            return Ok(());
        }
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let start = self.at;
            self.value()?;
            records.push(Span { start: offset(start), end: offset(self.at) });
            self.space();
            match self.peek() {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.fail("a comma or the end of the list is missing")),
            }
            self.space();
        }
    }

    /// One value of any kind and depth, without recursion: `objects` has a bit per open level, set for an object.
    fn value(&mut self) -> Result<(), ScanError> {
        let (mut objects, mut depth) = (0_u128, 0_u32);
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    self.string()?;
                }
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    self.space();
                    // `]` and `}` stand two after their opening brackets in ASCII.
                    if self.peek() == open + 2 {
                        self.at += 1;
                    } else {
                        if depth == DEEPEST {
                            return Err(self.fail("it is nested too deep"));
                        }
                        depth += 1;
                        objects = objects << 1 | u128::from(open == b'{');
                        if open == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                b'-' | b'0'..=b'9' => self.number()?,
                _ => return Err(self.fail("a value is missing")),
            }
            if self.close(&mut objects, &mut depth)? {
                return Ok(());
            }
        }
    }

    /// After a value: closes what ends here. Whether the outermost value has ended; if not, another one follows.
    #[inline]
    fn close(&mut self, objects: &mut u128, depth: &mut u32) -> Result<bool, ScanError> {
        while *depth > 0 {
            self.space();
            let in_object = *objects & 1 == 1;
            match self.peek() {
                b',' => {
                    self.at += 1;
                    self.space();
                    if in_object {
                        self.key()?;
                    }
                    return Ok(false);
                }
                b'}' if in_object => {}
                b']' if !in_object => {}
                _ => return Err(self.fail("a comma or a closing bracket is missing")),
            }
            self.at += 1;
            *depth -= 1;
            *objects >>= 1;
        }
        Ok(true)
    }

    /// A member's name and the colon after it; gives the name as it stands between its quotes.
    #[inline]
    fn key(&mut self) -> Result<Key, ScanError> {
        self.expect(b'"', "a member's name is missing")?;
        let start = self.at;
        let escaped = self.string()?;
        let key = Key { name: start..self.at - 1, escaped };
        self.space();
        self.expect(b':', "a colon is missing")?;
        self.space();
        Ok(key)
    }

    /// Which member a name is.
    fn member(&self, key: &Key) -> Result<Member, ScanError> {
        let name = self.bytes.get(key.name.clone()).unwrap_or_default();
        if !key.escaped {
            return Ok(Member::named(name));
        }
        let quoted = self.bytes.get(key.name.start - 1..=key.name.end).unwrap_or_default();
        let name: String = serde_json::from_slice(quoted).map_err(|_| self.fail("a member's name is not a text"))?;
        Ok(Member::named(name.as_bytes()))
    }

    /// The rest of a string, its quote having been read; whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, ScanError> {
        let mut escaped = false;
        loop {
            // Eight bytes at a time, until one of them is a quote, a backslash or a control character.
            while let Some(chunk) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
                let found = special(u64::from_le_bytes(*chunk));
                if found != 0 {
                    self.at += found.trailing_zeros() as usize / 8;
                    break;
                }
                self.at += 8;
            }
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                control if control < b' ' => {
                    let cut = self.at >= self.bytes.len();
                    return Err(self.fail(if cut { "it breaks off" } else { "a control character stands in a text" }));
                }
                _ => self.at += 1,
            }
        }
    }

    #[cold]
    fn escape(&mut self) -> Result<(), ScanError> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let digits = self.bytes.get(self.at + 1..self.at + 5).unwrap_or_default();
                if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.fail("an escape in a text is not whole"));
                }
                self.at += 5;
            }
            _ => return Err(self.fail("an escape in a text is not known")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), ScanError> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { Err(self.fail("a digit is missing in a number")) } else { Ok(()) }
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), ScanError> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(())
        } else {
            Err(self.fail("a word is neither true nor false nor null"))
        }
    }

    #[inline]
    fn space(&mut self) {
        // Most values are followed by no space, and all space sorts below what is not space.
        while self.peek() <= b' ' && matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// The byte here; NUL, which is never right, at the end.
    #[inline]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn expect(&mut self, byte: u8, why: &'static str) -> Result<(), ScanError> {
        if self.peek() == byte {
            self.at += 1;
            Ok(())
        } else {
            Err(self.fail(why))
        }
    }

    #[cold]
    fn fail(&self, why: &'static str) -> ScanError {
        let why = if self.at >= self.bytes.len() { "it breaks off" } else { why };
        ScanError { why, at: self.at.min(self.bytes.len()) }
    }
}

struct Key {
    name: Range<usize>,
    escaped: bool,
}

/// The high bit of each byte that is a quote, a backslash or a control character.
///
/// Bits above the lowest one set may be wrong, since the subtraction borrows; only the lowest is used.
#[inline]
const fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_backslash = backslash.wrapping_sub(ONES) & !backslash;
    let control = word.wrapping_sub(ONES * b' ' as u64) & !word;
    (zero_quote | zero_backslash | control) & HIGH
}

/// The length of the whole was checked.
#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Levels within one value; with the two around it this stays below what `serde_json` decodes.
const DEEPEST: u32 = 120;

#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod tests;

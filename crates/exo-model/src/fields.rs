//! Named members of records, found in one pass that decodes nothing else.

use serde::Deserialize;
use std::borrow::Cow;

/// The members that somebody reads of records.
///
/// What stands in other members is passed over, whatever it is: decoding a whole record for a few of its members takes
/// several times as long. `serde` serves where members are many, or have shapes of their own.
///
/// ```
/// use exo_model::Fields;
///
/// let fields = Fields::new(["DisplayName", "Priority", "Office"]);
/// let [name, priority, office] = fields.of(r#"{"DisplayName":"J\u00f6rg","Tags":["a"],"Priority":7}"#)?;
/// assert_eq!(name.text().as_deref(), Some("Jörg"));
/// assert_eq!(priority.decode::<u8>()?, 7);
/// assert!(office.is_missing());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Fields<'n, const N: usize> {
    names: [&'n str; N],
}

/// What a record says of one of the [`Fields`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Field<'r> {
    json: Option<&'r str>,
    /// A text in which characters are escaped.
    escaped: bool,
}

/// Why fields cannot be read: what comes is not a JSON object, or breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record is not a JSON object: {why} (byte {at} of it)")]
#[non_exhaustive]
pub struct NoRecord {
    /// What is wrong.
    pub why: &'static str,
    /// Where.
    pub at: usize,
}

impl<'n, const N: usize> Fields<'n, N> {
    /// The members of these names, which are compared as they stand.
    pub const fn new(names: [&'n str; N]) -> Self {
        Self { names }
    }

    /// What a record says of each, in the order of the names. Of members that stand there twice the last one counts.
    ///
    /// # Errors
    ///
    /// [`NoRecord`] if it is not an object with names and values. Whether a value is right is seen by who decodes it.
    pub fn of<'r>(&self, record: &'r str) -> Result<[Field<'r>; N], NoRecord> {
        let mut found = [Field::default(); N];
        let mut reader = Reader { text: record, at: 0 };
        reader.space();
        reader.expect(b'{', "a brace is missing")?;
        reader.space();
        if reader.peek() == b'}' {
            return reader.end(found);
        }
        // Members mostly come in the order in which they were asked for.
        let mut likely = 0;
        loop {
            let name = reader.name()?;
            let value = reader.value()?;
            if let Some(index) = self.index(&name, likely) {
                likely = index + 1;
                if let Some(field) = found.get_mut(index) {
                    *field = value;
                }
            }
            reader.space();
            match reader.peek() {
                b',' => reader.at += 1,
                b'}' => return reader.end(found),
                _ => return Err(reader.fail("a comma or the closing brace is missing")),
            }
            reader.space();
        }
    }

    #[inline]
    fn index(&self, name: &str, likely: usize) -> Option<usize> {
        if self.names.get(likely) == Some(&name) {
            return Some(likely);
        }
        self.names.iter().position(|wanted| *wanted == name)
    }
}

impl<'r> Field<'r> {
    /// Whether the record has no such member.
    pub fn is_missing(&self) -> bool {
        self.json.is_none()
    }

    /// The value as it stands there.
    pub fn json(&self) -> Option<&'r str> {
        self.json
    }

    /// The text, if it is one; it is borrowed from the record unless characters are escaped in it.
    pub fn text(&self) -> Option<Cow<'r, str>> {
        let json = self.json?;
        if self.escaped {
            return serde_json::from_str(json).ok();
        }
        json.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
    }

    /// The value, decoded; a missing one is decoded as null.
    ///
    /// # Errors
    ///
    /// What `serde_json` says of it.
    pub fn decode<T: Deserialize<'r>>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.json.unwrap_or("null"))
    }
}

struct Reader<'r> {
    text: &'r str,
    at: usize,
}

impl<'r> Reader<'r> {
    /// A member's name and the colon after it.
    #[inline]
    fn name(&mut self) -> Result<Cow<'r, str>, NoRecord> {
        if self.peek() != b'"' {
            return Err(self.fail("a member's name is missing"));
        }
        let start = self.at;
        let escaped = self.string()?;
        let name = self.text.get(start + 1..self.at - 1).unwrap_or_default();
        let name = if escaped {
            let quoted = self.text.get(start..self.at).unwrap_or_default();
            Cow::Owned(serde_json::from_str(quoted).map_err(|_| self.fail("a member's name is not a text"))?)
        } else {
            Cow::Borrowed(name)
        };
        self.space();
        self.expect(b':', "a colon is missing")?;
        self.space();
        Ok(name)
    }

    /// A value of any kind.
    #[inline]
    fn value(&mut self) -> Result<Field<'r>, NoRecord> {
        let (start, mut escaped) = (self.at, false);
        match self.peek() {
            b'"' => escaped = self.string()?,
            b'{' | b'[' => self.nested()?,
            b',' | b'}' | b']' | b':' | 0 => return Err(self.fail("a value is missing")),
            _ => self.word(),
        }
        Ok(Field { json: self.text.get(start..self.at), escaped })
    }

    /// What stands between the quotes of a text; whether characters in it are escaped.
    #[inline]
    fn string(&mut self) -> Result<bool, NoRecord> {
        let mut escaped = false;
        self.at += 1;
        loop {
            // Eight bytes at a time, until one of them is a quote or a backslash.
            while let Some(chunk) = self.text.as_bytes().get(self.at..).and_then(|rest| rest.first_chunk::<8>()) {
                let found = quote_or_backslash(u64::from_le_bytes(*chunk));
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
                    self.at += 2;
                }
                _ if self.at >= self.text.len() => return Err(self.fail("it breaks off in a text")),
                _ => self.at += 1,
            }
        }
    }

    /// An object or a list, to its closing bracket.
    fn nested(&mut self) -> Result<(), NoRecord> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ if self.at >= self.text.len() => return Err(self.fail("it breaks off in a value")),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// A number or a word.
    #[inline]
    fn word(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
    }

    /// Behind the closing brace nothing may stand.
    fn end<T>(&mut self, found: T) -> Result<T, NoRecord> {
        self.at += 1;
        self.space();
        if self.at == self.text.len() { Ok(found) } else { Err(self.fail("something stands after its end")) }
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// The byte here; NUL, which is never right outside a text, at the end.
    #[inline]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn expect(&mut self, byte: u8, why: &'static str) -> Result<(), NoRecord> {
        if self.peek() == byte {
            self.at += 1;
            Ok(())
        } else {
            Err(self.fail(why))
        }
    }

    #[cold]
    fn fail(&self, why: &'static str) -> NoRecord {
        NoRecord { why, at: self.at.min(self.text.len()) }
    }
}

/// The high bit of each byte that is a quote or a backslash.
///
/// Bits above the lowest one set may be wrong, since the subtraction borrows; only the lowest is used.
#[inline]
const fn quote_or_backslash(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    let (quote, backslash) = (word ^ (ONES * b'"' as u64), word ^ (ONES * b'\\' as u64));
    (quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    /// What `serde_json` says of the members.
    fn oracle(record: &str, names: [&str; 3]) -> [Option<Value>; 3] {
        let members: Map<String, Value> = serde_json::from_str(record).unwrap();
        names.map(|name| members.get(name).cloned())
    }

    fn read(record: &str, names: [&str; 3]) -> [Option<Value>; 3] {
        Fields::new(names).of(record).unwrap().map(|field| field.json().map(|json| serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn members_are_found_in_any_order_and_shape() {
        let names = ["A", "B", "C"];
        for record in [
            "{}",
            " { } ",
            r#"{"A":1,"B":"x","C":null}"#,
            r#"{"C":{"A":"]}"},"x":[{"B":1},"}"],"A":-1.5e+3,"B":[]}"#,
            "{ \"B\" :\ttrue , \"A@data.type\" : \"System.String\" ,\r\n\"A\" : \"\\\"\\\\\" }\n",
            r#"{"A":1,"A":2}"#,
            r#"{"\u0041":"escaped name","":0}"#,
            r#"{"A":"\u00e9\ud83d\ude00 longer than eight bytes","B":"é"}"#,
        ] {
            assert_eq!(read(record, names), oracle(record, names), "{record}");
        }
    }

    #[test]
    fn texts_are_borrowed_unless_characters_are_escaped() {
        let fields = Fields::new(["A", "B", "C"]);
        let [plain, escaped, number] = fields.of(r#"{"A":"a text","B":"J\u00f6rg","C":7}"#).unwrap();
        assert!(matches!(plain.text(), Some(Cow::Borrowed("a text"))));
        assert!(matches!(escaped.text(), Some(Cow::Owned(text)) if text == "Jörg"));
        assert_eq!((number.text(), number.decode::<i8>().unwrap()), (None, 7));
        let [missing, ..] = fields.of("{}").unwrap();
        assert_eq!((missing.is_missing(), missing.text(), missing.decode::<Option<u8>>().unwrap()), (true, None, None));
    }

    #[test]
    fn what_is_no_record_is_told_with_its_place() {
        for (record, why, at) in [
            ("", "a brace is missing", 0),
            ("[]", "a brace is missing", 0),
            ("{\"a\"", "a colon is missing", 4),
            ("{\"a\":", "a value is missing", 5),
            ("{\"a\":}", "a value is missing", 5),
            ("{\"a\":1", "a comma or the closing brace is missing", 6),
            ("{\"a\":1,}", "a member's name is missing", 7),
            ("{\"a\":\"b", "it breaks off in a text", 7),
            ("{\"a\":\"b\\", "it breaks off in a text", 8),
            ("{\"a\":[{}", "it breaks off in a value", 8),
            ("{\"a\":\"b\"\"c\"}", "a comma or the closing brace is missing", 8),
            ("{\"\\x\":1}", "a member's name is not a text", 5),
            ("{}{}", "something stands after its end", 2),
        ] {
            assert_eq!(Fields::new(["a"]).of(record), Err(NoRecord { why, at }), "{record}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\"\\\\\\[\\]{}:,\u{1} é]{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4).prop_map(Value::from_iter),
            ]
        })
    }

    fn any_record() -> impl Strategy<Value = String> {
        let name = prop_oneof!["[AB\"\\\\é]{1,2}", any::<String>()];
        (prop::collection::vec((name, any_json()), 0..8), any::<bool>()).prop_map(|(members, pretty)| {
            let record = Value::Object(members.into_iter().collect());
            if pretty { serde_json::to_string_pretty(&record).unwrap() } else { record.to_string() }
        })
    }

    proptest! {
        #[test]
        fn every_member_is_that_of_serde_json(record in any_record()) {
            let names = ["A", "AB", "\""];
            prop_assert_eq!(read(&record, names), oracle(&record, names));
        }

        #[test]
        fn a_record_that_was_cut_is_none(record in any_record(), at: prop::sample::Index) {
            let cut: String = record.chars().take(at.index(record.chars().count())).collect();
            prop_assert!(Fields::new(["A", "B"]).of(&cut).is_err());
        }

        #[test]
        fn any_text_is_read_without_panic(text: String, json in "[{}\\[\\]\":,A\\\\ 1é]{0,30}") {
            let fields = Fields::new(["A", ""]);
            for text in [text, json] {
                let _fields = fields.of(&text).map(|found| found.map(|field| field.text()));
            }
        }
    }
}

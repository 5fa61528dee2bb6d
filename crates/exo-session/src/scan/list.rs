//! The records of a list, 64 bytes at a time: each rule of JSON's grammar as a few operations on masks with a bit per byte.
//!
//! What stands in a list of objects without space between their parts is found here. Everything else, what is wrong
//! included, is left to the scanner that goes byte by byte and can say where and why.

use exo_model::Span;
use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};

/// The records of the list whose opening bracket stands before `from`, and the place after its closing bracket.
///
/// Nothing, if the list is not one of objects and lists, has space in it, is nested deep, or is not right.
pub(super) fn records(body: &[u8], from: usize) -> Option<(Vec<Span>, usize)> {
    dispatch!(Level::new(), simd => walk(simd, body, from))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn walk<S: Simd>(simd: S, body: &[u8], from: usize) -> Option<(Vec<Span>, usize)> {
    let mut walk = Walk { body, at: from, ..Walk::default() };
    loop {
        let rest = body.get(walk.at..)?;
        let seen = match rest.first_chunk::<BLOCK>() {
            Some(block) => see(simd, block),
            None if rest.is_empty() => return None,
            None => {
                let mut block = [0; BLOCK];
                block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                see(simd, &block)
            }
        };
        if let Some(end) = walk.block(&seen)? {
            return Some((walk.records, end));
        }
        walk.at += BLOCK;
    }
}

/// Which bytes of a block are what, wherever they stand.
struct Seen {
    quotes: u64,
    backslashes: u64,
    controls: u64,
    commas: u64,
    colons: u64,
    /// `{` and `[`.
    opens: u64,
    /// `}` and `]`.
    closes: u64,
    /// Those and other letters that have the bit by which `{` differs from `[`.
    curly: u64,
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn see<S: Simd>(simd: S, block: &[u8; BLOCK]) -> Seen {
    let bytes = u8x64::from_slice(simd, block);
    let equal = |to: u8| bytes.simd_eq(u8x64::splat(simd, to)).to_bitmask();
    let folded = bytes | u8x64::splat(simd, CASE);
    Seen {
        quotes: equal(b'"'),
        backslashes: equal(b'\\'),
        controls: bytes.simd_lt(u8x64::splat(simd, b' ')).to_bitmask(),
        commas: equal(b','),
        colons: equal(b':'),
        opens: folded.simd_eq(u8x64::splat(simd, b'{')).to_bitmask(),
        closes: folded.simd_eq(u8x64::splat(simd, b'}')).to_bitmask(),
        curly: bytes.simd_ge(u8x64::splat(simd, b'`')).to_bitmask(),
    }
}

/// How far the list has been read. The masks are those of the block before; only their last bits matter.
struct Walk<'a> {
    body: &'a [u8],
    at: usize,
    records: Vec<Span>,
    /// Where the record that is open begins.
    start: usize,
    /// Levels that are open, a bit each, set for an object; the list itself is the lowest.
    objects: u128,
    depth: u32,
    /// All ones within a text.
    in_text: u64,
    /// The text that was open is a member's name.
    in_name: u64,
    /// The first byte of the next block is escaped.
    escaped: u64,
    opens: u64,
    commas: u64,
    colons: u64,
    name_ends: u64,
    /// Closing quotes of values, and closing brackets.
    value_ends: u64,
    /// Bytes of numbers and words.
    scalars: u64,
}

impl Default for Walk<'_> {
    /// After the opening bracket.
    fn default() -> Self {
        Self {
            body: &[],
            at: 0,
            records: Vec::new(),
            start: 0,
            objects: 0,
            depth: 1,
            in_text: 0,
            in_name: 0,
            escaped: 0,
            opens: LAST,
            commas: 0,
            colons: 0,
            name_ends: 0,
            value_ends: 0,
            scalars: 0,
        }
    }
}

/// What the brackets of a block say of its places, each by those that stand before it.
struct Levels {
    /// An object is the innermost that is open.
    in_object: u64,
    /// The list itself is.
    in_list: u64,
    /// The closing bracket of the list.
    end: Option<u32>,
}

impl Walk<'_> {
    /// Reads a block: the place after the list's end if that is in it, and nothing at all if the list is not for us.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn block(&mut self, seen: &Seen) -> Option<Option<usize>> {
        let (escaped, mut wrong) = if seen.backslashes | self.escaped == 0 { (0, 0) } else { self.escapes(seen) };
        let quotes = seen.quotes & !escaped;
        // From each opening quote up to, not including, the closing one.
        let text = up_to_here(quotes) ^ self.in_text;
        let bare = !(text | quotes);
        let (opens, closes) = (seen.opens & bare, seen.closes & bare);
        let (commas, colons) = (seen.commas & bare, seen.colons & bare);
        let scalars = bare & !(opens | closes | commas | colons);

        let levels = self.brackets(opens, closes, seen.curly)?;

        let after_open = after(opens, self.opens);
        let after_open_or_comma = after_open | after(commas, self.commas);
        let after_scalar = after(scalars, self.scalars);
        let scalar_starts = scalars & !after_scalar;
        // A name is a text that begins where an object wants one. Added to the bits of its text, its first bit is
        // carried to the closing quote.
        let names = quotes & text & after_open_or_comma & levels.in_object;
        let (sum, in_name) = text.overflowing_add(names | self.in_name);
        let name_ends = sum & !text;
        let value_ends = quotes & !text & !name_ends | closes;

        // Values begin after an opening bracket, a comma, a colon, and nowhere else; an empty pair of brackets apart.
        let values = quotes & text | opens | scalar_starts;
        let may_begin = after_open_or_comma | after(colons, self.colons);
        // They are followed by a comma or a closing bracket, and nothing else is.
        let ended = after(value_ends, self.value_ends) | after_scalar & !scalars;
        wrong |= ((values ^ may_begin) | (ended ^ (commas | closes))) & !(closes & after_open);
        // Names are followed by colons, and nothing else is.
        wrong |= after(name_ends, self.name_ends) ^ colons;
        wrong |= after_open_or_comma & levels.in_object & (opens | scalar_starts);
        wrong |= after_open_or_comma & levels.in_list & !(opens | closes);
        wrong |= seen.controls;

        let within = levels.end.map_or(u64::MAX, |end| u64::MAX >> (63 - end));
        if wrong & within != 0 || !self.scalars_are_right(scalar_starts & within) {
            return None;
        }
        // The sign is spread over all bits.
        self.in_text = 0_u64.wrapping_sub(text >> 63);
        self.in_name = u64::from(in_name);
        (self.opens, self.commas, self.colons) = (opens, commas, colons);
        (self.name_ends, self.value_ends, self.scalars) = (name_ends, value_ends, scalars);
        Some(levels.end.map(|end| self.at + end as usize + 1))
    }

    /// Opens and closes levels, and notes the records.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn brackets(&mut self, opens: u64, closes: u64, curly: u64) -> Option<Levels> {
        let mut in_object = 0_u64.wrapping_sub(self.objects as u64 & 1);
        let mut in_list = if self.depth == 1 { u64::MAX } else { 0 };
        let mut rest = opens | closes;
        while rest != 0 {
            let place = rest.trailing_zeros();
            let bit = rest & rest.wrapping_neg();
            rest ^= bit;
            // All places behind this one.
            let behind = !(bit | (bit - 1));
            let was = self.objects & 1;
            if opens & bit != 0 {
                if self.depth == 1 {
                    self.start = self.at + place as usize;
                    in_list ^= behind;
                }
                if self.depth == DEEPEST {
                    return None;
                }
                self.depth += 1;
                self.objects = self.objects << 1 | u128::from(curly & bit != 0);
            } else {
                if (curly & bit != 0) != (was == 1) {
                    return None;
                }
                self.depth -= 1;
                self.objects >>= 1;
                if self.depth == 1 {
                    let end = self.at + place as usize + 1;
                    self.records.push(Span { start: super::offset(self.start), end: super::offset(end) });
                    in_list ^= behind;
                } else if self.depth == 0 {
                    return Some(Levels { in_object, in_list, end: Some(place) });
                }
            }
            in_object ^= behind & 0_u64.wrapping_sub((was ^ self.objects & 1) as u64);
        }
        Some(Levels { in_object, in_list, end: None })
    }

    /// The bytes that are escaped, and the backslashes whose escape is not right.
    #[cold]
    fn escapes(&mut self, seen: &Seen) -> (u64, u64) {
        let (mut escaped, mut wrong) = (self.escaped, 0);
        let mut rest = seen.backslashes & !self.escaped;
        self.escaped = 0;
        while rest != 0 {
            let place = rest.trailing_zeros();
            let known = match self.body.get(self.at + place as usize + 1..).unwrap_or_default() {
                [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => true,
                [b'u', a, b, c, d, ..] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
                _ => false,
            };
            wrong |= u64::from(!known) << place;
            self.escaped = u64::from(place == 63);
            escaped |= 1_u64 << place << 1;
            rest &= !(3 << place);
        }
        (escaped, wrong)
    }

    /// Whether a whole number or word begins at each of these places.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most blocks have one, and it is mostly a short word")]
    fn scalars_are_right(&self, mut starts: u64) -> bool {
        while starts != 0 {
            let place = starts.trailing_zeros();
            starts &= starts - 1;
            let text = self.body.get(self.at + place as usize..).unwrap_or_default();
            let right = match text {
                [b't', b'r', b'u', b'e', end, ..]
                | [b'f', b'a', b'l', b's', b'e', end, ..]
                | [b'n', b'u', b'l', b'l', end, ..] => matches!(end, b',' | b'}' | b']'),
                [b'-' | b'0'..=b'9', ..] => is_number(self.body, self.at + place as usize),
                _ => false,
            };
            if !right {
                return false;
            }
        }
        true
    }
}

/// Whether a number stands here, and behind it what may follow a value.
fn is_number(body: &[u8], at: usize) -> bool {
    let mut scanner = super::Scanner { bytes: body, at };
    scanner.number().is_ok() && matches!(scanner.peek(), b',' | b'}' | b']')
}

/// The places after those of a mask, the last one of the block before included.
#[inline]
const fn after(places: u64, before: u64) -> u64 {
    places << 1 | before >> 63
}

/// For each place, whether the number of places up to it is odd.
#[inline]
const fn up_to_here(mut places: u64) -> u64 {
    places ^= places << 1;
    places ^= places << 2;
    places ^= places << 4;
    places ^= places << 8;
    places ^= places << 16;
    places ^ places << 32
}

const BLOCK: usize = 64;

/// The place of the last byte of a block.
const LAST: u64 = 1 << 63;

/// By this bit `{` differs from `[`, and `}` from `]`.
const CASE: u8 = 0x20;

/// Levels, the list among them; the scanner that goes byte by byte takes a few more.
const DEEPEST: u32 = 100;

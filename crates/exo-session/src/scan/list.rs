//! The records of a list, 4 KiB at a time: each rule of JSON's grammar as a few operations on masks with a bit per byte.
//!
//! What stands in a list of objects without space between their parts is found here. Everything else, what is wrong
//! included, is left to the scanner that goes byte by byte and can say where and why.

use super::masks::{BLOCK, BLOCKS, CASE, Masks, Row};
use exo_model::Span;
use fearless_simd::{Level, Simd, dispatch};

/// A list that was read to its end.
pub(super) struct List {
    pub(super) records: Vec<Span>,
    /// The place after its closing bracket.
    pub(super) end: usize,
    /// No byte of it is beyond ASCII.
    pub(super) ascii: bool,
}

/// The list whose opening bracket stands before `from`.
///
/// Nothing, if it is not one of objects and lists, has space in it, is nested deep, or is not right.
pub(super) fn read(body: &[u8], from: usize) -> Option<List> {
    dispatch!(Level::new(), simd => walk(simd, body, from))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn walk<S: Simd>(simd: S, body: &[u8], from: usize) -> Option<List> {
    let mut masks = Masks::after_bracket();
    let mut levels = Levels::after_bracket(from);
    let mut at = from;
    loop {
        let piece = body.get(at..).filter(|rest| !rest.is_empty())?;
        masks.see(simd, piece);
        levels.walk(&masks, piece, at)?;
        let wrong = masks.judge(&levels.changes, &levels.turns);
        let end = levels.end;
        if !is_right(&wrong, end) {
            return None;
        }
        if let Some(end) = end {
            return Some(List { records: levels.records, end: at + end + 1, ascii: masks.is_ascii() });
        }
        at += BLOCK * BLOCKS;
    }
}

/// Whether nothing is wrong up to the end of the list.
#[inline]
fn is_right(wrong: &Row, end: Option<usize>) -> bool {
    let last = end.map_or(BLOCKS - 1, |end| end / BLOCK);
    let within = end.map_or(u64::MAX, |end| u64::MAX >> (BLOCK - 1 - end % BLOCK));
    wrong[..last].iter().fold(wrong[last] & within, |sum, wrong| sum | wrong) == 0
}

/// Whether this is a whole number or word with the end of a value behind it.
#[inline]
fn is_scalar(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first_chunk::<4>() else { return is_number(text) };
    match (first, rest) {
        (b"true" | b"null", [end, ..]) | (b"fals", [b'e', end, ..]) => ends_value(*end),
        ([b'0'..=b'9', end, ..], _) if ends_value(*end) => true,
        _ => is_number(text),
    }
}

fn is_number(text: &[u8]) -> bool {
    let mut scanner = super::Scanner::new(text, 0);
    scanner.number().is_ok() && ends_value(scanner.peek())
}

#[inline]
const fn ends_value(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']')
}

/// What the brackets say: the records, and for each place what is open there.
struct Levels {
    records: Vec<Span>,
    /// Where the record that is open begins; where the next one must begin, if none is.
    start: usize,
    /// The place behind the brace that was opened last.
    opened: usize,
    /// Levels that are open, a bit each, set for an object; the list itself is the lowest.
    objects: u64,
    depth: u32,
    /// Behind these places it is another kind of level that is the innermost.
    changes: Row,
    /// Behind these brackets a name is wanted if a value was wanted before, and the other way round.
    turns: Row,
    /// The closing bracket of the list.
    end: Option<usize>,
}

impl Levels {
    fn after_bracket(start: usize) -> Self {
        let (changes, turns) = ([0; BLOCKS], [0; BLOCKS]);
        Self { records: Vec::new(), start, opened: 0, objects: 0, depth: 1, changes, turns, end: None }
    }

    /// Opens and closes levels, notes the records, and fills the rows; looks at numbers and words on the way.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn walk(&mut self, masks: &Masks, piece: &[u8], at: usize) -> Option<()> {
        (self.changes, self.turns) = ([0; BLOCKS], [0; BLOCKS]);
        for place in masks.places() {
            let place = usize::from(*place);
            let text = piece.get(place..)?;
            let byte = *text.first()?;
            let was = self.objects & 1;
            // `{` and `[` differ by one bit, and so do `}` and `]`.
            let object = u64::from(byte & CASE != 0);
            let turn = match byte | CASE {
                b'{' => self.open(object, at + place)?,
                b'}' if was == object => self.close(object, at + place)?,
                _ if is_scalar(text) => continue,
                _ => return None,
            };
            let (block, bit) = (place / BLOCK % BLOCKS, place % BLOCK);
            self.turns[block] ^= turn << bit;
            self.changes[block] ^= (was ^ self.objects & 1) << bit;
            if self.depth == 0 {
                self.end = Some(place);
                break;
            }
        }
        Some(())
    }

    /// Opens a level, and says whether a name is wanted in it.
    #[inline]
    fn open(&mut self, object: u64, at: usize) -> Option<u64> {
        // Only the comma, which is looked for elsewhere, stands between records.
        if self.depth == DEEPEST || self.depth == 1 && self.start != at {
            return None;
        }
        self.opened = at + 1;
        self.depth += 1;
        self.objects = self.objects << 1 | object;
        Some(object)
    }

    /// Closes a level, and says whether it was the value instead of the name that was wanted.
    #[inline]
    fn close(&mut self, object: u64, at: usize) -> Option<u64> {
        self.depth -= 1;
        self.objects >>= 1;
        if self.depth == 1 {
            self.records.push(Span { start: super::offset(self.start), end: super::offset(at + 1) });
            self.start = at + 2;
        } else if self.depth == 0 && self.start != at + usize::from(!self.records.is_empty()) {
            return None;
        }
        Some(object & u64::from(self.opened == at))
    }
}

/// Levels, the list among them; the scanner that goes byte by byte takes more.
const DEEPEST: u32 = 60;

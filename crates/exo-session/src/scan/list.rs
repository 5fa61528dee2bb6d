//! The records of a list, 4 KiB at a time: nothing but texts and brackets says where they begin and end.
//!
//! What stands between records is held to JSON's grammar; what stands in a record is left to whoever decodes it, and
//! decodes it anyway. Everything else than a list of objects and lists without space between them, and all that is
//! wrong, is left to the scanner that goes byte by byte and can say where and why.

use super::masks::{BLOCK, BLOCKS, Brackets, CASE};
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
/// Nothing, if it is not one of objects and lists, has space between them, is nested deep, or does not end.
pub(super) fn read(body: &[u8], from: usize) -> Option<List> {
    dispatch!(Level::new(), simd => walk(simd, body, from))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn walk<S: Simd>(simd: S, body: &[u8], from: usize) -> Option<List> {
    let mut brackets = Brackets::new();
    let mut records = Records { spans: Vec::new(), start: from, depth: 1 };
    let mut at = from;
    loop {
        brackets.see(simd, body.get(at..).filter(|rest| !rest.is_empty())?);
        for place in brackets.places() {
            let place = at + usize::from(*place);
            // `{` and `[` differ by one bit, and so do `}` and `]`.
            if body.get(place)? | CASE == b'{' {
                records.open(place)?;
            } else if records.close(body, place)? {
                return Some(List { records: records.spans, end: place + 1, ascii: brackets.is_ascii() });
            }
        }
        at += BLOCK * BLOCKS;
    }
}

/// The records so far.
struct Records {
    spans: Vec<Span>,
    /// Where the record that is open begins; where the next one must begin, if none is.
    start: usize,
    /// Brackets that are open, that of the list among them.
    depth: u32,
}

impl Records {
    /// Opens a level; nothing, if that is no place for a record.
    #[inline]
    fn open(&mut self, at: usize) -> Option<()> {
        if self.depth == DEEPEST || self.depth == 1 && self.start != at {
            return None;
        }
        self.depth += 1;
        Some(())
    }

    /// Closes a level, and says whether the list ended; nothing, if that is no place for it to end.
    #[inline]
    fn close(&mut self, body: &[u8], at: usize) -> Option<bool> {
        self.depth -= 1;
        if self.depth == 1 {
            self.spans.push(Span { start: super::offset(self.start), end: super::offset(at + 1) });
            self.start = at + 2;
            // A comma, or the end of the list, must be all that stands between.
            return matches!(body.get(at + 1), Some(b',' | b']')).then_some(false);
        }
        let ends = self.depth == 0;
        let behind_a_record = self.start == at + usize::from(!self.spans.is_empty());
        (!ends || behind_a_record && body.get(at) == Some(&b']')).then_some(ends)
    }
}

/// Levels, the list among them; the scanner that goes byte by byte takes more.
const DEEPEST: u32 = 60;

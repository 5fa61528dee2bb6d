//! The records of a list, 4 KiB at a time: each rule of JSON's grammar as a few operations on masks with a bit per byte.
//!
//! What stands in a list of objects without space between their parts is found here. Everything else, what is wrong
//! included, is left to the scanner that goes byte by byte and can say where and why.

use super::masks::{BLOCK, BLOCKS, Masks, Row, before_here};
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
    let mut levels = Levels::after_bracket();
    let mut at = from;
    loop {
        let piece = body.get(at..).filter(|rest| !rest.is_empty())?;
        masks.see(simd, piece);
        levels.walk(&masks, piece, at)?;
        let wrong = masks.judge(&levels.in_object, &levels.in_list);
        let end = levels.end;
        if !is_right(&wrong, end) || !scalars_are_right(&masks, piece, end) {
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

/// Whether a whole number or word stands wherever one begins, up to the end of the list.
#[inline]
fn scalars_are_right(masks: &Masks, piece: &[u8], end: Option<usize>) -> bool {
    let end = end.unwrap_or(BLOCK * BLOCKS);
    masks.scalar_starts().iter().map(|place| usize::from(*place)).take_while(|place| *place < end).all(|place| {
        match piece.get(place..).unwrap_or_default() {
            [b't', b'r', b'u', b'e', end, ..]
            | [b'f', b'a', b'l', b's', b'e', end, ..]
            | [b'n', b'u', b'l', b'l', end, ..] => is_after_value(*end),
            [b'-' | b'0'..=b'9', ..] => {
                let mut scanner = super::Scanner::new(piece, place);
                scanner.number().is_ok() && is_after_value(scanner.peek())
            }
            _ => false,
        }
    })
}

const fn is_after_value(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']')
}

/// What the brackets say: the records, and for each place what is open there.
struct Levels {
    records: Vec<Span>,
    /// Where the record that is open begins.
    start: usize,
    /// Levels that are open, a bit each, set for an object; the list itself is the lowest.
    objects: u128,
    depth: u32,
    /// An object is the innermost that is open before this place.
    in_object: Row,
    /// The list itself is.
    in_list: Row,
    /// The closing bracket of the list.
    end: Option<usize>,
}

impl Levels {
    fn after_bracket() -> Self {
        let (in_object, in_list) = ([0; BLOCKS], [0; BLOCKS]);
        Self { records: Vec::new(), start: 0, objects: 0, depth: 1, in_object, in_list, end: None }
    }

    /// Opens and closes levels, notes the records, and fills the rows.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn walk(&mut self, masks: &Masks, piece: &[u8], at: usize) -> Option<()> {
        let (object, list) = (spread(self.objects & 1 == 1), spread(self.depth == 1));
        // A bit wherever the answer changes behind this place.
        (self.in_object, self.in_list) = ([0; BLOCKS], [0; BLOCKS]);
        for place in masks.brackets() {
            let place = usize::from(*place);
            let (block, bit) = (place / BLOCK % BLOCKS, place % BLOCK);
            let was = self.objects & 1;
            let byte = *piece.get(place)?;
            if byte == b'{' || byte == b'[' {
                if self.depth == 1 {
                    self.start = at + place;
                    self.in_list[block] ^= 1 << bit;
                }
                if self.depth == DEEPEST {
                    return None;
                }
                self.depth += 1;
                self.objects = self.objects << 1 | u128::from(byte == b'{');
            } else {
                if was != u128::from(byte == b'}') {
                    return None;
                }
                self.depth -= 1;
                self.objects >>= 1;
                if self.depth == 1 {
                    let span = Span { start: super::offset(self.start), end: super::offset(at + place + 1) };
                    self.records.push(span);
                    self.in_list[block] ^= 1 << bit;
                } else if self.depth == 0 {
                    self.end = Some(place);
                    break;
                }
            }
            self.in_object[block] ^= u64::from(was != self.objects & 1) << bit;
        }
        fill(&mut self.in_object, object);
        fill(&mut self.in_list, list);
        Some(())
    }
}

/// From the places behind which an answer changes to the answer at each place.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn fill(changes: &mut Row, mut begin: u64) {
    let mut begins = [0; BLOCKS];
    for (place, changes) in begins.iter_mut().zip(changes.iter()) {
        *place = begin;
        begin ^= spread(changes.count_ones() & 1 == 1);
    }
    for (changes, begin) in changes.iter_mut().zip(begins) {
        *changes = before_here(*changes) ^ begin;
    }
}

/// All ones for yes.
#[inline]
fn spread(yes: bool) -> u64 {
    0_u64.wrapping_sub(u64::from(yes))
}

/// Levels, the list among them; the scanner that goes byte by byte takes a few more.
const DEEPEST: u32 = 100;

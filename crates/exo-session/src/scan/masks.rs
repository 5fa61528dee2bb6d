//! Where the brackets of a piece of JSON stand that are not in texts, found with a bit per byte.

use fearless_simd::{Simd, SimdBase, SimdMask, u8x64};

/// Bytes whose bits fill a word.
pub(super) const BLOCK: usize = 64;

/// Words in a row. Rows are long enough that what branches often does so in the rhythm of the records.
pub(super) const BLOCKS: usize = 64;

/// A bit for each byte of a piece.
type Row = [u64; BLOCKS];

/// The brackets of one piece after the other.
pub(super) struct Brackets {
    /// Places in the piece, in order. The few places more are written and never read.
    places: [u16; BLOCK * BLOCKS + USUAL],
    count: usize,
    /// All ones within a text.
    in_text: u64,
    /// The first byte of the next block is escaped.
    escaped: u64,
    /// All bytes so far, one over the other.
    all: u8,
}

impl Brackets {
    /// Before the first piece, outside texts.
    pub(super) fn new() -> Self {
        Self { places: [0; BLOCK * BLOCKS + USUAL], count: 0, in_text: 0, escaped: 0, all: 0 }
    }

    /// Whether no byte so far is beyond ASCII.
    pub(super) fn is_ascii(&self) -> bool {
        self.all.is_ascii()
    }

    /// Where they stand in the piece.
    pub(super) fn places(&self) -> &[u16] {
        self.places.get(..self.count).unwrap_or_default()
    }

    /// Takes the next piece of so many bytes as go into a row, and what is there of them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    pub(super) fn see<S: Simd>(&mut self, simd: S, piece: &[u8]) {
        let (mut text, mut brackets) = match piece.first_chunk() {
            Some(whole) => self.compare(simd, whole),
            None => self.compare(simd, &padded(piece)),
        };
        odd_before(&mut text, &mut self.in_text);
        for (brackets, text) in brackets.iter_mut().zip(&text) {
            *brackets &= !text;
        }
        self.count = 0;
        let mut words = some(&brackets);
        while words != 0 {
            let index = words.trailing_zeros() as usize % BLOCKS;
            self.count += self.write(index, brackets[index]);
            words &= words - 1;
        }
    }

    /// Compares all bytes: the quotes that are not escaped, and the brackets.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn compare<S: Simd>(&mut self, simd: S, piece: &[u8; BLOCK * BLOCKS]) -> (Row, Row) {
        let (mut quotes, mut brackets, mut backslashes) = ([0; BLOCKS], [0; BLOCKS], [0; BLOCKS]);
        let (mut all, mut escapes) = (u8x64::splat(simd, 0), self.escaped);
        // No call stands in this loop, so that everything stays in registers.
        for (index, block) in piece.as_chunks::<BLOCK>().0.iter().enumerate() {
            let bytes = u8x64::from_slice(simd, block);
            all |= bytes;
            let folded = bytes | u8x64::splat(simd, CASE);
            quotes[index] = bytes.simd_eq(u8x64::splat(simd, b'"')).to_bitmask();
            backslashes[index] = bytes.simd_eq(u8x64::splat(simd, b'\\')).to_bitmask();
            escapes |= backslashes[index];
            let (open, close) = (u8x64::splat(simd, b'{'), u8x64::splat(simd, b'}'));
            brackets[index] = (folded.simd_eq(open) | folded.simd_eq(close)).to_bitmask();
        }
        self.all |= all.as_slice().iter().fold(0, |sum, byte| sum | byte);
        if escapes != 0 {
            self.escapes(&backslashes, &mut quotes);
        }
        (quotes, brackets)
    }

    /// Takes the quotes away that are escaped.
    #[cold]
    fn escapes(&mut self, backslashes: &Row, quotes: &mut Row) {
        for (backslashes, quotes) in backslashes.iter().zip(quotes) {
            if backslashes | self.escaped == 0 {
                continue;
            }
            let (mut escaped, mut rest) = (self.escaped, backslashes & !self.escaped);
            self.escaped = 0;
            while rest != 0 {
                let place = rest.trailing_zeros();
                self.escaped = u64::from(place == 63);
                escaped |= 1_u64 << place << 1;
                rest &= !(3 << place);
            }
            *quotes &= !escaped;
        }
    }

    /// Writes the places of a word behind the others, and gives their number. The first `USUAL` are written whether
    /// they are there or not, which takes no branch.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    #[expect(clippy::cast_possible_truncation, reason = "a piece is far shorter than 64 KiB")]
    fn write(&mut self, index: usize, mut word: u64) -> usize {
        let (first, found) = ((index * BLOCK) as u16, word.count_ones() as usize);
        let Some((usual, more)) =
            self.places.get_mut(self.count..).and_then(|rest| rest.split_first_chunk_mut::<USUAL>())
        else {
            return 0;
        };
        for place in usual {
            *place = first + word.trailing_zeros() as u16;
            word &= word.wrapping_sub(1);
        }
        for place in more {
            if word == 0 {
                break;
            }
            *place = first + word.trailing_zeros() as u16;
            word &= word - 1;
        }
        found
    }
}

/// The last piece, with spaces behind it.
#[cold]
fn padded(piece: &[u8]) -> [u8; BLOCK * BLOCKS] {
    let mut padded = [b' '; BLOCK * BLOCKS];
    padded.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
    padded
}

/// Which words of a row are not zero.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn some(row: &Row) -> u64 {
    row.iter().enumerate().fold(0, |found, (index, word)| found | u64::from(*word != 0) << index)
}

/// The bits of a row become, at each place, whether an odd number of them stands before it; `all` is all ones if that
/// is so at the beginning, and then if it is so at the end.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
fn odd_before(row: &mut Row, all: &mut u64) {
    const { assert!(BLOCKS == 64, "a word has a bit for each word of a row") };
    let mut odd = 0;
    for (index, word) in row.iter().enumerate() {
        odd |= (u64::from(word.count_ones()) & 1) << index;
    }
    let begins = before_here(odd) ^ *all;
    for (index, word) in row.iter_mut().enumerate() {
        *word = before_here(*word) ^ 0_u64.wrapping_sub(begins >> index & 1);
    }
    *all ^= 0_u64.wrapping_sub(u64::from(odd.count_ones()) & 1);
}

/// For each place, whether the number of places before it is odd.
#[inline]
const fn before_here(places: u64) -> u64 {
    let mut odd = places << 1;
    odd ^= odd << 1;
    odd ^= odd << 2;
    odd ^= odd << 4;
    odd ^= odd << 8;
    odd ^= odd << 16;
    odd ^ odd << 32
}

/// Most words have no more places than this.
const USUAL: usize = 2;

/// By this bit `{` differs from `[`, and `}` from `]`.
pub(super) const CASE: u8 = 0x20;

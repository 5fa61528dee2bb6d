//! What each byte of a piece of JSON is, as masks with a bit per byte, and the rules that hold between neighbours.

use fearless_simd::{Simd, SimdBase, SimdMask, u8x64};

/// Bytes whose bits fill a word.
pub(super) const BLOCK: usize = 64;

/// Words in a row. Rows are long enough that what branches often does so in the rhythm of the records.
pub(super) const BLOCKS: usize = 64;

/// A bit for each byte of a piece.
pub(super) type Row = [u64; BLOCKS];

/// A row, and before it the last word of the piece before.
type Joined = [u64; BLOCKS + 1];

/// Places in a piece, in order. The few places more are written and never read.
struct Places {
    places: [u16; BLOCK * BLOCKS + USUAL],
    count: usize,
}

/// Where in a piece stands what.
pub(super) struct Masks {
    quotes: Joined,
    /// From each opening quote up to, not including, the closing one.
    text: Joined,
    opens: Joined,
    closes: Joined,
    commas: Joined,
    colons: Joined,
    /// Bytes of numbers and words, and of what belongs nowhere.
    scalars: Joined,
    name_ends: Joined,
    value_ends: Joined,
    /// Control characters and escapes that are none.
    wrong: Row,
    /// Brackets, and where numbers and words begin.
    places: Places,
    in_text: u64,
    in_object: u64,
    wants_value: u64,
    /// The first byte of the next block is escaped.
    escaped: u64,
    /// All bytes so far, one over the other.
    all: u8,
}

impl Masks {
    /// Before the first piece, behind the opening bracket of a list.
    pub(super) fn after_bracket() -> Self {
        let row = [0; BLOCKS + 1];
        let mut opens = row;
        opens[BLOCKS] = 1 << (BLOCK - 1);
        Self {
            quotes: row,
            text: row,
            opens,
            closes: row,
            commas: row,
            colons: row,
            scalars: row,
            name_ends: row,
            value_ends: row,
            wrong: [0; BLOCKS],
            places: Places { places: [0; BLOCK * BLOCKS + USUAL], count: 0 },
            in_text: 0,
            in_object: 0,
            wants_value: u64::MAX,
            escaped: 0,
            all: 0,
        }
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.all.is_ascii()
    }

    /// The brackets outside texts, and where numbers and words begin.
    pub(super) fn places(&self) -> &[u16] {
        self.places.places.get(..self.places.count).unwrap_or_default()
    }

    /// Takes the next piece of so many bytes as go into a row, and what is there of them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    pub(super) fn see<S: Simd>(&mut self, simd: S, piece: &[u8]) {
        for row in [
            &mut self.opens,
            &mut self.closes,
            &mut self.commas,
            &mut self.colons,
            &mut self.scalars,
            &mut self.name_ends,
            &mut self.value_ends,
        ] {
            row[0] = row[BLOCKS];
        }
        self.wrong = [0; BLOCKS];
        match piece.first_chunk() {
            Some(whole) => self.compare(simd, whole, piece),
            None => self.compare(simd, &padded(piece), piece),
        }
        let mut text = [0; BLOCKS];
        text.copy_from_slice(&self.quotes[1..]);
        odd_before(&mut text, &mut self.in_text);
        for index in 0..BLOCKS {
            let here = index + 1;
            let (quotes, text) = (self.quotes[here], text[index] ^ self.quotes[here]);
            let bare = !(text | quotes);
            self.text[here] = text;
            self.opens[here] &= bare;
            self.closes[here] &= bare;
            self.commas[here] &= bare;
            self.colons[here] &= bare;
            let marks = self.opens[here] | self.closes[here] | self.commas[here] | self.colons[here];
            self.scalars[here] = bare & !marks;
        }
        let mut marks = [0; BLOCKS];
        for (index, marks) in marks.iter_mut().enumerate() {
            let begins = self.scalars[index + 1] & !after(&self.scalars, index);
            *marks = self.opens[index + 1] | self.closes[index + 1] | begins;
        }
        self.places.count = 0;
        let mut words = some(&marks);
        while words != 0 {
            let index = words.trailing_zeros() as usize % BLOCKS;
            self.places.count += self.places.write(index, marks[index]);
            words &= words - 1;
        }
    }

    /// Compares all bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn compare<S: Simd>(&mut self, simd: S, whole: &[u8; BLOCK * BLOCKS], piece: &[u8]) {
        let (mut all, mut least) = (u8x64::splat(simd, 0), u8x64::splat(simd, b' '));
        let (mut backslashes, mut escapes) = ([0; BLOCKS], self.escaped);
        // No call stands in this loop, so that everything stays in registers.
        for (index, block) in whole.as_chunks::<BLOCK>().0.iter().enumerate() {
            let here = index + 1;
            let bytes = u8x64::from_slice(simd, block);
            (all, least) = (all | bytes, least.min(bytes));
            let equal = |to: u8| bytes.simd_eq(u8x64::splat(simd, to)).to_bitmask();
            let folded = bytes | u8x64::splat(simd, CASE);
            backslashes[index] = equal(b'\\');
            escapes |= backslashes[index];
            self.quotes[here] = equal(b'"');
            self.commas[here] = equal(b',');
            self.colons[here] = equal(b':');
            self.opens[here] = folded.simd_eq(u8x64::splat(simd, b'{')).to_bitmask();
            self.closes[here] = folded.simd_eq(u8x64::splat(simd, b'}')).to_bitmask();
        }
        self.all |= all.as_slice().iter().fold(0, |sum, byte| sum | byte);
        if least.as_slice().iter().any(|byte| *byte < b' ') {
            self.controls(piece);
        }
        if escapes != 0 {
            self.escapes(piece, &backslashes);
        }
    }

    /// Notes the control characters, which stand in no list that is read here.
    #[cold]
    fn controls(&mut self, piece: &[u8]) {
        for (block, wrong) in piece.chunks(BLOCK).zip(&mut self.wrong) {
            for (place, byte) in block.iter().enumerate() {
                *wrong |= u64::from(*byte < b' ') << place;
            }
        }
    }

    /// Takes the quotes away that are escaped, and notes the backslashes whose escape is not right.
    #[cold]
    fn escapes(&mut self, piece: &[u8], backslashes: &Row) {
        for (index, backslashes) in backslashes.iter().enumerate() {
            if backslashes | self.escaped == 0 {
                continue;
            }
            let (mut escaped, mut rest) = (self.escaped, backslashes & !self.escaped);
            self.escaped = 0;
            while rest != 0 {
                let place = rest.trailing_zeros();
                let known = match piece.get(index * BLOCK + place as usize + 1..).unwrap_or_default() {
                    [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => true,
                    [b'u', a, b, c, d, ..] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
                    _ => false,
                };
                self.wrong[index] |= u64::from(!known) << place;
                self.escaped = u64::from(place == 63);
                escaped |= 1_u64 << place << 1;
                rest &= !(3 << place);
            }
            self.quotes[index + 1] &= !escaped;
        }
    }

    /// What is wrong, given behind which places the innermost level is one of another kind, and behind which brackets a
    /// name is wanted if a value was wanted before, or the other way round.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    pub(super) fn judge(&mut self, changes: &Row, turns: &Row) -> Row {
        let (mut in_object, mut wants_value) = (*changes, *turns);
        odd_before(&mut in_object, &mut self.in_object);
        for (index, turns) in wants_value.iter_mut().enumerate() {
            *turns ^= self.colons[index + 1] | self.commas[index + 1] & in_object[index];
        }
        odd_before(&mut wants_value, &mut self.wants_value);
        for (index, wants_value) in wants_value.iter().enumerate() {
            let here = index + 1;
            let ends = self.quotes[here] & !self.text[here];
            self.name_ends[here] = ends & !wants_value;
            self.value_ends[here] = ends & wants_value | self.closes[here];
        }
        let mut found = self.wrong;
        for index in 0..BLOCKS {
            let here = index + 1;
            let (opens, closes, colons) = (self.opens[here], self.closes[here], self.colons[here]);
            let (after_scalar, after_open) = (after(&self.scalars, index), after(&self.opens, index));
            let scalar_starts = self.scalars[here] & !after_scalar;
            // Values begin after an opening bracket, a comma, a colon, and nowhere else; an empty pair of brackets apart.
            let begin = self.quotes[here] & self.text[here] | opens | scalar_starts;
            let may_begin = after_open | after(&self.commas, index) | after(&self.colons, index);
            // They are followed by a comma or a closing bracket, and nothing else is.
            let ended = after(&self.value_ends, index) | after_scalar & !self.scalars[here];
            let ends = self.commas[here] | closes;
            found[index] |= ((begin ^ may_begin) | (ended ^ ends)) & !(closes & after_open)
                // Names are texts and followed by colons, and nothing else is.
                | (opens | scalar_starts) & !wants_value[index]
                | after(&self.name_ends, index) ^ colons;
        }
        found
    }
}

impl Places {
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

/// The places behind those of a row, at this word of it.
#[inline]
fn after(row: &Joined, index: usize) -> u64 {
    row[index + 1] << 1 | row[index] >> (BLOCK - 1)
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

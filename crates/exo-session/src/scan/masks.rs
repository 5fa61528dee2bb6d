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
    places: [u16; BLOCK * BLOCKS + SPARE],
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
    brackets: Places,
    scalar_starts: Places,
    in_text: u64,
    /// The text that is open is a member's name.
    in_name: u64,
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
            brackets: Places::new(),
            scalar_starts: Places::new(),
            in_text: 0,
            in_name: 0,
            escaped: 0,
            all: 0,
        }
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.all.is_ascii()
    }

    /// The brackets outside texts.
    pub(super) fn brackets(&self) -> &[u16] {
        self.brackets.all()
    }

    /// Where numbers and words begin.
    pub(super) fn scalar_starts(&self) -> &[u16] {
        self.scalar_starts.all()
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
        let inverted = self.compare(simd, piece);
        for (index, inverted) in inverted.iter().enumerate() {
            let (here, quotes) = (index + 1, self.quotes[index + 1]);
            let text = up_to_here(quotes) ^ inverted;
            let bare = !(text | quotes);
            self.text[here] = text;
            self.opens[here] &= bare;
            self.closes[here] &= bare;
            self.commas[here] &= bare;
            self.colons[here] &= bare;
            let marks = self.opens[here] | self.closes[here] | self.commas[here] | self.colons[here];
            self.scalars[here] = bare & !marks;
        }
        self.brackets.count = 0;
        self.scalar_starts.count = 0;
        for index in 0..BLOCKS {
            let here = index + 1;
            self.brackets.push::<2>(index, self.opens[here] | self.closes[here]);
            let begin = self.scalars[here] & !after(&self.scalars, index);
            self.scalar_starts.push::<1>(index, begin);
        }
    }

    /// Compares all bytes, and gives for each word whether it begins in a text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn compare<S: Simd>(&mut self, simd: S, piece: &[u8]) -> Row {
        let mut padded = [b' '; BLOCK * BLOCKS];
        let whole = if let Some(whole) = piece.first_chunk::<{ BLOCK * BLOCKS }>() {
            whole
        } else {
            padded.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
            &padded
        };
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
        let (mut inverted, mut in_text) = ([0; BLOCKS], self.in_text);
        for (inverted, quotes) in inverted.iter_mut().zip(&self.quotes[1..]) {
            *inverted = in_text;
            in_text ^= 0_u64.wrapping_sub(u64::from(quotes.count_ones()) & 1);
        }
        self.in_text = in_text;
        inverted
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

    /// What is wrong, given for each place whether an object is the innermost that is open there, or the list itself.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    pub(super) fn judge(&mut self, in_object: &Row, in_list: &Row) -> Row {
        self.find_names(in_object);
        let mut found = self.wrong;
        for index in 0..BLOCKS {
            let here = index + 1;
            let (quotes, text, opens) = (self.quotes[here], self.text[here], self.opens[here]);
            let (after_scalar, after_open) = (after(&self.scalars, index), after(&self.opens, index));
            let scalar_starts = self.scalars[here] & !after_scalar;
            let after_open_or_comma = after_open | after(&self.commas, index);
            // Values begin after an opening bracket, a comma, a colon, and nowhere else; an empty pair of brackets apart.
            let values = quotes & text | opens | scalar_starts;
            let may_begin = after_open_or_comma | after(&self.colons, index);
            // They are followed by a comma or a closing bracket, and nothing else is.
            let ended = after(&self.value_ends, index) | after_scalar & !self.scalars[here];
            let closes = self.closes[here];
            let ends = self.commas[here] | closes;
            let wrong = ((values ^ may_begin) | (ended ^ ends)) & !(closes & after_open)
                // Names are followed by colons, and nothing else is.
                | after(&self.name_ends, index) ^ self.colons[here]
                | after_open_or_comma & in_object[index] & (opens | scalar_starts)
                | after_open_or_comma & in_list[index] & !(opens | closes);
            found[index] |= wrong;
        }
        found
    }

    /// Tells the closing quotes of names from what ends a value.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    fn find_names(&mut self, in_object: &Row) {
        let mut names = [0; BLOCKS];
        for (index, names) in names.iter_mut().enumerate() {
            let here = index + 1;
            let wanted = after(&self.opens, index) | after(&self.commas, index);
            *names = self.quotes[here] & self.text[here] & wanted & in_object[index];
        }
        // Added to the bits of its text, the first bit of a name is carried to the closing quote.
        let mut carried = self.in_name;
        for (index, names) in names.iter().enumerate() {
            let text = self.text[index + 1];
            let (sum, over) = text.overflowing_add(names | carried);
            carried = u64::from(over);
            self.name_ends[index + 1] = sum & !text;
        }
        self.in_name = carried;
        for index in 0..BLOCKS {
            let here = index + 1;
            self.value_ends[here] = self.quotes[here] & !self.text[here] & !self.name_ends[here] | self.closes[here];
        }
    }
}

impl Places {
    fn new() -> Self {
        Self { places: [0; BLOCK * BLOCKS + SPARE], count: 0 }
    }

    fn all(&self) -> &[u16] {
        self.places.get(..self.count).unwrap_or_default()
    }

    /// Adds the places of a word. The first `USUAL` are written whether they are there or not, which takes no branch.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions of the caller's processor must be usable in it")]
    #[expect(clippy::cast_possible_truncation, reason = "a piece is far shorter than 64 KiB")]
    fn push<const USUAL: usize>(&mut self, index: usize, mut word: u64) {
        let first = (index * BLOCK) as u16;
        let (mut at, count) = (self.count, word.count_ones() as usize);
        for _ in 0..USUAL {
            self.places[at] = first + word.trailing_zeros() as u16;
            at += 1;
            word &= word.wrapping_sub(1);
        }
        while word != 0 {
            self.places[at] = first + word.trailing_zeros() as u16;
            at += 1;
            word &= word - 1;
        }
        self.count += count;
    }
}

/// The places behind those of a row, at this word of it.
#[inline]
fn after(row: &Joined, index: usize) -> u64 {
    row[index + 1] << 1 | row[index] >> (BLOCK - 1)
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

/// For each place, whether the number of places before it is odd.
#[inline]
pub(super) const fn before_here(places: u64) -> u64 {
    up_to_here(places) ^ places
}

const SPARE: usize = 2;

/// By this bit `{` differs from `[`, and `}` from `]`.
const CASE: u8 = 0x20;

//! The part of a JSON text that means itself.

/// How many bytes from the first stand for themselves inside a JSON text (RFC 8259, section 7): no quote, no backslash,
/// no control character. Eight are looked at in one step.
///
/// ```
/// assert_eq!(exo_model::literal_length(br#"Adele "the" Vance"#), 6);
/// assert_eq!(exo_model::literal_length("Adèle".as_bytes()), 6);
/// ```
#[must_use]
#[inline]
pub fn literal_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    words.len() * 8 + rest.iter().take_while(|b| !matches!(b, b'"' | b'\\' | ..b' ')).count()
}

/// The high bit of each byte that is special; bits above the lowest may be set in error, since a borrow runs upwards.
#[inline]
const fn special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const fn zero(word: u64) -> u64 {
        word.wrapping_sub(ONES) & !word
    }
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | zero(word ^ (ONES * 0x22)) | zero(word ^ (ONES * 0x5C))) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            let means_itself = byte >= b' ' && byte != b'"' && byte != b'\\';
            for place in 0..20 {
                for others in [b' ', b'!', b'#', b'[', b']', b'~', 0x7F, 0x80, 0xFF] {
                    let mut bytes = [others; 20];
                    bytes[place] = byte;
                    assert_eq!(literal_length(&bytes), if means_itself { 20 } else { place }, "{byte:#x} at {place}");
                }
            }
        }
    }
}

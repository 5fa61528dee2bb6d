//! GUIDs: parsed, printed, and made so that the position can be read back out of them.

use std::fmt;

use crate::mix::mix;

/// A GUID, as Microsoft prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Guid(u128);

const VERSION: u128 = 0xF000 << 64;
const VARIANT: u128 = 0xC000 << 48;
const LOW_48: u64 = 0xFFFF_FFFF_FFFF;

impl Guid {
    /// A GUID whose bits all come from two numbers.
    pub(crate) const fn hashed(seed: u64, value: u64) -> Self {
        let high = mix(seed, value) as u128;
        let low = mix(seed ^ 0x5bd1_e995, value) as u128;
        Self::stamped((high << 64) | low)
    }

    /// A GUID from which [`Guid::position`] finds `position` again.
    pub(crate) const fn positioned(seed: u64, position: u64) -> Self {
        let Self(bits) = Self::hashed(seed, position);
        let mask = mix(seed, (bits >> 64) as u64) & LOW_48;
        let low = (position & LOW_48) ^ mask;
        Self((bits & !(LOW_48 as u128)) | low as u128)
    }

    /// The position that this GUID was made from, if it was made with `seed`.
    pub(crate) fn position(self, seed: u64) -> Option<u64> {
        let mask = mix(seed, (self.0 >> 64) as u64) & LOW_48;
        let position = u64::try_from(self.0 & u128::from(LOW_48)).unwrap_or(0) ^ mask;
        (Self::positioned(seed, position) == self).then_some(position)
    }

    /// Reads the usual form, with or without braces, in any case.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut bits = 0_u128;
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            bits = (bits << 4) | u128::from(char::from(*byte).to_digit(16)?);
        }
        Some(Self(bits))
    }

    /// Appends the usual form.
    pub(crate) fn write_to(self, out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for place in 0..32_u32 {
            if matches!(place, 8 | 12 | 16 | 20) {
                out.push(b'-');
            }
            let digit = (self.0 >> (124 - 4 * place)) & 0xF;
            out.push(DIGITS[usize::try_from(digit).unwrap_or(0)]);
        }
    }

    const fn stamped(bits: u128) -> Self {
        Self((bits & !VERSION & !VARIANT) | (0x4000 << 64) | (0x8000 << 48))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(36);
        self.write_to(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_a_round_trip() {
        let text = "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11";
        assert_eq!(Guid::parse(text).unwrap().to_string(), text);
        assert_eq!(Guid::parse(&format!("{{{}}}", text.to_uppercase())), Guid::parse(text));
        assert_eq!(Guid::parse("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e1"), None);
        assert_eq!(Guid::parse("contoso.onmicrosoft.com"), None);
    }

    #[test]
    fn a_position_is_found_again_and_only_by_its_own_seed() {
        for position in [0, 1, 77, 999_999] {
            let guid = Guid::positioned(7, position);
            assert_eq!(guid.position(7), Some(position));
            assert_eq!(guid.position(8), None);
        }
        assert_eq!(Guid::hashed(7, 7).position(9), None);
    }
}

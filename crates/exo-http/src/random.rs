//! Random numbers: ids of requests, and jitter.

use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::{self, Write as _};

/// A random GUID (version 4), by which both sides find a request again.
///
/// ```
/// let id = exo_http::RequestId::random();
/// assert_eq!(id.to_string().len(), 36);
/// assert_ne!(id, exo_http::RequestId::random());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(u128);

impl RequestId {
    /// A new id.
    pub fn random() -> Self {
        Self::from_bytes(random_bytes())
    }

    /// The id of version 4 that has these bits, where they are free.
    pub fn from_bytes(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(u128::from_be_bytes(bytes))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        for (index, digit) in digits.chars().enumerate() {
            if matches!(index, 8 | 12 | 16 | 20) {
                f.write_char('-')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// A random number, for jitter.
pub fn random_u32() -> u32 {
    u32::from_ne_bytes(random_bytes())
}

#[expect(clippy::expect_used, reason = "the system's random source fails only where nothing secure can be done at all")]
fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the system's random source");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_the_form_of_version_4() {
        assert_eq!(RequestId::from_bytes([0xff; 16]).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(RequestId::from_bytes([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
    }
}

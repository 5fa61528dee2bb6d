//! The key derivation scrypt (RFC 7914), as `openssl pkcs8 -scrypt` and `BouncyCastle` use it, within bounds.

use super::derive::salt;
use super::{Budget, PfxError};
use crate::asn1::{Elements, Tag};
use ring::pbkdf2;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Salt and costs.
#[derive(Debug, Clone)]
pub(super) struct Scrypt {
    salt: Vec<u8>,
    /// A power of two.
    cost: usize,
    block: usize,
    parallel: usize,
    pub(super) key_length: Option<usize>,
}

impl Scrypt {
    /// Reads the parameters; what would take too much memory is refused here.
    pub(super) fn parse(parameters: &mut Elements<'_>) -> Result<Self, PfxError> {
        let salt = salt(&parameters.octets()?)?;
        let [cost, block, parallel] = [number(parameters)?, number(parameters)?, number(parameters)?];
        let key_length = match parameters.optional(Tag::Integer)? {
            Some(length) => usize::try_from(Elements::new(length.whole).small()?).ok(),
            None => None,
        };
        if !cost.is_power_of_two() || cost < 2 || block == 0 || parallel == 0 {
            return Err(PfxError::Malformed { what: "the costs of scrypt" });
        }
        let blocks = cost.saturating_mul(block).max(block.saturating_mul(parallel).saturating_mul(PARALLEL_WEIGHT));
        if blocks > MAX_BLOCKS {
            return Err(PfxError::TooExpensive { rounds: blocks, limit: MAX_BLOCKS });
        }
        let size = |number| usize::try_from(number).map_err(|_| PfxError::Malformed { what: "the costs of scrypt" });
        Ok(Self { salt, cost: size(cost)?, block: size(block)?, parallel: size(parallel)?, key_length })
    }

    /// Puts the cost on the bill: a block mixed takes about as long as a round of PBKDF2.
    pub(super) fn charge(&self, budget: &mut Budget) -> Result<(), PfxError> {
        let rounds = self.cost.saturating_mul(self.block).saturating_mul(self.parallel);
        budget.spend(u32::try_from(rounds).unwrap_or(u32::MAX), 1)
    }

    pub(super) fn derive(&self, password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
        let mut mixed = stretch(password, &self.salt, self.parallel * self.block * BLOCK);
        for lane in mixed.chunks_exact_mut(self.block * BLOCK) {
            self.mix(lane);
        }
        stretch(password, &mixed, length)
    }

    /// `scryptROMix`.
    fn mix(&self, lane: &mut [u8]) {
        let length = lane.len() / 4;
        let (words, _) = lane.as_chunks::<4>();
        let mut x: Zeroizing<Vec<u32>> = Zeroizing::new(words.iter().map(|w| u32::from_le_bytes(*w)).collect());
        let mut y = Zeroizing::new(vec![0; length]);
        let mut table = Zeroizing::new(Vec::with_capacity(self.cost * length));
        for _ in 0..self.cost {
            table.extend_from_slice(&x);
            mix_block(&mut x, &mut y);
        }
        for _ in 0..self.cost {
            // The first word of the last part names the entry.
            let entry = x.get(length - PART).map_or(0, |word| *word as usize) & (self.cost - 1);
            xor(&mut x, table.get(entry * length..).unwrap_or_default());
            mix_block(&mut x, &mut y);
        }
        for (bytes, word) in lane.as_chunks_mut::<4>().0.iter_mut().zip(x.iter()) {
            *bytes = word.to_le_bytes();
        }
    }
}

/// A number of any length; one that is longer than 64 bits is beyond every limit.
fn number(elements: &mut Elements<'_>) -> Result<u64, PfxError> {
    let digits = elements.unsigned()?;
    if digits.len() > size_of::<u64>() {
        return Err(PfxError::TooExpensive { rounds: u64::MAX, limit: MAX_BLOCKS });
    }
    Ok(digits.iter().fold(0, |value, digit| value << 8 | u64::from(*digit)))
}

/// PBKDF2 with SHA-256 and one iteration.
fn stretch(password: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::MIN, salt, password, &mut out);
    out
}

fn xor(x: &mut [u32], with: &[u32]) {
    for (word, other) in x.iter_mut().zip(with) {
        *word ^= other;
    }
}

/// `scryptBlockMix`: the parts in even places come first, then the odd ones.
fn mix_block(x: &mut [u32], y: &mut [u32]) {
    let (parts, _) = x.as_chunks::<PART>();
    let mut last = parts.last().copied().unwrap_or_default();
    let half = parts.len() / 2;
    let (mixed, _) = y.as_chunks_mut::<PART>();
    for (index, part) in parts.iter().enumerate() {
        xor(&mut last, part);
        salsa20_8(&mut last);
        if let Some(place) = mixed.get_mut(index / 2 + index % 2 * half) {
            *place = last;
        }
    }
    x.copy_from_slice(y);
}

fn salsa20_8(part: &mut [u32; PART]) {
    let mut x = *part;
    for _ in 0..4 {
        for [a, b, c, d] in QUARTERS {
            x[b] ^= x[a].wrapping_add(x[d]).rotate_left(7);
            x[c] ^= x[b].wrapping_add(x[a]).rotate_left(9);
            x[d] ^= x[c].wrapping_add(x[b]).rotate_left(13);
            x[a] ^= x[d].wrapping_add(x[c]).rotate_left(18);
        }
    }
    for (word, mixed) in part.iter_mut().zip(x) {
        *word = word.wrapping_add(mixed);
    }
}

/// The columns, then the rows.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [5, 9, 13, 1],
    [10, 14, 2, 6],
    [15, 3, 7, 11],
    [0, 1, 2, 3],
    [5, 6, 7, 4],
    [10, 11, 8, 9],
    [15, 12, 13, 14],
];
/// Words of a part of a block.
const PART: usize = 16;
/// Bytes of a block for each unit of the block size.
const BLOCK: usize = 128;
/// 16 MiB, which is what OpenSSL writes.
const MAX_BLOCKS: u64 = 1 << 17;
/// Lanes are kept all at once: at most 512 KiB of them.
const PARALLEL_WEIGHT: u64 = 1 << 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn scrypt(salt: &[u8], cost: usize, block: usize, parallel: usize) -> Scrypt {
        Scrypt { salt: salt.to_vec(), cost, block, parallel, key_length: None }
    }

    /// The vectors of RFC 7914, section 12.
    #[test]
    fn the_published_vectors_hold() {
        let first = scrypt(b"", 16, 1, 1).derive(b"", 64);
        assert_eq!(first[..8], [0x77, 0xd6, 0x57, 0x62, 0x38, 0x65, 0x7b, 0x20]);
        let second = scrypt(b"NaCl", 1024, 8, 16).derive(b"password", 64);
        assert_eq!(second[..8], [0xfd, 0xba, 0xbe, 0x1c, 0x9d, 0x34, 0x72, 0x00]);
        assert_eq!(second[56..], [0x83, 0x60, 0xcb, 0xdf, 0xa2, 0xcc, 0x06, 0x40]);
    }

    #[test]
    fn what_would_take_too_much_is_refused() {
        let parse = |costs: [&[u8]; 3]| {
            let mut bytes = vec![4, 1, 9];
            for cost in costs {
                bytes.extend([2, u8::try_from(cost.len()).unwrap()]);
                bytes.extend(cost);
            }
            Scrypt::parse(&mut Elements::new(&bytes)).map(|_| ())
        };
        assert_eq!(parse([&[0x40, 0], &[8], &[1]]), Ok(()));
        assert!(matches!(parse([&[1, 0, 0], &[8], &[1]]), Err(PfxError::TooExpensive { .. })));
        assert!(matches!(parse([&[2], &[8], &[0x10, 0]]), Err(PfxError::TooExpensive { .. })));
        let huge = parse([&[1, 0, 0, 0, 0, 0], &[8], &[1]]);
        assert_eq!(huge, Err(PfxError::TooExpensive { rounds: 1 << 43, limit: MAX_BLOCKS }));
        assert!(matches!(parse([&[1; 9], &[8], &[1]]), Err(PfxError::TooExpensive { rounds: u64::MAX, .. })));
        for broken in [[&[3][..], &[8], &[1]], [&[1], &[8], &[1]], [&[2], &[0], &[1]], [&[2], &[8], &[0]]] {
            assert!(matches!(parse(broken), Err(PfxError::Malformed { .. })), "{broken:?}");
        }
    }
}

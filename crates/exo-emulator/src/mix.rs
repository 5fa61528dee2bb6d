//! The one source of made-up facts: a hash of a seed and a position.

/// Scrambles `value` under `seed`; the same two numbers always give the same result.
pub(crate) const fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed.wrapping_add(value.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Scrambles a text; case counts.
pub(crate) fn mix_text(seed: u64, text: &str) -> u64 {
    let mut state = mix(seed, text.len() as u64);
    for byte in text.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(state, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_positions_both_count() {
        assert_ne!(mix(1, 2), mix(2, 1));
        assert_ne!(mix(7, 0), mix(8, 0));
        assert_eq!(mix(7, 3), mix(7, 3));
        assert_ne!(mix_text(7, "a"), mix_text(7, "A"));
    }
}

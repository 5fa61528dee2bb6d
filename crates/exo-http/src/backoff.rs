//! How long to wait before the next attempt; nobody waits here.

use std::time::Duration;

/// Exponential back-off with full jitter: anywhere between nothing and `base` · 2ⁿ, at most `cap`.
///
/// The caller gives the random number, so that the same input gives the same wait.
///
/// ```
/// use exo_http::Backoff;
/// use std::time::Duration;
///
/// let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
/// assert_eq!(backoff.ceiling(0), Duration::from_secs(1));
/// assert_eq!(backoff.ceiling(3), Duration::from_secs(8));
/// assert_eq!(backoff.ceiling(99), Duration::from_secs(30));
/// assert_eq!(backoff.delay(3, 0), Duration::ZERO);
/// assert!(backoff.delay(3, u32::MAX) <= Duration::from_secs(8));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    /// Waits that begin at up to `base` and never exceed `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// The longest wait before attempt `attempt + 1`, the first attempt being number 0.
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// The wait before attempt `attempt + 1`: the ceiling times `random` / 2³².
    pub fn delay(&self, attempt: u32, random: u32) -> Duration {
        let nanos = self.ceiling(attempt).as_nanos();
        // Never above the ceiling, which a Duration held.
        Duration::from_nanos_u128(
            (nanos >> 32) * u128::from(random) + (((nanos & 0xffff_ffff) * u128::from(random)) >> 32),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_the_range_is_half_the_wait() {
        let backoff = Backoff::new(Duration::from_secs(4), Duration::from_mins(1));
        assert_eq!(backoff.delay(1, 1 << 31), Duration::from_secs(4));
    }

    proptest! {
        #[test]
        fn no_wait_exceeds_the_cap(base in 0_u64..u64::MAX, cap in 0_u64..u64::MAX, attempt: u32, random: u32) {
            let backoff = Backoff::new(Duration::from_millis(base), Duration::from_millis(cap));
            prop_assert!(backoff.ceiling(attempt) <= Duration::from_millis(cap));
            prop_assert!(backoff.delay(attempt, random) <= backoff.ceiling(attempt));
        }
    }
}

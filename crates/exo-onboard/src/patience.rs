//! What may be tried again, when, and for how long; nobody waits here.

use crate::Error;
use std::time::Duration;

/// How long a step waits before its next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// As long as the service says.
    Told(Duration),
    /// Longer each time.
    Growing,
}

/// The waits of one step.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    made: usize,
    pub(crate) waited: Duration,
}

impl Pauses {
    /// The next wait; none if the time would be over before it is.
    pub(crate) fn next(&mut self, wait: Wait) -> Option<Duration> {
        let wait = match wait {
            Wait::Told(wait) => wait,
            Wait::Growing => Duration::from_secs(WAITS.get(self.made).copied().unwrap_or(LONGEST_WAIT)),
        };
        let waited = self.waited + wait;
        (waited <= PATIENCE && self.made < MOST).then(|| {
            (self.made, self.waited) = (self.made + 1, waited);
            wait
        })
    }
}

/// How long to wait before a failed attempt is made again; nothing if it is final.
///
/// `recent` says that something was changed lately, which not all servers may know yet.
pub(crate) fn again(error: &Error, recent: bool) -> Option<Wait> {
    let passes = match error {
        Error::Throttled { .. } | Error::Outage { .. } => true,
        Error::Transport { source, .. } => source.is_transient(),
        Error::Refused { error, .. } => recent && error.is_lag(),
        Error::NotYet { .. } => recent,
        _ => false,
    };
    let told = error.graph_error().and_then(|error| error.retry_after);
    passes.then(|| told.map_or(Wait::Growing, Wait::Told))
}

/// For how long one step is tried.
pub(crate) const PATIENCE: Duration = Duration::from_mins(10);

/// How often one step is waited for at most, where the service asks for no time in between.
const MOST: usize = 100;

/// The first waits, in seconds.
const WAITS: &[u64] = &[1, 2, 4, 8];

/// All later ones.
const LONGEST_WAIT: u64 = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_the_documented_ones_and_end_after_ten_minutes() {
        let mut pauses = Pauses::default();
        let waits: Vec<u64> = std::iter::from_fn(|| pauses.next(Wait::Growing)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits.get(..7), Some([1, 2, 4, 8, 15, 15, 15].as_slice()));
        assert_eq!(waits.iter().sum::<u64>(), 600);
    }

    #[test]
    fn the_service_is_left_alone_for_as_long_as_it_says() {
        let mut pauses = Pauses::default();
        assert_eq!(pauses.next(Wait::Told(Duration::from_secs(30))), Some(Duration::from_secs(30)));
        assert_eq!(pauses.next(Wait::Told(Duration::from_secs(571))), None);
        assert_eq!(pauses.next(Wait::Growing), Some(Duration::from_secs(2)));
        assert!(std::iter::from_fn(|| pauses.next(Wait::Told(Duration::ZERO))).count() < MOST);
    }
}

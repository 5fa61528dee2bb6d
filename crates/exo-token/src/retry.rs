//! What may be asked again, and when; nobody waits here.

use crate::Error;
use exo_http::Backoff;
use std::time::Duration;

/// How often and how long a provider tries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Requests at most, the first one counted.
    pub(crate) attempts: u32,
    /// The sum of all waits at most.
    pub(crate) waits: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 4, waits: Duration::from_mins(5) }
    }
}

impl Patience {
    /// How long to wait before the next request; `None` if there is to be none.
    ///
    /// A request for a token changes nothing, so that it may be repeated even if it may have arrived.
    pub(crate) fn wait(&self, error: &Error, asked: u32, waited: Duration, random: u32) -> Option<Duration> {
        if asked >= self.attempts {
            return None;
        }
        let earlier = asked.saturating_sub(1);
        let wait = match error {
            Error::Throttled { retry_after: Some(wait), .. } | Error::Outage { retry_after: Some(wait), .. } => *wait,
            Error::Throttled { retry_after: None, .. } => THROTTLED.delay(earlier, random),
            Error::Outage { retry_after: None, .. } => UNAVAILABLE.delay(earlier, random),
            Error::Transport { source, .. } if source.is_transient() => UNAVAILABLE.delay(earlier, random),
            _ => return None,
        };
        (waited + wait <= self.waits).then_some(wait)
    }
}

const THROTTLED: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_mins(1));
const UNAVAILABLE: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Throttled { attempts: 1, retry_after, error: None, client_request_id: String::new() }
    }

    fn transport(source: exo_http::Error) -> Error {
        Error::Transport { attempts: 1, client_request_id: String::new(), source }
    }

    #[test]
    fn the_service_says_how_long() {
        let patience = Patience::default();
        assert_eq!(patience.wait(&throttled(Some(7)), 1, Duration::ZERO, 0), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_wait_beyond_the_limit_is_not_begun() {
        let patience = Patience::default();
        assert_eq!(patience.wait(&throttled(Some(301)), 1, Duration::ZERO, 0), None);
        assert_eq!(patience.wait(&throttled(Some(7)), 1, Duration::from_secs(294), 0), None);
        assert_eq!(patience.wait(&throttled(Some(7)), 4, Duration::ZERO, 0), None);
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        let patience = Patience::default();
        assert_eq!(patience.wait(&transport(exo_http::Error::tls("h")), 1, Duration::ZERO, 0), None);
        assert!(patience.wait(&transport(exo_http::Error::reset("h")), 1, Duration::ZERO, 0).is_some());
    }
}

//! What may be asked again, and when.

use crate::{Error, KeyReason, ServiceError};
use exo_http::Backoff;
use exo_model::Clock;
use std::time::Duration;

/// How often and how long a provider tries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Requests at most, the first one counted.
    pub(crate) attempts: u32,
    /// The sum of all waits at most.
    pub(crate) waits: Duration,
    /// For how long a refusal is asked again that passes when a change has reached all of the service's servers.
    pub(crate) propagation: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 4, waits: Duration::from_mins(5), propagation: Duration::ZERO }
    }
}

/// What has been tried for one token.
#[derive(Debug)]
pub(crate) struct Tries {
    patience: Patience,
    random: fn() -> u32,
    asked: u32,
    waited: Duration,
    /// What was waited of that for a change to be known everywhere.
    propagated: Duration,
}

impl Tries {
    pub(crate) fn new(patience: Patience, random: fn() -> u32) -> Self {
        Self { patience, random, asked: 0, waited: Duration::ZERO, propagated: Duration::ZERO }
    }

    /// After a failed request: waits and comes back if it may be asked again, or gives the error back as the last word.
    pub(crate) async fn pause(&mut self, error: Error, clock: &dyn Clock) -> Result<(), Error> {
        self.asked += 1;
        let error = error.after(self.asked);
        let wait = if self.patience.propagates(&error, self.propagated) {
            self.propagated += PROPAGATION;
            self.asked -= 1;
            PROPAGATION
        } else {
            let Some(wait) = self.patience.wait(&error, self.asked, self.waited, (self.random)()) else {
                return Err(error);
            };
            self.waited += wait;
            wait
        };
        tracing::warn!(%error, asked = self.asked, wait_ms = wait.as_millis(), "asking for a token again");
        clock.sleep(wait).await;
        Ok(())
    }
}

impl Patience {
    /// Whether a refusal may come from a server that has not heard of a change yet, and there is time left to wait.
    fn propagates(&self, error: &Error, waited: Duration) -> bool {
        matches!(error, Error::Refused { error } if is_propagating(error)) && waited + PROPAGATION <= self.propagation
    }

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

/// The refusals that a new app, certificate or federated credential meets for some minutes.
fn is_propagating(error: &ServiceError) -> bool {
    match error.code() {
        Some(700_027) => !matches!(error.reason, Some(KeyReason::WrongSignature | KeyReason::Expired)),
        code => matches!(code, Some(700_016 | 7_000_229 | 70_021 | 700_211..=700_213)),
    }
}

/// Between two requests for what is not known everywhere yet.
const PROPAGATION: Duration = Duration::from_secs(10);

const THROTTLED: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_mins(1));
const UNAVAILABLE: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));

#[cfg(test)]
mod tests {
    use super::*;

    fn throttled(retry_after: Option<u64>) -> Error {
        let retry_after = retry_after.map(Duration::from_secs);
        Error::Throttled {
            host: String::new(),
            attempts: 1,
            retry_after,
            error: None,
            client_request_id: String::new(),
        }
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

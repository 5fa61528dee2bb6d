//! What may be asked again, and when. Nobody waits here.

use crate::ServiceError;
use crate::service_error::Sign;
use exo_catalog::Access;
use exo_http::{Backoff, Error as TransportError};
use exo_model::Invocation;
use std::time::Duration;

/// How to go on after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Not again: the failure stands.
    Stop,
    /// Again at once.
    AtOnce,
    /// Again at once, with a new token.
    Renew,
    /// Again after this long; `everybody` says that the service wants to be left alone by all.
    Wait { wait: Duration, everybody: bool },
    /// Again when the budget allows it, which is told what the service asked for; not before `least`.
    Throttled { asked: Option<Duration>, least: Duration },
}

/// What has been tried for one request.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tries {
    /// How often it was sent and failed, beside being one too many.
    pub(crate) failed: u32,
    /// How often it was one too many.
    pub(crate) throttled: u32,
    /// The token was renewed once.
    pub(crate) renewed: bool,
}

/// The rules for one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) access: Access,
    pub(crate) attempts: u32,
}

impl Policy {
    /// After an answer that is an error. A write is repeated only where it surely did not run.
    ///
    /// `asked` is the service's `Retry-After`; `random` makes the jitter.
    pub(crate) fn after_answer(self, error: &ServiceError, asked: Option<Duration>, tries: Tries, random: u32) -> Step {
        if self.is_throttled(error) {
            return self.after_throttling(asked, tries, random);
        }
        if error.status == 401 {
            return if tries.renewed { Step::Stop } else { Step::Renew };
        }
        let reading = self.access == Access::Read;
        let again = matches!(error.status, 408 | 500 | 502 | 503 | 504) || error.sign == Sign::Transient;
        // A refusal stands, whatever else its text says.
        let refused = error.status == 403;
        if !reading || !again || refused || tries.failed >= self.attempts {
            return Step::Stop;
        }
        Step::Wait { wait: asked.unwrap_or_else(|| backed_off(tries.failed, random)), everybody: asked.is_some() }
    }

    /// Whether a call was one too many, and surely did not run if it changes something.
    fn is_throttled(self, error: &ServiceError) -> bool {
        error.status == 429 || error.sign == Sign::Throttled && self.access == Access::Read
    }

    /// Counts an answer that is an error.
    pub(crate) fn count(self, error: &ServiceError, tries: &mut Tries) {
        let count = if self.is_throttled(error) { &mut tries.throttled } else { &mut tries.failed };
        *count += 1;
    }

    /// After no answer.
    pub(crate) fn after_silence(self, error: &TransportError, tries: Tries, random: u32) -> Step {
        let harmless = self.access == Access::Read || !error.may_have_been_sent();
        if !error.is_transient() || !harmless || tries.failed >= self.attempts {
            return Step::Stop;
        }
        Step::Wait { wait: backed_off(tries.failed, random), everybody: false }
    }

    /// Throttling ends by itself, so it is bounded by the sum of waits and not by the number of attempts;
    /// past that number the waits grow, whatever the service asks, so that their sum ends.
    fn after_throttling(self, asked: Option<Duration>, tries: Tries, random: u32) -> Step {
        let patient = tries.throttled >= self.attempts;
        let least = if patient { backed_off(tries.throttled, random).max(LEAST) } else { Duration::ZERO };
        Step::Throttled { asked, least }
    }
}

/// Whether a call only reads. A cmdlet that nobody knows counts as writing.
pub(crate) fn access(call: &Invocation) -> Access {
    let Some(known) = exo_catalog::find(&call.cmdlet) else { return Access::Write };
    if known.writing_parameters().any(|name| call.parameter(name).is_some()) {
        return Access::Write;
    }
    known.access()
}

/// The first wait is up to two seconds, the next up to four, and so on.
fn backed_off(times: u32, random: u32) -> Duration {
    BACKOFF.delay(times.saturating_sub(1), random)
}

const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_mins(1));
const LEAST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use exo_http::Phase;
    use exo_http::response;
    use exo_model::Service;

    fn error(status: u16, body: &str) -> ServiceError {
        let answer = response(status, &[], body.to_owned());
        ServiceError::of(Service::Exchange, &"Get-Mailbox".parse().unwrap(), &answer)
    }

    fn step(access: Access, status: u16, body: &str) -> Step {
        let tries = Tries { failed: 1, ..Tries::default() };
        Policy { access, attempts: 3 }.after_answer(&error(status, body), None, tries, u32::MAX)
    }

    fn waits(step: Step) -> bool {
        matches!(step, Step::Wait { .. } | Step::Throttled { .. })
    }

    #[test]
    fn reads_are_repeated_after_passing_failures_only() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(waits(step(Access::Read, status, "")), "{status}");
        }
        for status in [400, 403, 404, 405, 501] {
            assert_eq!(step(Access::Read, status, ""), Step::Stop, "{status}");
        }
        let named = r#"{"error":{"details":[{"message":"|Microsoft.X.ADTransientException|no DC"}]}}"#;
        assert!(waits(step(Access::Read, 400, named)));
        assert_eq!(step(Access::Read, 403, named), Step::Stop);
    }

    #[test]
    fn writes_are_repeated_only_if_they_did_not_run() {
        assert!(waits(step(Access::Write, 429, "")));
        assert_eq!(step(Access::Write, 401, ""), Step::Renew);
        for status in [408, 500, 502, 503, 504] {
            assert_eq!(step(Access::Write, status, ""), Step::Stop, "{status}");
        }
        let tries = Tries { failed: 1, ..Tries::default() };
        let write = Policy { access: Access::Write, attempts: 3 };
        assert!(waits(write.after_silence(&TransportError::connect("h"), tries, 0)));
        assert_eq!(write.after_silence(&TransportError::reset("h"), tries, 0), Step::Stop);
        assert_eq!(write.after_silence(&TransportError::timeout("h", Phase::Answer), tries, 0), Step::Stop);
        let read = Policy { access: Access::Read, attempts: 3 };
        assert!(waits(read.after_silence(&TransportError::reset("h"), tries, 0)));
        assert_eq!(read.after_silence(&TransportError::tls("h"), tries, 0), Step::Stop);
    }

    #[test]
    fn attempts_end_and_the_token_is_renewed_once() {
        let read = Policy { access: Access::Read, attempts: 3 };
        let tries = Tries { failed: 3, throttled: 0, renewed: true };
        assert_eq!(read.after_answer(&error(503, ""), None, tries, 0), Step::Stop);
        assert_eq!(read.after_answer(&error(401, ""), None, tries, 0), Step::Stop);
        assert_eq!(read.after_silence(&TransportError::reset("h"), tries, 0), Step::Stop);
    }

    #[test]
    fn the_service_says_how_long_and_else_waits_double() {
        let read = Policy { access: Access::Read, attempts: 3 };
        let at = |times| Tries { failed: times, throttled: times, renewed: false };
        let asked = Some(Duration::from_millis(12_500));
        let throttled = |asked, least| Step::Throttled { asked, least };
        assert_eq!(read.after_answer(&error(429, ""), asked, at(1), 0), throttled(asked, Duration::ZERO));
        let everybody = Step::Wait { wait: Duration::from_millis(12_500), everybody: true };
        assert_eq!(read.after_answer(&error(503, ""), asked, at(1), 0), everybody);
        let Step::Wait { wait, everybody: false } = read.after_answer(&error(503, ""), None, at(2), u32::MAX) else {
            panic!("it must wait alone");
        };
        assert!(wait > Duration::from_millis(3_999) && wait <= Duration::from_secs(4));
        // A service that asks for no wait at all is not asked without end.
        let none = Some(Duration::ZERO);
        assert_eq!(read.after_answer(&error(429, ""), none, at(2), 0), throttled(none, Duration::ZERO));
        assert_eq!(read.after_answer(&error(429, ""), none, at(9), 0), throttled(none, Duration::from_secs(1)));
    }

    #[test]
    fn throttling_is_known_by_its_text() {
        let text = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";
        for status in [200, 400, 401, 403, 404, 500, 503] {
            assert!(matches!(step(Access::Read, status, text), Step::Throttled { .. }), "{status}");
        }
        assert_eq!(step(Access::Write, 400, text), Step::Stop);
    }

    #[test]
    fn what_nobody_knows_counts_as_writing() {
        let call = |name: &str| Invocation::new(Service::Exchange, name.parse().unwrap());
        assert_eq!(access(&call("get-mailbox")), Access::Read);
        assert_eq!(access(&call("Set-Mailbox")), Access::Write);
        assert_eq!(access(&call("Get-NoSuchThing")), Access::Write);
        assert_eq!(
            access(&call("Get-MobileDeviceStatistics").with("NotificationEmailAddresses", "a@b.c")),
            Access::Write
        );
    }
}

//! How much may be in flight to one tenant, and how long anybody may wait.

use crate::Error;
use exo_model::{Clock, CmdletName};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all sessions of one tenant share: how many calls run at once, when the service may be asked again, and how long a call may wait without getting on.
///
/// A clone is the same budget, so that the sessions of both services keep to it together.
///
/// ```
/// use exo_session::Budget;
/// use std::time::Duration;
/// let budget = Budget::new(4).longest_wait(Duration::from_secs(60));
/// let same = budget.clone();
/// ```
#[derive(Clone)]
pub struct Budget {
    shared: Arc<Shared>,
    longest_wait: Duration,
}

struct Shared {
    calls: Arc<Semaphore>,
    concurrency: usize,
    /// Nobody sends before this time.
    closed_until: Mutex<Option<SystemTime>>,
}

impl Budget {
    /// This many calls at a time, one at least.
    pub fn new(concurrency: usize) -> Self {
        let concurrency = concurrency.clamp(1, Semaphore::MAX_PERMITS);
        let calls = Arc::new(Semaphore::new(concurrency));
        Self {
            shared: Arc::new(Shared { calls, concurrency, closed_until: Mutex::new(None) }),
            longest_wait: LONGEST_WAIT,
        }
    }

    /// How long the waits for one page may be in sum; ten minutes if nothing is said.
    #[must_use]
    pub fn longest_wait(mut self, longest: Duration) -> Self {
        self.longest_wait = longest;
        self
    }

    /// A place among the calls in flight, once the service may be asked.
    pub(crate) async fn enter(&self, clock: &dyn Clock, waits: &mut Waits) -> Result<Place, Error> {
        loop {
            let permit = self.shared.calls.clone().acquire_owned().await.ok();
            let Some(wait) = self.closed_for(clock.now()) else { return Ok(Place { _permit: permit }) };
            drop(permit);
            self.pause(clock, waits, wait).await?;
        }
    }

    /// Keeps everybody from asking for this long.
    pub(crate) fn close(&self, clock: &dyn Clock, wait: Duration) {
        let until = clock.now() + wait;
        let mut closed = self.closed_until();
        *closed = Some(closed.map_or(until, |known| known.max(until)));
    }

    /// Waits, unless that would exceed what the call may wait in sum.
    pub(crate) async fn pause(&self, clock: &dyn Clock, waits: &mut Waits, wait: Duration) -> Result<(), Error> {
        if waits.sum.saturating_add(wait) > self.longest_wait {
            return Err(waits.too_long(wait, self.longest_wait));
        }
        waits.sum += wait;
        clock.sleep(wait).await;
        Ok(())
    }

    fn closed_for(&self, now: SystemTime) -> Option<Duration> {
        let mut closed = self.closed_until();
        let left = closed.and_then(|until| until.duration_since(now).ok()).filter(|left| !left.is_zero());
        if left.is_none() {
            *closed = None;
        }
        left
    }

    fn closed_until(&self) -> std::sync::MutexGuard<'_, Option<SystemTime>> {
        self.shared.closed_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Budget {
    /// Four calls at a time: the service publishes no limit, and that is a careful start.
    fn default() -> Self {
        Self::new(4)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("concurrency", &self.shared.concurrency)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}

/// A place among the calls in flight, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

/// What one call has waited for its next page so far, and for what.
#[derive(Debug)]
pub(crate) struct Waits {
    cmdlet: CmdletName,
    pub(crate) sum: Duration,
    /// The last answer that asked for patience.
    pub(crate) last: Option<Box<crate::ServiceError>>,
}

impl Waits {
    pub(crate) fn new(cmdlet: CmdletName) -> Self {
        Self { cmdlet, sum: Duration::ZERO, last: None }
    }

    fn too_long(&mut self, wanted: Duration, limit: Duration) -> Error {
        Error::WaitedTooLong { cmdlet: self.cmdlet.clone(), waited: self.sum, wanted, limit, source: self.last.take() }
    }
}

const LONGEST_WAIT: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use super::*;
    use exo_http::FakeClock;

    fn waits() -> Waits {
        Waits::new("Get-Mailbox".parse().unwrap())
    }

    #[tokio::test]
    async fn a_closed_gate_holds_everybody_until_it_opens() {
        let (clock, budget) = (FakeClock::at(1_000), Budget::new(2));
        budget.close(&clock, Duration::from_secs(5));
        budget.clone().close(&clock, Duration::from_secs(2));
        let _first = budget.enter(&clock, &mut waits()).await.unwrap();
        let _second = budget.clone().enter(&clock, &mut waits()).await.unwrap();
        assert_eq!(clock.slept(), [Duration::from_secs(5)]);
    }

    #[tokio::test]
    async fn the_sum_of_waits_is_bounded_and_nobody_waits_in_vain() {
        let (clock, budget) = (FakeClock::at(1_000), Budget::new(1).longest_wait(Duration::from_secs(10)));
        let mut waits = waits();
        budget.pause(&clock, &mut waits, Duration::from_secs(6)).await.unwrap();
        let error = budget.pause(&clock, &mut waits, Duration::from_secs(5)).await.unwrap_err();
        assert!(matches!(error, Error::WaitedTooLong { waited, wanted, .. }
            if (waited, wanted) == (Duration::from_secs(6), Duration::from_secs(5))));
        assert_eq!(clock.slept(), [Duration::from_secs(6)]);
    }

    #[tokio::test]
    async fn no_more_calls_are_in_flight_than_were_allowed() {
        let (clock, budget) = (FakeClock::at(1_000), Budget::new(2));
        let (mut a, mut b, mut c) = (waits(), waits(), waits());
        let first = budget.enter(&clock, &mut a).await.unwrap();
        let _second = budget.enter(&clock, &mut b).await.unwrap();
        let third = budget.enter(&clock, &mut c);
        tokio::pin!(third);
        tokio::select! {
            biased;
            _ = &mut third => panic!("a third call got in"),
            () = tokio::task::yield_now() => {}
        }
        drop(first);
        assert!(third.await.is_ok());
    }
}

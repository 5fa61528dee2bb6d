//! How much may be in flight to one tenant, and how long anybody may wait.

mod governor;
mod line;

use crate::Error;
use crate::rate_limit::RateLimit;
use exo_http::random_u32;
use exo_model::{Clock, CmdletName};
use governor::{Flight, Governor, Order};
use line::{Caller, Line};
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// What all sessions of one tenant share: how many calls run at once and how fast they follow each other, when the
/// service may be asked again, and how long a call may wait without getting on.
///
/// The service publishes no limits, so that they are learned from what it grants and refuses, up to the number of calls
/// given here. Callers take turns: a clone is the same caller, [`caller`](Self::caller) another one with a share of its
/// own.
///
/// ```
/// use exo_session::Budget;
/// use std::time::Duration;
/// let budget = Budget::new(16).longest_wait(Duration::from_secs(60));
/// let same_caller = budget.clone();
/// let another_caller = budget.caller();
/// ```
#[derive(Clone)]
pub struct Budget {
    shared: Arc<Shared>,
    caller: Caller,
    longest_wait: Duration,
}

struct Shared {
    state: Mutex<State>,
    most: usize,
    callers: AtomicU64,
}

struct State {
    governor: Governor,
    line: Line<Place>,
    /// Places that are taken.
    taken: usize,
    /// Calls that were sent and have no answer yet.
    flying: usize,
    /// The service was found to count each call of a batch.
    counts_each: bool,
}

impl State {
    /// Each call of a batch counts, so that levels mean something else than they did.
    fn count_each(&mut self) {
        if !std::mem::replace(&mut self.counts_each, true) {
            tracing::debug!("each call of a batch counts");
            self.governor.forget_levels();
        }
    }
}

impl Budget {
    /// This many calls at a time at most, one at least.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let (governor, line) = (Governor::new(most), Line::default());
        let state = State { governor, line, taken: 0, flying: 0, counts_each: false };
        let shared = Shared { state: Mutex::new(state), most, callers: AtomicU64::new(1) };
        Self { shared: Arc::new(shared), caller: Caller(0), longest_wait: LONGEST_WAIT }
    }

    /// The same budget for another caller, who gets as large a share as each of the others.
    #[must_use]
    pub fn caller(&self) -> Self {
        let caller = Caller(self.shared.callers.fetch_add(1, Ordering::Relaxed));
        Self { caller, ..self.clone() }
    }

    /// How long the waits for one page may be in sum; ten minutes if nothing is said.
    #[must_use]
    pub fn longest_wait(mut self, longest: Duration) -> Self {
        self.longest_wait = longest;
        self
    }

    /// Calls at a time that the service is taken to grant.
    pub fn level(&self) -> usize {
        self.shared.lock().governor.level()
    }

    /// Whether the service was found to count each call of a batch among those that run at once.
    pub(crate) fn counts_each(&self) -> bool {
        self.shared.lock().counts_each
    }

    /// A place among the calls in flight, once the service may be asked.
    pub(crate) async fn enter(&self, clock: &dyn Clock, waits: &mut Waits) -> Result<Place, Error> {
        let mut place = self.place().await;
        loop {
            let closed = self.shared.lock().governor.closed_for(clock.now());
            if let Some(wait) = closed {
                self.pause(clock, waits, wait).await?;
                continue;
            }
            // Places in time are given out in the order of the places, and are no sign of a service that does not get on.
            let wait = self.shared.lock().governor.reserve(clock.now());
            if wait.is_zero() {
                break;
            }
            clock.sleep(wait).await;
            if self.shared.lock().governor.closed_for(clock.now()).is_none() {
                break;
            }
        }
        place.depart(clock.now());
        Ok(place)
    }

    async fn place(&self) -> Place {
        let waiting = {
            let mut state = self.shared.lock();
            if state.line.is_empty() && state.taken < state.governor.level() {
                state.taken += 1;
                return Place { shared: Arc::clone(&self.shared), flight: None };
            }
            state.line.join(self.caller)
        };
        if let Ok(place) = waiting.await {
            return place;
        }
        // The line lives as long as the budget, so that nobody is turned away; if it were otherwise, nobody may hang.
        self.shared.lock().taken += 1;
        Place { shared: Arc::clone(&self.shared), flight: None }
    }

    /// Keeps everybody from asking for this long.
    pub(crate) fn close(&self, clock: &dyn Clock, wait: Duration) {
        self.shared.lock().governor.close(clock.now(), wait);
    }

    /// Heeds what an answer tells of the calls that are left.
    pub(crate) fn told(&self, clock: &dyn Clock, RateLimit { remaining, left }: RateLimit) {
        self.shared.lock().governor.told(remaining, left, clock.now());
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
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives free places to those whose turn it is.
    fn serve(self: &Arc<Self>) {
        loop {
            let mut state = self.lock();
            if state.taken >= state.governor.level() {
                return;
            }
            let Some(next) = state.line.next() else { return };
            state.taken += 1;
            drop(state);
            // Whoever has gone in the meantime gives the place back by dropping it.
            drop(next.send(Place { shared: Arc::clone(self), flight: None }));
        }
    }
}

impl Default for Budget {
    /// Ten calls at a time at most, as many as working clients are known to use.
    fn default() -> Self {
        Self::new(10)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget")
            .field("most", &self.shared.most)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}

/// A place among the calls in flight, given back when dropped.
pub(crate) struct Place {
    shared: Arc<Shared>,
    flight: Option<Flight>,
}

impl Place {
    fn depart(&mut self, now: SystemTime) {
        let mut state = self.shared.lock();
        state.flying += 1;
        let level = state.flying;
        self.flight = Some(state.governor.depart(level, now));
    }

    /// How many were in flight when it left, itself included.
    fn level(&self) -> usize {
        self.flight.map_or(0, |flight| flight.level)
    }

    /// The service answered, be it with an error.
    pub(crate) fn granted(self, clock: &dyn Clock) {
        if let Some(flight) = self.flight {
            self.shared.lock().governor.granted(flight, clock.now());
        }
    }

    /// The service refused for the number of calls; how long this call is to wait beside what the gate makes it wait,
    /// which is not less than `least` either.
    pub(crate) fn refused(self, clock: &dyn Clock, asked: Option<Duration>, least: Duration) -> Duration {
        let Some(flight) = self.flight else { return least };
        let asked = asked.map(|asked| asked.max(least));
        let order = self.shared.lock().governor.refused(flight, asked, clock.now(), random_u32());
        match order {
            Order::Wait(wait) => wait.max(least),
            Order::Gate => Duration::ZERO,
        }
    }
}

/// What is to be done after calls that travelled together were refused; the others were granted.
///
/// With a place for each of them, those that were refused are the ones that came last on top of all that ran. With one
/// place for all, a part that was let in shows that the service counts each of them, as from now on we do.
pub(crate) fn refused_together(
    mut places: Vec<Place>,
    refused: Range<usize>,
    clock: &dyn Clock,
    (asked, least): (Option<Duration>, Duration),
) -> Duration {
    let Range { start: granted, end: calls } = refused;
    if let Some(place) = places.first().filter(|_| places.len() < calls && granted > 0) {
        place.shared.lock().count_each();
    }
    places.sort_by_key(Place::level);
    let rest = places.split_off(granted.min(places.len().saturating_sub(1)));
    for place in places {
        place.granted(clock);
    }
    // That they were sent together was one decision, so that they are refused as one.
    rest.into_iter().next().map_or(least, |place| place.refused(clock, asked, least))
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let mut state = self.shared.lock();
            state.taken = state.taken.saturating_sub(1);
            state.flying = state.flying.saturating_sub(usize::from(self.flight.is_some()));
        }
        self.shared.serve();
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("flight", &self.flight).finish_non_exhaustive()
    }
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

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_is_gone_at_once() {
        let (clock, budget) = (exo_http::SystemClock::new(), Budget::new(1));
        budget.close(&clock, Duration::from_mins(5));
        // It has the only place, and waits for the gate; another one waits for the place.
        let (mut a, mut b) = (waits(), waits());
        let began = tokio::time::Instant::now();
        let second = Duration::from_secs(1);
        let both = async { tokio::join!(budget.enter(&clock, &mut a), budget.enter(&clock, &mut b)) };
        assert!(tokio::time::timeout(second, both).await.is_err());
        assert_eq!(began.elapsed(), second);
        let shared = budget.shared.lock();
        assert_eq!((shared.taken, shared.flying), (0, 0));
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

//! How many calls may run at once and how fast they may follow each other, learned from what the service grants.
//!
//! The service publishes no limits. Two kinds are known: a number of calls at a time, and a number of calls in a window
//! of time. They are told apart by when a refusal comes: above the level that was just granted, there were too many at
//! once; at or below it, there were too many in a while.

use exo_http::Backoff;
use std::time::{Duration, SystemTime};

/// What is learned. It neither waits nor looks at a clock.
#[derive(Debug)]
pub(super) struct Governor {
    /// Calls at a time that the user allows.
    most: usize,
    /// Calls at a time that are tried now.
    level: usize,
    /// The highest level that was not refused, once one was.
    ceiling: Option<usize>,
    /// A level above the ceiling is tried now.
    probing: bool,
    /// Calls granted at the present level or above it.
    round: usize,
    probe: Patience,
    /// The highest level granted since the gate opened.
    proven: usize,
    cycle: Cycle,
    pace: Pace,
    /// Nobody sends before this time.
    closed_until: Option<SystemTime>,
    /// The calls that were sent so far.
    sent: u64,
    /// The last call sent before the gate was closed, none of which knew of it.
    before_the_gate: u64,
    /// The gate was closed for too many calls in a while, and nothing was granted since.
    exhausted: bool,
    /// How often in a row it was closed so.
    in_vain: u32,
    /// The last call sent before the last refusal came.
    before_the_refusal: u64,
    /// Ceiling and level before they were lowered without anything having been granted since the gate opened.
    unproven: Option<(Option<usize>, usize)>,
    /// The last call sent before a level came to mean something else.
    before_the_change: u64,
}

/// A call on its way: when it was sent, and how many were then, itself included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    sent: SystemTime,
    /// Counts the calls that were sent; unlike times, no two are equal.
    number: u64,
    pub(super) level: usize,
}

/// What a refused call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// It alone waits: there were too many at once, and the others are not.
    Wait(Duration),
    /// Everybody waits, it included: the gate is closed.
    Gate,
}

/// What was granted since the gate opened.
#[derive(Debug, Default)]
struct Cycle {
    began: Option<SystemTime>,
    granted: u32,
}

/// When something is tried again that was refused: rarely, and ever more rarely.
#[derive(Debug)]
struct Patience {
    gap: Duration,
    longest: Duration,
    next: Option<SystemTime>,
}

impl Patience {
    fn new(first: Duration, longest: Duration) -> Self {
        Self { gap: first, longest, next: None }
    }

    /// More at a time: the price is one refusal.
    fn of_levels() -> Self {
        Self::new(Duration::from_secs(5), Duration::from_secs(15))
    }

    /// Faster: the price is the rest of a window.
    fn of_paces() -> Self {
        Self::new(Duration::from_secs(30), Duration::from_mins(4))
    }

    fn refused(&mut self, now: SystemTime) {
        self.next = Some(now + self.gap);
        self.gap = (self.gap * 2).min(self.longest);
    }

    fn is_due(&self, now: SystemTime) -> bool {
        self.next.is_none_or(|next| now >= next)
    }
}

/// The rate under which calls are sent, once the service has shown one.
#[derive(Debug)]
struct Pace {
    /// Seconds from one call to the next.
    interval: Option<Duration>,
    /// When the next call may be sent.
    next: Option<SystemTime>,
    probe: Patience,
    /// Since when it has not been refused.
    kept_since: Option<SystemTime>,
    /// The pace that was kept, while a faster one is being tried.
    kept: Option<Duration>,
}

impl Governor {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            level: most.min(START),
            ceiling: None,
            probing: false,
            round: 0,
            probe: Patience::of_levels(),
            proven: 0,
            cycle: Cycle::default(),
            pace: Pace { interval: None, next: None, probe: Patience::of_paces(), kept_since: None, kept: None },
            closed_until: None,
            sent: 0,
            before_the_gate: 0,
            exhausted: false,
            in_vain: 0,
            before_the_refusal: 0,
            unproven: None,
            before_the_change: 0,
        }
    }

    /// Calls that may run at once; one that looks whether the window is over, after there were too many in one.
    pub(super) fn level(&self) -> usize {
        if self.exhausted { 1 } else { self.level }
    }

    /// How long nobody may send.
    pub(super) fn closed_for(&self, now: SystemTime) -> Option<Duration> {
        let left = self.closed_until?.duration_since(now).ok()?;
        (!left.is_zero()).then_some(left)
    }

    /// Takes the next place in time; how long it is until then.
    pub(super) fn reserve(&mut self, now: SystemTime) -> Duration {
        self.pace.quicken(now);
        let at = self.pace.next.take().map_or(now, |next| next.max(now));
        self.pace.next = self.pace.interval.map(|interval| at + interval);
        at.duration_since(now).unwrap_or_default()
    }

    /// A call is sent as one of so many.
    pub(super) fn depart(&mut self, level: usize, now: SystemTime) -> Flight {
        self.sent += 1;
        Flight { sent: now, number: self.sent, level }
    }

    /// What counts as a call was misunderstood: levels are learned anew, and calls on their way say nothing of them.
    pub(super) fn forget_levels(&mut self) {
        (self.level, self.ceiling) = (self.most.min(START), None);
        (self.probing, self.probe) = (false, Patience::of_levels());
        (self.round, self.proven, self.unproven) = (0, 0, None);
        (self.exhausted, self.in_vain) = (false, 0);
        self.before_the_change = self.sent;
    }

    /// The service answered a call, be it with an error.
    pub(super) fn granted(&mut self, flight: Flight, now: SystemTime) {
        if flight.number <= self.before_the_change {
            return;
        }
        if self.is_of_before(flight) {
            self.cycle.granted = self.cycle.granted.saturating_add(u32::from(self.exhausted));
            return;
        }
        if std::mem::take(&mut self.exhausted) {
            self.reopened(flight);
        }
        (self.in_vain, self.unproven) = (0, None);
        // While a call was on its way to be refused, the others were one fewer than they seemed.
        let crowded = flight.number <= self.before_the_refusal;
        let flight = Flight { level: if crowded { flight.level.min(self.level) } else { flight.level }, ..flight };
        self.proven = self.proven.max(flight.level);
        self.cycle.began.get_or_insert(flight.sent);
        self.cycle.granted = self.cycle.granted.saturating_add(1);
        self.climb(flight, now);
    }

    /// The service refused a call for being one too many; `random` spreads the pause that we choose ourselves.
    pub(super) fn refused(&mut self, flight: Flight, asked: Option<Duration>, now: SystemTime, random: u32) -> Order {
        if flight.number <= self.before_the_change {
            return Order::Wait(asked.unwrap_or(FIRST_PAUSE));
        }
        if self.is_of_before(flight) {
            // It is one more that says how long.
            self.closed_until = self.closed_until.max(asked.map(|asked| now + asked));
            return Order::Gate;
        }
        self.before_the_refusal = self.sent;
        if flight.level > self.proven.max(1) {
            // As long as nothing was granted it may turn out that no level would have been.
            self.unproven = self.unproven.take().or(Some((self.ceiling, self.level)).filter(|_| self.proven == 0));
            self.lower(flight.level - 1, now);
            return Order::Wait(asked.unwrap_or_default());
        }
        if let Some((ceiling, level)) = self.unproven.take() {
            (self.ceiling, self.level) = (ceiling, level);
        }
        self.pace.refused(now);
        self.exhausted = true;
        let most = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.in_vain / 4)).min(LAST_PAUSE);
        self.in_vain += 1;
        self.close(now, asked.unwrap_or_else(|| between_half_and_all(most, random)));
        Order::Gate
    }

    /// Keeps everybody from sending for this long.
    pub(super) fn close(&mut self, now: SystemTime, wait: Duration) {
        let until = now + wait;
        self.closed_until = Some(self.closed_until.map_or(until, |known| known.max(until)));
        self.before_the_gate = self.sent;
        // What was proven may hold no more when the gate opens.
        (self.proven, self.round) = (0, 0);
        if std::mem::take(&mut self.probing) {
            self.level = self.ceiling.unwrap_or(self.level);
        }
    }

    /// The service said how many calls are left for how long.
    pub(super) fn told(&mut self, remaining: u32, left: Duration, now: SystemTime) {
        if remaining == 0 {
            return self.close(now, left.min(LAST_TOLD));
        }
        // Far from the end there is nothing to spread.
        if usize::try_from(remaining).unwrap_or(usize::MAX) <= self.level * SPREAD_BELOW {
            let next = now + left.min(LAST_TOLD) / remaining;
            self.pace.next = Some(self.pace.next.map_or(next, |known| known.max(next)));
        }
    }

    /// Sent before the gate was closed: its answer says what was known then.
    fn is_of_before(&self, flight: Flight) -> bool {
        flight.number <= self.before_the_gate
    }

    /// The first grant after the gate opened tells how long a window is, and what was granted before it how much it
    /// holds.
    fn reopened(&mut self, flight: Flight) {
        let cycle = std::mem::take(&mut self.cycle);
        let Some(window) = cycle.began.and_then(|began| flight.sent.duration_since(began).ok()) else { return };
        if cycle.granted > 0 && !window.is_zero() {
            self.pace.learned(window / cycle.granted, flight.sent);
        }
    }

    /// More at a time, while that is granted.
    fn climb(&mut self, flight: Flight, now: SystemTime) {
        if flight.level >= self.level {
            self.round += 1;
        }
        if self.round < self.level {
            return;
        }
        self.round = 0;
        match self.ceiling {
            Some(ceiling) if self.probing => {
                // The service gives more than it did; how much is unknown again.
                tracing::debug!(level = ceiling + 1, "more calls at a time are granted");
                (self.ceiling, self.probing) = (None, false);
                self.probe = Patience::of_levels();
            }
            Some(ceiling) if ceiling < self.most && self.probe.is_due(now) => {
                self.probing = true;
                self.level = ceiling + 1;
            }
            Some(_) => {}
            None => self.level = (self.level * 2).min(self.most),
        }
    }

    fn lower(&mut self, level: usize, now: SystemTime) {
        let level = level.max(1);
        let lower = self.ceiling.is_none_or(|ceiling| level < ceiling);
        if lower || self.probing {
            self.probe.refused(now);
        }
        let ceiling = self.ceiling.map_or(level, |ceiling| ceiling.min(level));
        tracing::debug!(level = ceiling, "too many calls at a time");
        (self.ceiling, self.probing, self.level, self.round) = (Some(ceiling), false, ceiling, 0);
    }
}

impl Pace {
    /// What a window held, spread over it, was too fast or is the first that is known.
    fn learned(&mut self, measured: Duration, now: SystemTime) {
        let interval = match (self.kept.take(), self.interval) {
            (Some(kept), _) => kept,
            (None, Some(refused)) => measured.max(refused.mul_f64(1.05)),
            // A little slower than what was refused, so that the end of the window is reached.
            (None, None) => measured.mul_f64(1.02),
        };
        tracing::debug!(interval_ms = interval.as_millis(), "calls are spread over time");
        (self.interval, self.next, self.kept_since) = (Some(interval), Some(now + interval), Some(now));
    }

    fn refused(&mut self, now: SystemTime) {
        if self.kept.is_some() {
            self.probe.refused(now);
        }
        self.kept_since = None;
    }

    /// After a pace was kept for a while, a faster one is tried; what holds becomes the pace to beat.
    fn quicken(&mut self, now: SystemTime) {
        let (Some(interval), Some(since)) = (self.interval, self.kept_since) else { return };
        let held = now.duration_since(since).unwrap_or_default();
        let by = if self.kept.is_some() { 0.9 } else { 0.95 };
        let due = held >= KEPT && (self.kept.is_some() || self.probe.is_due(now));
        if !due {
            return;
        }
        if self.kept.is_some() {
            self.probe = Patience::of_paces();
        }
        (self.kept, self.interval, self.kept_since) = (Some(interval), Some(interval.mul_f64(by)), Some(now));
    }
}

/// Programs that were refused together do not come back together.
fn between_half_and_all(most: Duration, random: u32) -> Duration {
    most / 2 + Backoff::new(most / 2, most / 2).delay(0, random)
}

/// Calls at a time to begin with.
const START: usize = 4;
/// How long a pace must hold before a faster one is tried; longer than a window of ten seconds.
const KEPT: Duration = Duration::from_secs(12);
/// Where the service does not say how long to wait.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_mins(1);
/// However far away the service says that its window ends.
const LAST_TOLD: Duration = Duration::from_mins(5);
/// With fewer calls left than this many rounds, they are spread.
const SPREAD_BELOW: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_of_our_own_is_spread_and_one_that_was_asked_for_is_kept() {
        let pause = |asked, random| {
            let (mut governor, now) = (Governor::new(4), SystemTime::UNIX_EPOCH);
            let flight = governor.depart(1, now);
            assert_eq!(governor.refused(flight, asked, now, random), Order::Gate);
            governor.closed_for(now).unwrap()
        };
        assert_eq!(pause(None, 0), FIRST_PAUSE / 2);
        assert_eq!(pause(None, 1 << 31), FIRST_PAUSE * 3 / 4);
        assert!(pause(None, u32::MAX) > FIRST_PAUSE.mul_f64(0.99) && pause(None, u32::MAX) <= FIRST_PAUSE);
        assert_eq!(pause(Some(Duration::from_secs(7)), 99), Duration::from_secs(7));
    }

    #[test]
    fn levels_are_learned_anew_when_they_mean_something_else() {
        let (mut governor, now) = (Governor::new(64), SystemTime::UNIX_EPOCH);
        let flights: Vec<_> = (1..=4).map(|level| governor.depart(level, now)).collect();
        governor.refused(flights[3], None, now, 0);
        governor.refused(flights[1], None, now, 0);
        assert_eq!(governor.level(), 1);
        governor.forget_levels();
        assert_eq!(governor.level(), START);
        // Those on their way knew nothing of it.
        assert_eq!(governor.refused(flights[0], Some(FIRST_PAUSE), now, 0), Order::Wait(FIRST_PAUSE));
        governor.granted(flights[2], now);
        assert_eq!((governor.level(), governor.proven, governor.closed_for(now)), (START, 0, None));
    }
}

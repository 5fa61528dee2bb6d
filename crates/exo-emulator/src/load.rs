//! What runs at the moment and what ran in the window: who is let in, who has to wait, how long an answer takes.

mod control;
mod limits;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::answer::Answer;
use crate::clock::Civil;
use crate::mix::mix;
use crate::tenant::Tenant;

pub use limits::{Limits, RetryAfter};

/// What came of the requests that the admin API took on since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// Requests that were let in.
    pub granted: u64,
    /// Requests that a limit refused.
    pub refused: u64,
    /// Requests that are in now.
    pub running: u32,
    /// The most that were in at once.
    pub peak: u32,
}

/// How long an answer takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latency {
    pub(crate) least: Duration,
    pub(crate) most: Duration,
    /// How many calls the back end serves at once without getting slower.
    pub(crate) capacity: Option<u32>,
}

/// What a request takes of the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) slot: bool,
    pub(crate) call: bool,
}

/// The load of a tenant.
#[derive(Debug)]
pub(crate) struct Load {
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    limits: Limits,
    latency: Latency,
    /// By the number of the app.
    app_limits: HashMap<usize, Limits>,
    all: Use,
    apps: HashMap<usize, Use>,
}

/// What one holder of limits uses of them.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    running: u32,
    window: Option<(Instant, u32)>,
    figures: Usage,
}

/// A request that was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    limits: Limits,
    wait: Duration,
}

impl Load {
    pub(crate) fn of(tenant: &Tenant) -> Self {
        let apps = tenant.apps.iter().enumerate().map(|(number, app)| (number, app.limits.clone()));
        let state = State {
            limits: tenant.limits.clone(),
            latency: tenant.latency,
            app_limits: apps.collect(),
            ..State::default()
        };
        Self { seed: tenant.seed, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn limit(&self, app: Option<usize>, limits: Limits) {
        let mut state = self.state();
        match app {
            Some(app) => drop(state.app_limits.insert(app, limits)),
            None => state.limits = limits,
        }
    }

    pub(crate) fn slow(&self, latency: Latency) {
        self.state().latency = latency;
    }

    /// What came of all requests, or of those of one app.
    pub(crate) fn usage(&self, app: Option<usize>) -> Usage {
        let state = self.state();
        let kept = app.map_or(Some(&state.all), |app| state.apps.get(&app));
        kept.map_or_else(Usage::default, |kept| Usage { running: kept.running, ..kept.figures })
    }

    /// Whether the items of a batch take the slots that a batch would take alone.
    pub(crate) fn counts_items(&self) -> bool {
        self.state().limits.items_count
    }

    /// Lets a request in, unless it goes beyond a limit of the tenant or of its app.
    pub(crate) fn enter(&self, app: usize, cost: Cost) -> Result<Slot<'_>, Refused> {
        let now = Instant::now();
        let mut guard = self.state();
        let state = &mut *guard;
        let own = state.app_limits.get(&app).cloned().unwrap_or_default();
        let kept = state.apps.entry(app).or_default();
        let refused = [(&state.limits, &mut state.all), (&own, &mut *kept)]
            .into_iter()
            .find_map(|(limits, used)| used.refusal(limits, cost, now).map(|wait| (limits.clone(), wait)));
        if let Some((limits, wait)) = refused {
            state.all.figures.refused += 1;
            kept.figures.refused += 1;
            return Err(Refused { limits, wait });
        }
        state.all.take(&state.limits, cost, now);
        kept.take(&own, cost, now);
        let latency = state.latency.of(mix(self.seed, state.all.figures.granted), state.all.running);
        Ok(Slot { load: self, app, counts: cost.slot, latency })
    }

    /// The window of an app, or that of the tenant: its size, what is left, when it ends; none without a limit.
    pub(crate) fn window(&self, app: Option<usize>) -> Option<(u32, u32, Duration)> {
        let now = Instant::now();
        let state = self.state();
        let own = app.and_then(|app| Some((state.app_limits.get(&app)?, state.apps.get(&app)?)));
        let (limits, used) = own.filter(|(limits, _)| limits.window.is_some()).unwrap_or((&state.limits, &state.all));
        let (most, length) = limits.window?;
        let (begun, count) = used.window.filter(|(begun, _)| now < *begun + length).unwrap_or((now, 0));
        Some((most, most.saturating_sub(count), (begun + length).saturating_duration_since(now)))
    }
}

impl Latency {
    fn of(self, chance: u64, running: u32) -> Duration {
        let span = u64::try_from(self.most.saturating_sub(self.least).as_micros()).unwrap_or(u64::MAX);
        let base = self.least + Duration::from_micros(if span == 0 { 0 } else { chance % span });
        match self.capacity {
            Some(capacity) if running > capacity => base * running / capacity.max(1),
            _ => base,
        }
    }
}

impl Use {
    /// How long a request has to wait that would go beyond a limit.
    fn refusal(&self, limits: &Limits, cost: Cost, now: Instant) -> Option<Duration> {
        if cost.slot && limits.concurrent.is_some_and(|most| self.running >= most) {
            return Some(limits.wait);
        }
        let (most, length) = limits.window.filter(|_| cost.call)?;
        let (begun, count) = self.window?;
        let end = begun + length;
        (now < end && count >= most).then(|| end.saturating_duration_since(now))
    }

    fn take(&mut self, limits: &Limits, cost: Cost, now: Instant) {
        if cost.slot {
            self.running += 1;
            self.figures.peak = self.figures.peak.max(self.running);
        }
        if !cost.call {
            return;
        }
        self.figures.granted += 1;
        if let Some((_, length)) = limits.window {
            let open = self.window.filter(|(begun, _)| now < *begun + length);
            self.window = Some(open.map_or((now, 1), |(begun, count)| (begun, count + 1)));
        }
    }
}

impl Refused {
    /// The answer, by the tenant's clock.
    pub(crate) fn answer(&self, now_millis: i64, error: impl FnOnce(u16) -> Answer) -> Answer {
        let answer = match self.limits.text_under {
            Some(status) => Answer::text(status, TOO_MANY),
            None => error(429),
        };
        let value = match &self.limits.retry_after {
            RetryAfter::Seconds => self.wait.as_millis().div_ceil(1000).to_string(),
            RetryAfter::Decimal => {
                let millis = self.wait.as_micros().div_ceil(1000);
                format!("{}.{:03}", millis / 1000, millis % 1000)
            }
            RetryAfter::Date => {
                let until = now_millis.saturating_add(i64::try_from(self.wait.as_millis()).unwrap_or(i64::MAX));
                Civil::from_unix(until.div_euclid(1000) + 1).http()
            }
            RetryAfter::Fixed(text) => text.clone(),
            RetryAfter::Absent => return answer,
        };
        answer.with("retry-after", value)
    }
}

/// What a tenant's limit says in plain text.
pub(crate) const TOO_MANY: &str =
    "You have reached the maximum number of concurrent requests per tenant. Please wait and try again later.";

/// The place of a request that was let in, until it is answered.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    load: &'a Load,
    app: usize,
    counts: bool,
    latency: Duration,
}

impl Slot<'_> {
    /// Takes as long as the back end does.
    pub(crate) async fn work(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if self.counts {
            let mut state = self.load.state();
            state.all.running = state.all.running.saturating_sub(1);
            if let Some(kept) = state.apps.get_mut(&self.app) {
                kept.running = kept.running.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Cost = Cost { slot: true, call: true };

    fn load(limits: Limits) -> Load {
        Load::of(&Tenant::contoso().limits(limits))
    }

    #[test]
    fn places_are_given_back() {
        let load = load(Limits::new().concurrent(2));
        let one = load.enter(0, CALL).unwrap();
        let two = load.enter(1, CALL).unwrap();
        assert!(load.enter(0, CALL).is_err());
        drop(one);
        assert!(load.enter(0, CALL).is_ok());
        drop(two);
        let usage = load.usage(None);
        assert_eq!((usage.granted, usage.refused, usage.running, usage.peak), (3, 1, 0, 2));
        assert_eq!(load.usage(Some(0)).refused, 1);
        assert_eq!(load.usage(Some(7)), Usage::default());
    }

    #[test]
    fn a_window_ends_and_begins_anew() {
        let load = load(Limits::new().window(2, Duration::from_secs(10)));
        drop(load.enter(0, CALL).unwrap());
        drop(load.enter(0, CALL).unwrap());
        let refused = load.enter(0, CALL).unwrap_err();
        assert!(refused.wait > Duration::from_secs(9) && refused.wait <= Duration::from_secs(10));
        let (most, left, until) = load.window(None).unwrap();
        assert_eq!((most, left), (2, 0));
        assert!(until <= Duration::from_secs(10));
        let later = Instant::now() + Duration::from_secs(10);
        assert!(load.state().all.refusal(&Limits::new().window(2, Duration::from_secs(10)), CALL, later).is_none());
        load.limit(None, Limits::new().window(3, Duration::from_secs(10)));
        assert!(load.enter(0, CALL).is_ok());
        assert!(load.enter(0, CALL).is_err());
    }

    #[test]
    fn an_app_has_limits_beside_those_of_the_tenant() {
        let load = load(Limits::new());
        load.limit(Some(3), Limits::new().concurrent(0));
        assert!(load.enter(3, CALL).is_err());
        assert!(load.enter(2, CALL).is_ok());
    }

    #[test]
    fn a_wait_is_told_in_each_form() {
        let wait = Duration::from_millis(1_250);
        let told = |form| {
            let limits = Limits::new().retry_after(form);
            let answer = Refused { limits, wait }.answer(0, Answer::empty);
            answer.headers.first().map(|(_, value)| value.clone())
        };
        assert_eq!(told(RetryAfter::Seconds).as_deref(), Some("2"));
        assert_eq!(told(RetryAfter::Decimal).as_deref(), Some("1.250"));
        assert_eq!(told(RetryAfter::Date).as_deref(), Some("Thu, 01 Jan 1970 00:00:02 GMT"));
        assert_eq!(told(RetryAfter::Fixed("soon".to_owned())).as_deref(), Some("soon"));
        assert_eq!(told(RetryAfter::Absent), None);
        let text = Refused { limits: Limits::new().text(503), wait }.answer(0, Answer::empty);
        assert_eq!(text.status, 503);
        assert!(String::from_utf8_lossy(&text.body).contains("maximum number of concurrent requests"));
    }

    #[test]
    fn a_back_end_beyond_its_capacity_is_slower() {
        let latency = Latency { least: Duration::from_millis(40), most: Duration::from_millis(60), capacity: Some(4) };
        assert!((0..1000).all(|chance| (40..60).contains(&latency.of(chance * 7_919, 4).as_millis())));
        assert_eq!(latency.of(0, 12), Duration::from_millis(120));
    }
}

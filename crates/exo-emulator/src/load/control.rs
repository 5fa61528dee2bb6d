//! Limits and latency of a tenant: set before the start, changed while it runs, looked at.

use std::time::Duration;

use super::{Latency, Limits, Usage};
use crate::app::App;
use crate::emulator::Emulator;
use crate::error::Error;
use crate::tenant::Tenant;

impl Tenant {
    /// How much may run at once and in a time, all apps together; no limit by default.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// So many requests of the admin API at once, all apps together.
    #[must_use]
    pub fn concurrent_limit(mut self, most: u32) -> Self {
        self.limits = self.limits.concurrent(most);
        self
    }

    /// So many requests of the admin API in each window of this length, all apps together.
    #[must_use]
    pub fn window_limit(mut self, most: u32, length: Duration) -> Self {
        self.limits = self.limits.window(most, length);
        self
    }

    /// How long an answer of the admin API takes, evenly spread; no time by default.
    #[must_use]
    pub const fn latency(mut self, least: Duration, most: Duration) -> Self {
        self.latency.least = least;
        self.latency.most = most;
        self
    }

    /// How many requests the back end serves at once before each takes longer, in proportion to how many there are.
    #[must_use]
    pub const fn capacity(mut self, requests: u32) -> Self {
        self.latency.capacity = Some(requests);
        self
    }
}

impl App {
    /// How much of this app may run at once and in a time, beside the limits of the tenant.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Emulator {
    /// Changes the limits of the tenant, from the next request on; what was counted so far stays counted.
    pub fn limits(&self, limits: Limits) {
        self.world.load.limit(None, limits);
    }

    /// Changes the limits of an app.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if there is no such app.
    pub fn app_limits(&self, app: &str, limits: Limits) -> Result<(), Error> {
        self.world.load.limit(Some(self.number_of(app)?), limits);
        Ok(())
    }

    /// Changes how long an answer of the admin API takes, and how many requests are served at once at that speed.
    pub fn latency(&self, least: Duration, most: Duration, capacity: Option<u32>) {
        self.world.load.slow(Latency { least, most, capacity });
    }

    /// What came of the requests to the admin API since the start.
    pub fn usage(&self) -> Usage {
        self.world.load.usage(None)
    }

    /// What came of the requests of one app.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if there is no such app.
    pub fn app_usage(&self, app: &str) -> Result<Usage, Error> {
        Ok(self.world.load.usage(Some(self.number_of(app)?)))
    }

    fn number_of(&self, app: &str) -> Result<usize, Error> {
        let unknown = || Error::Setting { what: "app id", value: app.to_owned() };
        self.world.tenant.find_app(app).ok_or_else(unknown)
    }
}

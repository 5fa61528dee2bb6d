//! Limits of a tenant or an app, and the words in which they refuse.

use std::time::Duration;

/// How a refusal says when to come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// Whole seconds, rounded up.
    #[default]
    Seconds,
    /// Seconds with three decimals.
    Decimal,
    /// An HTTP date, the next full second after the wait.
    Date,
    /// This text, whatever the wait is.
    Fixed(String),
    /// Not at all.
    Absent,
}

/// How much may run at once and in a time, and how more than that is refused; without limits by default.
///
/// A window begins with its first request and lasts as long as it is told; what is refused does not count.
///
/// ```
/// use std::time::Duration;
/// use exo_emulator::{Limits, RetryAfter, Tenant};
///
/// let limits = Limits::new().concurrent(8).window(200, Duration::from_secs(10)).retry_after(RetryAfter::Decimal);
/// let tenant = Tenant::contoso().limits(limits);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) concurrent: Option<u32>,
    pub(crate) window: Option<(u32, Duration)>,
    pub(crate) wait: Duration,
    pub(crate) retry_after: RetryAfter,
    pub(crate) text_under: Option<u16>,
    pub(crate) items_count: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// No limits.
    pub const fn new() -> Self {
        Self {
            concurrent: None,
            window: None,
            wait: Duration::from_secs(1),
            retry_after: RetryAfter::Seconds,
            text_under: None,
            items_count: false,
        }
    }

    /// So many requests at once.
    #[must_use]
    pub const fn concurrent(mut self, most: u32) -> Self {
        self.concurrent = Some(most);
        self
    }

    /// So many requests in each window of this length.
    #[must_use]
    pub const fn window(mut self, most: u32, length: Duration) -> Self {
        self.window = Some((most, length));
        self
    }

    /// The wait that is told when too many run at once; a second by default. A window tells when it ends.
    #[must_use]
    pub const fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How a refusal says when to come back.
    #[must_use]
    pub fn retry_after(mut self, form: RetryAfter) -> Self {
        self.retry_after = form;
        self
    }

    /// Refuses in plain text, under this status instead of 429.
    #[must_use]
    pub const fn text(mut self, status: u16) -> Self {
        self.text_under = Some(status);
        self
    }

    /// Whether each item of a batch counts among what runs at once, instead of the batch as one; of a tenant only.
    #[must_use]
    pub const fn each_item_counts(mut self, counts: bool) -> Self {
        self.items_count = counts;
        self
    }
}

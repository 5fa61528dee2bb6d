//! What a run may use.

use std::time::Duration;

/// What a run may use; the defaults are right for reports.
///
/// ```
/// use std::time::Duration;
/// let limits = exo_plugin_host::Limits::default().grace(Duration::from_millis(500));
/// # drop(limits);
/// ```
#[derive(Debug, Clone)]
pub struct Limits {
    pub(crate) in_flight: u16,
    pub(crate) rows: u64,
    pub(crate) wall_clock: Option<Duration>,
    pub(crate) grace: Duration,
    pub(crate) memory: u64,
    pub(crate) page_bytes: usize,
    pub(crate) log_lines: u32,
    pub(crate) log_line_bytes: usize,
}

impl Limits {
    /// Calls to the service that may be in flight together, whatever the manifest asks for; 32, which is the most.
    #[must_use]
    pub fn in_flight(mut self, calls: u16) -> Self {
        self.in_flight = calls.clamp(1, MOST_IN_FLIGHT);
        self
    }

    /// Rows that a run may give; 100 million.
    #[must_use]
    pub fn rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        self
    }

    /// How long a run may last; it has no end by default.
    #[must_use]
    pub fn wall_clock(mut self, time: Duration) -> Self {
        self.wall_clock = Some(time);
        self
    }

    /// How long a plugin may take to end when it is told to, before it is killed; 2 s.
    #[must_use]
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Bytes of memory that a plugin may use in a sandbox; 1 GiB.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: MOST_IN_FLIGHT,
            rows: 100_000_000,
            wall_clock: None,
            grace: Duration::from_secs(2),
            memory: 1 << 30,
            page_bytes: 4 << 20,
            log_lines: 200,
            log_line_bytes: 8 << 10,
        }
    }
}

/// What a manifest may ask for at most; where it asks for nothing, it has 8.
pub(crate) const MOST_IN_FLIGHT: u16 = 32;
/// Pages of a stream that may be on their way to the plugin.
pub(crate) const WINDOW: usize = 2;
/// Streams whose pages may be on their way to the plugin.
pub(crate) const OPEN_STREAMS: usize = 64;
/// Requests of a run that have not ended, queued ones included.
pub(crate) const UNFINISHED_REQUESTS: usize = 16_384;

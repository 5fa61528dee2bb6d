//! Where the results of a run go.

use exo_model::{Page, SeamError};
use exo_plugin_wire::LogLevel;

/// Takes what a report gives while it runs.
///
/// It is called on threads of the run, never on a worker of the runtime, and may block: the plugin then waits with its
/// next rows.
///
/// ```
/// use exo_model::{Page, SeamError};
/// use exo_plugin_host::{Events, LogLevel};
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// /// Counts rows.
/// #[derive(Default)]
/// struct Count(AtomicUsize);
///
/// impl Events for Count {
///     fn rows(&self, batch: Page) -> Result<(), SeamError> {
///         self.0.fetch_add(batch.len(), Ordering::Relaxed);
///         Ok(())
///     }
///     fn progress(&self, _done: u64, _of: Option<u64>) {}
///     fn log(&self, _level: LogLevel, _text: &str) {}
/// }
/// # drop(Count::default());
/// ```
pub trait Events: Send + Sync {
    /// Some rows, checked against the manifest: JSON arrays in the order of the columns.
    ///
    /// # Errors
    ///
    /// When they can go nowhere; the run is then cancelled and ends as failed.
    fn rows(&self, batch: Page) -> Result<(), SeamError>;

    /// How far the report is, where it says so.
    fn progress(&self, done: u64, of: Option<u64>);

    /// A line of the plugin, without control characters; also what it wrote to stdout and stderr in a child.
    fn log(&self, level: LogLevel, text: &str);
}

//! Time as a seam: now, and waiting.

use std::time::{Duration, SystemTime};

/// Tells the time and waits. Nothing below the program reads the system's clock or sleeps by itself.
///
/// ```
/// use exo_model::Clock;
/// use std::time::{Duration, SystemTime};
///
/// /// A clock that stands still and never waits.
/// #[derive(Debug)]
/// struct Fixed(SystemTime);
///
/// #[async_trait::async_trait]
/// impl Clock for Fixed {
///     fn now(&self) -> SystemTime {
///         self.0
///     }
///     async fn sleep(&self, _: Duration) {}
/// }
/// ```
#[async_trait::async_trait]
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> SystemTime;

    /// Returns after `duration`.
    async fn sleep(&self, duration: Duration);
}

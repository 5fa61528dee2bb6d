//! One HTTPS exchange, with back-off and Retry-After as pure functions.

mod backoff;
mod clock;
mod error;
mod random;
pub mod redact;
mod retry_after;
#[cfg(any(test, feature = "scripted"))]
mod scripted;
mod transport;

pub use backoff::Backoff;
pub use clock::SystemClock;
pub use error::{Cause, Error, Phase};
pub use random::{RequestId, random_u32};
pub use retry_after::{RetryAfter, http_date};
#[cfg(any(test, feature = "scripted"))]
pub use scripted::{FakeClock, ScriptedTransport, response};
pub use transport::{Request, Response, Transport};

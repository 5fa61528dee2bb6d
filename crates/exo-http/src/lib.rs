#![doc = include_str!("../README.md")]

mod backoff;
mod body;
mod buffers;
mod classify;
mod clock;
mod error;
mod https;
mod random;
pub mod redact;
mod resolve;
mod retry_after;
#[cfg(any(test, feature = "scripted"))]
mod scripted;
mod sight;
mod tls;
mod transport;

pub use backoff::Backoff;
pub use clock::SystemClock;
pub use error::{Cause, Error, Phase};
pub use https::{HttpsTransport, HttpsTransportBuilder};
pub use random::{RequestId, random_u32};
pub use retry_after::{RetryAfter, http_date, service_time};
#[cfg(any(test, feature = "scripted"))]
pub use scripted::{FakeClock, ScriptedTransport, response};
pub use sight::{Sight, Tls};
pub use tls::Trust;
pub use transport::{BodyLimit, Request, Response, Transport};

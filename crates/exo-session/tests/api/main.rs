//! The public API against scripted answers; waits are asserted, not waited.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers as well")]

mod example;
mod many;
mod offers;
mod own_paging;
mod pages;
mod read_paths;
mod refusals;
mod repeats;
mod routes;
#[cfg(feature = "secure-strings")]
mod secrets;
mod values;
mod world;

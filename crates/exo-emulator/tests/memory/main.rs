//! The memory that a large tenant takes: a process of its own, so that no other test's is counted.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test ends where its expectation does, and has the machine's clock"
)]

#[path = "../api/caller.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod caller;
#[path = "../api/client.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod client;
mod million;

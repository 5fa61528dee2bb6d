//! The emulator as a client sees it: over HTTPS, with a client that shares nothing with it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test ends where its expectation does, and has the machine's clock"
)]

mod assertion_forms;
mod batch;
mod claims;
mod client;
mod clouds;
mod cmdlets;
mod discovery;
mod documented;
mod faults;
mod faults_aimed;
mod federation;
mod invoke;
mod limits;
mod machine;
mod nouns;
mod offered;
mod order;
mod paging;
mod program;
mod refusals;
mod regions;
mod sign_in;
mod token_faults;
mod vault;
mod visibility;

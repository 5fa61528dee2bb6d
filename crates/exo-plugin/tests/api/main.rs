//! The SDK as an author uses it: two reports, and what can happen to them.

mod behaviour;
mod borrowed;
mod compile_errors;
mod conformance;
mod declaration;
mod exported;
mod fake_host;
mod forwarding;
mod outbound;
mod reports;
mod values;

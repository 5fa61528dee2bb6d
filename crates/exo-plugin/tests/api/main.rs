//! The SDK as an author uses it: two reports, and what can happen to them.

mod behaviour;
mod borrowed;
mod declaration;
mod forwarding;
mod outbound;
mod reports;
mod values;

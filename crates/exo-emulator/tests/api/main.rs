//! The emulator as a client sees it: over HTTPS, with a client that shares nothing with it.

mod client;
mod invoke;
mod paging;
mod refusals;
mod sign_in;

//! The emulator as a client sees it: over HTTPS, with a client that shares nothing with it.

mod client;
mod refusals;
mod sign_in;

//! The public API, against answers from a script and a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod body_limit;
mod cache;
mod device_code;
mod discovery;
mod explain;
mod federation;
mod given_token;
mod hostile;
mod key_vault;
mod key_vault_refusals;
mod keys;
mod longest_wait;
mod managed_identity;
mod refusals;
mod retries;
mod sign_in;
mod texts;
mod token_file;
mod vault;
mod world;

use world::{ENDPOINT, HALF, ISSUED, NOW, World, app_certificate, assertion, compliance, exchange, form, jwt};

//! The set-up of an app against the emulated Microsoft Graph, token service and both services.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod create;
mod cutting;
mod role_groups;
mod rollover;
mod world;

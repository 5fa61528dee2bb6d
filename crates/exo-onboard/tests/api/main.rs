//! The public API against scripted answers and a small directory in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod directory;
mod objects;
mod plan;
mod set_up;
mod world;

//! The public API against scripted answers and a small directory in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

mod directory;
mod grants;
mod links;
mod objects;
mod plan;
mod planned;
mod portal;
mod rollover;
mod set_up;
mod shown;
mod world;

//! The public API against scripted answers and a small directory in memory.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod plan;

//! The public API against scripted answers; waits are asserted, not waited.

mod pages;
mod refusals;
mod repeats;
mod routes;
mod world;

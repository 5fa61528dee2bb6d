//! Builds, tests and measures exoctl.
fn main() {}

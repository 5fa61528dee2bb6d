//! Plugins that misbehave, a hundred times each; and what a confined child costs before its plugin does anything.

use crate::cargo::{cargo, run};
use crate::say;

/// Every hazard of the boundary and every attempt at what the sandbox refuses, a hundred times each in a release build.
pub(crate) fn hazards() -> Vec<String> {
    say("hazards: each in a confined child, with a report beside it that must be complete");
    measured("contained::every_hazard_is_contained_a_hundred_times", "a hazard is not contained")
}

/// An empty run in a confined child, in a bare one and in a thread.
pub(crate) fn start() -> Vec<String> {
    say("start: a report that does nothing, in a thread, in a bare child and in a confined one");
    measured("empty::an_empty_run_costs_little_more_in_a_confined_child", "a confined child starts too slowly")
}

/// Runs a measurement that is a test of the host's; what it prints is the result.
fn measured(test: &str, missed: &str) -> Vec<String> {
    // Without a test target of its own, so that the plugins are built, too.
    let arguments = ["test", "--quiet", "--release", "--package", "exo-plugin-host", "--", "--ignored", "--exact"];
    let done = run(cargo().args(arguments).args([test, "--nocapture"]));
    if done.is_ok() { Vec::new() } else { vec![missed.to_owned()] }
}

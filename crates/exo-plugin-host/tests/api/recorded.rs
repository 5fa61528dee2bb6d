//! Records which system calls plugins need: with none allowed, each that ends a run is allowed in the next.
#![cfg(target_os = "linux")]

use crate::world::{World, child, library};
use exo_plugin_host::{Carrier, Limits, Plugin, RunEnd};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Reports as they should be, and as they should not.
const SUITE: &[(&str, &str, &str, &str)] = &[
    ("conformance", "hazard", "mode", "stream"),
    ("conformance", "hazard", "mode", "eight"),
    ("conformance", "hazard", "mode", "panic"),
    ("conformance", "hazard", "mode", "exit"),
    ("conformance", "hazard", "mode", "abort"),
    ("conformance", "hazard", "mode", "stack-overflow"),
    ("conformance", "hazard", "mode", "late"),
    ("conformance", "hazard", "mode", "thread-local"),
    ("conformance", "hazard", "mode", "huge"),
    ("conformance", "hazard", "mode", "noise"),
    ("conformance", "hazard", "mode", "flood"),
    ("conformance", "hazard", "mode", "wrong-thread"),
    ("conformance", "hazard", "mode", "look"),
    ("written", "per-mailbox", "over", "0"),
    ("written", "clumsy", "how", "run"),
    ("probe", "probe", "what", "mathematics"),
];

/// What the runner itself needs to tell of the others; those that are told by their names alone; and what the C library
/// calls at the begin and end of a thread while it takes no signals, so that they cannot be told.
const SEED: &[i64] = &[
    libc::SYS_write,
    libc::SYS_getpid,
    libc::SYS_kill,
    libc::SYS_tgkill,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_exit_group,
    libc::SYS_rseq,
    libc::SYS_set_robust_list,
    libc::SYS_madvise,
    libc::SYS_exit,
];

fn run(allowed: &BTreeSet<i64>, &(plugin, report, parameter, value): &(&str, &'static str, &str, &str)) -> RunEnd {
    let Carrier::Child { runner, .. } = child() else { unreachable!() };
    let numbers: Vec<_> = allowed.iter().map(ToString::to_string).collect();
    let arguments = vec!["--record".into(), numbers.join(",").into()];
    let mut world = World::new(Carrier::Child { runner, arguments });
    world.plugin = Arc::new(Plugin::open(&library(plugin)).unwrap());
    world.report = report;
    world.limits = Limits::default().wall_clock(Duration::from_secs(5)).grace(Duration::from_millis(50));
    (world.tenant.pages, world.tenant.records) = (5, 100);
    world.run_with([(parameter, value)]).0
}

/// The number of the call that ended the run, if one did.
fn call(end: &RunEnd) -> Option<i64> {
    let told = end.violations.iter().find_map(|violation| violation.split_once("it made system call "))?;
    told.1.parse().ok()
}

#[test]
#[ignore = "it records: run it with --nocapture after a change of the runner or the C library"]
fn the_system_calls_that_the_suite_needs() {
    let mut allowed: BTreeSet<i64> = SEED.iter().copied().collect();
    for what in SUITE {
        let mut end = run(&allowed, what);
        while let Some(call) = call(&end) {
            assert!(allowed.insert(call), "{call} ended a run although it was allowed");
            end = run(&allowed, what);
        }
        println!("{:<12} {:<16} {:>3} calls: {}", what.0, what.3, allowed.len(), end.outcome);
        let known = end.outcome.to_string() != "violated its declaration" || what.3 == "huge";
        assert!(known, "a call that cannot be recorded: {end:?}");
    }
    let header = format!("/usr/include/{}-linux-gnu/asm/unistd_64.h", std::env::consts::ARCH);
    let header = std::fs::read_to_string(header).unwrap_or_default();
    for call in allowed {
        let named = |line: &&str| line.split_whitespace().nth(2) == Some(&call.to_string());
        let name = header.lines().find(named).and_then(|line| line.split_whitespace().nth(1)).unwrap_or("?");
        println!("{call:>5} {}", name.trim_start_matches("__NR_"));
    }
}

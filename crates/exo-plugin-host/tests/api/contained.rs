//! Every hazard in a child: it is contained and named, and a report beside it is complete.

use crate::world::{World, child, conformance, library, runtime};
use exo_plugin_host::{Limits, Plugin, RunEnd};
use serde_json::Value;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// A plugin, what it is asked to do, and how that ends.
struct Hazard {
    plugin: &'static str,
    parameter: &'static str,
    mode: &'static str,
    end: &'static str,
}

const fn hazard(mode: &'static str, end: &'static str) -> Hazard {
    Hazard { plugin: "conformance", parameter: "mode", mode, end }
}

const fn attempt(mode: &'static str, end: &'static str) -> Hazard {
    Hazard { plugin: "probe", parameter: "what", mode, end }
}

const VIOLATED: &str = "violated its declaration";

const HAZARDS: &[Hazard] = &[
    hazard("panic", "panicked: as asked (src/report.rs:7:9)"),
    hazard("panic-in-drop", "panicked: as asked (src/report.rs:7:9)"),
    hazard("double-panic", "crashed (SIGABRT)"),
    hazard("abort", "crashed (SIGABRT)"),
    hazard("segfault", "crashed (SIGSEGV)"),
    hazard("exit", "crashed (ended itself with code 7)"),
    hazard("stack-overflow", "crashed (SIGABRT)"),
    hazard("out-of-memory", "crashed (SIGABRT)"),
    hazard("spin", "killed"),
    hazard("late", "ok"),
    hazard("thread-local", "ok"),
    hazard("unread", VIOLATED),
    hazard("endless", VIOLATED),
    hazard("arity", VIOLATED),
    hazard("type", VIOLATED),
    hazard("utf8", VIOLATED),
    hazard("spans", VIOLATED),
    hazard("backwards", VIOLATED),
    hazard("huge", VIOLATED),
    hazard("monstrous", VIOLATED),
    hazard("flood", "ok"),
    hazard("leak", "ok"),
];

/// What only a sandbox contains.
#[cfg(target_os = "linux")]
const ATTEMPTS: &[Hazard] = &[
    attempt("files", "ok"),
    attempt("calls", "ok"),
    attempt("inherited", "ok"),
    attempt("descriptors", "ok"),
    attempt("memory", "ok"),
    // Where memory ends in the middle of a thread's begin, the C library or the standard library ends the process.
    attempt("threads", "ok, or crashed (ended itself with code 127), or crashed (SIGABRT)"),
    attempt("bind", VIOLATED),
    attempt("connect", VIOLATED),
    attempt("send", VIOLATED),
    attempt("abstract", VIOLATED),
    attempt("pair", VIOLATED),
    attempt("exec", VIOLATED),
    attempt("spawn", VIOLATED),
    attempt("fork", VIOLATED),
    attempt("kill", VIOLATED),
    attempt("ptrace", VIOLATED),
    attempt("read-memory", VIOLATED),
    attempt("group", VIOLATED),
    attempt("namespace", VIOLATED),
    attempt("ring", VIOLATED),
    attempt("blocked", VIOLATED),
    attempt("untold", "crashed (SIGKILL)"),
];
#[cfg(not(target_os = "linux"))]
const ATTEMPTS: &[Hazard] = &[];

fn world(plugin: &'static str) -> World {
    static PROBE: LazyLock<Arc<Plugin>> = LazyLock::new(|| Arc::new(Plugin::open(&library("probe")).unwrap()));
    static CONFORMANCE: LazyLock<Arc<Plugin>> = LazyLock::new(conformance);
    let mut world = World::new(child());
    let probe = plugin == "probe";
    world.plugin = Arc::clone(if probe { &PROBE } else { &CONFORMANCE });
    world.report = if probe { "probe" } else { "hazard" };
    world
}

/// Runs it, and a report beside it that must not notice; how it ended.
fn ended(hazard: &Hazard) -> RunEnd {
    let mut world = world(hazard.plugin);
    let limits = Limits::default().memory(256 << 20).rows(10_000).grace(Duration::from_millis(50));
    // A report that spins would go on for ever, and one that is stopped early has not shown its hazard.
    world.limits = if hazard.mode == "spin" { limits.wall_clock(Duration::from_millis(50)) } else { limits };
    let mut arguments = serde_json::Map::from_iter([(hazard.parameter.to_owned(), Value::from(hazard.mode))]);
    if hazard.plugin == "probe" {
        arguments.insert("on".to_owned(), "127.0.0.1:9".into());
    }
    let (host, job, _, cancel) = world.job(arguments);
    let mode = [("mode".to_owned(), Value::from("stream"))].into_iter().collect();
    let (calm, other, _, no_cancel) = self::world("conformance").job(mode);
    let (end, beside) = runtime().block_on(async { tokio::join!(host.run(job, cancel), calm.run(other, no_cancel)) });
    assert!(beside.is_complete() && beside.rows == 6, "beside `{}`: {beside:?}", hazard.mode);
    end
}

/// Whether it ended as it should.
fn contained(hazard: &Hazard) -> Result<(), String> {
    let end = ended(hazard);
    let told = end.outcome.to_string();
    if hazard.end.split(", or ").any(|end| end == told) { Ok(()) } else { Err(format!("`{}`: {end:?}", hazard.mode)) }
}

#[test]
fn every_hazard_is_contained_and_named() {
    for hazard in HAZARDS.iter().chain(ATTEMPTS) {
        contained(hazard).unwrap();
    }
}

#[test]
#[ignore = "a measurement: `cargo xtask bench hazards`"]
fn every_hazard_is_contained_a_hundred_times() {
    let mut missed = Vec::new();
    for hazard in HAZARDS.iter().chain(ATTEMPTS) {
        let results: Vec<_> = (0..TIMES).map(|_| contained(hazard)).collect();
        let good = results.iter().filter(|result| result.is_ok()).count();
        println!("{:<12} {:<16} {good:>3} of {TIMES}: {}", hazard.plugin, hazard.mode, hazard.end);
        missed.extend(results.into_iter().find_map(Result::err));
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

const TIMES: usize = 100;

//! What a carrier costs before its plugin does anything.

use crate::world::{World, child, conformance, runtime};
use exo_plugin_host::{Carrier, Isolation, Plugin};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an empty run takes, at best and in the middle of so many.
fn times(carrier: &Carrier, isolation: Isolation, plugin: &Arc<Plugin>) -> [Duration; 2] {
    let runtime = runtime();
    let empty = || {
        let mut world = World::new(carrier.clone());
        world.plugin = Arc::clone(plugin);
        world.isolation = isolation;
        let mode = [("mode".to_owned(), Value::from("nothing"))].into_iter().collect();
        let (host, job, _, cancel) = world.job(mode);
        let began = Instant::now();
        let end = runtime.block_on(host.run(job, cancel));
        let took = began.elapsed();
        assert!(end.is_complete(), "{end:?}");
        took
    };
    // The first loads the library into this process, or the runner into the kernel's cache.
    empty();
    let mut times: Vec<_> = (0..RUNS).map(|_| empty()).collect();
    times.sort();
    [times[0], times[RUNS / 2]]
}

#[test]
#[ignore = "a measurement: `cargo xtask bench start`"]
fn an_empty_run_costs_little_more_in_a_confined_child() {
    let plugin = conformance();
    let [thread_best, thread] = times(&Carrier::Thread, Isolation::Auto, &plugin);
    let [bare_best, bare] = times(&child(), Isolation::Process, &plugin);
    let [best, confined] = times(&child(), Isolation::Auto, &plugin);
    println!("  middle of {RUNS}: thread {thread:.2?}, bare child {bare:.2?}, confined child {confined:.2?}");
    println!("  at best: thread {thread_best:.2?}, bare child {bare_best:.2?}, confined child {best:.2?}");
    let more = confined.saturating_sub(thread);
    println!("  a confined child costs {more:.2?} more than a thread (at most {MOST:?})");
    assert!(more <= MOST);
}

const RUNS: usize = 101;
const MOST: Duration = Duration::from_millis(10);

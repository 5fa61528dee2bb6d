//! What a carrier costs before its plugin does anything.

use crate::world::{World, child, conformance, runtime};
use exo_plugin_host::{Carrier, Isolation, Plugin};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an empty run takes, in the middle of so many.
fn middle(carrier: &Carrier, isolation: Isolation, plugin: &Arc<Plugin>) -> Duration {
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
    times[RUNS / 2]
}

#[test]
#[ignore = "a measurement: `cargo xtask bench start`"]
fn an_empty_run_costs_little_more_in_a_confined_child() {
    let plugin = conformance();
    let thread = middle(&Carrier::Thread, Isolation::Auto, &plugin);
    let bare = middle(&child(), Isolation::Process, &plugin);
    let confined = middle(&child(), Isolation::Auto, &plugin);
    println!("  thread {thread:.2?}, bare child {bare:.2?}, confined child {confined:.2?} (middle of {RUNS})");
    let more = confined.saturating_sub(thread);
    println!("  a confined child costs {more:.2?} more than a thread (at most {MOST:?})");
    assert!(more <= MOST);
}

const RUNS: usize = 101;
const MOST: Duration = Duration::from_millis(10);

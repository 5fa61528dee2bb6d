//! Thousands of streams under faults of all kinds, over real connections to emulated tenants.
//!
//! `faults [SEED [STREAMS]]` prints a line of JSON for every tenant: its seed, its streams, how many of them said that
//! something is missing, what is not as it must be, and the memory of this process behind it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a world that cannot be made ends the program"
)]

#[path = "../tests/faults/dice.rs"]
mod dice;
#[path = "../tests/faults/harm.rs"]
mod harm;
#[path = "../tests/faults/plan.rs"]
mod plan;
#[path = "../tests/faults/run.rs"]
mod run;
#[path = "../tests/faults/verdict.rs"]
mod verdict;
#[path = "../tests/faults/world.rs"]
mod world;

use dice::Dice;
use plan::Plan;
use std::io::Write;
use std::time::Instant;

/// Streams of one tenant.
const STREAMS: usize = 50;

fn main() -> std::io::Result<()> {
    let mut given = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let mut seeds = Dice::new(given.next().unwrap_or(1));
    let mut left = usize::try_from(given.next().unwrap_or(2_000)).unwrap_or(usize::MAX);
    while left > 0 {
        let streams = left.min(STREAMS);
        left -= streams;
        let seed = seeds.between(1, 999_999_999);
        let began = Instant::now();
        // A runtime of its own, so that nothing of one tenant lives on in the next.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let outcome = runtime.block_on(run::run(Plan::of(seed, streams)));
        drop(runtime);
        let line = serde_json::json!({
            "seed": seed,
            "streams": outcome.streams,
            "incomplete": outcome.incomplete,
            "retries": outcome.retries,
            "seconds": began.elapsed().as_secs_f64(),
            "memory": resident(),
            "wrong": outcome.wrong,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}

/// KiB of this process that are in memory; none where the system does not say.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

//! Five thousand calls for one mailbox each, to a service whose limit they do not know, in virtual time.
//!
//! Prints a line of JSON for each way to ask: what the service takes a batch for, how the calls travelled, the seconds
//! that it took, the seconds that it would take at best one by one, and what was refused on the way.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a service that fails ends the program")]
#![expect(dead_code, reason = "shared with the tests, which look at more of it")]

#[path = "../tests/throttling/service.rs"]
mod service;
#[path = "../tests/throttling/small.rs"]
mod small;

use exo_session::BatchCount;
use small::{Counting, Plan, ideal, run};
use std::io::Write;

const CALLS: usize = 5_000;

fn main() -> std::io::Result<()> {
    let counts = [Counting::One, Counting::OneSerially, Counting::Items];
    let batched = counts
        .into_iter()
        .flat_map(|counting| [BatchCount::One, BatchCount::Calls].map(|batches| (counting, Some(batches))));
    for (counting, batches) in [(Counting::One, None)].into_iter().chain(batched) {
        for (in_order, retry_after) in [(false, None), (false, Some("1")), (true, Some("1")), (false, Some("5"))] {
            let plan = Plan { calls: CALLS, counting, batches, in_order, retry_after };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
            let outcome = runtime.block_on(run(plan));
            let line = serde_json::json!({
                "counting": batches.map(|_| format!("{counting:?}")),
                "travelled": batches.map_or_else(|| "one by one".to_owned(), |count| format!("BatchCount::{count:?}")),
                "in_order": in_order,
                "retry_after": retry_after.unwrap_or("not sent"),
                "seconds": outcome.took.as_secs_f64(),
                "ideal": ideal(CALLS).as_secs_f64(),
                "requests": outcome.requests,
                "refused": outcome.refused,
                "failed": outcome.objects.iter().filter(|(_, records)| records.is_err()).count(),
            });
            writeln!(std::io::stdout(), "{line}")?;
        }
    }
    Ok(())
}

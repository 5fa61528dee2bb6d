//! The budget against services with limits that it does not know, over five minutes of virtual time each.
//!
//! Prints a line of JSON for each service: what it is, how much of what it would grant was used, the share of refusals
//! after the first ten seconds, and by how much the largest of four callers' shares exceeds the smallest.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a service that fails ends the program")]

#[path = "../tests/throttling/service.rs"]
mod service;

use service::Limit::{self, Concurrent, Window};
use service::{rate, run};
use std::io::Write;

const SECONDS: u64 = 300;

/// Which limit holds from which second on, and what a refusal asks for.
type Service = (Vec<(u64, Limit)>, Option<&'static str>);

fn main() -> std::io::Result<()> {
    let mut services: Vec<Service> = Vec::new();
    for retry_after in [None, Some("5"), Some("0.5")] {
        services.extend([2, 8, 30].map(|most| (vec![(0, Concurrent(most))], retry_after)));
    }
    for retry_after in [None, Some("3")] {
        services.extend([50, 200, 1000].map(|most| (vec![(0, Window(most))], retry_after)));
    }
    for (before, after) in [(8, 2), (30, 8), (2, 30), (8, 30)] {
        services.push((vec![(0, Concurrent(before)), (150, Concurrent(after))], Some("2")));
    }
    for (limits, retry_after) in services {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let account = runtime.block_on(run(limits.clone(), retry_after, SECONDS));
        let line = serde_json::json!({
            "service": format!("{limits:?}, Retry-After {}", retry_after.unwrap_or("not sent")),
            "used": account.used(possible(&limits)),
            "refused": account.refusals(),
            "spread": account.spread(),
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}

/// Calls that the limits would allow over the whole time.
#[expect(clippy::cast_precision_loss, reason = "minutes")]
fn possible(limits: &[(u64, Limit)]) -> f64 {
    let ends = limits.iter().skip(1).map(|(from, _)| *from).chain([SECONDS]);
    limits.iter().zip(ends).map(|((from, limit), end)| rate(*limit) * (end - from) as f64).sum()
}

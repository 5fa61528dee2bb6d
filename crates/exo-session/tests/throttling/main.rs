//! The budget against services with limits that it does not know, in virtual time over the real code.
//!
//! What a service would have granted is computed from its model; what it did grant and refuse is counted by it. The
//! whole table, over more of the service's time, is `cargo xtask bench throttling`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that fails is a test that fails")]

mod service;

use service::Limit::{self, Concurrent, Window};
use service::{rate, run};

const SECONDS: u64 = 120;

/// At least nine tenths of what would be granted, few refusals, equal shares.
async fn is_good(limit: Limit, retry_after: Option<&'static str>) {
    let account = run(vec![(0, limit)], retry_after, SECONDS).await;
    #[expect(clippy::cast_precision_loss, reason = "two minutes")]
    let (used, refusals) = (account.used(rate(limit) * SECONDS as f64), account.refusals());
    let what = format!("{limit:?}, {retry_after:?}: {used:.3} used, {refusals:.4} refused, {:.3}", account.spread());
    assert!(used >= 0.90 && refusals < 0.03 && account.spread() <= 0.1, "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_calls_at_a_time_is_found_used_and_shared() {
    is_good(Concurrent(2), Some("5")).await;
    is_good(Concurrent(8), None).await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_calls_in_a_window_is_found_used_and_shared() {
    is_good(Window(200), Some("3")).await;
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_changes_is_found_again() {
    for (limits, possible) in
        [([(0, Concurrent(8)), (60, Concurrent(2))], 6_000.0), ([(0, Concurrent(2)), (60, Concurrent(8))], 6_000.0)]
    {
        let account = run(limits.to_vec(), Some("1"), SECONDS).await;
        let (used, refusals) = (account.used(possible), account.refusals());
        assert!(used >= 0.90 && refusals < 0.03, "{limits:?}: {used:.3} used, {refusals:.4} refused");
    }
}

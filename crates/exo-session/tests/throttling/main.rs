//! The budget against services with limits that it does not know, in virtual time over the real code.
//!
//! What a service would have granted is computed from its model; what it did grant and refuse is counted by it. The
//! whole table, over more of the service's time, is `cargo xtask bench throttling`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that fails is a test that fails")]

mod service;
mod small;

use exo_session::BatchCount;
use service::Limit::{self, Concurrent, Window};
use service::{rate, run};
use small::{Counting, LIMIT, NOBODY, Outcome, Plan, ideal};
use std::time::Duration;

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

/// Calls for one mailbox each; `cargo xtask bench small-calls` makes more.
const CALLS: usize = 2_000;

fn plan(counting: Counting, batches: impl Into<Option<BatchCount>>) -> Plan {
    Plan { calls: CALLS, counting, batches: batches.into(), in_order: false, retry_after: Some("1") }
}

/// Each object came once with its own record, and the one that there is not failed by name.
fn is_whole(outcome: &mut Outcome) {
    outcome.objects.sort_by_key(|(index, _)| *index);
    assert_eq!(outcome.objects.len(), CALLS);
    for (at, (index, records)) in outcome.objects.iter().enumerate() {
        assert_eq!(at, *index);
        match records {
            Ok(records) => assert_eq!(records, &[format!(r#"{{"User":"user{index}"}}"#)]),
            Err(error) => assert!(at == NOBODY && error.contains("no 'user17'"), "{error}"),
        }
    }
    assert!(outcome.objects[NOBODY].1.is_err());
}

#[tokio::test(start_paused = true)]
async fn many_small_calls_take_little_longer_than_the_service_needs() {
    for in_order in [false, true] {
        let mut outcome = small::run(Plan { in_order, ..plan(Counting::One, None) }).await;
        assert!(outcome.took <= ideal(CALLS).mul_f64(1.15), "{:?}", outcome.took);
        assert!(!in_order || outcome.objects.is_sorted_by_key(|(index, _)| *index));
        assert!(outcome.refused < CALLS * 3 / 100, "{}", outcome.refused);
        is_whole(&mut outcome);
    }
}

#[tokio::test(start_paused = true)]
async fn batches_that_count_as_one_call_take_a_fraction_of_the_time() {
    let mut outcome = small::run(plan(Counting::One, BatchCount::One)).await;
    assert!(outcome.took <= ideal(CALLS) / 4, "{:?}", outcome.took);
    is_whole(&mut outcome);
    let outcome = small::run(plan(Counting::One, BatchCount::Calls)).await;
    assert!(outcome.took <= ideal(CALLS) / 3, "{:?}", outcome.took);
    // One after the other in the batch, they gain nothing and lose little, beside the ends of the run.
    let outcome = small::run(plan(Counting::OneSerially, BatchCount::One)).await;
    assert!(outcome.took <= ideal(CALLS).mul_f64(1.15) + Duration::from_secs(1), "{:?}", outcome.took);
}

#[tokio::test(start_paused = true)]
async fn what_a_batch_counts_as_is_learned() {
    for told in [BatchCount::One, BatchCount::Calls] {
        let mut outcome = small::run(plan(Counting::Items, told)).await;
        assert!(outcome.took <= ideal(CALLS).mul_f64(1.15), "{told:?}: {:?}", outcome.took);
        assert!(outcome.refused < CALLS * 3 / 100, "{told:?}: {}", outcome.refused);
        assert!(outcome.requests <= CALLS / LIMIT + 30, "{told:?}: {}", outcome.requests);
        is_whole(&mut outcome);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_after_the_reader_left() {
    for batches in [None, Some(BatchCount::One), Some(BatchCount::Calls)] {
        assert_eq!(small::sent_after_the_reader_left(plan(Counting::Items, batches)).await, 0, "{batches:?}");
    }
}

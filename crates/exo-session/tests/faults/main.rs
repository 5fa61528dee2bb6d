//! Streams under faults of all kinds, over real connections to an emulated tenant: each ends whole and equal to what the
//! generator says, or says what is missing.
//!
//! A seed decides all of it; `EXO_FAULT_SEED` runs one more, and `cargo xtask bench faults` thousands of streams.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

mod dice;
mod harm;
mod plan;
mod run;
mod shelf;
mod verdict;
mod world;

use exo_emulator::Fault;
use exo_model::ErrorKind;
use plan::{End, Kind, Plan, Stream, app_id};
use std::time::Duration;

const STREAMS: usize = 50;

#[expect(clippy::print_stdout, reason = "which seed it was, where it fails")]
async fn holds(seed: u64) {
    let outcome = run::run(Plan::of(seed, STREAMS)).await;
    println!(
        "seed {seed}: {} streams, {} incomplete, {} repeated requests",
        outcome.streams, outcome.incomplete, outcome.retries
    );
    assert!(outcome.wrong.is_empty(), "{} of {}:\n{}", outcome.wrong.len(), outcome.streams, outcome.wrong.join("\n"));
    assert!(outcome.incomplete > 0 && outcome.retries > 0, "a seed without faults shows nothing");
}

#[tokio::test]
async fn every_stream_ends_whole_or_says_what_is_missing() {
    for seed in [1, 2] {
        holds(seed).await;
    }
}

/// The client's clock is a year behind, and waits are told as dates by the service's clock.
#[tokio::test]
async fn seeds_that_once_failed_hold() {
    for seed in [686_668_338] {
        holds(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn cmdlets_with_pages_of_their_own_end_whole_or_say_what_is_missing() {
    for seed in [0, 1, 2] {
        let wrong = shelf::run(seed, 120).await;
        assert!(wrong.is_empty(), "seed {seed}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[tokio::test]
async fn a_service_that_falls_silent_is_asked_again_and_a_change_is_not() {
    let mut plan = Plan::of(4, STREAMS);
    (plan.mailboxes, plan.concurrent, plan.window, plan.moves) = (100, None, None, false);
    plan.timeout = Duration::from_secs(2);
    let stream = |kind, cmdlet: &'static str, end| {
        let number = usize::from(kind == Kind::Write);
        let silent = Fault::on_cmdlet(cmdlet).app(app_id(number)).hang();
        Stream { number, cmdlet, kind, end, faults: vec![silent], page_size: 40, ..harmless() }
    };
    let unknown = End::Broken { pages: 0, kind: ErrorKind::Unavailable, uncertain: true };
    let read = Kind::Pages { limit: None };
    plan.streams = vec![stream(read, "Get-Mailbox", End::Whole), stream(Kind::Write, "Set-Mailbox", unknown)];
    let outcome = run::run(plan).await;
    assert!(outcome.wrong.is_empty(), "{}", outcome.wrong.join("\n"));
}

fn harmless() -> Stream {
    Stream {
        number: 0,
        service: exo_emulator::Service::Exchange,
        cmdlet: "Get-Mailbox",
        select: None,
        page_size: 1000,
        kind: Kind::Left,
        faults: Vec::new(),
        end: End::Whole,
        repeats: 0,
    }
}

#[tokio::test]
async fn so_it_is_for_any_seed() {
    #[expect(clippy::disallowed_methods, reason = "a test may be told its seed, and its chance is the machine's time")]
    let seed = match std::env::var("EXO_FAULT_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos()),
    };
    println!("EXO_FAULT_SEED={seed}");
    holds(seed).await;
}

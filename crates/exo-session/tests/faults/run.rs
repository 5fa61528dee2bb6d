//! All streams of a plan at once, and what each of them came to.

use crate::plan::{Kind, Plan, Stream};
use crate::verdict::{Came, Ending, Truth, judge};
use crate::world::{World, asked};
use exo_model::{Invocation, Invoker, Next, Pages};
use exo_session::{Each, Session};
use std::sync::Arc;
use std::time::Duration;

/// What became of all streams of a seed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) streams: usize,
    pub(crate) incomplete: usize,
    pub(crate) retries: u64,
    /// What is not as it must be.
    pub(crate) wrong: Vec<String>,
}

/// Longer than any stream takes on a slow machine.
const HANGS: Duration = Duration::from_mins(1);

/// Runs a plan.
pub(crate) async fn run(plan: Plan) -> Outcome {
    let (world, seed, moves) = (Arc::new(World::start(&plan)), plan.seed, plan.moves);
    let addresses = Arc::new(world.addresses(40));
    let truths: Vec<_> = plan.streams.iter().map(|stream| Truth::of(&world, stream, &addresses)).collect();
    let begin = |stream: &Stream| {
        let (world, stream, addresses) = (Arc::clone(&world), stream.clone(), Arc::clone(&addresses));
        tokio::spawn(async move { tokio::time::timeout(HANGS, one(&world, &stream, &addresses)).await })
    };
    let running: Vec<_> = plan.streams.iter().map(begin).collect();
    if moves {
        tokio::time::sleep(Duration::from_millis(30)).await;
        world.emulator.move_region("nam11b");
    }
    let mut outcome = Outcome { streams: plan.streams.len(), ..Outcome::default() };
    for ((stream, truth), running) in plan.streams.iter().zip(truths).zip(running) {
        let problem = match running.await {
            Err(panic) => Some(format!("panicked: {panic}")),
            Ok(Err(_)) => Some("hangs".to_owned()),
            Ok(Ok(came)) => {
                outcome.retries += came.retries();
                outcome.incomplete += usize::from(!came.is_complete());
                judge(&world, stream, &truth, &came).err()
            }
        };
        outcome.wrong.extend(problem.map(|problem| format!("seed {seed}: {problem}; {stream:?}")));
    }
    outcome
}

fn call(stream: &Stream) -> Invocation {
    let call = Invocation::new(asked(stream.service), stream.cmdlet.parse().unwrap()).page_size(stream.page_size);
    match stream.select {
        Some(names) => call.select(names.split(',')),
        None => call,
    }
}

/// A change that no other stream sees.
fn change(stream: &Stream, address: &str) -> Invocation {
    call(stream).with("Identity", address).with("HiddenFromAddressListsEnabled", true)
}

async fn one(world: &World, stream: &Stream, addresses: &[String]) -> Came {
    let session = world.session(stream);
    let single = |call: Invocation, most| {
        let session = session.clone();
        async move { Came { objects: vec![(0, read(session.invoke(call).await.unwrap(), most).await)] } }
    };
    match stream.kind {
        Kind::Pages { limit: None } => single(call(stream), usize::MAX).await,
        Kind::Pages { limit: Some(limit) } => single(call(stream).limit(limit), usize::MAX).await,
        Kind::Left => single(call(stream), 1).await,
        Kind::Write => single(change(stream, &addresses[stream.number % addresses.len()]), usize::MAX).await,
        Kind::Each { together: true, .. } => {
            let each = many(&session, stream, addresses);
            Came { objects: vec![(0, read(each.together(), usize::MAX).await)] }
        }
        Kind::Each { .. } | Kind::WriteEach { .. } => {
            let mut each = many(&session, stream, addresses);
            let mut objects = Vec::new();
            while let Some(object) = each.next().await {
                objects.push((object.index, read(object.pages, usize::MAX).await));
            }
            Came { objects }
        }
    }
}

fn many(session: &Session, stream: &Stream, addresses: &[String]) -> Each {
    let (objects, batches, in_order, changes) = match stream.kind {
        Kind::Each { objects, batches, in_order, .. } => (objects, batches, in_order, false),
        Kind::WriteEach { objects, batches } => (objects, batches, false, true),
        _ => (0, None, false, false),
    };
    let one = |address: &String| {
        if changes { change(stream, address) } else { call(stream).with("Identity", address.as_str()) }
    };
    let calls = addresses.iter().take(objects).map(one);
    let mut each = session.each(calls.collect::<Vec<_>>());
    if let Some(count) = batches {
        each = each.in_batches(count);
    }
    if changes {
        each = each.writes_in_batches();
    }
    if in_order { each.in_order() } else { each }
}

/// Reads a stream to its end, or leaves it after so many pages.
async fn read(mut pages: Box<dyn Pages>, most: usize) -> Ending {
    let mut ending = Ending::default();
    for _ in 0..most {
        match pages.next().await {
            Ok(Next::Page(page)) => {
                ending.rows.extend(page.records().map(|record| String::from_utf8_lossy(record).into_owned()));
            }
            Ok(Next::End(end)) => {
                ending.end = Some(end);
                return ending;
            }
            // What it says when it is asked on after that belongs to its end.
            Err(error) if ending.error.is_none() => ending.error = Some(error),
            Err(error) => panic!("a second error: {error}"),
        }
    }
    ending
}

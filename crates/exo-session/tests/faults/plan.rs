//! What a seed means: a tenant with its moods, and streams whose ends are known beforehand.

use crate::dice::Dice;
use crate::harm::{self, Harm};
use exo_emulator::{Fault, Service};
use exo_model::ErrorKind;
use exo_session::BatchCount;
use std::time::Duration;

/// A tenant, and those who read it at the same time.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) mailboxes: u64,
    /// Calls at a time that the tenant grants, and whether each item of a batch counts.
    pub(crate) concurrent: Option<(u32, bool)>,
    /// Calls that it grants in a while.
    pub(crate) window: Option<(u32, Duration)>,
    pub(crate) latency: Duration,
    pub(crate) form: u64,
    /// How long the client waits for an answer; longer than anything that is meant to be slow.
    pub(crate) timeout: Duration,
    /// Calls at a time that the client's budget allows.
    pub(crate) budget: usize,
    /// By how much the client's clock is wrong, in seconds.
    pub(crate) skew: i64,
    /// The compliance data move while they are read.
    pub(crate) moves: bool,
    pub(crate) streams: Vec<Stream>,
}

/// How a stream reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One call, page by page.
    Pages { limit: Option<u64> },
    /// One call whose reader leaves after the first page.
    Left,
    /// One call for each of so many mailboxes.
    Each { objects: usize, batches: Option<BatchCount>, in_order: bool, together: bool },
    /// One call that changes a mailbox.
    Write,
    /// One call that changes a mailbox, for each of so many.
    WriteEach { objects: usize, batches: Option<BatchCount> },
}

/// A stream, what is done to it, and how it must end.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) number: usize,
    pub(crate) service: Service,
    pub(crate) cmdlet: &'static str,
    pub(crate) select: Option<&'static str>,
    pub(crate) page_size: u16,
    pub(crate) kind: Kind,
    pub(crate) faults: Vec<Fault>,
    pub(crate) end: End,
    /// Requests beyond the first that a call which changes something makes, or all of its objects together.
    pub(crate) repeats: u64,
}

/// How a stream must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With all rows.
    Whole,
    /// With the rows of so many pages, and the service's word that there are more.
    Cut { pages: usize },
    /// With an error of this kind behind the rows of so many pages; a change may have been made if `uncertain`.
    Broken { pages: usize, kind: ErrorKind, uncertain: bool },
    /// With so many objects that failed.
    Failed { objects: usize },
    /// With objects that may have been changed or not, and say so.
    Unknown,
}

impl Plan {
    /// What a seed means.
    pub(crate) fn of(seed: u64, streams: usize) -> Self {
        let mut dice = Dice::new(seed);
        let mailboxes = dice.between(20, 400);
        let concurrent = dice.one_in(2).then(|| {
            let most = u32::try_from(dice.between(2, 8)).unwrap_or(2);
            (most, dice.one_in(2))
        });
        // By the client's clock twenty seconds.
        let window =
            dice.one_in(4).then(|| (u32::try_from(dice.between(40, 200)).unwrap_or(40), Duration::from_millis(20)));
        let mut plan = Self {
            seed,
            mailboxes,
            concurrent,
            window,
            latency: Duration::from_millis(dice.between(0, 3)),
            form: dice.number(),
            timeout: Duration::from_secs(20),
            budget: usize::try_from(dice.between(3, 20)).unwrap_or(3),
            skew: dice.pick(&[0, 0, 7_200, -7_200, 86_400, -40_000_000]),
            moves: dice.one_in(3),
            streams: Vec::new(),
        };
        plan.streams = (0..streams).map(|number| stream(&mut dice, number, mailboxes)).collect();
        // Dice of their own, so that what a kept seed means of the streams stays as it was.
        let mut tokens = Dice::new(!seed);
        for stream in &mut plan.streams {
            if tokens.one_in(4) {
                harm::of_the_token(&mut tokens, stream);
            }
        }
        plan
    }
}

/// The id of a stream's own app, so that faults strike this stream and no other.
pub(crate) fn app_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn stream(dice: &mut Dice, number: usize, mailboxes: u64) -> Stream {
    let mut stream = Stream {
        number,
        service: Service::Exchange,
        cmdlet: "Get-Mailbox",
        select: None,
        page_size: u16::try_from(dice.between(mailboxes / 8 + 1, mailboxes)).unwrap_or(1),
        kind: Kind::Pages { limit: None },
        faults: Vec::new(),
        end: End::Whole,
        repeats: 0,
    };
    match dice.between(0, 9) {
        0 => {
            (stream.service, stream.cmdlet) = (Service::Compliance, "Get-ProtectionAlert");
            stream.page_size = u16::try_from(dice.between(2, 14)).unwrap_or(2);
            pages(dice, &mut stream, 14);
        }
        1..=4 => {
            // Nothing that a change of this run would show in.
            stream.select = dice.pick(&[Some("Alias,ExchangeGuid,WhenCreated"), Some("PrimarySmtpAddress")]);
            pages(dice, &mut stream, mailboxes);
        }
        5..=7 => each(dice, &mut stream, mailboxes),
        8 => write(dice, &mut stream),
        _ => write_each(dice, &mut stream, mailboxes),
    }
    stream
}

/// A call with pages, of which some are harmed.
fn pages(dice: &mut Dice, stream: &mut Stream, rows: u64) {
    let pages = rows.div_ceil(u64::from(stream.page_size));
    if dice.one_in(12) {
        (stream.kind, stream.select) = (Kind::Left, Some("Alias"));
        return;
    }
    let (mut renewed, mut calm) = (Vec::new(), Vec::new());
    for round in 0..dice.between(0, 3) {
        let page = u32::try_from(dice.between(1, pages)).unwrap_or(1);
        let harm = harm::passing(dice, stream);
        if harm.renews && renewed.contains(&page) {
            continue;
        }
        renewed.extend(harm.renews.then_some(page));
        // A page is asked for six times at most, whatever happens.
        let times = if harm.renews || round > 0 { 1 } else { u32::try_from(dice.between(1, 2)).unwrap_or(1) };
        let faults = if harm.repeats { &mut stream.faults } else { &mut calm };
        faults.push(harm.fault.page(page).times(times));
    }
    if dice.one_in(3) {
        let page = dice.between(1, pages);
        let place = usize::try_from(page).unwrap_or(1);
        let Harm { fault, end, .. } = harm::lasting(dice, stream, place, place < usize::try_from(pages).unwrap_or(1));
        stream.faults.push(fault.page(u32::try_from(page).unwrap_or(1)));
        stream.end = end;
        // A fault that lets a request through would take the place of one that does not.
        stream.faults.extend(calm);
        return;
    }
    stream.faults.extend(calm);
    if dice.one_in(4) {
        stream.kind = Kind::Pages { limit: Some(dice.between(1, rows + 5)) };
    }
}

fn batches(dice: &mut Dice) -> Option<BatchCount> {
    dice.pick(&[None, Some(BatchCount::One), Some(BatchCount::Calls)])
}

/// Many calls that read.
fn each(dice: &mut Dice, stream: &mut Stream, mailboxes: u64) {
    let objects = usize::try_from(dice.between(1, mailboxes.min(30))).unwrap_or(1);
    let (batches, in_order, together) = (batches(dice), dice.one_in(2), dice.one_in(3));
    stream.cmdlet = dice.pick(&["Get-MailboxPermission", "Get-MailboxStatistics"]);
    stream.kind = Kind::Each { objects, batches, in_order, together };
    // Some objects have several pages.
    stream.page_size = dice.pick(&[4, 1000]);
    let failed = usize::try_from(dice.between(0, 3)).unwrap_or(0).min(objects / 2);
    let mut renewed = false;
    for _ in 0..dice.between(0, 4) {
        let harm = harm::passing(dice, stream);
        // A refusal that is lost with the answers to all is none.
        let hides = harm.takes_all && batches.is_some() && failed > 0;
        if !(harm.renews && renewed || hides) {
            renewed |= harm.renews;
            let call = u32::try_from(dice.between(1, objects as u64)).unwrap_or(1);
            stream.faults.push(harm.fault.call(call));
        }
    }
    for _ in 0..failed {
        let fault = harm::refusal(dice, stream);
        let call = u32::try_from(dice.between(1, objects as u64 / 2)).unwrap_or(1);
        // Before those that let a request through, which would take its place.
        stream.faults.insert(0, fault.page(1).call(call));
    }
    if failed > 0 {
        stream.end = End::Failed { objects: failed };
    }
}

/// One change.
fn write(dice: &mut Dice, stream: &mut Stream) {
    (stream.cmdlet, stream.kind) = ("Set-Mailbox", Kind::Write);
    if dice.one_in(2) {
        let times = u32::try_from(dice.between(1, 3)).unwrap_or(1);
        let harm = harm::before_it_ran(dice, stream);
        let times = if harm.renews { 1 } else { times };
        stream.repeats = if harm.repeats { u64::from(times) } else { 0 };
        stream.faults.push(harm.fault.times(times));
    }
    if stream.faults.len() as u64 <= stream.repeats && dice.one_in(2) {
        let Harm { fault, end, .. } = harm::of_a_write(dice, stream);
        stream.faults.push(fault);
        stream.end = end;
    }
}

/// Many changes.
fn write_each(dice: &mut Dice, stream: &mut Stream, mailboxes: u64) {
    let objects = usize::try_from(dice.between(1, mailboxes.min(20))).unwrap_or(1);
    (stream.cmdlet, stream.kind) = ("Set-Mailbox", Kind::WriteEach { objects, batches: batches(dice) });
    let call = |dice: &mut Dice| u32::try_from(dice.between(1, objects as u64)).unwrap_or(1);
    if dice.one_in(4) {
        stream.faults.push(harm::lost_answer(dice, stream).call(call(dice)));
        stream.end = End::Unknown;
        return;
    }
    if dice.one_in(2) {
        let harm = harm::before_it_ran(dice, stream);
        stream.repeats = u64::from(harm.repeats);
        stream.faults.push(harm.fault.call(call(dice)));
    }
    let failed = usize::try_from(dice.between(0, 2)).unwrap_or(0).min(objects / 2);
    for _ in 0..failed {
        let fault = harm::of_one_write(dice, stream);
        stream.faults.push(fault.call(u32::try_from(dice.between(1, objects as u64 / 2)).unwrap_or(1)));
    }
    if failed > 0 {
        stream.end = End::Failed { objects: failed };
    }
}

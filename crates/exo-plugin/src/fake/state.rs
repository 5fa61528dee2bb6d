//! The fake host's side of a run: requests, pages out, rows in. No pointers here.

use super::{Answer, Answers, FakeOutcome, FakeRun};
use crate::{Error, Result};
use exo_model::{Completeness, Gap, GapKind, Invocation, Span};
use exo_plugin_abi::{EventKind, NoteKind, Span as RawSpan, Status};
use exo_plugin_wire::{
    Consent, Failure, FailureKind, Outcome, PanicNote, Progress, ReportManifest, Request, RowProblem, check_batch,
    decide, parse_gap, write_end,
};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// After so many looks without waiting in a row an event is given all the same, lest a busy future starve.
const LOOKS: u32 = 64;

/// What answers a cmdlet, in the hands of the host and of a run.
pub(super) type Shared = Arc<dyn Answers + Send + Sync>;

/// What a test said about the host.
#[derive(Default)]
pub(super) struct Script {
    pub(super) answers: Vec<(String, Shared)>,
    pub(super) once: VecDeque<(String, Answer)>,
    pub(super) seed: Option<u64>,
    pub(super) cancel_after: Option<u64>,
    pub(super) cancel_after_events: Option<u64>,
    pub(super) consent: Consent,
    pub(super) report: Option<ReportManifest>,
}

/// A run.
#[derive(Default)]
pub(super) struct State {
    script: Script,
    /// Numbers of requests, each given once.
    numbers: BTreeSet<u64>,
    streams: VecDeque<Stream>,
    pub(super) run: FakeRun,
    violation: Option<Failure>,
    panic: Option<PanicNote>,
    ended: Option<Outcome>,
    stuck: bool,
    looks: u32,
    events: u64,
    random: u64,
}

/// A request that may be made, and what answers it.
pub(super) struct Begun {
    answers: Shared,
    call: Invocation,
}

impl Begun {
    pub(super) fn answer(self) -> (Answer, Invocation) {
        (self.answers.answer(&self.call.parameters), self.call)
    }
}

/// A request that is in flight.
struct Stream {
    req: u64,
    records: VecDeque<String>,
    page_rows: usize,
    credit: u32,
    end: std::result::Result<Completeness, Failure>,
    pages: u64,
    sent: u64,
}

/// An event, with what it holds.
#[derive(Debug, Default)]
pub(super) struct Happened {
    pub(super) kind: u32,
    pub(super) req: u64,
    pub(super) data: Vec<u8>,
    pub(super) spans: Vec<RawSpan>,
}

impl Happened {
    fn new(kind: EventKind, req: u64, data: Vec<u8>) -> Self {
        Self { kind: kind.0, req, data, spans: Vec::new() }
    }
}

impl State {
    pub(super) fn new(script: Script) -> Self {
        Self { random: script.seed.unwrap_or(0), script, ..Self::default() }
    }

    fn cancelled(&self) -> bool {
        let late = self.script.cancel_after_events.is_some_and(|events| self.events >= events);
        self.stuck || late || self.script.cancel_after.is_some_and(|rows| self.run.rows.len() as u64 >= rows)
    }

    /// Decides about a request, and finds what answers it.
    pub(super) fn begin(&mut self, body: &[u8]) -> Result<Begun> {
        let Some(report) = &self.script.report else {
            return Err(Error::message("the run has ended"));
        };
        let request = Request::parse(body).map_err(|error| Failure::from(&error).into());
        let decide = |r: Request| decide(report, &r, self.script.consent).map_err(|r| Failure::from(&r).into());
        let call = request.and_then(decide).map_err(|failure| self.violate(failure))?;
        let is_called = |name: &str| name.eq_ignore_ascii_case(call.cmdlet.as_str());
        let once = self.script.once.iter().position(|(known, _)| is_called(known));
        let answers = match once.and_then(|at| self.script.once.remove(at)) {
            Some((_, answer)) => Some(Arc::new(answer) as Shared),
            None => self.script.answers.iter().find(|(known, _)| is_called(known)).map(|(_, a)| Arc::clone(a)),
        };
        answers.map(|answers| Begun { answers, call: call.clone() }).ok_or_else(|| {
            let text = format!("the test says nothing about `{}`: add `.on(\"{0}\", …)`", call.cmdlet);
            Error::message(text)
        })
    }

    /// Opens the stream of a request that was answered or refused.
    pub(super) fn open(&mut self, req: u64, answered: Result<(Answer, Invocation)>) -> Status {
        if self.cancelled() {
            return Status::CANCELLED;
        }
        let stream = match answered {
            Ok((answer, call)) => {
                let stream = Stream::new(req, answer, &call);
                self.run.calls.entry(call.cmdlet.as_str().to_ascii_lowercase()).or_default().push(call);
                stream
            }
            Err(error) => Stream::failing(req, error),
        };
        self.streams.push_back(stream);
        self.run.most_in_flight = self.run.most_in_flight.max(self.streams.len());
        Status::OK
    }

    /// Takes the number of a new request; the answer, where it cannot be one.
    pub(super) fn number(&mut self, req: u64) -> Option<Status> {
        if self.cancelled() {
            return Some(Status::CANCELLED);
        }
        if self.numbers.insert(req) {
            return None;
        }
        self.fault(&format!("the number {req} was given to two requests"));
        Some(Status::INVALID)
    }

    /// The plugin called as the boundary does not allow.
    pub(super) fn fault(&mut self, what: &str) {
        self.violate(Error::message(what));
    }

    fn violate(&mut self, error: Error) -> Error {
        self.violation.get_or_insert_with(|| error.failure().clone());
        error
    }

    pub(super) fn pull(&mut self, req: u64) -> Status {
        match self.streams.iter_mut().find(|stream| stream.req == req) {
            Some(stream) => {
                stream.credit += 1;
                Status::OK
            }
            None => Status::GONE,
        }
    }

    pub(super) fn abandon(&mut self, req: u64) {
        if let Some(at) = self.streams.iter().position(|stream| stream.req == req) {
            self.streams.remove(at);
            self.run.abandoned += 1;
            self.gap(GapKind::Abandoned, "the report stopped reading before the end");
        }
    }

    fn gap(&mut self, kind: GapKind, what: &str) {
        let mut end = Completeness::default();
        end.gaps.push(Gap::new(kind, what));
        self.run.ends.push(end);
    }

    /// The next event; none when there is nothing to tell now.
    pub(super) fn next(&mut self, waits: bool) -> Option<Happened> {
        if self.cancelled() {
            return Some(Happened::new(EventKind::CANCEL, 0, Vec::new()));
        }
        self.looks = if waits { 0 } else { self.looks + 1 };
        if !waits && !self.looks.is_multiple_of(LOOKS) {
            return None;
        }
        let at = self.choose()?;
        self.events += 1;
        let mut stream = self.streams.remove(at)?;
        if let Some(page) = stream.page() {
            // To the back, so that all streams go on.
            self.streams.push_back(stream);
            return Some(page);
        }
        Some(match stream.end {
            Ok(mut end) => {
                (end.pages, end.records) = (stream.pages, stream.sent);
                let data = write_end(&end).unwrap_or_default();
                self.run.ends.push(end);
                Happened::new(EventKind::END, stream.req, data)
            }
            Err(failure) => {
                let kind = if failure.kind == FailureKind::Denied { GapKind::Refused } else { GapKind::Failed };
                self.gap(kind, &failure.message);
                Happened::new(EventKind::FAIL, stream.req, failure.to_json())
            }
        })
    }

    /// Which of the streams that can go on does.
    fn choose(&mut self) -> Option<usize> {
        let able: Vec<_> = (0..self.streams.len()).filter(|at| self.streams[*at].can_go_on()).collect();
        let pick = match self.script.seed {
            None => 0,
            Some(_) => self.random(able.len()),
        };
        able.get(pick).copied()
    }

    /// A number below `end`: xorshift, so that a seed gives the same order everywhere.
    fn random(&mut self, end: usize) -> usize {
        let mut x = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.random = x;
        usize::try_from(x % (end.max(1) as u64)).unwrap_or(0)
    }

    pub(super) fn emit(&mut self, data: &[u8], spans: &[Span]) -> Status {
        if self.cancelled() {
            return Status::CANCELLED;
        }
        let columns = self.script.report.as_ref().map_or(&[][..], |report| &report.columns);
        if let Err(error) = check_batch(data, spans, columns) {
            let too_large = matches!(error.problem, RowProblem::TooLarge);
            self.violate(Error::message(format!("rows that are not as declared: {error}")));
            return if too_large { Status::TOO_LARGE } else { Status::INVALID };
        }
        let rows =
            spans.iter().filter_map(|s| serde_json::from_slice(data.get(s.start as usize..s.end as usize)?).ok());
        self.run.rows.extend(rows);
        Status::OK
    }

    pub(super) fn note(&mut self, kind: NoteKind, body: &[u8]) {
        match kind {
            NoteKind::LOG => self.run.log.extend(serde_json::from_slice(body).ok()),
            NoteKind::PROGRESS => self.run.progress.extend(serde_json::from_slice::<Progress>(body).ok()),
            NoteKind::GAP => {
                let gap = parse_gap(body);
                self.gap(gap.kind, &gap.what);
            }
            NoteKind::PANIC => self.panic = serde_json::from_slice(body).ok(),
            _ => {}
        }
    }

    pub(super) fn finish(&mut self, outcome: &[u8]) {
        match serde_json::from_slice(outcome) {
            Ok(ended) => self.ended = Some(ended),
            Err(error) => self.fault(&format!("an end that cannot be read: {error}")),
        }
    }

    /// Nothing can happen any more although the report waits.
    pub(super) fn give_up(&mut self) {
        self.stuck = true;
    }

    /// The run as a whole, decided in the host's order.
    pub(super) fn into_run(mut self, status: Status, leaked: usize) -> FakeRun {
        self.run.leaked = leaked;
        let told = self.ended.map(|ended| ended.error);
        let other = |text: &str| FakeOutcome::Failed(Failure::new(FailureKind::Other, text));
        self.run.outcome = Some(match (self.violation, status) {
            (Some(violation), _) => FakeOutcome::Violated(violation),
            (None, Status::PANICKED) => {
                FakeOutcome::Panicked(self.panic.unwrap_or_else(|| PanicNote::new("a panic without a word", "", 0, 0)))
            }
            _ if self.stuck => FakeOutcome::Stuck,
            (None, Status::CANCELLED) => FakeOutcome::Cancelled,
            (None, status) => match told {
                Some(Some(failure)) => FakeOutcome::Failed(failure),
                Some(None) if status == Status::OK => FakeOutcome::Ok,
                _ => other(&format!("the plugin returned `{}` and did not say how it ended", status.name())),
            },
        });
        self.run
    }
}

impl Stream {
    fn new(req: u64, answer: Answer, call: &Invocation) -> Self {
        let mut records: VecDeque<_> = answer.records.into_iter().map(|r| selected(r, &call.select)).collect();
        let mut end = Completeness::default();
        (end.gaps, end.warnings) = (answer.gaps, answer.warnings);
        let limit = call.limit.and_then(|limit| usize::try_from(limit).ok());
        let mut failure = answer.failure;
        if let Some(limit) = limit.filter(|limit| *limit <= records.len()) {
            records.truncate(limit);
            (end.limited, failure) = (true, None);
            end.gaps.clear();
        }
        let page_rows = answer.page_rows.or(call.page_size.map(usize::from)).unwrap_or(1000);
        Self { req, records, page_rows, credit: 2, end: failure.map_or(Ok(end), Err), pages: 0, sent: 0 }
    }

    fn failing(req: u64, error: Error) -> Self {
        Self {
            req,
            records: VecDeque::new(),
            page_rows: 1,
            credit: 2,
            end: Err(error.into_failure()),
            pages: 0,
            sent: 0,
        }
    }

    fn can_go_on(&self) -> bool {
        self.records.is_empty() || self.credit > 0
    }

    fn page(&mut self) -> Option<Happened> {
        if self.records.is_empty() {
            return None;
        }
        let mut page = Happened::new(EventKind::PAGE, self.req, b"[".to_vec());
        let offset = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        for record in self.records.drain(..self.page_rows.min(self.records.len())) {
            if !page.spans.is_empty() {
                page.data.extend_from_slice(b", ");
            }
            let start = offset(page.data.len());
            page.data.extend_from_slice(record.as_bytes());
            page.spans.push(RawSpan { start, end: offset(page.data.len()) });
        }
        page.data.push(b']');
        self.credit = self.credit.saturating_sub(1);
        self.pages += 1;
        self.sent += page.spans.len() as u64;
        Some(page)
    }
}

/// The record with only the properties that were asked for, as the service gives it.
fn selected(record: String, select: &[String]) -> String {
    if select.is_empty() {
        return record;
    }
    match serde_json::from_str(&record) {
        Ok(Value::Object(mut members)) => {
            members.retain(|name, _| {
                let property = name.split_once('@').map_or(name.as_str(), |(property, _)| property);
                property.is_empty() || select.iter().any(|wanted| wanted.eq_ignore_ascii_case(property))
            });
            Value::Object(members).to_string()
        }
        // Broken records reach the report as they are: what it makes of them is what is tested.
        _ => record,
    }
}

//! The state of one run: what the plugin asked, gave and did, whichever carrier it is in.

use crate::ledger::{Entry, Ledger, NAMED};
use crate::limits::{MOST_IN_FLIGHT, OPEN_STREAMS, UNFINISHED_REQUESTS, WINDOW};
use crate::log::{LogFilter, plain};
use crate::mailbox::{Event, Mailbox, Post};
use crate::{CancelToken, Confinement, Events, Limits, lock, streams};
use bytes::Bytes;
use exo_model::{Completeness, Gap, Invoker, Page, SeamError, Span};
use exo_plugin_abi::{NoteKind, Status};
use exo_plugin_wire::{
    BATCH_LIMIT, Consent, Failure, FailureKind, LogLevel, LogLine, Outcome as Finish, PanicNote, Progress,
    REQUEST_LIMIT, Refusal, ReportManifest, Request, check_batch, decide, parse_gap, write_end,
};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;

/// One run. The carriers call the methods named after the functions of the boundary.
pub(crate) struct Run {
    pub(crate) mailbox: Mailbox,
    pub(crate) invoker: Arc<dyn Invoker>,
    pub(crate) page_bytes: usize,
    /// Calls to the service, at once.
    pub(crate) flight: Semaphore,
    /// Streams of which something may be on its way to the plugin.
    pub(crate) open: Arc<Semaphore>,
    /// Heard by the host when the run must end for a reason of its own.
    pub(crate) stop: CancelToken,
    events: Arc<dyn Events>,
    report: ReportManifest,
    consent: Consent,
    most_rows: u64,
    log: LogFilter,
    runtime: Handle,
    state: Mutex<State>,
    /// What the child said it is confined by.
    pub(crate) confinement: OnceLock<Confinement>,
}

/// What changes in a run.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) rows: u64,
    pub(crate) refusals: Vec<Refusal>,
    /// Those beyond the first hundred are counted.
    pub(crate) violations: Vec<String>,
    pub(crate) unnamed_violations: u64,
    pub(crate) panic: Option<PanicNote>,
    /// What the report itself says is missing; those beyond the first hundred are counted.
    pub(crate) gaps: Vec<Gap>,
    pub(crate) unnamed_gaps: u64,
    pub(crate) finish: Option<Finish>,
    pub(crate) sink_error: Option<SeamError>,
    streams: HashMap<u64, Stream>,
    /// Streams whose end has gone out, of which the plugin may still say that it did not read it.
    ended: HashMap<u64, Entry>,
    /// The same, the oldest first.
    ended_order: VecDeque<u64>,
    over: bool,
}

impl State {
    fn gap(&mut self, gap: Gap) {
        if self.gaps.len() < NAMED_GAPS {
            self.gaps.push(gap);
        } else {
            self.unnamed_gaps += 1;
        }
    }
}

struct Stream {
    entry: Entry,
    credit: Arc<Semaphore>,
    task: AbortHandle,
    /// Pages in the mailbox.
    waiting: usize,
    /// Pages taken by the plugin for which it has not given credit.
    taken: usize,
    /// Credit that the plugin has given and the task has not got.
    given: usize,
    /// The end is in the mailbox.
    done: bool,
}

impl Stream {
    /// Gives the task its credit, all of it at once when the plugin has its last page: waking a thread costs more than
    /// what it then does.
    fn pass_on(&mut self) {
        if self.waiting == 0 && self.given > 0 {
            self.credit.add_permits(std::mem::take(&mut self.given));
        }
    }
}

impl State {
    fn remember(&mut self, req: u64, entry: Entry) {
        if self.ended_order.len() >= REMEMBERED
            && let Some(oldest) = self.ended_order.pop_front()
        {
            self.ended.remove(&oldest);
        }
        self.ended_order.push_back(req);
        self.ended.insert(req, entry);
    }

    fn abandon_all(&mut self) {
        for (_, stream) in std::mem::take(&mut self.streams) {
            stream.task.abort();
            self.ledger.abandoned(&stream.entry);
        }
    }
}

/// What a run needs to know of its job.
pub(crate) struct Setup {
    pub(crate) report: ReportManifest,
    pub(crate) invoker: Arc<dyn Invoker>,
    pub(crate) events: Arc<dyn Events>,
    pub(crate) consent: Consent,
}

impl Run {
    pub(crate) fn new(setup: Setup, limits: &Limits, runtime: Handle) -> Self {
        let wanted = u16::try_from(setup.report.parallel).unwrap_or(MOST_IN_FLIGHT);
        Self {
            mailbox: Mailbox::default(),
            invoker: setup.invoker,
            page_bytes: limits.page_bytes,
            flight: Semaphore::new(wanted.clamp(1, limits.in_flight).into()),
            open: Arc::new(Semaphore::new(OPEN_STREAMS)),
            stop: CancelToken::new(),
            events: setup.events,
            report: setup.report,
            consent: setup.consent,
            most_rows: limits.rows,
            log: LogFilter::new(limits.log_lines, limits.log_line_bytes),
            runtime,
            state: Mutex::default(),
            confinement: OnceLock::new(),
        }
    }

    /// Begins a request, or refuses it by an event.
    pub(crate) fn submit(self: &Arc<Self>, req: u64, body: &[u8]) -> Status {
        if let Some(status) = self.closed() {
            return status;
        }
        let request = match Request::parse(body) {
            Ok(request) => request,
            Err(error) => {
                self.violation(&format!("a request that cannot be read: {error}"));
                return self.refuse(req, &Failure::from(&error));
            }
        };
        let invocation = match decide(&self.report, &request, self.consent) {
            Ok(invocation) => invocation,
            Err(refusal) => {
                let failure = Failure::from(&refusal);
                self.violation(&refusal.to_string());
                let mut state = lock(&self.state);
                if state.refusals.len() < NAMED {
                    state.refusals.push(refusal);
                }
                drop(state);
                return self.refuse(req, &failure);
            }
        };
        let mut state = lock(&self.state);
        if state.streams.contains_key(&req) || state.ended.contains_key(&req) {
            drop(state);
            self.violation(&format!("the number {req} was given to two requests"));
            return Status::INVALID;
        }
        if state.streams.len() >= UNFINISHED_REQUESTS {
            drop(state);
            let what = format!("more than {UNFINISHED_REQUESTS} requests at a time");
            self.violation(&what);
            return self.refuse(req, &Failure::new(FailureKind::Limit, what));
        }
        let entry = state.ledger.begin(&invocation);
        let credit = Arc::new(Semaphore::new(WINDOW));
        // The task finds its stream: it can look for it only when this lock is free.
        let task = self.runtime.spawn(streams::serve(Arc::clone(self), req, invocation, Arc::clone(&credit)));
        let task = task.abort_handle();
        state.streams.insert(req, Stream { entry, credit, task, waiting: 0, taken: 0, given: 0, done: false });
        Status::OK
    }

    /// A request that a carrier did not hand over because of its size.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only plugins in child processes need it"))]
    pub(crate) fn submit_too_large(&self, req: u64) -> Status {
        self.violation(&format!("a request of more than {REQUEST_LIMIT} bytes"));
        self.refuse(req, &Failure::new(FailureKind::Limit, format!("a request has at most {REQUEST_LIMIT} bytes")))
    }

    /// Rows that a carrier did not hand over because of their size.
    pub(crate) fn emit_too_large(&self) -> Status {
        self.violation(&format!("rows of more than {BATCH_LIMIT} bytes in one batch"));
        Status::TOO_LARGE
    }

    /// Credit for one more page.
    pub(crate) fn pull(&self, req: u64) -> Status {
        match lock(&self.state).streams.get_mut(&req) {
            None => Status::GONE,
            Some(stream) => {
                // Credit is for pages that were taken; more would widen the window.
                if stream.taken > 0 {
                    stream.taken -= 1;
                    stream.given += 1;
                    stream.pass_on();
                }
                Status::OK
            }
        }
    }

    /// Nobody reads this stream any more.
    pub(crate) fn abandon(&self, req: u64) {
        let mut state = lock(&self.state);
        let entry = match state.streams.remove(&req) {
            Some(stream) => {
                stream.task.abort();
                Some(stream.entry)
            }
            None => state.ended.remove(&req),
        };
        if let Some(entry) = entry {
            state.ledger.abandoned(&entry);
        }
    }

    /// Takes rows; blocks as long as the sink does.
    pub(crate) fn emit(&self, data: Bytes, spans: Vec<Span>) -> Status {
        if let Some(status) = self.closed() {
            return status;
        }
        if let Err(error) = check_batch(&data, &spans, &self.report.columns) {
            let too_large = matches!(error.problem, exo_plugin_wire::RowProblem::TooLarge);
            self.violation(&format!("rows that are not as declared: {error}"));
            return if too_large { Status::TOO_LARGE } else { Status::INVALID };
        }
        let count = spans.len() as u64;
        if lock(&self.state).rows.saturating_add(count) > self.most_rows {
            self.violation(&format!("more than {} rows", self.most_rows));
            self.stop.cancel();
            return Status::TOO_LARGE;
        }
        match self.events.rows(Page::new(data, spans)) {
            Ok(()) => {
                lock(&self.state).rows += count;
                Status::OK
            }
            Err(error) => {
                lock(&self.state).sink_error.get_or_insert(error);
                self.stop.cancel();
                self.mailbox.cancel();
                Status::CANCELLED
            }
        }
    }

    /// A log line, progress, something that is missing, or a panic.
    pub(crate) fn note(&self, kind: NoteKind, body: &[u8]) {
        if lock(&self.state).over {
            return;
        }
        match kind {
            NoteKind::LOG => {
                if let Ok(line) = serde_json::from_slice::<LogLine>(body) {
                    self.log_line(line.level, &line.message);
                }
            }
            NoteKind::PROGRESS => {
                if let Ok(Progress { done, of, .. }) = serde_json::from_slice(body) {
                    self.events.progress(done, of);
                }
            }
            NoteKind::GAP => {
                let mut gap = parse_gap(body);
                gap.what = plain(&gap.what, 1000);
                lock(&self.state).gap(gap);
            }
            NoteKind::PANIC => {
                if let Ok(panic) = serde_json::from_slice::<PanicNote>(body) {
                    lock(&self.state).panic = Some(panic);
                }
            }
            _ => {}
        }
    }

    /// A line for the log, if there are not too many.
    pub(crate) fn log_line(&self, level: LogLevel, text: &str) {
        if let Some(line) = self.log.pass(text) {
            self.events.log(level, &line);
        }
    }

    /// How the plugin says that it ended.
    pub(crate) fn finish(&self, body: &[u8]) {
        match serde_json::from_slice(body) {
            Ok(finish) => {
                let mut state = lock(&self.state);
                if !state.over {
                    state.finish = Some(finish);
                }
            }
            Err(error) => self.violation(&format!("an end that cannot be read: {error}")),
        }
    }

    /// Tells the plugin to end, and ends its requests.
    pub(crate) fn cancel(&self) {
        self.mailbox.cancel();
        lock(&self.state).abandon_all();
    }

    /// An event was taken by the plugin, or is on its way where nobody can take it back.
    pub(crate) fn delivered(&self, event: &Event) {
        let mut state = lock(&self.state);
        match &event.post {
            Post::Page(_) => {
                if let Some(stream) = state.streams.get_mut(&event.req) {
                    stream.waiting = stream.waiting.saturating_sub(1);
                    stream.taken += 1;
                    stream.pass_on();
                }
            }
            Post::End(_) => {
                if let Some(stream) = state.streams.remove(&event.req) {
                    state.remember(event.req, stream.entry);
                }
            }
            Post::Fail(_) => {
                state.streams.remove(&event.req);
            }
            Post::Cancel | Post::Emitted(_) => {}
        }
    }

    /// A page of a stream, within its window.
    pub(crate) fn page(&self, req: u64, page: Page) {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        if let Some(stream) = state.streams.get_mut(&req) {
            stream.waiting += 1;
            state.ledger.page(&stream.entry, page.len());
            self.mailbox.push(Event::new(req, Post::Page(page)));
        }
    }

    /// The end of a stream. Does nothing when it has ended already.
    pub(crate) fn end(&self, req: u64, end: Result<Completeness, SeamError>, room: Option<streams::Room>) {
        let mut guard = lock(&self.state);
        let state = &mut *guard;
        let Some(stream) = state.streams.get_mut(&req).filter(|stream| !stream.done) else { return };
        stream.done = true;
        let post = match end {
            Ok(end) => {
                state.ledger.ended(&stream.entry, &end);
                Post::End(write_end(&end).unwrap_or_default().into())
            }
            Err(error) => {
                let failure = Failure::from(&error).to_json();
                state.ledger.failed(&stream.entry, error);
                Post::Fail(failure.into())
            }
        };
        self.mailbox.push(Event { room, ..Event::new(req, post) });
    }

    /// Something that the plugin may not do.
    pub(crate) fn violation(&self, what: &str) {
        let mut state = lock(&self.state);
        if state.violations.len() < NAMED {
            state.violations.push(plain(what, 1000));
        } else {
            state.unnamed_violations += 1;
        }
    }

    /// Ends the run for good: later calls are answered `GONE`, what is still open is abandoned.
    pub(crate) fn close(&self) -> State {
        let mut state = lock(&self.state);
        state.abandon_all();
        let closed = State { over: true, ..State::default() };
        let ended = std::mem::replace(&mut *state, closed);
        drop(state);
        self.mailbox.close();
        ended
    }

    pub(crate) fn dropped_log_lines(&self) -> u64 {
        self.log.dropped()
    }

    /// What calls are answered once the run is over or being cancelled.
    fn closed(&self) -> Option<Status> {
        // Asked first: a run that is over has been cancelled, too, but only after it was over.
        let cancelled = self.mailbox.is_cancelled();
        if lock(&self.state).over {
            return Some(Status::GONE);
        }
        cancelled.then_some(Status::CANCELLED)
    }

    fn refuse(&self, req: u64, failure: &Failure) -> Status {
        if self.mailbox.len() > UNFINISHED_REQUESTS {
            self.violation("refused calls again and again, and no look at the answers");
            self.stop.cancel();
            return Status::UNAVAILABLE;
        }
        self.mailbox.push(Event::new(req, Post::Fail(failure.to_json().into())));
        Status::OK
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("report", &self.report.name).finish_non_exhaustive()
    }
}

/// Ended streams that are remembered for a late `abandon`.
const REMEMBERED: usize = 1024;

/// Gaps that are named.
const NAMED_GAPS: usize = 100;

#[cfg(test)]
mod tests;

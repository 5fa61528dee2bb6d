//! The nine host functions, wrapped: what arrives is put where somebody waits for it.
#![expect(unsafe_code, reason = "the host's functions take pointers; everything above this file is safe")]

use crate::{Error, Result};
use exo_model::{Completeness, Gap, Span};
use exo_plugin_abi::{Event, EventKind, FOREVER, HostV0, NoteKind, Slice, Span as RawSpan, Status};
use exo_plugin_wire::{Failure, FailureKind, parse_end};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Gaps that a run tells at most.
const MOST_GAPS: u32 = 100;

/// What came for a request.
#[derive(Debug)]
pub(crate) enum Arrived {
    Page(RawPage),
    End(Completeness),
    Fail(Failure),
}

/// Where the answers to one request wait.
#[derive(Debug, Default)]
struct Slot {
    arrived: VecDeque<Arrived>,
    waker: Option<Waker>,
}

/// The run's side of the mailbox.
pub struct Mail {
    host: HostV0,
    next: Cell<u64>,
    cancelled: Cell<bool>,
    emitted: Cell<u64>,
    gaps: Cell<u32>,
    slots: RefCell<BTreeMap<u64, Slot>>,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("run", &self.host.run).field("cancelled", &self.cancelled).finish_non_exhaustive()
    }
}

impl Mail {
    /// Takes the host's table; none if it is not one.
    ///
    /// # Safety
    ///
    /// The pointer is null or leads to a table as [`HostV0`] promises it, good for as long as the run lasts.
    unsafe fn new(host: *const HostV0) -> Option<Rc<Self>> {
        if host.is_null() {
            return None;
        }
        // SAFETY: not null, and every table begins with its size.
        let size = unsafe { (*host).size };
        if size < HostV0::SIZE {
            return None;
        }
        // SAFETY: the table is as long as the one that is read.
        let host = unsafe { *host };
        Some(Rc::new(Self {
            host,
            next: Cell::new(1),
            cancelled: Cell::new(false),
            emitted: Cell::new(0),
            gaps: Cell::new(0),
            slots: RefCell::default(),
        }))
    }

    /// Begins a request; its number.
    pub(crate) fn submit(&self, body: &[u8]) -> Result<u64> {
        let req = self.next.get();
        self.next.set(req + 1);
        self.slots.borrow_mut().insert(req, Slot::default());
        // SAFETY: `ctx` is the table's, and the body outlives the call.
        let status = unsafe { (self.host.submit)(self.host.ctx, self.host.run, req, Slice::new(body)) };
        let done = self.answer(status, "take the request");
        if done.is_err() {
            self.slots.borrow_mut().remove(&req);
        }
        done.map(|()| req)
    }

    /// What came for a request, or a place in the queue. A page that is taken gives credit for the next.
    pub(crate) fn poll(&self, req: u64, cx: &Context<'_>) -> Poll<Arrived> {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(&req) else {
            return Poll::Ready(Arrived::Fail(Failure::new(FailureKind::Other, "the stream has ended")));
        };
        let Some(arrived) = slot.arrived.pop_front() else {
            slot.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        drop(slots);
        if matches!(arrived, Arrived::Page(_)) {
            // SAFETY: `ctx` is the table's. A refusal shows in the next event.
            let _: Status = unsafe { (self.host.pull)(self.host.ctx, self.host.run, req) };
        }
        Poll::Ready(arrived)
    }

    /// Nobody waits for this request any more; `open` says whether its end has not come yet.
    pub(crate) fn leave(&self, req: u64, open: bool) {
        let slot = self.slots.borrow_mut().remove(&req);
        drop(slot);
        if open {
            // SAFETY: `ctx` is the table's.
            unsafe { (self.host.abandon)(self.host.ctx, self.host.run, req) };
        }
    }

    /// Takes one event, waiting for it at most so long, or without end.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        let nanos = timeout.map_or(FOREVER, |t| u64::try_from(t.as_nanos()).unwrap_or(FOREVER - 1));
        let mut event = Event::empty();
        // SAFETY: `ctx` is the table's, and the event says how large it is.
        let status = unsafe { (self.host.wait)(self.host.ctx, self.host.run, nanos, &raw mut event) };
        self.answer(status, "wait")?;
        self.deliver(&event)
    }

    fn deliver(&self, event: &Event) -> Result<()> {
        // Made first, so that whatever the event holds is given back.
        let page = RawPage { host: self.host, event: *event };
        let arrived = match event.kind {
            EventKind::CANCEL => {
                self.cancelled.set(true);
                return Err(Error::cancelled());
            }
            EventKind::PAGE => Arrived::Page(page),
            EventKind::END => match parse_end(page.data()) {
                Ok(end) => Arrived::End(end),
                Err(error) => Arrived::Fail((&error).into()),
            },
            EventKind::FAIL => Arrived::Fail(Failure::parse(page.data())),
            _ => return Ok(()),
        };
        let waker = self.slots.borrow_mut().get_mut(&event.req).and_then(|slot| {
            slot.arrived.push_back(arrived);
            slot.waker.take()
        });
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Hands over rows.
    pub(crate) fn emit(&self, data: &[u8], spans: &[Span]) -> Result<()> {
        self.check()?;
        let rows = u32::try_from(spans.len()).map_err(|_| Error::limit("a batch has too many rows"))?;
        let raw: Vec<RawSpan> = spans.iter().map(|s| RawSpan { start: s.start, end: s.end }).collect();
        // SAFETY: `ctx` is the table's; data and spans outlive the call, and there are `rows` spans.
        let status = unsafe { (self.host.emit)(self.host.ctx, self.host.run, Slice::new(data), raw.as_ptr(), rows) };
        self.answer(status, "take the rows")?;
        self.emitted.set(self.emitted.get() + u64::from(rows));
        Ok(())
    }

    /// A line for the log, progress, a panic.
    pub(crate) fn note(&self, kind: NoteKind, body: &[u8]) {
        Note(self.host).send(kind, body);
    }

    /// Something that is missing from the result; a report that misses everything says so a hundred times.
    pub(crate) fn gap(&self, gap: &Gap) {
        let told = self.gaps.get();
        if told < MOST_GAPS
            && let Ok(body) = serde_json::to_vec(gap)
        {
            self.gaps.set(told + 1);
            self.note(NoteKind::GAP, &body);
        }
    }

    /// How the run ended.
    pub(crate) fn finish(&self, outcome: &[u8]) {
        // SAFETY: `ctx` is the table's, and the body outlives the call.
        unsafe { (self.host.finish)(self.host.ctx, self.host.run, Slice::new(outcome)) };
    }

    /// An error if the run is being cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancelled.get() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Rows that the host took.
    pub(crate) fn emitted(&self) -> u64 {
        self.emitted.get()
    }

    pub(crate) fn notify(&self) -> Notify {
        Notify(self.host)
    }

    pub(crate) fn notes(&self) -> Note {
        Note(self.host)
    }

    fn answer(&self, status: Status, what: &str) -> Result<()> {
        match status {
            Status::OK => Ok(()),
            Status::CANCELLED | Status::GONE => {
                self.cancelled.set(true);
                Err(Error::cancelled())
            }
            Status::TOO_LARGE => Err(Error::limit(format!("the host did not {what}: it is too large"))),
            other => Err(Error::message(format!("the host did not {what}: {}", other.name()))),
        }
    }
}

/// Runs what the host asked for, with the mailbox and the arguments' bytes; the only entrance.
///
/// # Safety
///
/// What [`RunFn`](exo_plugin_abi::RunFn) promises: the table is good as long as the run lasts, the arguments as long as the call.
pub unsafe fn enter(host: *const HostV0, args: Slice, run: impl FnOnce(&[u8], Rc<Mail>) -> Status) -> Status {
    // SAFETY: promised by the caller.
    let Some(mail) = (unsafe { Mail::new(host) }) else { return Status::REFUSED };
    // SAFETY: promised by the caller.
    let args = unsafe { args.as_bytes() };
    run(args, mail)
}

/// Ends another thread's wait.
pub(crate) struct Notify(HostV0);

// SAFETY: the table is plain data, and `notify` may be called by any thread, also after the run's end.
unsafe impl Send for Notify {}
// SAFETY: as for `Send`.
unsafe impl Sync for Notify {}

impl Notify {
    pub(crate) fn call(&self) {
        // SAFETY: `ctx` is the table's and is never freed.
        unsafe { (self.0.notify)(self.0.ctx, self.0.run) };
    }
}

/// Sends notes, wherever the mailbox itself is out of reach.
#[derive(Clone, Copy)]
pub(crate) struct Note(HostV0);

impl Note {
    pub(crate) fn send(self, kind: NoteKind, body: &[u8]) {
        // SAFETY: `ctx` is the table's, and the body outlives the call.
        unsafe { (self.0.note)(self.0.ctx, self.0.run, kind, Slice::new(body)) };
    }
}

/// What an event holds, given back when it is dropped.
pub(crate) struct RawPage {
    host: HostV0,
    event: Event,
}

impl RawPage {
    /// The page's bytes.
    pub(crate) fn data(&self) -> &[u8] {
        // SAFETY: the host keeps the data until `free`, which only `drop` calls. Data of an event without a page lives
        // until the next `wait`; such events do not leave `deliver`, except pages without bytes.
        unsafe { self.event.data.as_bytes() }
    }

    /// Where the records stand.
    fn spans(&self) -> &[RawSpan] {
        if self.event.spans.is_null() || self.event.rows == 0 {
            return &[];
        }
        // SAFETY: not null; the host promises `rows` spans until `free`.
        unsafe { std::slice::from_raw_parts(self.event.spans, self.event.rows as usize) }
    }

    pub(crate) fn len(&self) -> usize {
        self.spans().len()
    }

    /// The record at this place; empty where the span is not inside the data.
    pub(crate) fn record(&self, at: usize) -> Option<&[u8]> {
        let span = self.spans().get(at)?;
        Some(self.data().get(span.start as usize..span.end as usize).unwrap_or_default())
    }
}

impl Drop for RawPage {
    fn drop(&mut self) {
        if self.event.page != 0 {
            // SAFETY: `ctx` is the table's; nothing borrowed from this page is left.
            unsafe { (self.host.free)(self.host.ctx, self.host.run, self.event.page) };
        }
    }
}

impl fmt::Debug for RawPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawPage")
            .field("page", &self.event.page)
            .field("rows", &self.event.rows)
            .finish_non_exhaustive()
    }
}

//! The nine functions of the fake host: from pointers to its state, found by the run's key.
#![expect(unsafe_code, reason = "the table's functions take pointers; the state behind them is safe")]

use super::FakeRun;
use super::state::{Begun, Happened, State};
use exo_model::Span;
use exo_plugin_abi::{ABI_MINOR, Event, EventKind, HostV0, NoteKind, Slice, Span as RawSpan, Status};
use std::collections::BTreeMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// How long a run that waits for nothing may be woken by a thread of its own.
const PATIENCE: Duration = Duration::from_secs(5);

/// The runs that go on. A call with another key is late and answered `GONE`, as by the real host.
static RUNS: Mutex<BTreeMap<u64, Arc<Shared>>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Shared {
    state: Mutex<State>,
    pages: Mutex<BTreeMap<u64, Box<Happened>>>,
    /// What the last event points to that has no page.
    last: Mutex<Option<Box<Happened>>>,
    /// The thread that entered the plugin.
    home: ThreadId,
    notified: Mutex<bool>,
    bell: Condvar,
    /// What an answer of the test panicked with.
    panicked: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a plugin against this state; `enter` calls it with the table.
pub(super) fn run(state: State, enter: impl FnOnce(*const HostV0) -> Status) -> FakeRun {
    let key = NEXT.fetch_add(1, Ordering::Relaxed);
    let shared = Arc::new(Shared {
        state: Mutex::new(state),
        pages: Mutex::default(),
        last: Mutex::default(),
        home: thread::current().id(),
        notified: Mutex::new(false),
        bell: Condvar::new(),
        panicked: Mutex::default(),
    });
    lock(&RUNS).insert(key, Arc::clone(&shared));
    let host = lasting(HostV0 {
        size: HostV0::SIZE,
        minor: ABI_MINOR,
        run: key,
        ctx: null(),
        submit,
        pull,
        abandon,
        wait,
        notify,
        free,
        emit,
        note,
        finish,
    });
    let status = enter(host);
    lock(&RUNS).remove(&key);
    let panicked = lock(&shared.panicked).take();
    #[expect(clippy::panic, reason = "a test's own panic goes on where the test can see it")]
    if let Some(text) = panicked {
        panic!("{text}");
    }
    let leaked = lock(&shared.pages).len();
    let state = std::mem::take(&mut *lock(&shared.state));
    state.into_run(status, leaked)
}

/// A table for the rest of the process's life, as the real host's is: a thread that the plugin left behind may look into it.
fn lasting(table: HostV0) -> *const HostV0 {
    static TABLES: Mutex<Vec<AtomicPtr<HostV0>>> = Mutex::new(Vec::new());
    let table = Box::into_raw(Box::new(table));
    lock(&TABLES).push(AtomicPtr::new(table));
    table
}

/// Does something with a run, if it still goes on; no panic leaves.
fn with<T>(run: u64, late: T, bug: T, act: impl FnOnce(&Shared) -> T) -> T {
    let Some(shared) = lock(&RUNS).get(&run).cloned() else { return late };
    catch_unwind(AssertUnwindSafe(|| act(&shared))).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(ToString::to_string));
        *lock(&shared.panicked) = Some(format!("the answer of a test panicked: {}", text.unwrap_or_default()));
        bug
    })
}

/// As [`with`], for the functions that belong to the thread which entered the plugin.
fn with_home(run: u64, name: &str, act: impl FnOnce(&Shared) -> Status) -> Status {
    with(run, Status::GONE, Status::HOST_BUG, |shared| {
        if thread::current().id() == shared.home {
            return act(shared);
        }
        lock(&shared.state).fault(&format!("called `{name}` from another thread than the one that it was started on"));
        Status::WRONG_THREAD
    })
}

unsafe extern "C" fn submit(_: *const c_void, run: u64, req: u64, body: Slice) -> Status {
    with_home(run, "submit", |shared| {
        if let Some(status) = lock(&shared.state).number(req) {
            return status;
        }
        // SAFETY: the plugin lends the body for this call.
        let body = unsafe { body.as_bytes() };
        let begun = lock(&shared.state).begin(body);
        // Asked without the lock: whatever the test's function does, a panic included, reaches the state again.
        let answered = begun.map(Begun::answer);
        lock(&shared.state).open(req, answered)
    })
}

unsafe extern "C" fn pull(_: *const c_void, run: u64, req: u64) -> Status {
    with_home(run, "pull", |shared| lock(&shared.state).pull(req))
}

unsafe extern "C" fn abandon(_: *const c_void, run: u64, req: u64) {
    with(run, (), (), |shared| lock(&shared.state).abandon(req));
}

unsafe extern "C" fn wait(_: *const c_void, run: u64, timeout_ns: u64, event: *mut Event) -> Status {
    with_home(run, "wait", |shared| {
        // SAFETY: an event begins with its size, which the plugin has set.
        let size = if event.is_null() { 0 } else { unsafe { event.cast::<u32>().read() } };
        if size < Event::SIZE {
            lock(&shared.state).fault("called `wait` with memory that is not what it takes");
            return Status::INVALID;
        }
        let happened = next(shared, timeout_ns > 0);
        let filled = Event { size, ..fill(shared, happened) };
        // SAFETY: the plugin hands over an event of at least the first version's size, to be written.
        unsafe { event.write(filled) };
        Status::OK
    })
}

/// The next event; waits only where nothing but another thread can bring one.
fn next(shared: &Shared, waits: bool) -> Option<Happened> {
    let happened = lock(&shared.state).next(waits);
    if happened.is_some() || !waits {
        return happened;
    }
    let notified = lock(&shared.notified);
    let (mut notified, patience) = shared
        .bell
        .wait_timeout_while(notified, PATIENCE, |notified| !*notified)
        .unwrap_or_else(PoisonError::into_inner);
    *notified = false;
    if patience.timed_out() {
        lock(&shared.state).give_up();
        return lock(&shared.state).next(true);
    }
    None
}

fn fill(shared: &Shared, happened: Option<Happened>) -> Event {
    let mut event = Event::empty();
    let Some(happened) = happened else { return event };
    event.kind = EventKind(happened.kind);
    event.req = happened.req;
    // Boxed, so that what the event points to stays where it is.
    let happened = Box::new(happened);
    if event.kind != EventKind::PAGE {
        event.data = Slice::new(&happened.data);
        *lock(&shared.last) = Some(happened);
        return event;
    }
    let mut pages = lock(&shared.pages);
    let page = NEXT.fetch_add(1, Ordering::Relaxed);
    let held = pages.entry(page).or_insert(happened);
    event.page = page;
    event.data = Slice::new(&held.data);
    event.rows = u32::try_from(held.spans.len()).unwrap_or(0);
    event.spans = held.spans.as_ptr();
    event
}

unsafe extern "C" fn notify(_: *const c_void, run: u64) {
    with(run, (), (), |shared| {
        *lock(&shared.notified) = true;
        shared.bell.notify_all();
    });
}

unsafe extern "C" fn free(_: *const c_void, run: u64, page: u64) {
    with(run, (), (), |shared| drop(lock(&shared.pages).remove(&page)));
}

unsafe extern "C" fn emit(_: *const c_void, run: u64, data: Slice, spans: *const RawSpan, rows: u32) -> Status {
    with(run, Status::GONE, Status::HOST_BUG, |shared| {
        // SAFETY: the plugin lends the data for this call.
        let data = unsafe { data.as_bytes() };
        let spans: &[RawSpan] = if rows == 0 || spans.is_null() {
            &[]
        } else {
            // SAFETY: not null, and the plugin lends so many spans for this call.
            unsafe { std::slice::from_raw_parts(spans, rows as usize) }
        };
        let spans: Vec<_> = spans.iter().map(|span| Span { start: span.start, end: span.end }).collect();
        lock(&shared.state).emit(data, &spans)
    })
}

unsafe extern "C" fn note(_: *const c_void, run: u64, kind: NoteKind, body: Slice) {
    with(run, (), (), |shared| {
        // SAFETY: the plugin lends the body for this call.
        let body = unsafe { body.as_bytes() };
        lock(&shared.state).note(kind, body);
    });
}

unsafe extern "C" fn finish(_: *const c_void, run: u64, outcome: Slice) {
    with(run, (), (), |shared| {
        // SAFETY: the plugin lends the outcome for this call.
        let outcome = unsafe { outcome.as_bytes() };
        lock(&shared.state).finish(outcome);
    });
}

//! The nine functions of the boundary, the same in every carrier, and the one place that enters plugin code.
#![expect(unsafe_code, reason = "the functions of the boundary take pointers")]

use super::Loaded;
use crate::lock;
use crate::mailbox::{Event, Mailbox, Post};
use bytes::Bytes;
use exo_model::{Page, Span};
use exo_plugin_abi::{
    ABI_MINOR, Event as RawEvent, EventKind, FOREVER, HostV0, NoteKind, Slice, Span as RawSpan, Status,
};
use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

/// What a carrier does when the plugin calls. Nothing here is a pointer any more.
pub(crate) trait Backend: Send + Sync {
    fn submit(&self, req: u64, body: &[u8]) -> Status;
    fn pull(&self, req: u64) -> Status;
    fn abandon(&self, req: u64);
    fn wait(&self, time: Option<Duration>) -> Option<Event>;
    fn emit(&self, data: &[u8], spans: &[Span]) -> Status;
    fn note(&self, kind: NoteKind, body: &[u8]);
    fn finish(&self, outcome: &[u8]);
    /// The plugin called as the boundary does not allow. It is answered by a status, and told whether it looks or not.
    fn fault(&self, what: &str);
    /// For `notify` and `free`, which never leave the process that the plugin is in.
    fn mailbox(&self) -> &Mailbox;
}

/// The runs of a process by their numbers. It is what `ctx` points to, and is never freed.
#[derive(Default)]
pub(crate) struct Registry {
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    last: u64,
    runs: HashMap<u64, Arc<Active>>,
}

struct Active {
    backend: Arc<dyn Backend>,
    /// The thread that entered the plugin.
    thread: ThreadId,
    /// The data of the last event that has no page.
    data: Mutex<Bytes>,
}

impl Registry {
    /// A registry for the rest of the process's life.
    pub(crate) fn leaked() -> &'static Self {
        Box::leak(Box::default())
    }

    /// Enters the plugin on this thread, and comes back when it returns.
    pub(crate) fn enter(&'static self, backend: Arc<dyn Backend>, plugin: Loaded, args: &[u8]) -> Status {
        let thread = std::thread::current().id();
        let run = {
            let mut inside = lock(&self.inside);
            inside.last += 1;
            let run = inside.last;
            inside.runs.insert(run, Arc::new(Active { backend, thread, data: Mutex::default() }));
            run
        };
        // Leaked: a thread that the plugin left behind may still look into it. It is a hundred bytes.
        let table: &'static HostV0 = Box::leak(Box::new(self.table(run)));
        // SAFETY: the table lives for ever, the arguments as long as the call; `plugin` was checked when it was loaded.
        let status = unsafe { (plugin.run)(table, Slice::new(args)) };
        lock(&self.inside).runs.remove(&run);
        status
    }

    fn table(&'static self, run: u64) -> HostV0 {
        HostV0 {
            size: HostV0::SIZE,
            minor: ABI_MINOR,
            run,
            ctx: std::ptr::from_ref(self).cast(),
            submit,
            pull,
            abandon,
            wait,
            notify,
            free,
            emit,
            note,
            finish,
        }
    }

    fn find(&self, run: u64) -> Option<Arc<Active>> {
        lock(&self.inside).runs.get(&run).map(Arc::clone)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("runs", &lock(&self.inside).runs.len()).finish_non_exhaustive()
    }
}

/// Does something for a run that is not over, and lets no panic out.
fn call(ctx: *const c_void, run: u64, act: impl FnOnce(&Active) -> Status) -> Status {
    let work = AssertUnwindSafe(|| {
        // SAFETY: `ctx` is that of the table: a registry that is never freed.
        let registry = unsafe { ctx.cast::<Registry>().as_ref() };
        registry.and_then(|registry| registry.find(run)).map_or(Status::GONE, |active| act(&active))
    });
    catch_unwind(work).unwrap_or(Status::HOST_BUG)
}

/// As [`call`], for the functions that belong to the thread which entered the plugin.
fn call_at_home(ctx: *const c_void, run: u64, name: &str, act: impl FnOnce(&Active) -> Status) -> Status {
    call(ctx, run, |active| {
        if std::thread::current().id() == active.thread {
            return act(active);
        }
        active.backend.fault(&format!("called `{name}` from another thread than the one that it was started on"));
        Status::WRONG_THREAD
    })
}

/// The bytes that a plugin lends for one call; `None` when it lends nothing at all but says it does.
fn lent<'a>(active: &Active, name: &str, slice: Slice) -> Option<&'a [u8]> {
    if slice.ptr.is_null() && slice.len > 0 {
        active.invalid(name);
        return None;
    }
    // SAFETY: the boundary asks of the plugin that the slice is good for as long as the call lasts, and no reference to
    // it outlives the call: every backend takes it borrowed.
    Some(unsafe { slice.as_bytes() })
}

unsafe extern "C" fn submit(ctx: *const c_void, run: u64, req: u64, body: Slice) -> Status {
    call_at_home(ctx, run, "submit", |active| {
        lent(active, "submit", body).map_or(Status::INVALID, |body| active.backend.submit(req, body))
    })
}

unsafe extern "C" fn pull(ctx: *const c_void, run: u64, req: u64) -> Status {
    call_at_home(ctx, run, "pull", |active| active.backend.pull(req))
}

unsafe extern "C" fn abandon(ctx: *const c_void, run: u64, req: u64) {
    call(ctx, run, |active| {
        active.backend.abandon(req);
        Status::OK
    });
}

unsafe extern "C" fn wait(ctx: *const c_void, run: u64, timeout_ns: u64, event: *mut RawEvent) -> Status {
    call_at_home(ctx, run, "wait", |active| {
        if event.is_null() || !event.is_aligned() {
            return active.invalid("wait");
        }
        // SAFETY: an event begins with its size, which the plugin has set.
        let size = unsafe { event.cast::<u32>().read() };
        if size < RawEvent::SIZE {
            return active.invalid("wait");
        }
        let time = (timeout_ns != FOREVER).then(|| Duration::from_nanos(timeout_ns));
        let told = RawEvent { size, ..active.tell(time) };
        // SAFETY: the plugin says that it has room for this version's event, and lends it for the call.
        unsafe { event.write(told) };
        Status::OK
    })
}

unsafe extern "C" fn notify(ctx: *const c_void, run: u64) {
    call(ctx, run, |active| {
        active.backend.mailbox().notify();
        Status::OK
    });
}

unsafe extern "C" fn free(ctx: *const c_void, run: u64, page: u64) {
    call(ctx, run, |active| {
        active.backend.mailbox().free(page);
        Status::OK
    });
}

unsafe extern "C" fn emit(ctx: *const c_void, run: u64, data: Slice, spans: *const RawSpan, rows: u32) -> Status {
    call(ctx, run, |active| {
        let Some(data) = lent(active, "emit", data) else { return Status::INVALID };
        lent_spans(spans, rows).map_or_else(|| active.invalid("emit"), |spans| active.backend.emit(data, spans))
    })
}

unsafe extern "C" fn note(ctx: *const c_void, run: u64, kind: NoteKind, body: Slice) {
    call(ctx, run, |active| {
        lent(active, "note", body).map_or(Status::INVALID, |body| {
            active.backend.note(kind, body);
            Status::OK
        })
    });
}

unsafe extern "C" fn finish(ctx: *const c_void, run: u64, outcome: Slice) {
    call(ctx, run, |active| {
        lent(active, "finish", outcome).map_or(Status::INVALID, |outcome| {
            active.backend.finish(outcome);
            Status::OK
        })
    });
}

fn lent_spans<'a>(spans: *const RawSpan, rows: u32) -> Option<&'a [Span]> {
    if rows == 0 {
        return Some(&[]);
    }
    if spans.is_null() || !spans.is_aligned() {
        return None;
    }
    // SAFETY: as for `lent`; both types are a pair of `u32`, which is asserted below.
    Some(unsafe { std::slice::from_raw_parts(spans.cast::<Span>(), rows as usize) })
}

impl Active {
    fn invalid(&self, name: &str) -> Status {
        self.backend.fault(&format!("called `{name}` with memory that is not what it takes"));
        Status::INVALID
    }

    /// Waits for an event, and keeps what it points to.
    fn tell(&self, time: Option<Duration>) -> RawEvent {
        let mut told = RawEvent::empty();
        let Some(event) = self.backend.wait(time) else { return told };
        told.req = event.req;
        match event.post {
            Post::Page(page) => {
                told.kind = EventKind::PAGE;
                self.backend.mailbox().hold(page, |handle, page| point(&mut told, handle, page));
            }
            Post::End(data) => {
                told.kind = EventKind::END;
                told.data = self.keep(data);
            }
            Post::Fail(data) => {
                told.kind = EventKind::FAIL;
                told.status = Status::PLUGIN_FAILED;
                told.data = self.keep(data);
            }
            Post::Cancel => told.kind = EventKind::CANCEL,
            Post::Emitted(_) => {}
        }
        told
    }

    /// Keeps data until the next event.
    fn keep(&self, data: Bytes) -> Slice {
        let slice = Slice::new(&data);
        *lock(&self.data) = data;
        slice
    }
}

fn point(event: &mut RawEvent, handle: u64, page: &Page) {
    event.page = handle;
    event.rows = u32::try_from(page.len()).unwrap_or_default();
    event.data = Slice::new(page.body());
    event.spans = page.spans().as_ptr().cast();
}

const _: () = {
    assert!(size_of::<Span>() == size_of::<RawSpan>() && align_of::<Span>() == align_of::<RawSpan>());
    assert!(std::mem::offset_of!(Span, start) == std::mem::offset_of!(RawSpan, start));
    assert!(std::mem::offset_of!(Span, end) == std::mem::offset_of!(RawSpan, end));
};

#[cfg(test)]
mod tests;

//! The functions as a plugin calls them, through pointers; also under Miri, which loads no library.

use super::*;
use exo_plugin_abi::RunFn;

/// A host that writes down what reaches it.
#[derive(Default)]
struct Written {
    mailbox: Mailbox,
    said: Mutex<Vec<String>>,
}

impl Written {
    fn say(&self, what: String) -> Status {
        lock(&self.said).push(what);
        Status::OK
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Backend for Written {
    fn submit(&self, req: u64, body: &[u8]) -> Status {
        self.mailbox.push(Event::new(req, Post::Page(Page::from_records(["{\"n\":1}", "{\"n\":22}"]))));
        self.mailbox.push(Event::new(req, Post::End(Bytes::from_static(b"{}"))));
        self.mailbox.push(Event::new(req + 1, Post::Fail(Bytes::from_static(b"no"))));
        self.say(format!("submit {req} {}", text(body)))
    }

    fn pull(&self, req: u64) -> Status {
        self.say(format!("pull {req}"))
    }

    fn abandon(&self, req: u64) {
        self.say(format!("abandon {req}"));
    }

    fn wait(&self, time: Option<Duration>) -> Option<Event> {
        self.mailbox.wait(time)
    }

    fn emit(&self, data: &[u8], spans: &[Span]) -> Status {
        let rows: Vec<_> = spans.iter().map(|span| text(&data[span.start as usize..span.end as usize])).collect();
        self.say(format!("emit {}", rows.join(" ")))
    }

    fn note(&self, kind: NoteKind, body: &[u8]) {
        self.say(format!("note {} {}", kind.0, text(body)));
    }

    fn finish(&self, outcome: &[u8]) {
        self.say(format!("finish {}", text(outcome)));
    }

    fn fault(&self, what: &str) {
        self.say(what.to_owned());
    }

    fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }
}

/// What such a plugin did, and what it returned.
fn entered(run: RunFn) -> (Vec<String>, Status) {
    let written = Arc::new(Written::default());
    let backend: Arc<dyn Backend> = Arc::<Written>::clone(&written);
    let status = Registry::leaked().enter(backend, Loaded { run, built_with: "by hand" }, b"asked");
    assert_eq!(written.mailbox.pages_out(), 0, "every page was given back");
    let said = lock(&written.said).clone();
    (said, status)
}

/// Takes an event, with the records of its page or its data.
unsafe fn take(host: &HostV0) -> (EventKind, u64, Vec<String>) {
    let mut event = RawEvent::empty();
    // SAFETY: `ctx` is the table's, and the event is ours.
    assert!(unsafe { (host.wait)(host.ctx, host.run, FOREVER, &raw mut event) }.is_ok());
    // SAFETY: the data is good until the page is given back, or the next event.
    let data = unsafe { event.data.as_bytes() };
    let spans = if event.rows == 0 {
        &[]
    } else {
        // SAFETY: the host promises so many spans for as long.
        unsafe { std::slice::from_raw_parts(event.spans, event.rows as usize) }
    };
    let records = spans.iter().map(|span| text(&data[span.start as usize..span.end as usize]));
    let told = if event.kind == EventKind::PAGE { records.collect() } else { vec![text(data)] };
    // SAFETY: nothing of the page is borrowed any more.
    unsafe { (host.free)(host.ctx, host.run, event.page) };
    (event.kind, event.req, told)
}

#[test]
fn what_a_plugin_lends_arrives_and_what_it_is_lent_can_be_read() {
    unsafe extern "C" fn run(host: *const HostV0, args: Slice) -> Status {
        // SAFETY: the host's table is never freed.
        let host: &'static HostV0 = unsafe { &*host };
        let body = text(b"asked") + "!";
        // SAFETY: the arguments are good for the call.
        assert_eq!(unsafe { args.as_bytes() }, b"asked");
        // SAFETY: `ctx` and `run` are the table's; what is lent lives as long as the call.
        assert!(unsafe { (host.submit)(host.ctx, host.run, 7, Slice::new(body.as_bytes())) }.is_ok());
        // SAFETY: the host is one.
        let told: Vec<_> = (0..3).map(|_| unsafe { take(host) }).collect();
        assert_eq!(told[0], (EventKind::PAGE, 7, vec!["{\"n\":1}".into(), "{\"n\":22}".into()]));
        assert_eq!(told[1], (EventKind::END, 7, vec!["{}".into()]));
        assert_eq!(told[2], (EventKind::FAIL, 8, vec!["no".into()]));
        let (rows, spans) = (b"[1][2]".to_vec(), [RawSpan { start: 0, end: 3 }, RawSpan { start: 3, end: 6 }]);
        // SAFETY: as above.
        assert!(unsafe { (host.emit)(host.ctx, host.run, Slice::new(&rows), spans.as_ptr(), 2) }.is_ok());
        // SAFETY: as above; no spans are lent where there are no rows.
        assert!(unsafe { (host.emit)(host.ctx, host.run, Slice::EMPTY, std::ptr::null(), 0) }.is_ok());
        // SAFETY: as above.
        unsafe { (host.pull)(host.ctx, host.run, 7) };
        // SAFETY: as above.
        unsafe { (host.abandon)(host.ctx, host.run, 7) };
        // SAFETY: as above.
        unsafe { (host.note)(host.ctx, host.run, NoteKind::LOG, Slice::new(b"x")) };
        // SAFETY: as above.
        unsafe { (host.finish)(host.ctx, host.run, Slice::new(b"{}")) };
        Status::OK
    }
    let (said, status) = entered(run);
    assert_eq!(status, Status::OK);
    assert_eq!(said, ["submit 7 asked!", "emit [1] [2]", "emit ", "pull 7", "abandon 7", "note 1 x", "finish {}"]);
}

#[test]
fn a_plugin_may_notify_from_any_thread_and_is_gone_after_its_run() {
    static TABLE: std::sync::atomic::AtomicPtr<HostV0> = std::sync::atomic::AtomicPtr::new(std::ptr::null_mut());
    unsafe extern "C" fn run(host: *const HostV0, _: Slice) -> Status {
        TABLE.store(host.cast_mut(), std::sync::atomic::Ordering::SeqCst);
        let other = std::thread::spawn(|| {
            // SAFETY: the host's table is never freed.
            let host: &'static HostV0 = unsafe { &*TABLE.load(std::sync::atomic::Ordering::SeqCst) };
            // SAFETY: `ctx` and `run` are the table's, and any thread may call it.
            unsafe { (host.notify)(host.ctx, host.run) };
            // SAFETY: as above, though it is not this thread's to call.
            assert_eq!(unsafe { (host.pull)(host.ctx, host.run, 1) }, Status::WRONG_THREAD);
        });
        // SAFETY: the host's table is never freed.
        let host: &'static HostV0 = unsafe { &*host };
        let mut event = RawEvent::empty();
        // SAFETY: the event is ours.
        assert!(unsafe { (host.wait)(host.ctx, host.run, FOREVER, &raw mut event) }.is_ok());
        assert_eq!(event.kind, EventKind::NONE);
        other.join().unwrap();
        Status::OK
    }
    let (said, _) = entered(run);
    assert_eq!(said, ["called `pull` from another thread than the one that it was started on"]);
    // SAFETY: the host's table is never freed.
    let host: &'static HostV0 = unsafe { &*TABLE.load(std::sync::atomic::Ordering::SeqCst) };
    // SAFETY: as above; the run is over.
    assert_eq!(unsafe { (host.emit)(host.ctx, host.run, Slice::EMPTY, std::ptr::null(), 0) }, Status::GONE);
}

#[test]
fn memory_that_is_not_what_it_should_be_is_refused_and_told() {
    unsafe extern "C" fn run(host: *const HostV0, _: Slice) -> Status {
        // SAFETY: the host's table is never freed.
        let host: &'static HostV0 = unsafe { &*host };
        let nowhere = Slice { ptr: std::ptr::null(), len: 3 };
        // SAFETY: nothing is lent, which the host is to notice.
        assert_eq!(unsafe { (host.submit)(host.ctx, host.run, 1, nowhere) }, Status::INVALID);
        // SAFETY: as above.
        assert_eq!(unsafe { (host.emit)(host.ctx, host.run, Slice::EMPTY, std::ptr::null(), 2) }, Status::INVALID);
        // SAFETY: as above.
        assert_eq!(unsafe { (host.wait)(host.ctx, host.run, 0, std::ptr::null_mut()) }, Status::INVALID);
        let mut small = RawEvent { size: 8, ..RawEvent::empty() };
        // SAFETY: the event is ours, and says that it is smaller than it is.
        assert_eq!(unsafe { (host.wait)(host.ctx, host.run, 0, &raw mut small) }, Status::INVALID);
        Status::OK
    }
    let (said, _) = entered(run);
    let memory = |name: &str| format!("called `{name}` with memory that is not what it takes");
    assert_eq!(said, ["submit", "emit", "wait", "wait"].map(memory));
}

//! A plugin written by hand against the bare tables, with one mode for every hazard of the boundary.
//!
//! It depends on the tables and the standard library alone, so that a bare compiler builds it in every way.
#![expect(unsafe_code, reason = "it stands for plugins of any make")]
#![expect(clippy::print_stdout, clippy::print_stderr, clippy::exit, reason = "misbehaving is what it is for")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "misbehaving is what it is for")]

use exo_plugin_abi::{Event, EventKind, FOREVER, HostV0, NoteKind, PluginV0, Slice, Span, Status};
use std::cell::RefCell;
use std::ffi::{c_int, c_ulong};
use std::sync::atomic::{AtomicU32, Ordering};

const JSON: &str = r#"{"format":1,"name":"conformance","version":"1.4.2","about":"Misbehaves on demand",
"abi":{"major":0,"needs":0},"sdk":"by hand","reports":[{"name":"hazard","about":"","kind":"inventory","parallel":8,
"needs":[{"service":"exo","cmdlets":[{"name":"Get-Mailbox","parameters":["ResultSize"],"properties":["UserPrincipalName"]},
{"name":"Get-MailboxStatistics","parameters":["Identity"],"properties":["ItemCount"]}]}],
"params":[{"name":"mode","type":"string"}],
"columns":[{"name":"name","type":"string","key":true},{"name":"item","type":"integer"}]}]}"#;

const LENGTH: usize = JSON.len() + 12;

const fn framed() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let head = [b'E', b'X', b'O', b'M', 1, 0, 0, 0];
    let mut i = 0;
    while i < head.len() {
        bytes[i] = head[i];
        i += 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is a page of text")]
    let length = (JSON.len() as u32).to_le_bytes();
    while i < 12 {
        bytes[i] = length[i - 8];
        i += 1;
    }
    while i < LENGTH {
        bytes[i] = JSON.as_bytes()[i - 12];
        i += 1;
    }
    bytes
}

// SAFETY: the name is that of the boundary.
#[unsafe(no_mangle)]
static EXO_PLUGIN_MANIFEST_V0: [u8; LENGTH] = framed();

// SAFETY: the name is that of the boundary.
#[unsafe(no_mangle)]
pub(crate) static EXO_PLUGIN_V0: PluginV0 = PluginV0::new(&EXO_PLUGIN_MANIFEST_V0, "by hand", "", run);

/// What the thread that `late` left behind was answered.
static LATE: AtomicU32 = AtomicU32::new(u32::MAX);

/// The host's table with the pointers hidden.
#[derive(Clone, Copy)]
struct Host(&'static HostV0);

// SAFETY: the boundary lets any thread of the plugin call the table's functions, `ctx` included.
unsafe impl Send for Host {}

/// An event whose data has been copied.
struct Told {
    kind: EventKind,
    req: u64,
    page: u64,
    rows: Vec<Vec<u8>>,
    data: Vec<u8>,
}

impl Host {
    fn submit(self, req: u64, body: &str) -> Status {
        // SAFETY: `ctx` and `run` are those of the table, the body lives as long as the call.
        unsafe { (self.0.submit)(self.0.ctx, self.0.run, req, Slice::new(body.as_bytes())) }
    }

    fn pull(self, req: u64) {
        // SAFETY: as above.
        unsafe { (self.0.pull)(self.0.ctx, self.0.run, req) };
    }

    fn abandon(self, req: u64) {
        // SAFETY: as above.
        unsafe { (self.0.abandon)(self.0.ctx, self.0.run, req) };
    }

    fn free(self, page: u64) {
        // SAFETY: as above.
        unsafe { (self.0.free)(self.0.ctx, self.0.run, page) };
    }

    fn raw_wait(self, timeout: u64, event: &mut Event) -> Status {
        // SAFETY: as above, and the event is ours.
        unsafe { (self.0.wait)(self.0.ctx, self.0.run, timeout, event) }
    }

    fn wait(self) -> Told {
        let mut event = Event::empty();
        assert!(self.raw_wait(FOREVER, &mut event).is_ok());
        // SAFETY: data and spans are good until the page is given back, or the next event.
        let data = unsafe { event.data.as_bytes() };
        let spans = if event.rows == 0 {
            &[]
        } else {
            // SAFETY: as above.
            unsafe { std::slice::from_raw_parts(event.spans, event.rows as usize) }
        };
        let rows = spans.iter().map(|s| data[s.start as usize..s.end as usize].to_vec()).collect();
        Told { kind: event.kind, req: event.req, page: event.page, rows, data: data.to_vec() }
    }

    fn emit_raw(self, data: &[u8], spans: &[Span]) -> Status {
        let rows = u32::try_from(spans.len()).unwrap();
        // SAFETY: as above.
        unsafe { (self.0.emit)(self.0.ctx, self.0.run, Slice::new(data), spans.as_ptr(), rows) }
    }

    fn row(self, row: &[u8]) -> Status {
        self.emit_raw(row, &[Span { start: 0, end: u32::try_from(row.len()).unwrap() }])
    }

    fn cells(self, name: &str, item: u64) -> Status {
        self.row(format!("[{},{item}]", quoted(name)).as_bytes())
    }

    fn note(self, kind: NoteKind, body: &str) {
        // SAFETY: as above.
        unsafe { (self.0.note)(self.0.ctx, self.0.run, kind, Slice::new(body.as_bytes())) };
    }

    fn say(self, text: &str) {
        self.note(NoteKind::LOG, &format!(r#"{{"level":"info","message":{}}}"#, quoted(text)));
    }

    fn finish(self, body: &str) {
        // SAFETY: as above.
        unsafe { (self.0.finish)(self.0.ctx, self.0.run, Slice::new(body.as_bytes())) };
    }
}

unsafe extern "C" fn run(host: *const HostV0, args: Slice) -> Status {
    // SAFETY: the host hands over a table, and this plugin relies on the host's never freeing it.
    let host = Host(unsafe { &*host });
    // SAFETY: the arguments are good for the call.
    let args = unsafe { args.as_bytes() };
    let mode = text_of(args, "mode");
    std::panic::catch_unwind(|| act(host, &mode)).unwrap_or_else(|_| {
        host.note(NoteKind::PANIC, r#"{"message":"as asked","file":"src/report.rs","line":7,"column":9}"#);
        Status::PANICKED
    })
}

#[expect(clippy::too_many_lines, reason = "a table: one line for each mode")]
fn act(host: Host, mode: &str) -> Status {
    match mode {
        "stream" => return stream(host),
        "eight" => eight(host),
        "panic" => panic!("as asked"),
        "panic-in-drop" => drop(Fragile),
        "double-panic" => {
            let _fragile = Fragile;
            panic!("as asked");
        }
        "stack-overflow" => host.say(&deep(1).to_string()),
        "out-of-memory" => {
            let mut held = Vec::new();
            loop {
                held.push(vec![1_u8; 1 << 20]);
            }
        }
        "thread-local" => LEFT.set(Some(Left(host))),
        "unread" => unit(host.submit(1, r#"{"cmdlet":"Remove-Mailbox","parameters":{"Identity":"a"}}"#)),
        "endless" => endless(host),
        "exit" => std::process::exit(7),
        "abort" => std::process::abort(),
        // SAFETY: it is not safe at all; the carrier is to notice.
        "segfault" => unsafe { std::ptr::without_provenance_mut::<u8>(8).write_volatile(1) },
        "spin" => spin(host, std::time::Duration::MAX),
        // Long enough to be given up, and short enough not to burn a processor until the tests end.
        "spin-a-while" => spin(host, std::time::Duration::from_secs(3)),
        "arity" => unit(host.row(br#"["a"]"#)),
        "type" => unit(host.row(br#"["a","b"]"#)),
        "utf8" => unit(host.row(b"[\"\xff\xfe\",1]")),
        "spans" => unit(host.emit_raw(br#"["a",1]"#, &[Span { start: 0, end: 700 }])),
        "backwards" => {
            unit(host.emit_raw(br#"["a",1]["b",2]"#, &[Span { start: 7, end: 14 }, Span { start: 0, end: 7 }]));
        }
        "huge" => unit(host.cells(&"x".repeat(2 << 20), 1)),
        "monstrous" => unit(host.cells(&"x".repeat(20 << 20), 1)),
        "undeclared" => refused(host, r#"{"cmdlet":"Remove-Mailbox","parameters":{"Identity":"a"}}"#),
        "parameter" => refused(host, r#"{"cmdlet":"Get-Mailbox","parameters":{"Filter":"a"}}"#),
        "request" => refused(host, "{"),
        "large-request" => refused(host, &format!(r#"{{"cmdlet":"Get-Mailbox","x":"{}"}}"#, "x".repeat(300 << 10))),
        "twice" => {
            host.submit(1, r#"{"cmdlet":"Get-Mailbox"}"#);
            host.submit(1, r#"{"cmdlet":"Get-Mailbox"}"#);
        }
        "late" => late(host),
        "late-answer" => unit(host.cells(Status(LATE.load(Ordering::SeqCst)).name(), 0)),
        "noise" => {
            println!("plain\x1b[31m noise");
            eprintln!("more noise");
            host.cells("quiet", 1);
        }
        "flood" => (0..1000).for_each(|n| host.say(&format!("line {n}"))),
        "leak" => {
            host.submit(1, r#"{"cmdlet":"Get-Mailbox"}"#);
            host.wait();
        }
        "wrong-thread" => {
            let status = std::thread::spawn(move || host.submit(1, r#"{"cmdlet":"Get-Mailbox"}"#)).join().unwrap();
            host.cells(status.name(), 0);
        }
        "small-event" => {
            let mut event = Event { size: 8, ..Event::empty() };
            host.cells(host.raw_wait(0, &mut event).name(), 0);
        }
        "abandon" => {
            host.submit(1, r#"{"cmdlet":"Get-Mailbox"}"#);
            let told = host.wait();
            host.free(told.page);
            host.abandon(1);
        }
        "network" => drop(std::net::TcpListener::bind("127.0.0.1:0").unwrap()),
        "nothing" => {}
        "unexplained" => return Status::OK,
        "failed" => {
            host.finish(r#"{"error":{"kind":"not-found","message":"no such mailbox"},"rows":0}"#);
            return Status::PLUGIN_FAILED;
        }
        "look" => look(host),
        "grandchild" => {
            let quiet = std::process::Stdio::null;
            let sleep = std::process::Command::new("/bin/sleep").arg("1000").stdout(quiet()).stderr(quiet()).spawn();
            host.say(&format!("pid {}", sleep.unwrap().id()));
        }
        _ => return Status::REFUSED,
    }
    host.finish("{}");
    Status::OK
}

/// Whatever the host answered: these modes do not look.
fn unit(_: Status) {}

/// A row for each record, until the end.
fn stream(host: Host) -> Status {
    host.submit(1, r#"{"cmdlet":"Get-Mailbox","parameters":{"ResultSize":"Unlimited"}}"#);
    loop {
        let told = host.wait();
        match told.kind {
            EventKind::PAGE => {
                host.pull(1);
                for row in &told.rows {
                    if !host.cells(&text_of(row, "UserPrincipalName"), told.req).is_ok() {
                        break;
                    }
                }
                host.free(told.page);
            }
            EventKind::END => {
                host.finish("{}");
                return Status::OK;
            }
            EventKind::CANCEL => return Status::CANCELLED,
            _ => {
                host.finish(&format!(r#"{{"error":{}}}"#, String::from_utf8_lossy(&told.data)));
                return Status::PLUGIN_FAILED;
            }
        }
    }
}

/// Eight calls at once.
fn eight(host: Host) {
    for n in 0..8 {
        host.submit(n, &format!(r#"{{"cmdlet":"Get-MailboxStatistics","parameters":{{"Identity":"user{n}"}}}}"#));
    }
    let mut ends = 0;
    while ends < 8 {
        let told = host.wait();
        host.free(told.page);
        ends += u64::from(told.kind == EventKind::END);
    }
    host.cells("ends", ends);
}

/// Does not yield, after it has said that it runs and under which number.
fn spin(host: Host, time: std::time::Duration) {
    host.say(&format!("pid {}", std::process::id()));
    let began = std::time::Instant::now();
    while began.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Asks for what will be refused, and looks at the refusal.
fn refused(host: Host, body: &str) {
    let status = host.submit(1, body);
    assert!(status.is_ok(), "a refusal comes as an event");
    let told = host.wait();
    assert!(told.kind == EventKind::FAIL && told.req == 1);
}

/// Leaves a thread behind that calls after the end.
fn late(host: Host) {
    std::thread::spawn(move || {
        loop {
            host.say("still here");
            let status = host.cells("late", 1);
            if !status.is_ok() {
                LATE.store(status.0, Ordering::SeqCst);
                return;
            }
        }
    });
}

/// Gives rows whatever it is answered, and stops only where nobody could stop it.
fn endless(host: Host) {
    let mut refused = 0;
    while refused < 100_000 {
        refused += u32::from(!host.cells("again", 1).is_ok());
    }
}

/// Needs more stack at every level, and cannot be made a loop.
fn deep(level: u64) -> u64 {
    let room = std::hint::black_box([level; 512]);
    if level == u64::MAX { 0 } else { deep(level + 1) + room[511] }
}

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        panic!("as asked");
    }
}

/// Calls the host when its thread ends, which is after the run.
struct Left(Host);

impl Drop for Left {
    fn drop(&mut self) {
        self.0.cells("late", 1);
    }
}

thread_local! {
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text of a member that has no escapes, wherever it stands.
fn text_of(json: &[u8], member: &str) -> String {
    let json = std::str::from_utf8(json).unwrap();
    let after = json.split_once(&format!("\"{member}\":\"")).map(|(_, after)| after);
    after.and_then(|after| after.split_once('"')).map(|(text, _)| text.to_owned()).unwrap_or_default()
}

unsafe extern "C" {
    fn fcntl(descriptor: c_int, command: c_int, ...) -> c_int;
    fn prctl(option: c_int, ...) -> c_int;
    fn getpgrp() -> c_int;
}

/// What the process has: environment, descriptors, input.
fn look(host: Host) {
    host.cells("environment", std::env::vars_os().count() as u64);
    // SAFETY: 1 asks for the flags of a descriptor, of which only the number is given.
    let open = |number: &c_int| unsafe { fcntl(*number, 1) } >= 0;
    host.cells("descriptors", (0..1024).filter(open).count() as u64);
    let mut signal: c_int = 0;
    // SAFETY: 2 asks for the signal of the parent's death, which is written to an integer of ours.
    unsafe { prctl(2, &raw mut signal as c_ulong) };
    host.cells("parent's death", u64::from(signal.unsigned_abs()));
    // SAFETY: it has no arguments and cannot fail.
    let own = unsafe { getpgrp() }.unsigned_abs() == std::process::id();
    host.cells("own group", own.into());
    let mut input = String::new();
    host.cells("input", std::io::Read::read_to_string(&mut std::io::stdin(), &mut input).unwrap() as u64);
}

//! A plugin in a process of its own: the child's side, which forwards each function as a frame and decides nothing.
#![expect(unsafe_code, reason = "descriptors come as numbers")]

use super::Loaded;
use super::buffers::Buffers;
use super::frames::{Kind, Outgoing, ROOM, SPAN, read_frame, write_frame};
use super::orders::Orders;
use super::table::{Backend, Registry};
use crate::mailbox::{Event, Mailbox, Post};
use crate::sandbox::{self, Confinement};
use crate::{Isolation, lock};
use exo_model::{Page, Span};
use exo_plugin_abi::{NoteKind, Status};
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, BufReader};
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The `main` of a child that runs one plugin once.
///
/// A program hands over the arguments that follow its hidden subcommand, before it has done anything else: started a
/// thread, opened a file, read a setting. [`Carrier::Child`](crate::Carrier::Child) adds them when it starts the program.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     exo_plugin_host::runner_main(std::env::args_os().skip(1))
/// }
/// ```
pub fn runner_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(orders) = Orders::parse(arguments) else {
        // Nobody starts it by hand; who does learns it from the exit code.
        return ExitCode::from(2);
    };
    close_others(&orders.descriptors());
    // SAFETY: the host made this descriptor for us, and nothing else in this process knows it.
    let socket = unsafe { OwnedFd::from_raw_fd(orders.socket) };
    // SAFETY: as for the socket.
    let refusals = unsafe { OwnedFd::from_raw_fd(orders.refusals) };
    let confinement = sandbox::confine(&orders.wish, refusals);
    if tell(&socket, &confinement).is_err() {
        return ExitCode::FAILURE;
    }
    if orders.wish.isolation == Isolation::Required && !confinement.missing.is_empty() {
        // The host has been told what is missing, and refuses.
        return ExitCode::SUCCESS;
    }
    match path_of(orders.library).and_then(|library| serve(UnixStream::from(socket), &library)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Where the loader finds what a descriptor is open for.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn path_of(library: RawFd) -> io::Result<PathBuf> {
    Ok(PathBuf::from(format!("/proc/self/fd/{library}")))
}

#[cfg(not(target_os = "linux"))]
fn path_of(library: RawFd) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt as _;
    // SAFETY: the host made this descriptor for us.
    let library = unsafe { rustix::fd::BorrowedFd::borrow_raw(library) };
    let path = rustix::fs::getpath(library)?;
    Ok(PathBuf::from(OsString::from_vec(path.into_bytes())))
}

/// Says what is in force, before anything of the plugin is there.
fn tell(socket: &OwnedFd, confinement: &Confinement) -> io::Result<()> {
    let data = serde_json::to_vec(confinement)?;
    write_frame(&mut UnixStream::from(socket.try_clone()?), Outgoing::new(Kind::Confined, 0, 0).data(&data))
}

/// Closes what was inherited by somebody's oversight: a plugin is not given files by accident.
fn close_others(kept: &[RawFd]) {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else { return };
    let numbers = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok());
    let strangers: Vec<_> = numbers.filter(|fd| *fd > 2 && !kept.contains(fd)).collect();
    // One of them was that of the directory just read, and is closed by now.
    let open = |fd: &RawFd| Path::new(&format!("/proc/self/fd/{fd}")).symlink_metadata().is_ok();
    for fd in strangers.into_iter().filter(open) {
        // SAFETY: it is open, and nothing has been started in this process that could own it.
        unsafe { rustix::io::close(fd) };
    }
}

fn serve(socket: UnixStream, library: &Path) -> io::Result<()> {
    let mut from = BufReader::with_capacity(BUFFER, socket.try_clone()?);
    let forwarder = Arc::new(Forwarder::new(socket));
    let mut buffers = Buffers::default();
    let mut expect = |kind| match read_frame(&mut from, &mut buffers)? {
        Some(frame) if frame.kind == kind => Ok(frame.data),
        _ => Err(io::Error::from(io::ErrorKind::InvalidData)),
    };
    let (manifest, args) = (expect(Kind::Manifest)?, expect(Kind::Run)?);
    let loaded = match Loaded::load(library, &manifest) {
        Ok(loaded) => loaded,
        Err(detail) => return forwarder.write(Outgoing::new(Kind::Unfit, 0, 0).data(detail.as_bytes())),
    };
    if let Err(error) = listen(&forwarder, from) {
        let detail = format!("the system starts no thread for it: {error}");
        return forwarder.write(Outgoing::new(Kind::Unfit, 0, 0).data(detail.as_bytes()));
    }
    forwarder.write(Outgoing::new(Kind::Ready, 0, 0).data(loaded.built_with.as_bytes()))?;
    let backend: Arc<dyn Backend> = Arc::<Forwarder>::clone(&forwarder);
    let status = Registry::leaked().enter(backend, loaded, &args);
    let leaked = forwarder.mailbox.pages_out() as u64;
    forwarder.write(Outgoing::new(Kind::Returned, leaked, status.0))
}

/// Reads in a thread of its own. Its user's threads are counted together, so that there may be none for a moment.
fn listen(forwarder: &Arc<Forwarder>, from: BufReader<UnixStream>) -> io::Result<()> {
    let from = Arc::new(Mutex::new(Some(from)));
    for _ in 0..PATIENCE {
        match start(forwarder, &from) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(MOMENT),
            started => return started,
        }
    }
    start(forwarder, &from)
}

fn start(forwarder: &Arc<Forwarder>, from: &Arc<Mutex<Option<BufReader<UnixStream>>>>) -> io::Result<()> {
    let (forwarder, from) = (Arc::clone(forwarder), Arc::clone(from));
    let read = move || {
        let from = lock(&from).take();
        if let Some(from) = from {
            forwarder.read(from);
        }
    };
    std::thread::Builder::new().name("exo-plugin-in".to_owned()).spawn(read).map(drop)
}

/// The functions as frames.
struct Forwarder {
    mailbox: Mailbox,
    socket: Mutex<UnixStream>,
    emits: Mutex<Emits>,
    emitted: Condvar,
}

/// Rows that are on their way to the host, and what it answered.
#[derive(Default)]
struct Emits {
    last: u64,
    answers: HashMap<u64, Option<Status>>,
}

impl Forwarder {
    fn new(socket: UnixStream) -> Self {
        let (mailbox, emits, emitted) = (Mailbox::default(), Mutex::default(), Condvar::new());
        Self { mailbox, socket: Mutex::new(socket), emits, emitted }
    }

    fn write(&self, frame: Outgoing<'_>) -> io::Result<()> {
        write_frame(&mut *lock(&self.socket), frame)
    }

    /// Writes for the plugin.
    fn send(&self, frame: Outgoing<'_>) -> Status {
        match self.write(frame) {
            Ok(()) => Status::OK,
            Err(_) => Status::UNAVAILABLE,
        }
    }

    /// Reads until the host is gone, and goes with it.
    fn read(&self, mut from: BufReader<UnixStream>) {
        let mut buffers = Buffers::default();
        while let Ok(Some(frame)) = read_frame(&mut from, &mut buffers) {
            let post = match frame.kind {
                Kind::Page => Post::Page(Page::new(frame.data, frame.spans)),
                Kind::End => Post::End(frame.data),
                Kind::Fail => Post::Fail(frame.data),
                Kind::Emitted => {
                    self.answer(frame.req, Status(frame.status));
                    continue;
                }
                Kind::Cancel => {
                    self.mailbox.cancel();
                    self.emitted.notify_all();
                    continue;
                }
                _ => break,
            };
            self.mailbox.push(Event::new(frame.req, post));
        }
        // Without a host there is nothing to run for, and nobody else who would end a plugin that does not yield.
        if rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).is_err() {
            std::process::abort();
        }
    }

    fn answer(&self, emit: u64, status: Status) {
        if let Some(answer) = lock(&self.emits).answers.get_mut(&emit) {
            *answer = Some(status);
        }
        self.emitted.notify_all();
    }

    /// Waits until the host has taken rows.
    fn taken(&self, emit: u64) -> Status {
        let mut emits = lock(&self.emits);
        loop {
            if let Some(Some(status)) = emits.answers.get(&emit).copied() {
                emits.answers.remove(&emit);
                return status;
            }
            if self.mailbox.is_cancelled() {
                emits.answers.remove(&emit);
                return Status::CANCELLED;
            }
            emits = self.emitted.wait(emits).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Backend for Forwarder {
    fn submit(&self, req: u64, body: &[u8]) -> Status {
        if self.mailbox.is_cancelled() {
            return Status::CANCELLED;
        }
        let frame = if body.len() > exo_plugin_wire::REQUEST_LIMIT {
            Outgoing::new(Kind::Submit, req, Status::TOO_LARGE.0)
        } else {
            Outgoing::new(Kind::Submit, req, 0).data(body)
        };
        self.send(frame)
    }

    fn pull(&self, req: u64) -> Status {
        self.send(Outgoing::new(Kind::Pull, req, 0))
    }

    fn abandon(&self, req: u64) {
        self.send(Outgoing::new(Kind::Abandon, req, 0));
    }

    fn wait(&self, time: Option<Duration>) -> Option<Event> {
        self.mailbox.wait(time)
    }

    fn emit(&self, data: &[u8], spans: &[Span]) -> Status {
        if self.mailbox.is_cancelled() {
            return Status::CANCELLED;
        }
        let emit = {
            let mut emits = lock(&self.emits);
            emits.last += 1;
            let emit = emits.last;
            emits.answers.insert(emit, None);
            emit
        };
        let too_large = data.len() > exo_plugin_wire::BATCH_LIMIT || spans.len() > (ROOM - data.len()) / SPAN;
        let status = if too_large { Status::TOO_LARGE } else { Status::OK };
        let frame = Outgoing::new(Kind::Emit, emit, status.0);
        let sent = self.send(if too_large { frame } else { frame.rows(spans, data) });
        if sent.is_ok() { self.taken(emit) } else { sent }
    }

    fn note(&self, kind: NoteKind, body: &[u8]) {
        let fits = body.len() <= LONGEST_NOTE;
        // That something is missing is not lost, however long the words are; without any it is still a gap.
        if fits || kind == NoteKind::GAP {
            self.send(Outgoing::new(Kind::Note, 0, kind.0).data(if fits { body } else { &[] }));
        }
    }

    fn finish(&self, outcome: &[u8]) {
        let outcome = if outcome.len() <= LONGEST_NOTE { outcome } else { &[] };
        self.send(Outgoing::new(Kind::Finish, 0, 0).data(outcome));
    }

    fn fault(&self, what: &str) {
        self.send(Outgoing::new(Kind::Fault, 0, 0).data(what.as_bytes()));
    }

    fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }
}

/// How often a thread is asked for again, and how long is waited between.
const PATIENCE: u32 = 20;
const MOMENT: Duration = Duration::from_millis(25);
/// Notes and ends are sentences.
const LONGEST_NOTE: usize = 1 << 20;
const BUFFER: usize = 32 << 10;

//! A plugin in a process of its own: the host's side.

use super::frames::{Frame, Kind, Outgoing, read_frame_async, write_frame_async};
use super::spawn::{Order, Spawner};
use super::{Ended, Returned};
use crate::mailbox::{Event, Post};
use crate::run::Run;
use crate::sandbox::{self, Confinement, Isolation, Wish};
use crate::{Error, Plugin};
use exo_plugin_abi::{NoteKind, Status};
use exo_plugin_wire::LogLevel;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Child;
use tokio::sync::{mpsc, oneshot};

/// Who is started, and for what.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) runner: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) args: Vec<u8>,
    pub(crate) wish: Wish,
    pub(crate) grace: Duration,
}

/// Runs the plugin to its end. When the future is dropped, the child is killed.
pub(crate) async fn run(spawner: &Spawner, run: Arc<Run>, start: Start) -> Result<Ended, Error> {
    let failed = |source| Error::Start { runner: start.runner.clone(), source };
    let (ours, theirs) = pair().map_err(failed)?;
    let (refusals, told) = io::pipe().map_err(failed)?;
    rustix::io::ioctl_fionbio(&refusals, true).map_err(|error| failed(error.into()))?;
    let order = Order {
        runner: start.runner.clone(),
        arguments: start.arguments.clone(),
        inherited: [theirs, library(&start.plugin)?, told.into()],
        wish: start.wish.clone(),
        runtime: tokio::runtime::Handle::current(),
    };
    let mut child = spawner.spawn(order).await.map_err(failed)?;
    let group = Group::of(&child);
    let (reader, writer) = ours.into_split();
    let (sink, drained) = Sink::start(Arc::clone(&run)).map_err(failed)?;
    let outputs = [
        child.stdout.take().map(|out| Aborted::spawn(lines(out, LogLevel::Info, sink.clone()))),
        child.stderr.take().map(|out| Aborted::spawn(lines(out, LogLevel::Warn, sink.clone()))),
    ];
    let _writing = Aborted::spawn(write(Arc::clone(&run), writer, Arc::clone(&start.plugin), start.args));
    let heard = Reader { run: Arc::clone(&run), sink, isolation: start.wish.isolation }.read(reader).await;
    let patience = if matches!(heard, Heard::Closed) { start.grace } else { FAREWELL };
    let status = tokio::time::timeout(patience, child.wait()).await;
    // Whatever the plugin started goes with it.
    drop(group);
    let status = match status {
        Ok(status) => status.ok(),
        Err(_) => child.wait().await.ok(),
    };
    for output in outputs.into_iter().flatten() {
        output.finished().await;
    }
    // The sink ends when nobody can give it anything more.
    drop(drained.await);
    refused(&run, &refusals, status);
    match heard {
        Heard::Unconfined(missing) => Err(Error::Unconfined { missing }),
        Heard::Returned(returned) => Ok(Ended::Returned(returned)),
        Heard::Unfit(detail) => Err(Error::Load { plugin: start.plugin.manifest().name.clone(), detail }),
        Heard::Broken => Ok(Ended::Broken),
        Heard::Closed => Ok(Ended::Crashed {
            signal: status.and_then(|status| status.signal()),
            code: status.and_then(|status| status.code()),
        }),
    }
}

fn pair() -> io::Result<(UnixStream, rustix::fd::OwnedFd)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    Ok((UnixStream::from_std(ours)?, theirs.into()))
}

fn library(plugin: &Plugin) -> Result<rustix::fd::OwnedFd, Error> {
    let image = |source| Error::Image { origin: plugin.origin().clone(), source };
    plugin.image()?.open().map_err(image)
}

/// Records the system call that ended the child, if one did. The child has ended, so that nothing more comes.
fn refused(run: &Run, refusals: &io::PipeReader, status: Option<ExitStatus>) {
    let mut call = [0; size_of::<i32>()];
    if rustix::io::read(refusals, &mut call).is_ok_and(|read| read == call.len()) {
        run.violation(&sandbox::violation(i32::from_ne_bytes(call).into()));
    } else if status.and_then(|status| status.signal()) == Some(rustix::process::Signal::SYS.as_raw()) {
        // The thread took no signals, as one that starts a program does not, so that the kernel ended it.
        run.violation("violated a rule of the sandbox: which system call it made is not known");
    }
}

/// Sends what the runner needs to start, then every event of the mailbox.
async fn write(run: Arc<Run>, to: OwnedWriteHalf, plugin: Arc<Plugin>, args: Vec<u8>) {
    // Small frames travel together; large ones go past the buffer.
    let mut to = BufWriter::with_capacity(BUFFER, to);
    let begin = async {
        write_frame_async(&mut to, Outgoing::new(Kind::Manifest, 0, 0).data(plugin.framed())).await?;
        write_frame_async(&mut to, Outgoing::new(Kind::Run, 0, 0).data(&args)).await?;
        to.flush().await
    };
    if begin.await.is_err() {
        return;
    }
    drop(args);
    while let Some(event) = run.mailbox.next().await {
        // First, since the runner may answer before the write returns.
        run.delivered(&event);
        let written = async {
            write_event(&mut to, &event).await?;
            if run.mailbox.is_quiet() { to.flush().await } else { Ok(()) }
        };
        if written.await.is_err() {
            // The reader learns why.
            return;
        }
    }
    // The runner is not told that there will be nothing more: it ends when its plugin does.
    std::future::pending::<()>().await;
}

async fn write_event(to: &mut BufWriter<OwnedWriteHalf>, event: &Event) -> io::Result<()> {
    let frame = |kind| Outgoing::new(kind, event.req, 0);
    let frame = match &event.post {
        Post::Page(page) => frame(Kind::Page).rows(page.spans(), page.body()),
        Post::End(data) => frame(Kind::End).data(data),
        Post::Fail(data) => frame(Kind::Fail).data(data),
        Post::Cancel => frame(Kind::Cancel),
        Post::Emitted(status) => Outgoing::new(Kind::Emitted, event.req, status.0),
    };
    write_frame_async(to, frame).await
}

/// What the reader ended with.
#[derive(Debug)]
enum Heard {
    Returned(Returned),
    Unfit(String),
    /// What is missing of the confinement that is required.
    Unconfined(String),
    Broken,
    Closed,
}

/// Reads the child's frames. It waits for nothing but the socket.
struct Reader {
    run: Arc<Run>,
    sink: Sink,
    isolation: Isolation,
}

impl Reader {
    async fn read(self, from: OwnedReadHalf) -> Heard {
        let mut from = BufReader::with_capacity(BUFFER, from);
        loop {
            match read_frame_async(&mut from).await {
                Ok(Some(frame)) => {
                    if let Some(heard) = self.take(frame) {
                        return heard;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    self.run.violation(&format!("spoke past the protocol: {error}"));
                    return Heard::Broken;
                }
                Ok(None) | Err(_) => return Heard::Closed,
            }
        }
    }

    /// Believes the first that the runner says of itself: nothing of the plugin has been loaded by then.
    fn confined(&self, said: &[u8]) -> Option<Heard> {
        let Ok(confinement) = serde_json::from_slice::<Confinement>(said) else {
            self.run.violation("did not say what confines it");
            return Some(Heard::Broken);
        };
        tracing::info!(isolation = %confinement, "a plugin's process is confined");
        let lacks = !confinement.missing.is_empty() || confinement.layers.is_empty();
        let missing = sandbox::joined(&confinement.missing);
        if self.run.confinement.set(confinement).is_err() {
            self.run.violation("said again what confines it");
            return Some(Heard::Broken);
        }
        (self.isolation == Isolation::Required && lacks).then_some(Heard::Unconfined(missing))
    }

    /// Takes a frame; gives the end, if it is one.
    fn take(&self, frame: Frame) -> Option<Heard> {
        let too_large = frame.status == Status::TOO_LARGE.0;
        match frame.kind {
            Kind::Confined => return self.confined(&frame.data),
            // A runner that has not said what confines it is none of ours.
            Kind::Ready if self.run.confinement.get().is_none() => {
                self.run.violation("loaded the plugin before it was confined");
                return Some(Heard::Broken);
            }
            Kind::Ready => tracing::debug!(built_with = %String::from_utf8_lossy(&frame.data), "loaded in a child"),
            Kind::Unfit => {
                return Some(Heard::Unfit(crate::log::plain(&String::from_utf8_lossy(&frame.data), 1000)));
            }
            // Refusals and faults are recorded by the run; a child learns them as events.
            Kind::Submit if too_large => drop(self.run.submit_too_large(frame.req)),
            Kind::Submit => drop(self.run.submit(frame.req, &frame.data)),
            Kind::Pull => drop(self.run.pull(frame.req)),
            Kind::Abandon => self.run.abandon(frame.req),
            Kind::Fault => self.run.violation(&String::from_utf8_lossy(&frame.data)),
            Kind::Emit | Kind::Note | Kind::Finish => return self.sink.give(frame),
            Kind::Returned => {
                let status = Status(frame.status);
                return Some(Heard::Returned(Returned { status, leaked_pages: frame.req }));
            }
            Kind::Manifest | Kind::Run | Kind::Page | Kind::End | Kind::Fail | Kind::Cancel | Kind::Emitted => {
                self.run.violation("sent a frame that only a host sends");
                return Some(Heard::Broken);
            }
        }
        None
    }
}

/// What may block is done in order by a thread of its own: rows, notes, log lines.
#[derive(Clone)]
struct Sink {
    run: Arc<Run>,
    work: mpsc::UnboundedSender<Work>,
    /// Rows and notes that wait: the first by the plugin's leave, the second by ours.
    waiting: Arc<[AtomicUsize; 2]>,
}

enum Work {
    Frame(Frame),
    Line(LogLevel, String),
}

impl Sink {
    fn start(run: Arc<Run>) -> io::Result<(Self, oneshot::Receiver<()>)> {
        let (work, mut given) = mpsc::unbounded_channel();
        let (done, drained) = oneshot::channel();
        let sink = Self { run: Arc::clone(&run), work, waiting: Arc::default() };
        let waiting = Arc::clone(&sink.waiting);
        let thread = move || {
            while let Some(work) = given.blocking_recv() {
                let [rows, notes] = &*waiting;
                match work {
                    Work::Line(level, line) => {
                        run.log_line(level, &line);
                        notes.fetch_sub(1, Ordering::Relaxed);
                    }
                    Work::Frame(frame) => {
                        let counter = if frame.kind == Kind::Emit { rows } else { notes };
                        serve(&run, frame);
                        counter.fetch_sub(1, Ordering::Relaxed);
                    }
                }
            }
            drop(done);
        };
        std::thread::Builder::new().name("exo-plugin-rows".to_owned()).spawn(thread)?;
        Ok((sink, drained))
    }

    /// Hands over a frame; gives an end when the child sends what it may not send yet.
    fn give(&self, frame: Frame) -> Option<Heard> {
        let [rows, notes] = &*self.waiting;
        if frame.kind == Kind::Emit {
            if rows.fetch_add(1, Ordering::Relaxed) >= MOST_BATCHES {
                self.run.violation("sent rows and did not wait for them to be taken");
                return Some(Heard::Broken);
            }
        } else if notes.fetch_add(1, Ordering::Relaxed) >= MOST_NOTES && may_be_lost(&frame) {
            notes.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.push(Work::Frame(frame));
        None
    }

    fn line(&self, level: LogLevel, line: String) {
        let [_, notes] = &*self.waiting;
        if notes.fetch_add(1, Ordering::Relaxed) >= MOST_NOTES {
            notes.fetch_sub(1, Ordering::Relaxed);
        } else {
            self.push(Work::Line(level, line));
        }
    }

    fn push(&self, work: Work) {
        // The thread ends only after the last sender.
        drop(self.work.send(work));
    }
}

fn may_be_lost(frame: &Frame) -> bool {
    let kind = NoteKind(frame.status);
    frame.kind == Kind::Note && (kind == NoteKind::LOG || kind == NoteKind::PROGRESS)
}

fn serve(run: &Run, frame: Frame) {
    match frame.kind {
        Kind::Emit => {
            let too_large = frame.status == Status::TOO_LARGE.0;
            let status = if too_large { run.emit_too_large() } else { run.emit(frame.data, frame.spans) };
            run.mailbox.push(Event::new(frame.req, Post::Emitted(status)));
        }
        Kind::Note => run.note(NoteKind(frame.status), &frame.data),
        _ => run.finish(&frame.data),
    }
}

/// Hands on what the child writes, line by line.
async fn lines(mut from: impl AsyncRead + Unpin, level: LogLevel, sink: Sink) {
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        for byte in buffer.iter().take(read) {
            match byte {
                b'\n' => tell(&mut line, level, &sink),
                _ if line.len() < LONGEST_LINE => line.push(*byte),
                _ => {}
            }
        }
    }
    tell(&mut line, level, &sink);
}

fn tell(line: &mut Vec<u8>, level: LogLevel, sink: &Sink) {
    if !line.is_empty() {
        sink.line(level, String::from_utf8_lossy(line).into_owned());
        line.clear();
    }
}

/// The child and everything that it started; killed when this is dropped.
struct Group(Option<rustix::process::Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let kill = |group| rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        if let Some(Err(error)) = self.0.map(kill) {
            // All of it has ended already.
            tracing::trace!(%error, "no child to kill");
        }
    }
}

/// A task that does not outlive its handle.
struct Aborted(tokio::task::JoinHandle<()>);

impl Aborted {
    fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(task))
    }

    /// Waits for it a little.
    async fn finished(mut self) {
        drop(tokio::time::timeout(FAREWELL, &mut self.0).await);
    }
}

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long a runner may take to end after its plugin has returned.
const FAREWELL: Duration = Duration::from_millis(500);
/// Batches that a child may have sent without an answer: one for each of its threads.
const MOST_BATCHES: usize = 64;
/// Notes and lines that wait for the sink; later ones are lost.
const MOST_NOTES: usize = 1000;
const LONGEST_LINE: usize = 8 << 10;
const BUFFER: usize = 32 << 10;

#[cfg(test)]
mod tests;

//! A program that runs, and waiting for what can be seen of it.

use crate::Ended;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A program that runs; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    folder: PathBuf,
    stdout: Stream,
    stderr: Stream,
}

/// What has come so far, and word of its end.
#[derive(Debug)]
struct Stream {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: Receiver<()>,
}

#[expect(clippy::panic, reason = "a test whose program cannot be run cannot go on")]
impl Running {
    pub(crate) fn start(command: &mut Command, folder: &Path) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
        Self { child, folder: folder.to_owned(), stdout, stderr }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has said on stderr so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.stderr.so_far()).into_owned()
    }

    /// Sends a signal by its name, such as `INT`.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// The processes that it started, where the system tells.
    pub fn children(&self) -> Vec<u32> {
        let tasks = format!("/proc/{}/task", self.id());
        let Ok(tasks) = std::fs::read_dir(tasks) else { return Vec::new() };
        let lists = tasks.flatten().filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
    }

    /// What the system tells of a process in the file `name` of its folder; nothing where it keeps that even from
    /// the process's own user, as it does with the host and with confined plugins for everyone but root.
    ///
    /// # Panics
    ///
    /// Where there is no such process or file.
    pub fn told_of(process: u32, name: &str) -> Option<Vec<u8>> {
        match std::fs::read(format!("/proc/{process}/{name}")) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => None,
            Err(error) => panic!("/proc/{process}/{name}: {error}"),
        }
    }

    /// Waits for a question on stdout, and answers it.
    pub fn answer(&mut self, question: &str, answer: &str) {
        wait_until(question, || String::from_utf8_lossy(&self.stdout.so_far()).contains(question));
        let input = self.child.stdin.as_mut();
        let written = input.map(|input| input.write_all(answer.as_bytes()).and_then(|()| input.flush()));
        assert!(written.is_some_and(|written| written.is_ok()), "nobody takes the answer to `{question}`");
    }

    /// Waits for its end, and tells the most memory that it held, in MiB, where the system tells.
    pub fn end_with_peak(mut self) -> (Ended, u64) {
        let status = format!("/proc/{}/status", self.id());
        let (begun, mut peak) = (Instant::now(), 0);
        while self.is_running() && begun.elapsed() < LONGEST {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
            // It only ever grows, so that the last look tells of all before.
            peak = line.and_then(|line| line.trim().parse().ok()).unwrap_or(peak);
            std::thread::sleep(Duration::from_micros(500));
        }
        (self.end(), peak >> 10)
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        drop(self.child.stdin.take());
        if self.stdout.end.recv_timeout(LONGEST).and(self.stderr.end.recv_timeout(LONGEST)).is_err() {
            drop(self.child.kill());
            let so_far = [self.stdout.so_far(), self.stderr.so_far()].concat();
            panic!(
                "the program did not end within {} seconds: {}",
                LONGEST.as_secs(),
                String::from_utf8_lossy(&so_far)
            );
        }
        let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
        let status = self.child.wait().unwrap_or_else(|error| panic!("waiting for the program: {error}"));
        Ended::new(status.code().unwrap_or(-1), &stdout, &stderr, &self.folder)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    // The shell's own `kill` is there where no program of that name is installed.
    let line = format!("kill -s {name} {process}");
    let status = Command::new("sh").args(["-c", &line]).status();
    assert!(status.is_ok_and(|status| status.success()), "{line}");
}

/// Waits until something can be seen.
pub fn wait_until(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONGEST;
    while !seen() {
        assert!(Instant::now() <= deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl Stream {
    fn so_far(&self) -> Vec<u8> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads to the end in a thread of its own, so that no pipe fills.
fn drain(mut source: Option<impl Read + Send + 'static>) -> Stream {
    let (sender, end) = channel();
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bytes);
    std::thread::spawn(move || {
        let mut piece = [0; 8192];
        // What came before a broken pipe is what there is.
        while let Some(count) = source_read(source.as_mut(), &mut piece) {
            kept.lock().unwrap_or_else(PoisonError::into_inner).extend(piece.iter().take(count));
        }
        // Nobody waits for the end of a program that was dropped.
        sender.send(()).ok();
    });
    Stream { bytes, end }
}

/// The next bytes; none at the end.
fn source_read(source: Option<&mut (impl Read + ?Sized)>, piece: &mut [u8]) -> Option<usize> {
    source?.read(piece).ok().filter(|count| *count > 0)
}

/// Far more than any test needs, also on a machine that is busy.
const LONGEST: Duration = Duration::from_mins(1);

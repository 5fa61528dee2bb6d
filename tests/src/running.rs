//! A program that runs, and waiting for what can be seen of it.

use crate::Ended;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A program that runs; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    folder: PathBuf,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
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

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let (Ok(stdout), Ok(stderr)) = (self.stdout.recv_timeout(LONGEST), self.stderr.recv_timeout(LONGEST)) else {
            drop(self.child.kill());
            panic!("the program did not end within {} seconds", LONGEST.as_secs());
        };
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
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -s {name} {process}");
}

/// Waits until something can be seen.
pub fn wait_until(what: &str, mut seen: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONGEST;
    while !seen() {
        assert!(Instant::now() <= deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Reads to the end in a thread of its own, so that no pipe fills.
fn drain(source: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut source) = source {
            // What came before a broken pipe is what there is.
            drop(source.read_to_end(&mut bytes));
        }
        drop(sender.send(bytes));
    });
    receiver
}

/// Far more than any test needs, also on a machine that is busy.
const LONGEST: Duration = Duration::from_mins(1);

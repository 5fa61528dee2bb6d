//! How a plugin is run: in a child process, or in a thread.

use exo_plugin_abi::Status;
use std::ffi::OsString;
use std::path::PathBuf;

#[cfg(unix)]
mod buffers;
#[cfg(unix)]
pub(crate) mod child;
#[cfg(unix)]
pub(crate) mod frames;
pub(crate) mod load;
#[cfg(unix)]
pub(crate) mod orders;
#[cfg(unix)]
pub(crate) mod runner;
#[cfg(unix)]
pub(crate) mod spawn;
pub(crate) mod table;
pub(crate) mod thread;

pub(crate) use load::Loaded;

/// How plugins are run.
///
/// ```
/// use exo_plugin_host::Carrier;
/// let carrier = Carrier::Child { runner: "/usr/bin/exoctl".into(), arguments: vec!["plugin-runner".into()] };
/// # drop(carrier);
/// ```
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "the carriers of the boundary; the third is the authors' fake")]
pub enum Carrier {
    /// In a process of its own for each run: what plugins are meant to run in.
    Child {
        /// A program whose `main` is [`runner_main`](crate::runner_main).
        runner: PathBuf,
        /// What it is told before the arguments of `runner_main`, such as a hidden subcommand.
        arguments: Vec<OsString>,
    },
    /// In a thread of this process, for debugging: a plugin that crashes takes the program with it, and one that does
    /// not end stays.
    Thread,
}

/// What a plugin ended with when it came back from `run`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    pub(crate) status: Status,
    pub(crate) leaked_pages: u64,
}

/// How a plugin came to its end in its carrier.
#[derive(Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "threads return"))]
pub(crate) enum Ended {
    Returned(Returned),
    /// The child is gone, and the plugin had not returned.
    Crashed {
        signal: Option<i32>,
        code: Option<i32>,
    },
    /// The child said something that no runner says, which is recorded; it has been killed.
    Broken,
}

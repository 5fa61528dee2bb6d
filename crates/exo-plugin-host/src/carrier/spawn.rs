//! Starts children, all from one thread that lasts: the signal of a parent's death follows the thread.
#![expect(unsafe_code, reason = "what a child does between fork and exec cannot be checked by the compiler")]

use super::orders::Orders;
use crate::sandbox::Wish;
use rustix::fd::OwnedFd;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Starts children; they die when it is dropped, or this process ends.
#[derive(Debug)]
pub(crate) struct Spawner {
    orders: mpsc::Sender<(Order, oneshot::Sender<io::Result<Child>>)>,
}

/// A child to be started.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) runner: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The child's end of the socket pair, what it loads, and its end of the pipe for what ends it: all that it inherits.
    pub(crate) inherited: [OwnedFd; 3],
    pub(crate) wish: Wish,
    pub(crate) runtime: Handle,
}

impl Spawner {
    pub(crate) fn start() -> io::Result<Self> {
        let (orders, received) = mpsc::channel::<(Order, oneshot::Sender<_>)>();
        let work = move || {
            for (order, reply) in received {
                // Nobody waits any more when the run was given up; the child is then killed by being dropped.
                drop(reply.send(spawn(order)));
            }
        };
        std::thread::Builder::new().name("exo-plugin-start".to_owned()).spawn(work)?;
        Ok(Self { orders })
    }

    pub(crate) async fn spawn(&self, order: Order) -> io::Result<Child> {
        let (reply, child) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts children has ended");
        self.orders.send((order, reply)).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}

fn spawn(order: Order) -> io::Result<Child> {
    let Order { runner, arguments, inherited, wish, runtime } = order;
    let _runtime = runtime.enter();
    let mut command = Command::new(runner);
    let [socket, library, refusals] = inherited.each_ref().map(OwnedFd::as_raw_fd);
    command.args(arguments).args(Orders { socket, library, refusals, wish }.to_arguments());
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let parent = rustix::process::getpid();
    let prepare = move || {
        #[cfg(target_os = "linux")]
        {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
            if rustix::process::getppid() != Some(parent) {
                // It died before the signal was asked for.
                return Err(io::ErrorKind::NotConnected.into());
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = parent;
        inherited.iter().try_for_each(|fd| rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::empty()))?;
        Ok(())
    };
    // SAFETY: between fork and exec it makes system calls only; it takes no lock and does not allocate.
    unsafe { command.pre_exec(prepare) };
    command.spawn()
}

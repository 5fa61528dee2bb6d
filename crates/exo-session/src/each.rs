//! Many small calls: side by side within the budget, or together in batches.

mod flow;
mod together;

use crate::exchange::Exchange;
use crate::request::BATCH;
use exo_model::{Completeness, Invocation, Next, Page, Pages, SeamError};
use flow::Flow;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use tracing::Instrument;

/// What a batch counts as, where the service counts the calls that run at once.
///
/// Microsoft has not said whether the calls of a batch run one after the other or side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchCount {
    /// As many calls as it has: it is as large as the budget has places, ten at most.
    Calls,
    /// One call: ten travel in the place of one, until the service lets in a part of them and refuses the others. Then
    /// it counts each, and so do all that share the budget from then on.
    One,
}

/// Many calls, one object each: made by [`Session::each`](crate::Session::each).
///
/// They run side by side as far as the budget lets them, and are given as they come. Every call keeps its own stream
/// with its own end: one that fails ends nobody else's, and its error comes with the invocation that it belongs to.
/// Dropped, it ends all calls that are under way.
///
/// ```no_run
/// # async fn all(session: exo_session::Session, users: Vec<String>) -> Result<(), Box<dyn std::error::Error>> {
/// use exo_model::{Invocation, Service};
/// use exo_session::BatchCount;
/// let cmdlet: exo_model::CmdletName = "Get-MailboxPermission".parse()?;
/// let calls = users.into_iter().map(move |user| Invocation::new(Service::Exchange, cmdlet.clone()).with("Identity", user));
/// let mut each = session.each(calls).in_batches(BatchCount::Calls);
/// while let Some(object) = each.next().await {
///     let name = object.name();
///     match object.read().await {
///         Ok((pages, end)) => println!("{name}: {} records, complete: {}", end.records, end.is_complete()),
///         Err(error) => println!("{name}: {error}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Each {
    state: State,
}

enum State {
    /// Nothing is sent yet.
    Planned(Box<Flow>),
    /// A task runs the calls.
    Running { task: JoinHandle<()>, objects: UnboundedReceiver<Object>, room: Arc<Semaphore> },
    /// All objects were given.
    Over,
}

/// One of many calls: what was asked, and the stream of its pages, of which the first have come.
#[non_exhaustive]
pub struct Object {
    /// Its place among the invocations, from 0.
    pub index: usize,
    /// What was asked.
    pub invocation: Invocation,
    /// What came of it; a call that failed says so when asked for its first page.
    pub pages: Box<dyn Pages>,
}

impl Each {
    pub(crate) fn new(exchange: Arc<Exchange>, invocations: Box<dyn Iterator<Item = Invocation> + Send>) -> Self {
        Self { state: State::Planned(Box::new(Flow::new(exchange, invocations))) }
    }

    fn planned(mut self, plan: impl FnOnce(&mut Flow)) -> Self {
        // Once it runs, it is as it was planned.
        if let State::Planned(flow) = &mut self.state {
            plan(flow);
        }
        self
    }

    /// Lets calls that only read travel together, ten at most.
    pub fn in_batches(self, count: BatchCount) -> Self {
        self.planned(|flow| flow.batches = Some(count))
    }

    /// Lets calls that change something travel in batches, too, in no order that anybody promises.
    pub fn writes_in_batches(self) -> Self {
        self.planned(|flow| flow.writes_too = true)
    }

    /// Gives the objects in the order of the invocations, at the price of holding back those that came earlier.
    pub fn in_order(self) -> Self {
        self.planned(|flow| flow.ordered = true)
    }

    /// How many calls are begun and not yet given away at most; 160 if nothing is said.
    ///
    /// It bounds the memory, since a call that is begun may hold two pages. The budget decides how many of them run.
    pub fn window(self, calls: usize) -> Self {
        self.planned(|flow| flow.room = Arc::new(Semaphore::new(calls.clamp(1, Semaphore::MAX_PERMITS))))
    }

    /// The next object, or nothing when all were given.
    ///
    /// The first time, it starts the task that runs the calls, which needs a runtime of tokio around it.
    pub async fn next(&mut self) -> Option<Object> {
        self.start();
        let State::Running { objects, room, .. } = &mut self.state else { return None };
        if let Some(object) = objects.recv().await {
            room.add_permits(1);
            return Some(object);
        }
        let State::Running { task, .. } = &mut self.state else { return None };
        let ended = task.await;
        self.state = State::Over;
        // A task that broke off is no end.
        if let Err(broken) = ended
            && broken.is_panic()
        {
            std::panic::resume_unwind(broken.into_panic());
        }
        None
    }

    fn start(&mut self) {
        if !matches!(self.state, State::Planned(_)) {
            return;
        }
        if let State::Planned(flow) = std::mem::replace(&mut self.state, State::Over) {
            let room = Arc::clone(&flow.room);
            let (give, objects) = mpsc::unbounded_channel();
            let task = tokio::spawn(flow.drive(give).in_current_span());
            self.state = State::Running { task, objects, room };
        }
    }

    /// All as one stream: the pages of all objects, and what is missing of which object at its end.
    #[must_use]
    pub fn together(self) -> Box<dyn Pages> {
        Box::new(together::Together::new(self))
    }
}

impl Object {
    /// The cmdlet and the object it is about, as messages name it.
    pub fn name(&self) -> String {
        let identity = self.invocation.parameter("Identity").and_then(serde_json::Value::as_str);
        identity.map_or_else(
            || format!("`{}` (call {})", self.invocation.cmdlet, self.index + 1),
            |identity| format!("`{}` of `{}`", self.invocation.cmdlet, crate::service_error::short(identity)),
        )
    }

    /// Reads it to its end.
    ///
    /// # Errors
    ///
    /// Whatever broke its stream.
    pub async fn read(mut self) -> Result<(Vec<Page>, Completeness), SeamError> {
        let mut pages = Vec::new();
        loop {
            match self.pages.next().await? {
                Next::Page(page) => pages.push(page),
                Next::End(end) => return Ok((pages, end)),
            }
        }
    }
}

impl Drop for Each {
    fn drop(&mut self) {
        if let State::Running { task, .. } = &self.state {
            task.abort();
        }
    }
}

impl fmt::Debug for Each {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Each").field("running", &matches!(self.state, State::Running { .. })).finish_non_exhaustive()
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").field("index", &self.index).field("call", &self.name()).finish_non_exhaustive()
    }
}

/// Sixteen batches of ten.
const WINDOW: usize = 16 * BATCH;

//! Runs reports: one call, from a job to its end.

use crate::carrier::table::Registry;
use crate::carrier::{Ended, thread};
use crate::judge::{Watched, Why, judge};
use crate::run::{Run, Setup};
use crate::{CancelToken, Carrier, Error, Events, Isolation, Limits, Plugin, RunEnd};
use exo_model::Invoker;
use exo_plugin_wire::{Consent, RunArgs, parse_json};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;

#[cfg(unix)]
use crate::carrier::{child, spawn::Spawner};
#[cfg(unix)]
use crate::sandbox::Wish;

/// One report to be run.
#[expect(clippy::exhaustive_structs, reason = "a job has these parts; a caller gives all of them")]
pub struct Job {
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// The report's name.
    pub report: String,
    /// Its arguments; texts are read as on the command line, defaults are filled in.
    pub args: Map<String, Value>,
    /// Whom its cmdlets go to.
    pub invoker: Arc<dyn Invoker>,
    /// Whether it may change anything.
    pub consent: Consent,
    /// Where its rows go.
    pub events: Arc<dyn Events>,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("plugin", &self.plugin).field("report", &self.report).finish_non_exhaustive()
    }
}

/// Runs plugins in a carrier. Dropping it ends all its children.
#[derive(Debug)]
pub struct Host {
    carrier: Carrier,
    limits: Limits,
    isolation: Isolation,
    now: Option<SystemTime>,
    registry: OnceLock<&'static Registry>,
    #[cfg(unix)]
    spawner: OnceLock<Spawner>,
}

impl Host {
    /// A host that has not started anything.
    pub fn new(carrier: Carrier, limits: Limits) -> Self {
        Self {
            carrier,
            limits,
            isolation: Isolation::default(),
            now: None,
            registry: OnceLock::new(),
            #[cfg(unix)]
            spawner: OnceLock::new(),
        }
    }

    /// How strongly plugins are to be confined in their processes; a thread cannot be confined.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// What the time is to all reports; without it each looks at the clock itself.
    #[must_use]
    pub fn now(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// Runs a report to its end, whatever that is.
    ///
    /// Call it inside a tokio runtime. When the future is dropped, a child is killed and a thread left to itself.
    pub async fn run(&self, job: Job, cancel: CancelToken) -> RunEnd {
        if matches!(self.carrier, Carrier::Thread) && self.isolation == Isolation::Required {
            let missing = "a thread cannot be confined".to_owned();
            return RunEnd::not_started(Error::Unconfined { missing });
        }
        match prepare(&job, self.now) {
            Err(error) => RunEnd::not_started(error),
            Ok((args, setup)) => {
                let run = Closed(Arc::new(Run::new(setup, &self.limits, Handle::current())));
                let ended = self.watched(&run.0, Arc::clone(&job.plugin), args, &cancel).await;
                let end = judge(&run.0, ended, &self.limits, &self.carrier);
                tracing::debug!(report = job.report, outcome = end.outcome.word(), rows = end.rows, "run");
                end
            }
        }
    }

    /// Runs the carrier, and ends it when it must end.
    async fn watched(&self, run: &Arc<Run>, plugin: Arc<Plugin>, args: Vec<u8>, cancel: &CancelToken) -> Watched {
        let mut carried = Box::pin(self.carried(Arc::clone(run), plugin, args));
        let deadline = self.limits.wall_clock.unwrap_or(Duration::MAX);
        let why = tokio::select! {
            ended = &mut carried => return Watched { ended: Some(ended), why: None },
            () = cancel.cancelled() => Why::Cancelled,
            () = run.stop.cancelled() => Why::Stopped,
            () = tokio::time::sleep(deadline) => Why::Deadline,
        };
        run.cancel();
        let ended = tokio::time::timeout(self.limits.grace, carried).await.ok();
        Watched { ended, why: Some(why) }
    }

    async fn carried(&self, run: Arc<Run>, plugin: Arc<Plugin>, args: Vec<u8>) -> Result<Ended, Error> {
        match &self.carrier {
            Carrier::Thread => {
                let registry = self.registry.get_or_init(Registry::leaked);
                thread::run(registry, run, plugin, args).await.map(Ended::Returned)
            }
            #[cfg(unix)]
            Carrier::Child { runner, arguments } => {
                let (runner, arguments) = (runner.clone(), arguments.clone());
                let spawner = self.spawner().map_err(|source| Error::Start { runner: runner.clone(), source })?;
                let wish = Wish { isolation: self.isolation, memory: self.limits.memory, recording: None };
                let start = child::Start { runner, arguments, plugin, args, wish, grace: self.limits.grace };
                child::run(spawner, run, start).await
            }
            #[cfg(not(unix))]
            Carrier::Child { runner, .. } => {
                let source = std::io::ErrorKind::Unsupported.into();
                Err(Error::Start { runner: runner.clone(), source })
            }
        }
    }

    #[cfg(unix)]
    fn spawner(&self) -> std::io::Result<&Spawner> {
        if let Some(spawner) = self.spawner.get() {
            return Ok(spawner);
        }
        let spawner = Spawner::start()?;
        Ok(self.spawner.get_or_init(|| spawner))
    }
}

/// A run that ends when nobody waits for it any more: no task of it is left, and its plugin is told.
struct Closed(Arc<Run>);

impl Drop for Closed {
    fn drop(&mut self) {
        self.0.cancel();
        // After `judge` this is empty.
        drop(self.0.close());
    }
}

/// Everything that can be wrong with a job, before anything is started.
fn prepare(job: &Job, now: Option<SystemTime>) -> Result<(Vec<u8>, Setup), Error> {
    let manifest = job.plugin.manifest();
    let report = manifest.report(&job.report).cloned().ok_or_else(|| {
        let known: Vec<_> = manifest.reports.iter().map(|r| format!("`{}`", r.name)).collect();
        Error::UnknownReport { plugin: manifest.name.clone(), report: job.report.clone(), known: known.join(", ") }
    })?;
    let wrong = |error| Error::Arguments { report: job.report.clone(), source: Box::new(error) };
    let args = parse_json(&report.params, job.args.clone()).map_err(wrong)?;
    let unreadable = |error| Error::Manifest { origin: job.plugin.origin().clone(), source: Box::new(error) };
    let args = RunArgs::new(job.report.clone(), args).at(now.and_then(seconds)).to_json().map_err(unreadable)?;
    let (invoker, events) = (Arc::clone(&job.invoker), Arc::clone(&job.events));
    Ok((args, Setup { report, invoker, events, consent: job.consent }))
}

/// Seconds since the beginning of 1970.
fn seconds(time: SystemTime) -> Option<i64> {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok())
}

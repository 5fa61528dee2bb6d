//! What the tests share: the plugin, a tenant that answers, and somebody who writes everything down.

use exo_model::{Completeness, Invocation, Invoker, Next, Page, Pages, SeamError};
use exo_plugin_host::{CancelToken, Carrier, Consent, Events, Host, Isolation, Job, Limits, LogLevel, Plugin, RunEnd};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Both carriers.
pub(crate) fn carriers() -> [Carrier; 2] {
    [child(), Carrier::Thread]
}

pub(crate) fn child() -> Carrier {
    let runner = env!("CARGO_BIN_EXE_exo-plugin-runner");
    match SANITIZER {
        None => Carrier::Child { runner: runner.into(), arguments: vec![] },
        // A child has an empty environment, and a sanitizer is told what to do by no other way.
        Some(options) => {
            Carrier::Child { runner: "/usr/bin/env".into(), arguments: vec![options.into(), runner.into()] }
        }
    }
}

/// The default of users, and patience with a sanitizer, under which a child needs seconds to begin.
fn limits() -> Limits {
    let limits = Limits::default();
    if SANITIZER.is_some() { limits.grace(std::time::Duration::from_mins(1)) } else { limits }
}

/// How a sanitizer is told what to do, where the tests were built with one: `cargo xtask sanitize`.
const SANITIZER: Option<&str> = option_env!("EXO_SANITIZER_OPTIONS");

/// The default of users; the bare child under a sanitizer, whose memory is beyond every limit.
const ISOLATION: Isolation = if SANITIZER.is_some() { Isolation::Process } else { Isolation::Auto };

/// A library that Cargo built beside the tests: an example of this package.
///
/// Cargo does so when it is not told which tests to build: with `--test api` the libraries are missing or old.
pub(crate) fn library(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_BIN_EXE_exo-plugin-runner")).with_file_name("examples");
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = folder.join(format!("{prefix}{name}{suffix}"));
    assert!(library.exists(), "{} is missing: run the tests of the package without `--test`", library.display());
    library
}

pub(crate) fn conformance() -> Arc<Plugin> {
    Arc::new(Plugin::open(&library("conformance")).unwrap())
}

/// Everything that a run told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) rows: Mutex<Vec<Value>>,
    pub(crate) lines: Mutex<Vec<(LogLevel, String)>>,
    pub(crate) cancel_after_rows: Option<(usize, CancelToken)>,
    pub(crate) cancel_at_line: Option<CancelToken>,
    pub(crate) refuse_rows: bool,
    /// Prints lines, for another process to read.
    pub(crate) print: bool,
}

impl Events for Told {
    fn rows(&self, batch: Page) -> Result<(), SeamError> {
        if self.refuse_rows {
            return Err(SeamError::message(exo_model::ErrorKind::Output, "the disk is full"));
        }
        let mut rows = self.rows.lock().unwrap();
        rows.extend(batch.records().map(|row| serde_json::from_slice::<Value>(row).unwrap()));
        if let Some((count, cancel)) = &self.cancel_after_rows
            && rows.len() >= *count
        {
            cancel.cancel();
        }
        Ok(())
    }

    fn progress(&self, _done: u64, _of: Option<u64>) {}

    fn log(&self, level: LogLevel, text: &str) {
        self.lines.lock().unwrap().push((level, text.to_owned()));
        if self.print {
            // Past the test harness, and at once.
            println!("\n{text}");
        }
        if let Some(cancel) = &self.cancel_at_line {
            cancel.cancel();
        }
    }
}

/// Answers each call with so many pages of so many records.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) pages: usize,
    pub(crate) records: usize,
    /// Bytes that each record has beside its name.
    pub(crate) padding: usize,
    /// Calls that must be waiting together before any is answered.
    pub(crate) together: Option<Arc<tokio::sync::Barrier>>,
    pub(crate) served: Arc<AtomicUsize>,
    pub(crate) end: Completeness,
    pub(crate) refuse: Option<exo_model::ErrorKind>,
}

impl Default for Tenant {
    fn default() -> Self {
        Self {
            padding: 0,
            pages: 2,
            records: 3,
            together: None,
            served: Arc::default(),
            end: Completeness::default(),
            refuse: None,
        }
    }
}

#[async_trait::async_trait]
impl Invoker for Tenant {
    async fn invoke(&self, call: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        if let Some(kind) = self.refuse {
            return Err(SeamError::message(kind, "the service says no").code("Oops"));
        }
        assert!(!call.select.is_empty(), "the declared properties are asked for");
        if let Some(together) = &self.together {
            together.wait().await;
        }
        if call.parameter("Identity").is_some() && self.together.is_none() {
            return Ok(Box::new(One(true)));
        }
        let (records, served) = (self.records, Arc::clone(&self.served));
        let padding = "x".repeat(self.padding);
        Ok(Box::new(Stream { padding, left: self.pages, records, served, end: self.end.clone() }))
    }
}

/// One record about one mailbox.
struct One(bool);

#[async_trait::async_trait]
impl Pages for One {
    async fn next(&mut self) -> Result<Next, SeamError> {
        let page = || Next::Page(Page::from_records([r#"{"ItemCount":7}"#]));
        Ok(if std::mem::take(&mut self.0) { page() } else { Next::End(Completeness::default()) })
    }
}

struct Stream {
    padding: String,
    left: usize,
    records: usize,
    served: Arc<AtomicUsize>,
    end: Completeness,
}

#[async_trait::async_trait]
impl Pages for Stream {
    async fn next(&mut self) -> Result<Next, SeamError> {
        if self.left == 0 {
            return Ok(Next::End(self.end.clone()));
        }
        self.left -= 1;
        let page = self.served.fetch_add(1, Ordering::SeqCst);
        let padding = &self.padding;
        let name = |n| format!(r#"{{"UserPrincipalName":"user{n}@page{page}","padding":"{padding}"}}"#);
        Ok(Next::Page(Page::from_records((0..self.records).map(name))))
    }
}

/// One run, in the making.
pub(crate) struct World {
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) report: &'static str,
    pub(crate) carrier: Carrier,
    pub(crate) limits: Limits,
    pub(crate) isolation: Isolation,
    pub(crate) tenant: Tenant,
    pub(crate) told: Told,
    pub(crate) cancel: CancelToken,
}

impl World {
    pub(crate) fn new(carrier: Carrier) -> Self {
        Self {
            plugin: conformance(),
            report: "hazard",
            carrier,
            limits: limits(),
            isolation: ISOLATION,
            tenant: Tenant::default(),
            told: Told::default(),
            cancel: CancelToken::new(),
        }
    }

    /// Runs a mode of the conformance plugin.
    pub(crate) fn run(self, mode: &str) -> (RunEnd, Arc<Told>) {
        self.run_with([("mode", mode)])
    }

    pub(crate) fn run_with<'a>(self, args: impl IntoIterator<Item = (&'a str, &'a str)>) -> (RunEnd, Arc<Told>) {
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let (host, job, told, cancel) = self.job(args);
        (runtime().block_on(host.run(job, cancel)), told)
    }

    /// Runs a mode until something else happens, and then drops the run.
    pub(crate) fn run_until(self, mode: &str, until: impl Future<Output = ()>) -> Arc<Told> {
        let args = [("mode".to_owned(), Value::from(mode))].into_iter().collect();
        let (host, job, told, cancel) = self.job(args);
        runtime().block_on(async {
            tokio::select! {
                end = host.run(job, cancel) => panic!("it ended: {end:?}"),
                () = until => told,
            }
        })
    }

    pub(crate) fn job(self, args: Map<String, Value>) -> (Host, Job, Arc<Told>, CancelToken) {
        let told = Arc::new(self.told);
        let job = Job {
            plugin: self.plugin,
            report: self.report.to_owned(),
            args,
            invoker: Arc::new(self.tenant),
            consent: Consent::ReadOnly,
            events: Arc::<Told>::clone(&told),
        };
        (Host::new(self.carrier, self.limits).isolation(self.isolation), job, told, self.cancel)
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

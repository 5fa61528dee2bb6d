//! A host without a tenant, for tests of reports.
//!
//! A [`FakeHost`] implements the same nine functions as the program, so that a test goes through the real table,
//! executor, policy and row check: what passes here is not refused there. It is deterministic and waits for nothing.
//!
//! ```
//! use exo_plugin::fake::{Answer, FakeHost, args, rows};
//! # use exo_plugin::prelude::*;
//! # #[derive(Record)]
//! # struct Domain { domain_name: String }
//! # #[derive(Row)]
//! # struct Name { #[column(key)] domain: String }
//! # /// The tenant's domains
//! # #[report(reads("Get-AcceptedDomain": Domain))]
//! # struct Domains;
//! # #[async_trait(?Send)]
//! # impl Report for Domains {
//! #     type Args = ();
//! #     type Row = Name;
//! #     async fn run(&self, cx: &Cx, _: (), out: &mut Rows<Name>) -> Result<()> {
//! #         for domain in cx.cmdlet("Get-AcceptedDomain").rows::<Domain>().await? {
//! #             out.push(Name { domain: domain.domain_name })?;
//! #         }
//! #         Ok(())
//! #     }
//! # }
//! let host = FakeHost::new().on("Get-AcceptedDomain", rows![{"DomainName": "contoso.com"}, {"DomainName": "example.org"}]);
//! let run = host.run(Domains, args! {});
//! assert!(run.is_ok(), "{run:?}");
//! assert_eq!(run.rows().len(), 2);
//!
//! let refused = FakeHost::new().on("Get-AcceptedDomain", Answer::denied("no role"));
//! assert!(!refused.run(Domains, args! {}).is_ok());
//! ```

mod answer;
mod recorded;
mod result;
mod state;
mod table;

pub use crate::{__args as args, __rows as rows};
pub use answer::{Answer, Answers};
pub use result::{FakeOutcome, FakeRun};

use crate::declare::{PluginDecl, manifest_json};
use crate::export::{self, entry};
use crate::mailbox;
use crate::report::declaration;
use crate::{Error, Report, Result};
use exo_plugin_abi::{HostV0, PluginV0, Slice, Status};
use exo_plugin_wire::{
    Consent, DateTime, Failure, FailureKind, PluginManifest, ReportManifest, RunArgs, parse_date_time, parse_json,
};
use serde_json::{Map, Value};
use state::{Script, Shared, State};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub use exo_model::{Invocation, Parameters};

/// A host whose cmdlets answer what a test says.
#[derive(Default)]
pub struct FakeHost {
    answers: Vec<(String, Shared)>,
    once: Vec<(String, Answer)>,
    seed: Option<u64>,
    cancel_after: Option<u64>,
    consent: Consent,
    now: Option<DateTime>,
}

impl fmt::Debug for FakeHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.answers.iter().map(|(name, _)| name).collect();
        f.debug_struct("FakeHost").field("answers", &names).finish_non_exhaustive()
    }
}

impl FakeHost {
    /// A host that knows no cmdlet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a cmdlet answers: records, one record, an [`Answer`], or a function of the parameters.
    #[must_use]
    pub fn on(mut self, cmdlet: &str, answers: impl Answers + Send + Sync + 'static) -> Self {
        self.answers.retain(|(known, _)| !known.eq_ignore_ascii_case(cmdlet));
        self.answers.push((cmdlet.to_owned(), Arc::new(answers)));
        self
    }

    /// What a cmdlet answers the first time, or the next; then [`FakeHost::on`] holds.
    #[must_use]
    pub fn once(mut self, cmdlet: &str, answer: impl Into<Answer>) -> Self {
        self.once.push((cmdlet.to_owned(), answer.into()));
        self
    }

    /// A host that answers from a folder with a file of JSON lines per cmdlet, `Get-Mailbox.jsonl`; relative to the
    /// crate's own folder, where tests run.
    ///
    /// A call with `Identity` is answered with the records of that object: those whose member `@for` names it, or, where
    /// no record has such a member, those with a name or an address of their own that does. `exoctl run --fixtures` and
    /// `exoctl plugin check --fixtures` read the same folder in the same way.
    ///
    /// # Panics
    ///
    /// When the folder or a file in it cannot be read: a test without its fixtures cannot go on.
    #[track_caller]
    #[must_use]
    pub fn recorded(folder: impl AsRef<Path>) -> Self {
        match recorded::answers(folder.as_ref()) {
            Ok(answers) => Self { answers, ..Self::default() },
            #[expect(clippy::panic, reason = "a test without its fixtures cannot go on")]
            Err(problem) => panic!("{problem}"),
        }
    }

    /// Lets calls that are in flight together be answered in an order that the seed decides, instead of their own.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Cancels the run after so many rows; 0 cancels it at once.
    #[must_use]
    pub fn cancel_after(mut self, rows: u64) -> Self {
        self.cancel_after = Some(rows);
        self
    }

    /// What [`Cx::now`](crate::Cx::now) says, as the service writes times; the beginning of 2026 without it.
    ///
    /// # Panics
    ///
    /// When the text is no time.
    #[track_caller]
    #[must_use]
    pub fn now(mut self, time: &str) -> Self {
        self.now = parse_date_time(time);
        assert!(self.now.is_some(), "`{time}` is no time such as 2026-01-31T08:15:00Z");
        self
    }

    /// Consents to reports that write.
    #[must_use]
    pub fn consent(mut self) -> Self {
        self.consent = Consent::Write;
        self
    }

    /// Runs a report through its table.
    ///
    /// The arguments are texts, as on the command line, or values of the type; [`args!`](crate::fake::args) makes them.
    pub fn run<R: Report>(&self, report: R, args: Map<String, Value>) -> FakeRun {
        self.run_until(report, args, None)
    }

    /// Runs the report again and again, each time cancelled one answer of the host later, until it comes to its end;
    /// gives how many runs were cancelled.
    ///
    /// # Panics
    ///
    /// When a cancelled run ends otherwise: by a panic while its futures are dropped, by pages that it keeps, or by going
    /// on for 10,000 answers.
    #[track_caller]
    pub fn cancelled_everywhere<R: Report>(&self, report: impl Fn() -> R, args: &Map<String, Value>) -> u64 {
        for events in 0..10_000 {
            let run = self.run_until(report(), args.clone(), Some(events));
            if run.is_ok() {
                return events;
            }
            let in_order = *run.outcome() == FakeOutcome::Cancelled && run.leaked_pages() == 0;
            assert!(in_order, "cancelled after {events} answers: {run:?}");
        }
        #[expect(clippy::panic, reason = "the test's own failure")]
        {
            panic!("the report does not come to an end");
        }
    }

    /// Runs a report of a plugin by its table, as the program does when it has loaded the library.
    ///
    /// # Safety
    ///
    /// The table is that of a plugin: its slices are good for as long as it is, its function does what the boundary says.
    #[doc(hidden)]
    #[expect(unsafe_code, reason = "what a table points to cannot be checked by the compiler")]
    pub unsafe fn run_table(&self, table: &PluginV0, report: &str, args: Map<String, Value>) -> FakeRun {
        // SAFETY: promised by the caller.
        let manifest = match PluginManifest::parse(unsafe { table.manifest.as_bytes() }) {
            Ok(manifest) => manifest,
            Err(error) => return FakeRun::refused(Failure::from(&error)),
        };
        let Some(manifest) = manifest.report(report).cloned() else {
            return FakeRun::refused(Failure::new(FailureKind::Other, format!("there is no report `{report}`")));
        };
        let plugin = |host, args: &[u8]| {
            // SAFETY: the host's table and the arguments outlive the call; the function is a plugin's, by the promise.
            unsafe { (table.run)(host, Slice::new(args)) }
        };
        self.enter(manifest, args, None, plugin)
    }

    #[expect(unsafe_code, reason = "the entrance takes the host's table by pointer")]
    fn run_until<R: Report>(&self, report: R, args: Map<String, Value>, events: Option<u64>) -> FakeRun {
        let manifest = match manifest_of::<R>() {
            Ok(manifest) => manifest,
            Err(error) => return FakeRun::refused(error.into_failure()),
        };
        let entries = [entry(report)];
        let plugin = |host, args: &[u8]| {
            // SAFETY: the host's table and the arguments outlive the call.
            unsafe { mailbox::enter(host, Slice::new(args), |args, mail| export::run(args, &mail, &entries)) }
        };
        self.enter(manifest, args, events, plugin)
    }

    /// Enters a plugin with the report's arguments.
    fn enter(
        &self,
        manifest: ReportManifest,
        args: Map<String, Value>,
        events: Option<u64>,
        plugin: impl FnOnce(*const HostV0, &[u8]) -> Status,
    ) -> FakeRun {
        let args = match parse_json(&manifest.params, args) {
            Ok(args) => args,
            Err(error) => return FakeRun::refused(Failure::new(FailureKind::Other, error.to_string())),
        };
        let now = self.now.map_or(NEW_YEAR, DateTime::unix_seconds);
        let args = RunArgs::new(manifest.name.clone(), args).at(Some(now)).to_json().unwrap_or_default();
        let script = Script {
            answers: self.answers.clone(),
            once: self.once.iter().cloned().collect(),
            seed: self.seed,
            cancel_after: self.cancel_after,
            cancel_after_events: events,
            consent: self.consent,
            report: Some(manifest),
        };
        table::run(State::new(script), |host| plugin(host, &args))
    }
}

/// The beginning of 2026.
const NEW_YEAR: i64 = 1_767_225_600;

/// The manifest of a report, read back by the host's own reader.
fn manifest_of<R: Report>() -> Result<ReportManifest> {
    let reports = [declaration::<R>()];
    let json = manifest_json(&PluginDecl { name: "fake", version: "0.0.0", about: "", reports: &reports });
    let manifest = PluginManifest::from_json(&json).map_err(|error| Failure::from(&error))?;
    let none = || Error::message("the manifest holds no report");
    manifest.reports.into_iter().next().ok_or_else(none)
}

/// A report's arguments, by their names: `args! { over: "40 GB", only_shared: true }`.
#[doc(hidden)]
#[macro_export]
macro_rules! __args {
    ($($name:ident: $value:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "there may be no argument")]
        let mut args = $crate::private::Map::new();
        $(args.insert(::core::stringify!($name).replace('_', "-"), $crate::private::json!($value));)*
        args
    }};
}

/// Records: `rows![{"Name": "a"}, {"Name": "b"}]`; or those of a file of JSON lines, `rows!("fixtures/mailboxes.jsonl")`.
#[doc(hidden)]
#[macro_export]
macro_rules! __rows {
    ($path:literal) => {
        $crate::fake::Answer::json_lines(::core::include_str!(::core::concat!(
            ::core::env!("CARGO_MANIFEST_DIR"),
            "/",
            $path
        )))
    };
    ($($record:tt),* $(,)?) => {
        $crate::fake::Answer::records([$($crate::private::json!($record)),*])
    };
}

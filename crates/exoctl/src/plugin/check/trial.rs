//! The reports of the built file on fixtures, in the child that a run would use.

use crate::account;
use crate::checklist::List;
use crate::failure::Result;
use crate::fixtures::Fixtures;
use crate::plan::Planned;
use crate::runner;
use exo_model::{Page, SeamError};
use exo_plugin_host::{CancelToken, Confinement, Consent, Events, Host, Job, Limits, LogLevel};
use std::sync::{Arc, Mutex, PoisonError};

/// Runs every report to its end.
pub(super) async fn run(planned: &[Planned], fixtures: &Fixtures, list: &mut List) -> Result<()> {
    let host = Host::new(runner::carrier()?, Limits::default());
    for planned in planned {
        let rows = Arc::new(Rows::default());
        let job = Job {
            plugin: Arc::clone(&planned.found.plugin),
            report: planned.found.report.name.clone(),
            args: planned.arguments.clone(),
            invoker: Arc::new(fixtures.clone()),
            consent: Consent::ReadOnly,
            events: Arc::clone(&rows) as _,
        };
        let end = host.run(job, CancelToken::new()).await;
        let what = format!("run {}", planned.found.report.name);
        if !end.outcome.is_ok() {
            list.fail(what, &account::failure(planned, &end));
            continue;
        }
        let confined = end.confinement.as_ref().map_or("none", Confinement::word);
        let seen = format!("{} rows in isolation `{confined}`{}", end.rows, rows.first());
        if end.is_complete() {
            list.ok(what, seen);
        } else {
            let gaps = end.calls.iter().flat_map(|call| &call.completeness.gaps).chain(&end.gaps);
            let first = gaps.map(|gap| gap.what.as_str()).next().unwrap_or("something");
            list.warn(what, format!("{seen}; incomplete: {first}"), "complete the fixtures");
        }
    }
    Ok(())
}

/// The first rows of a run.
#[derive(Default)]
struct Rows(Mutex<Vec<String>>);

impl Rows {
    /// Some of them, to look at.
    fn first(&self) -> String {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.iter().map(|row| format!("\n        {row}")).collect::<Vec<_>>().concat()
    }
}

impl Events for Rows {
    fn rows(&self, batch: Page) -> std::result::Result<(), SeamError> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = SHOWN.saturating_sub(rows.len());
        let short = |row: &[u8]| String::from_utf8_lossy(row).chars().take(160).collect::<String>();
        rows.extend(batch.records().take(wanted).map(short));
        Ok(())
    }

    fn progress(&self, _done: u64, _of: Option<u64>) {}

    fn log(&self, _level: LogLevel, _text: &str) {}
}

/// Rows that are shown.
const SHOWN: usize = 3;

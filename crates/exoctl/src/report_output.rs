//! One report's rows on their way to its sink.

use crate::failure::{Failure, Result};
use crate::plan::{Destination, Plan, Planned};
use crate::progress::Progress;
use crate::terminal;
use exo_model::{ErrorKind, Finding, Page, ReportKind, SeamError, Status};
use exo_output::{ResultFile, Sink};
use exo_plugin_host::{Events, LogLevel};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a report's rows and writes them; nothing has its final name before [`ReportOutput::commit`].
pub(crate) struct ReportOutput {
    name: String,
    kind: ReportKind,
    inner: Mutex<Inner>,
    progress: Progress,
}

struct Inner {
    sink: Box<dyn Sink>,
    file: Option<ResultFile>,
    rows: u64,
    /// Verdicts wait for the end: whether they count is known only then.
    findings: Vec<Finding>,
}

impl ReportOutput {
    /// Opens the place of a report's result under a temporary name.
    pub(crate) fn open(plan: &Plan, planned: &Planned, overwrite: bool, progress: Progress) -> Result<Self> {
        let report = &planned.found.report;
        let file = plan.file(&report.name).map(|path| ResultFile::create(&path, overwrite)).transpose()?;
        let (writer, options) = terminal::out(file.as_ref());
        if plan.destination == Destination::Stdout && plan.reports.len() > 1 {
            terminal::result(&format!("\n{}\n", report.name))?;
        }
        let sink = plan.format.sink(&report.columns, writer, &options);
        let inner = Inner { sink, file, rows: 0, findings: Vec::new() };
        Ok(Self { name: report.name.clone(), kind: report.kind, inner: Mutex::new(inner), progress })
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.lock().rows
    }

    /// Ends the result and gives it its name. Verdicts on data that is not complete become `not-evaluated`.
    pub(crate) fn commit(&self, complete: bool) -> Result<Committed> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        if !complete {
            for finding in &mut inner.findings {
                withdraw(finding);
            }
        }
        let findings = std::mem::take(&mut inner.findings);
        for chunk in findings.chunks(1000) {
            inner.sink.rows(&rows_of(chunk)?)?;
        }
        inner.sink.finish()?;
        let file = inner.file.take();
        let path = file.as_ref().map(|file| file.path().to_owned());
        if let Some(file) = file {
            file.commit()?;
        }
        self.progress.finish();
        Ok(Committed { rows: inner.rows, findings, path })
    }

    /// Drops the result; what was written is kept as `NAME.partial` if that was asked for.
    pub(crate) fn discard(&self, keep_partial: bool) -> Result<Option<PathBuf>> {
        let mut guard = self.lock();
        self.progress.finish();
        let Some(file) = guard.file.take() else { return Ok(None) };
        if !keep_partial {
            return Ok(None);
        }
        guard.sink.finish()?;
        Ok(Some(file.keep_partial()?))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A result under its final name.
#[derive(Debug)]
pub(crate) struct Committed {
    /// Rows written.
    pub(crate) rows: u64,
    /// The verdicts of a check, as they were written.
    pub(crate) findings: Vec<Finding>,
    /// The file, if it is one.
    pub(crate) path: Option<PathBuf>,
}

impl Events for ReportOutput {
    fn rows(&self, batch: Page) -> std::result::Result<(), SeamError> {
        let mut guard = self.lock();
        let inner = &mut *guard;
        inner.rows += batch.len() as u64;
        if self.kind == ReportKind::Check {
            for row in batch.records() {
                let finding = finding_of(row).map_err(|error| {
                    SeamError::message(
                        ErrorKind::Plugin,
                        format!("report `{}` gave a row that is no finding: {error}", self.name),
                    )
                })?;
                inner.findings.push(finding);
            }
            if inner.findings.len() > MOST_FINDINGS {
                let text = format!("report `{}` gave more than {MOST_FINDINGS} findings", self.name);
                return Err(SeamError::message(ErrorKind::Plugin, text));
            }
        } else {
            inner.sink.rows(&batch).map_err(SeamError::new)?;
        }
        self.progress.rows(inner.rows);
        Ok(())
    }

    fn progress(&self, done: u64, of: Option<u64>) {
        self.progress.step(done, of);
    }

    fn log(&self, level: LogLevel, text: &str) {
        let report = self.name.as_str();
        match level {
            LogLevel::Error => tracing::error!(report, "{text}"),
            LogLevel::Warn => tracing::warn!(report, "{text}"),
            LogLevel::Info => tracing::info!(report, "{text}"),
            LogLevel::Debug => tracing::debug!(report, "{text}"),
            _ => tracing::trace!(report, "{text}"),
        }
    }
}

impl fmt::Debug for ReportOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportOutput").field("name", &self.name).field("rows", &self.rows()).finish_non_exhaustive()
    }
}

/// Could not look is never a verdict.
fn withdraw(finding: &mut Finding) {
    if matches!(finding.status, Status::Pass | Status::Fail | Status::NotApplicable) {
        let was = finding.status.as_str();
        finding.status = Status::NotEvaluated;
        finding.evidence = format!("the data is incomplete (on what was read: {was}). {}", finding.evidence);
    }
}

fn finding_of(row: &[u8]) -> serde_json::Result<Finding> {
    let (control, status, severity, subject, evidence, remedy) =
        serde_json::from_slice::<(String, Status, exo_model::Severity, String, String, String)>(row)?;
    Ok(Finding::new(control, status, severity, subject).evidence(evidence).remedy(remedy))
}

fn rows_of(findings: &[Finding]) -> Result<Page> {
    let row = |f: &Finding| serde_json::to_vec(&(&f.control, f.status, f.severity, &f.subject, &f.evidence, &f.remedy));
    let rows: serde_json::Result<Vec<Vec<u8>>> = findings.iter().map(row).collect();
    let rows = rows.map_err(|error| Failure::new(ErrorKind::Fault, format!("a finding cannot be written: {error}")))?;
    Ok(Page::from_records(rows))
}

/// A check speaks of settings, not of mailboxes; more findings than this are a mistake of the plugin.
const MOST_FINDINGS: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Severity;

    #[test]
    fn findings_survive_the_way_through_rows() {
        let finding = Finding::new("c", Status::Fail, Severity::High, "s").evidence("e").remedy("r");
        let page = rows_of(std::slice::from_ref(&finding)).ok().unwrap();
        assert_eq!(finding_of(page.records().next().unwrap()).unwrap(), finding);
    }

    #[test]
    fn a_verdict_on_incomplete_data_is_withdrawn() {
        let mut finding = Finding::new("c", Status::Pass, Severity::High, "s").evidence("all well");
        withdraw(&mut finding);
        assert_eq!(finding.status, Status::NotEvaluated);
        assert!(finding.evidence.contains("pass") && finding.evidence.contains("all well"));
    }
}

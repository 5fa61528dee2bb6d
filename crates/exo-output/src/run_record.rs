//! What a run did, asked and found, as `run.json` beside its results.

use crate::{Error, ResultFile};
use exo_model::{Completeness, Diagnose, ErrorKind, Gap, Service, Severity, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// What a run did: written as `run.json` beside the results.
///
/// ```
/// use exo_output::{ReportRecord, ReportStatus, RunRecord};
/// let mut run = RunRecord::new("0.1.0", "2026-08-21T10:00:00Z");
/// run.reports.push(ReportRecord::new("mailboxes", "inventory", ReportStatus::Complete));
/// assert!(run.to_json()?.contains(r#""status": "complete""#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunRecord {
    /// The version of this form; grows when a reader has to know.
    pub format_version: u32,
    /// The program's version.
    pub program_version: String,
    /// When the run began: RFC 3339 in UTC.
    pub started: String,
    /// When it ended: RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// The tenant's initial domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The app that signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// How plugins were confined: `sandbox`, `partial`, `process` or `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
    /// What they were kept from by the system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isolation_layers: Vec<String>,
    /// What they were not kept from, and what the system lacks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub isolation_missing: Vec<String>,
    /// The version of Landlock by which they were kept from files, where it was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation_landlock: Option<u32>,
    /// The reports, in the order in which they were asked for.
    pub reports: Vec<ReportRecord>,
}

/// How a report ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReportStatus {
    /// Everything was looked at.
    Complete,
    /// It ended, but something could not be looked at.
    Incomplete,
    /// It broke off.
    Failed,
    /// It was not begun.
    NotRun,
    /// It was left out, since something that it needs would have been refused.
    NotEvaluated,
    /// The user ended it.
    Cancelled,
}

/// What one report of a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportRecord {
    /// Its name.
    pub name: String,
    /// The plugin it came from.
    pub plugin: String,
    /// The plugin's SHA-256 in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_sha256: Option<String>,
    /// How the plugin came here: `bundled`, `added`, or `path` for one that is pinned to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_origin: Option<String>,
    /// How it ended.
    pub status: ReportStatus,
    /// Rows written.
    pub rows: u64,
    /// How many findings there are, by severity and then by status.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<String, BTreeMap<String, u64>>,
    /// The name of its result file, beside this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The result file's SHA-256 in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What it asked of the services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cmdlets: Vec<CmdletRecord>,
    /// What the report itself says is missing, beside what its calls miss; the first hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// How many more it says are missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_gaps: u64,
    /// What its plugin did, or asked for, that it may not; the first hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<String>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_violations: u64,
    /// Lines of its log that were dropped, since there were too many.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped_log_lines: u64,
    /// Why it is not complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
}

/// What came of all calls of one cmdlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CmdletRecord {
    /// Where it ran.
    pub service: Service,
    /// Its name.
    pub cmdlet: String,
    /// How often it was called.
    pub calls: u64,
    /// Pages that came.
    pub pages: u64,
    /// Records that came.
    pub records: u64,
    /// Requests that were repeated on the way.
    pub retries: u64,
    /// Calls that a limit of the caller ended; they are complete.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub limited: u64,
    /// What is missing, the first thousand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// How many more are missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more_gaps: u64,
    /// What the service warned of, each text once, the first hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Why a report is not complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cause {
    /// The sort of failure.
    pub kind: ErrorKind,
    /// What happened, with its causes.
    pub text: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl RunRecord {
    /// The name of the record's file.
    pub const FILE_NAME: &'static str = "run.json";

    /// The present version of the form.
    pub const FORMAT_VERSION: u32 = 1;

    /// A run that has just begun.
    pub fn new(program_version: impl Into<String>, started: impl Into<String>) -> Self {
        Self {
            format_version: Self::FORMAT_VERSION,
            program_version: program_version.into(),
            started: started.into(),
            ended: None,
            organization: None,
            app_id: None,
            isolation: None,
            isolation_layers: Vec::new(),
            isolation_missing: Vec::new(),
            isolation_landlock: None,
            reports: Vec::new(),
        }
    }

    /// The record as JSON, with a line break at its end.
    ///
    /// # Errors
    ///
    /// None that is known; the encoder's own.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Writes it into a folder, whole or not at all; an older record is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Create`] or [`Error::File`] if it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(Self::FILE_NAME);
        let json = self.to_json().map_err(|e| Error::file(&path, e.into()))?;
        let mut file = ResultFile::create(&path, true)?;
        file.write_all(json.as_bytes()).map_err(Error::of_io)?;
        file.commit()
    }
}

impl ReportRecord {
    /// A report without rows.
    pub fn new(name: impl Into<String>, plugin: impl Into<String>, status: ReportStatus) -> Self {
        Self {
            name: name.into(),
            plugin: plugin.into(),
            plugin_sha256: None,
            plugin_origin: None,
            status,
            rows: 0,
            findings: BTreeMap::new(),
            file: None,
            sha256: None,
            cmdlets: Vec::new(),
            gaps: Vec::new(),
            more_gaps: 0,
            violations: Vec::new(),
            more_violations: 0,
            dropped_log_lines: 0,
            cause: None,
        }
    }

    /// Counts a finding.
    pub fn count_finding(&mut self, severity: Severity, status: Status) {
        let by_status = self.findings.entry(severity.as_str().to_owned()).or_default();
        *by_status.entry(status.as_str().to_owned()).or_default() += 1;
    }

    /// Adds how a call of a cmdlet ended.
    pub fn count_call(&mut self, service: Service, cmdlet: &str, end: &Completeness) {
        let same = |known: &CmdletRecord| known.service == service && known.cmdlet.eq_ignore_ascii_case(cmdlet);
        if let Some(known) = self.cmdlets.iter_mut().find(|known| same(known)) {
            known.add(end);
        } else {
            let mut record = CmdletRecord::new(service, cmdlet);
            record.add(end);
            self.cmdlets.push(record);
        }
    }
}

impl CmdletRecord {
    /// A cmdlet that was not called yet.
    pub fn new(service: Service, cmdlet: impl Into<String>) -> Self {
        Self {
            service,
            cmdlet: cmdlet.into(),
            calls: 0,
            pages: 0,
            records: 0,
            retries: 0,
            limited: 0,
            gaps: Vec::new(),
            more_gaps: 0,
            warnings: Vec::new(),
        }
    }

    /// Adds how a call ended. What is kept is bounded, however many calls there are.
    pub fn add(&mut self, end: &Completeness) {
        self.calls += 1;
        self.pages += end.pages;
        self.records += end.records;
        self.retries += end.retries;
        self.limited += u64::from(end.limited);
        let room = GAPS.saturating_sub(self.gaps.len());
        self.gaps.extend(end.gaps.iter().take(room).cloned());
        self.more_gaps += end.gaps.len().saturating_sub(room) as u64;
        for warning in &end.warnings {
            if self.warnings.len() < WARNINGS && !self.warnings.contains(warning) {
                self.warnings.push(warning.clone());
            }
        }
    }

    /// Whether all that was asked for came.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty() && self.more_gaps == 0
    }
}

impl Cause {
    /// What an error says, with its causes after colons.
    pub fn of(error: &dyn Diagnose) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            text.push_str(": ");
            text.push_str(&source.to_string());
            next = source.source();
        }
        Self { kind: error.kind(), text, hint: error.hint().map(Into::into) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Gaps that a record keeps of one cmdlet.
const GAPS: usize = 1000;

/// Warnings that a record keeps of one cmdlet.
const WARNINGS: usize = 100;

//! The account of a run: what each report asked, got and missed, for `run.json` and for the person.

use crate::failure::{Failure, Result};
use crate::plan::{Destination, Planned};
use crate::source::Source;
use crate::times;
use exo_model::{Diagnose as _, ErrorKind, SeamError};
use exo_output::{Cause, CmdletRecord, ReportRecord, ReportStatus, ResultFile, RunRecord};
use exo_plugin_host::{Call, Outcome, RunEnd};
use std::io::Write as _;
use std::path::Path;

/// A run that begins now.
pub(crate) fn begin(source: &Source) -> RunRecord {
    let mut record = RunRecord::new(env!("CARGO_PKG_VERSION"), times::rfc3339(source.now()));
    let profile = source.connection().map(|connection| &connection.profile);
    record.organization = profile.and_then(|profile| profile.organization.as_ref()).map(ToString::to_string);
    record.app_id = profile.and_then(|profile| profile.app_id.as_ref()).map(ToString::to_string);
    record
}

/// Writes down what confined the run's plugins, once; gives a warning where something is missing.
pub(crate) fn confinement(record: &mut RunRecord, end: &RunEnd) -> Option<String> {
    let confinement = end.confinement.as_ref()?;
    if record.isolation.is_some() {
        return None;
    }
    record.isolation = Some(confinement.word().to_owned());
    record.isolation_layers = confinement.layers.iter().map(ToString::to_string).collect();
    record.isolation_missing = confinement.missing.iter().map(ToString::to_string).collect();
    record.isolation_landlock = confinement.landlock;
    (!record.isolation_missing.is_empty()).then(|| {
        let missing = record.isolation_missing.join(", ");
        format!("warning: plugins are not kept from everything here: {missing}; `--isolation required` refuses that")
    })
}

/// What a report asked for and got.
pub(crate) fn of(planned: &Planned, end: &RunEnd) -> ReportRecord {
    let mut report = blank(planned, ReportStatus::Failed);
    report.cmdlets = end.calls.iter().map(cmdlet).collect();
    report.gaps.clone_from(&end.gaps);
    report.more_gaps = end.unnamed_gaps;
    report.violations.clone_from(&end.violations);
    report.more_violations = end.unnamed_violations;
    report.dropped_log_lines = end.dropped_log_lines;
    report
}

/// A report whose turn did not come.
pub(crate) fn not_begun(planned: &Planned) -> ReportRecord {
    blank(planned, ReportStatus::NotRun)
}

/// A report that was left out, since something that it needs is certain to be refused.
pub(crate) fn not_evaluated(planned: &Planned, failure: &Failure) -> ReportRecord {
    let mut report = blank(planned, ReportStatus::NotEvaluated);
    report.cause = Some(cause(failure));
    report
}

/// Why a report gave no result.
pub(crate) fn failure(planned: &Planned, end: &RunEnd) -> Failure {
    let name = &planned.found.report.name;
    // What the service said is worth more than what the plugin made of it.
    let said = end.calls.iter().find_map(|call| call.error.as_ref());
    match &end.outcome {
        Outcome::Cancelled => Failure::new(ErrorKind::Interrupted, format!("report `{name}` was interrupted")),
        Outcome::NotStarted(error) => {
            let failure = Failure::new(error.kind(), format!("report `{name}` could not start: {error}"));
            match error.hint() {
                Some(hint) => failure.hinted(hint),
                None => failure,
            }
        }
        Outcome::Failed(_) if let Some(error) = said => from_service(name, error),
        Outcome::Failed(failed) => {
            let text = std::iter::once(failed.to_string()).chain(failed.causes.iter().cloned()).collect::<Vec<_>>();
            let kind = end.outcome.error_kind().unwrap_or(ErrorKind::Plugin);
            let failure = Failure::new(kind, format!("report `{name}` failed: {}", text.join(": ")));
            match &failed.hint {
                Some(hint) => failure.hinted(hint),
                None => failure,
            }
        }
        outcome => {
            let mut text = format!("report `{name}` {outcome}");
            for more in end.explanation.iter().chain(end.violations.iter().take(3)) {
                text.push_str(": ");
                text.push_str(more);
            }
            let kind = outcome.error_kind().unwrap_or(ErrorKind::Plugin);
            Failure::new(kind, text).hinted(format!(
                "this is a fault of the plugin `{}`; its author should know",
                planned.found.plugin.manifest().name
            ))
        }
    }
}

/// When no report gave a result: the one cause if they share it, else the first with the others counted.
pub(crate) fn common_cause(mut failures: Vec<Failure>) -> Failure {
    if failures.is_empty() {
        return Failure::new(ErrorKind::Fault, "no report ran");
    }
    let first = failures.remove(0);
    let others = failures.len();
    if others == 0 {
        return first;
    }
    let hint = first.hint();
    let reports = if others == 1 { "report" } else { "reports" };
    let more = Failure::new(first.kind(), format!("{} (and {others} more {reports} failed)", first.text()));
    match hint {
        Some(hint) => more.hinted(hint),
        None => more,
    }
}

/// The failure as the record keeps it.
pub(crate) fn cause(failure: &Failure) -> Cause {
    let mut error = SeamError::message(failure.kind(), failure.in_a_line());
    if let Some(hint) = failure.hint() {
        error = error.hinted(hint);
    }
    Cause::of(&error)
}

/// One line about a report that has ended.
pub(crate) fn sentence(report: &ReportRecord) -> String {
    let rows = if report.rows == 1 { "1 row".to_owned() } else { format!("{} rows", report.rows) };
    let fails: u64 = report.findings.values().filter_map(|by_status| by_status.get("fail")).sum();
    let findings = match (report.findings.is_empty(), fails) {
        (true, _) => String::new(),
        (false, 1) => ", 1 finding".to_owned(),
        (false, fails) => format!(", {fails} findings"),
    };
    let state = if report.status == ReportStatus::Complete { "complete" } else { "INCOMPLETE" };
    let file = report.file.as_ref().map(|file| format!(" → {file}")).unwrap_or_default();
    format!("{}: {rows}{findings}, {state}{file}", report.name)
}

/// What an incomplete report is missing, ten lines at most.
pub(crate) fn missing(report: &ReportRecord) -> Vec<String> {
    let gaps = report.cmdlets.iter().flat_map(|cmdlet| &cmdlet.gaps).chain(&report.gaps);
    let all: Vec<String> = gaps.map(|gap| format!("  missing: {}", gap.what)).collect();
    let unnamed = report.cmdlets.iter().map(|cmdlet| cmdlet.more_gaps).sum::<u64>() + report.more_gaps;
    let more = (all.len() as u64 + unnamed).saturating_sub(10);
    let mut lines: Vec<String> = all.into_iter().take(10).collect();
    if more > 0 {
        lines.push(format!("  missing: and {more} more, see run.json"));
    }
    lines
}

/// Writes the account, whole or not at all.
pub(crate) fn write(record: &RunRecord, path: &Path, destination: &Destination) -> Result<()> {
    if let Destination::Folder(folder) = destination {
        return Ok(record.write(folder)?);
    }
    let unwritten = |error: &dyn std::fmt::Display| {
        Failure::new(ErrorKind::Output, format!("`{}` cannot be written: {error}", path.display()))
    };
    let text = record.to_json().map_err(|error| unwritten(&error))?;
    // The place was looked at before the run began.
    let mut file = ResultFile::create(path, true)?;
    file.write_all(text.as_bytes()).map_err(|error| unwritten(&error))?;
    Ok(file.commit()?)
}

fn blank(planned: &Planned, status: ReportStatus) -> ReportRecord {
    let plugin = &planned.found.plugin;
    let mut report = ReportRecord::new(&planned.found.report.name, &plugin.manifest().name, status);
    report.plugin_sha256 = Some(plugin.sha256().to_owned());
    report.plugin_origin = Some(planned.found.origin.word().to_owned());
    report
}

fn cmdlet(call: &Call) -> CmdletRecord {
    let mut record = CmdletRecord::new(call.service, call.cmdlet.as_str());
    record.add(&call.completeness);
    record.calls = call.count;
    record.more_gaps += call.unnamed_gaps;
    record
}

/// The failed call's own error, with the report's name before it.
fn from_service(report: &str, error: &SeamError) -> Failure {
    let mut told = SeamError::message(error.kind(), format!("report `{report}` failed: {error}"));
    if let Some(code) = error.service_code() {
        told = told.code(code);
    }
    if let Some(hint) = error.hint() {
        told = told.hinted(hint);
    }
    Failure::from(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::{Completeness, Gap, GapKind, Service, Severity, Status};

    #[test]
    fn the_sentence_counts_rows_and_findings() {
        let mut report = ReportRecord::new("alerts", "policies", ReportStatus::Complete);
        report.rows = 1;
        assert_eq!(sentence(&report), "alerts: 1 row, complete");
        report.count_finding(Severity::High, Status::Fail);
        report.file = Some("alerts.csv".into());
        assert_eq!(sentence(&report), "alerts: 1 row, 1 finding, complete → alerts.csv");
    }

    #[test]
    fn gaps_are_listed_and_the_rest_counted() {
        let mut report = ReportRecord::new("sizes", "mailboxes", ReportStatus::Incomplete);
        let mut cmdlet = CmdletRecord::new(Service::Exchange, "Get-MailboxStatistics");
        let mut end = Completeness::default();
        end.gaps = (0..12).map(|n| Gap::new(GapKind::Failed, format!("mailbox {n}"))).collect();
        cmdlet.add(&end);
        report.cmdlets.push(cmdlet);
        let lines = missing(&report);
        assert_eq!(lines.len(), 11);
        assert!(lines[10].contains("2 more"));
    }

    #[test]
    fn one_cause_keeps_its_kind() {
        let failures = vec![Failure::new(ErrorKind::Throttled, "a"), Failure::new(ErrorKind::Throttled, "b")];
        let cause = common_cause(failures);
        assert_eq!(cause.kind(), ErrorKind::Throttled);
        assert!(cause.text().contains("1 more report failed"));
    }
}

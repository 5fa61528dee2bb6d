//! How the program ends when no error ended it.

use exo_model::Severity;
use exo_output::{ReportStatus, RunRecord};

/// The end of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done, all looked at, nothing that matters found.
    Complete,
    /// Findings at or above the severity that was asked for.
    Findings,
    /// Something could not be looked at.
    Incomplete,
    /// Both.
    FindingsAndIncomplete,
    /// The problem was shown already, in the command's own form; the program ends with its code.
    Shown(exo_model::ErrorKind),
}

impl Exit {
    /// The code of the process.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Findings => 3,
            Self::Incomplete => 4,
            Self::FindingsAndIncomplete => 5,
            Self::Shown(kind) => kind.exit_code(),
        }
    }

    /// What the account of a run says; only `fail` counts as a finding.
    pub(crate) fn of_run(record: &RunRecord, fail_on: Option<Severity>) -> Self {
        let blind = record.reports.iter().any(|report| report.status != ReportStatus::Complete);
        let counts = |name: &str| {
            let severity = Severity::ALL.iter().find(|severity| severity.as_str() == name);
            severity.zip(fail_on).is_some_and(|(severity, least)| *severity >= least)
        };
        let found = record
            .reports
            .iter()
            .flat_map(|report| &report.findings)
            .any(|(severity, by_status)| counts(severity) && by_status.get("fail").is_some_and(|count| *count > 0));
        match (found, blind) {
            (false, false) => Self::Complete,
            (true, false) => Self::Findings,
            (false, true) => Self::Incomplete,
            (true, true) => Self::FindingsAndIncomplete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Status;
    use exo_output::ReportRecord;

    fn record(status: ReportStatus, finding: Option<(Severity, Status)>) -> RunRecord {
        let mut report = ReportRecord::new("r", "p", status);
        if let Some((severity, status)) = finding {
            report.count_finding(severity, status);
        }
        let mut record = RunRecord::new("0", "now");
        record.reports.push(report);
        record
    }

    #[test]
    fn findings_are_told_from_blindness() {
        let code = |status, finding| Exit::of_run(&record(status, finding), Some(Severity::High)).code();
        let high = Some((Severity::High, Status::Fail));
        assert_eq!(code(ReportStatus::Complete, None), 0);
        assert_eq!(code(ReportStatus::Complete, high), 3);
        assert_eq!(code(ReportStatus::Incomplete, None), 4);
        assert_eq!(code(ReportStatus::Incomplete, high), 5);
    }

    #[test]
    fn only_a_fail_of_enough_severity_counts() {
        let code = |finding, least| Exit::of_run(&record(ReportStatus::Complete, Some(finding)), least).code();
        assert_eq!(code((Severity::Medium, Status::Fail), Some(Severity::High)), 0);
        assert_eq!(code((Severity::High, Status::NotEvaluated), Some(Severity::High)), 0);
        assert_eq!(code((Severity::Low, Status::Fail), Some(Severity::Low)), 3);
        assert_eq!(code((Severity::Critical, Status::Fail), None), 0);
    }
}

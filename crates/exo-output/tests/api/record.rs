//! `run.json`.

use exo_model::{Completeness, Diagnose, ErrorKind, Gap, GapKind, Service, Severity, Status};
use exo_output::{Cause, CmdletRecord, ReportRecord, ReportStatus, ResultFile, RunRecord};
use std::path::Path;

fn sample() -> RunRecord {
    let mut report = ReportRecord::new("forwarding", "rules", ReportStatus::Incomplete);
    report.plugin_sha256 = Some("ab".repeat(32));
    report.rows = 3;
    report.file = Some("forwarding.csv".to_owned());
    report.count_finding(Severity::High, Status::Fail);
    report.count_finding(Severity::High, Status::Fail);
    report.count_finding(Severity::Low, Status::NotEvaluated);
    let mut end = Completeness::default();
    (end.pages, end.records, end.retries) = (2, 5, 1);
    end.warnings.push("slow".to_owned());
    report.count_call(Service::Exchange, "Get-InboxRule", &end);
    end.gaps.push(Gap::new(GapKind::Refused, "adele@contoso.com could not be looked at"));
    report.count_call(Service::Exchange, "get-inboxrule", &end);
    let error = ResultFile::create(Path::new(".."), true).unwrap_err();
    report.cause = Some(Cause::of(&error));
    let mut run = RunRecord::new("0.1.0", "2026-08-21T10:00:00Z");
    run.ended = Some("2026-08-21T10:02:00Z".to_owned());
    run.organization = Some("contoso.onmicrosoft.com".to_owned());
    run.isolation = Some("partial".to_owned());
    run.isolation_layers = vec!["limits".to_owned()];
    run.isolation_missing = vec!["files (no Landlock)".to_owned()];
    run.reports.push(report);
    run
}

#[test]
fn the_record_is_this() {
    let expected = r#"{
  "format_version": 1,
  "program_version": "0.1.0",
  "started": "2026-08-21T10:00:00Z",
  "ended": "2026-08-21T10:02:00Z",
  "organization": "contoso.onmicrosoft.com",
  "isolation": "partial",
  "isolation_layers": [
    "limits"
  ],
  "isolation_missing": [
    "files (no Landlock)"
  ],
  "reports": [
    {
      "name": "forwarding",
      "plugin": "rules",
      "plugin_sha256": "SHA",
      "status": "incomplete",
      "rows": 3,
      "findings": {
        "high": {
          "fail": 2
        },
        "low": {
          "not-evaluated": 1
        }
      },
      "file": "forwarding.csv",
      "cmdlets": [
        {
          "service": "exo",
          "cmdlet": "Get-InboxRule",
          "calls": 2,
          "pages": 4,
          "records": 10,
          "retries": 2,
          "gaps": [
            {
              "kind": "refused",
              "what": "adele@contoso.com could not be looked at"
            }
          ],
          "warnings": [
            "slow"
          ]
        }
      ],
      "cause": {
        "kind": "output",
        "text": "`..` is not the name of a regular file",
        "hint": "name a file; devices and pipes are written to through standard output"
      }
    }
  ]
}
"#;
    assert_eq!(sample().to_json().unwrap(), expected.replace("SHA", &"ab".repeat(32)));
}

#[test]
fn it_is_written_whole_replaces_the_last_one_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    RunRecord::new("0.1.0", "2026-08-20T10:00:00Z").write(folder.path()).unwrap();
    sample().write(folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join(RunRecord::FILE_NAME)).unwrap();
    assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), sample());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let error = sample().write(&folder.path().join("none")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Output);
}

#[test]
fn what_is_kept_of_a_cmdlet_is_bounded() {
    let mut record = CmdletRecord::new(Service::Compliance, "Get-Label");
    for call in 0..3000 {
        let mut end = Completeness::default();
        end.gaps.push(Gap::new(GapKind::Refused, "x"));
        end.warnings.push(format!("warning {call}"));
        record.add(&end);
    }
    assert_eq!((record.gaps.len(), record.more_gaps, record.warnings.len()), (1000, 2000, 100));
    assert!(!record.is_complete());
    assert_eq!(record.calls, 3000);
}

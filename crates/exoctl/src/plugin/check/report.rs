//! What a report declares, against the catalogue and the policy that its calls will meet.

use super::wrong;
use crate::bundled::Found;
use crate::checklist::List;
use crate::failure::Failure;
use exo_model::{Diagnose as _, ReportKind, Service};
use exo_plugin_wire::{Access, CmdletNeed, Consent, Refusal, Request, decide};
use serde_json::Value;

/// Looks at a report's declaration.
pub(super) fn look(found: &Found, list: &mut List) {
    let what = format!("report {}", found.report.name);
    let calls = found.report.cmdlets().map(|(_, need)| need.name.to_string()).collect::<Vec<_>>().join(", ");
    let refused: Vec<Failure> = found
        .report
        .cmdlets()
        .flat_map(|(service, need)| refusals(found, service, need))
        .map(|r| failure(&r))
        .collect();
    if refused.is_empty() {
        let columns: Vec<&str> = found.report.columns.iter().map(|column| column.name.as_str()).collect();
        list.ok(what.as_str(), format!("reads {calls}; gives {}", columns.join(", ")));
    }
    for failure in refused {
        list.fail(what.as_str(), &failure);
    }
    for (seen, next) in remarks(found) {
        list.warn(what.as_str(), seen, next);
    }
}

/// Calls that the report declares and that would be refused.
fn refusals(found: &Found, service: Service, need: &CmdletNeed) -> Vec<Refusal> {
    let consent = if found.report.access == Access::Write { Consent::Write } else { Consent::ReadOnly };
    let mut request = Request::new(need.name.clone());
    request.service = Some(service);
    let alone = decide(&found.report, &request, consent).err();
    let with = |name: &String| {
        let mut request = request.clone();
        request.parameters.insert(name.clone(), Value::Null);
        decide(&found.report, &request, consent).err()
    };
    match alone {
        Some(refusal) => vec![refusal],
        None => need.parameters.iter().filter_map(with).collect(),
    }
}

fn failure(refusal: &Refusal) -> Failure {
    let hint = refusal.hint().unwrap_or("take it out of `#[report(reads(…))]`, or declare `access = \"write\"`".into());
    wrong(refusal.to_string(), &hint)
}

/// What is allowed and yet worth a thought.
fn remarks(found: &Found) -> Vec<(String, &'static str)> {
    let report = &found.report;
    let mut remarks = Vec::new();
    if report.access == Access::Write {
        remarks.push(("asks to change things".to_owned(), "those who run it have to allow it with --allow-writes"));
    }
    if report.kind == ReportKind::Inventory && report.columns.iter().all(|column| !column.key) {
        remarks.push(("no column is a key".to_owned(), "mark those that tell rows apart with `#[column(key)]`"));
    }
    for (_, need) in report.cmdlets().filter(|(_, need)| need.properties.is_empty()) {
        remarks.push((format!("asks for every property of {}", need.name), "name a record type in `reads`"));
    }
    for param in report.params.iter().filter(|param| param.help.is_empty()) {
        remarks.push((format!("parameter `{}` has no help", param.name), "say in a comment what it is for"));
    }
    remarks
}

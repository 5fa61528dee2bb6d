//! `exoctl report`: what there is to run.

use crate::arguments::{ReportCommand, Results};
use crate::bundled::{self, Found};
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::{plan, table, terminal};
use exo_output::Format;
use exo_plugin_wire::ReportManifest;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) fn run(command: &ReportCommand) -> Result<()> {
    match command {
        ReportCommand::List { results } => list(results),
        ReportCommand::Show { report, results } => show(report, results),
    }
}

fn list(results: &Results) -> Result<()> {
    let mut all = bundled::all()?;
    if let Some(store) = bundled::store() {
        for pinned in store.list()? {
            match bundled::added(&store, &pinned) {
                Ok(found) => all.extend(found),
                Err(failure) => terminal::say(&format!("not listed: {}", failure.text())),
            }
        }
    }
    let rows = all.into_iter().map(|found| {
        let services: Vec<&str> = found.report.needs.iter().map(|need| need.service.as_str()).collect();
        vec![
            json!(found.report.name),
            json!(found.report.kind),
            json!(services),
            json!(found.origin.word()),
            json!(found.report.about),
        ]
    });
    let columns = table::texts(&["report", "kind", "service", "origin", "about"]);
    table::write(&columns, rows, results)
}

fn show(wanted: &str, results: &Results) -> Result<()> {
    let found = bundled::find(wanted)?;
    let text = match plan::format(results)? {
        Format::Table => found.iter().map(people).collect::<Vec<_>>().join("\n"),
        Format::Json | Format::Ndjson => {
            let mut lines = Lines::default();
            for found in &found {
                lines.line(format_args!("{}", programs(found)));
            }
            lines.into_text()
        }
        other => return Err(Failure::usage(format!("a report cannot be shown as {other}")).hinted("table or json")),
    };
    table::text(&text, results)
}

fn people(found: &Found) -> String {
    let report = &found.report;
    let mut out = Lines::default();
    out.line(format_args!("{} – {}", report.name, report.about));
    let plugin = found.plugin.manifest();
    out.line(format_args!("plugin      {} {} ({})", plugin.name, plugin.version, found.origin));
    out.line(format_args!("sha-256     {}", found.plugin.sha256()));
    for need in &report.needs {
        for cmdlet in &need.cmdlets {
            let parameters: Vec<String> = cmdlet.parameters.iter().map(|name| format!("-{name}")).collect();
            out.line(format_args!("calls       {} {} ({})", cmdlet.name, parameters.join(" "), need.service.title()));
            out.line(format_args!("  reads     {}", cmdlet.properties.join(", ")));
        }
    }
    for param in &report.params {
        let default = param.default.as_ref().map(|value| format!(" [default: {value}]")).unwrap_or_default();
        out.line(format_args!("parameter   {} ({}): {}{default}", param.name, word(&param.kind), param.help));
        if !param.choices.is_empty() {
            out.line(format_args!("  one of    {}", param.choices.join(", ")));
        }
        if let Some(least) = &param.at_least {
            out.line(format_args!("  at least  {least}"));
        }
        if let Some(most) = &param.at_most {
            out.line(format_args!("  at most   {most}"));
        }
    }
    for column in &report.columns {
        let key = if column.key { ", key" } else { "" };
        out.line(format_args!("column      {} ({}{key})", column.name, word(&column.kind)));
    }
    out.into_text()
}

fn programs(found: &Found) -> Value {
    let report: &ReportManifest = &found.report;
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if let Some(map) = value.as_object_mut() {
        map.insert("plugin".into(), json!(found.plugin.manifest().name));
        map.insert("plugin_sha256".into(), json!(found.plugin.sha256()));
        map.insert("origin".into(), json!(found.origin.word()));
    }
    value
}

/// The word that a type has in JSON.
fn word(kind: &impl serde::Serialize) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

//! What a manifest must be beyond its types: names, doubles, cmdlets, defaults.

use super::{CmdletNeed, Need, Param, PluginManifest, ReportManifest};
use crate::{Error, args, names, policy};
use exo_model::{Finding, ReportKind};

/// Lists in a manifest are never longer.
const LONGEST_LIST: usize = 256;

pub(super) fn plugin(manifest: &PluginManifest) -> Result<(), Error> {
    names::kebab("plugin", &manifest.name)?;
    names::version(&manifest.version)?;
    list("reports", &manifest.reports)?;
    if manifest.reports.is_empty() {
        return Err(Error::Nothing { what: "report", inside: manifest.name.clone() });
    }
    unique("report", &manifest.name, manifest.reports.iter().map(|r| r.name.as_str()))?;
    manifest.reports.iter().try_for_each(report)
}

fn report(report: &ReportManifest) -> Result<(), Error> {
    names::kebab("report", &report.name)?;
    list("columns", &report.columns)?;
    list("params", &report.params)?;
    if !(1..=32).contains(&report.parallel) {
        return Err(Error::Parallel { report: report.name.clone(), parallel: report.parallel });
    }
    if report.columns.is_empty() {
        return Err(Error::Nothing { what: "column", inside: report.name.clone() });
    }
    if report.kind == ReportKind::Check && report.columns != Finding::columns() {
        return Err(Error::NotFindings { report: report.name.clone() });
    }
    report.columns.iter().try_for_each(|column| names::snake("column", &column.name))?;
    unique("column", &report.name, report.columns.iter().map(|c| c.name.as_str()))?;
    unique("parameter", &report.name, report.params.iter().map(|p| p.name.as_str()))?;
    report.params.iter().try_for_each(|p| param(report, p))?;
    needs(report)
}

fn param(report: &ReportManifest, param: &Param) -> Result<(), Error> {
    names::kebab("parameter", &param.name)?;
    if !args::are_sound(param) {
        return Err(Error::Bounds { report: report.name.clone(), param: param.name.clone() });
    }
    let Some(default) = &param.default else { return Ok(()) };
    args::parse_text(param, default).map(drop).map_err(|source| Error::Default {
        report: report.name.clone(),
        param: param.name.clone(),
        source,
    })
}

fn needs(report: &ReportManifest) -> Result<(), Error> {
    if report.cmdlets().next().is_none() {
        return Err(Error::Nothing { what: "cmdlet", inside: report.name.clone() });
    }
    unique("service", &report.name, report.needs.iter().map(|n| n.service.as_str()))?;
    for need in &report.needs {
        list("cmdlets", &need.cmdlets)?;
        let lower: Vec<_> = need.cmdlets.iter().map(|c| c.name.as_str().to_ascii_lowercase()).collect();
        unique("cmdlet", &report.name, lower.iter().map(String::as_str))?;
        need.cmdlets.iter().try_for_each(|c| cmdlet(report, need, c))?;
    }
    Ok(())
}

fn cmdlet(report: &ReportManifest, need: &Need, cmdlet: &CmdletNeed) -> Result<(), Error> {
    list("parameters of a cmdlet", &cmdlet.parameters)?;
    list("properties of a cmdlet", &cmdlet.properties)?;
    if !policy::is_known(&cmdlet.name, need.service) {
        return Err(Error::UnknownCmdlet {
            report: report.name.clone(),
            cmdlet: cmdlet.name.to_string(),
            service: need.service,
        });
    }
    if let Some(parameter) = cmdlet.parameters.iter().find(|p| policy::redirects(p)) {
        return Err(Error::CommonParameter {
            report: report.name.clone(),
            cmdlet: cmdlet.name.to_string(),
            parameter: parameter.clone(),
        });
    }
    cmdlet.parameters.iter().try_for_each(|p| names::word("parameter of a cmdlet", p))?;
    cmdlet.properties.iter().try_for_each(|p| names::word("property", p))?;
    let lower: Vec<_> = cmdlet.parameters.iter().map(|p| p.to_ascii_lowercase()).collect();
    unique("parameter", cmdlet.name.as_str(), lower.iter().map(String::as_str))?;
    unique("property", cmdlet.name.as_str(), cmdlet.properties.iter().map(String::as_str))
}

fn list<T>(what: &'static str, entries: &[T]) -> Result<(), Error> {
    if entries.len() > LONGEST_LIST {
        return Err(Error::TooLarge { what, size: entries.len(), limit: LONGEST_LIST });
    }
    Ok(())
}

fn unique<'a>(what: &'static str, inside: &str, found: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    for name in found {
        if !seen.insert(name) {
            return Err(Error::Duplicate { what, name: name.to_owned(), inside: inside.to_owned() });
        }
    }
    Ok(())
}

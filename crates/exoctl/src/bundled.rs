//! The reports that come with the program, embedded by the build script.

use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use exo_plugin_host::Plugin;
use exo_plugin_wire::ReportManifest;
use std::path::Path;
use std::sync::Arc;

/// A library that was there when the program was built.
struct Embedded {
    file: &'static str,
    sha256: &'static str,
    bytes: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// A report and the plugin that has it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The plugin.
    pub(crate) plugin: Arc<Plugin>,
    /// What it declares of the report.
    pub(crate) report: ReportManifest,
    /// Whether it came with the program; what is given by path is not pinned to anything.
    pub(crate) bundled: bool,
}

/// All bundled reports, in the order of their names.
pub(crate) fn all() -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for embedded in EMBEDDED {
        let plugin = Arc::new(Plugin::from_bytes(embedded.file, embedded.bytes)?);
        if plugin.sha256() != embedded.sha256 {
            let text = format!("bundled plugin `{}` is not the one that was built in", embedded.file);
            return Err(Failure::new(ErrorKind::Plugin, text).hinted("install exoctl anew"));
        }
        found.extend(reports(&plugin, true));
    }
    if found.is_empty() {
        let text = "this exoctl was built without its bundled reports";
        return Err(Failure::new(ErrorKind::Plugin, text)
            .hinted("build it with `cargo xtask build`, or give the path of a plugin"));
    }
    found.sort_by(|a, b| a.report.name.cmp(&b.report.name));
    Ok(found)
}

/// A report by its name, or `PATH[:report]` of a plugin; a path without report means all of its reports.
pub(crate) fn find(wanted: &str) -> Result<Vec<Found>> {
    if let Some((path, report)) = as_path(wanted) {
        let plugin = Arc::new(Plugin::open(path)?);
        let all = reports(&plugin, false);
        let Some(report) = report else { return Ok(all) };
        let names = names(&all);
        let found: Vec<Found> = all.into_iter().filter(|f| f.report.name == report).collect();
        return if found.is_empty() { Err(unknown(report, &names)) } else { Ok(found) };
    }
    let all = all()?;
    let names = names(&all);
    match all.into_iter().find(|f| f.report.name.eq_ignore_ascii_case(wanted)) {
        Some(found) => Ok(vec![found]),
        None => Err(unknown(wanted, &names)),
    }
}

fn reports(plugin: &Arc<Plugin>, bundled: bool) -> Vec<Found> {
    let found = |report: &ReportManifest| Found { plugin: Arc::clone(plugin), report: report.clone(), bundled };
    plugin.manifest().reports.iter().map(found).collect()
}

fn names(found: &[Found]) -> String {
    found.iter().map(|f| f.report.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn unknown(wanted: &str, known: &str) -> Failure {
    Failure::usage(format!("report `{wanted}` does not exist")).hinted(format!("there are: {known}"))
}

/// A name of a report holds neither separators nor dots; anything that does is meant as a path.
fn as_path(wanted: &str) -> Option<(&Path, Option<&str>)> {
    let is_path = |text: &str| text.contains(['/', '\\', '.']);
    match wanted.rsplit_once(':') {
        // A drive letter is no path with a report.
        Some((path, report)) if is_path(path) && !is_path(report) => Some((Path::new(path), Some(report))),
        _ if is_path(wanted) => Some((Path::new(wanted), None)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_told_apart() {
        assert_eq!(as_path("mailboxes"), None);
        assert_eq!(as_path("./libx.so"), Some((Path::new("./libx.so"), None)));
        assert_eq!(as_path("dir/libx.so:sizes"), Some((Path::new("dir/libx.so"), Some("sizes"))));
        assert_eq!(as_path("C:\\x.dll"), Some((Path::new("C:\\x.dll"), None)));
    }
}

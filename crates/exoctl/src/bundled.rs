//! The reports there are: those that come with the program, embedded by the build script; added ones; those at a path.

use crate::environment;
use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use exo_plugin_host::{Pinned, Plugin, PluginStore};
use exo_plugin_wire::ReportManifest;
use std::fmt;
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
    /// How it came here.
    pub(crate) origin: Origin,
}

/// How a plugin came here, and so who answers for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// With the program.
    Bundled,
    /// Somebody looked at what it asks for and added it.
    Added(Pinned),
    /// By its path: the edit loop of an author, pinned to nothing.
    Path,
}

impl Origin {
    /// One word, for programs.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Added(_) => "added",
            Self::Path => "path",
        }
    }

    /// Whether an administrator lets its reports change things, where they declare it.
    pub(crate) fn may_write(&self) -> bool {
        match self {
            Self::Bundled => true,
            Self::Added(pinned) => pinned.writes,
            Self::Path => false,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled => f.write_str("bundled"),
            Self::Added(pinned) => write!(f, "added {}, {}", pinned.added, pinned.vouched()),
            Self::Path => f.write_str("given by path, not pinned"),
        }
    }
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
        found.extend(reports(&plugin, &Origin::Bundled));
    }
    if found.is_empty() {
        let text = "this exoctl was built without its bundled reports";
        return Err(Failure::new(ErrorKind::Plugin, text)
            .hinted("build it with `cargo xtask build`, or give the path of a plugin"));
    }
    found.sort_by(|a, b| a.report.name.cmp(&b.report.name));
    Ok(found)
}

/// The plugins that were added; none where no home is known.
pub(crate) fn store() -> Option<PluginStore> {
    environment::plugin_folder().map(PluginStore::new)
}

/// The reports of a plugin that was added.
pub(crate) fn added(store: &PluginStore, pinned: &Pinned) -> Result<Vec<Found>> {
    let plugin = Arc::new(store.open(pinned)?);
    Ok(reports(&plugin, &Origin::Added(pinned.clone())))
}

/// A report by its name, or `PATH[:report]` of a plugin; a path without report means all of its reports.
pub(crate) fn find(wanted: &str) -> Result<Vec<Found>> {
    if let Some((path, report)) = as_path(wanted) {
        let plugin = Arc::new(Plugin::open(path)?);
        let all = reports(&plugin, &Origin::Path);
        let Some(report) = report else { return Ok(all) };
        let names = names(&all);
        let found: Vec<Found> = all.into_iter().filter(|f| f.report.name == report).collect();
        return if found.is_empty() { Err(unknown(report, &names)) } else { Ok(found) };
    }
    let is_wanted = |name: &str| name.eq_ignore_ascii_case(wanted);
    // First, so that no plugin of others takes the place of a bundled report, and no trouble with theirs keeps it away.
    let all = all();
    if let Some(found) = all.iter().flatten().find(|found| is_wanted(&found.report.name)) {
        return Ok(vec![found.clone()]);
    }
    let store = store();
    let pinned = store.as_ref().map_or_else(|| Ok(Vec::new()), PluginStore::list)?;
    // Only the plugin that has the report is opened: another that is broken is no concern of this run.
    if let Some(store) = &store
        && let Some(pinned) = pinned.iter().find(|pinned| pinned.reports.iter().any(|name| is_wanted(name)))
    {
        let mut found = added(store, pinned)?;
        found.retain(|found| is_wanted(&found.report.name));
        return Ok(found);
    }
    let known = pinned.into_iter().flat_map(|pinned| pinned.reports);
    let known: Vec<String> = all?.into_iter().map(|found| found.report.name).chain(known).collect();
    Err(unknown(wanted, &known.join(", ")))
}

fn reports(plugin: &Arc<Plugin>, origin: &Origin) -> Vec<Found> {
    let found =
        |report: &ReportManifest| Found { plugin: Arc::clone(plugin), report: report.clone(), origin: origin.clone() };
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

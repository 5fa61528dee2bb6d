//! What a run is to do, settled before anything is sent: reports, their arguments, where results go.

use crate::arguments::{Results, RunArgs};
use crate::bundled::{self, Found};
use crate::failure::{Failure, Result};
use exo_model::{ErrorKind, Service, Severity};
use exo_output::Format;
use exo_plugin_wire::Access;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The reports of a run with their arguments, and where results go.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The reports, in the order in which they were named.
    pub(crate) reports: Vec<Planned>,
    /// Where their results go.
    pub(crate) destination: Destination,
    /// In which form.
    pub(crate) format: Format,
    /// From which severity on findings end the program with 3; `None` for never.
    pub(crate) fail_on: Option<Severity>,
}

/// A report and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// The report and its plugin.
    pub(crate) found: Found,
    /// Its arguments, typed and complete.
    pub(crate) arguments: Map<String, Value>,
}

/// Where results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To whoever reads stdout.
    Stdout,
    /// Into this file.
    File(PathBuf),
    /// Into this folder, a file for each report.
    Folder(PathBuf),
}

impl Plan {
    /// Settles all that can be settled without the network.
    pub(crate) fn new(args: &RunArgs) -> Result<Self> {
        let found = if args.all {
            bundled::all()?
        } else if args.reports.is_empty() {
            return Err(
                Failure::usage("no report is named").hinted("name one, or give --all; `exoctl report list` shows them")
            );
        } else {
            let mut found = Vec::new();
            for wanted in &args.reports {
                found.extend(bundled::find(wanted)?);
            }
            found
        };
        let mut names = BTreeSet::new();
        if let Some(twice) = found.iter().find(|f| !names.insert(f.report.name.clone())) {
            return Err(Failure::usage(format!("report `{}` is named twice", twice.report.name)));
        }
        if args.allow_writes {
            found.iter().try_for_each(may_write)?;
        }
        let reports = arguments(found, &args.parameters)?;
        let format = format(&args.results)?;
        let destination = Destination::choose(args.results.out.as_deref(), reports.len());
        if destination == Destination::Stdout && reports.len() > 1 && format != Format::Table {
            let text = format!("{} reports as {format} need a place for each", reports.len());
            return Err(Failure::usage(text).hinted("give a folder with --out"));
        }
        let plan = Self { reports, destination, format, fail_on: fail_on(&args.fail_on)? };
        plan.check_places(args.results.overwrite)?;
        Ok(plan)
    }

    /// The services that the reports need.
    pub(crate) fn services(&self) -> BTreeSet<Service> {
        self.reports.iter().flat_map(|planned| planned.found.report.needs.iter().map(|need| need.service)).collect()
    }

    /// Where the result of a report goes, if that is a file.
    pub(crate) fn file(&self, report: &str) -> Option<PathBuf> {
        match &self.destination {
            Destination::Stdout => None,
            Destination::File(path) => Some(path.clone()),
            Destination::Folder(folder) => Some(folder.join(format!("{report}.{}", self.format.extension()))),
        }
    }

    /// Where the account of the run goes: `run.json` in the folder, `NAME.run.json` beside a single file.
    pub(crate) fn record(&self) -> Option<PathBuf> {
        match &self.destination {
            Destination::Stdout => None,
            Destination::File(path) => Some(path.with_extension("run.json")),
            Destination::Folder(folder) => Some(folder.join("run.json")),
        }
    }

    /// Finds out now, and not after twenty minutes, that a place cannot be written or is taken.
    fn check_places(&self, overwrite: bool) -> Result<()> {
        if let Destination::Folder(folder) = &self.destination {
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::new(ErrorKind::Output, format!("folder `{}` cannot be made: {error}", folder.display()))
                    .hinted("choose a folder that this user may write to")
            })?;
        }
        let files =
            self.reports.iter().filter_map(|planned| self.file(&planned.found.report.name)).chain(self.record());
        for file in files {
            if !overwrite && file.exists() {
                let text = format!("`{}` exists already", file.display());
                return Err(Failure::new(ErrorKind::Output, text).hinted("give another --out, or --overwrite"));
            }
            exo_output::check_writable(&file)?;
        }
        Ok(())
    }
}

impl Destination {
    /// A folder if it is one, ends like one, or has to hold several results; else a file.
    fn choose(out: Option<&Path>, results: usize) -> Self {
        match out {
            None => Self::Stdout,
            Some(path) => {
                let written = path.to_string_lossy();
                if results > 1 || path.is_dir() || written.ends_with(['/', std::path::MAIN_SEPARATOR]) {
                    Self::Folder(path.to_owned())
                } else {
                    Self::File(path.to_owned())
                }
            }
        }
    }
}

/// The form of results; a table where nothing else is said.
pub(crate) fn format(results: &Results) -> Result<Format> {
    match &results.format {
        None => Ok(Format::Table),
        Some(text) => text.parse().map_err(|error: exo_output::UnknownFormat| Failure::usage(format!("{error}"))),
    }
}

/// What changes things needs three to agree: its manifest, the command line, and whoever added it.
fn may_write(found: &Found) -> Result<()> {
    let Found { report, plugin, origin } = found;
    if report.access == Access::Read || origin.may_write() {
        return Ok(());
    }
    let text = format!("report `{}` changes things, and nobody has added its plugin with --allow-writes", report.name);
    let name = &plugin.manifest().name;
    Err(Failure::new(ErrorKind::Plugin, text)
        .hinted(format!("look at what `{name}` asks for, then `exoctl plugin add FILE --allow-writes`")))
}

/// Shares `NAME=VALUE` out to all reports that have NAME, `REPORT.NAME=VALUE` to that one.
pub(crate) fn arguments(found: Vec<Found>, given: &[String]) -> Result<Vec<Planned>> {
    let mut used = vec![false; given.len()];
    let mut planned = Vec::new();
    for found in found {
        let mut words = Vec::new();
        for (word, used) in given.iter().zip(&mut used) {
            let (name, value) = word.split_once('=').ok_or_else(|| {
                Failure::usage(format!("parameter `{word}` has no value")).hinted("write it as name=value")
            })?;
            let (report, name) = name.split_once('.').map_or((None, name), |(report, name)| (Some(report), name));
            let known = found.report.params.iter().any(|param| param.name == name);
            if report.is_none_or(|report| report == found.report.name) && known {
                *used = true;
                words.push(format!("--{name}={value}"));
            }
        }
        let arguments = exo_plugin_wire::parse_words(&found.report.params, &words)
            .map_err(|error| Failure::usage(format!("report `{}`: {error}", found.report.name)))?;
        planned.push(Planned { found, arguments });
    }
    match given.iter().zip(&used).find(|(_, used)| !**used) {
        None => Ok(planned),
        Some((word, _)) => Err(unknown_parameter(word, &planned)),
    }
}

fn unknown_parameter(word: &str, planned: &[Planned]) -> Failure {
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    let known: Vec<String> = planned
        .iter()
        .flat_map(|p| p.found.report.params.iter().map(|param| format!("{}.{}", p.found.report.name, param.name)))
        .collect();
    let hint = if known.is_empty() {
        "the chosen reports take none".to_owned()
    } else {
        format!("there are: {}", known.join(", "))
    };
    Failure::usage(format!("no chosen report has a parameter `{name}`")).hinted(hint)
}

fn fail_on(text: &str) -> Result<Option<Severity>> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(None);
    }
    match Severity::ALL.iter().copied().find(|severity| severity.as_str().eq_ignore_ascii_case(text)) {
        Some(severity) => Ok(Some(severity)),
        None => {
            Err(Failure::usage(format!("`{text}` is not a severity"))
                .hinted("info, low, medium, high, critical or never"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_where_it_has_to_be() {
        assert_eq!(Destination::choose(None, 1), Destination::Stdout);
        assert_eq!(Destination::choose(Some(Path::new("x.csv")), 1), Destination::File("x.csv".into()));
        assert_eq!(Destination::choose(Some(Path::new("x/")), 1), Destination::Folder("x/".into()));
        assert_eq!(Destination::choose(Some(Path::new("x")), 2), Destination::Folder("x".into()));
        assert_eq!(Destination::choose(Some(Path::new(".")), 1), Destination::Folder(".".into()));
    }

    #[test]
    fn severities_are_words() {
        assert_eq!(fail_on("High").unwrap(), Some(Severity::High));
        assert_eq!(fail_on("never").unwrap(), None);
        assert_eq!(fail_on("bad").unwrap_err().kind(), ErrorKind::Usage);
    }
}

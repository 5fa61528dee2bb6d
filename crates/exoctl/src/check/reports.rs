//! The lines of a check for what reports need: each cmdlet of named reports, or all bundled reports in one line.

use crate::bundled::{self, Found};
use crate::checklist::List;
use crate::failure::{Failure, Result};
use crate::preflight::{self, Look};
use exo_model::{CmdletName, ErrorKind, Service};
use exo_rbac::{Access, Declared, Preflight, Verdict};
use std::collections::BTreeMap;

/// The reports whose needs are looked at.
pub(super) enum Reports {
    /// Those that somebody named: what they lack is a failure.
    Named(Vec<Declared>),
    /// All that come with the program: what they lack is worth knowing.
    Bundled(Vec<Declared>),
}

impl Reports {
    /// The named reports, or else the bundled ones, as far as they need these services.
    pub(super) fn chosen(names: &[String], services: &[Service]) -> Result<Self> {
        let declared = |found: Vec<Found>| found.iter().map(preflight::declared).collect::<Vec<_>>();
        if names.is_empty() {
            // A program that was built without reports checks everything else.
            let mut all = declared(bundled::all().unwrap_or_default());
            all.retain(|report| report.needs.iter().all(|need| services.contains(&need.service)));
            return Ok(Self::Bundled(all));
        }
        let mut found = Vec::new();
        for name in names {
            found.extend(bundled::find(name)?);
        }
        let mut wanted = declared(found);
        for report in &mut wanted {
            report.needs.retain(|need| services.contains(&need.service));
        }
        Ok(Self::Named(wanted))
    }

    /// The names of the lines, in their order.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Bundled(reports) if reports.is_empty() => Vec::new(),
            Self::Bundled(_) => vec![REPORTS.to_owned()],
            Self::Named(reports) => {
                let mut needs: Vec<_> =
                    reports.iter().flat_map(|r| &r.needs).map(|need| (need.service, &need.cmdlet)).collect();
                needs.sort();
                needs.dedup();
                needs.into_iter().map(|(service, cmdlet)| line(service, cmdlet)).collect()
            }
        }
    }

    /// Says what of it can run, by what was seen of the services; what was not seen is left.
    pub(super) fn tell(&self, looks: &[Look], list: &mut List) {
        let seen = |service: Service| looks.iter().any(|look| look.service == service);
        match self {
            Self::Named(reports) => {
                let mut reports = reports.clone();
                for report in &mut reports {
                    report.needs.retain(|need| seen(need.service));
                }
                cmdlets(&preflight::preflight(&reports, looks), list);
            }
            Self::Bundled(all) => {
                let reports: Vec<_> =
                    all.iter().filter(|report| report.needs.iter().all(|need| seen(need.service))).cloned().collect();
                if !reports.is_empty() {
                    bundled(&preflight::preflight(&reports, looks), all.len(), list);
                }
            }
        }
    }
}

/// A line for each cmdlet, with the worst that any report meets.
fn cmdlets(preflight: &Preflight, list: &mut List) {
    let mut worst: BTreeMap<(Service, &CmdletName), &Access> = BTreeMap::new();
    for access in preflight.reports.iter().flat_map(|report| &report.cmdlets) {
        let known = worst.entry((access.need.service, &access.need.cmdlet)).or_insert(access);
        if access.verdict() > known.verdict() {
            *known = access;
        }
    }
    for ((service, cmdlet), access) in worst {
        let what = line(service, cmdlet);
        match (access.verdict(), access.limit) {
            (Verdict::Closed, _) => {
                let failure = Failure::new(ErrorKind::Authorization, access.to_string());
                list.fail(what, &failure.hinted(preflight::way_out(preflight)));
            }
            (Verdict::Open, Some(limit)) => list.warn(what, format!("{access}; {limit}"), "the service decides"),
            (Verdict::Open, None) => list.ok(what, access.to_string()),
            (Verdict::Unsure, _) => list.warn(what, access.to_string(), "no fault by itself: the service decides"),
        }
    }
}

/// One line for all of them.
fn bundled(preflight: &Preflight, all: usize, list: &mut List) {
    let of = |verdict| preflight.reports.iter().filter(move |report| report.verdict() == verdict);
    let count = preflight.reports.len();
    let (open, closed) = (of(Verdict::Open).count(), of(Verdict::Closed).collect::<Vec<_>>());
    let unseen = match all - count {
        0 => String::new(),
        1 => "; 1 needs a service that is closed".to_owned(),
        unseen => format!("; {unseen} need a service that is closed"),
    };
    let unsure = count - open - closed.len();
    let unsure = if unsure > 0 { format!("; of {unsure} it is not known") } else { String::new() };
    let mut seen = format!("{open} of {all} bundled reports can run{unsure}{unseen}");
    let reasons =
        preflight.closed().map(|(report, access)| format!("`{report}` cannot, `{}`: {access}", access.need.cmdlet));
    for reason in reasons {
        seen = format!("{seen}; {reason}");
    }
    if open == all {
        list.ok(REPORTS, seen);
    } else {
        list.warn(
            REPORTS,
            seen,
            "`exoctl check REPORT` says what would open it; `exoctl run` leaves it out with --skip-unavailable",
        );
    }
}

fn line(service: Service, cmdlet: &CmdletName) -> String {
    format!("{service} {cmdlet}")
}

const REPORTS: &str = "reports";

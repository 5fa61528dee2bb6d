//! Before a run: what the chosen reports need, against what the tokens grant and what the services offer.

mod look;
mod missing;
mod token;

pub(crate) use look::Look;
pub(crate) use missing::way_out;
pub(crate) use token::{explain, failure_of, refusal};

use crate::bundled::Found;
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::plan::Plan;
use crate::terminal;
use exo_model::Service;
use exo_rbac::{Declared, Need, Preflight, Verdict};
use exo_token::Evidence;
use std::collections::BTreeMap;

/// Which reports can run, as far as that can be known before.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// The reports that would be refused something, each with the reason.
    pub(crate) unavailable: BTreeMap<String, Failure>,
    /// What could not be looked at, and what is not sure.
    pub(crate) notes: Vec<String>,
}

/// Looks at every service once, and at every declared cmdlet and parameter; unless the rest is to run, what is missing
/// ends it.
pub(crate) async fn outlook(connection: &Connection, plan: &Plan, skip: bool) -> Result<Outlook> {
    let (mut looks, mut closed) = (Vec::new(), BTreeMap::new());
    for service in plan.services() {
        match Look::whole(connection, service).await {
            Ok(look) => looks.push(look),
            Err(failure) if skip => drop(closed.insert(service, failure)),
            Err(failure) => return Err(failure),
        }
    }
    let mut outlook = Outlook { notes: looks.iter().filter_map(Look::note).collect(), ..Outlook::default() };
    let mut open = Vec::new();
    for found in plan.reports.iter().map(|planned| &planned.found) {
        match found.report.needs.iter().find_map(|need| closed.get(&need.service)) {
            Some(failure) => drop(outlook.unavailable.insert(found.report.name.clone(), of_report(found, failure))),
            None => open.push(declared(found)),
        }
    }
    let whole = preflight(&open, &looks);
    let missing: Vec<_> = open.iter().zip(&whole.reports).filter(|(_, r)| r.verdict() == Verdict::Closed).collect();
    if !skip && !missing.is_empty() {
        let (count, of) = (missing.len(), plan.reports.len());
        let more = if of > count { "; `--skip-unavailable` runs the other reports" } else { "" };
        return Err(missing::failure(&whole, sentence(&missing.iter().map(|(d, _)| *d).collect::<Vec<_>>(), of), more));
    }
    for (declared, _) in missing {
        let alone = preflight(std::slice::from_ref(declared), &looks);
        let failure = missing::failure(&alone, sentence(&[declared], 1), "");
        outlook.unavailable.insert(declared.report.clone(), failure);
    }
    let ready = whole.reports.iter().filter(|report| !outlook.unavailable.contains_key(&report.report));
    outlook.notes.extend(ready.flat_map(|report| &report.cmdlets).filter_map(|access| {
        let limit = access.limit?;
        Some(format!("warning: `{}`: {limit}", access.need.cmdlet))
    }));
    Ok(outlook)
}

/// Everything that a report declares to call.
pub(crate) fn declared(found: &Found) -> Declared {
    let report = &found.report;
    let need = |(service, cmdlet): (Service, &exo_plugin_wire::CmdletNeed)| {
        cmdlet.parameters.iter().fold(Need::new(service, cmdlet.name.clone()), |need, name| need.with(name.as_str()))
    };
    Declared { report: report.name.clone(), needs: report.cmdlets().map(need).collect() }
}

/// What of these reports can run, by what was seen of the services.
pub(crate) fn preflight(reports: &[Declared], looks: &[Look]) -> Preflight {
    let tokens: Vec<_> = looks.iter().filter_map(|look| look.grants.clone()).collect();
    let offers: Vec<_> = looks.iter().filter_map(|look| look.offer.as_ref().ok().cloned()).collect();
    exo_rbac::preflight(reports, &tokens, &offers)
}

fn sentence(missing: &[&Declared], of: usize) -> String {
    match missing {
        [one] => format!("report `{}` cannot run: not all that it needs is open to the app", one.report),
        several => {
            format!("{} of {of} reports cannot run: not all that they need is open to the app", several.len())
        }
    }
}

/// What keeps a whole service away keeps each report away that needs it.
fn of_report(found: &Found, failure: &Failure) -> Failure {
    let text = format!("report `{}` cannot run: {}", found.report.name, failure.in_a_line());
    let told = Failure::new(failure.kind(), text);
    match failure.hint() {
        Some(hint) => told.hinted(hint),
        None => told,
    }
}

/// Says of each service where nothing is known of its taking this kind of credential.
pub(crate) fn warn(connection: &Connection, services: impl IntoIterator<Item = Service>) {
    let kind = connection.profile.credential.kind();
    for service in services {
        let answer = kind.accepts(service);
        if !matches!(answer.evidence, Evidence::Documented | Evidence::Seen) {
            terminal::say(&format!("warning: {} with {}: {}", service.title(), kind.title(), answer.sentence));
        }
    }
}

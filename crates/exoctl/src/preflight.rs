//! Before a run: what the chosen reports need, against what the token grants and what the service offers.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::plan::{Plan, Planned};
use crate::terminal;
use exo_model::{CmdletName, Diagnose, ErrorKind, Service, TenantId};
use exo_plugin_wire::CmdletNeed;
use exo_rbac::{Answer, Grants};
use exo_session::Offer;
use exo_token::{Claims, Evidence, TokenFault, TokenFinding, Wanted};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Which reports can run, as far as that can be known before.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// The reports that would be refused something, each with the reason.
    pub(crate) unavailable: BTreeMap<String, Failure>,
    /// What could not be looked at.
    pub(crate) notes: Vec<String>,
}

/// Looks at every service once, and at every declared cmdlet and parameter; unless the rest is to run, the first thing
/// that is missing ends it.
pub(crate) async fn outlook(connection: &Connection, plan: &Plan, skip: bool) -> Result<Outlook> {
    let mut looks = BTreeMap::new();
    let mut outlook = Outlook::default();
    for service in plan.services() {
        let look = look(connection, service).await;
        if !skip && look.is_err() {
            look?;
            continue;
        }
        outlook.notes.extend(look.as_ref().ok().and_then(Look::note));
        looks.insert(service, look);
    }
    let mut lacking = Vec::new();
    for planned in &plan.reports {
        let report = &planned.found.report;
        if let Some(failure) = report.needs.iter().find_map(|need| looks.get(&need.service)?.as_ref().err()) {
            outlook.unavailable.insert(report.name.clone(), of_report(&report.name, failure));
            continue;
        }
        let lacks = lacks(planned, &looks);
        if !lacks.is_empty() {
            outlook.unavailable.insert(report.name.clone(), missing(&lacks, (1, 1)));
            lacking.extend(lacks);
        }
    }
    if skip || lacking.is_empty() {
        return Ok(outlook);
    }
    Err(missing(&lacking, (outlook.unavailable.len(), plan.reports.len())))
}

/// What is known of a service before a cmdlet is sent.
#[derive(Debug)]
pub(crate) struct Look {
    service: Service,
    /// What the token says; nothing where it cannot be read.
    grants: Option<Grants>,
    /// What the service offers, or why that is not known.
    offer: Result<Arc<Offer>>,
}

impl Look {
    /// Asks the service what it offers to the app: one call in a session's life.
    ///
    /// A refusal is one; an answer that does not come leaves the token to tell.
    pub(crate) async fn at(connection: &Connection, service: Service, claims: Option<&Claims>) -> Result<Self> {
        let grants = claims.map(|claims| Grants::from_claims(service, &claims.roles, &claims.wids));
        let offer = match connection.session(service).await?.offered().await {
            Err(error) if matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Authentication) => {
                return Err(error.into());
            }
            offer => offer.map_err(Failure::from),
        };
        Ok(Self { service, grants, offer })
    }

    /// What the service offers, where that is known.
    pub(crate) fn offer(&self) -> Option<&Offer> {
        self.offer.as_deref().ok()
    }

    /// Says that the offer is not known.
    pub(crate) fn note(&self) -> Option<String> {
        let failure = self.offer.as_ref().err()?;
        let text = std::iter::once(failure.text()).chain(failure.causes()).collect::<Vec<_>>().join(": ");
        let service = self.service.title();
        Some(format!("warning: which cmdlets {service} offers is not known, the token alone tells: {text}"))
    }

    /// Why a cmdlet, or a parameter of it, would be refused; the service's own list is the truth where it is known.
    pub(crate) fn lack(&self, need: &CmdletNeed) -> Option<String> {
        let (cmdlet, service) = (&need.name, self.service.title());
        let predicted = self.grants.as_ref().map(|grants| grants.cmdlet(self.service, cmdlet));
        let Some(offer) = self.offer() else {
            return predicted.filter(Answer::is_no).map(|answer| answer.to_string());
        };
        let Some(offered) = offer.parameters(cmdlet) else {
            let why = predicted.as_ref().and_then(Answer::why).map(|why| format!(": {why}")).unwrap_or_default();
            let count = offer.cmdlets().len();
            return Some(format!("`{cmdlet}` is not among the {count} cmdlets that {service} offers to the app{why}"));
        };
        let is_offered = |name: &str| offered.iter().any(|known| known.eq_ignore_ascii_case(name));
        // A list that names a cmdlet alone says nothing of its parameters.
        let missing = need.parameters.iter().filter(|name| !offered.is_empty() && !is_offered(name));
        let missing: Vec<String> = missing.map(|name| format!("`{name}`")).collect();
        (!missing.is_empty())
            .then(|| format!("{service} offers `{cmdlet}` to the app without the parameter {}", missing.join(", ")))
    }
}

/// Fails where the token makes it certain that the service will refuse, before the service is asked.
async fn look(connection: &Connection, service: Service) -> Result<Look> {
    let claims = connection.claims(service).await?;
    if let Some(claims) = &claims {
        let findings = explain(connection, service, claims, None);
        if let Some(finding) = findings.iter().find(|finding| finding.is_certain() && !is_of_time(finding)) {
            return Err(certain(finding, &format!("{}: ", service.title())));
        }
    }
    Look::at(connection, service, claims.as_ref()).await
}

/// A cmdlet of a report that would be refused.
#[derive(Debug)]
struct Lack {
    report: String,
    service: Service,
    cmdlet: CmdletName,
    text: String,
}

fn lacks(planned: &Planned, looks: &BTreeMap<Service, Result<Look>>) -> Vec<Lack> {
    let report = &planned.found.report;
    let lack = |(service, need): (Service, &CmdletNeed)| {
        let text = looks.get(&service)?.as_ref().ok()?.lack(need)?;
        Some(Lack { report: report.name.clone(), service, cmdlet: need.name.clone(), text })
    };
    report.cmdlets().filter_map(lack).collect()
}

/// All that is missing in one message, with the least that would do.
fn missing(lacks: &[Lack], (reports, of): (usize, usize)) -> Failure {
    let names: Vec<&str> = lacks.iter().map(|lack| lack.report.as_str()).collect();
    let text = match (names.as_slice(), reports) {
        ([name, ..], 1) => format!("report `{name}` cannot run: the app may not do all that it needs"),
        _ => format!("{reports} of {of} reports cannot run: the app may not do all that they need"),
    };
    let next = lacks.iter().rev().fold(None, |next: Option<Box<Cause>>, lack| {
        let text = if reports == 1 { lack.text.clone() } else { format!("`{}`: {}", lack.report, lack.text) };
        Some(Box::new(Cause { text, next }))
    });
    let needed: Vec<_> = lacks.iter().map(|lack| (lack.service, lack.cmdlet.clone())).collect();
    let least = exo_rbac::least(&needed);
    let others = if of > reports { "; `--skip-unavailable` runs the other reports" } else { "" };
    let hint = format!("set-up step 5: {least}, or add the app to a role group that has what is missing{others}");
    Failure::from(Missing { text, hint, next })
}

/// What all that is missing has in common, with each thing as a cause.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Missing {
    text: String,
    hint: String,
    #[source]
    next: Option<Box<Cause>>,
}

/// One of the things that are missing, and the others behind it.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    #[source]
    next: Option<Box<Self>>,
}

impl Diagnose for Missing {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Authorization
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(self.hint.clone().into())
    }
}

/// What keeps a whole service away keeps each report away that needs it.
fn of_report(report: &str, failure: &Failure) -> Failure {
    let text = std::iter::once(failure.text()).chain(failure.causes()).collect::<Vec<_>>().join(": ");
    let told = Failure::new(failure.kind(), format!("report `{report}` cannot run: {text}"));
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

/// What speaks against a token, in the order to look at it; by the token service's clock, as far as that is known.
pub(crate) fn explain(
    connection: &Connection,
    service: Service,
    claims: &Claims,
    tenant: Option<&TenantId>,
) -> Vec<TokenFinding> {
    let ahead = connection.clock_ahead_seconds().unwrap_or_default();
    let by = Duration::from_secs(ahead.unsigned_abs());
    let now = connection.now();
    let now = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) }.unwrap_or(now);
    let mut wanted = Wanted::new(service, connection.profile.endpoints.scope(service), now);
    if let Some(tenant) = tenant {
        wanted = wanted.tenant(tenant);
    }
    exo_token::explain(claims, &wanted)
}

/// A clock that is wrong makes a good token look bad, so that the service is left to judge it.
fn is_of_time(finding: &TokenFinding) -> bool {
    matches!(finding.fault, TokenFault::Expired | TokenFault::NotYetValid)
}

/// What makes it certain that the service will refuse a token, with the open set-up step and what to do.
pub(crate) fn failure_of(finding: &TokenFinding) -> Failure {
    certain(finding, "")
}

fn certain(finding: &TokenFinding, before: &str) -> Failure {
    let failure = Failure::new(ErrorKind::Authorization, format!("{before}{}", finding.seen));
    let is = if finding.is_certain() { "is" } else { "may be" };
    match finding.step {
        Some(step) => failure.hinted(format!("set-up step {} {is} open: {}", step.number(), finding.remedy)),
        None => failure.hinted(finding.remedy.clone()),
    }
}

/// A certain refusal, with the open set-up step and what to do.
pub(crate) fn refusal(answer: &Answer) -> Failure {
    let failure = Failure::new(ErrorKind::Authorization, answer.to_string());
    match (answer.step(), answer.hint()) {
        (Some(step), Some(hint)) => failure.hinted(format!("set-up step {step} is open: {hint}")),
        (None, Some(hint)) => failure.hinted(hint),
        (_, None) => failure.hinted("`exoctl check` shows what is missing"),
    }
}

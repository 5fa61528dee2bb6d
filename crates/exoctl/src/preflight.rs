//! Before a run: what the token says of permission and roles, so that a certain refusal costs no cmdlet.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::plan::Plan;
use crate::terminal;
use exo_model::{ErrorKind, Service, TenantId};
use exo_rbac::{Answer, Grants};
use exo_token::{Claims, Evidence, TokenFault, TokenFinding, Wanted};
use std::time::Duration;

/// Fails where the token of a service makes it certain that the service will refuse.
pub(crate) async fn check(connection: &Connection, plan: &Plan) -> Result<()> {
    let mut refused = Vec::new();
    for service in plan.services() {
        let Some(claims) = connection.claims(service).await? else { continue };
        let findings = explain(connection, service, &claims, None);
        if let Some(finding) = findings.iter().find(|finding| finding.is_certain() && !is_of_time(finding)) {
            return Err(certain(finding, &format!("{}: ", service.title())));
        }
        let grants = Grants::from_claims(service, &claims.roles, &claims.wids);
        refused.extend(cmdlets(plan, service, &grants));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let text = format!("the app's roles do not open what the reports need\n  {}", refused.join("\n  "));
    Err(Failure::new(ErrorKind::Authorization, text).hinted("`exoctl roles --cmdlet NAME` tells which roles would do"))
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

/// The cmdlets that are certain to be refused, each with its reason.
fn cmdlets(plan: &Plan, service: Service, grants: &Grants) -> Vec<String> {
    let mut refused = Vec::new();
    for planned in &plan.reports {
        let report = &planned.found.report;
        for need in report.needs.iter().filter(|need| need.service == service) {
            for cmdlet in &need.cmdlets {
                if let Answer::No { why } = grants.cmdlet(service, &cmdlet.name) {
                    refused.push(format!("{} of report `{}`: {why}", cmdlet.name, report.name));
                }
            }
        }
    }
    refused
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

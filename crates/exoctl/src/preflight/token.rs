//! What a token says before the service is asked: what makes a refusal certain, and what to do then.

use crate::connect::Connection;
use crate::failure::Failure;
use exo_model::{ErrorKind, Service, TenantId};
use exo_rbac::Answer;
use exo_token::{Claims, TokenFault, TokenFinding, Wanted};
use std::time::Duration;

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
pub(super) fn is_of_time(finding: &TokenFinding) -> bool {
    matches!(finding.fault, TokenFault::Expired | TokenFault::NotYetValid)
}

/// What makes it certain that the service will refuse a token, with the open set-up step and what to do.
pub(crate) fn failure_of(finding: &TokenFinding) -> Failure {
    certain(finding, "")
}

pub(super) fn certain(finding: &TokenFinding, before: &str) -> Failure {
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

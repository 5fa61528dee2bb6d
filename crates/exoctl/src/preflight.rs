//! Before a run: what the token says of permission and roles, so that a certain refusal costs no cmdlet.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::plan::Plan;
use exo_model::{ErrorKind, Service};
use exo_rbac::{Answer, Grants};

/// Fails where the token of a service makes it certain that the service will refuse.
pub(crate) async fn check(connection: &Connection, plan: &Plan) -> Result<()> {
    let mut refused = Vec::new();
    for service in plan.services() {
        let Some(claims) = connection.claims(service).await? else { continue };
        let grants = Grants::from_claims(service, &claims.roles, &claims.wids);
        let answer = grants.opens(service);
        if answer.is_no() {
            return Err(refusal(&answer));
        }
        refused.extend(cmdlets(plan, service, &grants));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let text = format!("the app's roles do not open what the reports need\n  {}", refused.join("\n  "));
    Err(Failure::new(ErrorKind::Authorization, text).hinted("`exoctl roles --cmdlet NAME` tells which roles would do"))
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

//! The organization where only the tenant is given: the initial domain, as the service itself tells it.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use exo_model::{CmdletName, ErrorKind, Invocation, Organization, Service, TenantId};
use exo_session::Session;
use serde_json::Value;

/// Asks Exchange Online for the tenant's initial domain.
pub(crate) async fn find(connection: &Connection) -> Result<Organization> {
    asked(connection).await.map_err(|failure| {
        let text =
            format!("no organization is given, and it cannot be found through the tenant: {}", failure.in_a_line());
        let way = "or give --organization, the initial domain such as contoso.onmicrosoft.com";
        let hint = failure.hint().map_or_else(|| way.to_owned(), |hint| format!("{hint}; {way}"));
        Failure::new(failure.kind(), text).hinted(hint)
    })
}

async fn asked(connection: &Connection) -> Result<Organization> {
    let fault = |why: &str| Failure::new(ErrorKind::Answer, why);
    let claims = connection.claims(Service::Exchange).await?;
    let tenant = claims.and_then(|claims| claims.tid?.parse::<TenantId>().ok());
    let tenant = tenant.or_else(|| connection.profile.tenant.id());
    let tenant = tenant.ok_or_else(|| fault("neither the token nor the profile tells the tenant's id"))?;
    // The tenant's id stands in the address and in the header that routes the call; the domain stands in neither.
    let unknown = "unknown.onmicrosoft.com".parse().map_err(|error| fault(&format!("{error}")))?;
    let session = connection.open_session(Service::Exchange, unknown, Some(tenant));
    let domains = accepted_domains(&session).await?;
    let initial = initial_domain(&domains).ok_or_else(|| fault("`Get-AcceptedDomain` names no initial domain"))?;
    initial.parse().map_err(|error| fault(&format!("`Get-AcceptedDomain` names one that is none: {error}")))
}

/// The domains of the tenant.
pub(crate) async fn accepted_domains(session: &Session) -> Result<Vec<Value>> {
    records(session, "Get-AcceptedDomain", &["DomainName", "InitialDomain"]).await
}

/// The records of a small list.
pub(crate) async fn records(session: &Session, cmdlet: &str, select: &[&str]) -> Result<Vec<Value>> {
    let name: CmdletName = cmdlet
        .parse()
        .map_err(|error: exo_model::InvalidCmdletName| Failure::new(ErrorKind::Fault, error.to_string()))?;
    let call = Invocation::new(session.service(), name).select(select.iter().copied()).limit(1000);
    Ok(exo_model::read_all(session, call).await?)
}

/// The domain that the tenant began with.
pub(crate) fn initial_domain(domains: &[Value]) -> Option<&str> {
    domains.iter().find(|domain| domain["InitialDomain"] == true).and_then(|domain| domain["DomainName"].as_str())
}

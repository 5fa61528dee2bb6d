//! The lines of a check for one service: token, permission, role, and the service itself.

use super::clock;
use crate::checklist::List;
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::preflight;
use exo_model::{CmdletName, ErrorKind, Invocation, Invoker, Next, Service, TenantId};
use exo_rbac::{Answer, Grants};
use exo_token::{Claims, TokenFault, TokenFinding};

/// What is asked of a service.
pub(super) struct Asked<'a> {
    pub(super) connection: &'a Connection,
    pub(super) service: Service,
    /// The tenant that the token must be of.
    pub(super) tenant: Option<&'a TenantId>,
    /// Cmdlets that the named reports need.
    pub(super) needed: Vec<&'a CmdletName>,
}

impl Asked<'_> {
    /// Token, permission, role, then the service itself; what cannot work any more is not tried.
    pub(super) async fn check(&self, list: &mut List) {
        let claims = self.connection.claims(self.service).await;
        let outside_its_time = claims.as_ref().is_err_and(|failure| failure.code() == Some("AADSTS700024"));
        if !list.has("clock") {
            clock::line(self.connection.clock_ahead_seconds(), outside_its_time, list);
        }
        let claims = match claims {
            Err(failure) => return list.fail(self.title("token"), &failure),
            Ok(None) => {
                let next = "the service may take it all the same";
                list.warn(self.title("token"), "came, but cannot be read".into(), next);
                None
            }
            Ok(Some(claims)) => Some(claims),
        };
        let Some(claims) = claims else { return self.reach(list).await };
        if !self.token(&claims, list) {
            return;
        }
        self.reach(list).await;
        let grants = self.grants(&claims);
        for cmdlet in &self.needed {
            answer(&self.title(cmdlet.as_str()), &grants.cmdlet(self.service, cmdlet), list);
        }
    }

    fn title(&self, what: &str) -> String {
        format!("{} {what}", self.service)
    }

    fn grants(&self, claims: &Claims) -> Grants {
        Grants::from_claims(self.service, &claims.roles, &claims.wids)
    }

    /// What the token says; whether the service may take it.
    fn token(&self, claims: &Claims, list: &mut List) -> bool {
        let findings = preflight::explain(self.connection, self.service, claims, self.tenant);
        let (rights, faults): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| is_of_rights(finding));
        for finding in &faults {
            told(&self.title("token"), finding, list);
        }
        if faults.is_empty() {
            let app = claims.app_display_name.as_ref().map(|name| format!("for app `{name}`, ")).unwrap_or_default();
            let audience = claims.aud.as_deref().unwrap_or("unknown");
            list.ok(self.title("token"), format!("{app}audience {audience}"));
        }
        let permission = self.title("permission");
        match rights.iter().find(|finding| finding.fault != TokenFault::NoDirectoryRole) {
            Some(finding) => {
                told(&permission, finding, list);
                return false;
            }
            None if claims.has_role(exo_rbac::PERMISSION) => {
                list.ok(permission, "Exchange.ManageAsApp is granted and consented".into());
            }
            None => {}
        }
        if faults.iter().any(|finding| finding.is_certain()) {
            return false;
        }
        let opens = self.grants(claims).opens(self.service);
        match rights.first() {
            Some(finding) => list.warn(self.title("role"), opens.to_string(), &finding.remedy),
            None => answer(&self.title("role"), &opens, list),
        }
        true
    }

    /// One small read that every role of the table may do.
    async fn reach(&self, list: &mut List) {
        let (what, service) = (self.title("session"), self.service);
        match first_records(self.connection, service).await {
            Err(failure) => list.fail(what, &failure),
            Ok((records, region)) => {
                let region = region.map(|region| format!(" at {region}")).unwrap_or_default();
                list.ok(what, format!("{} answers{region}", service.title()));
                if service == Service::Exchange {
                    organization(self.connection, &records, list);
                }
            }
        }
    }
}

/// Whether it is about permissions and roles, which have lines of their own.
fn is_of_rights(finding: &TokenFinding) -> bool {
    matches!(finding.fault, TokenFault::NoPermission | TokenFault::OtherPermission | TokenFault::NoDirectoryRole)
}

/// A failure where the service is certain to refuse, else a warning.
fn told(what: &str, finding: &TokenFinding, list: &mut List) {
    if finding.is_certain() {
        list.fail(what, &preflight::failure_of(finding));
    } else {
        list.warn(what, finding.seen.clone(), &finding.remedy);
    }
}

fn answer(what: &str, answer: &Answer, list: &mut List) {
    match answer {
        Answer::Yes { by } => list.ok(what, by.to_string()),
        Answer::Maybe { why } => list.warn(what, why.to_string(), "no fault by itself: the service decides"),
        Answer::No { .. } => list.fail(what, &preflight::refusal(answer)),
    }
}

/// Custom domains get a token, and break page runs later: the initial domain is looked up.
fn organization(connection: &Connection, records: &[serde_json::Value], list: &mut List) {
    let ours = connection.profile.organization.as_str();
    let initial =
        records.iter().find(|record| record["InitialDomain"] == true).and_then(|record| record["DomainName"].as_str());
    match initial {
        Some(domain) if domain.eq_ignore_ascii_case(ours) => {
            list.ok("organization", format!("{ours} is the initial domain"));
        }
        Some(domain) => {
            let text = format!("{ours} is not the tenant's initial domain, {domain} is");
            list.fail(
                "organization",
                &Failure::new(ErrorKind::Profile, text).hinted(format!("use --organization {domain}")),
            );
        }
        None => {
            list.warn("organization", "the service names no initial domain".into(), "compare it in the admin center");
        }
    }
}

async fn first_records(connection: &Connection, service: Service) -> Result<(Vec<serde_json::Value>, Option<String>)> {
    let (cmdlet, select): (&str, &[&str]) = match service {
        Service::Compliance => ("Get-ProtectionAlert", &["Name"]),
        _ => ("Get-AcceptedDomain", &["DomainName", "InitialDomain"]),
    };
    let name = cmdlet
        .parse()
        .map_err(|error: exo_model::InvalidCmdletName| Failure::new(ErrorKind::Fault, error.to_string()))?;
    let session = connection.session(service).await?;
    let call = Invocation::new(service, name).select(select.iter().copied()).limit(1000);
    let mut pages = session.invoke(call).await?;
    let mut records = Vec::new();
    while let Next::Page(page) = pages.next().await? {
        records.extend(page.records().filter_map(|record| serde_json::from_slice(record).ok()));
    }
    Ok((records, session.region()))
}

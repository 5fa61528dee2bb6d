//! Where a tenant and its services are: what can be said before anybody signs in.

use crate::arguments::{Places, SignIn};
use crate::credential::AzureVariables;
use crate::failure::{Failure, Result};
use crate::profile::{checked, missing, text};
use crate::profile_file::Settings;
use exo_model::{Cloud, Endpoints, ErrorKind, Organization, Origin, Scope, TenantName};
use std::path::PathBuf;
use std::time::Duration;

/// The tenant, the addresses of its services, and what is needed to reach them.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// The tenant's initial domain; found through the tenant where nobody gives it.
    pub(crate) organization: Option<Organization>,
    /// The tenant as the token endpoint is told it.
    pub(crate) tenant: TenantName,
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// Addresses and scopes.
    pub(crate) endpoints: Endpoints,
    /// More certificate authorities to trust.
    pub(crate) ca_file: Option<PathBuf>,
    /// Waits of one call at most, summed.
    pub(crate) max_wait: Duration,
}

impl Site {
    /// Merges flags (with their variables) over the profile file, and checks the result.
    pub(crate) fn resolve(sign_in: &SignIn, settings: &Settings, azure: &AzureVariables) -> Result<Self> {
        let organization = text(sign_in.organization.as_ref(), settings.organization.as_ref());
        let tenant = text(sign_in.tenant.as_ref(), settings.tenant.as_ref()).or_else(|| azure.tenant.clone());
        let (organization, tenant) = names(organization, tenant)?;
        let places = &sign_in.places;
        let cloud = settings.cloud(places)?;
        Ok(Self {
            organization,
            tenant,
            cloud: cloud.unwrap_or_default(),
            endpoints: settings.endpoints(places, cloud, azure.authority.as_ref())?,
            ca_file: places.ca_file.clone().or_else(|| settings.ca_file.clone()),
            max_wait: Duration::from_secs(places.max_wait.or(settings.max_wait).unwrap_or(600)),
        })
    }
}

impl Settings {
    fn cloud(&self, places: &Places) -> Result<Option<Cloud>> {
        let Some(name) = text(places.cloud.as_ref(), self.cloud.as_ref()) else { return Ok(None) };
        let found = Cloud::ALL.iter().copied().find(|cloud| cloud.as_str().eq_ignore_ascii_case(&name));
        let known = || Cloud::ALL.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ");
        let unknown = || Failure::new(ErrorKind::Profile, format!("`{name}` is not a cloud; there are {}", known()));
        found.map(Some).ok_or_else(unknown)
    }

    fn endpoints(&self, places: &Places, cloud: Option<Cloud>, authority: Option<&String>) -> Result<Endpoints> {
        let mut endpoints = cloud.unwrap_or_default().endpoints();
        // A cloud that somebody has chosen says more than a variable that is there by itself.
        let authority = authority.filter(|_| cloud.is_none());
        if let Some(login) = origin(places.login.as_ref().or(authority), self.login.as_ref())? {
            endpoints.login = login;
        }
        if let Some(exchange) = origin(places.exchange.as_ref(), self.exchange.as_ref())? {
            endpoints.exchange = exchange;
        }
        if let Some(compliance) = origin(places.compliance.as_ref(), self.compliance.as_ref())? {
            endpoints.compliance_region = compliance.clone();
            endpoints.compliance = compliance;
        }
        if let Some(graph) = origin(places.graph.as_ref(), self.graph.as_ref())? {
            endpoints.graph = graph;
        }
        if let Some(scope) = text(places.exchange_scope.as_ref(), self.exchange_scope.as_ref()) {
            endpoints.exchange_scope = Scope::new(scope);
        }
        if let Some(scope) = text(places.compliance_scope.as_ref(), self.compliance_scope.as_ref()) {
            endpoints.compliance_scope = Scope::new(scope);
        }
        if let Some(scope) = text(places.graph_scope.as_ref(), self.graph_scope.as_ref()) {
            endpoints.graph_scope = Scope::new(scope);
        }
        Ok(endpoints)
    }
}

/// The organization and the tenant: each stands for the other where it can.
fn names(organization: Option<String>, tenant: Option<String>) -> Result<(Option<Organization>, TenantName)> {
    let organization: Option<Organization> = organization.map(|name| checked(&name)).transpose()?;
    let Some(tenant) = tenant else {
        let organization =
            organization.ok_or_else(|| missing("organization", "EXOCTL_ORGANIZATION", "contoso.onmicrosoft.com"))?;
        let tenant = TenantName::from(&organization);
        return Ok((Some(organization), tenant));
    };
    // An initial domain is both.
    Ok((organization.or_else(|| tenant.parse().ok()), checked(&tenant)?))
}

fn origin(flag: Option<&String>, setting: Option<&String>) -> Result<Option<Origin>> {
    text(flag, setting).map(|address| checked(&address)).transpose()
}

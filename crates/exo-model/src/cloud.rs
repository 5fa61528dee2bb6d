//! The sovereign clouds, the two services, and where they are.

use crate::Origin;
use std::fmt;
use std::str::FromStr;

/// One of the two services that cmdlets run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Service {
    /// Exchange Online.
    #[serde(rename = "exo")]
    Exchange,
    /// Security & Compliance (Purview).
    #[serde(rename = "scc")]
    Compliance,
}

/// A text that names no service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a service; there are `exo` (Exchange Online) and `scc` (Security & Compliance)")]
#[non_exhaustive]
pub struct UnknownService(pub String);

impl Service {
    /// Both services.
    pub const ALL: &'static [Self] = &[Self::Exchange, Self::Compliance];

    /// The short name: `exo` or `scc`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exchange => "exo",
            Self::Compliance => "scc",
        }
    }

    /// Microsoft's name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Exchange => "Exchange Online",
            Self::Compliance => "Security & Compliance",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(text: &str) -> Result<Self, UnknownService> {
        Self::ALL
            .iter()
            .copied()
            .find(|s| s.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownService(text.to_owned()))
    }
}

/// What a token is for, such as `https://outlook.office365.com/.default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(String);

impl Scope {
    /// A scope as the token endpoint takes it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The scope that covers all app roles granted on a resource.
    pub fn of(resource: &Origin) -> Self {
        Self(format!("{resource}/.default"))
    }

    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource itself, as the old endpoint and managed identities are asked for it: what stands before
    /// `/.default`, a slash at its end included.
    pub fn resource(&self) -> &str {
        self.0.strip_suffix("/.default").unwrap_or(&self.0)
    }

    /// The audience that a token for this scope carries, without slash at the end.
    pub fn audience(&self) -> &str {
        let resource = self.resource();
        resource.strip_suffix('/').unwrap_or(resource)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which sovereign cloud a tenant lives in.
///
/// Hosts: Microsoft's app-only authentication and national cloud pages, and the module's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Cloud {
    /// Worldwide, and GCC, which lives in it.
    #[default]
    Worldwide,
    /// US government, GCC High.
    GccHigh,
    /// US government, Department of Defense.
    Dod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// All living clouds.
    pub const ALL: &'static [Self] = &[Self::Worldwide, Self::GccHigh, Self::Dod, Self::China];

    /// The name in profiles and flags.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Worldwide => "worldwide",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
            Self::China => "china",
        }
    }

    /// The names by which a service of this cloud is called from outside, the one for the first call first.
    ///
    /// The only names that a token for the service may be sent to, by themselves or with the label of a region in front.
    ///
    /// ```
    /// use exo_model::{Cloud, Service};
    /// assert_eq!(Cloud::Worldwide.hosts(Service::Exchange), ["outlook.office365.com", "outlook.office.com"]);
    /// ```
    pub const fn hosts(self, service: Service) -> &'static [&'static str] {
        match (self, service) {
            (Self::Worldwide, Service::Exchange) => &["outlook.office365.com", "outlook.office.com"],
            (Self::Worldwide, Service::Compliance) => &["ps.compliance.protection.outlook.com"],
            (Self::GccHigh, Service::Exchange) => &["outlook.office365.us"],
            (Self::GccHigh, Service::Compliance) => &[GOVERNMENT_COMPLIANCE],
            (Self::Dod, Service::Exchange) => &["outlook-dod.office365.us", "webmail.apps.mil"],
            // The first call goes to `l5.`; the token is for the name without it.
            (Self::Dod, Service::Compliance) => &["l5.ps.compliance.protection.office365.us", GOVERNMENT_COMPLIANCE],
            (Self::China, Service::Exchange) => &["partner.outlook.cn", "outlook.office365.cn"],
            (Self::China, Service::Compliance) => &["ps.compliance.protection.partner.outlook.cn"],
        }
    }

    /// Where the services of this cloud are.
    pub fn endpoints(self) -> Endpoints {
        let login = match self {
            Self::Worldwide => "login.microsoftonline.com",
            Self::GccHigh | Self::Dod => "login.microsoftonline.us",
            Self::China => "login.partner.microsoftonline.cn",
        };
        let first = |service| self.hosts(service).first().copied().unwrap_or_default();
        let (exchange, compliance) = (first(Service::Exchange), first(Service::Compliance));
        let compliance_audience = self.hosts(Service::Compliance).last().copied().unwrap_or_default();
        let (graph, key_vault, federated_audience) = self.beside();
        Endpoints {
            login: secure(login),
            exchange: secure(exchange),
            compliance: secure(compliance),
            exchange_scope: Scope::of(&secure(exchange)),
            compliance_scope: Scope::of(&secure(compliance_audience)),
            compliance_region: secure(compliance_audience),
            graph: secure(graph),
            graph_scope: Scope::of(&secure(graph)),
            key_vault_suffix: key_vault.to_owned(),
            key_vault_scope: Scope::of(&secure(key_vault)),
            federated_audience: federated_audience.to_owned(),
        }
    }

    /// Microsoft Graph, what Key Vault names end in, and the audience of federated credentials.
    const fn beside(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Worldwide => ("graph.microsoft.com", "vault.azure.net", "api://AzureADTokenExchange"),
            Self::GccHigh => ("graph.microsoft.us", GOVERNMENT_VAULT, GOVERNMENT_AUDIENCE),
            Self::Dod => ("dod-graph.microsoft.us", GOVERNMENT_VAULT, GOVERNMENT_AUDIENCE),
            Self::China => ("microsoftgraph.chinacloudapi.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina"),
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the services of a cloud are, and what their tokens are asked for; each can be overridden.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// The sign-in host.
    pub login: Origin,
    /// Exchange Online.
    pub exchange: Origin,
    /// The generic host of Security & Compliance, which redirects to the tenant's region.
    pub compliance: Origin,
    /// What the label of a region is put before.
    pub compliance_region: Origin,
    /// The token's scope for Exchange Online.
    pub exchange_scope: Scope,
    /// The token's scope for Security & Compliance.
    pub compliance_scope: Scope,
    /// Microsoft Graph.
    pub graph: Origin,
    /// The token's scope for Microsoft Graph.
    pub graph_scope: Scope,
    /// What the names of key vaults end in, without a dot in front.
    pub key_vault_suffix: String,
    /// The token's scope for Key Vault.
    pub key_vault_scope: Scope,
    /// The audience that the token of another issuer must be for, so that it vouches for an app.
    pub federated_audience: String,
}

impl Endpoints {
    /// The first host of a service.
    pub fn host(&self, service: Service) -> &Origin {
        match service {
            Service::Exchange => &self.exchange,
            Service::Compliance => &self.compliance,
        }
    }

    /// The token's scope for a service.
    pub fn scope(&self, service: Service) -> &Scope {
        match service {
            Service::Exchange => &self.exchange_scope,
            Service::Compliance => &self.compliance_scope,
        }
    }

    /// The token's scope for Microsoft Graph.
    pub fn graph_scope(&self) -> Scope {
        self.graph_scope.clone()
    }

    /// What a regional label is put before: EXO redirects some tenants, SCC all.
    pub fn region_base(&self, service: Service) -> &Origin {
        match service {
            Service::Exchange => &self.exchange,
            Service::Compliance => &self.compliance_region,
        }
    }
}

#[expect(clippy::expect_used, reason = "called with the constant host names of this file, which a test parses")]
fn secure(host: &str) -> Origin {
    host.parse().expect("a constant host name")
}

const GOVERNMENT_COMPLIANCE: &str = "ps.compliance.protection.office365.us";
const GOVERNMENT_VAULT: &str = "vault.usgovcloudapi.net";
const GOVERNMENT_AUDIENCE: &str = "api://AzureADTokenExchangeUSGov";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_has_endpoints() {
        for cloud in Cloud::ALL {
            let e = cloud.endpoints();
            assert!(e.scope(Service::Exchange).as_str().ends_with("/.default"));
            assert!(e.scope(Service::Compliance).audience().contains("compliance"));
            for service in Service::ALL {
                let names = cloud.hosts(*service);
                assert!(names.contains(&e.host(*service).host()) && names.contains(&e.region_base(*service).host()));
                assert!(names.iter().all(|name| name.parse::<Origin>().is_ok_and(|origin| origin.host() == *name)));
            }
        }
    }

    #[test]
    fn dod_asks_for_the_token_without_the_first_label() {
        let e = Cloud::Dod.endpoints();
        assert_eq!(e.compliance.host(), "l5.ps.compliance.protection.office365.us");
        assert_eq!(e.compliance_scope.as_str(), "https://ps.compliance.protection.office365.us/.default");
    }

    #[test]
    fn the_audience_of_a_scope_has_no_slash_at_its_end() {
        assert_eq!(Scope::new("https://a.example//.default").audience(), "https://a.example");
        assert_eq!(Scope::new("https://a.example/.default").audience(), "https://a.example");
    }

    #[test]
    fn the_resource_of_a_scope_keeps_its_slash() {
        assert_eq!(Scope::new("https://a.example//.default").resource(), "https://a.example/");
        assert_eq!(Scope::new("https://a.example/.default").resource(), "https://a.example");
        assert_eq!(Scope::new("api://AzureADTokenExchange").resource(), "api://AzureADTokenExchange");
    }

    #[test]
    fn each_cloud_has_its_vaults_its_graph_and_its_audience() {
        let of = |cloud: Cloud| {
            let e = cloud.endpoints();
            (e.graph_scope().to_string(), e.key_vault_suffix, e.key_vault_scope.to_string(), e.federated_audience)
        };
        let expected = |graph: &str, vault: &str, audience: &str| {
            let scope = |host: &str| format!("https://{host}/.default");
            (scope(graph), vault.to_owned(), scope(vault), audience.to_owned())
        };
        let worldwide = expected("graph.microsoft.com", "vault.azure.net", "api://AzureADTokenExchange");
        assert_eq!(of(Cloud::Worldwide), worldwide);
        let government = |graph| expected(graph, "vault.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov");
        assert_eq!(of(Cloud::GccHigh), government("graph.microsoft.us"));
        assert_eq!(of(Cloud::Dod), government("dod-graph.microsoft.us"));
        let china = expected("microsoftgraph.chinacloudapi.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina");
        assert_eq!(of(Cloud::China), china);
    }
}

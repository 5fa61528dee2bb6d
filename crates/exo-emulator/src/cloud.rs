//! Microsoft's clouds: by which names each is called, and what it says of itself.

use std::fmt;
use std::str::FromStr;

use crate::app::Service;
use crate::error::Error;

/// A cloud in which a tenant may live.
///
/// ```
/// use exo_emulator::{Cloud, Service};
///
/// let cloud: Cloud = "gcc-high".parse()?;
/// assert_eq!(cloud, Cloud::GccHigh);
/// assert_eq!(cloud.login_host(), "login.microsoftonline.us");
/// assert_eq!(cloud.audience(Service::Exchange), "https://outlook.office365.us");
/// # Ok::<(), exo_emulator::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The commercial cloud.
    #[default]
    Worldwide,
    /// The moderate cloud of US authorities, which lives in the worldwide one.
    Gcc,
    /// The cloud of US authorities with high demands.
    GccHigh,
    /// The cloud of the US Department of Defense.
    Dod,
    /// The cloud that 21Vianet runs in China.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Worldwide, Self::Gcc, Self::GccHigh, Self::Dod, Self::China];

    /// The name that settings use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worldwide => "worldwide",
            Self::Gcc => "gcc",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
            Self::China => "china",
        }
    }

    /// The host of the token service.
    pub fn login_host(self) -> &'static str {
        self.logins().first().copied().unwrap_or_default()
    }

    /// The audience of a token for a service of this cloud.
    pub const fn audience(self, service: Service) -> &'static str {
        match (self, service) {
            (Self::Worldwide | Self::Gcc, Service::Exchange) => "https://outlook.office365.com",
            (Self::Worldwide | Self::Gcc, Service::Compliance) => "https://ps.compliance.protection.outlook.com",
            (Self::GccHigh, Service::Exchange) => "https://outlook.office365.us",
            (Self::Dod, Service::Exchange) => "https://outlook-dod.office365.us",
            (Self::GccHigh | Self::Dod, Service::Compliance) => "https://ps.compliance.protection.office365.us",
            (Self::China, Service::Exchange) => "https://partner.outlook.cn",
            (Self::China, Service::Compliance) => "https://ps.compliance.protection.partner.outlook.cn",
        }
    }

    /// The host of Microsoft Graph.
    pub const fn graph_host(self) -> &'static str {
        match self {
            Self::Worldwide | Self::Gcc => "graph.microsoft.com",
            Self::GccHigh => "graph.microsoft.us",
            Self::Dod => "dod-graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// What `tenant_region_scope` and `tenant_region_sub_scope` say of a tenant.
    pub(crate) const fn region(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Worldwide => ("EU", None),
            Self::Gcc => ("NA", Some("GCC")),
            Self::GccHigh => ("USGov", Some("DODCON")),
            Self::Dod => ("USGov", Some("DOD")),
            Self::China => ("AS", None),
        }
    }

    /// What stands behind a tenant's name in the domain that it began with.
    pub(crate) const fn initial_suffix(self) -> &'static str {
        match self {
            Self::Worldwide | Self::Gcc => "onmicrosoft.com",
            Self::GccHigh | Self::Dod => "onmicrosoft.us",
            Self::China => "partner.onmschina.cn",
        }
    }

    /// The names of the token service, the preferred one first: one group of aliases.
    pub(crate) const fn logins(self) -> &'static [&'static str] {
        match self {
            Self::Worldwide | Self::Gcc => {
                &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
            }
            Self::GccHigh | Self::Dod => &["login.microsoftonline.us", "login.usgovcloudapi.net"],
            Self::China => &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        }
    }

    /// The names of Exchange Online.
    pub(crate) const fn exchange_hosts(self) -> &'static [&'static str] {
        match self {
            Self::Worldwide | Self::Gcc => &["outlook.office365.com", "outlook.office.com"],
            Self::GccHigh => &["outlook.office365.us"],
            Self::Dod => &["outlook-dod.office365.us"],
            Self::China => &["partner.outlook.cn", "outlook.office365.cn"],
        }
    }

    /// The front door of Security & Compliance, and the name behind the region's label in its redirect.
    pub(crate) const fn compliance_hosts(self) -> (&'static str, &'static str) {
        match self {
            Self::Worldwide | Self::Gcc => ("ps.compliance.protection.outlook.com", "admin.protection.outlook.com"),
            Self::GccHigh | Self::Dod => ("ps.compliance.protection.office365.us", "admin.protection.office365.us"),
            Self::China => ("ps.compliance.protection.partner.outlook.cn", "admin.protection.partner.outlook.cn"),
        }
    }

    /// Who issues tokens of version 1.0 for a tenant.
    pub(crate) fn issuer(self, tenant: &str) -> String {
        let host = match self {
            Self::China => "sts.chinacloudapi.cn",
            _ => "sts.windows.net",
        };
        format!("https://{host}/{tenant}/")
    }

    /// `cloud_instance_name`, `cloud_graph_host_name` and `rbac_url` of the OpenID configuration.
    pub(crate) const fn instance(self) -> [&'static str; 3] {
        match self {
            Self::Worldwide | Self::Gcc => ["microsoftonline.com", "graph.windows.net", "https://pas.windows.net"],
            Self::GccHigh | Self::Dod => ["microsoftonline.us", "graph.windows.net", "https://pasff.usgovcloudapi.net"],
            Self::China => ["partner.microsoftonline.cn", "graph.chinacloudapi.cn", "https://pas.chinacloudapi.cn"],
        }
    }

    /// Whether both are served under the same names of the token service.
    pub(crate) fn shares_login_with(self, other: Self) -> bool {
        self.login_host() == other.login_host()
    }

    /// The first cloud whose token service has this name.
    pub(crate) fn of_login(host: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.logins().iter().any(|known| known.eq_ignore_ascii_case(host)))
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cloud {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|cloud| cloud.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| Error::Setting {
            what: "cloud (worldwide, gcc, gcc-high, dod or china)",
            value: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.to_string().parse::<Cloud>().unwrap(), cloud);
        }
        assert!("germany".parse::<Cloud>().unwrap_err().to_string().contains("gcc-high"));
    }

    #[test]
    fn hosts_of_a_service_begin_with_that_of_its_audience() {
        for cloud in Cloud::ALL {
            let host = |service| cloud.audience(service).trim_start_matches("https://").to_owned();
            assert_eq!(cloud.exchange_hosts()[0], host(Service::Exchange));
            assert_eq!(cloud.compliance_hosts().0, host(Service::Compliance));
        }
    }

    #[test]
    fn the_american_clouds_share_their_sign_in() {
        assert_eq!(Cloud::of_login("LOGIN.usgovcloudapi.net"), Some(Cloud::GccHigh));
        assert!(Cloud::GccHigh.shares_login_with(Cloud::Dod));
        assert!(!Cloud::GccHigh.shares_login_with(Cloud::Worldwide));
        assert_eq!(Cloud::of_login("login.example.com"), None);
    }
}

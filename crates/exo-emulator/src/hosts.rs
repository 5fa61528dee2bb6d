//! Which service a `Host` header means, by the loopback names and by the real ones.

use crate::app::Service;

/// Names of the token service that stand for the worldwide cloud; the bare loopback names are for
/// programs whose resolver does not know names under `.localhost`.
const LOGIN: [&str; 7] = [
    "login.localhost",
    "localhost",
    "127.0.0.1",
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
];
/// Names of the token service of other clouds, in which this tenant does not live.
const OTHER_LOGIN: [&str; 4] = [
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];
const EXCHANGE: [&str; 3] = ["outlook.localhost", "outlook.office365.com", "outlook.office.com"];
const COMPLIANCE: [(&str, &str); 2] = [
    ("ps.compliance.localhost", "admin.compliance.localhost"),
    ("ps.compliance.protection.outlook.com", "admin.protection.outlook.com"),
];

/// What answers under a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The token service of the tenant's cloud.
    Login,
    /// The token service of a cloud that the tenant is not in.
    OtherCloud,
    /// The admin API.
    Admin(Service),
    /// The front door of Security & Compliance, which sends callers to `inner` or another region.
    FrontDoor {
        /// The name behind the region's label in a redirect.
        inner: &'static str,
    },
    /// Nothing.
    Unknown,
}

impl Host {
    /// Looks a name up; `region` is the label that the tenant's compliance data live under.
    pub(crate) fn of(name: &str, region: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if LOGIN.contains(&name.as_str()) {
            return Self::Login;
        }
        if OTHER_LOGIN.contains(&name.as_str()) {
            return Self::OtherCloud;
        }
        if EXCHANGE.contains(&name.as_str()) {
            return Self::Admin(Service::Exchange);
        }
        for (generic, inner) in COMPLIANCE {
            match name.strip_suffix(generic) {
                Some("") => return Self::FrontDoor { inner },
                Some(label) if label.strip_suffix('.') == Some(region) => {
                    return Self::Admin(Service::Compliance);
                }
                Some(label) if label.ends_with('.') => return Self::FrontDoor { inner },
                _ => {}
            }
        }
        Self::Unknown
    }
}

/// The host of a `Host` header, without port.
pub(crate) fn without_port(authority: &str) -> &str {
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Whether a name is one of the worldwide token service.
pub(crate) fn is_login(name: &str) -> bool {
    LOGIN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The names of the server certificate.
pub(crate) fn certificate_names() -> Vec<String> {
    let compliance = COMPLIANCE.iter().flat_map(|(generic, _)| [(*generic).to_owned(), format!("*.{generic}")]);
    LOGIN.iter().chain(&OTHER_LOGIN).chain(&EXCHANGE).map(|name| (*name).to_owned()).chain(compliance).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_real_names_mean_the_same() {
        for name in ["login.localhost", "LOGIN.microsoftonline.com", "localhost", "127.0.0.1"] {
            assert_eq!(Host::of(name, "eur02b"), Host::Login);
        }
        for name in ["outlook.localhost", "outlook.office365.com"] {
            assert_eq!(Host::of(name, "eur02b"), Host::Admin(Service::Exchange));
        }
        for generic in ["ps.compliance.localhost", "ps.compliance.protection.outlook.com"] {
            assert!(matches!(Host::of(generic, "eur02b"), Host::FrontDoor { .. }));
            let regional = format!("eur02b.{generic}");
            assert_eq!(Host::of(&regional, "eur02b"), Host::Admin(Service::Compliance));
            let elsewhere = format!("nam11b.{generic}");
            assert!(matches!(Host::of(&elsewhere, "eur02b"), Host::FrontDoor { .. }));
        }
        assert_eq!(Host::of("xps.compliance.localhost", "eur02b"), Host::Unknown);
        assert_eq!(Host::of("elsewhere.localhost", "eur02b"), Host::Unknown);
    }
}

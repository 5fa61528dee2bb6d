//! Which service a `Host` header means, by the loopback names and by the real ones of every cloud.

use crate::app::Service;
use crate::cloud::Cloud;

/// Names that are the token service of whatever cloud the tenant lives in; the bare ones are for programs
/// whose resolver does not know names under `.localhost`.
const LOGIN: [&str; 3] = ["login.localhost", "localhost", "127.0.0.1"];
const EXCHANGE: &str = "outlook.localhost";
const COMPLIANCE: (&str, &str) = ("ps.compliance.localhost", "admin.compliance.localhost");

/// What answers under a host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The token service of the tenant's cloud.
    Login,
    /// The token service of a cloud that the tenant is not in.
    OtherCloud,
    /// The admin API.
    Admin(Service),
    /// The admin API of a cloud that the tenant is not in.
    OtherAdmin(Service, Cloud),
    /// The front door of Security & Compliance, which sends callers to `inner` or another region.
    FrontDoor {
        /// The name behind the region's label in a redirect.
        inner: &'static str,
    },
    /// Nothing.
    Unknown,
}

impl Host {
    /// Looks a name up for a tenant of `cloud`; `region` is the label that its compliance data live under.
    pub(crate) fn of(name: &str, cloud: Cloud, region: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if is_login(&name, cloud) {
            return Self::Login;
        }
        if Cloud::of_login(&name).is_some() {
            return Self::OtherCloud;
        }
        if name == EXCHANGE {
            return Self::Admin(Service::Exchange);
        }
        let loopback = compliance(&name, COMPLIANCE, region);
        let own = || Self::real(&name, cloud, region);
        let other = || {
            let elsewhere = |other: Cloud| Some((Self::real(&name, other, region)?.service()?, other));
            let (service, other) = Cloud::ALL.into_iter().find_map(elsewhere)?;
            Some(Self::OtherAdmin(service, other))
        };
        loopback.or_else(own).or_else(other).unwrap_or(Self::Unknown)
    }

    /// What a name means to a tenant of `cloud` by that cloud's own names.
    fn real(name: &str, cloud: Cloud, region: &str) -> Option<Self> {
        if cloud.exchange_hosts().contains(&name) {
            return Some(Self::Admin(Service::Exchange));
        }
        compliance(name, cloud.compliance_hosts(), region)
    }

    const fn service(self) -> Option<Service> {
        match self {
            Self::Admin(service) | Self::OtherAdmin(service, _) => Some(service),
            Self::FrontDoor { .. } => Some(Service::Compliance),
            Self::Login | Self::OtherCloud | Self::Unknown => None,
        }
    }
}

/// What a name means beside the front door of Security & Compliance, if anything.
fn compliance(name: &str, (generic, inner): (&str, &'static str), region: &str) -> Option<Host> {
    match name.strip_suffix(generic)? {
        "" => Some(Host::FrontDoor { inner }),
        label if label.strip_suffix('.') == Some(region) => Some(Host::Admin(Service::Compliance)),
        label if label.ends_with('.') => Some(Host::FrontDoor { inner }),
        _ => None,
    }
}

/// The host of a `Host` header, without port.
pub(crate) fn without_port(authority: &str) -> &str {
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Another host, behind the port of the one that was called.
pub(crate) fn at_port_of(authority: &str, host: &str) -> String {
    authority.split_once(':').map_or_else(|| host.to_owned(), |(_, port)| format!("{host}:{port}"))
}

/// Whether a name stands for the token service of any cloud that the tenant may be in.
pub(crate) fn is_loopback_login(name: &str) -> bool {
    LOGIN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether a name is one of a cloud's token service.
pub(crate) fn is_login(name: &str, cloud: Cloud) -> bool {
    is_loopback_login(name) || cloud.logins().iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The names of the server certificate.
pub(crate) fn certificate_names() -> Vec<String> {
    let own = LOGIN.into_iter().chain([EXCHANGE]);
    let real = Cloud::ALL.into_iter().flat_map(|cloud| cloud.logins().iter().chain(cloud.exchange_hosts()).copied());
    let front_doors = Cloud::ALL.into_iter().map(|cloud| cloud.compliance_hosts().0).chain([COMPLIANCE.0]);
    let compliance = front_doors.flat_map(|generic| [generic.to_owned(), format!("*.{generic}")]);
    let mut names: Vec<String> = own.chain(real).map(ToOwned::to_owned).chain(compliance).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Host {
        Host::of(name, Cloud::Worldwide, "eur02b")
    }

    #[test]
    fn loopback_and_real_names_mean_the_same() {
        for name in ["login.localhost", "LOGIN.microsoftonline.com", "localhost", "127.0.0.1"] {
            assert_eq!(of(name), Host::Login);
        }
        for name in ["outlook.localhost", "outlook.office365.com"] {
            assert_eq!(of(name), Host::Admin(Service::Exchange));
        }
        for generic in ["ps.compliance.localhost", "ps.compliance.protection.outlook.com"] {
            assert!(matches!(of(generic), Host::FrontDoor { .. }));
            let regional = format!("eur02b.{generic}");
            assert_eq!(of(&regional), Host::Admin(Service::Compliance));
            let elsewhere = format!("nam11b.{generic}");
            assert!(matches!(of(&elsewhere), Host::FrontDoor { .. }));
        }
        assert_eq!(of("xps.compliance.localhost"), Host::Unknown);
        assert_eq!(of("elsewhere.localhost"), Host::Unknown);
    }

    #[test]
    fn each_cloud_has_its_own_names_and_shares_the_loopback_ones() {
        for cloud in Cloud::ALL {
            for name in cloud.logins().iter().chain(&LOGIN) {
                assert_eq!(Host::of(name, cloud, "x"), Host::Login, "{name} in {cloud}");
            }
            for name in cloud.exchange_hosts().iter().chain([&EXCHANGE]) {
                assert_eq!(Host::of(name, cloud, "x"), Host::Admin(Service::Exchange), "{name} in {cloud}");
            }
            let (front, _) = cloud.compliance_hosts();
            assert!(matches!(Host::of(front, cloud, "x"), Host::FrontDoor { .. }));
            assert_eq!(Host::of(&format!("x.{front}"), cloud, "x"), Host::Admin(Service::Compliance));
        }
    }

    #[test]
    fn names_of_another_cloud_are_known_as_that() {
        assert_eq!(of("login.microsoftonline.us"), Host::OtherCloud);
        assert_eq!(of("partner.outlook.cn"), Host::OtherAdmin(Service::Exchange, Cloud::China));
        let front = Host::OtherAdmin(Service::Compliance, Cloud::GccHigh);
        assert_eq!(of("l5.ps.compliance.protection.office365.us"), front);
        let exchange = Host::OtherAdmin(Service::Exchange, Cloud::Dod);
        assert_eq!(Host::of("outlook-dod.office365.us", Cloud::GccHigh, "x"), exchange);
        assert_eq!(Host::of("login.microsoftonline.com", Cloud::Gcc, "x"), Host::Login);
    }
}

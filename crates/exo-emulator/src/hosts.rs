//! Which service a `Host` header means, by the loopback names and by the real ones of every cloud.

use crate::app::Service;
use crate::cloud::Cloud;
use crate::regions::Regions;

/// Names that are the token service of whatever cloud the tenant lives in; the bare ones are for programs
/// whose resolver does not know names under `.localhost`.
const LOGIN: [&str; 3] = ["login.localhost", "localhost", "127.0.0.1"];
const EXCHANGE: &str = "outlook.localhost";
const GRAPH: &str = "graph.localhost";
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
    /// Microsoft Graph of the tenant's cloud.
    Graph,
    /// Microsoft Graph of a cloud that the tenant is not in.
    OtherGraph,
    /// The front door of a service, which sends callers to the region that their data live in.
    FrontDoor(Door),
    /// Nothing.
    Unknown,
}

/// The front door of a service, by its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) service: Service,
    /// The name behind a region's label under which the region is served.
    pub(crate) public: &'static str,
    /// The one that the service itself uses, where nobody listens.
    pub(crate) inner: &'static str,
}

impl Host {
    /// Looks a name up for a tenant of `cloud` whose data live in these regions.
    pub(crate) fn of(name: &str, cloud: Cloud, regions: &Regions) -> Self {
        let name = name.to_ascii_lowercase();
        if is_login(&name, cloud) {
            return Self::Login;
        }
        if Cloud::of_login(&name).is_some() {
            return Self::OtherCloud;
        }
        if name == GRAPH || name == cloud.graph_host() {
            return Self::Graph;
        }
        if Cloud::ALL.into_iter().any(|other| name == other.graph_host()) {
            return Self::OtherGraph;
        }
        let own = || Some(Self::behind(Door::find(&name, cloud)?, regions));
        let other = || {
            let (door, other) = Cloud::ALL.into_iter().find_map(|other| Some((Door::find(&name, other)?.0, other)))?;
            Some(Self::OtherAdmin(door.service, other))
        };
        own().or_else(other).unwrap_or(Self::Unknown)
    }

    /// What answers at a front door, or at the label before it.
    fn behind((door, label): (Door, &str), regions: &Regions) -> Self {
        let region = match door.service {
            Service::Exchange => regions.exchange.as_deref(),
            Service::Compliance => Some(regions.compliance.as_str()),
        };
        match (region, label) {
            (None, _) => Self::Admin(door.service),
            (Some(region), label) if label == region => Self::Admin(door.service),
            (Some(_), _) => Self::FrontDoor(door),
        }
    }
}

impl Door {
    /// The front door that a name means in a cloud, and the label before it; an empty one for the door itself.
    pub(crate) fn find(name: &str, cloud: Cloud) -> Option<(Self, &str)> {
        let exchange = cloud.exchange_hosts().iter().chain([&EXCHANGE]).map(|host| Self {
            service: Service::Exchange,
            public: host,
            inner: host,
        });
        let compliance = [cloud.compliance_hosts(), COMPLIANCE].map(|(public, inner)| Self {
            service: Service::Compliance,
            public,
            inner,
        });
        // That of compliance first: in China its name ends in the one of Exchange Online.
        compliance.into_iter().chain(exchange).find_map(|door| {
            let label = name.strip_suffix(door.public)?;
            let label = if label.is_empty() { label } else { label.strip_suffix('.').filter(|l| !l.is_empty())? };
            Some((door, label))
        })
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
    let logins = Cloud::ALL.into_iter().flat_map(|cloud| cloud.logins().iter().copied());
    let exchange = Cloud::ALL.into_iter().flat_map(|cloud| cloud.exchange_hosts().iter().copied());
    let compliance = Cloud::ALL.into_iter().map(|cloud| cloud.compliance_hosts().0);
    let doors = exchange.chain([EXCHANGE]).chain(compliance).chain([COMPLIANCE.0]);
    let doors = doors.flat_map(|door| [door.to_owned(), format!("*.{door}")]);
    let graph = Cloud::ALL.into_iter().map(Cloud::graph_host).chain([GRAPH]);
    let mut names: Vec<String> =
        LOGIN.into_iter().chain(logins).chain(graph).map(ToOwned::to_owned).chain(doors).collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(compliance: &str, exchange: Option<&str>) -> Regions {
        Regions { compliance: compliance.to_owned(), exchange: exchange.map(ToOwned::to_owned) }
    }

    fn of(name: &str) -> Host {
        Host::of(name, Cloud::Worldwide, &at("eur02b", None))
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
            assert!(matches!(of(generic), Host::FrontDoor(_)));
            let regional = format!("eur02b.{generic}");
            assert_eq!(of(&regional), Host::Admin(Service::Compliance));
            let elsewhere = format!("nam11b.{generic}");
            assert!(matches!(of(&elsewhere), Host::FrontDoor(_)));
        }
        assert_eq!(of("xps.compliance.localhost"), Host::Unknown);
        assert_eq!(of("elsewhere.localhost"), Host::Unknown);
    }

    #[test]
    fn each_cloud_has_its_own_names_and_shares_the_loopback_ones() {
        let x = at("x", None);
        for cloud in Cloud::ALL {
            for name in cloud.logins().iter().chain(&LOGIN) {
                assert_eq!(Host::of(name, cloud, &x), Host::Login, "{name} in {cloud}");
            }
            for name in cloud.exchange_hosts().iter().chain([&EXCHANGE]) {
                assert_eq!(Host::of(name, cloud, &x), Host::Admin(Service::Exchange), "{name} in {cloud}");
            }
            let (front, _) = cloud.compliance_hosts();
            assert!(matches!(Host::of(front, cloud, &x), Host::FrontDoor(_)));
            assert_eq!(Host::of(&format!("x.{front}"), cloud, &x), Host::Admin(Service::Compliance));
        }
    }

    #[test]
    fn exchange_has_a_front_door_where_its_data_live_in_a_region() {
        let of = |name: &str, exchange: Option<&str>| Host::of(name, Cloud::Worldwide, &at("x", exchange));
        for generic in ["outlook.localhost", "outlook.office365.com"] {
            assert!(matches!(of(generic, Some("eurprd05")), Host::FrontDoor(door) if door.public == generic));
            let regional = format!("eurprd05.{generic}");
            assert_eq!(of(&regional, Some("eurprd05")), Host::Admin(Service::Exchange));
            assert!(matches!(of(&regional, Some("namprd01")), Host::FrontDoor(_)));
            assert_eq!(of(&regional, None), Host::Admin(Service::Exchange));
            assert_eq!(of(&format!(".{generic}"), None), Host::Unknown);
        }
    }

    #[test]
    fn names_of_another_cloud_are_known_as_that() {
        assert_eq!((of("graph.localhost"), of("Graph.Microsoft.com")), (Host::Graph, Host::Graph));
        assert_eq!(of("dod-graph.microsoft.us"), Host::OtherGraph);
        assert_eq!(of("login.microsoftonline.us"), Host::OtherCloud);
        assert_eq!(of("partner.outlook.cn"), Host::OtherAdmin(Service::Exchange, Cloud::China));
        let front = Host::OtherAdmin(Service::Compliance, Cloud::GccHigh);
        assert_eq!(of("l5.ps.compliance.protection.office365.us"), front);
        let exchange = Host::OtherAdmin(Service::Exchange, Cloud::Dod);
        assert_eq!(Host::of("outlook-dod.office365.us", Cloud::GccHigh, &at("x", None)), exchange);
        assert_eq!(Host::of("login.microsoftonline.com", Cloud::Gcc, &at("x", None)), Host::Login);
    }
}

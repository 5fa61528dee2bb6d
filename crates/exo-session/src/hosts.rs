//! Which hosts there are, and which of them may get our token.

use crate::Error;
use crate::endpoint::{shown_host, split};
use exo_model::{Cloud, CmdletName, Endpoints, Origin, Service};
use std::net::IpAddr;

/// The hosts of one service: where its calls go, and which of them may get our token.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    /// Where the first call goes.
    pub(crate) first: Origin,
    /// What the label of a region is put before.
    region_base: Origin,
    login: Origin,
    /// The cloud's other names of the service, where its host is the cloud's own and not one that somebody gave.
    aliases: Vec<Origin>,
}

impl Hosts {
    pub(crate) fn new(endpoints: &Endpoints, service: Service) -> Self {
        let (first, region_base) = (endpoints.host(service).clone(), endpoints.region_base(service).clone());
        let mut aliases: Vec<Origin> = Vec::new();
        for names in Cloud::ALL.iter().map(|cloud| cloud.hosts(service)) {
            let names: Vec<Origin> = names.iter().filter_map(|name| name.parse().ok()).collect();
            if names.contains(&region_base) {
                aliases.extend(names);
            }
        }
        Self { first, region_base, login: endpoints.login.clone(), aliases }
    }

    /// Whether our token may go there: to the names of the service, by themselves or with a region's label in front,
    /// on their own port.
    pub(crate) fn may_have_token(&self, host: &Origin) -> bool {
        let region = host.host().split_once('.').filter(|(label, _)| is_label(label));
        self.names().any(|name| {
            name == host || region.is_some_and(|(label, rest)| name.host() == rest && name.with_label(label) == *host)
        })
    }

    /// Refuses a host that our token must not go to, whoever named it.
    pub(crate) fn admit(&self, cmdlet: &CmdletName, host: &Origin) -> Result<(), Error> {
        let refused =
            || Error::Redirect { cmdlet: cmdlet.clone(), to: host.to_string(), why: "it leads out of the cloud" };
        self.may_have_token(host).then_some(()).ok_or_else(refused)
    }

    fn names(&self) -> impl Iterator<Item = &Origin> {
        [&self.first, &self.region_base].into_iter().chain(&self.aliases)
    }

    /// The public host that a redirect means.
    ///
    /// `Location` names an inner host and port that nobody outside can reach; its first label is the region's name,
    /// which is put before the public host. So the token never leaves the cloud's own names.
    pub(crate) fn redirected(&self, cmdlet: &CmdletName, location: &str) -> Result<Origin, Error> {
        let refuse = |why| Error::Redirect { cmdlet: cmdlet.clone(), to: shown_host(location), why };
        let (target, _) = split(location).ok_or_else(|| refuse("it is no https address"))?;
        if target.host() == self.login.host() {
            return Err(refuse("it leads to the sign-in host"));
        }
        if let Some(known) = self.names().find(|name| name.host() == target.host()) {
            return Ok(known.clone());
        }
        if !self.is_near(&target) {
            return Err(refuse("it leads out of the cloud"));
        }
        let (label, _) = target.host().split_once('.').ok_or_else(|| refuse("its host has no region"))?;
        if !is_label(label) {
            return Err(refuse("its first label is no region"));
        }
        if is_address(target.host()) || is_address(self.region_base.host()) {
            return Err(refuse("a region cannot be put before an IP address"));
        }
        Ok(self.region_base.with_label(label))
    }

    /// Whether a host stands beside one of the cloud's names, as the inner names of regions do.
    ///
    /// Whoever gave a host of their own knows what redirects there, and the token stays below that host.
    fn is_near(&self, target: &Origin) -> bool {
        self.aliases.is_empty() || self.aliases.iter().any(|name| is_below(target.host(), neighbourhood(name.host())))
    }
}

/// The domain that a name shares with its region's inner names: `protection.outlook.com`, or `office365.com`.
fn neighbourhood(name: &str) -> &str {
    let name = name.strip_prefix("l5.").unwrap_or(name);
    name.strip_prefix("ps.compliance.").or_else(|| name.split_once('.').map(|(_, rest)| rest)).unwrap_or(name)
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|front| front.len() > 1 && front.ends_with('.'))
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirected(cloud: Cloud, service: Service, location: &str) -> Result<String, Error> {
        let hosts = Hosts::new(&cloud.endpoints(), service);
        hosts.redirected(&"Get-Mailbox".parse().unwrap(), location).map(|o| o.to_string())
    }

    #[test]
    fn the_first_label_is_put_before_the_public_host() {
        let go = |location| redirected(Cloud::Worldwide, Service::Compliance, location).unwrap();
        let public = "https://eur02b.ps.compliance.protection.outlook.com";
        assert_eq!(go("https://eur02b.admin.protection.outlook.com:446/adminapi/beta/x/InvokeCommand"), public);
        assert_eq!(go("https://EUR02B.ps.compliance.protection.outlook.com/"), public);
        assert_eq!(
            go("https://ps.compliance.protection.outlook.com/adminapi"),
            "https://ps.compliance.protection.outlook.com"
        );
        assert_eq!(
            redirected(Cloud::Worldwide, Service::Exchange, "https://eur.outlook.office365.com/x").unwrap(),
            "https://eur.outlook.office365.com"
        );
        assert_eq!(
            redirected(Cloud::Dod, Service::Compliance, "https://dod01.admin.protection.office365.us:446/x").unwrap(),
            "https://dod01.ps.compliance.protection.office365.us"
        );
    }

    #[test]
    fn the_port_of_the_base_is_kept() {
        let mut endpoints = Cloud::Worldwide.endpoints();
        endpoints.compliance_region = "https://ps.compliance.localhost:8443".parse().unwrap();
        let hosts = Hosts::new(&endpoints, Service::Compliance);
        let to = hosts.redirected(&"Get-Label".parse().unwrap(), "https://eur02b.admin.localhost:446/x").unwrap();
        assert_eq!(to.to_string(), "https://eur02b.ps.compliance.localhost:8443");
    }

    /// Every cloud with each of its services, and one of its regions by the inner name of a redirect.
    fn everywhere() -> impl Iterator<Item = (Cloud, Service, Hosts)> {
        Cloud::ALL.iter().flat_map(|cloud| {
            Service::ALL.iter().map(|service| (*cloud, *service, Hosts::new(&cloud.endpoints(), *service)))
        })
    }

    #[test]
    fn every_cloud_redirects_within_its_own_names() {
        for (cloud, service, hosts) in everywhere() {
            let base = cloud.endpoints().region_base(service).host().to_owned();
            let public = format!("https://eur02b.{base}");
            let inner = neighbourhood(&base);
            for location in [
                format!("https://eur02b.admin.{inner}:446/adminapi/beta/x/InvokeCommand?a=b"),
                format!("https://EUR02B.{}/", base.to_ascii_uppercase()),
                format!("https://eur02b.{base}:443"),
            ] {
                assert_eq!(redirected(cloud, service, &location).unwrap(), public, "{cloud} {service} {location}");
            }
            for name in cloud.hosts(service) {
                let itself = redirected(cloud, service, &format!("https://{name}:446/x")).unwrap();
                assert_eq!(itself, format!("https://{name}"), "{cloud} {service}");
                assert!(hosts.may_have_token(&name.parse().unwrap()));
                assert!(hosts.may_have_token(&format!("eur02b.{name}").parse().unwrap()), "{cloud} {service} {name}");
            }
        }
    }

    #[test]
    fn no_token_leaves_the_names_of_its_cloud_and_service() {
        for (cloud, service, hosts) in everywhere() {
            let own = cloud.endpoints().region_base(service).host().to_owned();
            let foreign = Cloud::ALL.iter().flat_map(|other| {
                Service::ALL.iter().flat_map(|service| other.hosts(*service).iter().map(|name| (*name).to_owned()))
            });
            let foreign =
                foreign.filter(|name| !cloud.hosts(service).contains(&name.as_str()) && *name != format!("l5.{own}"));
            let tricks = [
                format!("{own}.evil.example"),
                format!("evil.example/{own}"),
                format!("evil-{own}"),
                format!("evil{own}"),
                format!("{own}:8443"),
                format!("{own}:444"),
                format!("{own}."),
                format!("a.b.{own}"),
                format!("e_vil.{own}"),
                format!("{own}@evil.example"),
                format!("user:{own}@evil.example"),
                format!("xn--{own}"),
                format!("{own}%2eevil.example"),
                "127.0.0.1".to_owned(),
                "[::1]".to_owned(),
                "evil.example".to_owned(),
                cloud.endpoints().login.host().to_owned(),
            ];
            for bad in tricks.into_iter().chain(foreign) {
                // What is no origin at all cannot be asked either.
                let leaves = bad.parse::<Origin>().is_ok_and(|origin| hosts.may_have_token(&origin));
                assert!(!leaves, "{cloud} {service} {bad}");
            }
            let plain: Origin = "http://localhost".parse().unwrap();
            assert!(!hosts.may_have_token(&plain));
        }
    }

    #[test]
    fn hostile_redirects_are_refused_or_stay_below_the_own_name() {
        for (cloud, service, hosts) in everywhere() {
            let own = cloud.endpoints().region_base(service).host().to_owned();
            let login = cloud.endpoints().login.to_string();
            for bad in [
                format!("https://{own}.evil.example/x"),
                format!("https://{own}@evil.example/x"),
                format!("https://user:pass@{own}/x"),
                format!("http://{own}/x"),
                format!("http://eur02b.{own}/x"),
                format!("https://eur02b.{own}./x"),
                format!("https://{own}./x"),
                format!("https://{own}\\.evil.example/x"),
                format!("https://{own}%2eevil.example/x"),
                format!("//{own}/x"),
                format!("https://\u{e9}vil.{own}/x"),
                format!("https://.{own}/x"),
                format!("https://e_vil.{own}/x"),
                format!("{login}/common/oauth2"),
                "https://evil.example/x".to_owned(),
                "https://evil/x".to_owned(),
                "https://127.0.0.1/x".to_owned(),
                "https://[::1]/x".to_owned(),
                "ftp://a.b/c".to_owned(),
                "/adminapi".to_owned(),
                String::new(),
            ] {
                let answer = redirected(cloud, service, &bad);
                assert!(matches!(answer, Err(Error::Redirect { .. })), "{cloud} {service} {bad}: {answer:?}");
            }
            for odd in
                [format!("https://evil-{own}/x"), format!("https://a.b.c.{own}:9/x"), format!("https://xn--a.{own}/")]
            {
                let to: Origin = redirected(cloud, service, &odd).unwrap().parse().unwrap();
                assert!(to.host().ends_with(&format!(".{own}")) && hosts.may_have_token(&to), "{odd}: {to}");
            }
        }
    }

    #[test]
    fn a_host_that_was_given_allows_itself_and_its_regions() {
        let mut endpoints = Cloud::Worldwide.endpoints();
        endpoints.exchange = "https://exchange.proxy.example:8443".parse().unwrap();
        let hosts = Hosts::new(&endpoints, Service::Exchange);
        let to = |location| hosts.redirected(&"Get-Mailbox".parse().unwrap(), location).map(|to| to.to_string());
        assert_eq!(to("https://eur.outlook.office365.com/x").unwrap(), "https://eur.exchange.proxy.example:8443");
        assert!(to("https://login.microsoftonline.com/x").is_err());
        for (host, good) in [
            ("exchange.proxy.example:8443", true),
            ("eur.exchange.proxy.example:8443", true),
            ("exchange.proxy.example", false),
            ("outlook.office365.com", false),
            ("outlook.office.com", false),
        ] {
            assert_eq!(hosts.may_have_token(&host.parse().unwrap()), good, "{host}");
        }
    }
}

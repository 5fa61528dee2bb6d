//! Which hosts there are, and which of them may get our token.

use crate::Error;
use exo_model::{CmdletName, Endpoints, Origin, Service};
use http::Uri;
use std::net::IpAddr;

/// The hosts of one service.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    /// Where the first call goes.
    pub(crate) first: Origin,
    region_base: Origin,
    login: Origin,
}

impl Hosts {
    pub(crate) fn new(endpoints: &Endpoints, service: Service) -> Self {
        Self {
            first: endpoints.host(service).clone(),
            region_base: endpoints.region_base(service).clone(),
            login: endpoints.login.clone(),
        }
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
        if let Some(known) = [&self.region_base, &self.first].into_iter().find(|o| o.host() == target.host()) {
            return Ok(known.clone());
        }
        let (label, _) = target.host().split_once('.').ok_or_else(|| refuse("its host has no region"))?;
        if label.is_empty() || !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(refuse("its first label is no region"));
        }
        if is_address(target.host()) || is_address(self.region_base.host()) {
            return Err(refuse("a region cannot be put before an IP address"));
        }
        Ok(self.region_base.with_label(label))
    }
}

/// The address of the one endpoint through which all cmdlets go.
pub(crate) fn invoke_path(tenant: &str, select: &[String]) -> String {
    let mut path = format!("/adminapi/beta/{tenant}/InvokeCommand");
    for (index, property) in select.iter().enumerate() {
        path.push_str(if index == 0 { "?$select=" } else { "," });
        escape(&mut path, property);
    }
    path
}

/// Origin and the rest of an absolute address, the rest unchanged; nothing if it is not https (or loopback).
pub(crate) fn split(address: &str) -> Option<(Origin, String)> {
    let uri: Uri = address.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let origin = format!("{scheme}://{authority}").parse().ok()?;
    Some((origin, uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)))
}

/// The tenant in an address such as `https://host/adminapi/beta/{tenant}/$metadata#…`.
pub(crate) fn tenant_in(context: &str) -> Option<&str> {
    let (_, after) = context.split_once("://")?;
    let mut parts = after.split('/').skip(1);
    let (api, _version, tenant) = (parts.next()?, parts.next()?, parts.next()?);
    (api.eq_ignore_ascii_case("adminapi") && !tenant.is_empty()).then_some(tenant)
}

/// The host of an address, for messages: never its query, which may hold a token of another kind.
pub(crate) fn shown_host(address: &str) -> String {
    let after = address.split_once("://").map_or(address, |(_, after)| after);
    let host = after.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.chars().filter(|c| !c.is_control()).take(100).collect()
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<IpAddr>().is_ok()
}

fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Cloud;

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

    #[test]
    fn a_redirect_never_leads_out_of_the_cloud() {
        for bad in [
            "http://eur02b.admin.protection.outlook.com/x",
            "https://login.microsoftonline.com/common/oauth2",
            "/adminapi",
            "https://evil/x",
            "https://e_vil.example/x",
            "https://127.0.0.1/x",
            "ftp://a.b/c",
            "https://[::1]/x",
            "",
        ] {
            assert!(
                matches!(redirected(Cloud::Worldwide, Service::Compliance, bad), Err(Error::Redirect { .. })),
                "{bad}"
            );
        }
        let safe = redirected(Cloud::Worldwide, Service::Compliance, "https://evil.example/x").unwrap();
        assert!(safe.ends_with(".ps.compliance.protection.outlook.com"), "{safe}");
    }

    #[test]
    fn an_address_is_split_without_a_change() {
        let (origin, rest) = split("https://Outlook.office365.com:443/a/InvokeCommand?%24skiptoken=AD%2b=").unwrap();
        assert_eq!(
            (origin.to_string().as_str(), rest.as_str()),
            ("https://outlook.office365.com", "/a/InvokeCommand?%24skiptoken=AD%2b=")
        );
        assert!(split("https://user@outlook.office365.com/x").is_none());
    }

    #[test]
    fn properties_are_escaped_in_the_address() {
        assert_eq!(invoke_path("t", &[]), "/adminapi/beta/t/InvokeCommand");
        assert_eq!(
            invoke_path("t", &["Name".into(), "a&b=c,d".into()]),
            "/adminapi/beta/t/InvokeCommand?$select=Name,a%26b%3Dc%2Cd"
        );
    }

    #[test]
    fn the_tenant_is_found_in_a_context() {
        assert_eq!(tenant_in("https://h:1/adminapi/beta/T-1/$metadata#Collection(X)"), Some("T-1"));
        assert_eq!(tenant_in("https://h/other/beta/T/x"), None);
    }
}

//! The lines of a check for the way to the sign-in host: DNS, proxy, TLS.

use crate::checklist::List;
use crate::connect::Outside;
use crate::credential::{Credential, Keyless};
use crate::environment::{self, PROXY_VARIABLES, Proxy};
use crate::failure::Failure;
use crate::profile::Profile;
use exo_cert::Certificate;
use exo_http::{Sight, Trust};
use exo_model::{Cloud, ErrorKind, Origin, Service};
use std::net::IpAddr;

/// Looks at the way to the server that is asked first; whether it leads there.
pub(super) async fn look(outside: &Outside, profile: &Profile, list: &mut List) -> bool {
    let to = first(profile);
    let sight = outside.look(&to).await;
    let way = Way { to: &to, profile, proxy: environment::proxy() };
    way.dns(&sight, list) && way.proxy(&sight, list) && way.tls(sight, list)
}

/// The line that is to blame where the network cannot even be set up.
pub(super) fn line_of(failure: &Failure) -> &'static str {
    match failure.original::<exo_http::Error>() {
        Some(exo_http::Error::ProxyAddress) => "proxy",
        _ => "tls",
    }
}

/// The sign-in host; the service itself where tokens come from elsewhere.
fn first(profile: &Profile) -> Origin {
    let elsewhere =
        matches!(profile.credential, Credential::Given(_) | Credential::Keyless(Keyless::ManagedIdentity(_)));
    if elsewhere {
        return profile.endpoints.host(Service::Exchange).clone();
    }
    let of_url = |url: &String| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").parse().ok();
    profile.token_url.as_ref().and_then(of_url).unwrap_or_else(|| profile.endpoints.login.clone())
}

struct Way<'a> {
    to: &'a Origin,
    profile: &'a Profile,
    proxy: Option<Proxy>,
}

impl Way<'_> {
    fn dns(&self, sight: &Sight, list: &mut List) -> bool {
        let host = self.to.host();
        let addresses = match &sight.addresses {
            Ok(addresses) => listed(addresses),
            Err(error) => {
                list.fail("dns", &told(error, self.of_proxy(sight)));
                return false;
            }
        };
        match &sight.proxy {
            None => list.ok("dns", format!("`{host}` is {addresses}")),
            Some(proxy) => list.ok("dns", format!("the proxy `{proxy}` is {addresses}; it looks `{host}` up itself")),
        }
        true
    }

    fn proxy(&self, sight: &Sight, list: &mut List) -> bool {
        let host = self.to.host();
        let variable = self.proxy.as_ref().map_or("", |proxy| proxy.variable);
        let Some(proxy) = &sight.proxy else {
            list.ok(
                "proxy",
                match &self.proxy {
                    None => format!("none: {} are not set", PROXY_VARIABLES.join(", ")),
                    Some(_) => format!("none for `{host}`, which NO_PROXY or loopback keeps from that of {variable}"),
                },
            );
            return true;
        };
        let failed = [
            sight.connected.as_ref().and_then(|c| c.as_ref().err()),
            sight.tunnel.as_ref().and_then(|t| t.as_ref().err()),
        ];
        if let Some(error) = failed.into_iter().flatten().next() {
            list.fail("proxy", &told(error, self.of_proxy(sight)));
            return false;
        }
        list.ok("proxy", format!("`{proxy}`, which {variable} names, opens the way to `{host}`"));
        true
    }

    /// Which proxy is to blame, and where it is named.
    fn of_proxy(&self, sight: &Sight) -> Option<String> {
        let (address, proxy) = (sight.proxy.as_ref()?, self.proxy.as_ref()?);
        Some(format!("{} names the proxy `{address}`", proxy.variable))
    }

    fn tls(&self, sight: Sight, list: &mut List) -> bool {
        let host = self.to.host();
        if let Some(Err(error)) = &sight.connected {
            list.fail("tls", &told(error, None));
            return false;
        }
        let issuer = sight.shown.first().and_then(|der| Certificate::from_bytes(der).ok());
        let issuer = issuer.map(|certificate| certificate.issuer().to_owned());
        match sight.tls {
            None => list.ok("tls", format!("none with `{host}`, which is on this machine")),
            Some(Ok(tls)) => {
                let issuer = issuer.unwrap_or_else(|| "an issuer that cannot be read".to_owned());
                let trust = self.trust(tls.trust);
                let seen = format!("{} with `{host}`, certified by `{issuer}`, trusted by {trust}", tls.version);
                if self.is_microsofts() && !OF_MICROSOFT.iter().any(|name| issuer.contains(name)) {
                    let seen = format!("{seen}; Microsoft's hosts are known to be certified by DigiCert or Microsoft");
                    list.warn("tls", seen, "no fault by itself: most likely a proxy of the network opens TLS");
                } else {
                    list.ok("tls", seen);
                }
            }
            Some(Err(error)) => {
                list.fail("tls", &distrusted(&error, issuer.as_deref()));
                return false;
            }
        }
        true
    }

    fn trust(&self, trust: Trust) -> String {
        match (trust, &self.profile.ca_file) {
            (Trust::ExtraCa, Some(path)) => format!("`{}`", path.display()),
            _ => "the system's authorities".to_owned(),
        }
    }

    fn is_microsofts(&self) -> bool {
        Cloud::ALL.iter().any(|cloud| {
            let endpoints = cloud.endpoints();
            [&endpoints.login, &endpoints.exchange].into_iter().any(|known| known.host() == self.to.host())
        })
    }
}

/// The failure of a step, with what is to blame beside the host.
fn told(error: &exo_http::Error, blame: Option<String>) -> Failure {
    use exo_model::Diagnose as _;
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let failure = Failure::new(error.kind(), format!("{error}{cause}"));
    match (error.hint(), blame) {
        (Some(hint), Some(blame)) => failure.hinted(format!("{blame}; {hint}")),
        (Some(hint), None) => failure.hinted(hint),
        (None, _) => failure,
    }
}

/// A certificate that is not trusted: who issued it, and what to do about that.
fn distrusted(error: &exo_http::Error, issuer: Option<&str>) -> Failure {
    let failure = told(error, None);
    let shown = issuer.map(|issuer| format!("; it showed a certificate by `{issuer}`")).unwrap_or_default();
    let text = failure.text();
    let of_time =
        ["expired", "not valid yet", "not yet valid"].iter().any(|word| text.to_ascii_lowercase().contains(word));
    let hint = if of_time {
        "look at this machine's clock first; if it is right, the server's certificate has ended".to_owned()
    } else if issuer.is_some() {
        "if a proxy or an emulator signs with an authority of its own, give that authority's certificate by --ca-file"
            .to_owned()
    } else {
        failure.hint().unwrap_or_default()
    };
    Failure::new(ErrorKind::Unavailable, text + &shown).hinted(hint)
}

fn listed(addresses: &[IpAddr]) -> String {
    let mut unique: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    unique.dedup();
    let more = unique.len().saturating_sub(4);
    unique.truncate(4);
    if more > 0 { format!("{} and {more} more", unique.join(", ")) } else { unique.join(", ") }
}

/// Words of the issuers of Microsoft's hosts, in all clouds.
const OF_MICROSOFT: &[&str] = &["DigiCert", "Microsoft"];

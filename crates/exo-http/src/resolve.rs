//! Names to addresses: the system's, except that `localhost` and all names under it are loopback.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The system's resolver, with the loopback names of RFC 6761, section 6.3, which many systems do not know.
#[derive(Debug)]
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let addresses = addresses(&name, 0).await.map_err(Unresolved)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a name, or of an address itself.
pub(crate) async fn addresses(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if is_loopback_name(name) {
        return Ok(LOOPBACK.map(|address| SocketAddr::new(address, port)).into());
    }
    Ok(tokio::net::lookup_host((name.trim_matches(['[', ']']), port)).await?.collect())
}

/// Whether a name is this machine whatever the system says.
pub(crate) fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// The mark by which a failed look-up is known in the chain of an error.
#[derive(Debug)]
pub(crate) struct Unresolved(io::Error);

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Unresolved {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_under_localhost_are_loopback() {
        for yes in ["localhost", "LOCALHOST.", "eur02b.ps.compliance.localhost"] {
            assert!(is_loopback_name(yes), "{yes}");
        }
        for no in ["localhost.example", "notlocalhost", "", "."] {
            assert!(!is_loopback_name(no), "{no}");
        }
    }
}

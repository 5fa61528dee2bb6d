//! Scheme, host and port of a service.

use std::fmt;
use std::str::FromStr;

/// A text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an address such as https://outlook.office365.com ({why})")]
#[non_exhaustive]
pub struct InvalidOrigin {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Scheme, host and port, such as `https://outlook.office365.com`.
///
/// Always `https`, except on loopback names and addresses.
///
/// ```
/// use exo_model::Origin;
/// let origin: Origin = "https://ps.compliance.localhost:8443/".parse()?;
/// assert_eq!(origin.with_label("eur02b").to_string(), "https://eur02b.ps.compliance.localhost:8443");
/// # Ok::<(), exo_model::InvalidOrigin>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    secure: bool,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// The host, in lower case, without port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, if it is not the scheme's own.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same service under a name with one more label in front; the port is kept.
    #[must_use]
    pub fn with_label(&self, label: &str) -> Self {
        Self { host: format!("{label}.{}", self.host), ..self.clone() }
    }

    /// Whether the host is this machine by its name or address (RFC 6761, section 6.3).
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let fail = |why| InvalidOrigin { text: shown(text), why };
        let trimmed = text.trim();
        let (scheme, rest) = trimmed.split_once("://").unwrap_or(("https", trimmed));
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(fail("the scheme must be https")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(fail("only scheme, host and port belong here"));
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let port: u16 = port.parse().map_err(|_| fail("the port is not a number up to 65535"))?;
                (host, Some(port))
            }
            _ => (rest, None),
        };
        let host = host.to_ascii_lowercase();
        let valid = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]_".contains(&b);
        if host.is_empty() || !host.bytes().all(valid) {
            return Err(fail("the host is not a name or an address"));
        }
        if !secure && !is_loopback(&host) {
            return Err(fail("http is taken for loopback addresses only, since the request carries a credential"));
        }
        let standard = if secure { 443 } else { 80 };
        Ok(Self { secure, host, port: port.filter(|p| *p != standard) })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// What of a wrong address is repeated: enough to recognise it, and neither user nor password.
fn shown(text: &str) -> String {
    let hidden = match text.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            let separator = if scheme.is_empty() { "" } else { "://" };
            format!("{scheme}{separator}***@{after}")
        }
        None => text.to_owned(),
    };
    hidden.chars().take(120).collect()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_v4(host)
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_ports_are_left_out() {
        assert_eq!("https://Host.Example:443/".parse::<Origin>().unwrap().to_string(), "https://host.example");
        assert_eq!("host.example:8443".parse::<Origin>().unwrap().to_string(), "https://host.example:8443");
        assert_eq!("http://127.0.0.1:80".parse::<Origin>().unwrap().to_string(), "http://127.0.0.1");
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for bad in [
            "",
            "https://",
            "ftp://a.b",
            "https://a.b/path",
            "https://u@a.b",
            "https://a.b:x",
            "http://a.b",
            "http://127.0.0.1.evil.example",
            "https://a b",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let error = "https://user:pass@word@host".parse::<Origin>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("pass"), "{error}");
        assert!(error.to_string().contains("https://***@host"));
    }

    #[test]
    fn loopback_is_known_by_name_and_address() {
        for good in ["http://localhost:1", "http://x.localhost:1", "http://127.0.0.9:1", "http://[::1]:1"] {
            assert!(good.parse::<Origin>().unwrap().is_loopback(), "{good}");
        }
    }
}

//! Which certificate of a store is meant.

use crate::{Certificate, Sha256Thumbprint, Thumbprint, ThumbprintError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;

/// Which certificate of a store is meant.
///
/// Parsing takes thumbprints as people paste them, of either kind.
///
/// ```
/// use exo_cert::Selector;
/// let sha1: Selector = "sha1:84e05c1d98bce3a5421d225b140b36e86a3d5534".parse()?;
/// assert!(matches!(sha1, Selector::Thumbprint(_)));
/// let sha256: Selector = "AB".repeat(32).parse()?;
/// assert!(matches!(sha256, Selector::Sha256(_)));
/// # Ok::<(), exo_cert::ThumbprintError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// The one with this SHA-1 thumbprint, which administrators know.
    Thumbprint(Thumbprint),
    /// The one with this SHA-256 thumbprint.
    Sha256(Sha256Thumbprint),
    /// The one with this subject, such as `CN=contoso.org`; a bare name means the common name.
    Subject(String),
    /// The only one there is.
    Only,
}

impl Selector {
    /// Whether this certificate is meant; [`Only`](Self::Only) means any.
    pub fn matches(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Thumbprint(wanted) => *wanted == certificate.thumbprint(),
            Self::Sha256(wanted) => *wanted == certificate.sha256_thumbprint(),
            Self::Subject(wanted) => is_subject(wanted, certificate.subject()),
            Self::Only => true,
        }
    }

    /// Whether it names one certificate by itself, wherever that may be.
    pub(crate) const fn is_exact(&self) -> bool {
        matches!(self, Self::Thumbprint(_) | Self::Sha256(_))
    }
}

/// Compares with the whole subject, or with its common name if that is all there is.
pub(crate) fn is_subject(wanted: &str, subject: &str) -> bool {
    let wanted = wanted.trim();
    let name = subject.get(..3).filter(|head| head.eq_ignore_ascii_case("CN=")).and(subject.get(3..));
    subject.eq_ignore_ascii_case(wanted) || name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
}

impl FromStr for Selector {
    type Err = ThumbprintError;

    fn from_str(pasted: &str) -> Result<Self, ThumbprintError> {
        match pasted.parse() {
            Ok(thumbprint) => Ok(Self::Thumbprint(thumbprint)),
            Err(error) => sha256(pasted).map(Self::Sha256).ok_or(error),
        }
    }
}

impl From<Thumbprint> for Selector {
    fn from(thumbprint: Thumbprint) -> Self {
        Self::Thumbprint(thumbprint)
    }
}

impl From<Sha256Thumbprint> for Selector {
    fn from(thumbprint: Sha256Thumbprint) -> Self {
        Self::Sha256(thumbprint)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thumbprint(thumbprint) => write!(f, "certificate {thumbprint}"),
            Self::Sha256(thumbprint) => write!(f, "certificate {thumbprint}"),
            Self::Subject(subject) => write!(f, "certificate for `{}`", subject.escape_debug()),
            Self::Only => f.write_str("certificate with a private key"),
        }
    }
}

/// The 64 digits that `openssl x509 -fingerprint -sha256` and browsers print, or an `x5t#S256`.
fn sha256(pasted: &str) -> Option<Sha256Thumbprint> {
    let shown: String = pasted.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let shown = shown.trim().trim_matches(['"', '\'']);
    // Base64 is case-sensitive and must be seen before hyphens are taken out.
    let base64 = shown.strip_suffix('=').unwrap_or(shown).replace('+', "-").replace('/', "_");
    if let (43, Ok(bytes)) = (base64.len(), URL_SAFE_NO_PAD.decode(&base64)) {
        return bytes.try_into().ok().map(Sha256Thumbprint::new);
    }
    let value = shown.rsplit(['\\', '/', '=']).next().unwrap_or(shown).trim_start_matches(['?', ' ']);
    let value = ["sha256:", "sha-256:", "sha256 ", "0x"]
        .into_iter()
        .find_map(|prefix| {
            value.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix)).and(value.get(prefix.len()..))
        })
        .unwrap_or(value);
    from_hex(&value.chars().filter(|c| !matches!(c, ' ' | ':' | '-')).collect::<String>())
}

fn from_hex(digits: &str) -> Option<Sha256Thumbprint> {
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Sha256Thumbprint::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";

    #[test]
    fn sha256_is_understood_as_it_is_pasted() {
        let colons: Vec<&str> = SHA256.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
        let Selector::Sha256(known) = SHA256.parse().unwrap() else { panic!("{SHA256}") };
        for pasted in [
            SHA256.to_lowercase(),
            colons.join(":"),
            colons.join(" "),
            format!("sha256 Fingerprint={}", colons.join(":")),
            format!("sha256:{SHA256}"),
            format!("\u{200E}{SHA256}\r\n"),
            format!("\"{SHA256}\""),
            known.base64url(),
            format!("{}=", known.base64url()),
        ] {
            assert_eq!(pasted.parse(), Ok(Selector::Sha256(known)), "{pasted}");
        }
    }

    #[test]
    fn what_is_no_thumbprint_keeps_its_explanation() {
        let wrong = |text: &str| text.parse::<Selector>().unwrap_err();
        assert!(matches!(wrong(""), ThumbprintError::Empty));
        assert!(matches!(wrong("<thumbprint>"), ThumbprintError::Placeholder { .. }));
        assert!(matches!(wrong("36ee4c6c-0812-40a2-b820-b22ebd02bce3"), ThumbprintError::OtherId { .. }));
        assert!(matches!(wrong(&"A".repeat(63)), ThumbprintError::Length { digits: 63, .. }));
        assert!(matches!(wrong("CN=contoso.org"), ThumbprintError::NotHex { .. }));
    }

    #[test]
    fn a_subject_is_whole_or_the_common_name() {
        assert!(is_subject("CN=contoso.org", "CN=contoso.org"));
        assert!(is_subject("cn=Contoso.org ", "CN=contoso.org"));
        assert!(is_subject("contoso.org", "CN=contoso.org"));
        assert!(!is_subject("contoso", "CN=contoso.org"));
        assert!(!is_subject("", "CN=contoso.org"));
        assert!(!is_subject("contoso.org", "O=contoso.org"));
    }
}

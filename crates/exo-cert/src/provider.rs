//! Which Windows provider a key came from: the old kind (CSP) or the new one (CNG).

use std::fmt;

/// Which Windows provider a key came from, as its PFX file says.
///
/// Tools on Windows PowerShell 5.1 refuse CNG keys. Signing here works with either.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provider {
    /// The provider's name, where the file has one.
    pub name: Option<String>,
    /// The kind that follows from it.
    pub kind: ProviderKind,
    /// What the key may be used for.
    pub key_spec: Option<KeySpec>,
}

/// The kind of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderKind {
    /// A cryptographic service provider, which all tools take.
    Csp,
    /// A key storage provider, which tools on Windows PowerShell 5.1 refuse.
    Cng,
    /// Probably a key storage provider.
    CngLikely,
    /// Nothing says; the file was probably not written by Windows.
    Unknown,
}

/// What Windows lets a key be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySpec {
    /// `AT_KEYEXCHANGE`.
    KeyExchange,
    /// `AT_SIGNATURE`.
    Signature,
}

impl Provider {
    /// Nothing is known of the key's provider.
    pub const fn unknown() -> Self {
        Self { name: None, kind: ProviderKind::Unknown, key_spec: None }
    }

    /// Judges by the provider's name and by the key usage in the key's attributes.
    pub(crate) fn classify(name: Option<String>, key_usage: Option<u8>) -> Self {
        let kind = match (&name, key_usage) {
            (Some(name), _) if is_classic(name) => ProviderKind::Csp,
            (Some(name), _)
                if name.contains("Key Storage Provider") || name == "Microsoft Platform Crypto Provider" =>
            {
                ProviderKind::Cng
            }
            (Some(_), Some(BOTH_USES)) => ProviderKind::CngLikely,
            _ => ProviderKind::Unknown,
        };
        let key_spec = match key_usage {
            Some(0x10) => Some(KeySpec::KeyExchange),
            Some(0x80) => Some(KeySpec::Signature),
            _ => None,
        };
        Self { name, kind, key_spec }
    }

    /// Whether tools that take only CSP keys would refuse this one.
    pub const fn is_cng(&self) -> bool {
        matches!(self.kind, ProviderKind::Cng | ProviderKind::CngLikely)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ProviderKind::Csp => "CSP",
            ProviderKind::Cng => "CNG",
            ProviderKind::CngLikely => "CNG, likely",
            ProviderKind::Unknown => "unknown",
        };
        f.write_str(kind)?;
        match self.key_spec {
            Some(KeySpec::KeyExchange) => f.write_str(", KeyExchange")?,
            Some(KeySpec::Signature) => f.write_str(", Signature")?,
            None => {}
        }
        // The name is a stranger's text.
        self.name.as_ref().map_or(Ok(()), |name| write!(f, " ({})", name.escape_debug()))
    }
}

fn is_classic(name: &str) -> bool {
    CLASSIC.contains(&name.strip_suffix(" (Prototype)").unwrap_or(name))
}

const BOTH_USES: u8 = 0x90;

/// The provider that a key is imported into when a file is to make a CSP key of it.
#[cfg(feature = "aws-lc")]
pub(crate) const AES_PROVIDER: &str = "Microsoft Enhanced RSA and AES Cryptographic Provider";

const CLASSIC: &[&str] = &[
    "Microsoft Base Cryptographic Provider v1.0",
    "Microsoft Enhanced Cryptographic Provider v1.0",
    "Microsoft Strong Cryptographic Provider",
    "Microsoft RSA Signature Cryptographic Provider",
    "Microsoft RSA SChannel Cryptographic Provider",
    "Microsoft Enhanced RSA and AES Cryptographic Provider",
    "Microsoft Base DSS Cryptographic Provider",
    "Microsoft Base DSS and Diffie-Hellman Cryptographic Provider",
    "Microsoft Enhanced DSS and Diffie-Hellman Cryptographic Provider",
    "Microsoft DH SChannel Cryptographic Provider",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_told_apart() {
        let kind = |name: &str, usage| Provider::classify(Some(name.to_owned()), usage).kind;
        assert_eq!(kind("Microsoft Strong Cryptographic Provider", Some(0x10)), ProviderKind::Csp);
        assert_eq!(kind("Microsoft Enhanced RSA and AES Cryptographic Provider (Prototype)", None), ProviderKind::Csp);
        assert_eq!(kind("Microsoft Software Key Storage Provider", None), ProviderKind::Cng);
        assert_eq!(kind("Microsoft Platform Crypto Provider", Some(0x10)), ProviderKind::Cng);
        assert_eq!(kind("YubiHSM Something", Some(0x90)), ProviderKind::CngLikely);
        assert_eq!(kind("YubiHSM Something", Some(0x10)), ProviderKind::Unknown);
        assert_eq!(Provider::classify(None, Some(0x90)).kind, ProviderKind::Unknown);
    }

    #[test]
    fn a_providers_name_cannot_steer_the_terminal() {
        let provider = Provider::classify(Some("a\u{1b}[2J".into()), Some(0x10));
        assert_eq!(provider.to_string(), "unknown, KeyExchange (a\\u{1b}[2J)");
    }
}

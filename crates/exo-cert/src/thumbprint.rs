//! Thumbprints: SHA-1 as administrators know it, SHA-256 beside it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest;
use std::fmt;

/// SHA-1 of a certificate's DER: 40 hexadecimal digits for people, `x5t` in a token's header.
///
/// Parsing takes what people paste: blanks, colons, the invisible mark of Windows' certificate dialog, a prefix.
///
/// ```
/// use exo_cert::Thumbprint;
/// let thumbprint: Thumbprint = "\u{200E}84 e0 5c 1d 98 bc e3 a5 42 1d 22 5b 14 0b 36 e8 6a 3d 55 34".parse()?;
/// assert_eq!(thumbprint.to_string(), "84E05C1D98BCE3A5421D225B140B36E86A3D5534");
/// assert_eq!(thumbprint.base64url(), "hOBcHZi846VCHSJbFAs26Go9VTQ");
/// # Ok::<(), exo_cert::ThumbprintError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint([u8; 20]);

/// SHA-256 of a certificate's DER: `x5t#S256` in a token's header.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256Thumbprint([u8; 32]);

impl Thumbprint {
    /// A thumbprint from its bytes.
    pub const fn new(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    pub(crate) fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref());
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The value of `x5t`: 27 characters, without padding.
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// The value of `customKeyIdentifier` in an app's manifest: 28 characters.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl Sha256Thumbprint {
    /// A thumbprint from its bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The value of `x5t#S256`: 43 characters, without padding.
    pub fn base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Display for Sha256Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

impl fmt::Debug for Sha256Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Thumbprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_check_value_holds() {
        let thumbprint: Thumbprint = "84E05C1D98BCE3A5421D225B140B36E86A3D5534".parse().unwrap();
        assert_eq!(thumbprint.base64url(), "hOBcHZi846VCHSJbFAs26Go9VTQ");
        assert_eq!(thumbprint.base64(), "hOBcHZi846VCHSJbFAs26Go9VTQ=");
    }
}

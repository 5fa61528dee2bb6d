//! Who signed a package, in minisign's format.

use super::TrustError;
use minisign_verify::{PublicKey, Signature};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A publisher's public key, as [minisign](https://jedisct1.github.io/minisign/) writes it: `RW…`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublisherKey(String);

impl PublisherKey {
    /// Checks that this key signed these bytes, and gives the comment that was signed with them.
    ///
    /// Signatures of the format before minisign 0.10, which hash nothing beforehand, are refused.
    ///
    /// # Errors
    ///
    /// [`TrustError::Signature`]; `path` is the file of the bytes, for the message.
    pub(super) fn verify(&self, path: &Path, bytes: &[u8], signature: &str) -> Result<String, TrustError> {
        let wrong = |error: minisign_verify::Error| TrustError::Signature {
            path: path.to_owned(),
            detail: error.to_string().to_lowercase(),
        };
        let signature = Signature::decode(signature).map_err(wrong)?;
        let key = PublicKey::from_base64(&self.0).map_err(wrong)?;
        key.verify(bytes, &signature, false).map_err(wrong)?;
        Ok(signature.trusted_comment().to_owned())
    }
}

impl FromStr for PublisherKey {
    type Err = TrustError;

    /// Takes the key alone, or the whole text of a `.pub` file.
    fn from_str(text: &str) -> Result<Self, TrustError> {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        match PublicKey::from_base64(line) {
            Ok(_) => Ok(Self(line.to_owned())),
            Err(_) => Err(TrustError::Key),
        }
    }
}

impl TryFrom<String> for PublisherKey {
    type Error = TrustError;

    fn try_from(text: String) -> Result<Self, TrustError> {
        text.parse()
    }
}

impl From<PublisherKey> for String {
    fn from(key: PublisherKey) -> Self {
        key.0
    }
}

impl fmt::Display for PublisherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &[u8] = include_bytes!("../../tests/data/minisign/note.txt");
    const SIGNATURE: &str = include_str!("../../tests/data/minisign/note.txt.minisig");
    const LEGACY: &str = include_str!("../../tests/data/minisign/legacy.minisig");
    const AUTHOR: &str = include_str!("../../tests/data/minisign/author.pub");
    const OTHER: &str = include_str!("../../tests/data/minisign/other.pub");

    fn verified(key: &str, bytes: &[u8], signature: &str) -> Result<String, TrustError> {
        key.parse::<PublisherKey>().unwrap().verify("note.txt".as_ref(), bytes, signature)
    }

    #[test]
    fn a_signature_of_minisign_holds_for_its_bytes_and_its_key() {
        assert_eq!(verified(AUTHOR, NOTE, SIGNATURE).unwrap(), "a note");
        let changed = [NOTE, b" "].concat();
        assert!(matches!(verified(AUTHOR, &changed, SIGNATURE), Err(TrustError::Signature { .. })));
        assert!(matches!(verified(OTHER, NOTE, SIGNATURE), Err(TrustError::Signature { .. })));
    }

    #[test]
    fn the_comment_is_signed_too() {
        let comment = SIGNATURE.replace("a note", "another");
        assert!(matches!(verified(AUTHOR, NOTE, &comment), Err(TrustError::Signature { .. })));
    }

    #[test]
    fn the_old_format_is_refused() {
        assert!(matches!(verified(AUTHOR, NOTE, LEGACY), Err(TrustError::Signature { .. })));
    }

    #[test]
    fn a_key_is_its_line_or_its_file() {
        let line = AUTHOR.lines().nth(1).unwrap();
        assert_eq!(AUTHOR.parse::<PublisherKey>().unwrap(), line.parse().unwrap());
        assert!(matches!("RWsomething".parse::<PublisherKey>(), Err(TrustError::Key)));
        assert!(matches!("".parse::<PublisherKey>(), Err(TrustError::Key)));
    }
}

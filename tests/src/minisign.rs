//! Somebody who publishes plugins: signs as minisign does, with libraries that the program does not verify with.

use blake2::{Blake2b512, Digest as _};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

/// Somebody who publishes plugins.
#[derive(Debug)]
pub struct Publisher {
    key: Ed25519KeyPair,
    id: [u8; 8],
}

#[expect(clippy::panic, reason = "a test without its key cannot go on")]
impl Publisher {
    /// Another publisher for another number.
    pub fn new(number: u8) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap_or_else(|error| panic!("{error}"));
        Self { key, id: [number; 8] }
    }

    /// The public key, as it stands in the second line of a `.pub` file.
    pub fn public(&self) -> String {
        base64(&[b"Ed".as_slice(), &self.id, self.key.public_key().as_ref()].concat())
    }

    /// The text of a `.minisig` file: the signature of the bytes' BLAKE2b-512, and one of it and the comment.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.key.sign(&Blake2b512::digest(bytes));
        let both = self.key.sign(&[signature.as_ref(), comment.as_bytes()].concat());
        let first = base64(&[b"ED".as_slice(), &self.id, signature.as_ref()].concat());
        format!("untrusted comment: of a test\n{first}\ntrusted comment: {comment}\n{}\n", base64(both.as_ref()))
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(bytes)
}

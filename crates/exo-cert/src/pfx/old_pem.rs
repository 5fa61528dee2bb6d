//! The old encryption of PEM keys, with a `DEK-Info` header instead of an ASN.1 wrapping.

use super::ciphers::{Cipher, is_sequence};
use super::{Passwords, PfxError};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

/// Decrypts a key; `info` is what stands in the header, such as `AES-256-CBC,0123…`.
pub(crate) fn open_old_pem(info: &str, data: &[u8], passwords: &Passwords) -> Result<Zeroizing<Vec<u8>>, PfxError> {
    let malformed = || PfxError::Malformed { what: "the DEK-Info header" };
    let (name, iv) = info.split_once(',').unwrap_or((info, ""));
    let name = name.trim().to_ascii_uppercase();
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(malformed());
    }
    let known = CIPHERS.iter().find(|(known, _)| *known == name);
    let (_, cipher) = known.ok_or(PfxError::Unsupported { what: format!("{name} in a DEK-Info header").into() })?;
    let iv = hex(iv.trim()).filter(|iv| iv.len() == cipher.block()).ok_or_else(malformed)?;
    let salt = iv.get(..SALT).ok_or_else(malformed)?;
    let key = key(passwords.utf8(), salt, cipher.key_length());
    cipher.decrypt(&key, &iv, data).filter(is_sequence).ok_or_else(|| passwords.refused())
}

/// MD5 over what was derived before, the password and the salt, until there is enough.
fn key(password: &[u8], salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + MD5));
    let mut last = Zeroizing::new([0_u8; MD5]);
    while key.len() < length {
        let mut hash = Md5::new();
        if !key.is_empty() {
            hash.update(last.as_slice());
        }
        last = Zeroizing::new(hash.chain_update(password).chain_update(salt).finalize().into());
        key.extend_from_slice(last.as_slice());
    }
    key.truncate(length);
    key
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    let digit = |d: u8| char::from(d).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<_>>()?;
    odd.is_empty().then_some(bytes)
}

const CIPHERS: &[(&str, Cipher)] = &[
    ("AES-128-CBC", Cipher::Aes128),
    ("AES-192-CBC", Cipher::Aes192),
    ("AES-256-CBC", Cipher::Aes256),
    ("DES-EDE3-CBC", Cipher::TripleDes),
];
const MAX_NAME: usize = 24;
const SALT: usize = 8;
const MD5: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(info: &str) -> PfxError {
        open_old_pem(info, &[0; 32], &Passwords::new(Some(&"x".into())).unwrap()).unwrap_err()
    }

    #[test]
    fn what_stands_in_the_header_is_checked() {
        assert_eq!(
            refusal("DES-CBC,0011223344556677"),
            PfxError::Unsupported { what: "DES-CBC in a DEK-Info header".into() }
        );
        for broken in ["", ",", "AES-128-CBC", "AES-128-CBC,00", "AES-128-CBC,zz", "\u{1b}[31m,00", &"A".repeat(99)] {
            assert_eq!(refusal(broken), PfxError::Malformed { what: "the DEK-Info header" }, "{broken}");
        }
        assert_eq!(refusal("DES-EDE3-CBC,0011223344556677"), PfxError::WrongPassword);
    }
}

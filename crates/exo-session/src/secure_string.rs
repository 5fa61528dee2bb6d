//! Parameters that travel encrypted, and the service's key for them.

use aws_lc_rs::rsa::{Pkcs1PublicEncryptingKey, PublicEncryptingKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exo_model::SecretParameter;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A text that holds no public key of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no public key for secret parameters: {why}")]
#[non_exhaustive]
pub struct InvalidPublicKey {
    /// What is wrong with it.
    pub why: &'static str,
}

/// The service's public key, with which secret parameters are encrypted.
///
/// It stands as XML (`<RSAKeyValue>…`) in the script that `EXOModuleFile` gives; it may be parsed from the XML or from the
/// whole script. The service changes its key now and then, and takes the one before as well.
#[derive(Clone)]
pub struct PublicKey(Arc<Pkcs1PublicEncryptingKey>);

impl PublicKey {
    /// The value as it travels: base64 of its UTF-8 bytes, encrypted with RSA and the padding of PKCS#1 v1.5.
    pub(crate) fn encrypt(&self, value: &SecretParameter) -> Result<String, &'static str> {
        match value {
            SecretParameter::Text(text) => self.encrypt_bytes(text.expose().as_bytes()),
            SecretParameter::Credential { user, password } => self.encrypt_bytes(&credential(user, password.expose())),
            _ => Err("its kind of secret is not known"),
        }
    }

    fn encrypt_bytes(&self, plain: &[u8]) -> Result<String, &'static str> {
        if plain.len() > self.0.max_plaintext_size() {
            return Err("it is longer than what the service's key encrypts");
        }
        let mut cipher = vec![0; self.0.ciphertext_size()];
        let cipher = self.0.encrypt(plain, &mut cipher).map_err(|_| "it could not be encrypted")?;
        Ok(STANDARD.encode(cipher))
    }
}

impl FromStr for PublicKey {
    type Err = InvalidPublicKey;

    fn from_str(text: &str) -> Result<Self, InvalidPublicKey> {
        let invalid = |why| InvalidPublicKey { why };
        let key = between(text, "<RSAKeyValue>", "</RSAKeyValue>").ok_or(invalid("there is no `RSAKeyValue`"))?;
        let number = |start, end| {
            let digits: String = between(key, start, end)?.split_whitespace().collect();
            STANDARD.decode(digits).ok().filter(|number| number.iter().any(|byte| *byte != 0))
        };
        let modulus = number("<Modulus>", "</Modulus>").ok_or(invalid("its modulus is no base64"))?;
        let exponent = number("<Exponent>", "</Exponent>").ok_or(invalid("its exponent is no base64"))?;
        let key = PublicEncryptingKey::from_der(&key_info(&modulus, &exponent));
        let key = key.and_then(|key| Ok(Pkcs1PublicEncryptingKey::new(key)?));
        key.map(|key| Self(Arc::new(key))).map_err(|_| invalid("it is no RSA key of 2048 to 8192 bits"))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.0.key_size_bits())
    }
}

/// `{"UserName":…,"Password":…}`, in a buffer that never moves, so that wiping it leaves no copy.
fn credential(user: &str, password: &str) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(40 + ESCAPED * (user.len() + password.len())));
    out.extend_from_slice(br#"{"UserName":""#);
    escape(&mut out, user);
    out.extend_from_slice(br#"","Password":""#);
    escape(&mut out, password);
    out.extend_from_slice(br#""}"#);
    out
}

/// The inside of a JSON text.
fn escape(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=31 => {
                let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
            _ => out.push(byte),
        }
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(start)?;
    after.split_once(end).map(|(inside, _)| inside)
}

/// The key as a `SubjectPublicKeyInfo` (RFC 3279, section 2.3.1).
fn key_info(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = element(SEQUENCE, &[integer(modulus), integer(exponent)].concat());
    let key = element(BIT_STRING, &[&[0], key.as_slice()].concat());
    element(SEQUENCE, &[RSA_ENCRYPTION, &key].concat())
}

fn integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let mut digits = number.get(zeros..).unwrap_or_default().to_vec();
    if digits.first().is_some_and(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    element(INTEGER, &digits)
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let zeros = length.iter().take_while(|byte| **byte == 0).count();
    let digits = length.get(zeros..).unwrap_or_default();
    let mut out = vec![tag];
    match digits {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        // At most eight digits, so that the sum fits.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
/// The algorithm `rsaEncryption`, with its parameters, which are null.
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// Bytes that one byte becomes at most in JSON.
const ESCAPED: usize = 6;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
    use exo_model::Secret;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    /// A pair made once, since making one takes a while.
    static PAIR: LazyLock<PrivateDecryptingKey> =
        LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap());

    /// The public half as the service's script has it.
    pub(crate) fn xml() -> String {
        let info = PAIR.public_key().as_der().unwrap();
        let info = info.as_ref();
        // A key of 2048 bits always has its modulus here, and its exponent 65537 at the end.
        let modulus = STANDARD.encode(&info[33..289]);
        let exponent = STANDARD.encode(&info[info.len() - 3..]);
        format!("<RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent></RSAKeyValue>")
    }

    pub(crate) fn decrypted(text: &str) -> String {
        let cipher = STANDARD.decode(text).unwrap();
        let private = Pkcs1PrivateDecryptingKey::new(PAIR.clone()).unwrap();
        let mut plain = vec![0; private.min_output_size()];
        String::from_utf8(private.decrypt(&cipher, &mut plain).unwrap().to_vec()).unwrap()
    }

    fn key() -> PublicKey {
        format!("function x {{ $key = '{}' }}", xml()).parse().unwrap()
    }

    #[test]
    fn only_the_service_reads_a_secure_string() {
        let text = SecretParameter::from(Secret::from("pä\"ss"));
        let (one, two) = (key().encrypt(&text).unwrap(), key().encrypt(&text).unwrap());
        assert_eq!((decrypted(&one), decrypted(&two)), ("pä\"ss".into(), "pä\"ss".into()));
        assert_ne!(one, two);
    }

    #[test]
    fn a_credential_is_a_json_text() {
        let value = SecretParameter::credential("a\\n\u{1}a", "p\"\u{1f}ä".into());
        let plain = decrypted(&key().encrypt(&value).unwrap());
        let plain: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(plain, serde_json::json!({"UserName": "a\\n\u{1}a", "Password": "p\"\u{1f}ä"}));
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let of = |length| key().encrypt(&Secret::from("x".repeat(length)).into());
        assert!(of(245).is_ok());
        assert_eq!(of(246), Err("it is longer than what the service's key encrypts"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let small = "<RSAKeyValue><Modulus>AQID</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>";
        let zero = xml().replace("<Modulus>", "<Modulus>%");
        for bad in ["", "<RSAKeyValue></RSAKeyValue>", small, &zero, &xml().replace("AQAB", "AAAA")] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
        assert_eq!(format!("{:?}", key()), "PublicKey(2048 bits)");
    }

    #[test]
    fn an_element_has_the_length_of_its_content() {
        assert_eq!(element(2, &[]), [2, 0]);
        assert_eq!(element(2, &[7; 127])[..3], [2, 127, 7]);
        assert_eq!(element(2, &[7; 128])[..4], [2, 0x81, 128, 7]);
        assert_eq!(element(2, &[7; 300])[..5], [2, 0x82, 1, 44, 7]);
        assert_eq!(integer(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String, modulus: Vec<u8>, exponent: Vec<u8>) {
            drop(text.parse::<PublicKey>());
            let (modulus, exponent) = (STANDARD.encode(modulus), STANDARD.encode(exponent));
            drop(format!("<RSAKeyValue><Exponent>{exponent}</Exponent><Modulus>{modulus}</Modulus></RSAKeyValue>").parse::<PublicKey>());
        }

        #[test]
        fn a_credential_is_json_in_a_buffer_that_did_not_move(user: String, password: String) {
            let plain = credential(&user, &password);
            prop_assert!(plain.capacity() <= 40 + ESCAPED * (user.len() + password.len()));
            let read: serde_json::Value = serde_json::from_slice(&plain).unwrap();
            prop_assert_eq!(read, serde_json::json!({"UserName": user, "Password": password}));
        }
    }
}

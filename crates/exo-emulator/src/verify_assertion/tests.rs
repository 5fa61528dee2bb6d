//! Assertions made by other programs, and what must break them.

use super::*;

const APP: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
const ENDPOINT: &str = "https://login.microsoftonline.com/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11/oauth2/v2.0/token";

fn key(der: &[u8]) -> KeyCredential {
    KeyCredential::read(der, Some((0, i64::MAX))).unwrap()
}

fn check(assertion: &str, der: &[u8], now: i64) -> Result<(), u32> {
    let expected =
        Expected { client_id: APP, keys: &[key(der)], audience: &|audience| audience == ENDPOINT, now, tolerance: 300 };
    verify(assertion, &expected).map(drop).map_err(|refusal| refusal.code)
}

const VECTOR: &[u8] = include_bytes!("../../tests/data/vector.der");
const VECTORS: [&str; 2] =
    [include_str!("../../tests/data/vector-rs256.jwt"), include_str!("../../tests/data/vector-ps256.jwt")];

#[test]
fn published_vectors_are_taken_in_their_time() {
    for vector in VECTORS {
        assert_eq!(check(vector, VECTOR, 1_780_000_000), Ok(()));
        assert_eq!(check(vector, VECTOR, 1_780_000_901), Err(700_024));
        assert_eq!(check(vector, VECTOR, 1_779_999_000), Err(700_024));
    }
}

#[test]
fn a_changed_byte_of_the_signing_input_breaks_it() {
    for vector in VECTORS {
        let (message, signature) = vector.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        let key = key(VECTOR);
        for place in 0..message.len() {
            let mut bytes = message.as_bytes().to_vec();
            if place == header.len() {
                continue;
            }
            bytes[place] ^= 1;
            let broken = String::from_utf8(bytes).unwrap();
            let jwt = Jwt {
                message: &broken,
                header: serde_json::from_slice(&decode(header).unwrap()).unwrap(),
                claims: serde_json::from_slice(&decode(claims).unwrap()).unwrap(),
                signature: decode(signature).unwrap(),
            };
            let refusal = jwt.check_signature(jwt.algorithm().unwrap(), &key).unwrap_err();
            assert_eq!(refusal.code, 700_027, "{place}");
        }
    }
}

#[test]
fn a_changed_byte_of_the_signature_breaks_it() {
    for vector in VECTORS {
        let (message, signature) = vector.rsplit_once('.').unwrap();
        for place in [0, 100, 300] {
            let mut bytes = signature.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let broken = format!("{message}.{}", String::from_utf8(bytes).unwrap());
            assert_eq!(check(&broken, VECTOR, 1_780_000_000), Err(700_027));
        }
    }
}

/// Made by `openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:N`.
#[test]
fn a_salt_of_another_length_is_refused() {
    let certificate = include_bytes!("../../tests/data/salt.der");
    let right = include_str!("../../tests/data/salt-32.jwt");
    let wrong = include_str!("../../tests/data/salt-20.jwt");
    assert_eq!(check(right, certificate, 2_100_000_000), Ok(()));
    assert_eq!(check(wrong, certificate, 2_100_000_000), Err(700_027));
}

/// The key of the certificate is one for ECDSA: it may be registered, and proves nothing.
#[test]
fn a_key_that_is_not_rsa_fits_no_algorithm() {
    let mut other = key(VECTOR);
    other.rsa_key = None;
    let expected = Expected { client_id: APP, keys: &[other], audience: &|_| true, now: 1_780_000_000, tolerance: 300 };
    assert_eq!(verify(VECTORS[0], &expected).unwrap_err().code, 5_002_730);
}

#[test]
fn a_key_past_its_end_is_refused_after_its_signature() {
    let expected = Expected {
        client_id: APP,
        keys: &[KeyCredential::read(VECTOR, Some((0, 1_000))).unwrap()],
        audience: &|_| true,
        now: 1_780_000_000,
        tolerance: 300,
    };
    let refusal = verify(VECTORS[0], &expected).unwrap_err();
    assert_eq!(refusal.code, 700_027);
    assert!(refusal.text.contains("is expired on application"));
}

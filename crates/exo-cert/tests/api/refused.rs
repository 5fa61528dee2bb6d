//! Files that must be refused, each with its own reason.

use crate::files::{data, open, pem};
use exo_cert::{Certificate, ClientCertificate, Error, PfxError};
use exo_model::{Diagnose, ErrorKind, Secret};

fn refusal(name: &str, password: Option<&str>) -> Error {
    let error = open(name, password).expect_err(name);
    assert_eq!(error.kind(), ErrorKind::Certificate);
    error
}

fn pfx_refusal(name: &str, password: Option<&str>) -> PfxError {
    match refusal(name, password) {
        Error::Pfx(error) => error,
        other => panic!("{name}: {other}"),
    }
}

fn pem_refusal(names: &[&str]) -> Error {
    ClientCertificate::from_bytes(&pem(names), Some(&Secret::from("password"))).unwrap_err()
}

#[test]
fn a_wrong_password_and_a_missing_one_are_told_apart() {
    for name in [
        "openssl3-aes256.pfx",
        "openssl3-3des.pfx",
        "openssl3-nomac.pfx",
        "openssl3-legacy-rc2.pfx",
        "windows-csp-rc2.pfx",
        "windows-cng-no-usage.pfx",
        "pbmac1.pfx",
        "python.pfx",
    ] {
        assert_eq!(pfx_refusal(name, Some("passwort")), PfxError::WrongPassword, "{name}");
        assert_eq!(pfx_refusal(name, None), PfxError::PasswordMissing, "{name}");
        assert_eq!(pfx_refusal(name, Some("")), PfxError::PasswordMissing, "{name}");
    }
    assert!(matches!(
        ClientCertificate::from_bytes(&pem(&["contoso.encrypted.key", "contoso.crt"]), Some(&"wrong".into())),
        Err(Error::Pfx(PfxError::WrongPassword))
    ));
}

#[test]
fn half_a_pair_is_refused() {
    assert!(matches!(refusal("no-key.pfx", Some("password")), Error::NoPrivateKey { .. }));
    assert!(matches!(refusal("no-certificate.pfx", Some("password")), Error::NoCertificate { .. }));
    assert!(matches!(refusal("contoso.cer", None), Error::NoPrivateKey { .. }));
    assert!(matches!(refusal("contoso.crt", None), Error::NoPrivateKey { .. }));
    assert!(matches!(refusal("contoso.pub", None), Error::NoCertificate { .. }));
    assert!(matches!(refusal("leaf.csr", None), Error::NoCertificate { .. }));
    // What stands beside them is not what is missing.
    for beside in ["contoso.pub", "leaf.csr"] {
        assert!(matches!(pem_refusal(&[beside, "contoso.crt"]), Error::NoPrivateKey { .. }), "{beside}");
        assert!(
            matches!(pem_refusal(&[beside, "contoso.key"]), Error::NoCertificate { what, .. } if what.contains("private")),
            "{beside}"
        );
        assert!(ClientCertificate::from_bytes(&pem(&[beside, "contoso.crt", "contoso.key"]), None).is_ok(), "{beside}");
    }
    assert!(matches!(refusal("contoso.key", None), Error::NoCertificate { .. }));
    assert!(matches!(refusal("contoso.key.der", None), Error::NoCertificate { .. }));
}

#[test]
fn what_is_no_certificate_is_told_by_what_it_is() {
    for (name, expected) in [
        ("contoso.key", "private key"),
        ("contoso.encrypted.key", "private key"),
        ("contoso.pub", "public key"),
        ("leaf.csr", "request"),
    ] {
        match Certificate::from_bytes(&data(name)) {
            Err(Error::NoCertificate { what, .. }) => assert!(what.contains(expected), "{name}: {what}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let bundle = Certificate::from_bytes(&data("chain.p7b")).unwrap_err();
    assert_eq!(bundle.code(), "unsupported-format");
    assert!(bundle.hint().unwrap().contains("-print_certs"));
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let contoso = Certificate::from_bytes(&data("contoso.crt")).unwrap().thumbprint();
    for error in [refusal("mismatch.pfx", Some("password")), pem_refusal(&["contoso.crt", "fabrikam.key"])] {
        assert!(matches!(error, Error::KeyMismatch { thumbprint, .. } if thumbprint == contoso));
    }
}

#[test]
fn several_pairs_are_listed() {
    let Error::Ambiguous { candidates, .. } = refusal("two-pairs.pfx", Some("password")) else { panic!() };
    let mut subjects: Vec<_> = candidates.iter().map(|c| c.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["CN=contoso.org", "CN=fabrikam.com"]);
}

#[test]
fn keys_that_cannot_sign_in_are_named() {
    for error in [refusal("ec.pfx", Some("password")), pem_refusal(&["ec.crt", "ec.key"]), refusal("ec.crt", None)] {
        assert!(matches!(&error, Error::UnsupportedKey { algorithm, .. } if algorithm == "EC P-256"), "{error}");
        assert!(error.hint().unwrap().contains("exoctl cert new"));
    }
    assert!(matches!(pem_refusal(&["ec-sec1.key"]), Error::UnsupportedKey { .. }));
    assert!(matches!(pem_refusal(&["ec.key"]), Error::UnsupportedKey { algorithm, .. } if algorithm == "EC P-256"));
}

#[test]
fn rsa_keys_that_cannot_sign_are_refused_with_the_reason() {
    for (name, expected_bits, expected) in [
        ("rsa1024", 1024, "it is too short"),
        ("rsa2560", 2560, "this length is not supported"),
        ("exponent3", 2048, "its public exponent is smaller than 65537"),
        ("three-primes", 2048, "it has more than two primes"),
    ] {
        match pem_refusal(&[&format!("{name}.crt"), &format!("{name}.key")]) {
            Error::KeySize { bits, reason, .. } => assert_eq!((bits, &*reason), (expected_bits, expected), "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn unsupported_algorithms_are_named() {
    for (name, expected) in [
        ("refused-rc4.pfx", "RC4-128"),
        ("refused-mac-sha3.pfx", "SHA3-256"),
        ("refused-version4.pfx", "version 4 of PFX"),
        ("refused-enveloped.pfx", "public-key privacy (envelopedData)"),
        ("refused-signed.pfx", "public-key integrity (signedData)"),
        ("refused-old-des.key", "DES-CBC in a DEK-Info header"),
        ("chain.p7b", "the format PKCS#7 (.p7b)"),
        ("refused-java.jks", "the format of Java's own key stores (JKS)"),
    ] {
        match pfx_refusal(name, Some("password")) {
            PfxError::Unsupported { what, .. } => assert_eq!(what, expected, "{name}"),
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn bombs_are_refused_before_any_work() {
    let begun = std::time::Instant::now();
    let refusal = |name| pfx_refusal(name, Some("password"));
    assert!(matches!(refusal("bomb-mac-count.pfx"), PfxError::TooExpensive { rounds: 0x7FFF_FFFF, .. }));
    assert!(matches!(refusal("bomb-many-keys.pfx"), PfxError::TooExpensive { limit: 4_000_000, .. }));
    assert!(matches!(refusal("bomb-nested.pfx"), PfxError::TooLarge { limit: 8, .. }));
    for name in ["bomb-zero-count.pfx", "bomb-negative-count.pfx", "bomb-long-count.pfx"] {
        assert!(matches!(refusal(name), PfxError::Malformed { what: "an iteration count", .. }), "{name}");
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
}

#[test]
fn too_much_is_refused() {
    let bytes = vec![0x30; (4 << 20) + 1];
    assert!(matches!(ClientCertificate::from_bytes(&bytes, None), Err(Error::Pfx(PfxError::TooLarge { .. }))));
    let password = Secret::new("x".repeat(1025));
    let error = ClientCertificate::from_bytes(&data("python.pfx"), Some(&password)).unwrap_err();
    assert!(matches!(error, Error::Pfx(PfxError::PasswordTooLong)));
}

#[test]
fn other_files_are_told_by_what_they_look_like() {
    for (bytes, expected) in [
        (&b""[..], "empty"),
        (b"<!DOCTYPE html><html>sign in</html>", "web page"),
        (b"  {\"error\": 1}", "JSON"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"hello", "text"),
        (b"0123456789", "text"),
        (b"\x00\x01\xFF\xFE", "another kind"),
        (b"text\0and\0zeros", "another kind"),
        (&[0; 99], "zeros"),
    ] {
        match ClientCertificate::from_bytes(bytes, None) {
            Err(error @ Error::NotACertificate { looks_like, .. }) => {
                assert!(looks_like.contains(expected), "{looks_like}");
                assert_eq!(error.code(), "malformed", "{looks_like}");
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn formats_of_others_are_named_with_a_way_out() {
    for (bytes, expected, way) in [
        (&b"PK\x03\x04rest"[..], "the format of ZIP archives", "unpack"),
        (b"\x1F\x8B\x08rest", "the format of gzip archives", "unpack"),
        (b"ssh-rsa AAAA", "the format of SSH keys", "exoctl cert new"),
        (b"PuTTY-User-Key-File-3: ssh-rsa", "the format of SSH keys", "exoctl cert new"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n-----END OPENSSH PRIVATE KEY-----", "the format of SSH keys", "exoctl"),
        (b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n", "the format of PGP keys", "exoctl cert new"),
        (b"SQLite format 3\0rest", "the format of NSS's databases (cert9.db, key4.db)", "pk12util"),
        (b"\xCE\xCE\xCE\xCErest", "the format of Java's own key stores (JCEKS)", "keytool"),
        (b"\x1E\xF1\xB5\xB0rest", "the format of Microsoft's private key files (.pvk)", "export it again"),
        (b"\0\0\0\0CERTrest", "the format of Microsoft's serialised stores (.sst)", "export it again"),
    ] {
        match ClientCertificate::from_bytes(bytes, None) {
            Err(Error::Pfx(error @ PfxError::Unsupported { .. })) => {
                assert!(error.to_string().contains(expected), "{error}");
                assert!(error.hint().unwrap().contains(way), "{error}");
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_list_of_revoked_certificates_holds_no_certificate() {
    // Version 2: a number, an algorithm, a name, and the time of its issue.
    let time = b"\x17\x0D250101000000Z";
    let body = [&[0x30, 22, 2, 1, 1, 0x30, 0, 0x30, 0][..], time].concat();
    let list = [&[0x30, 29][..], &body, &[0x30, 0, 3, 1, 0]].concat();
    // Version 1 has no number.
    let first = [&[0x30, 26, 0x30, 19, 0x30, 0, 0x30, 0][..], time, &[0x30, 0, 3, 1, 0]].concat();
    for list in [list, first] {
        match ClientCertificate::from_bytes(&list, None) {
            Err(Error::NoCertificate { what, .. }) => assert!(what.contains("CRL"), "{what}"),
            other => panic!("{other:?}"),
        }
    }
    let parameters = b"-----BEGIN DH PARAMETERS-----\nMAYCAQ0CAQI=\n-----END DH PARAMETERS-----\n";
    let error = ClientCertificate::from_bytes(parameters, None).unwrap_err();
    assert_eq!(error.to_string(), "no certificate: there is neither a certificate nor a key in it");
}

#[test]
fn damage_is_called_damage() {
    let text = String::from_utf8(data("contoso.crt")).unwrap();
    let (half, _) = text.split_at(text.len() / 2);
    for bytes in [
        half.as_bytes(),
        b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        // Dashes as a mail program sets them, and one that got lost.
        text.replace("-----", "—–—").as_bytes(),
        text.replace("-----", "----").as_bytes(),
        &data("contoso.cer")[..300],
    ] {
        assert!(matches!(ClientCertificate::from_bytes(bytes, None), Err(Error::Malformed { .. })));
        assert!(Certificate::from_bytes(bytes).is_err());
    }
    let pfx = data("python.pfx");
    assert!(ClientCertificate::from_bytes(&pfx[..pfx.len() / 2], Some(&"password".into())).is_err());
}

#[test]
fn the_public_part_of_a_pfx_is_not_read_without_its_password() {
    let error = Certificate::from_bytes(&data("python.pfx")).unwrap_err();
    assert!(matches!(error, Error::NoCertificate { what, .. } if what.contains("opened with its password")), "{error}");
}

#[test]
fn many_encrypted_keys_in_one_text_are_added_up() {
    let key = data("bomb.key");
    let one = ClientCertificate::from_bytes(&key, Some(&"wrong".into())).unwrap_err();
    assert_eq!(one.code(), "wrong-password");
    let begun = std::time::Instant::now();
    let error = ClientCertificate::from_bytes(&key.repeat(5), Some(&"wrong".into())).unwrap_err();
    assert_eq!(error.code(), "too-expensive");
    assert!(begun.elapsed() < std::time::Duration::from_millis(500), "nothing is derived before the sum is known");
    let error = ClientCertificate::from_bytes(&data("contoso.crt").repeat(1001), None).unwrap_err();
    assert_eq!(error.code(), "too-expensive");
}

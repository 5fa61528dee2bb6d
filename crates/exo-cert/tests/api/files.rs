//! Files that must open.

use exo_cert::{
    Certificate, ClientCertificate, Error, KeySpec, ProviderKind, Selector, Sha256Thumbprint, Thumbprint, Warning,
};
use exo_model::Secret;
use std::path::Path;
use std::time::{Duration, SystemTime};

pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn open(name: &str, password: Option<&str>) -> Result<ClientCertificate, Error> {
    ClientCertificate::from_bytes(&data(name), password.map(Secret::from).as_ref())
}

fn contoso() -> Thumbprint {
    Certificate::from_bytes(&data("contoso.crt")).unwrap().thumbprint()
}

/// Opens it, and checks that key and certificate fit by signing.
async fn opens(name: &str, password: Option<&str>) -> ClientCertificate {
    let certificate = open(name, password).unwrap_or_else(|e| panic!("{name}: {e}"));
    certificate.self_test().await.unwrap_or_else(|e| panic!("{name}: {e}"));
    certificate
}

#[tokio::test]
async fn pfx_files_of_all_writers_open() {
    for name in [
        "openssl3-aes256.pfx",
        "openssl3-aes128-sha512.pfx",
        "openssl3-3des.pfx",
        "openssl3-legacy-rc2.pfx",
        "openssl3-2des-rc2-128.pfx",
        "openssl3-pbes2-3des.pfx",
        "openssl3-nomac.pfx",
        "openssl3-nothing.pfx",
        "openssl3-iter1.pfx",
        "python.pfx",
        "windows-csp-rc2.pfx",
        "windows-cng-plain-certificates.pfx",
        "windows-cng-no-usage.pfx",
        "windows-csp-signature.pfx",
        "windows-aes256.pfx",
        "disagreeing-ids.pfx",
        "nested-and-odd.pfx",
        "one-broken-key.pfx",
        "pbmac1.pfx",
        "nss-ber.p12",
        "ber.p12",
    ] {
        let opened = opens(name, Some("password")).await;
        assert_eq!(opened.certificate().thumbprint(), contoso(), "{name}");
    }
}

#[tokio::test]
async fn java_key_stores_open() {
    for name in ["keytool.p12", "keytool-legacy.p12"] {
        assert_eq!(opens(name, Some("password")).await.certificate().subject(), "CN=java.contoso.org");
    }
}

#[tokio::test]
async fn no_password_and_an_empty_one_are_the_same() {
    // Python puts a MAC of the empty password on a file in which nothing is encrypted.
    for name in [
        "python-nothing.pfx",
        "openssl3-empty-password.pfx",
        "dotnet-absent-password.pfx",
        "dotnet-mixed-password.pfx",
        "dotnet-600000-absent.pfx",
        "dotnet-600000-empty.pfx",
    ] {
        for none in [None, Some("")] {
            assert_eq!(opens(name, none).await.certificate().thumbprint(), contoso(), "{name}");
        }
    }
}

#[tokio::test]
async fn passwords_are_taken_as_they_are() {
    for name in ["openssl3-unicode-password.pfx", "openssl3-unicode-legacy.pfx"] {
        opens(name, Some("pä ß €😀 ")).await;
        assert!(open(name, Some("pä ß €😀")).is_err(), "{name}: the blank at the end counts");
    }
}

#[test]
fn the_provider_is_recognised() {
    let provider = |name| {
        let certificate = open(name, Some("password")).unwrap();
        (certificate.provider().kind, certificate.provider().key_spec)
    };
    assert_eq!(provider("windows-csp-rc2.pfx"), (ProviderKind::Csp, Some(KeySpec::KeyExchange)));
    assert_eq!(provider("windows-csp-signature.pfx"), (ProviderKind::Csp, Some(KeySpec::Signature)));
    assert_eq!(provider("windows-cng-plain-certificates.pfx"), (ProviderKind::Cng, None));
    assert_eq!(provider("windows-cng-no-usage.pfx"), (ProviderKind::Cng, None));
    assert_eq!(provider("openssl3-aes256.pfx"), (ProviderKind::Unknown, None));
}

#[test]
fn warnings_say_what_a_user_should_know() {
    let certificate = open("windows-cng-no-usage.pfx", Some("password")).unwrap();
    let ends = certificate.certificate().not_after();
    let day = Duration::from_hours(24);
    assert!(matches!(certificate.warnings(ends - 31 * day)[..], [Warning::Cng { .. }]));
    assert!(matches!(certificate.warnings(ends - 29 * day)[..], [Warning::Cng { .. }, Warning::ExpiresSoon { .. }]));
    assert!(matches!(certificate.warnings(ends + day)[..], [Warning::Cng { .. }]));
    let sha1 = pem(&["sha1.crt", "contoso.key"]);
    let sha1 = ClientCertificate::from_bytes(&sha1, None).unwrap();
    assert!(matches!(sha1.warnings(ends - 31 * day)[..], [Warning::Sha1Signature]));
}

#[test]
fn whoever_looks_is_told_all() {
    let codes =
        |certificate: &Certificate, now| -> Vec<_> { certificate.warnings(now).iter().map(Warning::code).collect() };
    let read = |name| Certificate::from_bytes(&data(name)).unwrap();
    let contoso = read("contoso.crt");
    let (begins, ends, day) = (contoso.not_before(), contoso.not_after(), Duration::from_hours(24));
    assert_eq!(codes(&contoso, begins), ["long-validity"]);
    assert_eq!(codes(&contoso, begins - day), ["long-validity", "not-yet-valid"]);
    assert_eq!(codes(&contoso, ends - day), ["long-validity", "expires-soon"]);
    assert_eq!(codes(&contoso, ends + day), ["long-validity", "expired"]);
    assert!(contoso.warnings(begins)[0].to_string().contains("36500 days"));
    assert_eq!(codes(&read("rsa1024.crt"), begins + day), ["key-too-small", "long-validity"]);
    assert_eq!(codes(&read("sha1.crt"), begins + day), ["sha1-signature", "long-validity"]);
    assert_eq!(codes(&read("ec.crt"), begins + day), ["unsupported-key", "long-validity"]);
    let cng = open("windows-cng-no-usage.pfx", Some("password")).unwrap();
    let codes: Vec<_> = cng.all_warnings(begins).iter().map(Warning::code).collect();
    assert_eq!(codes, ["cng-key", "long-validity"]);
    assert_eq!(cng.require_csp().unwrap_err().code(), "cng-key");
    for accepted in ["windows-csp-rc2.pfx", "openssl3-aes256.pfx"] {
        open(accepted, Some("password")).unwrap().require_csp().unwrap();
    }
}

#[test]
fn validity_is_checked_at_both_ends() {
    let certificate = open("openssl3-aes256.pfx", Some("password")).unwrap();
    let (begins, ends) = (certificate.certificate().not_before(), certificate.certificate().not_after());
    let second = Duration::from_secs(1);
    assert!(certificate.check_validity(begins).is_ok());
    assert!(certificate.check_validity(ends).is_ok());
    assert!(matches!(certificate.check_validity(begins - second), Err(Error::NotYetValid { .. })));
    assert!(matches!(certificate.check_validity(ends + second), Err(Error::Expired { .. })));
    assert!(matches!(certificate.check_validity(SystemTime::UNIX_EPOCH), Err(Error::NotYetValid { .. })));
}

#[test]
fn one_key_with_two_certificates_takes_the_named_or_the_longest_lasting() {
    let named = open("renewed-named-by-id.pfx", Some("password")).unwrap();
    let earlier = Certificate::from_bytes(&data("contoso-earlier.crt")).unwrap();
    assert_eq!(named.certificate(), &earlier);
    let unnamed = open("renewed-without-id.pfx", Some("password")).unwrap();
    assert_eq!(unnamed.certificate().thumbprint(), contoso());
}

#[test]
fn of_several_pairs_the_wanted_one_is_taken() {
    let bytes = data("two-pairs.pfx");
    let password = Secret::from("password");
    let open = |wanted: &Selector| ClientCertificate::from_bytes_selecting(&bytes, Some(&password), wanted);
    let contoso = Certificate::from_bytes(&data("contoso.crt")).unwrap();
    for wanted in [
        contoso.thumbprint().to_string().parse().unwrap(),
        contoso.sha256_thumbprint().to_string().parse().unwrap(),
        contoso.sha256_thumbprint().into(),
        Selector::Subject("contoso.org".into()),
    ] {
        assert_eq!(open(&wanted).unwrap().certificate(), &contoso, "{wanted}");
    }
    for other in [Thumbprint::new([7; 20]).into(), Sha256Thumbprint::new([7; 32]).into()] {
        let error = open(&other).unwrap_err();
        assert!(matches!(error, Error::NotInFile { wanted, found, .. } if wanted == other && found.len() == 2));
    }
}

#[test]
fn a_wanted_certificate_without_its_key_is_told_from_one_that_is_not_there() {
    let bytes = data("chain-root-first.pem");
    let root = Certificate::from_bytes(&data("root.crt")).unwrap();
    let refusal =
        |bytes: &[u8], wanted: &Selector| ClientCertificate::from_bytes_selecting(bytes, None, wanted).unwrap_err();
    let error = refusal(&bytes, &root.sha256_thumbprint().into());
    assert_eq!(error.to_string(), "no private key: there is only the certificate, and keys of others");
    assert_eq!(refusal(&data("root.crt"), &root.thumbprint().into()).code(), "no-private-key");
    let error = refusal(&data("root.crt"), &contoso().into());
    assert!(matches!(error, Error::NotInFile { found, .. } if found.len() == 1 && found[0].subject == root.subject()));
    let error = refusal(&pem(&["root.crt", "contoso.key"]), &root.thumbprint().into());
    assert_eq!(error.code(), "key-cert-mismatch");
    assert_eq!(refusal(&data("contoso.key"), &contoso().into()).code(), "no-certificate");
}

/// Files one after another.
pub(crate) fn pem(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| data(name)).collect()
}

#[tokio::test]
async fn pem_opens_in_every_order_and_key_form() {
    for names in [
        ["contoso.key", "contoso.crt"],
        ["contoso.crt", "contoso.key"],
        ["contoso.crt", "contoso.pkcs1.key"],
        ["contoso.encrypted.key", "contoso.crt"],
        ["contoso.crt", "contoso.encrypted-3des.key"],
        ["contoso.scrypt.key", "contoso.crt"],
        ["old-aes128.key", "contoso.crt"],
        ["contoso.crt", "old-aes192.key"],
        ["old-aes256.key", "contoso.crt"],
        ["old-des3.key", "contoso.crt"],
        ["contoso.prf-SHA1.key", "contoso.crt"],
        ["contoso.prf-SHA224.key", "contoso.crt"],
        ["contoso.prf-SHA512-224.key", "contoso.crt"],
        ["contoso.prf-SHA512-256.key", "contoso.crt"],
        ["contoso.prf-SHA384.key", "contoso.crt"],
        ["contoso.prf-SHA512.key", "contoso.trusted.crt"],
    ] {
        let opened = ClientCertificate::from_bytes(&pem(&names), Some(&Secret::from("password"))).unwrap();
        opened.self_test().await.unwrap();
        assert_eq!(opened.certificate().thumbprint(), contoso(), "{names:?}");
    }
}

#[test]
fn the_chain_begins_with_the_keys_certificate_whatever_the_order() {
    let opened = open("chain-root-first.pem", None).unwrap();
    let subjects: Vec<_> = opened.chain().iter().map(Certificate::subject).collect();
    assert_eq!(subjects, ["O=Contoso, CN=leaf", "O=Contoso, CN=Root"]);
    assert_eq!(opened.certificate().serial(), "1234");
}

#[test]
fn pem_survives_editors_shells_and_variables() {
    let text = String::from_utf8(pem(&["contoso.key", "contoso.crt"])).unwrap();
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let marked = |mark: &[u8], body: Vec<u8>| [mark, &body].concat();
    let forms: [(&str, Vec<u8>); 15] = [
        ("as it is", text.clone().into()),
        ("with bag attributes", data("with-bag-attributes.pem")),
        ("BOM", marked(b"\xEF\xBB\xBF", text.clone().into())),
        ("UTF-16LE", marked(b"\xFF\xFE", utf16(u16::to_le_bytes))),
        ("UTF-16LE without mark", utf16(u16::to_le_bytes)),
        ("UTF-16BE", marked(b"\xFE\xFF", utf16(u16::to_be_bytes))),
        ("CR LF", text.replace('\n', "\r\n").into()),
        ("indented", text.replace('\n', "\n    ").into()),
        ("escaped line ends", text.replace('\n', "\\n").into()),
        ("line ends escaped twice", text.replace('\n', "\\\\n").into()),
        ("no line end between the blocks", text.replace("-----\n-----", "----------").into()),
        ("quoted, with CR and LF escaped", format!("\"{}\"", text.replace('\n', "\\r\\n")).into()),
        ("line ends turned into blanks", text.replace('\n', " ").into()),
        ("text around, in Latin-1", [b"friendlyName: caf\xE9\n", text.as_bytes(), b"the end"].concat()),
        ("no line end at the end", text.trim_end().into()),
    ];
    for (form, bytes) in forms {
        let opened = ClientCertificate::from_bytes(&bytes, None).unwrap_or_else(|e| panic!("{form}: {e}"));
        assert_eq!(opened.certificate().thumbprint(), contoso(), "{form}");
    }
}

#[test]
fn old_encrypted_keys_survive_the_same() {
    let text = String::from_utf8(pem(&["old-aes256.key", "contoso.crt"])).unwrap();
    let forms = [
        text.clone(),
        text.replace('\n', "\r\n"),
        text.replace('\n', "\\n"),
        text.replace('\n', " "),
        text.replace('\n', "\n  "),
    ];
    for form in forms {
        let open = |password: &str| ClientCertificate::from_bytes(form.as_bytes(), Some(&Secret::from(password)));
        assert_eq!(open("password").unwrap_or_else(|e| panic!("{form}: {e}")).certificate().thumbprint(), contoso());
        assert_eq!(open("passwort").unwrap_err().code(), "wrong-password");
        assert_eq!(open("").unwrap_err().code(), "wrong-password");
    }
    let open =
        |name, password| ClientCertificate::from_bytes(&pem(&[name, "contoso.crt"]), Some(&Secret::from(password)));
    open("old-unicode.key", "pä ß €😀 ").unwrap();
    assert_eq!(open("old-ec.key", "password").unwrap_err().code(), "unsupported-key");
    assert_eq!(open("refused-old-des.key", "password").unwrap_err().code(), "unsupported-format");
}

#[test]
fn base64_of_a_pfx_opens() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let pfx = data("openssl3-aes256.pfx");
    let one_line = STANDARD.encode(&pfx);
    let lines: Vec<_> = one_line.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let wrapped = lines.join("\r\n") + "\r\n";
    // What `certutil -encode` makes of any file.
    let labelled = format!("-----BEGIN CERTIFICATE-----\r\n{wrapped}-----END CERTIFICATE-----\r\n");
    let quoted = format!("\"{one_line}\"\n");
    let twice = STANDARD.encode(&wrapped);
    for text in [twice, one_line, wrapped, URL_SAFE_NO_PAD.encode(&pfx), labelled, quoted] {
        let opened = ClientCertificate::from_bytes(text.as_bytes(), Some(&Secret::from("password"))).unwrap();
        assert_eq!(opened.certificate().thumbprint(), contoso());
    }
}

#[test]
fn public_parts_are_read_in_every_form() {
    let expected = Certificate::from_bytes(&data("contoso.crt")).unwrap();
    for name in ["contoso.cer", "contoso.cer.base64", "with-bag-attributes.pem", "contoso.trusted.crt"] {
        assert_eq!(Certificate::from_bytes(&data(name)).unwrap(), expected, "{name}");
    }
    assert_eq!(expected.der(), data("contoso.cer"));
    assert_eq!(expected.issuer(), "CN=contoso.org");
    assert_eq!(expected.dns_names(), ["contoso.org"]);
    assert_eq!(expected.key_bits(), Some(2048));
    assert_eq!(Certificate::from_bytes(&data("rsa3072.crt")).unwrap().key_bits(), Some(3072));
}

//! Every file of the corpus: it opens, or it is refused with its own code. `tests/data/openers.txt` says who else opens it.

use crate::files::data;
use exo_cert::ClientCertificate;
use exo_model::Secret;
use std::collections::BTreeSet;
use std::path::Path;

const PASSWORD: &str = "password";
const NONE: &str = "";
const UNICODE: &str = "pä ß €😀 ";

/// The name of a file, its password, and the code of its refusal or nothing.
type Row = (&'static str, &'static str, &'static str);

const OPENS: &str = "";

#[rustfmt::skip]
const CORPUS: &[Row] = &[
    // openssl, as it is and with its old settings.
    ("openssl3-aes256.pfx", PASSWORD, OPENS),
    ("openssl3-aes128-sha512.pfx", PASSWORD, OPENS),
    ("openssl3-3des.pfx", PASSWORD, OPENS),
    ("openssl3-legacy-rc2.pfx", PASSWORD, OPENS),
    ("openssl3-2des-rc2-128.pfx", PASSWORD, OPENS),
    ("openssl3-pbes2-3des.pfx", PASSWORD, OPENS),
    ("openssl3-mac-sha512-256.pfx", PASSWORD, OPENS),
    ("openssl3-nomac.pfx", PASSWORD, OPENS),
    ("openssl3-nothing.pfx", PASSWORD, OPENS),
    ("openssl3-iter1.pfx", PASSWORD, OPENS),
    ("openssl3-chain.pfx", PASSWORD, OPENS),
    ("openssl3-plain-certificates.pfx", PASSWORD, OPENS),
    ("openssl3-empty-password.pfx", NONE, OPENS),
    ("openssl3-unicode-password.pfx", UNICODE, OPENS),
    ("openssl3-unicode-legacy.pfx", UNICODE, OPENS),
    // Java: keytool and BouncyCastle.
    ("keytool.p12", PASSWORD, OPENS),
    ("keytool-legacy.p12", PASSWORD, OPENS),
    ("keytool-nomac.p12", PASSWORD, OPENS),
    ("keytool-trusted-and-secret.p12", PASSWORD, OPENS),
    ("bouncycastle.p12", PASSWORD, OPENS),
    ("bouncycastle-3des.p12", PASSWORD, OPENS),
    // NSS.
    ("nss.p12", PASSWORD, OPENS),
    ("nss-old.p12", PASSWORD, OPENS),
    ("nss-sha512.p12", PASSWORD, OPENS),
    ("nss-unicode.p12", "pä ß € ", OPENS),
    // GnuTLS.
    ("gnutls-aes256.p12", PASSWORD, OPENS),
    ("gnutls-aes192-sha512.p12", PASSWORD, OPENS),
    ("gnutls-3des.p12", PASSWORD, OPENS),
    ("gnutls-rc2-40.p12", PASSWORD, OPENS),
    ("gnutls-armoured.pem", PASSWORD, OPENS),
    // Python.
    ("python.pfx", PASSWORD, OPENS),
    ("python-nothing.pfx", NONE, OPENS),
    ("python-3des-sha1.pfx", PASSWORD, OPENS),
    ("python-aes-sha256.pfx", PASSWORD, OPENS),
    ("python-unicode.pfx", UNICODE, OPENS),
    // The shapes of Windows and .NET.
    ("windows-csp-rc2.pfx", PASSWORD, OPENS),
    ("windows-csp-signature.pfx", PASSWORD, OPENS),
    ("windows-cng-plain-certificates.pfx", PASSWORD, OPENS),
    ("windows-cng-no-usage.pfx", PASSWORD, OPENS),
    ("windows-aes256.pfx", PASSWORD, OPENS),
    ("windows-provider-utf8.pfx", PASSWORD, OPENS),
    ("windows-provider-printable.pfx", PASSWORD, OPENS),
    ("windows-unknown-provider.pfx", PASSWORD, OPENS),
    ("dotnet-absent-password.pfx", NONE, OPENS),
    ("dotnet-mixed-password.pfx", NONE, OPENS),
    ("dotnet-linux.pfx", NONE, OPENS),
    ("dotnet-600000-absent.pfx", NONE, OPENS),
    ("dotnet-600000-empty.pfx", NONE, OPENS),
    // Rare shapes that are allowed.
    ("nss-ber.p12", PASSWORD, OPENS),
    ("ber.p12", PASSWORD, OPENS),
    ("pbmac1.pfx", PASSWORD, OPENS),
    ("shape-pbmac1-sha1-sha256.pfx", PASSWORD, OPENS),
    ("shape-pbmac1-sha512-sha512.pfx", PASSWORD, OPENS),
    ("shape-pbmac1-sha256-sha384.pfx", PASSWORD, OPENS),
    ("shape-pbmac1-sha512_256-sha512_224.pfx", PASSWORD, OPENS),
    ("shape-prf-left-out.pfx", PASSWORD, OPENS),
    ("shape-prf-sha1.pfx", PASSWORD, OPENS),
    ("shape-prf-sha224.pfx", PASSWORD, OPENS),
    ("shape-prf-sha384.pfx", PASSWORD, OPENS),
    ("shape-prf-sha512.pfx", PASSWORD, OPENS),
    ("shape-prf-sha512_256.pfx", PASSWORD, OPENS),
    ("shape-key-length-16.pfx", PASSWORD, OPENS),
    ("shape-key-length-24.pfx", PASSWORD, OPENS),
    ("shape-key-length-32.pfx", PASSWORD, OPENS),
    ("shape-plain-key-in-sealed-safe.pfx", PASSWORD, OPENS),
    ("shape-outside-bmp.pfx", "p😀\u{10348}", OPENS),
    ("shape-scrypt.pfx", PASSWORD, OPENS),
    ("shape-definite-pieces.pfx", PASSWORD, OPENS),
    ("shape-long-lengths.pfx", PASSWORD, OPENS),
    ("shape-foreign-bags.pfx", PASSWORD, OPENS),
    ("nested-and-odd.pfx", PASSWORD, OPENS),
    ("disagreeing-ids.pfx", PASSWORD, OPENS),
    ("renewed-named-by-id.pfx", PASSWORD, OPENS),
    ("renewed-without-id.pfx", PASSWORD, OPENS),
    ("one-broken-key.pfx", PASSWORD, OPENS),
    ("with-bag-attributes.pem", NONE, OPENS),
    ("chain-root-first.pem", NONE, OPENS),
    // Passwords.
    ("openssl3-aes256.pfx", "Password", "wrong-password"),
    ("openssl3-nomac.pfx", "Password", "wrong-password"),
    ("windows-csp-rc2.pfx", "password ", "wrong-password"),
    ("pbmac1.pfx", NONE, "wrong-password"),
    ("nss.p12", "p", "wrong-password"),
    ("dotnet-absent-password.pfx", "p", "wrong-password"),
    ("broken-mac.pfx", PASSWORD, "wrong-password"),
    // What is broken.
    ("broken-cut-off.pfx", PASSWORD, "malformed"),
    ("broken-key-length.pfx", PASSWORD, "malformed"),
    ("broken-pbmac1-no-key-length.pfx", PASSWORD, "malformed"),
    ("broken-pbmac1-short-key.pfx", PASSWORD, "malformed"),
    ("bomb-zero-count.pfx", PASSWORD, "malformed"),
    ("bomb-negative-count.pfx", PASSWORD, "malformed"),
    ("bomb-long-count.pfx", PASSWORD, "malformed"),
    // What is not supported.
    ("refused-rc4.pfx", PASSWORD, "unsupported-format"),
    ("refused-mac-sha3.pfx", PASSWORD, "unsupported-format"),
    ("refused-des.pfx", PASSWORD, "unsupported-format"),
    ("refused-md5-des.pfx", PASSWORD, "unsupported-format"),
    ("refused-enveloped.pfx", PASSWORD, "unsupported-format"),
    ("refused-signed.pfx", PASSWORD, "unsupported-format"),
    ("refused-version4.pfx", PASSWORD, "unsupported-format"),
    ("refused-java.jks", PASSWORD, "unsupported-format"),
    ("chain.p7b", NONE, "unsupported-format"),
    // What costs too much.
    ("bomb-mac-count.pfx", PASSWORD, "too-expensive"),
    ("bomb-scrypt.pfx", PASSWORD, "too-expensive"),
    ("bomb-pbmac1.pfx", PASSWORD, "too-expensive"),
    ("bomb-many-keys.pfx", PASSWORD, "too-expensive"),
    ("bomb-many-safes.pfx", PASSWORD, "too-expensive"),
    ("bomb-nested.pfx", PASSWORD, "too-expensive"),
    // Keys and pairs.
    ("ec.pfx", PASSWORD, "unsupported-key"),
    ("rsa1024.pfx", PASSWORD, "key-too-small"),
    ("mismatch.pfx", PASSWORD, "key-cert-mismatch"),
    ("two-pairs.pfx", PASSWORD, "ambiguous"),
    ("no-key.pfx", PASSWORD, "no-private-key"),
    ("contoso.cer", NONE, "no-private-key"),
    ("contoso.cer.base64", NONE, "no-private-key"),
    ("contoso.trusted.crt", NONE, "no-private-key"),
    ("contoso.pub", NONE, "no-certificate"),
    ("no-certificate.pfx", PASSWORD, "no-certificate"),
    ("contoso.key", NONE, "no-certificate"),
    ("contoso.encrypted.key", PASSWORD, "no-certificate"),
    ("old-aes256.key", PASSWORD, "no-certificate"),
    ("leaf.csr", NONE, "no-certificate"),
];

#[tokio::test]
async fn every_file_opens_or_gives_its_code() {
    let mut wrong = Vec::new();
    for (name, password, expected) in CORPUS {
        let opened = ClientCertificate::from_bytes(&data(name), Some(&Secret::from(*password)));
        let code = match opened {
            Ok(certificate) => certificate.self_test().await.map_or_else(|error| error.code(), |()| OPENS),
            Err(error) => error.code(),
        };
        if code != *expected {
            wrong.push(format!("{name}: `{code}` instead of `{expected}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_pfx_is_in_the_table_and_each_that_opens_was_opened_by_another_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let is_pfx = |name: &String| [Some("pfx"), Some("p12")].contains(&name.rsplit_once('.').map(|(_, end)| end));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(is_pfx).collect();
    let listed: BTreeSet<String> = CORPUS.iter().map(|row| row.0.to_owned()).filter(is_pfx).collect();
    assert_eq!(files, listed);
    let openers = String::from_utf8(data("openers.txt")).unwrap();
    for (name, _, expected) in CORPUS {
        if *expected == OPENS && is_pfx(&(*name).to_owned()) {
            let by = openers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            assert!(by.is_some_and(|by| by != "NOBODY"), "{name}");
        }
    }
}

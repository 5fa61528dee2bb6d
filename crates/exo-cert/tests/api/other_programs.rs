//! What is written here is opened by other programs: those that this machine has; the others are named as skipped.

use exo_cert::{Bundle, CerFormat, PfxEncryption, Selector, SelfSigned};
use exo_model::Secret;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

const PASSWORD: &str = "a pass-word 1";

/// A program that opens PFX files: how to see whether it is there, and how to open one.
struct Opener {
    name: &'static str,
    present: &'static [&'static str],
    open: fn(&Path) -> Command,
    /// What it says of the key or the certificate when it has opened the file.
    says: &'static str,
}

fn command(program: &str, arguments: &[&str], file: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    command
}

const PYTHON: &str = "
import sys
from cryptography.hazmat.primitives.serialization import pkcs12
key, certificate, _ = pkcs12.load_key_and_certificates(open(sys.argv[2], 'rb').read(), sys.argv[1].encode())
assert key.public_key().public_numbers() == certificate.public_key().public_numbers()
print(key.key_size, certificate.subject.rfc4514_string())
";

const OPENERS: &[Opener] = &[
    Opener {
        name: "openssl",
        present: &["openssl", "version"],
        open: |file| command("openssl", &["pkcs12", "-nodes", "-passin", "pass:a pass-word 1", "-in"], file),
        says: "BEGIN PRIVATE KEY",
    },
    Opener {
        name: "keytool",
        present: &["keytool", "-help"],
        open: |file| {
            command("keytool", &["-list", "-v", "-storetype", "PKCS12", "-storepass", PASSWORD, "-keystore"], file)
        },
        says: "PrivateKeyEntry",
    },
    Opener {
        name: "Python cryptography",
        present: &["python3", "-c", "import cryptography"],
        open: |file| command("python3", &["-W", "ignore", "-c", PYTHON, PASSWORD], file),
        says: "2048 CN=contoso.org",
    },
    Opener {
        name: "NSS pk12util",
        present: &["pk12util", "-H"],
        open: |file| command("pk12util", &["-W", PASSWORD, "-l"], file),
        says: "contoso.org",
    },
    Opener {
        name: "GnuTLS certtool",
        present: &["certtool", "--version"],
        open: |file| command("certtool", &["--p12-info", "--inder", "--password", PASSWORD, "--infile"], file),
        says: "PRIVATE KEY",
    },
];

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether a program starts, whatever it then says; Python also has to find its library.
fn is_present(opener: &Opener) -> bool {
    let [program, arguments @ ..] = opener.present else { return false };
    let started = Command::new(program).args(arguments).output();
    started.is_ok_and(|output| *program != "python3" || output.status.success())
}

fn opened_by_all(kind: &str, pfx: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pfx");
    exo_cert::write_new(&file, pfx, true).unwrap();
    let mut present = 0;
    for opener in OPENERS {
        if !is_present(opener) {
            println!("{kind}: skipped for {}, which this machine does not have", opener.name);
            continue;
        }
        let output = (opener.open)(&file).output().unwrap();
        let said = text(&output);
        assert!(output.status.success() && said.contains(opener.says), "{kind}, {}: {said}", opener.name);
        println!("{kind}: opened by {}", opener.name);
        present += 1;
    }
    println!("{kind}: {present} of {} programs", OPENERS.len());
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

#[test]
fn new_certificates_are_opened_by_other_programs() {
    let made = SelfSigned::builder("contoso.org").generate(now()).unwrap();
    for encryption in [PfxEncryption::Aes256, PfxEncryption::TripleDes] {
        let pfx = made.to_pfx(&Secret::from(PASSWORD), encryption).unwrap();
        opened_by_all(&format!("new, {encryption:?}"), pfx.expose());
    }
}

#[test]
fn bundles_with_a_chain_are_opened_by_other_programs() {
    let bundle = Bundle::from_bytes(&crate::files::data("chain-root-first.pem"), None, &Selector::Only).unwrap();
    let pfx = bundle.to_pfx(&Secret::from(PASSWORD), PfxEncryption::Aes256).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chain.pfx");
    exo_cert::write_new(&file, pfx.expose(), true).unwrap();
    let Some(openssl) = OPENERS.iter().find(|o| o.name == "openssl").filter(|o| is_present(o)) else {
        println!("skipped: this machine has no openssl");
        return;
    };
    let said = text(&(openssl.open)(&file).output().unwrap());
    assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 2, "{said}");
    assert!(said.contains("Microsoft CSP Name: Microsoft Enhanced RSA and AES Cryptographic Provider"), "{said}");
    assert!(said.contains("X509v3 Key Usage: 10"), "{said}");
}

#[test]
fn the_public_part_is_read_by_openssl() {
    let made = SelfSigned::builder("contoso.org").dns_name("www.contoso.org").generate(now()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (format, name) in [(CerFormat::Der, "DER"), (CerFormat::Pem, "PEM")] {
        let file = folder.path().join(name);
        exo_cert::write_new(&file, &made.to_cer(format), false).unwrap();
        let arguments = ["x509", "-noout", "-text", "-fingerprint", "-inform", name, "-in"];
        let Ok(output) = command("openssl", &arguments, &file).output() else {
            println!("skipped: this machine has no openssl");
            return;
        };
        let said = text(&output);
        let fingerprint = made.certificate().thumbprint().to_string();
        for expected in [
            "DNS:contoso.org, DNS:www.contoso.org",
            "Digital Signature, Key Encipherment",
            "TLS Web Client Authentication, TLS Web Server Authentication",
            "sha256WithRSAEncryption",
        ] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(said.replace(':', "").contains(&fingerprint), "{said}");
    }
}

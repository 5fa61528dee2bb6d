//! All texts of this crate's errors and warnings, with their hints, for a reviewer to read in one place.

use crate::detect::Kind;
use crate::error::Candidate;
use crate::{
    Error, KeyFileError, PfxError, Provider, Selector, Sha256Thumbprint, SignatureAlgorithm, Thumbprint, Warning,
};
use exo_model::{Diagnose, ErrorKind};
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)
}

fn candidate(byte: u8) -> Candidate {
    Candidate { thumbprint: Thumbprint::new([byte; 20]), subject: "CN=contoso.org".into(), not_after: time() }
}

fn pfx_errors() -> Vec<PfxError> {
    vec![
        PfxError::WrongPassword,
        PfxError::PasswordMissing,
        PfxError::PasswordTooLong,
        PfxError::Malformed { what: "an iteration count" },
        PfxError::Unsupported { what: "RC4-128".into() },
        PfxError::Unsupported { what: "DES-CBC in a DEK-Info header".into() },
        crate::detect::PKCS7,
        PfxError::Unsupported { what: "the format of Java's own key stores (JKS)".into() },
        PfxError::Unsupported { what: "the format of ZIP archives".into() },
        PfxError::Unsupported { what: "the format of SSH keys".into() },
        PfxError::Unsupported { what: "the format of NSS's databases (cert9.db, key4.db)".into() },
        PfxError::TooExpensive { rounds: 2_147_483_647, limit: 1_000_000 },
        PfxError::TooLarge { what: "keys", limit: 200 },
    ]
}

fn file_errors() -> Vec<KeyFileError> {
    let path = || PathBuf::from("/etc/exo ctl/app.pfx");
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    vec![
        KeyFileError::NotFound { path: path() },
        KeyFileError::Unreadable { path: path(), source: denied() },
        KeyFileError::OpenToOthers { path: path(), mode: 0o644 },
        KeyFileError::TooLarge { path: path() },
        KeyFileError::Exists { path: path() },
        KeyFileError::Unwritable { path: path(), source: denied() },
    ]
}

fn errors() -> Vec<Error> {
    let thumbprint = Thumbprint::new([0xAB; 20]);
    let mut errors = vec![
        Error::Expired { thumbprint, not_after: time() },
        Error::NotYetValid { thumbprint, not_before: time() },
        Error::KeyMismatch { thumbprint },
        Error::NoPrivateKey { what: "there is only the certificate".into() },
        Error::NoPrivateKey { what: "there is only the certificate, and keys of others".into() },
        Error::Ambiguous { candidates: vec![candidate(1), candidate(2)] },
        Error::NotInFile { wanted: thumbprint.into(), found: vec![candidate(1)] },
        Error::NotInFile { wanted: Selector::Sha256(Sha256Thumbprint::new([0xCD; 32])), found: Vec::new() },
        Error::UnsupportedKey { algorithm: "EC P-256".into() },
        Error::KeySize { bits: 2560, reason: "this length is not supported".into() },
        Error::Malformed { what: "PEM block" },
        Error::NotACertificate { looks_like: "a web page, perhaps of a sign-in" },
        Error::NotACertificate { looks_like: "an empty file" },
        Error::NotACertificate { looks_like: "a JSON file" },
        Error::sign(SignatureAlgorithm::Ps256, "the key cannot do that"),
        Error::Cng { provider: Provider::classify(Some("Microsoft Software Key Storage Provider".into()), None) },
        Error::Generate { reason: "keys have 2048, 3072 or 4096 bits, not 1024".into() },
    ];
    errors.extend(Kind::ALONE.iter().map(|kind| Error::NoCertificate { what: kind.instead() }));
    errors.extend(pfx_errors().into_iter().map(Error::from));
    errors.extend(file_errors().into_iter().map(Error::from));
    errors
}

fn line(out: &mut String, error: &dyn Diagnose) {
    let text = error.to_string();
    let writing = text.starts_with("failed to write") || text.contains("exists already");
    assert_eq!(error.kind(), if writing { ErrorKind::Output } else { ErrorKind::Certificate });
    writeln!(out, "{error}").unwrap();
    if let Some(source) = error.source() {
        writeln!(out, "  caused by: {source}").unwrap();
    }
    if let Some(hint) = error.hint() {
        writeln!(out, "  hint: {hint}").unwrap();
    }
}

#[test]
fn all_texts() {
    let mut out = String::new();
    for error in errors() {
        line(&mut out, &error);
        writeln!(out, "  code: {}", error.code()).unwrap();
    }
    for pasted in ["", "ABCD", "36ee4c6c-0812-40a2-b820-b22ebd02bce3", &"AB".repeat(32), "<thumbprint>", "contoso"] {
        line(&mut out, &pasted.parse::<Thumbprint>().unwrap_err());
    }
    let cng = Provider::classify(Some("Microsoft Software Key Storage Provider".into()), Some(0x90));
    for warning in [
        Warning::Cng { provider: cng },
        Warning::Sha1Signature,
        Warning::ExpiresSoon { not_after: time() },
        Warning::Expired { not_after: time() },
        Warning::NotYetValid { not_before: time() },
        Warning::LongValidity { days: 3650 },
        Warning::ShortKey { bits: 1024 },
        Warning::UnsupportedKey { algorithm: "EC P-256".into() },
    ] {
        writeln!(out, "warning: {warning} [{}]", warning.code()).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn texts_are_phrases() {
    for error in errors() {
        let text = error.to_string();
        assert!(!text.ends_with('.') && !text.contains("rror:"), "{text}");
    }
}

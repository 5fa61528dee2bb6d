//! All texts of the stores' errors, with their codes and hints, for a reviewer to read in one place.

use super::error::Asked;
use crate::error::Candidate;
use crate::{Error, Selector, Sha256Thumbprint, SignatureAlgorithm, StoreError, Thumbprint};
use exo_model::Diagnose;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

fn thumbprint() -> Thumbprint {
    Thumbprint::new([0xAB; 20])
}

fn place() -> String {
    r"CurrentUser\My".to_owned()
}

fn path() -> PathBuf {
    PathBuf::from("/home/adele/exo ctl/certificates")
}

fn found() -> Vec<StoreError> {
    let candidate = |byte| Candidate {
        thumbprint: Thumbprint::new([byte; 20]),
        subject: "CN=contoso.org".to_owned(),
        not_after: SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000),
    };
    let (thumbprint, source) = (thumbprint(), Error::sign(SignatureAlgorithm::Ps256, "the token is not plugged in"));
    vec![
        StoreError::Ambiguous { place: place(), candidates: vec![candidate(1), candidate(2)] },
        StoreError::NoPrivateKey { thumbprint, place: place() },
        StoreError::NoAccess { thumbprint, place: place() },
        StoreError::PromptNeeded { thumbprint, place: place() },
        StoreError::Unusable { thumbprint, place: place(), source },
        StoreError::System { place: place(), call: "NCryptSignHash", code: 0x8009_0029 },
    ]
}

fn files() -> Vec<StoreError> {
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    vec![
        StoreError::OpenToOthers { path: path(), mode: 0o755, folder: true },
        StoreError::OpenToOthers { path: path().join("app.pem"), mode: 0o644, folder: false },
        StoreError::ForeignOwner { path: path(), owner: 65534 },
        StoreError::Unreadable { path: path(), source: denied() },
        StoreError::Unwritable { path: path(), source: denied() },
        StoreError::AlreadyThere { thumbprint: thumbprint(), path: path().join("app.pem") },
        StoreError::Certificate(Error::NoPrivateKey { what: "there is only the certificate".into() }),
    ]
}

fn not_found() -> Vec<StoreError> {
    let wanted = [
        Selector::Thumbprint(thumbprint()),
        Selector::Sha256(Sha256Thumbprint::new([0xCD; 32])),
        Selector::Subject("contoso.org".to_owned()),
        Selector::Only,
    ];
    let noted = StoreError::not_found(&Selector::Only, place()).noted(Some("it is empty".to_owned()));
    wanted.iter().map(|wanted| StoreError::not_found(wanted, place())).chain([noted]).collect()
}

/// Every place of a chain says something else.
fn nowhere() -> Vec<StoreError> {
    let wanted = Selector::Thumbprint(thumbprint());
    let asked = not_found().into_iter().chain(found()).chain(files()).map(|said| Asked { place: "PLACE".into(), said });
    vec![
        StoreError::Nowhere { wanted: wanted.clone(), asked: asked.collect() },
        StoreError::Nowhere { wanted, asked: Vec::new() },
    ]
}

#[test]
fn all_texts() {
    let mut all = String::new();
    for error in [not_found(), found(), files(), nowhere()].into_iter().flatten() {
        let hint = error.hint().map(|hint| format!("\n    hint: {hint}")).unwrap_or_default();
        writeln!(all, "{} [{:?}]\n    {error}{hint}", error.code(), error.kind()).unwrap();
    }
    insta::assert_snapshot!(all);
}

//! Client secrets: why they are refused, and the way out.

use crate::environment;
use crate::failure::{Failure, Result};
use exo_model::ErrorKind;

/// A secret in a flag or in our own variable is refused whatever else is given.
pub(crate) fn refuse(given: Option<&String>) -> Result<()> {
    match given.filter(|text| !text.is_empty()) {
        Some(_) => Err(refusal("--client-secret or EXOCTL_CLIENT_SECRET")),
        None => Ok(()),
    }
}

/// A secret in the variable of Azure's libraries, which may be there for other programs: refused where there is nothing else.
pub(crate) fn alone() -> Option<Failure> {
    environment::variable("AZURE_CLIENT_SECRET").map(|_| refusal("AZURE_CLIENT_SECRET"))
}

/// Why a secret is of no use, and what is.
pub(crate) fn refusal(place: &str) -> Failure {
    let text = format!(
        "the client secret of {place} is not used: apps sign in to Exchange with a certificate or a managed identity, and a secret that is written down is a password that will leak"
    );
    Failure::new(ErrorKind::Profile, text).hinted(
        "make a certificate with `exoctl cert new`, attach it to the app, give it with --certificate-file; then remove the secret, from the app too",
    )
}

//! `exoctl cert`: make a certificate, look at one, change its form, keep it in a store.

mod convert;
mod facts;
mod make;
mod show;
mod store;

pub(crate) use make::with_extension;

use crate::arguments::{CertCommand, Global};
use crate::failure::{Failure, Result};
use exo_cert::Certificate;
use exo_model::{ErrorKind, Secret, SecretBytes};
use std::path::Path;

/// Runs the command.
pub(crate) async fn run(command: &CertCommand, global: &Global) -> Result<()> {
    match command {
        CertCommand::New(args) => make::run(args, global),
        CertCommand::Show(args) => show::run(args),
        CertCommand::Convert(args) => convert::run(args, global),
        CertCommand::List(args) => store::list(args).await,
        CertCommand::Add(args) => store::add(args, global),
        CertCommand::Remove(args) => store::remove(args, global),
    }
}

/// `RSA 2048 bits`; the size is unknown for kinds of keys that cannot be used anyway.
pub(crate) fn key(certificate: &Certificate) -> String {
    match certificate.key_bits() {
        Some(bits) => format!("{} {bits} bits", certificate.key_algorithm()),
        None => certificate.key_algorithm().to_string(),
    }
}

/// A password that nobody guesses.
pub(crate) fn random_password() -> Secret {
    Secret::new(format!("{}{}", exo_http::RequestId::random(), exo_http::RequestId::random()).replace('-', ""))
}

/// A PFX is never written without a password.
fn no_password() -> Failure {
    Failure::usage("the new PFX needs a password")
        .hinted("give --certificate-password-file, -env, -command or -fd, or --generate-password FILE")
}

/// Files that exist are refused before anything is made.
pub(crate) fn must_be_free<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<()> {
    match paths.into_iter().find(|path| path.exists()) {
        None => Ok(()),
        Some(path) => {
            let text = format!("`{}` exists already", path.display());
            Err(Failure::new(ErrorKind::Output, text).hinted("give another name with --out, or move it away"))
        }
    }
}

/// Writes a PFX, and its password where that was made; both or neither.
pub(crate) fn write_pfx(path: &Path, packed: &SecretBytes, made: Option<(&Path, &Secret)>) -> Result<()> {
    if let Some((path, password)) = made {
        exo_cert::write_new(path, format!("{}\n", password.expose()).as_bytes(), true)?;
    }
    exo_cert::write_new(path, packed.expose(), true).inspect_err(|_| {
        if let Some((path, _)) = made {
            // The failure of the PFX is the one to tell.
            std::fs::remove_file(path).ok();
        }
    })?;
    Ok(())
}

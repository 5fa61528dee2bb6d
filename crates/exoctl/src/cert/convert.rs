//! `exoctl cert convert`: the public part of a certificate file.

use super::must_be_free;
use crate::arguments::{CertConvertArgs, Global};
use crate::certificate_source::{self, Place};
use crate::failure::Result;
use crate::terminal;
use exo_cert::{Certificate, Error, Thumbprint};
use exo_model::Secret;

/// Runs the command.
pub(super) fn run(args: &CertConvertArgs, global: &Global) -> Result<()> {
    must_be_free([args.out.as_path()])?;
    let wanted = args.thumbprint.as_deref().map(certificate_source::wanted).transpose()?;
    let place = Place::of_path(args.file.clone());
    let bytes = place.read(true)?;
    let source = args.password.source()?.unwrap_or_default();
    let certificate = place.open(&source, |password| public(bytes.expose(), password, wanted.as_ref()))?;
    exo_cert::write_new(&args.out, certificate.der(), false)?;
    if !global.quiet {
        terminal::say(&format!(
            "wrote {} with {}, thumbprint {}; upload it to the app registration, step 4",
            args.out.display(),
            certificate.subject(),
            certificate.thumbprint()
        ));
    }
    Ok(())
}

/// The certificate of the pair that is meant, or the one of a file that holds no key.
fn public(
    bytes: &[u8],
    password: Option<&Secret>,
    wanted: Option<&Thumbprint>,
) -> std::result::Result<Certificate, Error> {
    let error = match certificate_source::pick(bytes, password, wanted) {
        Ok(client) => return Ok(client.certificate().clone()),
        Err(error) => error,
    };
    if !matches!(error, Error::NoPrivateKey { .. }) {
        return Err(error);
    }
    let found = Certificate::all_from_bytes(bytes, password)?;
    let meant = found.into_iter().find(|found| wanted.is_none_or(|wanted| *wanted == found.thumbprint()));
    meant.ok_or(error)
}

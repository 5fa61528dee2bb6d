//! The certificate of an app that is set up: the one that is named, or a new one beside the profile file.

use super::setup::Setup;
use crate::arguments::{NewCertificateFlags, SignIn};
use crate::cert::{must_be_free, random_password, with_extension, write_pfx};
use crate::connect::Connection;
use crate::credential::Levels;
use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::profile::Profile;
use crate::profile_writer::{ProfileEdit, path_in_profile};
use exo_cert::{CerFormat, ClientCertificate, PfxEncryption, SelfSigned};
use exo_http::SystemClock;
use exo_model::{Clock, ErrorKind, Secret};
use exo_token::CredentialKind;
use std::path::{Path, PathBuf};

/// A certificate with its key, and what the profile must say to find it again.
#[derive(Debug)]
pub(super) struct Obtained {
    /// The certificate.
    pub(super) certificate: ClientCertificate,
    /// Keys of the profile beside those that the command line says.
    pub(super) keys: ProfileEdit,
    /// The file that was made, if one was.
    pub(super) made: Option<PathBuf>,
}

/// Whether somebody names a certificate; whatever else could prove the app needs no such set-up.
pub(super) fn is_named(sign_in: &SignIn, setup: &Setup) -> Result<bool> {
    match Levels::of(sign_in, &setup.settings).kind()? {
        None => Ok(false),
        Some(CredentialKind::Certificate | CredentialKind::KeyVault) => Ok(true),
        Some(other) => {
            let text = format!("an app that proves itself by {} is not set up here", other.title());
            Err(Failure::usage(text).hinted(
                "give a certificate, or none and one is made; the guides of the other credentials have their steps",
            ))
        }
    }
}

/// The certificate that is named, opened as a run opens it; or a new one, written.
pub(super) async fn obtain(sign_in: &SignIn, flags: &NewCertificateFlags, setup: &Setup) -> Result<Obtained> {
    if is_named(sign_in, setup)? {
        return Ok(Obtained { certificate: open(sign_in, setup).await?, keys: ProfileEdit::default(), made: None });
    }
    make(sign_in, flags, setup)
}

/// Opens the certificate that is named.
pub(super) async fn open(sign_in: &SignIn, setup: &Setup) -> Result<ClientCertificate> {
    let connection = Connection::open(profile(sign_in, setup)?).await?;
    connection.certificate.ok_or_else(|| {
        Failure::new(ErrorKind::Profile, "the profile names no certificate").hinted("give one with --certificate-file")
    })
}

/// The profile as it will be, though the app's id may not be known yet; nothing is signed in to with it.
pub(super) fn profile(sign_in: &SignIn, setup: &Setup) -> Result<Profile> {
    let known = sign_in.app_id.as_ref().or(setup.settings.app_id.as_ref()).is_some();
    let app_id = if known { sign_in.app_id.clone() } else { Some(NO_APP.to_owned()) };
    Profile::of(&SignIn { app_id, ..sign_in.clone() }, &setup.settings)
}

/// Makes a certificate and writes it beside the profile file, with its password where none is named.
fn make(sign_in: &SignIn, flags: &NewCertificateFlags, setup: &Setup) -> Result<Obtained> {
    let base = flags.certificate_out.clone().unwrap_or_else(|| setup.config.with_file_name(&setup.name));
    let source = setup.settings.password(sign_in)?;
    let written = write(&base, flags, setup, &source)?;
    let mut keys = ProfileEdit::default();
    keys.set("certificate-file", path_in_profile(&setup.config, &written.pfx));
    if let Some(file) = &written.password_file {
        keys.set("certificate-password-file", path_in_profile(&setup.config, file));
    }
    Ok(Obtained { certificate: written.certificate, keys, made: Some(written.pfx) })
}

/// A certificate that was made and written.
#[derive(Debug)]
pub(super) struct Written {
    /// Certificate and key.
    pub(super) certificate: ClientCertificate,
    /// The file with both.
    pub(super) pfx: PathBuf,
    /// The file with the password, where that was made.
    pub(super) password_file: Option<PathBuf>,
}

/// Makes a certificate and writes it, with its password where none is named; nothing is overwritten.
pub(super) fn write(
    base: &Path,
    flags: &NewCertificateFlags,
    setup: &Setup,
    source: &PasswordSource,
) -> Result<Written> {
    let (pfx, cer) = (with_extension(base, "pfx"), with_extension(base, "cer"));
    let password_file = with_extension(base, "password");
    let generates = matches!(source, PasswordSource::None);
    must_be_free([Some(pfx.as_path()), Some(&cer), generates.then_some(&*password_file)].into_iter().flatten())
        .map_err(|failure| {
            failure.hinted("name it with --certificate-file to use it, or another place with --certificate-out")
        })?;
    let password = if generates { random_password() } else { named_password(source)? };
    let made = generated(flags, setup)?;
    if let Some(folder) = pfx.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    }
    let packed = made.to_pfx(&password, PfxEncryption::Aes256)?;
    write_pfx(&pfx, &packed, generates.then_some((&*password_file, &password)))?;
    exo_cert::write_new(&cer, &made.to_cer(CerFormat::Der), false)?;
    Ok(Written { certificate: made.client_certificate(), pfx, password_file: generates.then_some(password_file) })
}

/// A new certificate that nobody has yet, named after the tenant.
pub(super) fn generated(flags: &NewCertificateFlags, setup: &Setup) -> Result<SelfSigned> {
    let site = &setup.site;
    let name = site.organization.as_ref().map_or_else(|| site.tenant.as_str(), |organization| organization.as_str());
    Ok(SelfSigned::builder(name).days(flags.days).generate(SystemClock::new().now())?)
}

fn named_password(source: &PasswordSource) -> Result<Secret> {
    source.read()?.filter(|password| !password.expose().is_empty()).ok_or_else(|| {
        Failure::new(ErrorKind::Profile, "the password for the new certificate is empty")
            .hinted("name another place with --certificate-password-file, -env or -command, or none and one is made")
    })
}

fn unwritten(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::Output, format!("folder `{}` cannot be made: {error}", folder.display()))
        .hinted("name another place with --config or --certificate-out")
}

/// Stands where an app's id must, before there is one.
const NO_APP: &str = "00000000-0000-0000-0000-000000000000";

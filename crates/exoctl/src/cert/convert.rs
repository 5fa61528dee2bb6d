//! `exoctl cert convert`: the same certificate in another form.

use super::{must_be_free, no_password, random_password, write_pfx};
use crate::arguments::{CertConvertArgs, Form, Global};
use crate::certificate_source::{self, Place};
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::password::PasswordSource;
use crate::terminal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::{Bundle, Certificate, ClientCertificate, Error, PfxEncryption, Selector};
use exo_model::Secret;
use std::path::Path;

/// Runs the command.
pub(super) fn run(args: &CertConvertArgs, global: &Global) -> Result<()> {
    let form = form(args)?;
    must_be_free([Some(args.out.as_path()), generated(args)].into_iter().flatten())?;
    let wanted = certificate_source::wanted(args.thumbprint.as_deref())?;
    let (certificate, note) = match form {
        Form::Cer => (public_part(args, &wanted)?, "upload it to the app registration, step 4"),
        Form::Pem => (with_key(args, form, &wanted)?, "the key in it is not encrypted"),
        Form::Pfx => (with_key(args, form, &wanted)?, "it holds the key, keep it"),
    };
    if !global.quiet {
        let (subject, thumbprint) = (certificate.subject(), certificate.thumbprint());
        terminal::say(&format!("wrote {} with {subject}, thumbprint {thumbprint}; {note}", args.out.display()));
    }
    Ok(())
}

/// Writes the certificate alone.
fn public_part(args: &CertConvertArgs, wanted: &Selector) -> Result<Certificate> {
    let place = Place::of_path(args.file.clone());
    let bytes = place.read(true)?;
    let source = args.password.of_existing()?;
    let certificate = place.open(&source, |password| public(bytes.expose(), password, wanted))?;
    let text = if args.pem { pem(certificate.der()).into_bytes() } else { certificate.der().to_vec() };
    exo_cert::write_new(&args.out, &text, false)?;
    Ok(certificate)
}

/// Writes the certificate with its key.
fn with_key(args: &CertConvertArgs, form: Form, wanted: &Selector) -> Result<Certificate> {
    let place = Place::of_path(args.file.clone());
    let bytes = place.read(args.allow_open_key_file)?;
    let source = args.password.of_existing()?;
    let (bundle, old) = place.open(&source, |password| {
        Bundle::from_bytes(bytes.expose(), password, wanted).map(|bundle| (bundle, password.cloned()))
    })?;
    if form == Form::Pem {
        exo_cert::write_new(&args.out, bundle.to_pem().expose(), true)?;
    } else {
        let password = new_password(args, old)?;
        let encryption = if args.legacy { PfxEncryption::TripleDes } else { PfxEncryption::Aes256 };
        let packed = bundle.to_pfx(&password, encryption)?;
        write_pfx(&args.out, &packed, generated(args).map(|path| (path, &password)))?;
    }
    Ok(bundle.client_certificate().certificate().clone())
}

/// The form that was asked for, or that the name of the new file says.
fn form(args: &CertConvertArgs) -> Result<Form> {
    let form = args.to.or_else(|| by_name(&args.out)).ok_or_else(|| {
        Failure::usage(format!("the name `{}` does not say which form is wanted", args.out.display()))
            .hinted("end it with .pfx, .pem or .cer, or give --to")
    })?;
    let misfit = if form != Form::Cer && args.pem {
        Some("--pem is for a .cer")
    } else if form != Form::Pfx && args.legacy {
        Some("--legacy is for a PFX")
    } else if form != Form::Pfx && (generated(args).is_some() || args.new_password.source()?.is_some()) {
        Some("a new password is for a PFX")
    } else {
        None
    };
    match misfit {
        Some(text) => Err(Failure::usage(text).hinted("leave it out, or ask for that form with --to")),
        None => Ok(form),
    }
}

fn by_name(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "pfx" | "p12" => Some(Form::Pfx),
        "pem" => Some(Form::Pem),
        "cer" | "crt" => Some(Form::Cer),
        _ => None,
    }
}

fn generated(args: &CertConvertArgs) -> Option<&Path> {
    args.new_password.generate_password.as_deref()
}

/// The password that was named or made, else the old one, else the person's.
fn new_password(args: &CertConvertArgs, old: Option<Secret>) -> Result<Secret> {
    match (args.new_password.source()?, generated(args)) {
        (Some(_), Some(_)) => Err(Failure::usage("a password is given and asked to be made; keep one")),
        (Some(source), None) => source.read()?.ok_or_else(no_new_password),
        (None, Some(_)) => Ok(random_password()),
        (None, None) => old
            .or_else(|| PasswordSource::prompt("Password for the new PFX: "))
            .filter(|password| !password.expose().is_empty())
            .ok_or_else(no_new_password),
    }
}

fn no_new_password() -> Failure {
    no_password().hinted("give --new-password-file, -env, -command or -fd, or --generate-password FILE")
}

/// The certificate of the pair that is meant, or the one of a file that holds no key.
fn public(bytes: &[u8], password: Option<&Secret>, wanted: &Selector) -> std::result::Result<Certificate, Error> {
    let error = match ClientCertificate::from_bytes_selecting(bytes, password, wanted) {
        Ok(client) => return Ok(client.certificate().clone()),
        Err(error) => error,
    };
    if !matches!(error, Error::NoPrivateKey { .. }) {
        return Err(error);
    }
    let found = Certificate::all_from_bytes(bytes, password)?;
    let meant = found.into_iter().find(|found| wanted.matches(found));
    meant.ok_or(error)
}

/// A certificate as text.
fn pem(der: &[u8]) -> String {
    let mut text = Lines::default();
    text.line(format_args!("-----BEGIN CERTIFICATE-----"));
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        text.line(format_args!("{}", String::from_utf8_lossy(line)));
    }
    text.line(format_args!("-----END CERTIFICATE-----"));
    text.into_text()
}

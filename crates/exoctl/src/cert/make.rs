//! `exoctl cert new`: a self-signed certificate, and its public part for the app registration.

use super::facts::{Facts, PFX};
use super::{must_be_free, no_password, random_password, write_pfx};
use crate::arguments::{CertNewArgs, Global};
use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::{terminal, times};
use exo_cert::{CerFormat, PfxEncryption, SelfSigned};
use exo_http::SystemClock;
use exo_model::{Clock, Secret};
use std::path::{Path, PathBuf};

/// Runs the command.
pub(super) fn run(args: &CertNewArgs, global: &Global) -> Result<()> {
    let pfx = with_extension(&args.out, "pfx");
    let cer = with_extension(&args.out, "cer");
    must_be_free([Some(pfx.as_path()), Some(&cer), args.generate_password.as_deref()].into_iter().flatten())?;
    let now = SystemClock::new().now();
    let wish = wish(args)?;
    let password = password(args)?;
    let made = wish.generate(now)?;
    let encryption = if args.legacy { PfxEncryption::TripleDes } else { PfxEncryption::Aes256 };
    let packed = made.to_pfx(&password, encryption)?;
    write_pfx(&pfx, &packed, args.generate_password.as_deref().map(|path| (path, &password)))?;
    exo_cert::write_new(&cer, &made.to_cer(if args.pem { CerFormat::Pem } else { CerFormat::Der }), false)?;
    let client = made.client_certificate();
    let facts = Facts {
        kind: PFX,
        certificate: made.certificate(),
        client: Some(&client),
        key_is_refused: false,
        now,
        file: &cer,
        is_public: true,
    };
    terminal::result(&facts.for_people())?;
    if !global.quiet {
        terminal::say(&format!(
            "\nwrote {} (certificate and key, keep it) and {} (upload it to the app registration, step 4)",
            pfx.display(),
            cer.display()
        ));
    }
    Ok(())
}

/// What was asked for, whether or not it can be.
fn wish(args: &CertNewArgs) -> Result<exo_cert::SelfSignedBuilder> {
    let mut names = args.dns_names.iter();
    let first = names.next().ok_or_else(|| Failure::usage("a DNS name is missing; give --dns-name contoso.org"))?;
    let mut wish = SelfSigned::builder(first).days(args.days).key_size(args.key_size);
    for name in names {
        wish = wish.dns_name(name);
    }
    if let Some(subject) = &args.subject {
        wish = wish.subject(subject);
    }
    if let Some(text) = &args.not_before {
        let time = times::parse(text).ok_or_else(|| {
            Failure::usage(format!("`{text}` is not a time"))
                .hinted("write a day in UTC, such as 2027-01-31, or 2027-01-31T08:00:00Z")
        })?;
        wish = wish.not_before(time);
    }
    Ok(wish)
}

/// One place for the password, or a new one.
fn password(args: &CertNewArgs) -> Result<Secret> {
    let source = args.password.source()?;
    if args.generate_password.is_some() {
        return match source {
            Some(_) => Err(Failure::usage("a password is given and asked to be made; keep one")),
            None => Ok(random_password()),
        };
    }
    match source {
        Some(source) => source.read()?.ok_or_else(no_password),
        None => PasswordSource::prompt("Password for the new PFX: ")
            .filter(|p| !p.expose().is_empty())
            .ok_or_else(no_password),
    }
}

pub(crate) fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

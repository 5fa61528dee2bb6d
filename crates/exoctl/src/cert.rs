//! `exoctl cert`: make a certificate, look at one.

use crate::arguments::{CertCommand, CertNewArgs, CertShowArgs, Global};
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::password::PasswordSource;
use crate::{connect, plan, terminal, times};
use exo_cert::{CerFormat, Certificate, ClientCertificate, PfxEncryption, SelfSigned};
use exo_http::SystemClock;
use exo_model::{Clock, ErrorKind, Secret};
use exo_output::Format;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Runs the command.
pub(crate) fn run(command: &CertCommand, global: &Global) -> Result<()> {
    match command {
        CertCommand::New(args) => new(args, global),
        CertCommand::Show(args) => show(args),
    }
}

fn new(args: &CertNewArgs, global: &Global) -> Result<()> {
    let pfx = with_extension(&args.out, "pfx");
    let cer = with_extension(&args.out, "cer");
    for path in [Some(&pfx), Some(&cer), args.generate_password.as_ref()].into_iter().flatten() {
        if path.exists() {
            let text = format!("`{}` exists already", path.display());
            return Err(Failure::new(ErrorKind::Output, text).hinted("give another name with --out, or move it away"));
        }
    }
    let password = password(args)?;
    let now = SystemClock::new().now();
    let made = SelfSigned::builder(&args.dns_name).days(args.days).key_size(args.key_size).generate(now)?;
    let encryption = if args.legacy { PfxEncryption::TripleDes } else { PfxEncryption::Aes256 };
    let packed = made.to_pfx(&password, encryption)?;
    if let Some(path) = &args.generate_password {
        exo_cert::write_new(path, format!("{}\n", password.expose()).as_bytes(), true)?;
    }
    exo_cert::write_new(&pfx, packed.expose(), true)?;
    exo_cert::write_new(&cer, &made.to_cer(if args.pem { CerFormat::Pem } else { CerFormat::Der }), false)?;
    terminal::result(&people(made.certificate(), Some(&made.client_certificate())))?;
    if !global.quiet {
        terminal::say(&format!(
            "\nwrote {} (certificate and key, keep it) and {} (upload it to the app registration, step 4)",
            pfx.display(),
            cer.display()
        ));
    }
    Ok(())
}

fn show(args: &CertShowArgs) -> Result<()> {
    let bytes = std::fs::read(&args.file).map_err(|error| {
        Failure::new(
            ErrorKind::Certificate,
            format!("certificate file `{}` cannot be read: {error}", args.file.display()),
        )
    })?;
    let source = PasswordSource::choose(args.password_env.clone(), args.password_file.clone(), None, None, None)?;
    let mut password = source.unwrap_or_default().read()?;
    let mut opened = ClientCertificate::from_bytes(&bytes, password.as_ref());
    if let Err(error) = &opened
        && connect::needs_password(error)
        && password.is_none()
    {
        password = PasswordSource::prompt(&format!("Password of {}: ", args.file.display()));
        if password.is_some() {
            opened = ClientCertificate::from_bytes(&bytes, password.as_ref());
        }
    }
    let (certificate, client) = match opened {
        Ok(client) => (client.certificate().clone(), Some(client)),
        // People look at a certificate when something is wrong with it: its public part can be shown all the same.
        Err(error) => {
            let found = Certificate::all_from_bytes(&bytes, password.as_ref()).unwrap_or_default();
            (found.into_iter().next().ok_or(error)?, None)
        }
    };
    let text = match plan::format(&args.results)? {
        Format::Table => people(&certificate, client.as_ref()),
        Format::Json | Format::Ndjson => format!("{}\n", programs(&certificate, client.as_ref())),
        other => {
            return Err(Failure::usage(format!("a certificate cannot be shown as {other}")).hinted("table or json"));
        }
    };
    terminal::result(&text)
}

/// One place for the password, or a new one.
fn password(args: &CertNewArgs) -> Result<Secret> {
    if args.generate_password.is_some() {
        if args.password_env.is_some() || args.password_file.is_some() {
            return Err(Failure::usage("a password is given and asked to be made; keep one"));
        }
        return Ok(Secret::new(
            format!("{}{}", exo_http::RequestId::random(), exo_http::RequestId::random()).replace('-', ""),
        ));
    }
    match PasswordSource::choose(args.password_env.clone(), args.password_file.clone(), None, None, None)? {
        Some(source) => source.read()?.ok_or_else(no_password),
        None => PasswordSource::prompt("Password for the new PFX: ")
            .filter(|p| !p.expose().is_empty())
            .ok_or_else(no_password),
    }
}

fn no_password() -> Failure {
    Failure::usage("the new PFX needs a password")
        .hinted("give --password-file, --password-env, or --generate-password FILE")
}

fn people(certificate: &Certificate, client: Option<&ClientCertificate>) -> String {
    let mut out = Lines::default();
    for (name, value) in facts(certificate, client) {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        if !text.is_empty() && text != "unknown" {
            out.line(format_args!("{:<12}  {text}", name.replace('_', " ")));
        }
    }
    out.into_text()
}

fn programs(certificate: &Certificate, client: Option<&ClientCertificate>) -> Value {
    facts(certificate, client).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What people compare with the portal comes first.
fn facts(certificate: &Certificate, client: Option<&ClientCertificate>) -> Vec<(&'static str, Value)> {
    let mut facts = vec![
        ("subject", json!(certificate.subject())),
        ("issuer", json!(certificate.issuer())),
        ("thumbprint", json!(certificate.thumbprint().to_string())),
        ("sha256", json!(certificate.sha256_thumbprint().to_string())),
        ("not_before", json!(times::rfc3339(certificate.not_before()))),
        ("not_after", json!(times::rfc3339(certificate.not_after()))),
        ("key", json!(key(certificate))),
        ("dns_names", json!(certificate.dns_names())),
        ("private_key", json!(client.is_some())),
    ];
    facts.extend(client.map(|client| ("provider", json!(client.provider().to_string()))));
    facts
}

/// `RSA 2048 bits`; the size is unknown for kinds of keys that cannot be used anyway.
pub(crate) fn key(certificate: &Certificate) -> String {
    match certificate.key_bits() {
        Some(bits) => format!("{} {bits} bits", certificate.key_algorithm()),
        None => certificate.key_algorithm().to_string(),
    }
}

fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

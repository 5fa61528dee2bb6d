//! The options of `exoctl cert`.

use super::Results;
use crate::failure::Result;
use crate::password::PasswordSource;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Arguments of `cert`.
#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Make a self-signed certificate: NAME.pfx for this program, NAME.cer for the app registration
    #[command(after_help = "\
Examples:
  exoctl cert new --dns-name contoso.org --out mycert --certificate-password-file pw.txt
  exoctl cert new --dns-name contoso.org --out mycert --generate-password pw.txt
  exoctl cert new --dns-name contoso.org --subject \"CN=Exchange reports\" --days 180 --key-size 3072 --out mycert

The same certificate as New-SelfSignedCertificate -DnsName … -KeySpec KeyExchange makes on Windows.")]
    New(CertNewArgs),
    /// Show what a certificate file is, what the sign-in service will say to it, and what to upload
    #[command(after_help = "\
Examples:
  exoctl cert show mycert.pfx
  exoctl cert show mycert.pfx --certificate-password-file pw.txt --format json
  exoctl cert show several.pem --thumbprint 923CB0588F1E0DE79BE4392B4916B9B0136FA539 --require-key")]
    Show(CertShowArgs),
    /// Write a certificate in another form: PFX, PEM or .cer
    #[command(after_help = "\
Examples:
  exoctl cert convert mycert.pfx --out mycert.cer                  the public part, for the app registration
  exoctl cert convert mycert.pfx --out mycert.pem                  certificate and key, the key not encrypted
  exoctl cert convert mycert.pem --out mycert.pfx --generate-password pw.txt
  exoctl cert convert old.pfx --out new.pfx --legacy               as Windows Server 2016 and older can read it

Without another password a PFX keeps the one of the file that is read. Files that exist are not overwritten.")]
    Convert(CertConvertArgs),
    /// List the certificates that a thumbprint alone can name
    List(CertListArgs),
    /// Put a certificate with its key into this program's own store
    #[command(after_help = "\
Examples:
  exoctl cert add mycert.pfx --certificate-password-file pw.txt
  exoctl check --certificate-thumbprint 923CB0588F1E0DE79BE4392B4916B9B0136FA539")]
    Add(CertAddArgs),
    /// Take a certificate and its key out of this program's own store
    Remove(CertRemoveArgs),
}

/// Where the password of a certificate file is.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Password")]
#[expect(clippy::struct_field_names, reason = "they are the names of the options")]
pub(crate) struct PasswordFlags {
    /// The password is in this environment variable.
    #[arg(long, alias = "password-env", value_name = "NAME")]
    certificate_password_env: Option<String>,

    /// The password is the first line of this file.
    #[arg(long, alias = "password-file", value_name = "FILE")]
    certificate_password_file: Option<PathBuf>,

    /// The password is the first line that this command prints.
    #[arg(long, alias = "password-command", value_name = "COMMAND")]
    certificate_password_command: Option<String>,

    /// The password is the first line read from this file descriptor.
    #[arg(long, alias = "password-fd", value_name = "N")]
    certificate_password_fd: Option<u32>,
}

impl PasswordFlags {
    /// Where the password of a file that exists is: the place that was named, else the usual variable.
    pub(crate) fn of_existing(&self) -> Result<PasswordSource> {
        Ok(self.source()?.or_else(PasswordSource::usual).unwrap_or_default())
    }

    /// The one place that was named, if any.
    pub(crate) fn source(&self) -> Result<Option<PasswordSource>> {
        PasswordSource::choose(
            self.certificate_password_env.clone(),
            self.certificate_password_file.clone(),
            self.certificate_password_command.clone(),
            self.certificate_password_fd,
            None,
        )
    }
}

/// Arguments of `cert new`.
#[derive(Debug, Args)]
pub(crate) struct CertNewArgs {
    /// A DNS name, repeatable; the first one is the subject, too.
    #[arg(long = "dns-name", value_name = "NAME", required = true)]
    pub(crate) dns_names: Vec<String>,

    /// Another subject than the first DNS name: one common name, with or without CN=.
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,

    /// Where to write: this path with .pfx and .cer added.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: PathBuf,

    /// Days of validity.
    #[arg(long, default_value_t = 365, value_name = "DAYS")]
    pub(crate) days: u32,

    /// Begin of validity, such as 2027-01-31 or 2027-01-31T08:00:00Z [default: ten minutes ago].
    #[arg(long, value_name = "TIME")]
    pub(crate) not_before: Option<String>,

    /// Bits of the RSA key: 2048, 3072 or 4096.
    #[arg(long, default_value_t = 2048, value_name = "BITS")]
    pub(crate) key_size: u32,

    #[command(flatten)]
    pub(crate) password: PasswordFlags,

    /// Make a password and write it to this new file.
    #[arg(long, value_name = "FILE", help_heading = "Password")]
    pub(crate) generate_password: Option<PathBuf>,

    /// Encrypt the PFX as Windows Server 2016 and older can read it (3DES, SHA-1).
    #[arg(long)]
    pub(crate) legacy: bool,

    /// Write the .cer as PEM instead of DER.
    #[arg(long)]
    pub(crate) pem: bool,
}

/// Arguments of `cert show`.
#[derive(Debug, Args)]
pub(crate) struct CertShowArgs {
    /// PFX, PEM, .cer or .crt, or base64 of one; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Which certificate, if the file holds several.
    #[arg(long, value_name = "HEX")]
    pub(crate) thumbprint: Option<String>,

    /// Fail if there is no private key.
    #[arg(long)]
    pub(crate) require_key: bool,

    /// Fail if the key is a CNG key, as tools on Windows PowerShell 5.1 do, instead of warning about it.
    #[arg(long)]
    pub(crate) require_csp: bool,

    #[command(flatten)]
    pub(crate) password: PasswordFlags,

    #[command(flatten)]
    pub(crate) results: Results,
}

/// Arguments of `cert convert`.
#[derive(Debug, Args)]
pub(crate) struct CertConvertArgs {
    /// PFX, or PEM with certificate and key; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The new file; its ending says the form: .pfx or .p12, .pem, .cer or .crt.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// The form, where the ending does not say it.
    #[arg(long, value_name = "FORM")]
    pub(crate) to: Option<Form>,

    /// Which certificate, if the file holds several.
    #[arg(long, value_name = "HEX")]
    pub(crate) thumbprint: Option<String>,

    /// Encrypt a PFX as Windows Server 2016 and older can read it (3DES, SHA-1).
    #[arg(long)]
    pub(crate) legacy: bool,

    /// Write a .cer as PEM instead of DER.
    #[arg(long)]
    pub(crate) pem: bool,

    /// Take a key file that others can read.
    #[arg(long)]
    pub(crate) allow_open_key_file: bool,

    #[command(flatten)]
    pub(crate) password: PasswordFlags,

    #[command(flatten)]
    pub(crate) new_password: NewPasswordFlags,
}

/// Where the password of the file that is written is.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "New password")]
pub(crate) struct NewPasswordFlags {
    /// The new PFX's password is in this environment variable.
    #[arg(long, value_name = "NAME")]
    new_password_env: Option<String>,

    /// The new PFX's password is the first line of this file.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,

    /// The new PFX's password is the first line that this command prints.
    #[arg(long, value_name = "COMMAND")]
    new_password_command: Option<String>,

    /// The new PFX's password is the first line read from this file descriptor.
    #[arg(long, value_name = "N")]
    new_password_fd: Option<u32>,

    /// Make a password and write it to this new file.
    #[arg(long, value_name = "FILE")]
    pub(crate) generate_password: Option<PathBuf>,
}

impl NewPasswordFlags {
    /// The one place that was named, if any.
    pub(crate) fn source(&self) -> Result<Option<PasswordSource>> {
        PasswordSource::choose(
            self.new_password_env.clone(),
            self.new_password_file.clone(),
            self.new_password_command.clone(),
            self.new_password_fd,
            None,
        )
    }
}

/// The form of a certificate file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Certificate and key, encrypted.
    Pfx,
    /// Certificate and key as text, the key not encrypted.
    Pem,
    /// The certificate alone.
    Cer,
}

/// Arguments of `cert list`.
#[derive(Debug, Args)]
pub(crate) struct CertListArgs {
    #[command(flatten)]
    pub(crate) store: StoreFlag,

    #[command(flatten)]
    pub(crate) results: Results,
}

/// Arguments of `cert add`.
#[derive(Debug, Args)]
pub(crate) struct CertAddArgs {
    /// PFX, or PEM with certificate and key; - for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Which certificate, if the file holds several.
    #[arg(long, value_name = "HEX")]
    pub(crate) thumbprint: Option<String>,

    #[command(flatten)]
    pub(crate) store: StoreFlag,

    /// Take a key file that others can read.
    #[arg(long)]
    pub(crate) allow_open_key_file: bool,

    #[command(flatten)]
    pub(crate) password: PasswordFlags,
}

/// Arguments of `cert remove`.
#[derive(Debug, Args)]
pub(crate) struct CertRemoveArgs {
    /// The thumbprint, as people paste it.
    #[arg(value_name = "THUMBPRINT")]
    pub(crate) thumbprint: String,

    #[command(flatten)]
    pub(crate) store: StoreFlag,
}

/// The folder of the own store.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct StoreFlag {
    /// The folder of this program's own store, in place of the usual one.
    #[arg(long, env = "EXOCTL_CERTIFICATE_STORE", value_name = "FOLDER")]
    pub(crate) certificate_store: Option<PathBuf>,
}

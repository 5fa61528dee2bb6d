//! `exoctl cert show`: what a file is, and what the sign-in service will say to it.

use super::facts::{self, Facts, PFX};
use crate::arguments::CertShowArgs;
use crate::certificate_source::{self, Place};
use crate::failure::{Failure, Result};
use crate::{plan, table, terminal};
use exo_cert::{Certificate, ClientCertificate, Error, Selector};
use exo_http::SystemClock;
use exo_model::{Clock, Secret};
use exo_output::Format;

/// Runs the command.
pub(super) fn run(args: &CertShowArgs) -> Result<()> {
    let format = plan::format(&args.results)?;
    if !matches!(format, Format::Table | Format::Json | Format::Ndjson) {
        return Err(Failure::usage(format!("a certificate cannot be shown as {format}")).hinted("table or json"));
    }
    let wanted = certificate_source::wanted(args.thumbprint.as_deref())?;
    let place = Place::of_path(args.file.clone());
    // What is only looked at may be open to others.
    let bytes = place.read(true)?;
    let password = args.password.of_existing()?;
    let look = |password: Option<&Secret>| look(bytes.expose(), password, &wanted, args.require_key);
    let seen = place.open(&password, look)?;
    if let Some(client) = seen.client().filter(|_| args.require_csp) {
        client.require_csp()?;
    }
    let kind = facts::kind(bytes.expose());
    let facts = Facts {
        kind,
        certificate: seen.certificate(),
        client: seen.client(),
        key_is_refused: matches!(seen, Seen::Refused(..)),
        now: SystemClock::new().now(),
        file: &args.file,
        is_public: matches!(seen, Seen::Bare(_)) && kind != PFX,
    };
    let text = match format {
        Format::Table => facts.for_people(),
        _ => format!("{}\n", facts.for_programs()),
    };
    match seen {
        Seen::Usable(_) | Seen::Bare(_) => table::text(&text, &args.results),
        // People are shown it, so that they can find out what is wrong with it; it is a failure all the same.
        Seen::Refused(_, error) => {
            if format == Format::Table {
                terminal::result(&text)?;
            }
            Err(error.into())
        }
    }
}

/// What a file turned out to hold.
enum Seen {
    /// A certificate with a key that can sign in.
    Usable(ClientCertificate),
    /// The public part alone.
    Bare(Certificate),
    /// A certificate whose key cannot sign in.
    Refused(Certificate, Error),
}

impl Seen {
    fn client(&self) -> Option<&ClientCertificate> {
        match self {
            Self::Usable(client) => Some(client),
            Self::Bare(_) | Self::Refused(..) => None,
        }
    }

    fn certificate(&self) -> &Certificate {
        match self {
            Self::Usable(client) => client.certificate(),
            Self::Bare(certificate) | Self::Refused(certificate, _) => certificate,
        }
    }
}

fn look(
    bytes: &[u8],
    password: Option<&Secret>,
    wanted: &Selector,
    require_key: bool,
) -> std::result::Result<Seen, Error> {
    let error = match ClientCertificate::from_bytes_selecting(bytes, password, wanted) {
        Ok(client) => return Ok(Seen::Usable(client)),
        Err(error) => error,
    };
    let has_no_key = matches!(error, Error::NoPrivateKey { .. }) || is_bare(bytes);
    let key_is_unusable =
        matches!(error, Error::UnsupportedKey { .. } | Error::KeySize { .. } | Error::KeyMismatch { .. });
    if require_key && has_no_key || !has_no_key && !key_is_unusable {
        return Err(error);
    }
    let mut found = Certificate::all_from_bytes(bytes, password).or_else(|_| all_public(bytes)).unwrap_or_default();
    found.retain(|certificate| wanted.matches(certificate));
    match found.into_iter().next() {
        Some(certificate) if has_no_key => Ok(Seen::Bare(certificate)),
        Some(certificate) => Ok(Seen::Refused(certificate, error)),
        None => Err(error),
    }
}

/// A certificate without any key around it, of whatever kind its own is.
fn is_bare(bytes: &[u8]) -> bool {
    Certificate::from_bytes(bytes).is_ok() && !facts::contains(bytes, b"PRIVATE KEY")
}

/// The certificate that can be read without a password.
fn all_public(bytes: &[u8]) -> std::result::Result<Vec<Certificate>, Error> {
    Certificate::from_bytes(bytes).map(|certificate| vec![certificate])
}

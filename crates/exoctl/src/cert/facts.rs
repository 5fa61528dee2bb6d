//! What is to be said of a certificate, for people and for programs.

use crate::lines::Lines;
use crate::times;
use exo_cert::{Certificate, ClientCertificate, KeyAlgorithm, KeySpec, Provider, ProviderKind, Warning};
use serde_json::{Value, json};
use std::path::Path;
use std::time::SystemTime;

/// A certificate, where it was found, and when.
pub(super) struct Facts<'a> {
    /// What the file is: `pfx`, `pem` or `certificate`.
    pub(super) kind: &'static str,
    /// The certificate.
    pub(super) certificate: &'a Certificate,
    /// The same with its key, if that is there and can be used.
    pub(super) client: Option<&'a ClientCertificate>,
    /// Whether there is a key all the same, which cannot be used.
    pub(super) key_is_refused: bool,
    /// The time by which dates are judged.
    pub(super) now: SystemTime,
    /// The file that holds it.
    pub(super) file: &'a Path,
    /// Whether that file holds the public part alone.
    pub(super) is_public: bool,
}

/// A PKCS#12 file.
pub(super) const PFX: &str = "pfx";

/// What a file is whose bytes were opened: a PFX keeps its certificates inside, so that none can be read from outside.
pub(super) fn kind(bytes: &[u8]) -> &'static str {
    if Certificate::from_bytes(bytes).is_err() {
        PFX
    } else if contains(bytes, b"-----BEGIN") {
        "pem"
    } else {
        "certificate"
    }
}

/// Whether a text stands in the bytes, also where each character has two bytes.
pub(super) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let narrow: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    narrow.windows(text.len()).any(|window| window == text)
}

impl Facts<'_> {
    /// A line for each fact; what people compare with the portal comes first.
    pub(super) fn for_people(&self) -> String {
        let certificate = self.certificate;
        let mut out = Lines::default();
        let mut line = |name: &str, text: &str| {
            if !text.is_empty() {
                out.line(format_args!("{name:<12}  {text}"));
            }
        };
        line("kind", self.kind);
        line("subject", certificate.subject());
        line("issuer", certificate.issuer());
        line("thumbprint", &certificate.thumbprint().to_string());
        line("sha256", &certificate.sha256_thumbprint().to_string());
        line("not before", &times::rfc3339(certificate.not_before()));
        line("not after", &format!("{}, {}", times::rfc3339(certificate.not_after()), self.time_left()));
        line("key", &super::key(certificate));
        line("dns names", &certificate.dns_names().join(", "));
        line("private key", self.private_key());
        let provider = self.provider();
        if provider != Provider::unknown() {
            line("provider", &provider.to_string());
        }
        line("entra", &self.answer().1);
        line("upload", &self.what_to_upload());
        for warning in self.warnings() {
            line("warning", &warning.to_string());
        }
        out.into_text()
    }

    /// One object.
    pub(super) fn for_programs(&self) -> Value {
        let certificate = self.certificate;
        let provider = self.provider();
        let (accepted, says) = self.answer();
        let warnings = self.warnings();
        json!({
            "kind": self.kind,
            "subject": certificate.subject(),
            "issuer": certificate.issuer(),
            "serial": certificate.serial(),
            "thumbprint": certificate.thumbprint().to_string(),
            "thumbprint_sha256": certificate.sha256_thumbprint().to_string(),
            "not_before": times::rfc3339(certificate.not_before()),
            "not_after": times::rfc3339(certificate.not_after()),
            "days_left": self.days_left(),
            "key": { "algorithm": certificate.key_algorithm().to_string(), "bits": certificate.key_bits() },
            "dns_names": certificate.dns_names(),
            "has_private_key": self.client.is_some(),
            "provider": provider_word(&provider),
            "provider_name": provider.name,
            "key_spec": provider.key_spec.map(key_spec_word),
            "entra": { "accepts": accepted, "says": says },
            "upload": self.what_to_upload(),
            "warnings": warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "warning_codes": warnings.iter().map(Warning::code).collect::<Vec<_>>(),
        })
    }

    fn private_key(&self) -> &'static str {
        match (self.client, self.key_is_refused) {
            (Some(_), _) => "yes",
            (None, true) => "cannot be used",
            (None, false) => "no",
        }
    }

    fn provider(&self) -> Provider {
        self.client.map_or_else(Provider::unknown, |client| client.provider().clone())
    }

    fn warnings(&self) -> Vec<Warning> {
        match self.client {
            Some(client) => client.all_warnings(self.now),
            None => self.certificate.warnings(self.now),
        }
    }

    /// Whole days until the end; negative when it has passed.
    fn days_left(&self) -> i64 {
        let days = |seconds: u64| i64::try_from(seconds / DAY).unwrap_or(i64::MAX);
        match self.certificate.not_after().duration_since(self.now) {
            Ok(left) => days(left.as_secs()),
            Err(past) => -days(past.duration().as_secs()) - 1,
        }
    }

    fn time_left(&self) -> String {
        match self.days_left() {
            1 => "1 day left".to_owned(),
            left if left < 0 => format!("{} days ago", -left),
            left => format!("{left} days left"),
        }
    }

    /// Whether the sign-in service would take it, and what it says.
    fn answer(&self) -> (bool, String) {
        let certificate = self.certificate;
        match (certificate.key_algorithm(), certificate.key_bits()) {
            (KeyAlgorithm::Rsa, Some(bits @ 0..2048)) => {
                return (false, format!("refuses it: the key has {bits} bits, and at least 2048 are needed"));
            }
            (KeyAlgorithm::Rsa, _) => {}
            (other, _) => {
                return (false, format!("refuses it: {other} keys are not taken, only RSA is (AADSTS5002738)"));
            }
        }
        if self.now > certificate.not_after() {
            return (false, "refuses it: it has expired (AADSTS1000502)".to_owned());
        }
        if self.now < certificate.not_before() {
            return (false, format!("refuses it before {}", times::rfc3339(certificate.not_before())));
        }
        (true, "takes it once its public part is attached to the app; until then it says AADSTS700027".to_owned())
    }

    fn what_to_upload(&self) -> String {
        if self.certificate.key_bits().is_none_or(|bits| bits < 2048) {
            return "nothing; make an RSA certificate with `exoctl cert new`".to_owned();
        }
        let file = self.file.display();
        let what = if self.is_public {
            format!("`{file}`")
        } else {
            format!("the public part, from `exoctl cert convert {file} --out NAME.cer`")
        };
        format!("{what}: app registration, Certificates & secrets, Certificates; then compare the thumbprint")
    }
}

/// The three words of the machine-readable form.
fn provider_word(provider: &Provider) -> &'static str {
    match provider.kind {
        ProviderKind::Csp => "csp",
        _ if provider.is_cng() => "cng",
        _ => "unknown",
    }
}

fn key_spec_word(key_spec: KeySpec) -> &'static str {
    match key_spec {
        KeySpec::Signature => "signature",
        _ => "key-exchange",
    }
}

const DAY: u64 = 24 * 60 * 60;

//! Self-signed certificates, field by field as `New-SelfSignedCertificate` makes them.

use crate::certificate::Certificate;
use crate::encode::{self, Encoded, armour, encode, octet_string, oid, sequence, unsigned};
use crate::pfx::{self, Entry, PfxEncryption};
use crate::{ClientCertificate, Error, RsaSigner, SignatureAlgorithm, oids};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use der::Encode as _;
use der::asn1::{GeneralizedTime, UtcTime};
use exo_model::{Secret, SecretBytes};
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// A new certificate with its key.
///
/// The fields are those of `New-SelfSignedCertificate -DnsName … -KeySpec KeyExchange`, so that everything that takes
/// those takes these.
///
/// ```
/// use exo_cert::{CerFormat, PfxEncryption, SelfSigned};
/// use std::time::{Duration, SystemTime};
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let made = SelfSigned::builder("contoso.org").days(365).generate(now)?;
/// let pfx = made.to_pfx(&"password".into(), PfxEncryption::Aes256)?;
/// let upload = made.to_cer(CerFormat::Der);
/// # assert!(pfx.expose().len() > upload.len());
/// # Ok::<(), exo_cert::Error>(())
/// ```
pub struct SelfSigned {
    client_certificate: ClientCertificate,
    pkcs8: Zeroizing<Vec<u8>>,
}

/// How a certificate is written for upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CerFormat {
    /// Bare DER, as `Export-Certificate` writes it.
    Der,
    /// PEM.
    Pem,
}

/// What a certificate shall be; see [`SelfSigned::builder`].
#[derive(Debug, Clone)]
pub struct SelfSignedBuilder {
    dns_names: Vec<String>,
    subject: Option<String>,
    days: u32,
    bits: u32,
    not_before: Option<SystemTime>,
}

impl SelfSigned {
    /// Begins a certificate for this DNS name, which becomes its subject as well: one year, RSA of 2048 bits.
    ///
    /// More names are added by [`dns_name`](SelfSignedBuilder::dns_name).
    pub fn builder(dns_name: impl Into<String>) -> SelfSignedBuilder {
        SelfSignedBuilder { dns_names: vec![dns_name.into()], subject: None, days: 365, bits: 2048, not_before: None }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        self.client_certificate.certificate()
    }

    /// The certificate with its key, ready to sign.
    pub fn client_certificate(&self) -> ClientCertificate {
        self.client_certificate.clone()
    }

    /// Certificate and key as a PFX file that Windows imports as a CSP key.
    ///
    /// # Errors
    /// [`Error::Pfx`] if the password is too long, [`Error::Generate`] if the system gives no random numbers.
    pub fn to_pfx(&self, password: &Secret, encryption: PfxEncryption) -> Result<SecretBytes, Error> {
        let entry = Entry { pkcs8: &self.pkcs8, certificate: self.certificate().der(), issuers: &[] };
        pfx::write(&entry, password, encryption)
    }

    /// The public part, for the app registration.
    pub fn to_cer(&self, format: CerFormat) -> Vec<u8> {
        match format {
            CerFormat::Der => self.certificate().der().to_vec(),
            CerFormat::Pem => armour("CERTIFICATE", self.certificate().der()).to_vec(),
        }
    }

    /// The private key as PEM, not encrypted.
    pub fn to_key_pem(&self) -> SecretBytes {
        SecretBytes::new(std::mem::take(&mut *armour("PRIVATE KEY", &self.pkcs8)))
    }
}

impl fmt::Debug for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelfSigned").field("certificate", self.certificate()).finish_non_exhaustive()
    }
}

impl SelfSignedBuilder {
    /// Adds another DNS name to the alternative names.
    #[must_use]
    pub fn dns_name(mut self, dns_name: impl Into<String>) -> Self {
        self.dns_names.push(dns_name.into());
        self
    }

    /// Sets the subject's common name, with or without `CN=`; the DNS name if left out.
    #[must_use]
    pub fn subject(mut self, common_name: impl Into<String>) -> Self {
        self.subject = Some(common_name.into());
        self
    }

    /// Sets how long it is valid, from now or from [`not_before`](Self::not_before).
    #[must_use]
    pub fn days(mut self, days: u32) -> Self {
        self.days = days;
        self
    }

    /// Sets the length of the key: 2048, 3072 or 4096 bits.
    #[must_use]
    pub fn key_size(mut self, bits: u32) -> Self {
        self.bits = bits;
        self
    }

    /// Sets the beginning of its validity; ten minutes ago if left out, so that a clock behind does not refuse it.
    #[must_use]
    pub fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// Makes the key and signs the certificate.
    ///
    /// # Errors
    /// [`Error::Generate`] if a field cannot be as it was asked for.
    pub fn generate(&self, now: SystemTime) -> Result<SelfSigned, Error> {
        let names = Names::check(&self.dns_names, self.subject.as_deref())?;
        let validity = self.validity(now)?;
        let pair = KeyPair::generate(self.size()?).map_err(|_| generate("the key could not be made"))?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| generate("the key could not be made"))?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        let signer = RsaSigner::from_pkcs8_der(&pkcs8)?;
        let body = names.body(&serial()?, &validity, pair.public_key().as_ref());
        let signature = signer.sign_now(SignatureAlgorithm::Rs256, &body)?;
        let der = sequence(&[&body, &signature_algorithm(), &encode(0x03, &[&[0], &signature])]);
        let chain = vec![Certificate::from_der(&der)?];
        Ok(SelfSigned { client_certificate: ClientCertificate::new(chain, Arc::new(signer))?, pkcs8 })
    }

    fn size(&self) -> Result<KeySize, Error> {
        match self.bits {
            2048 => Ok(KeySize::Rsa2048),
            3072 => Ok(KeySize::Rsa3072),
            4096 => Ok(KeySize::Rsa4096),
            bits => Err(generate(format!("keys have 2048, 3072 or 4096 bits, not {bits}"))),
        }
    }

    fn validity(&self, now: SystemTime) -> Result<Encoded, Error> {
        if !(1..=MAX_DAYS).contains(&self.days) {
            return Err(generate(format!("a certificate is valid for 1 to {MAX_DAYS} days, not {}", self.days)));
        }
        let not_before = self.not_before.or_else(|| now.checked_sub(BACKDATED));
        let not_after = self.not_before.unwrap_or(now).checked_add(Duration::from_hours(24) * self.days);
        let (Some(not_before), Some(not_after)) = (not_before, not_after) else {
            return Err(generate("its dates are out of range"));
        };
        Ok(sequence(&[&time(not_before)?, &time(not_after)?]))
    }
}

/// The names of a certificate, checked.
struct Names<'a> {
    dns_names: &'a [String],
    common_name: &'a str,
}

impl<'a> Names<'a> {
    fn check(dns_names: &'a [String], subject: Option<&'a str>) -> Result<Self, Error> {
        let first = dns_names.first().map_or("", String::as_str);
        let common_name = subject.unwrap_or(first);
        let common_name = match common_name.split_at_checked(3) {
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("cn=") => name.trim(),
            _ => common_name.trim(),
        };
        let is_dns = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*');
        let is_name = |name: &&String| !name.is_empty() && name.len() <= 253 && name.chars().all(is_dns);
        if let Some(wrong) = dns_names.iter().find(|name| !is_name(name)) {
            return Err(generate(format!("`{}` is not a DNS name, such as contoso.org", wrong.escape_debug())));
        }
        let length = common_name.chars().count();
        if !(1..=MAX_COMMON_NAME).contains(&length) || common_name.chars().any(|c| c.is_control() || c == '=') {
            let reason = "a subject is one common name of 1 to";
            return Err(generate(format!(
                "{reason} {MAX_COMMON_NAME} characters; where none is given, the first DNS name is it"
            )));
        }
        Ok(Self { dns_names, common_name })
    }

    /// The part of the certificate that is signed.
    fn body(&self, serial: &[u8], validity: &[u8], public_key: &[u8]) -> Encoded {
        let common_name = sequence(&[&oid(oids::COMMON_NAME), &encode(0x0C, &[self.common_name.as_bytes()])]);
        let name = sequence(&[&encode(0x31, &[&common_name])]);
        let key_algorithm = sequence(&[&oid(oids::RSA_ENCRYPTION), encode::NULL]);
        let key = sequence(&[&key_algorithm, &encode(0x03, &[&[0], public_key])]);
        sequence(&[
            &encode(0xA0, &[&encode::small_unsigned(2)]),
            &unsigned(serial),
            &signature_algorithm(),
            &name,
            validity,
            &name,
            &key,
            &encode(0xA3, &[&self.extensions(public_key)]),
        ])
    }

    /// In the order of Windows: key usage, extended key usage, alternative name, subject key identifier.
    fn extensions(&self, public_key: &[u8]) -> Encoded {
        // digitalSignature and keyEncipherment
        let usage = octet_string(&encode(0x03, &[&[5, 0xA0]]));
        let extended = sequence(&[&oid(oids::CLIENT_AUTH), &oid(oids::SERVER_AUTH)]);
        let names: Vec<Encoded> = self.dns_names.iter().map(|name| encode(0x82, &[name.as_bytes()])).collect();
        let names: Vec<&[u8]> = names.iter().map(|name| name.as_slice()).collect();
        let alternative = sequence(&names);
        let key_id = octet_string(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, public_key).as_ref());
        sequence(&[
            &sequence(&[&oid(oids::KEY_USAGE), TRUE, &usage]),
            &sequence(&[&oid(oids::EXTENDED_KEY_USAGE), &octet_string(&extended)]),
            &sequence(&[&oid(oids::SUBJECT_ALT_NAME), &octet_string(&alternative)]),
            &sequence(&[&oid(oids::SUBJECT_KEY_ID), &octet_string(&key_id)]),
        ])
    }
}

fn signature_algorithm() -> Encoded {
    sequence(&[&oid(oids::SHA256_WITH_RSA), encode::NULL])
}

/// Two digits for the year until 2049, four from then on, as RFC 5280 asks.
fn time(time: SystemTime) -> Result<Vec<u8>, Error> {
    UtcTime::from_system_time(time)
        .and_then(|t| t.to_der())
        .or_else(|_| GeneralizedTime::from_system_time(time).and_then(|t| t.to_der()))
        .map_err(|_| generate("its dates are out of range"))
}

/// Sixteen random bytes with the top bit clear.
fn serial() -> Result<[u8; 16], Error> {
    let mut serial = [0; 16];
    SystemRandom::new().fill(&mut serial).map_err(|_| generate("the system gives no random numbers"))?;
    let [first, ..] = &mut serial;
    *first = (*first & 0x7F).max(1);
    Ok(serial)
}

fn generate(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::Generate { reason: reason.into() }
}

const TRUE: &[u8] = &[0x01, 0x01, 0xFF];
const BACKDATED: Duration = Duration::from_mins(10);
const MAX_DAYS: u32 = 36_500;
const MAX_COMMON_NAME: usize = 64;

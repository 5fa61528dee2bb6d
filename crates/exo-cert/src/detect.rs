//! What is this file? Decided by its content, never by its name or its label.

use crate::armour::{self, Block};
use crate::asn1::{Broken, Elements, Tag};
use crate::pfx::{MAX_FILE, PfxError};
use crate::{Error, oids};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// One ASN.1 structure of a file.
pub(crate) struct Item {
    pub(crate) kind: Kind,
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// How a key is encrypted in the old way of PEM.
    pub(crate) dek_info: Option<String>,
}

/// What an ASN.1 structure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pfx,
    Certificate,
    Pkcs8,
    EncryptedPkcs8,
    /// A key in the old encryption of PEM.
    OldPem,
    Pkcs1,
    EcKey,
    PublicKey,
    Pkcs7,
    Request,
    RevocationList,
    Unknown,
}

impl Kind {
    /// What may stand alone in a file, without a certificate.
    #[cfg(test)]
    pub(crate) const ALONE: [Self; 6] =
        [Self::Pkcs8, Self::PublicKey, Self::Request, Self::RevocationList, Self::Pfx, Self::Unknown];

    /// What to say where a certificate was expected.
    pub(crate) const fn instead(self) -> &'static str {
        match self {
            Self::Pkcs8 | Self::EncryptedPkcs8 | Self::OldPem | Self::Pkcs1 | Self::EcKey => ONLY_A_KEY,
            Self::PublicKey => ONLY_A_PUBLIC_KEY,
            Self::Request => ONLY_A_REQUEST,
            Self::RevocationList => "there is only a list of revoked certificates (CRL)",
            Self::Pfx => ONLY_A_PFX,
            Self::Certificate | Self::Pkcs7 | Self::Unknown => "there is something else",
        }
    }
}

/// What helps who gave this in place of a certificate.
pub(crate) fn instead_of_certificate(what: &str) -> &'static str {
    match what {
        ONLY_A_KEY => "put both into one file: (umask 077; cat key.pem certificate.pem > both.pem)",
        ONLY_A_PUBLIC_KEY => {
            "a certificate holds more than its public key: give the .cer, .crt or .pem of the certificate"
        }
        ONLY_A_REQUEST => {
            "give the certificate that was issued for it; `exoctl cert new` makes one that needs no authority"
        }
        ONLY_A_PFX => "open it with its password",
        _ => "export it again together with the certificate, or make one with `exoctl cert new`",
    }
}

/// What helps who gave this in place of a certificate file.
pub(crate) fn instead_of_file(looks_like: &str) -> &'static str {
    match looks_like {
        EMPTY | ZEROS => "export or download it again: nothing arrived",
        WEB_PAGE => "download it again after signing in, and give the file itself: .pfx, .p12, .pem, .cer or .crt",
        _ => "give a .pfx, .p12, .pem, .cer or .crt file",
    }
}

/// Where there is a key, and no certificate.
pub(crate) const ONLY_A_KEY: &str = "there is only a private key";
const ONLY_A_PUBLIC_KEY: &str = "there is only a public key";
const ONLY_A_REQUEST: &str = "there is only a request for a certificate (CSR)";
const ONLY_A_PFX: &str = "there is only a PFX file, which is opened with its password";
const EMPTY: &str = "an empty file";
const ZEROS: &str = "a file of nothing but zeros";
const WEB_PAGE: &str = "a web page, perhaps of a sign-in";

/// The structures of a file, and what the text around them says.
pub(crate) struct Items {
    pub(crate) items: Vec<Item>,
    /// The provider that OpenSSL prints among the attributes of a key.
    pub(crate) provider: Option<String>,
}

/// Takes a file apart: DER as it is, PEM, or base64 of either.
pub(crate) fn items(bytes: &[u8]) -> Result<Items, Error> {
    if bytes.len() > MAX_FILE {
        return Err(PfxError::TooLarge { what: "bytes", limit: MAX_FILE }.into());
    }
    unpack(bytes, MAX_WRAPPINGS)
}

/// `wrappings` says how often what is inside may be base64 again.
fn unpack(bytes: &[u8], wrappings: u8) -> Result<Items, Error> {
    // A text may begin with the digit zero, which is the same byte.
    if bytes.first() == Some(&SEQUENCE) && (kind(bytes) != Kind::Unknown || !bytes.is_ascii()) {
        return Ok(Items { items: vec![item(Zeroizing::new(bytes.to_vec()))], provider: None });
    }
    if let Some(what) = named_format(bytes) {
        return Err(PfxError::Unsupported { what: what.into() }.into());
    }
    let Some(text) = armour::text(bytes) else {
        return Err(Error::NotACertificate { looks_like: looks_like(bytes) });
    };
    if let Some(what) = named_text(&text) {
        return Err(PfxError::Unsupported { what: what.into() }.into());
    }
    if armour::is_armoured(&text) {
        let items = armour::blocks(&text)?.into_iter().map(of_block).collect();
        return Ok(Items { items, provider: armour::provider(&text) });
    }
    if let Some(left) = wrappings.checked_sub(1)
        && let Some(inner) = decode_base64(&text)
    {
        drop(text);
        return unpack(&inner, left);
    }
    if armour::was_armoured(&text) {
        return Err(armour::DAMAGED);
    }
    Err(Error::NotACertificate { looks_like: looks_like(text.as_bytes()) })
}

fn item(der: Zeroizing<Vec<u8>>) -> Item {
    Item { kind: kind(&der), der, dek_info: None }
}

fn of_block(block: Block) -> Item {
    match block {
        Block { content, dek_info: None } => item(content),
        Block { content, dek_info } => Item { kind: Kind::OldPem, der: content, dek_info },
    }
}

/// One line, wrapped, standard or URL-safe, with or without padding.
fn decode_base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')) {
        compact.push(match c {
            '-' => '+',
            '_' => '/',
            c => c,
        });
    }
    let engine = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    if compact.len() < 40 {
        return None;
    }
    engine.decode(compact.as_bytes()).ok().map(Zeroizing::new)
}

/// Tells what an ASN.1 structure is by its first elements.
pub(crate) fn kind(der: &[u8]) -> Kind {
    classify(der).unwrap_or(Kind::Unknown)
}

fn classify(der: &[u8]) -> Result<Kind, Broken> {
    let mut elements = Elements::new(der).sequence()?;
    let start = elements;
    match elements.any()?.tag {
        Tag::ObjectIdentifier => Ok(Kind::Pkcs7),
        Tag::Sequence => classify_sequence(start),
        Tag::Integer => classify_versioned(start),
        _ => Ok(Kind::Unknown),
    }
}

fn classify_sequence(mut elements: Elements<'_>) -> Result<Kind, Broken> {
    let mut body = elements.sequence()?;
    let head = body.any()?;
    match (head.tag, elements.any()?.tag) {
        (Tag::ObjectIdentifier, Tag::OctetString) => Ok(Kind::EncryptedPkcs8),
        (Tag::ObjectIdentifier, Tag::BitString) => Ok(Kind::PublicKey),
        // A certificate's body begins with `[0]`, its version; in version 1 with the serial number.
        (Tag::Integer, Tag::Sequence) => classify_unversioned(body),
        (_, Tag::Sequence) if head.is_context(0) => Ok(Kind::Certificate),
        // The list of version 1 has no number: an algorithm, a name, a time.
        (Tag::Sequence, Tag::Sequence) => {
            body.sequence()?;
            Ok(if is_time(body.any()?.tag) { Kind::RevocationList } else { Kind::Unknown })
        }
        _ => Ok(Kind::Unknown),
    }
}

/// After a number: the certificate of version 1, the request for one, and the list of those that were revoked.
fn classify_unversioned(mut body: Elements<'_>) -> Result<Kind, Broken> {
    body.sequence()?;
    body.sequence()?;
    match body.next()? {
        Some(validity) if validity.tag == Tag::Sequence => Ok(Kind::Certificate),
        Some(attributes) if attributes.is_context(0) => Ok(Kind::Request),
        Some(issued) if is_time(issued.tag) => Ok(Kind::RevocationList),
        None => Ok(Kind::Request),
        Some(_) => Ok(Kind::Unknown),
    }
}

fn is_time(tag: Tag) -> bool {
    matches!(tag, Tag::UtcTime | Tag::GeneralizedTime)
}

fn classify_versioned(mut elements: Elements<'_>) -> Result<Kind, Broken> {
    elements.any()?;
    let second = elements.any()?;
    match second.tag {
        Tag::OctetString => Ok(Kind::EcKey),
        // A public key alone has two numbers.
        Tag::Integer if elements.is_finished() => Ok(Kind::PublicKey),
        Tag::Integer => Ok(Kind::Pkcs1),
        Tag::Sequence => match elements.next()?.map(|e| e.tag) {
            Some(Tag::OctetString) => Ok(Kind::Pkcs8),
            _ if is_content_info(second.inside()) => Ok(Kind::Pfx),
            _ => Ok(Kind::Unknown),
        },
        _ => Ok(Kind::Unknown),
    }
}

fn is_content_info(mut elements: Elements<'_>) -> bool {
    let known = [oids::DATA, oids::SIGNED_DATA, oids::ENVELOPED_DATA, oids::ENCRYPTED_DATA];
    elements.oid().is_ok_and(|oid| known.iter().any(|k| k.as_bytes() == oid))
}

/// Files of formats that hold keys, certificates or other files, and that are not read.
fn named_format(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xFE, 0xED, 0xFE, 0xED, ..] => Some("the format of Java's own key stores (JKS)"),
        [0xCE, 0xCE, 0xCE, 0xCE, ..] => Some("the format of Java's own key stores (JCEKS)"),
        [0, 0, 0, 0, b'C', b'E', b'R', b'T', ..] => Some("the format of Microsoft's serialised stores (.sst)"),
        [0x1E, 0xF1, 0xB5, 0xB0, ..] => Some("the format of Microsoft's private key files (.pvk)"),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some("the format of ZIP archives"),
        [0x1F, 0x8B, ..] => Some("the format of gzip archives"),
        _ if bytes.starts_with(b"SQLite format 3\0") => Some("the format of NSS's databases (cert9.db, key4.db)"),
        _ => None,
    }
}

/// Texts of formats that hold keys, and that are not read.
fn named_text(text: &str) -> Option<&'static str> {
    let starts = |marks: &[&str]| marks.iter().any(|mark| text.trim_start().starts_with(mark));
    if text.contains("BEGIN OPENSSH PRIVATE KEY") || starts(SSH) {
        return Some("the format of SSH keys");
    }
    (text.contains("BEGIN PGP ") && armour::is_armoured(text)).then_some("the format of PGP keys")
}

const SSH: &[&str] =
    &["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "---- BEGIN SSH2 ", "PuTTY-User-Key-File-"];

/// What a file that is no certificate looks like.
fn looks_like(bytes: &[u8]) -> &'static str {
    let head = bytes.trim_ascii_start();
    let text = || std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'));
    let starts = |mark: &[u8]| head.get(..mark.len()).is_some_and(|h| h.eq_ignore_ascii_case(mark));
    match head {
        [] => EMPTY,
        _ if bytes.iter().all(|byte| *byte == 0) => ZEROS,
        _ if starts(b"<!doctype") || starts(b"<html") => WEB_PAGE,
        [b'<', ..] => "an XML file",
        [b'{' | b'[', ..] if text() => "a JSON file",
        _ if text() => "a text without a PEM block in it",
        _ => "a file of another kind",
    }
}

const SEQUENCE: u8 = 0x30;
// What is a secret of a cluster is encoded once more than it was.
const MAX_WRAPPINGS: u8 = 2;
/// The way out is in the hint.
pub(crate) const PKCS7: PfxError = PfxError::Unsupported { what: Cow::Borrowed("the format PKCS#7 (.p7b)") };

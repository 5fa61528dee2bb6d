//! What an X.509 certificate says, read from its DER.

use crate::asn1::{self, Broken, Element, Elements, Tag};
use crate::oids;
use crate::private_key::algorithm_name;
use der::Decode;
use der::asn1::{GeneralizedTime, UtcTime};
use std::time::SystemTime;

/// The fields that matter here.
pub(crate) struct Fields<'a> {
    /// The certificate itself, without what may follow it.
    pub(crate) whole: &'a [u8],
    /// Upper-case hexadecimal digits.
    pub(crate) serial: String,
    pub(crate) issuer: Element<'a>,
    pub(crate) subject: Element<'a>,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
    pub(crate) key: PublicKey<'a>,
    pub(crate) dns_names: Vec<String>,
    pub(crate) signature_algorithm: &'a [u8],
}

/// The public key of a certificate.
pub(crate) enum PublicKey<'a> {
    Rsa {
        /// `RSAPublicKey`.
        pkcs1: &'a [u8],
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
    Other {
        algorithm: String,
    },
}

/// Reads a certificate; whether its signature holds is not looked at.
pub(crate) fn read(der: &[u8]) -> Result<Fields<'_>, Broken> {
    let whole = Elements::new(der).expect(Tag::Sequence)?;
    let mut certificate = whole.inside();
    let mut body = certificate.sequence()?;
    body.context(0)?;
    let serial = body.expect(Tag::Integer)?.content;
    body.sequence()?;
    let issuer = body.expect(Tag::Sequence)?;
    let mut validity = body.sequence()?;
    let not_before = time(&validity.any()?)?;
    let not_after = time(&validity.any()?)?;
    let subject = body.expect(Tag::Sequence)?;
    let key = public_key(&mut body.sequence()?)?;
    let dns_names = extensions(&mut body)?;
    let signature_algorithm = certificate.sequence()?.oid()?;
    certificate.expect(Tag::BitString)?;
    let serial = hex(serial);
    Ok(Fields {
        whole: whole.whole,
        serial,
        issuer,
        subject,
        not_before,
        not_after,
        key,
        dns_names,
        signature_algorithm,
    })
}

/// Upper-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let bytes = match bytes {
        // The sign of a number whose top bit is set.
        [0, digits @ ..] if !digits.is_empty() => digits,
        digits => digits,
    };
    let digit = |n: u8| char::from_digit(u32::from(n), 16).unwrap_or('?').to_ascii_uppercase();
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

fn time(element: &Element<'_>) -> Result<SystemTime, Broken> {
    let time = match element.tag {
        Tag::UtcTime => UtcTime::from_der(element.whole).map(|t| t.to_system_time()),
        _ => GeneralizedTime::from_der(element.whole).map(|t| t.to_system_time()),
    };
    time.map_err(|_| Broken)
}

fn public_key<'a>(info: &mut Elements<'a>) -> Result<PublicKey<'a>, Broken> {
    let mut algorithm = info.sequence()?;
    let oid = algorithm.oid()?;
    if oid != oids::RSA_ENCRYPTION.as_bytes() {
        return Ok(PublicKey::Other { algorithm: algorithm_name(oid, &mut algorithm) });
    }
    let pkcs1 = info.expect(Tag::BitString)?.whole_bits()?;
    let mut numbers = Elements::new(pkcs1).sequence()?;
    Ok(PublicKey::Rsa { pkcs1, modulus: numbers.unsigned()?, exponent: numbers.unsigned()? })
}

/// The DNS names among the alternative names; extensions that are not understood are passed over.
fn extensions(body: &mut Elements<'_>) -> Result<Vec<String>, Broken> {
    let mut names = Vec::new();
    while let Some(field) = body.next()? {
        if !field.is_context(3) {
            continue;
        }
        let mut extensions = field.inside().sequence()?;
        while let Some(extension) = extensions.next()? {
            let mut extension = extension.inside();
            if extension.oid()? == oids::SUBJECT_ALT_NAME.as_bytes() {
                extension.optional(Tag::Boolean)?;
                alternative_names(&extension.octets()?, &mut names);
            }
        }
    }
    Ok(names)
}

fn alternative_names(value: &[u8], names: &mut Vec<String>) {
    let Ok(mut alternatives) = Elements::new(value).sequence() else { return };
    while let Ok(Some(name)) = alternatives.next() {
        if name.is_context(2) {
            names.extend(String::from_utf8(name.content.to_vec()));
        }
    }
}

/// A name as people read it: `CN=contoso.org, O=Contoso`.
pub(crate) fn show_name(name: &Element<'_>) -> String {
    let mut parts = Vec::new();
    let mut sets = name.inside();
    while let Ok(Some(set)) = sets.next() {
        let mut attributes = set.inside();
        while let Ok(Some(attribute)) = attributes.next() {
            let mut attribute = attribute.inside();
            if let (Ok(oid), Ok(value)) = (attribute.oid(), attribute.any()) {
                parts.push(format!("{}={}", attribute_name(oid), show_value(&value)));
            }
        }
    }
    parts.join(", ")
}

/// What steers a terminal or turns the direction of writing does not reach it.
fn show_value(value: &Element<'_>) -> String {
    let text = asn1::text(value).unwrap_or_else(|| "?".to_owned());
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{FFFD}' } else { c }).collect()
}

fn attribute_name(oid: &[u8]) -> String {
    let name = match oid {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x05] => "SERIALNUMBER",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x0A] => "O",
        [0x55, 0x04, 0x0B] => "OU",
        // 0.9.2342.19200300.100.1.25
        [0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 0x01, 0x19] => "DC",
        // 1.2.840.113549.1.9.1
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x01] => "E",
        _ => return asn1::dotted(oid),
    };
    name.to_owned()
}

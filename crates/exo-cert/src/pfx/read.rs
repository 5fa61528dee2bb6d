//! From the bytes of a PFX file to its keys and certificates.

use super::bags::Bags;
use super::ciphers::Scheme;
use super::limits::{Budget, MAX_FILE, at_most};
use super::{Passwords, PfxError, mac};
use crate::asn1::{Element, Elements};
use crate::material::{CertificateMaterial, KeyMaterial, Material};
use crate::oids;
use std::borrow::Cow;

/// A safe: its content in the clear, or encrypted.
enum Safe<'a> {
    Plain(Cow<'a, [u8]>),
    Sealed { scheme: Scheme, data: Cow<'a, [u8]> },
}

/// Reads a PFX file. All costs that can be seen are added up before anything is derived.
pub(crate) fn read(bytes: &[u8], passwords: &Passwords, budget: &mut Budget) -> Result<Material, PfxError> {
    at_most(bytes.len(), MAX_FILE, "bytes")?;
    // Windows leaves zero bytes behind the file; what follows the first element is not looked at.
    let mut pfx = Elements::new(bytes).sequence()?;
    let version = pfx.small()?;
    if version != 3 {
        return Err(PfxError::Unsupported { what: format!("version {version} of PFX").into() });
    }
    let content = authenticated_safe(&mut pfx.sequence()?)?;
    let mac = mac::parse_optional(&mut pfx)?;

    let mut bags = Bags::default();
    let safes = safes(&content)?;
    if let Some(mac) = &mac {
        mac.charge(budget)?;
    }
    for safe in &safes {
        match safe {
            Safe::Plain(safe) => bags.take(safe, budget)?,
            Safe::Sealed { scheme, .. } => scheme.charge(budget)?,
        }
    }

    if mac.as_ref().is_some_and(|mac| !mac.verify(&content, passwords, budget)) {
        return Err(passwords.refused());
    }
    for safe in safes {
        if let Safe::Sealed { scheme, data } = safe {
            bags.take(&scheme.open(&data, passwords, budget)?, budget).map_err(|error| match error {
                // Without a MAC a wrong password may give padding that looks right, and garbage.
                PfxError::Malformed { .. } if mac.is_none() => passwords.refused(),
                error => error,
            })?;
        }
    }
    Ok(open_keys(bags, passwords, budget))
}

/// The octets that the MAC covers and that hold the safes.
fn authenticated_safe<'a>(info: &mut Elements<'a>) -> Result<Cow<'a, [u8]>, PfxError> {
    let kind = info.oid()?;
    if kind != oids::DATA.as_bytes() {
        return Err(PfxError::Unsupported { what: oids::name(kind).into() });
    }
    Ok(info.explicit_zero()?.octets()?)
}

fn safes(content: &[u8]) -> Result<Vec<Safe<'_>>, PfxError> {
    let mut infos = Elements::new(content).sequence()?;
    let mut safes = Vec::new();
    while let Some(info) = infos.next()? {
        safes.push(safe(&info)?);
        at_most(safes.len(), super::limits::MAX_BAGS, "safes")?;
    }
    Ok(safes)
}

fn safe<'a>(info: &Element<'a>) -> Result<Safe<'a>, PfxError> {
    let mut info = Elements::new(info.whole).sequence()?;
    let kind = info.oid()?;
    let mut value = info.explicit_zero()?;
    if kind == oids::DATA.as_bytes() {
        return Ok(Safe::Plain(value.octets()?));
    }
    if kind != oids::ENCRYPTED_DATA.as_bytes() {
        return Err(PfxError::Unsupported { what: oids::name(kind).into() });
    }
    let mut encrypted = value.sequence()?;
    encrypted.small()?;
    let mut info = encrypted.sequence()?;
    info.oid()?;
    let scheme = Scheme::parse(&mut info.sequence()?)?;
    // The ciphertext is an implicit `[0]` OCTET STRING, whole or in pieces.
    let data = info.context(0)?.ok_or(PfxError::Malformed { what: "its encrypted content" })?.octets()?;
    Ok(Safe::Sealed { scheme, data })
}

/// A key that cannot be opened matters only if no other can.
fn open_keys(bags: Bags, passwords: &Passwords, budget: &mut Budget) -> Material {
    let mut material = Material::default();
    for (key, attributes) in bags.keys {
        match key.open(passwords, budget) {
            Ok(pkcs8) => {
                material.add_pkcs8(&pkcs8, |key| KeyMaterial {
                    local_key_id: attributes.local_key_id,
                    provider: attributes.provider,
                    ..key
                });
            }
            Err(error) => material.unread(error.into()),
        }
    }
    for (der, attributes) in bags.certificates {
        material.add_certificate(&der, |certificate| CertificateMaterial {
            local_key_id: attributes.local_key_id,
            ..certificate
        });
    }
    material
}

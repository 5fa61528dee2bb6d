//! What is in a safe: keys, certificates, and what is skipped.

use super::ciphers::Scheme;
use super::limits::{Budget, MAX_BAGS, MAX_CERTIFICATES, MAX_KEYS, MAX_NESTING, at_most};
use super::{Passwords, PfxError};
use crate::asn1::{self, Element, Elements, Tag};
use crate::oids;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// The attributes of a bag that matter.
#[derive(Debug, Default, Clone)]
pub(super) struct Attributes {
    pub(super) local_key_id: Option<Vec<u8>>,
    pub(super) provider: Option<String>,
}

/// A key as its bag holds it.
pub(super) enum KeyBag {
    Plain(Zeroizing<Vec<u8>>),
    Shrouded {
        scheme: Scheme,
        data: Vec<u8>,
    },
    /// It uses something unsupported; matters only if no other key is there.
    Unreadable(PfxError),
}

impl KeyBag {
    /// The `PrivateKeyInfo`.
    pub(super) fn open(self, passwords: &Passwords, budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, PfxError> {
        match self {
            Self::Plain(pkcs8) => Ok(pkcs8),
            Self::Shrouded { scheme, data } => scheme.open(&data, passwords, budget),
            Self::Unreadable(error) => Err(error),
        }
    }
}

/// The bags of all safes of a file.
#[derive(Default)]
pub(super) struct Bags {
    pub(super) keys: Vec<(KeyBag, Attributes)>,
    pub(super) certificates: Vec<(Vec<u8>, Attributes)>,
    seen: usize,
}

impl Bags {
    /// Takes what is in a `SafeContents`, and puts the cost of opening its keys on the bill.
    pub(super) fn take(&mut self, safe: &[u8], budget: &mut Budget) -> Result<(), PfxError> {
        self.take_nested(&mut Elements::new(safe).sequence()?, budget, MAX_NESTING)
    }

    fn take_nested(&mut self, safe: &mut Elements<'_>, budget: &mut Budget, depth: u8) -> Result<(), PfxError> {
        while let Some(bag) = safe.next()? {
            self.seen += 1;
            at_most(self.seen, MAX_BAGS, "bags")?;
            let mut bag = sequence_of(&bag)?;
            let kind = bag.oid()?;
            let Some(known) = KINDS.iter().find(|(oid, _)| oid.as_bytes() == kind).map(|(_, known)| known) else {
                continue;
            };
            let mut value = bag.explicit_zero()?;
            let attributes = attributes(&mut bag)?;
            match known {
                Kind::Safe => {
                    let Some(depth) = depth.checked_sub(1) else {
                        return Err(PfxError::TooLarge { what: "nested safes", limit: usize::from(MAX_NESTING) });
                    };
                    self.take_nested(&mut value.sequence()?, budget, depth)?;
                }
                Kind::Key => self.key(KeyBag::Plain(Zeroizing::new(value.any()?.whole.to_vec())), attributes)?,
                Kind::ShroudedKey => {
                    let key = shrouded(&mut value, budget)?;
                    self.key(key, attributes)?;
                }
                Kind::Certificate => self.certificate(&mut value.sequence()?, attributes)?,
            }
        }
        Ok(())
    }

    fn key(&mut self, key: KeyBag, attributes: Attributes) -> Result<(), PfxError> {
        self.keys.push((key, attributes));
        at_most(self.keys.len(), MAX_KEYS, "keys")
    }

    fn certificate(&mut self, bag: &mut Elements<'_>, attributes: Attributes) -> Result<(), PfxError> {
        if bag.oid()? == oids::X509_CERTIFICATE.as_bytes() {
            self.certificates.push((bag.explicit_zero()?.octets()?.into_owned(), attributes));
        }
        at_most(self.certificates.len(), MAX_CERTIFICATES, "certificates")
    }
}

fn shrouded(value: &mut Elements<'_>, budget: &mut Budget) -> Result<KeyBag, PfxError> {
    let mut sealed = value.sequence()?;
    match Scheme::parse(&mut sealed.sequence()?) {
        Ok(scheme) => {
            scheme.charge(budget)?;
            Ok(KeyBag::Shrouded { scheme, data: sealed.octets()?.into_owned() })
        }
        Err(error @ PfxError::Unsupported { .. }) => Ok(KeyBag::Unreadable(error)),
        Err(error) => Err(error),
    }
}

fn attributes(bag: &mut Elements<'_>) -> Result<Attributes, PfxError> {
    let mut found = Attributes::default();
    let Some(set) = bag.optional(Tag::Set)? else { return Ok(found) };
    let mut set = set.inside();
    while let Some(attribute) = set.next()? {
        // What is not understood is no reason to refuse the file; a set of values may be empty, too: Windows marks
        // keys of the machine so.
        let Some((oid, value)) = oid_and_value(&attribute) else { continue };
        if oid == oids::LOCAL_KEY_ID.as_bytes() {
            found.local_key_id = value.octets().ok().map(std::borrow::Cow::into_owned);
        } else if oid == oids::PROVIDER_NAME.as_bytes() {
            found.provider = asn1::text(&value);
        }
    }
    Ok(found)
}

fn oid_and_value<'a>(attribute: &Element<'a>) -> Option<(&'a [u8], Element<'a>)> {
    let mut attribute = Elements::new(attribute.whole).sequence().ok()?;
    let oid = attribute.oid().ok()?;
    Some((oid, attribute.expect(Tag::Set).ok()?.inside().next().ok()??))
}

fn sequence_of<'a>(element: &Element<'a>) -> Result<Elements<'a>, PfxError> {
    Ok(Elements::new(element.whole).sequence()?)
}

/// The kinds of bags that are looked into; others are passed over, whatever they hold.
#[derive(Clone, Copy)]
enum Kind {
    Key,
    ShroudedKey,
    Certificate,
    Safe,
}

const KINDS: &[(ObjectIdentifier, Kind)] = &[
    (oids::KEY_BAG, Kind::Key),
    (oids::SHROUDED_KEY_BAG, Kind::ShroudedKey),
    (oids::CERT_BAG, Kind::Certificate),
    (oids::SAFE_CONTENTS_BAG, Kind::Safe),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// A safe of `count` bags of this kind, each around `value`.
    fn safe(kind: &[u8], value: &[u8], count: usize) -> Vec<u8> {
        let short = |tag: u8, parts: &[&[u8]]| {
            let content = parts.concat();
            [&[tag, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
        };
        let bag = short(0x30, &[&short(0x06, &[kind]), &short(0xA0, &[value])]);
        let length = u32::try_from(bag.len() * count).unwrap().to_be_bytes();
        let length: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
        [&[0x30, 0x80 | u8::try_from(length.len()).unwrap()], length.as_slice(), &bag.repeat(count)].concat()
    }

    fn take(safe: &[u8]) -> Result<(), PfxError> {
        Bags::default().take(safe, &mut Budget::new())
    }

    #[test]
    fn more_than_anybody_has_is_refused() {
        let key = oids::KEY_BAG;
        let certificate =
            [&[0x30, 0x11, 0x06, 0x0A][..], oids::X509_CERTIFICATE.as_bytes(), &[0xA0, 3, 4, 1, 0]].concat();
        for (kind, value, limit, what) in [
            (key, &[0x30, 0x00][..], MAX_KEYS, "keys"),
            (oids::CERT_BAG, &certificate, MAX_CERTIFICATES, "certificates"),
            (oids::LOCAL_KEY_ID, &[0x05, 0x00], MAX_BAGS, "bags"),
        ] {
            assert_eq!(take(&safe(kind.as_bytes(), value, limit)), Ok(()), "{what}");
            let error = PfxError::TooLarge { what, limit };
            assert_eq!(take(&safe(kind.as_bytes(), value, limit + 1)), Err(error));
        }
    }

    #[test]
    fn a_salt_longer_than_any_is_refused() {
        use super::super::derive::salt;
        assert!(salt(&[0; 1024]).is_ok());
        assert_eq!(salt(&[0; 1025]), Err(PfxError::TooLarge { what: "bytes of salt", limit: 1024 }));
    }
}

//! Which key and which certificate are meant.

use crate::certificate::Certificate;
use crate::error::Candidate;
use crate::material::{CertificateMaterial, KeyMaterial, Material};
use crate::{Error, Selector, detect};

/// A key, its certificate, and the chain that begins with it.
pub(crate) struct Selection {
    pub(crate) leaf: Certificate,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) key: KeyMaterial,
}

/// Chooses the pair that was asked for, or the only one.
pub(crate) fn select(mut material: Material, wanted: &Selector) -> Result<Selection, Error> {
    let unread = material.unread.take();
    let nothing = material.no_certificate();
    let keys = distinct(material.keys);
    let certificates = material.certificates;
    let mut pairs = pairs(&keys, &certificates, wanted);
    if pairs.len() > 1 {
        return Err(Error::Ambiguous { candidates: pairs.iter().map(|(_, c)| candidate(&c.certificate)).collect() });
    }
    let Some((key, leaf)) = pairs.pop() else {
        return Err(why_none(&keys, &certificates, wanted, unread, nothing));
    };
    let leaf = leaf.certificate.clone();
    let chain = chain(&leaf, &certificates);
    let key = keys.into_iter().nth(key).ok_or(Error::NoCertificate { what: detect::ONLY_A_KEY })?;
    Ok(Selection { leaf, chain, key })
}

/// The same key twice is one key; the copy that knows its provider stays.
fn distinct(keys: Vec<KeyMaterial>) -> Vec<KeyMaterial> {
    let mut kept: Vec<KeyMaterial> = Vec::new();
    for key in keys {
        match kept.iter_mut().find(|k| k.key.modulus == key.key.modulus) {
            Some(known) if known.provider.is_none() => *known = key,
            Some(_) => {}
            None => kept.push(key),
        }
    }
    kept
}

/// Every key that has a certificate, with the one certificate that is meant for it.
fn pairs<'a>(
    keys: &[KeyMaterial],
    certificates: &'a [CertificateMaterial],
    wanted: &Selector,
) -> Vec<(usize, &'a CertificateMaterial)> {
    let of_key = |(index, key): (usize, &KeyMaterial)| {
        let its = |c: &&CertificateMaterial| c.certificate.belongs_to(&key.key.modulus, &key.key.exponent);
        let mut its: Vec<_> = certificates.iter().filter(its).collect();
        its.retain(|c| wanted.matches(&c.certificate));
        newest_or_named(its, key).map(|certificate| (index, certificate))
    };
    keys.iter().enumerate().filter_map(of_key).collect()
}

/// A key that was kept at renewal has several: the one with the key's own id counts, else the one that lasts longest.
fn newest_or_named<'a>(
    mut certificates: Vec<&'a CertificateMaterial>,
    key: &KeyMaterial,
) -> Option<&'a CertificateMaterial> {
    let named = |c: &&'a CertificateMaterial| c.local_key_id.is_some() && c.local_key_id == key.local_key_id;
    if certificates.iter().any(&named) {
        certificates.retain(named);
    }
    certificates.into_iter().max_by_key(|c| c.certificate.not_after())
}

fn why_none(
    keys: &[KeyMaterial],
    certificates: &[CertificateMaterial],
    wanted: &Selector,
    unread: Option<Error>,
    nothing: Error,
) -> Error {
    let pairs = pairs(keys, certificates, &Selector::Only);
    let Some(meant) = certificates.iter().map(|c| &c.certificate).find(|c| wanted.matches(c)) else {
        return match (pairs.is_empty(), certificates) {
            (_, []) => unread.unwrap_or(nothing),
            (true, all) => not_in_file(wanted, all.iter()),
            (false, _) => not_in_file(wanted, pairs.iter().map(|(_, certificate)| *certificate)),
        };
    };
    match unread {
        Some(error) => error,
        None if keys.is_empty() => no_key(meant, "there is only the certificate"),
        None if pairs.is_empty() => Error::KeyMismatch { thumbprint: meant.thumbprint() },
        None => no_key(meant, "there is only the certificate, and keys of others"),
    }
}

fn not_in_file<'a>(wanted: &Selector, found: impl Iterator<Item = &'a CertificateMaterial>) -> Error {
    Error::NotInFile { wanted: wanted.clone(), found: found.map(|c| candidate(&c.certificate)).collect() }
}

fn no_key(meant: &Certificate, what: &'static str) -> Error {
    match meant.require_rsa() {
        Ok(()) => Error::NoPrivateKey { what: what.into() },
        Err(unsupported) => unsupported,
    }
}

/// The certificate, then its issuers as far as they are there; the order in the file does not matter.
fn chain(leaf: &Certificate, certificates: &[CertificateMaterial]) -> Vec<Certificate> {
    let mut chain = vec![leaf.clone()];
    while let Some(last) = chain.last().filter(|last| chain.len() < MAX_CHAIN && !last.is_self_issued()) {
        let issuer = certificates
            .iter()
            .map(|c| &c.certificate)
            .find(|candidate| last.names_as_issuer(candidate) && !chain.contains(candidate));
        match issuer {
            Some(issuer) => chain.push(issuer.clone()),
            None => break,
        }
    }
    chain
}

pub(crate) fn candidate(certificate: &Certificate) -> Candidate {
    Candidate {
        thumbprint: certificate.thumbprint(),
        subject: certificate.subject().to_owned(),
        not_after: certificate.not_after(),
    }
}

// Real ones have three or four.
const MAX_CHAIN: usize = 32;

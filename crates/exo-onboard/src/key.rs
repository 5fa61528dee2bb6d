//! An app's certificates as Graph shows them.

use crate::read::{list, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::{Certificate, Thumbprint};
use serde_json::Value;

/// The thumbprint of an entry of `keyCredentials`.
///
/// The certificate itself tells it where Graph gives it; else `customKeyIdentifier` does, which is the thumbprint as
/// hexadecimal digits or as base64 of its bytes, unless somebody gave it a meaning of their own.
pub(crate) fn thumbprint(key: &Value) -> Option<Thumbprint> {
    let told = || {
        let id = text(key, "customKeyIdentifier")?;
        id.parse().ok().or_else(|| Some(Thumbprint::new(STANDARD.decode(id).ok()?.try_into().ok()?)))
    };
    itself(key).map(|certificate| certificate.thumbprint()).or_else(told)
}

fn itself(key: &Value) -> Option<Certificate> {
    Certificate::from_bytes(&STANDARD.decode(text(key, "key")?).ok()?).ok()
}

/// The entry of a certificate among those of an app.
pub(crate) fn of<'a>(application: &'a Value, certificate: &Certificate) -> Option<&'a Value> {
    list(application, "keyCredentials").iter().find(|key| thumbprint(key) == Some(certificate.thumbprint()))
}

/// Which certificates are removed when another one has been seen to work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retire {
    /// These.
    Only(Vec<Thumbprint>),
    /// All but the new one.
    Others,
    /// None.
    Nothing,
}

impl Retire {
    /// What is left of an app's entries; the new certificate stays, once.
    pub(crate) fn left(&self, keys: &[Value], new: Thumbprint) -> Vec<Value> {
        let mut seen = false;
        let stays = |key: &&Value| match thumbprint(key) {
            Some(known) if known == new => !std::mem::replace(&mut seen, true),
            known => !self.retires(known),
        };
        keys.iter().filter(stays).cloned().collect()
    }

    /// Whether a certificate is one that goes.
    pub(crate) fn retires(&self, thumbprint: Option<Thumbprint>) -> bool {
        match self {
            Self::Only(these) => thumbprint.is_some_and(|known| these.contains(&known)),
            Self::Others => true,
            Self::Nothing => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn certificate() -> Certificate {
        Certificate::from_bytes(include_bytes!("../../exo-cert/tests/data/contoso.crt")).unwrap()
    }

    #[test]
    fn a_key_is_known_by_either_form_of_its_thumbprint_or_by_itself() {
        let certificate = certificate();
        let known = certificate.thumbprint();
        for key in [
            json!({ "customKeyIdentifier": known.to_string() }),
            json!({ "customKeyIdentifier": known.to_string().to_lowercase() }),
            json!({ "customKeyIdentifier": known.base64(), "key": null }),
            json!({ "key": STANDARD.encode(certificate.der()), "customKeyIdentifier": "bXkgb3du" }),
        ] {
            assert_eq!(thumbprint(&key), Some(known), "{key}");
        }
        for other in [json!({}), json!({ "customKeyIdentifier": "" }), json!({ "key": "AAAA" }), json!({ "key": "%" })]
        {
            assert_eq!(thumbprint(&other), None, "{other}");
        }
    }

    #[test]
    fn the_new_one_stays_once_whatever_is_retired() {
        let new = certificate().thumbprint();
        let old = Thumbprint::new([7; 20]);
        let key = |id: Thumbprint| json!({ "customKeyIdentifier": id.to_string() });
        let strange = json!({ "customKeyIdentifier": "?" });
        let keys = [key(old), key(new), key(new), strange.clone()];
        assert_eq!(Retire::Others.left(&keys, new), [key(new)]);
        assert_eq!(Retire::Only(vec![old]).left(&keys, new), [key(new), strange.clone()]);
        assert_eq!(Retire::Only(vec![new]).left(&keys, new), [key(old), key(new), strange.clone()]);
        assert_eq!(Retire::Nothing.left(&keys, new), [key(old), key(new), strange]);
    }
}

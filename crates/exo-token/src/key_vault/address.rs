//! The address of a certificate in a key vault, as people paste it.

use exo_model::{Cloud, Diagnose, ErrorKind, Origin, Scope};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A text that is not the address of a certificate in a key vault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the address of a certificate in a key vault ({why})")]
#[non_exhaustive]
pub struct InvalidVaultCertificate {
    /// What was given, without user, password and query.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Diagnose for InvalidVaultCertificate {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Profile
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some("copy the certificate identifier from the vault, such as https://contoso.vault.azure.net/certificates/exo-app".into())
    }
}

/// The address of a certificate in a key vault.
///
/// The address of the secret or the key of the same name, a version and a slash at the end are understood, too; without
/// a version the newest is meant. Since the vault is sent a token, its host must be a key vault of one of the clouds, or
/// this machine; [`allowing`](Self::allowing) adds another.
///
/// ```
/// use exo_token::VaultCertificate;
///
/// let certificate: VaultCertificate = "https://contoso.vault.azure.net/secrets/exo-app/".parse()?;
/// assert_eq!(certificate.to_string(), "https://contoso.vault.azure.net/certificates/exo-app");
/// assert_eq!(certificate.scope().as_str(), "https://vault.azure.net/.default");
/// assert!("https://contoso.vault.azure.net.example/certificates/exo-app".parse::<VaultCertificate>().is_err());
/// # Ok::<(), exo_token::InvalidVaultCertificate>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VaultCertificate {
    vault: Origin,
    name: String,
    version: Option<String>,
}

impl VaultCertificate {
    /// The same, where the vault may have this address: that of a private endpoint or of a gateway, for instance.
    ///
    /// # Errors
    ///
    /// [`InvalidVaultCertificate`], as from [`FromStr`].
    pub fn allowing(text: &str, host: &Origin) -> Result<Self, InvalidVaultCertificate> {
        Self::read(text, Some(host))
    }

    /// Scheme, host and port of the vault.
    pub fn vault(&self) -> &Origin {
        &self.vault
    }

    /// The certificate's name in the vault.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version that was asked for; the newest if there is none.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// What a token for this vault is asked for: by its cloud, and as in the worldwide cloud where that cannot be seen.
    pub fn scope(&self) -> Scope {
        let cloud = cloud_of(&self.vault).unwrap_or_default();
        cloud.endpoints().key_vault_scope
    }

    /// The path of the object of this name in another collection: `secrets`, `keys`.
    pub(super) fn path(&self, collection: &str) -> String {
        match &self.version {
            Some(version) => format!("/{collection}/{}/{version}", self.name),
            None => format!("/{collection}/{}", self.name),
        }
    }

    /// The path of the key whose address the vault gave; nothing if that is no key of this vault.
    ///
    /// A vault that is reached under a name of its own goes on calling itself by its real one.
    pub(super) fn key_path(&self, address: &str) -> Option<String> {
        let (vault, path) = split(address).ok()?;
        let object = object(path).ok().filter(|object| object.collection == "keys")?;
        let renamed = cloud_of(&self.vault).is_none() && cloud_of(&vault).is_some();
        let ours = vault == self.vault || renamed;
        let version = object.version.map(|version| format!("/{version}")).unwrap_or_default();
        ours.then(|| format!("/keys/{}{version}", object.name))
    }

    fn read(text: &str, allowed: Option<&Origin>) -> Result<Self, InvalidVaultCertificate> {
        let fail = |why| InvalidVaultCertificate { text: shown(text), why };
        let (vault, path) = split(text).map_err(fail)?;
        if !vault.is_loopback() && allowed != Some(&vault) {
            check(&vault).map_err(fail)?;
        }
        let object = object(path).map_err(fail)?;
        Ok(Self { name: object.name.to_owned(), version: object.version.map(str::to_owned), vault })
    }
}

impl FromStr for VaultCertificate {
    type Err = InvalidVaultCertificate;

    fn from_str(text: &str) -> Result<Self, InvalidVaultCertificate> {
        Self::read(text, None)
    }
}

impl fmt::Display for VaultCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.vault, self.path("certificates"))
    }
}

/// What a path names.
struct Object<'a> {
    collection: &'static str,
    name: &'a str,
    version: Option<&'a str>,
}

/// The vault and the path, without what can stand around and behind them.
fn split(text: &str) -> Result<(Origin, &str), &'static str> {
    let text = text.trim().trim_matches(['"', '\'', '<', '>']);
    let text = text.split(['?', '#']).next().unwrap_or_default();
    if text.starts_with("/subscriptions/") {
        return Err("it is the id of the resource, not the address of the certificate");
    }
    let after_scheme = text.find("://").map_or(0, |at| at + 3);
    let host_ends = text.bytes().skip(after_scheme).position(|b| b == b'/').map_or(text.len(), |at| after_scheme + at);
    let (origin, path) = text.split_at_checked(host_ends).unwrap_or((text, ""));
    Ok((origin.parse::<Origin>().map_err(|error| error.why)?, path))
}

fn object(path: &str) -> Result<Object<'_>, &'static str> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (collection, name, version) = (parts.next(), parts.next(), parts.next());
    let (Some(collection), Some(name), None) = (collection, name, parts.next()) else {
        return Err("after the vault comes /certificates/NAME, and a version if one is meant");
    };
    let known = |collection: &str| COLLECTIONS.iter().find(|known| known.eq_ignore_ascii_case(collection));
    let collection = known(collection).ok_or("it names neither a certificate nor its secret or key")?;
    if name.len() > 127 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err("the certificate's name has other characters than letters, digits and hyphens");
    }
    if version.is_some_and(|v| v.eq_ignore_ascii_case("pending")) {
        return Err("it is the address of a request that is not finished");
    }
    if version.is_some_and(|v| v.len() > 64 || !v.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return Err("the version has other characters than letters and digits");
    }
    Ok(Object { collection, name, version })
}

/// The three faces of one certificate.
const COLLECTIONS: &[&str] = &["certificates", "secrets", "keys"];

/// A token must not go elsewhere.
fn check(vault: &Origin) -> Result<(), &'static str> {
    if cloud_of(vault).is_some() && vault.port().is_none() {
        return Ok(());
    }
    Err(match vault.host() {
        host if is_below(host, "managedhsm.azure.net") => "a managed HSM holds no certificates",
        _ => {
            "its host is no key vault of a known cloud, and a token is sent to no other; allow the host if it is meant"
        }
    })
}

/// The cloud whose key vaults have such a name.
fn cloud_of(vault: &Origin) -> Option<Cloud> {
    Cloud::ALL.iter().copied().find(|cloud| is_below(vault.host(), &cloud.endpoints().key_vault_suffix))
}

/// Whether a host has one label before this name.
fn is_below(host: &str, name: &str) -> bool {
    let label = host.strip_suffix(name).and_then(|rest| rest.strip_suffix('.'));
    label.is_some_and(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

/// What of a wrong address is repeated: neither user nor password, nor a query.
fn shown(text: &str) -> String {
    let text = text.trim().split(['?', '#']).next().unwrap_or_default();
    let shown = match text.rsplit_once('@') {
        Some((_, after)) => format!("***@{after}"),
        None => text.to_owned(),
    };
    shown.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: &str = "https://contoso.vault.azure.net/certificates/exo-app";

    fn why(text: &str) -> &'static str {
        text.parse::<VaultCertificate>().unwrap_err().why
    }

    #[test]
    fn whatever_people_paste_is_the_same_certificate() {
        for text in [
            PLAIN,
            "https://contoso.vault.azure.net/certificates/exo-app/",
            "https://contoso.vault.azure.net//certificates//exo-app",
            "https://CONTOSO.vault.azure.net:443/Certificates/exo-app",
            "https://contoso.vault.azure.net/secrets/exo-app",
            "https://contoso.vault.azure.net/keys/exo-app/",
            "contoso.vault.azure.net/certificates/exo-app",
            " \"https://contoso.vault.azure.net/certificates/exo-app\"\n",
            "https://contoso.vault.azure.net/certificates/exo-app?api-version=7.4",
        ] {
            assert_eq!(text.parse::<VaultCertificate>().unwrap().to_string(), PLAIN, "{text}");
        }
        let version = "https://contoso.vault.azure.net/secrets/exo-app/7f6a39b8a9b04aa8b4a5d0f4c8f0a3c1/";
        let certificate: VaultCertificate = version.parse().unwrap();
        assert_eq!(certificate.version(), Some("7f6a39b8a9b04aa8b4a5d0f4c8f0a3c1"));
        assert_eq!(certificate.to_string(), format!("{PLAIN}/7f6a39b8a9b04aa8b4a5d0f4c8f0a3c1"));
    }

    #[test]
    fn the_scope_is_that_of_the_vaults_cloud() {
        for (host, scope) in [
            ("contoso.vault.azure.net", "https://vault.azure.net/.default"),
            ("contoso.vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net/.default"),
            ("contoso.vault.azure.cn", "https://vault.azure.cn/.default"),
            ("contoso.vault.localhost:8443", "https://vault.azure.net/.default"),
        ] {
            let certificate: VaultCertificate = format!("https://{host}/certificates/a").parse().unwrap();
            assert_eq!(certificate.scope().as_str(), scope);
        }
    }

    #[test]
    fn a_token_goes_to_key_vaults_only() {
        for host in [
            "example.com",
            "vault.azure.net",
            "contoso.vault.azure.net.example",
            "contosovault.azure.net",
            "a.b.vault.azure.net",
            "contoso.vault.azure.net:8443",
            "contoso.privatelink.vaultcore.azure.net",
        ] {
            assert!(why(&format!("https://{host}/certificates/exo-app")).contains("no key vault"), "{host}");
        }
        assert!(why("https://contoso.managedhsm.azure.net/certificates/a").contains("managed HSM"));
        assert!(why("http://contoso.vault.azure.net/certificates/a").contains("http"));
        assert!(why("https://user:marked@contoso.vault.azure.net/certificates/a").contains("only scheme"));
    }

    #[test]
    fn another_host_may_be_allowed_and_that_alone() {
        let allowed: Origin = "https://vault.corp.example:8443".parse().unwrap();
        let text = "https://vault.corp.example:8443/certificates/exo-app";
        assert_eq!(VaultCertificate::allowing(text, &allowed).unwrap().to_string(), text);
        assert!(VaultCertificate::allowing("https://vault.corp.example/certificates/exo-app", &allowed).is_err());
        assert!(VaultCertificate::allowing(PLAIN, &allowed).is_ok());
    }

    #[test]
    fn what_names_no_certificate_is_refused_in_words() {
        for (text, part) in [
            ("", "host"),
            ("https://contoso.vault.azure.net", "/certificates/NAME"),
            ("https://contoso.vault.azure.net/certificates/", "/certificates/NAME"),
            ("https://contoso.vault.azure.net/certificates/a/b/c", "/certificates/NAME"),
            ("https://contoso.vault.azure.net/storage/a", "neither a certificate"),
            ("https://contoso.vault.azure.net/certificates/a_b", "hyphens"),
            ("https://contoso.vault.azure.net/certificates/a%2f..", "hyphens"),
            ("https://contoso.vault.azure.net/certificates/a/..", "letters and digits"),
            ("https://contoso.vault.azure.net/certificates/a/pending", "not finished"),
            ("/subscriptions/1/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v/certificates/a", "resource"),
        ] {
            assert!(why(text).contains(part), "{text}: {}", why(text));
        }
        let error = "https://user:marked@example.com/x?marked".parse::<VaultCertificate>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("marked"), "{error}");
    }

    #[test]
    fn a_key_of_another_vault_is_not_signed_with() {
        let certificate: VaultCertificate = PLAIN.parse().unwrap();
        let path = |address: &str| certificate.key_path(address);
        assert_eq!(path("https://contoso.vault.azure.net/keys/exo-app/1a").as_deref(), Some("/keys/exo-app/1a"));
        assert_eq!(path("https://fabrikam.vault.azure.net/keys/exo-app/1a"), None);
        assert_eq!(path("https://contoso.vault.azure.net/secrets/exo-app/1a"), None);
        assert_eq!(path("http://127.0.0.1:1/keys/exo-app/1a"), None);
        assert_eq!(path("https://contoso.vault.azure.net/keys/exo-app/1a/../../x"), None);
        // Under an address of its own, the vault goes on with its real name.
        let local: VaultCertificate = "https://127.0.0.1:8443/certificates/exo-app".parse().unwrap();
        let address = "https://contoso.vault.azure.net/keys/exo-app/1a";
        assert_eq!(local.key_path(address).as_deref(), Some("/keys/exo-app/1a"));
        assert_eq!(local.key_path("https://example.com/keys/exo-app/1a"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text: String) {
            drop(text.parse::<VaultCertificate>());
            drop(format!("https://contoso.vault.azure.net/{text}").parse::<VaultCertificate>());
        }

        #[test]
        fn what_is_read_is_written_as_it_was(name in "[a-zA-Z0-9-]{1,40}", version in proptest::option::of("[0-9a-f]{32}")) {
            let version = version.map(|v| format!("/{v}")).unwrap_or_default();
            let text = format!("https://contoso.vault.azure.net/certificates/{name}{version}");
            prop_assert_eq!(text.parse::<VaultCertificate>().unwrap().to_string(), text);
        }
    }
}

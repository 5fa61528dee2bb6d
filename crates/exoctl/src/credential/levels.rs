//! Which credential flags, variables and profile mean together; two that contradict each other are refused.

use super::{Credential, Keyless, Signing, TokenPlace, Vault};
use crate::arguments::{CredentialKeys, SignIn};
use crate::certificate_source::{Named, environment_name};
use crate::environment;
use crate::failure::{Failure, Result};
use crate::profile_file::Settings;
use exo_model::{AppId, ErrorKind, Origin};
use exo_token::{CredentialKind, Identity, VaultCertificate};
use std::path::PathBuf;
use std::str::FromStr;

/// What flags, variables and profile say of the credential, in the order of their precedence.
#[derive(Debug)]
pub(crate) struct Levels<'a> {
    flags: &'a SignIn,
    settings: &'a Settings,
    said: [Level; 3],
}

/// What one of them says.
#[derive(Debug)]
struct Level {
    keys: CredentialKeys,
    certificate: Named,
    spelling: fn(&str) -> String,
}

impl<'a> Levels<'a> {
    /// The three levels as they are.
    pub(crate) fn of(flags: &'a SignIn, settings: &'a Settings) -> Self {
        let level = |keys, certificate, spelling| Level { keys, certificate, spelling };
        let said = [
            level(flags.credential.clone(), flags.named(), |key| format!("--{key}")),
            level(CredentialKeys::in_environment(), Named::in_environment(), environment_name),
            level(settings.credential_keys(), settings.named(), |key| format!("`{key}`")),
        ];
        Self { flags, settings, said }
    }

    /// The kind that the highest level names which names any; `None` where nobody says anything.
    pub(crate) fn kind(&self) -> Result<Option<CredentialKind>> {
        for level in &self.said {
            if let Some(kind) = level.kind()? {
                return Ok(Some(kind));
            }
        }
        Ok(None)
    }

    /// The credential of this kind; `None` where the place of the certificate is missing.
    pub(crate) fn credential(&self, kind: CredentialKind) -> Result<Option<Credential>> {
        let signing = self.settings.signing(self.flags)?;
        Ok(Some(match kind {
            CredentialKind::Certificate => match self.settings.certificate(self.flags)? {
                Some(source) => Credential::Certificate(source, signing),
                None => return Ok(None),
            },
            CredentialKind::KeyVault => Credential::KeyVault(Box::new(self.vault(signing)?)),
            CredentialKind::RawToken => Credential::Given(self.given()?),
            CredentialKind::ClientSecret => return Err(crate::client_secret::refusal("--credential client-secret")),
            keyless => Credential::Keyless(self.keyless(keyless)?),
        }))
    }

    fn keyless(&self, kind: CredentialKind) -> Result<Keyless> {
        Ok(match kind {
            CredentialKind::ManagedIdentity => Keyless::ManagedIdentity(self.identity()?),
            CredentialKind::FederatedManagedIdentity => Keyless::Vouched(self.identity()?),
            CredentialKind::GitHubActions => Keyless::GitHubActions,
            CredentialKind::AzurePipelines => {
                let id = self.text(|keys| &keys.service_connection_id);
                let id = id.or_else(|| environment::variable("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"));
                Keyless::AzurePipelines(id.ok_or_else(|| {
                    missing("service-connection-id", "the task gives it as AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
                })?)
            }
            CredentialKind::WorkloadIdentityFile => {
                let usual = || environment::variable("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from);
                let path = self.path(|keys| &keys.federated_token_file).or_else(usual).ok_or_else(|| {
                    missing("federated-token-file", "the platform gives it as AZURE_FEDERATED_TOKEN_FILE")
                })?;
                if environment::is_content(&path) {
                    let text = format!("the federated token's file cannot be read{}", environment::NO_NAME);
                    return Err(Failure::new(ErrorKind::Profile, text));
                }
                Keyless::TokenFile(path)
            }
            other => {
                let text = format!("{} opens no key vault", other.title());
                return Err(Failure::new(ErrorKind::Profile, text).hinted(OPENERS));
            }
        })
    }

    /// The managed identity that the highest level names which names any; else the system-assigned one.
    fn identity(&self) -> Result<Identity> {
        for Level { keys, spelling, .. } in &self.said {
            let named: Vec<(&str, String)> = [
                ("managed-identity-client-id", filled(keys.managed_identity_client_id.as_ref())),
                ("managed-identity-object-id", filled(keys.managed_identity_object_id.as_ref())),
                ("managed-identity-resource-id", filled(keys.managed_identity_resource_id.as_ref())),
            ]
            .into_iter()
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .collect();
            match named.as_slice() {
                [] => {}
                [(key, value)] if key.ends_with("object-id") => return Ok(format!("object-id:{value}").parse()?),
                [(_, value)] => return Ok(value.parse()?),
                [(first, _), (second, _), ..] => {
                    let (first, second) = (spelling(first), spelling(second));
                    let text = format!("the managed identity is given twice, by {first} and {second}");
                    return Err(Failure::usage(text).hinted("keep one of them"));
                }
            }
        }
        Ok(Identity::System)
    }

    fn vault(&self, signing: Signing) -> Result<Vault> {
        let url = self.text(|keys| &keys.key_vault_certificate).ok_or_else(|| {
            missing("key-vault-certificate", "for example https://contoso.vault.azure.net/certificates/exo-app")
        })?;
        let certificate = match self.text(|keys| &keys.key_vault_host) {
            Some(host) => VaultCertificate::allowing(&url, &checked::<Origin>(&host)?)?,
            None => url.parse()?,
        };
        let opener = match self.text(|keys| &keys.key_vault_credential) {
            Some(name) => name.parse().map_err(|error| profile(&error))?,
            None => self.opener(),
        };
        let app_id = self.text(|keys| &keys.key_vault_app_id);
        Ok(Vault {
            certificate,
            fetch: self.fetches()?,
            opener: self.keyless(opener)?,
            app_id: app_id.map(|id| checked::<AppId>(&id)).transpose()?,
            signing,
            allow_expired: self.flags.allow_expired || self.settings.allow_expired,
        })
    }

    /// What opens the vault, by the other keys that are given beside it.
    fn opener(&self) -> CredentialKind {
        let named = self.said.iter().flat_map(Level::named);
        let helpers = named.map(|(kind, _)| kind).filter(|kind| helps(*kind, CredentialKind::KeyVault));
        helpers.into_iter().next().unwrap_or(CredentialKind::ManagedIdentity)
    }

    fn fetches(&self) -> Result<bool> {
        match self.text(|keys| &keys.key_vault_mode).as_deref() {
            None | Some("sign") => Ok(false),
            Some("fetch") => Ok(true),
            Some(other) => {
                let text = format!("`{other}` is not a way to use a key vault; there are sign and fetch");
                Err(Failure::new(ErrorKind::Profile, text))
            }
        }
    }

    fn given(&self) -> Result<TokenPlace> {
        for Level { keys, spelling, .. } in &self.said {
            let file = keys.access_token_file.clone().filter(|path| !path.as_os_str().is_empty());
            match (file, filled(keys.access_token_env.as_ref())) {
                (Some(_), Some(_)) => {
                    let (first, second) = (spelling("access-token-file"), spelling("access-token-env"));
                    let text = format!("the access token is given twice, by {first} and {second}");
                    return Err(Failure::usage(text).hinted("keep one of them; a file may hold one for each service"));
                }
                (Some(path), None) => return Ok(TokenPlace::of_path(path)),
                (None, Some(name)) => return Ok(TokenPlace::Variable(name)),
                (None, None) => {}
            }
        }
        Err(missing("access-token-file", "or --access-token-env with the name of a variable"))
    }

    /// The text of the highest level that has one.
    fn text(&self, key: fn(&CredentialKeys) -> &Option<String>) -> Option<String> {
        self.said.iter().find_map(|level| filled(key(&level.keys).as_ref()))
    }

    fn path(&self, key: fn(&CredentialKeys) -> &Option<PathBuf>) -> Option<PathBuf> {
        let filled = |path: &PathBuf| !path.as_os_str().is_empty();
        self.said.iter().find_map(|level| key(&level.keys).clone().filter(filled))
    }
}

impl Level {
    /// The kind that this level means, if it means any; two are a mistake.
    fn kind(&self) -> Result<Option<CredentialKind>> {
        let named = self.named();
        let Some(word) = filled(self.keys.credential.as_ref()) else { return self.inferred(&named) };
        let kind: CredentialKind = word.parse().map_err(|error| profile(&error))?;
        if let Some((other, key)) = named.iter().find(|(other, _)| *other != kind && !helps(*other, kind)) {
            let said = format!("{} {kind}", (self.spelling)("credential"));
            return Err(contradiction(&said, kind, &(self.spelling)(key), *other));
        }
        Ok(Some(kind))
    }

    /// The one kind whose keys are given.
    fn inferred(&self, named: &[(CredentialKind, &str)]) -> Result<Option<CredentialKind>> {
        let main = |kind| !named.iter().any(|(other, _)| *other != kind && helps(kind, *other));
        let mut kinds = named.iter().filter(|(kind, _)| main(*kind));
        let Some((kind, key)) = kinds.next() else { return Ok(None) };
        match kinds.find(|(other, _)| other != kind) {
            None => Ok(Some(*kind)),
            Some((other, second)) => Err(contradiction(&(self.spelling)(key), *kind, &(self.spelling)(second), *other)),
        }
    }

    /// The keys that are given, and the kind that each belongs to.
    fn named(&self) -> Vec<(CredentialKind, &'static str)> {
        use CredentialKind::{AzurePipelines, Certificate, KeyVault, ManagedIdentity, RawToken, WorkloadIdentityFile};
        let (keys, certificate) = (&self.keys, &self.certificate);
        let text = |value: &Option<String>| filled(value.as_ref()).is_some();
        let path = |value: &Option<PathBuf>| value.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
        let all = [
            (Certificate, "certificate-file", path(&certificate.file)),
            (Certificate, "certificate-env", text(&certificate.variable)),
            (Certificate, "certificate-command", text(&certificate.command)),
            (Certificate, "certificate-thumbprint", text(&certificate.thumbprint)),
            (KeyVault, "key-vault-certificate", text(&keys.key_vault_certificate)),
            (ManagedIdentity, "managed-identity-client-id", text(&keys.managed_identity_client_id)),
            (ManagedIdentity, "managed-identity-object-id", text(&keys.managed_identity_object_id)),
            (ManagedIdentity, "managed-identity-resource-id", text(&keys.managed_identity_resource_id)),
            (WorkloadIdentityFile, "federated-token-file", path(&keys.federated_token_file)),
            (AzurePipelines, "service-connection-id", text(&keys.service_connection_id)),
            (RawToken, "access-token-file", path(&keys.access_token_file)),
            (RawToken, "access-token-env", text(&keys.access_token_env)),
        ];
        all.into_iter().filter(|(.., given)| *given).map(|(kind, key, _)| (kind, key)).collect()
    }
}

impl CredentialKeys {
    /// What the variables say.
    fn in_environment() -> Self {
        let text = |key: &str| environment::variable(&environment_name(key));
        Self {
            credential: text("credential"),
            key_vault_certificate: text("key-vault-certificate"),
            key_vault_mode: text("key-vault-mode"),
            key_vault_credential: text("key-vault-credential"),
            key_vault_app_id: text("key-vault-app-id"),
            key_vault_host: text("key-vault-host"),
            managed_identity_client_id: text("managed-identity-client-id"),
            managed_identity_object_id: text("managed-identity-object-id"),
            managed_identity_resource_id: text("managed-identity-resource-id"),
            federated_token_file: text("federated-token-file").map(PathBuf::from),
            service_connection_id: text("service-connection-id"),
            access_token_file: text("access-token-file").map(PathBuf::from),
            access_token_env: text("access-token-env"),
        }
    }
}

/// Whether the keys of one kind may stand beside another, because that needs them.
fn helps(kind: CredentialKind, main: CredentialKind) -> bool {
    use CredentialKind::{AzurePipelines, FederatedManagedIdentity, KeyVault, ManagedIdentity, WorkloadIdentityFile};
    matches!(
        (kind, main),
        (ManagedIdentity, FederatedManagedIdentity)
            | (ManagedIdentity | WorkloadIdentityFile | AzurePipelines, KeyVault)
    )
}

fn contradiction(first: &str, kind: CredentialKind, second: &str, other: CredentialKind) -> Failure {
    let text = format!(
        "{first} means {}, and {second} means {}: an app proves itself in one way",
        kind.title(),
        other.title()
    );
    Failure::usage(text).hinted("keep one of them; a flag hides what variables and the profile say of another")
}

fn missing(flag: &str, more: &str) -> Failure {
    let text = format!("`--{flag}` is missing: give it, set {}, or write it into the profile", environment_name(flag));
    Failure::new(ErrorKind::Profile, text).hinted(more.to_owned())
}

fn filled(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A value of the profile that is wrong is the profile's fault, whatever the type says.
fn checked<T: FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T> {
    value.parse().map_err(|error| profile(&error))
}

fn profile(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(ErrorKind::Profile, error.to_string())
}

const OPENERS: &str = "give --key-vault-credential managed-identity, workload-identity, github-actions, azure-pipelines or federated-managed-identity";

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(profile: &str, flags: CredentialKeys) -> Result<Option<Credential>> {
        let settings: Settings = toml::from_str(profile).unwrap();
        let flags = SignIn { credential: flags, ..SignIn::default() };
        let levels = Levels::of(&flags, &settings);
        levels.kind()?.map_or(Ok(None), |kind| levels.credential(kind))
    }

    fn kind(profile: &str) -> Option<CredentialKind> {
        resolved(profile, CredentialKeys::default()).unwrap().map(|credential| credential.kind())
    }

    #[test]
    fn the_keys_tell_the_kind() {
        assert_eq!(kind(""), None);
        assert_eq!(kind("certificate-thumbprint = 'A'"), Some(CredentialKind::Certificate));
        assert_eq!(kind("federated-token-file = 'x'"), Some(CredentialKind::WorkloadIdentityFile));
        assert_eq!(kind("service-connection-id = 'x'"), Some(CredentialKind::AzurePipelines));
        assert_eq!(kind("access-token-env = 'X'"), Some(CredentialKind::RawToken));
        assert_eq!(kind(&format!("managed-identity-client-id = '{ID}'")), Some(CredentialKind::ManagedIdentity));
    }

    #[test]
    fn the_keys_of_what_opens_a_vault_stand_beside_it() {
        for (more, opener) in [
            (String::new(), CredentialKind::ManagedIdentity),
            (format!("managed-identity-object-id = '{ID}'"), CredentialKind::ManagedIdentity),
            ("federated-token-file = 'x'".to_owned(), CredentialKind::WorkloadIdentityFile),
            ("service-connection-id = 'x'".to_owned(), CredentialKind::AzurePipelines),
            ("key-vault-credential = 'github-actions'".to_owned(), CredentialKind::GitHubActions),
        ] {
            let profile = format!("key-vault-certificate = '{VAULT}'\n{more}");
            let Some(Credential::KeyVault(vault)) = resolved(&profile, CredentialKeys::default()).unwrap() else {
                panic!("{profile}")
            };
            assert_eq!((vault.opener.kind(), vault.fetch), (opener, false), "{profile}");
        }
    }

    #[test]
    fn a_flag_hides_the_kind_of_the_profile_and_takes_its_keys_where_they_fit() {
        let profile = format!("key-vault-certificate = '{VAULT}'\nmanaged-identity-client-id = '{ID}'");
        let flags = CredentialKeys { credential: Some("managed-identity".into()), ..CredentialKeys::default() };
        let Some(Credential::Keyless(Keyless::ManagedIdentity(identity))) = resolved(&profile, flags).unwrap() else {
            panic!("a managed identity")
        };
        assert!(matches!(identity, Identity::ClientId(id) if id.as_str() == ID));
    }

    #[test]
    fn an_identity_that_vouches_has_the_keys_of_an_identity() {
        let profile = format!("credential = 'federated-managed-identity'\nmanaged-identity-client-id = '{ID}'");
        assert_eq!(kind(&profile), Some(CredentialKind::FederatedManagedIdentity));
        let profile = "credential = 'federated-managed-identity'\nfederated-token-file = 'x'";
        assert_eq!(resolved(profile, CredentialKeys::default()).unwrap_err().kind(), ErrorKind::Usage);
    }

    const ID: &str = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";
    const VAULT: &str = "https://contoso.vault.azure.net/certificates/exo-app";
}

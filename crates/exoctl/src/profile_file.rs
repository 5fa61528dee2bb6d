//! The profile file: which keys there are, and where it is found.

use crate::arguments::CredentialKeys;
use crate::failure::{Failure, Result};
use crate::{client_secret, environment};
use exo_model::ErrorKind;
use exo_plugin_host::Isolation;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The profile file: `[profiles.NAME]` tables.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileFile {
    /// By their names.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Settings>,
}

impl ProfileFile {
    /// What the file says; `None` where there is none.
    fn read(path: &Path) -> Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(path, &error)),
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            if error.message().starts_with("unknown field `client-secret`") {
                return client_secret::refusal(&format!("profile file `{}`", path.display()));
            }
            Failure::new(
                ErrorKind::Profile,
                format!("profile file `{}` is not understood: {}", path.display(), error.message()),
            )
            .hinted(at_line(&text, error.span()))
        })
    }

    /// The profile of this name, with its paths meant from where the file stands.
    fn settings(&self, path: &Path, name: &str) -> Option<Settings> {
        Some(self.profiles.get(name)?.clone().beside(path.parent().unwrap_or(Path::new("."))))
    }
}

/// The profile that is used where none is named.
pub(crate) const DEFAULT: &str = "default";

/// Where the profile file is, or would be; `None` where the platform tells no home.
pub(crate) fn path(config: Option<&Path>) -> Option<PathBuf> {
    config.map(Path::to_owned).or_else(|| Some(environment::config_folder()?.join("config.toml")))
}

/// One profile as it is written; the keys are the names of the flags.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
pub(crate) struct Settings {
    pub(crate) app_id: Option<String>,
    pub(crate) organization: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) certificate_file: Option<PathBuf>,
    pub(crate) certificate_env: Option<String>,
    pub(crate) certificate_command: Option<String>,
    pub(crate) certificate_thumbprint: Option<String>,
    pub(crate) certificate_store: Option<PathBuf>,
    pub(crate) certificate_password_env: Option<String>,
    pub(crate) certificate_password_file: Option<PathBuf>,
    pub(crate) certificate_password_command: Option<String>,
    #[serde(default)]
    pub(crate) allow_expired: bool,
    #[serde(default)]
    pub(crate) allow_open_key_file: bool,
    #[serde(default)]
    pub(crate) require_csp: bool,
    pub(crate) signature_algorithm: Option<String>,
    #[serde(default)]
    pub(crate) send_chain: bool,
    pub(crate) wait_for_propagation: Option<u64>,
    pub(crate) token_cache: Option<PathBuf>,
    pub(crate) credential: Option<String>,
    pub(crate) key_vault_certificate: Option<String>,
    pub(crate) key_vault_mode: Option<String>,
    pub(crate) key_vault_credential: Option<String>,
    pub(crate) key_vault_app_id: Option<String>,
    pub(crate) key_vault_host: Option<String>,
    pub(crate) managed_identity_client_id: Option<String>,
    pub(crate) managed_identity_object_id: Option<String>,
    pub(crate) managed_identity_resource_id: Option<String>,
    pub(crate) federated_token_file: Option<PathBuf>,
    pub(crate) service_connection_id: Option<String>,
    pub(crate) access_token_file: Option<PathBuf>,
    pub(crate) access_token_env: Option<String>,
    pub(crate) cloud: Option<String>,
    pub(crate) login: Option<String>,
    pub(crate) token_url: Option<String>,
    pub(crate) exchange: Option<String>,
    pub(crate) compliance: Option<String>,
    pub(crate) graph: Option<String>,
    pub(crate) exchange_scope: Option<String>,
    pub(crate) compliance_scope: Option<String>,
    pub(crate) graph_scope: Option<String>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) concurrency: Option<u16>,
    pub(crate) max_wait: Option<u64>,
    pub(crate) isolation: Option<Isolation>,
}

impl Settings {
    /// The named profile, or the one named `default` if there is one.
    pub(crate) fn load(config: Option<&Path>, name: Option<&str>) -> Result<Self> {
        let explicit = config.is_some() || name.is_some();
        let Some(path) = path(config) else {
            return Ok(Self::default());
        };
        let file = match ProfileFile::read(&path)? {
            Some(file) => file,
            None if explicit => return Err(unreadable(&path, &std::io::ErrorKind::NotFound.into())),
            None => return Ok(Self::default()),
        };
        match (file.settings(&path, name.unwrap_or(DEFAULT)), name) {
            (Some(settings), _) => Ok(settings),
            (None, None) => Ok(Self::default()),
            (None, Some(name)) => {
                let known = file.profiles.keys().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
                let text = format!("profile `{name}` does not exist in `{}`", path.display());
                Err(Failure::new(ErrorKind::Profile, text).hinted(format!("there are: {known}")))
            }
        }
    }

    /// The profile of this name; an empty one where it does not exist yet.
    pub(crate) fn load_or_new(path: &Path, name: &str) -> Result<Self> {
        let file = ProfileFile::read(path)?;
        Ok(file.and_then(|file| file.settings(path, name)).unwrap_or_default())
    }

    /// What the profile says of credentials that are no certificate of this machine.
    pub(crate) fn credential_keys(&self) -> CredentialKeys {
        CredentialKeys {
            credential: self.credential.clone(),
            key_vault_certificate: self.key_vault_certificate.clone(),
            key_vault_mode: self.key_vault_mode.clone(),
            key_vault_credential: self.key_vault_credential.clone(),
            key_vault_app_id: self.key_vault_app_id.clone(),
            key_vault_host: self.key_vault_host.clone(),
            managed_identity_client_id: self.managed_identity_client_id.clone(),
            managed_identity_object_id: self.managed_identity_object_id.clone(),
            managed_identity_resource_id: self.managed_identity_resource_id.clone(),
            federated_token_file: self.federated_token_file.clone(),
            service_connection_id: self.service_connection_id.clone(),
            access_token_file: self.access_token_file.clone(),
            access_token_env: self.access_token_env.clone(),
        }
    }

    /// Paths in a profile are meant from where the profile stands.
    fn beside(mut self, folder: &Path) -> Self {
        let paths = [
            &mut self.certificate_file,
            &mut self.certificate_store,
            &mut self.certificate_password_file,
            &mut self.token_cache,
            &mut self.federated_token_file,
            &mut self.access_token_file,
            &mut self.ca_file,
        ];
        for path in paths.into_iter().flatten().filter(|path| path.as_os_str() != "-") {
            *path = folder.join(&path);
        }
        self
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::Profile, format!("profile file `{}` cannot be read: {error}", path.display()))
        .hinted("check --config and EXOCTL_CONFIG; the five lines of a profile are in the README")
}

fn at_line(text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let line = span.map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
    format!("see line {line}; the keys are the names of the flags, such as app-id, organization, certificate-file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> std::result::Result<ProfileFile, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(settings("[profiles.a]\napp-id='x'\n").is_ok());
        assert!(settings("[profiles.a]\nappid='x'\n").unwrap_err().to_string().contains("appid"));
        assert!(settings("[profiles.a]\ncertificate-password='x'\n").is_err(), "a password is never written");
    }
}

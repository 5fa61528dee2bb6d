//! The profile that an app is set up for: its file, its name, and what flags and file say of it.

use super::setup_file::SetupFile;
use crate::arguments::{Global, SignIn};
use crate::connect;
use crate::credential::AzureVariables;
use crate::failure::{Failure, Result};
use crate::profile::{checked, text};
use crate::profile_file::{self, Settings};
use crate::profile_writer::{ProfileEdit, path_in_profile};
use crate::site::Site;
use exo_http::{SystemClock, Transport};
use exo_model::{AppId, Clock, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Value;

/// A profile that may not exist yet.
#[derive(Debug)]
pub(super) struct Setup {
    /// The profile file, which may not exist yet.
    pub(super) config: PathBuf,
    /// The profile.
    pub(super) name: String,
    /// What it says.
    pub(super) settings: Settings,
    /// Where the tenant is.
    pub(super) site: Site,
    /// The options that name file and profile where they are not the usual ones.
    pub(super) options: String,
}

impl Setup {
    /// What flags and file say together.
    pub(super) fn of(sign_in: &SignIn, global: &Global) -> Result<Self> {
        crate::client_secret::refuse(sign_in.client_secret.as_ref())?;
        let config = profile_file::path(global.config.as_deref()).ok_or_else(|| {
            Failure::new(ErrorKind::Profile, "there is no place for the profile, as no home is known")
                .hinted("name a file with --config or EXOCTL_CONFIG")
        })?;
        let name = global.profile.clone().unwrap_or_else(|| profile_file::DEFAULT.to_owned());
        let settings = Settings::load_or_new(&config, &name)?;
        let site = Site::resolve(sign_in, &settings, &AzureVariables::default())?;
        let option = |name: &str, value: &str| format!(" --{name} {}", crate::shell::word(value));
        let file = global.config.as_ref().map(|config| option("config", &config.to_string_lossy()));
        let profile = global.profile.as_ref().map(|profile| option("profile", profile));
        let options = [file, profile].into_iter().flatten().collect();
        Ok(Self { config, name, settings, site, options })
    }

    /// The app, by flag or profile.
    pub(super) fn app_id(&self, sign_in: &SignIn) -> Result<Option<AppId>> {
        text(sign_in.app_id.as_ref(), self.settings.app_id.as_ref()).map(|id| checked(&id)).transpose()
    }

    /// What earlier runs remember.
    pub(super) fn file(&self) -> SetupFile {
        SetupFile::of(&self.config, &self.name, &self.site.tenant)
    }

    /// Network and time.
    pub(super) fn outside(&self) -> Result<(Arc<dyn Transport>, Arc<dyn Clock>)> {
        Ok((Arc::new(connect::network(self.site.ca_file.as_deref())?), Arc::new(SystemClock::new())))
    }

    /// The keys of the profile that the command line says; one that the profile has with another value is refused.
    pub(super) fn keys(&self, sign_in: &SignIn) -> Result<ProfileEdit> {
        let table = ProfileEdit::read(&self.config, &self.name);
        let mut edit = ProfileEdit::default();
        for (key, value) in said(sign_in, &self.config) {
            let other =
                PLACES.iter().find(|place| **place != key && PLACES.contains(&key) && table.contains_key(**place));
            if let Some((other, old)) = other.and_then(|other| Some((*other, table.get(*other)?))) {
                return Err(self.otherwise(other, old, &value));
            }
            match table.get(key) {
                Some(old) if self.same(key, old, &value) => {}
                Some(old) => return Err(self.otherwise(key, old, &value)),
                None => edit.set(key, value),
            }
        }
        Ok(edit)
    }

    /// Whether both mean the same, however a path is written.
    fn same(&self, key: &str, old: &Value, new: &Value) -> bool {
        let of_file = |value: &Value| {
            let folder = self.config.parent().unwrap_or(Path::new("."));
            value.as_str().map(|path| path_in_profile(&self.config, &folder.join(path)))
        };
        old == new || (PATHS.contains(&key) && of_file(old) == of_file(new))
    }

    fn otherwise(&self, key: &str, old: &Value, new: &Value) -> Failure {
        let text = format!("profile `{}` has {key} = {old}, and {new} is given", self.name);
        let hint = if key.starts_with("certificate") {
            "`exoctl app rollover` replaces a certificate; --profile NAME sets another profile up"
        } else {
            "--profile NAME sets another profile up"
        };
        Failure::new(ErrorKind::Profile, text).hinted(hint)
    }
}

/// What the command line says that a profile can hold.
fn said(flags: &SignIn, config: &Path) -> Vec<(&'static str, Value)> {
    let places = &flags.places;
    let mut keys: Vec<(&'static str, Value)> = Vec::new();
    for (key, text) in [
        ("app-id", &flags.app_id),
        ("organization", &flags.organization),
        ("tenant", &flags.tenant),
        ("certificate-env", &flags.certificate_env),
        ("certificate-command", &flags.certificate_command),
        ("certificate-thumbprint", &flags.certificate_thumbprint),
        ("certificate-password-env", &flags.certificate_password_env),
        ("certificate-password-command", &flags.certificate_password_command),
        ("signature-algorithm", &flags.signature_algorithm),
        ("key-vault-certificate", &flags.credential.key_vault_certificate),
        ("key-vault-mode", &flags.credential.key_vault_mode),
        ("key-vault-credential", &flags.credential.key_vault_credential),
        ("key-vault-app-id", &flags.credential.key_vault_app_id),
        ("key-vault-host", &flags.credential.key_vault_host),
        ("cloud", &places.cloud),
        ("login", &places.login),
        ("token-url", &places.token_url),
        ("exchange", &places.exchange),
        ("compliance", &places.compliance),
        ("graph", &places.graph),
        ("exchange-scope", &places.exchange_scope),
        ("compliance-scope", &places.compliance_scope),
        ("graph-scope", &places.graph_scope),
    ] {
        // A variable that is set to nothing is not set.
        keys.extend(text.as_ref().filter(|text| !text.trim().is_empty()).map(|text| (key, Value::from(text.as_str()))));
    }
    let paths = [
        &flags.certificate_file,
        &flags.certificate_password_file,
        &flags.certificate_store,
        &flags.token_cache,
        &places.ca_file,
    ];
    for (key, path) in PATHS.iter().zip(paths) {
        let named = path.as_ref().filter(|path| !path.as_os_str().is_empty() && path.as_os_str() != "-");
        keys.extend(named.map(|path| (*key, Value::from(path_in_profile(config, path)))));
    }
    for (key, on) in [
        ("allow-expired", flags.allow_expired),
        ("allow-open-key-file", flags.allow_open_key_file),
        ("require-csp", flags.require_csp),
        ("send-chain", flags.send_chain),
    ] {
        keys.extend(on.then_some((key, Value::from(true))));
    }
    let number = |number: u64| i64::try_from(number).ok().map(Value::from);
    for (key, set) in [("max-wait", places.max_wait), ("concurrency", places.concurrency.map(u64::from))] {
        keys.extend(set.and_then(number).map(|value| (key, value)));
    }
    keys
}

/// The keys of which each says where the certificate is.
const PLACES: &[&str] = &["certificate-file", "certificate-env", "certificate-command", "key-vault-certificate"];

/// The keys that are paths, meant from where the file stands.
const PATHS: &[&str] =
    &["certificate-file", "certificate-password-file", "certificate-store", "token-cache", "ca-file"];

//! What one run must remember for the next, beside the profile file; no secret is in it.

use crate::failure::{Failure, Result};
use exo_model::{ErrorKind, TenantName};
use exo_onboard::Kept;
use exo_output::ResultFile;
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file of one profile.
#[derive(Debug, Clone)]
pub(super) struct SetupFile {
    path: PathBuf,
    tenant: TenantName,
}

/// What is in it.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    tenant: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app: Option<Kept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rollover: Option<Successor>,
}

/// A certificate that is to take the place of another one, from before it is attached until the old one is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Successor {
    /// Certificate and key.
    pub(super) certificate_file: PathBuf,
    /// The file with the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password_file: Option<PathBuf>,
    /// The variable with the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password_env: Option<String>,
    /// The thumbprint of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) old: Option<String>,
}

impl SetupFile {
    /// The file of this profile, which need not exist.
    pub(super) fn of(config: &Path, profile: &str, tenant: &TenantName) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let letter = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        let name: String = profile.bytes().map(letter).collect();
        Self { path: config.with_file_name(format!("{name}.setup.json")), tenant: tenant.clone() }
    }

    /// What an earlier run has kept of the app, if there was one.
    pub(super) fn kept(&self) -> Result<Option<Kept>> {
        Ok(self.content()?.app)
    }

    /// Keeps what the next run must know of the app.
    pub(super) fn keep(&self, kept: &Kept) -> Result<()> {
        self.write(&Content { app: Some(kept.clone()), ..self.content()? })
    }

    /// The certificate of a change that was begun.
    pub(super) fn successor(&self) -> Result<Option<Successor>> {
        Ok(self.content()?.rollover)
    }

    /// Begins a change of certificates, or ends it.
    pub(super) fn succeed(&self, successor: Option<&Successor>) -> Result<()> {
        self.write(&Content { rollover: successor.cloned(), ..self.content()? })
    }

    fn content(&self) -> Result<Content> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Content { tenant: self.tenant.to_string(), app: None, rollover: None });
            }
            Err(error) => return Err(self.unusable(&error.to_string())),
        };
        let content: Content = serde_json::from_str(&text).map_err(|error| self.unusable(&error.to_string()))?;
        if !content.tenant.eq_ignore_ascii_case(self.tenant.as_str()) {
            return Err(self.unusable(&format!("it is of tenant {}", content.tenant)));
        }
        Ok(content)
    }

    /// Whole or not at all.
    fn write(&self, content: &Content) -> Result<()> {
        let text = serde_json::to_string_pretty(content).map_err(|error| self.unusable(&error.to_string()))?;
        let mut file = ResultFile::create(&self.path, true)?;
        writeln!(file, "{text}").map_err(|error| self.unusable(&error.to_string()))?;
        Ok(file.commit()?)
    }

    fn unusable(&self, why: &str) -> Failure {
        let text = format!("`{}`, where the set-up remembers what it made, cannot be used: {why}", self.path.display());
        Failure::new(ErrorKind::Profile, text)
            .hinted("choose another profile with --profile, or move the file away and name the app with --app-id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_again_and_of_no_other_tenant() {
        let folder = tempfile_folder();
        let config = folder.join("config.toml");
        let file = |tenant: &str| SetupFile::of(&config, "a b/c", &tenant.parse().unwrap());
        let ours = file("contoso.onmicrosoft.com");
        assert!(ours.kept().unwrap().is_none());
        let kept = Kept::new();
        ours.keep(&kept).unwrap();
        let successor = Successor {
            certificate_file: "new.pfx".into(),
            password_file: None,
            password_env: Some("X".into()),
            old: None,
        };
        ours.succeed(Some(&successor)).unwrap();
        ours.keep(&kept).unwrap();
        assert_eq!((ours.kept().unwrap(), ours.successor().unwrap()), (Some(kept), Some(successor)));
        ours.succeed(None).unwrap();
        assert!(ours.successor().unwrap().is_none() && ours.kept().unwrap().is_some());
        assert!(folder.join("a%20b%2fc.setup.json").exists());
        assert_eq!(file("fabrikam.onmicrosoft.com").kept().unwrap_err().kind(), ErrorKind::Profile);
        std::fs::remove_dir_all(folder).unwrap();
    }

    fn tempfile_folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("exoctl-setup-{}", exo_http::RequestId::random()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}

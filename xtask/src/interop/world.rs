//! What all checks share: the program under test, a folder, certificates that the program made, tenants.

use super::tenants::{self, Starter};
use crate::cargo::{cargo, run, target};
use crate::program::{self, BUNDLE, Profile};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The app of the emulated tenant has this one.
pub(super) const APP: &str = "app";
/// No app has this one.
pub(super) const OTHER: &str = "other";
/// Its validity has ended.
pub(super) const EXPIRED: &str = "expired";

/// The program under test with certificates that it made.
pub(super) struct World {
    program: PathBuf,
    bundle: Option<PathBuf>,
    folder: PathBuf,
}

impl World {
    /// Takes the program that is named, or builds one, and makes the certificates.
    pub(super) fn new(named: Option<PathBuf>) -> Result<Self> {
        let (program, bundle) = if let Some(program) = named {
            (program, None)
        } else {
            let built = program::build(Profile::Release)?;
            (built.program, Some(built.bundle))
        };
        let folder = target().join("interop");
        let certificates = folder.join("certificates");
        if certificates.exists() {
            std::fs::remove_dir_all(&certificates)?;
        }
        std::fs::create_dir_all(&certificates)?;
        let world = Self { program, bundle, folder };
        world.make(APP, &[])?;
        world.make(OTHER, &[])?;
        world.make(EXPIRED, &["--not-before", "2025-01-01", "--days", "30"])?;
        Ok(world)
    }

    /// The program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Where everything is installed and written.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of a certificate, by its ending: `pfx`, `cer`, `pem`, `password`, `converted.pfx`, `converted.password`.
    pub(super) fn certificate(&self, name: &str, ending: &str) -> PathBuf {
        self.folder.join("certificates").join(format!("{name}.{ending}"))
    }

    /// Starts tenants whose app has two certificates, one of them expired.
    pub(super) fn starter(&self) -> Result<Starter> {
        if let Some(bundle) = &self.bundle {
            run(cargo().args(["build", "--release", "--package", "exo-emulator"]).env(BUNDLE, bundle))?;
        }
        let folder = self.folder.join("tenants");
        tenants::clean(&folder)?;
        let program = self.program.with_file_name(format!("exo-emulator{}", std::env::consts::EXE_SUFFIX));
        let certificates = vec![self.certificate(APP, "cer"), self.certificate(EXPIRED, "cer")];
        Ok(Starter { program, certificates, folder })
    }

    /// Files and passwords of the certificates, as the scripts are told them.
    pub(super) fn certificates(&self) -> Result<Value> {
        let one = |name: &str| -> Result<Value> {
            let file = |ending: &str| self.certificate(name, ending);
            Ok(json!({
                "pfx": file("pfx"),
                "password": first_line(&file("password"))?,
                "pem": file("pem"),
                "converted": file("converted.pfx"),
                "converted_password": first_line(&file("converted.password"))?,
            }))
        };
        Ok(json!({ APP: one(APP)?, OTHER: one(OTHER)?, EXPIRED: one(EXPIRED)? }))
    }

    /// `cert new`, then `cert convert` from PFX to PEM and back to another PFX.
    fn make(&self, name: &str, more: &[&str]) -> Result<()> {
        let file = |ending: &str| self.certificate(name, ending);
        let cert = |arguments: &[&str]| {
            let mut command = Command::new(&self.program);
            command.args(["cert", "--quiet"]).args(arguments).stdout(Stdio::null());
            command
        };
        run(cert(&["new", "--dns-name", "contoso.org"])
            .args(more)
            .arg("--out")
            .arg(self.folder.join("certificates").join(name))
            .arg("--generate-password")
            .arg(file("password")))?;
        run(cert(&["convert"])
            .arg(file("pfx"))
            .arg("--out")
            .arg(file("pem"))
            .arg("--certificate-password-file")
            .arg(file("password")))?;
        run(cert(&["convert"])
            .arg(file("pem"))
            .arg("--out")
            .arg(file("converted.pfx"))
            .arg("--generate-password")
            .arg(file("converted.password")))
    }
}

fn first_line(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

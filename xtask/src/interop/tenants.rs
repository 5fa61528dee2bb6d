//! The emulated tenants, each in a process of its own: one that signs in what should sign in, and those in which
//! something is wrong.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// What is needed to start a tenant.
#[derive(Debug)]
pub(super) struct Starter {
    /// The emulator.
    pub(super) program: PathBuf,
    /// The certificates of the app.
    pub(super) certificates: Vec<PathBuf>,
    /// Where each tenant gets a folder of its own.
    pub(super) folder: PathBuf,
}

/// An emulated tenant, stopped when dropped, and what it says of itself.
#[derive(Debug)]
pub(super) struct Tenant {
    process: Child,
    folder: PathBuf,
    facts: Value,
}

impl Starter {
    /// Starts a tenant with these further arguments and waits until it serves.
    pub(super) fn start(&self, more: &[&str]) -> Result<Tenant> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let folder = self.folder.join(STARTED.fetch_add(1, Ordering::Relaxed).to_string());
        std::fs::create_dir_all(&folder)?;
        let mut command = Command::new(&self.program);
        command.args(["--mailboxes", "1", "--folder"]).arg(&folder).arg("--ca").arg(folder.join("ca.pem"));
        for certificate in &self.certificates {
            command.arg("--certificate").arg(certificate);
        }
        // It runs until its standard input ends.
        let mut process = command.args(more).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().context("no output")?).read_line(&mut line)?;
        let mut tenant = Tenant { process, folder, facts: Value::Null };
        ensure!(line.starts_with("ready "), "the emulator ended before it served");
        tenant.facts = serde_json::from_slice(&std::fs::read(tenant.folder.join("tenant.json"))?)?;
        Ok(tenant)
    }
}

impl Tenant {
    /// A fact of `tenant.json`.
    pub(super) fn fact(&self, name: &str) -> Result<String> {
        self.facts[name].as_str().map(str::to_owned).with_context(|| format!("tenant.json has no `{name}`"))
    }

    /// The token service by plain `localhost`: not every system resolves the names under it (RFC 6761).
    pub(super) fn login(&self) -> Result<String> {
        self.fact("login_localhost")
    }

    /// The variables that a process finds where it runs in this place.
    pub(super) fn environment(&self, place: &str) -> Result<Vec<(String, String)>> {
        let variables = self.facts["environments"][place].as_object();
        let variables = variables.with_context(|| format!("tenant.json has no place `{place}`"))?;
        Ok(variables
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect())
    }

    /// Certificates of the authorities of several tenants, as one text.
    pub(super) fn authorities(tenants: &[&Self]) -> Result<String> {
        let read = |tenant: &&Self| Ok(std::fs::read_to_string(tenant.folder.join("ca.pem"))?);
        Ok(tenants.iter().map(read).collect::<Result<Vec<_>>>()?.concat())
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Removes what earlier tenants left.
pub(super) fn clean(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

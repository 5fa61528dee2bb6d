//! The emulated tenants: one that signs in what should sign in, and one for each refusal that it gives on demand.

use super::world::{APP, EXPIRED};
use crate::bench::Tenant;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Refusals that a tenant gives on demand, by name: what it is told, and the code that comes of it.
const ON_DEMAND: &[(&str, &str, u32)] = &[
    ("disabled service principal", "token times=always aadsts=7000112", 7_000_112),
    ("no service principal", "token times=always aadsts=7000229", 7_000_229),
    ("public client", "token times=always aadsts=700025", 700_025),
    ("clock", "token times=always aadsts=700024", 700_024),
    ("Conditional Access", "token times=always aadsts=53003", 53_003),
    ("throttled", "token times=always throttle=1", 90_055),
    ("service not available", "token times=always status=503", 90_033),
];

/// A tenant and what it says of itself.
pub(super) struct Served {
    tenant: Tenant,
    facts: Value,
}

/// All of them; they stop when dropped.
pub(super) struct Tenants {
    usual: Served,
    expired: Served,
    on_demand: Vec<(&'static str, u32, Served)>,
}

impl Tenants {
    /// Starts them for the app's certificate, one for the expired one.
    pub(super) fn start(program: &Path, certificate: &dyn Fn(&str) -> PathBuf) -> Result<Self> {
        let on_demand = ON_DEMAND
            .iter()
            .map(|(name, fault, code)| {
                Ok((*name, *code, Served::start(program, &certificate(APP), &["--fault", fault])?))
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            usual: Served::start(program, &certificate(APP), &[])?,
            expired: Served::start(program, &certificate(EXPIRED), &[])?,
            on_demand,
        })
    }

    /// The one that signs in the app.
    pub(super) fn usual(&self) -> &Served {
        &self.usual
    }

    /// The one whose app has a certificate that has expired.
    pub(super) fn expired(&self) -> &Served {
        &self.expired
    }

    /// Those that refuse on demand, with the code.
    pub(super) fn on_demand(&self) -> impl Iterator<Item = (&'static str, u32, &Served)> {
        self.on_demand.iter().map(|(name, code, served)| (*name, *code, served))
    }

    /// A file with the certificates of all their authorities.
    pub(super) fn authorities(&self, file: &Path) -> Result<()> {
        let all = self.on_demand.iter().map(|(_, _, served)| served).chain([&self.usual, &self.expired]);
        let texts =
            all.map(|served| Ok(std::fs::read_to_string(served.authority_file())?)).collect::<Result<Vec<_>>>()?;
        Ok(std::fs::write(file, texts.concat())?)
    }
}

impl Served {
    /// Starts one.
    pub(super) fn start(program: &Path, certificate: &Path, more: &[&str]) -> Result<Self> {
        let certificate = certificate.to_string_lossy();
        let tenant = Tenant::start(program, 50, &[&["--certificate", &certificate], more].concat())?;
        let text = std::fs::read_to_string(tenant.folder().join("tenant.json"))?;
        Ok(Self { tenant, facts: serde_json::from_str(&text)? })
    }

    /// A fact of `tenant.json`.
    pub(super) fn fact(&self, name: &str) -> Result<String> {
        self.facts[name].as_str().map(str::to_owned).with_context(|| format!("tenant.json has no `{name}`"))
    }

    /// The token service by plain `localhost`: not every system resolves the names under it (RFC 6761).
    pub(super) fn login(&self) -> Result<String> {
        self.fact("login_localhost")
    }

    /// The certificate of its authority.
    pub(super) fn authority_file(&self) -> PathBuf {
        self.tenant.folder().join("ca.pem")
    }

    /// The profile file.
    pub(super) fn config(&self) -> PathBuf {
        self.tenant.config()
    }
}

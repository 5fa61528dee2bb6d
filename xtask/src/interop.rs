//! Independent programs against ours: Microsoft's own libraries against the emulator, and our token client
//! against servers and verifiers that nobody here wrote. What they need is installed into `target/interop`.

mod cases;
mod certificates;
mod install;
mod library;
mod outcome;
mod server;
mod tenants;
mod tunnel;
mod world;

use crate::say;
use anyhow::{Result, bail, ensure};
use outcome::{Outcome, table};
use std::path::PathBuf;
use world::World;

/// A check: its name, what it shows, and how.
struct Check {
    name: &'static str,
    run: fn(&World) -> Result<Outcome>,
}

const CHECKS: &[Check] = &[
    Check { name: "openssl", run: certificates::openssl },
    Check { name: "msal", run: library::msal },
    Check { name: "azure-identity", run: library::azure_identity_python },
    Check { name: "msal-node", run: library::msal_node },
    Check { name: "azure-identity-node", run: library::azure_identity_node },
    Check { name: "azure-identity-rust", run: library::azure_identity_rust },
    Check { name: "oidc-provider", run: server::oidc_provider },
    Check { name: "glewlwyd", run: server::glewlwyd },
    Check { name: "pyjwt", run: server::pyjwt },
    Check { name: "jose", run: server::jose },
];

/// Runs the named checks, or all; ends with a table of all of them, and fails if one of them did.
///
/// The program is the one that `EXOCTL_BIN` names, or a release build.
pub(crate) fn run(names: &[String]) -> Result<()> {
    if let Some(unknown) = names.iter().find(|name| !CHECKS.iter().any(|check| check.name == name.as_str())) {
        let known: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        bail!("`{unknown}` is not an interop check; there are {}", known.join(", "));
    }
    let world = World::new(std::env::var_os("EXOCTL_BIN").map(PathBuf::from))?;
    let mut outcomes = Vec::new();
    for check in CHECKS.iter().filter(|check| names.is_empty() || names.iter().any(|name| name == check.name)) {
        say(&format!("{}:", check.name));
        let outcome = (check.run)(&world).unwrap_or_else(|error| Outcome::failed(format!("{error:#}")));
        for failure in outcome.failures() {
            say(&format!("  FAILED {failure}"));
        }
        outcomes.push((check.name, outcome));
    }
    for line in table(&outcomes) {
        say(&line);
    }
    let failed: Vec<&str> =
        outcomes.iter().filter(|(_, outcome)| !outcome.failures().is_empty()).map(|(name, _)| *name).collect();
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

//! Certificates that another program made, in ours.

use super::outcome::Outcome;
use super::world::World;
use crate::bench::Tenant;
use crate::cargo::{present, run};
use crate::say;
use anyhow::Result;
use std::path::Path;
use std::process::{Command, Stdio};

/// A certificate made by the `openssl` command line signs in through our client.
pub(super) fn openssl(world: &World) -> Result<Outcome> {
    if !present("openssl", &["version"]) {
        return Ok(Outcome::Skipped("no openssl".to_owned()));
    }
    let at = |name: &str| world.folder().join("certificates").join(name);
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=openssl", "-keyout"];
    run(Command::new("openssl")
        .args(make)
        .arg(at("openssl.key"))
        .arg("-out")
        .arg(at("openssl.crt"))
        .stderr(Stdio::null()))?;
    run(Command::new("openssl")
        .args(["pkcs12", "-export", "-passout", "pass:secret", "-inkey"])
        .arg(at("openssl.key"))
        .arg("-in")
        .arg(at("openssl.crt"))
        .arg("-out")
        .arg(at("openssl.pfx")))?;
    restrict(&at("openssl.pfx"))?;
    let certificate = at("openssl.crt").to_string_lossy().into_owned();
    let tenant = Tenant::start(world.program(), 50, &["--certificate", &certificate])?;
    run(Command::new(world.program())
        .args(["check", "--config"])
        .arg(tenant.config())
        .arg("--certificate-file")
        .arg(at("openssl.pfx"))
        .env("EXOCTL_CERTIFICATE_PASSWORD", "secret"))?;
    say("  a certificate of `openssl req` and `openssl pkcs12` signs in");
    let version = Command::new("openssl").arg("version").output()?;
    let version = String::from_utf8_lossy(&version.stdout);
    Ok(Outcome::Ran {
        version: version.split_whitespace().nth(1).unwrap_or_default().to_owned(),
        passed: vec![(1, "sign-in with its certificate")],
        failures: Vec::new(),
    })
}

/// A key file is for its owner.
fn restrict(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    let _ = path;
    Ok(())
}

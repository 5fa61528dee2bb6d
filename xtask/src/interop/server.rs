//! Our token client against authorization servers that nobody here wrote, by `private_key_jwt`.

use super::install;
use super::outcome::Outcome;
use super::world::{APP, World};
use crate::cargo::{cargo, run, target};
use crate::program::BUNDLE;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The client id that the servers know.
const CLIENT: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";

/// `oidc-provider` from npm.
pub(super) fn oidc_provider(world: &World) -> Result<Outcome> {
    let Some(home) = install::node(world, &["oidc-provider"])? else {
        return Ok(Outcome::Skipped("no node with npm".to_owned()));
    };
    let mut server = Server::start(
        Command::new("node")
            .current_dir(&home)
            .arg("oidc_provider.mjs")
            .arg(CLIENT)
            .arg(world.certificate(APP, "cer"))
            .env("NODE_NO_WARNINGS", "1"),
    )?;
    let address = server.line()?;
    let client = client(world)?;
    for algorithm in ["PS256", "RS256"] {
        run(Command::new(&client)
            .arg(format!("{address}/token"))
            .args([&address, CLIENT])
            .arg(world.certificate(APP, "pfx"))
            .arg(world.certificate(APP, "password"))
            .args(["urn:example:api", algorithm]))?;
    }
    Ok(Outcome::Ran {
        version: install::npm_version(&home, "oidc-provider")?,
        passed: vec![(2, "tokens by private_key_jwt")],
        failures: Vec::new(),
    })
}

/// The example of our token layer, built.
fn client(world: &World) -> Result<PathBuf> {
    run(cargo()
        .args(["build", "--release", "--package", "exo-token", "--example", "private_key_jwt"])
        .env(BUNDLE, world.bundle()))?;
    Ok(target().join("release/examples/private_key_jwt"))
}

/// A program that serves until it is dropped and says where in its first line.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Result<Self> {
        Ok(Self(command.stdout(Stdio::piped()).spawn()?))
    }

    fn line(&mut self) -> Result<String> {
        let output = self.0.stdout.as_mut().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(!line.trim().is_empty(), "the server ended before it served");
        Ok(line.trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

//! Our token client against authorization servers and verifiers of signatures that nobody here wrote, by
//! `private_key_jwt` (RFC 7523): both algorithms must get a token, another key must get none.

use super::install;
use super::outcome::Outcome;
use super::world::{APP, OTHER, World};
use crate::say;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The client id that the servers know.
const CLIENT: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
/// The scope that they know.
const SCOPE: &str = "reports";

const TOKENS: &str = "tokens by private_key_jwt";
const SIGNATURES: &str = "signatures verified";
const INVALID_CLIENT: &str = "invalid_client";

/// What a server answers.
struct Answers {
    /// Its version.
    version: String,
    /// What a token shows.
    token: &'static str,
    /// What stands in a refusal.
    refusal: &'static str,
}

/// `oidc-provider` from npm.
pub(super) fn oidc_provider(world: &World) -> Result<Outcome> {
    node(world, "oidc-provider", "oidc_provider.mjs", TOKENS)
}

/// `jose` from npm, as the verifier of a token endpoint.
pub(super) fn jose(world: &World) -> Result<Outcome> {
    node(world, "jose", "jose_verifier.mjs", SIGNATURES)
}

/// `PyJWT` from PyPI, as the verifier of a token endpoint.
pub(super) fn pyjwt(world: &World) -> Result<Outcome> {
    let Some(python) = install::python(world, &["pyjwt", "cryptography"], "jwt, cryptography")? else {
        return Ok(Outcome::Skipped(install::NO_PYTHON.to_owned()));
    };
    let mut server =
        Server::start(known_client(world, Command::new(&python).arg(install::script("pyjwt_verifier.py"))))?;
    let url = server.line()?;
    let version = install::pip_version(&python, "pyjwt")?;
    exchange(world, &url, Answers { version, token: SIGNATURES, refusal: INVALID_CLIENT })
}

/// Glewlwyd from Debian: a server in C, whose signatures are checked by `GnuTLS`.
pub(super) fn glewlwyd(world: &World) -> Result<Outcome> {
    let Some(root) = install::debian(world, "glewlwyd")? else {
        return Ok(Outcome::Skipped("no Debian package `glewlwyd` to be had".to_owned()));
    };
    let Some(python) = install::python(world, &["cryptography"], "cryptography")? else {
        return Ok(Outcome::Skipped(install::NO_PYTHON.to_owned()));
    };
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let set_up = |what: &str| {
        let mut command = Command::new(&python);
        command.arg(install::script("glewlwyd_set_up.py")).arg(what);
        command
    };
    crate::cargo::run(set_up("files").arg(world.folder()).arg(&root).arg(&port))?;
    let log = std::fs::File::create(world.folder().join("glewlwyd.log"))?;
    let _server = Server::start(
        install::from_debian(&root, "usr/bin/glewlwyd")?
            .arg("--config-file")
            .arg(world.folder().join("glewlwyd.conf"))
            .stderr(log),
    )?;
    let output = set_up("client").args([&port, CLIENT]).arg(world.certificate(APP, "cer")).arg(SCOPE).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let url = String::from_utf8(output.stdout)?;
    // It answers a client that it does not believe with a bare 403.
    let answers = Answers { version: install::debian_version(&root)?, token: TOKENS, refusal: "403" };
    exchange(world, url.trim(), answers)
}

fn node(world: &World, package: &str, script: &str, what: &'static str) -> Result<Outcome> {
    let Some(home) = install::node(world, &[package])? else {
        return Ok(Outcome::Skipped(install::NO_NODE.to_owned()));
    };
    let mut command = Command::new("node");
    command.current_dir(&home).arg(script).env("NODE_NO_WARNINGS", "1");
    let mut server = Server::start(known_client(world, &mut command))?;
    let url = server.line()?;
    let version = install::npm_version(&home, package)?;
    exchange(world, &url, Answers { version, token: what, refusal: INVALID_CLIENT })
}

fn known_client<'c>(world: &World, command: &'c mut Command) -> &'c mut Command {
    command.arg(CLIENT).arg(world.certificate(APP, "cer")).arg(SCOPE)
}

/// A token by either algorithm, and none for the key of another certificate.
fn exchange(world: &World, url: &str, answers: Answers) -> Result<Outcome> {
    let client = world.token_client()?;
    let ask = |name: &str, algorithm: &str| sign_in(&client, world, url, [name, algorithm]);
    let mut failures = Vec::new();
    let mut passed = 0;
    for algorithm in ["PS256", "RS256"] {
        let (token, text) = ask(APP, algorithm)?;
        say(&format!("  {algorithm}: {text}"));
        if token {
            passed += 1;
        } else {
            failures.push(format!("{algorithm}: no token"));
        }
    }
    let Answers { version, token: shown, refusal } = answers;
    let (token, text) = ask(OTHER, "PS256")?;
    let refused = !token && text.contains(refusal);
    say(&format!("  another key: {}", if refused { format!("refused, {refusal}") } else { text }));
    if !refused {
        failures.push(format!("another key was not refused, {refusal} expected"));
    }
    Ok(Outcome::Ran { version, passed: vec![(passed, shown), (usize::from(refused), "refusal")], failures })
}

/// Runs our client once: whether it got a token, and what it said.
fn sign_in(client: &Path, world: &World, url: &str, [name, algorithm]: [&str; 2]) -> Result<(bool, String)> {
    let output = Command::new(client)
        .args([url, url, CLIENT])
        .arg(world.certificate(name, "pfx"))
        .arg(world.certificate(name, "password"))
        .args([SCOPE, algorithm])
        .output()
        .with_context(|| format!("start {}", client.display()))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).trim().to_owned()))
}

/// A program that serves until it is dropped and says where in its first line.
struct Server(Child);

impl Server {
    fn start(command: &mut Command) -> Result<Self> {
        let line = format!("{command:?}");
        Ok(Self(command.stdout(Stdio::piped()).spawn().with_context(|| format!("start {line}"))?))
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

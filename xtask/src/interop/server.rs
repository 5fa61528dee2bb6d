//! `exoctl token` against authorization servers and verifiers of signatures that nobody here wrote, by
//! `private_key_jwt` (RFC 7523): both algorithms must get a token, another key must get none.

use super::install;
use super::outcome::Outcome;
use super::world::{APP, OTHER, World};
use crate::cargo::run;
use crate::peers;
use crate::say;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
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
    /// The certificate of its authority, where it is asked by TLS.
    authority: Option<PathBuf>,
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
        return Ok(Outcome::Skipped(peers::NO_PYTHON.to_owned()));
    };
    let mut server =
        Server::start(known_client(world, Command::new(&python).arg(install::script("pyjwt_verifier.py"))))?;
    let url = server.line()?;
    let version = peers::pip_version(&python, "pyjwt")?;
    exchange(world, &url, Answers { authority: None, version, token: SIGNATURES, refusal: INVALID_CLIENT })
}

/// Glewlwyd from Debian: a server in C, which checks signatures and speaks TLS by `GnuTLS`.
pub(super) fn glewlwyd(world: &World) -> Result<Outcome> {
    let Some(root) = install::debian(world, "glewlwyd")? else {
        return Ok(Outcome::Skipped("no Debian package `glewlwyd` to be had".to_owned()));
    };
    let Some(python) = install::python(world, &["cryptography"], "cryptography")? else {
        return Ok(Outcome::Skipped(peers::NO_PYTHON.to_owned()));
    };
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let set_up = |what: &str| {
        let mut command = Command::new(&python);
        command.arg(install::script("glewlwyd_set_up.py")).arg(what);
        command
    };
    let folder = world.folder().join("glewlwyd");
    std::fs::create_dir_all(&folder)?;
    run(set_up("files").arg(&folder).arg(&root).arg(&port))?;
    let log = std::fs::File::create(folder.join("log"))?;
    let _server = Server::start(
        install::from_debian(&root, "usr/bin/glewlwyd")?
            .arg("--config-file")
            .arg(folder.join("glewlwyd.conf"))
            .stderr(log),
    )?;
    let output = known_client(world, set_up("client").arg(&folder).arg(&port)).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let url = String::from_utf8(output.stdout)?;
    // It answers a client that it does not believe with a bare 403.
    let version = install::debian_version(&root)?;
    let authority = Some(folder.join("authority.pem"));
    exchange(world, url.trim(), Answers { authority, version, token: TOKENS, refusal: "403" })
}

fn node(world: &World, package: &str, script: &str, what: &'static str) -> Result<Outcome> {
    let Some(home) = install::node(world, &[package])? else {
        return Ok(Outcome::Skipped(peers::NO_NODE.to_owned()));
    };
    let mut command = Command::new("node");
    command.current_dir(&home).arg(script).env("NODE_NO_WARNINGS", "1");
    let mut server = Server::start(known_client(world, &mut command))?;
    let url = server.line()?;
    let version = peers::npm_version(&home, package)?;
    exchange(world, &url, Answers { authority: None, version, token: what, refusal: INVALID_CLIENT })
}

fn known_client<'c>(world: &World, command: &'c mut Command) -> &'c mut Command {
    command.arg(CLIENT).arg(world.certificate(APP, "cer")).arg(SCOPE)
}

/// A token by either algorithm, and none for the key of another certificate.
fn exchange(world: &World, url: &str, answers: Answers) -> Result<Outcome> {
    let Answers { authority, version, token: shown, refusal } = answers;
    let ask = |name: &str, algorithm: &str| sign_in(world, url, authority.as_deref(), [name, algorithm]);
    let mut failures = Vec::new();
    let mut passed = 0;
    for algorithm in ["PS256", "RS256"] {
        match ask(APP, algorithm)? {
            Ok(token) => {
                say(&format!("  {algorithm}: a token of {} characters", token.len()));
                passed += 1;
            }
            Err(refusal) => failures.push(format!("{algorithm}: no token: {refusal}")),
        }
    }
    let told = ask(OTHER, "PS256")?;
    let refused = told.as_ref().is_err_and(|text| text.contains(refusal));
    match told {
        Err(text) if refused => say(&format!("  another key: {}", text.lines().next().unwrap_or_default())),
        told => failures.push(format!("another key: {refusal} expected, and not {told:?}")),
    }
    Ok(Outcome::Ran { version, passed: vec![(passed, shown), (usize::from(refused), "refusal")], failures })
}

/// Runs our program once: the token, or what it said.
fn sign_in(
    world: &World,
    url: &str,
    authority: Option<&Path>,
    [name, algorithm]: [&str; 2],
) -> Result<Result<String, String>> {
    let mut command = Command::new(world.program());
    command
        .args(["token", "--raw", "--quiet", "--service", "exo", "--organization", "contoso.onmicrosoft.com"])
        .args(["--app-id", CLIENT, "--token-url", url, "--exchange-scope", SCOPE, "--signature-algorithm", algorithm])
        .arg("--certificate-file")
        .arg(world.certificate(name, "pfx"))
        .arg("--certificate-password-file")
        .arg(world.certificate(name, "password"))
        .env("NO_PROXY", "127.0.0.1");
    if let Some(authority) = authority {
        command.arg("--ca-file").arg(authority);
    }
    let output = command.output().with_context(|| format!("start {}", world.program().display()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
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

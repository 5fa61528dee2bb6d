//! Independent programs against ours: Microsoft's own libraries against the emulator, and our token client
//! against an authorization server that nobody here wrote. What they need is installed into `target/interop`.

use crate::bench::Tenant;
use crate::cargo::{cargo, present, root, run as run_command, target};
use crate::program::{self, BUNDLE, Built, Profile};
use crate::say;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs the named checks, or all.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let known = ["msal", "msal-node", "oidc-provider", "openssl"];
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("`{unknown}` is not an interop check; there are {}", known.join(", "));
    }
    let folder = target().join("interop");
    std::fs::create_dir_all(&folder)?;
    let built = program::build(Profile::Release)?;
    let world = World::new(built, folder)?;
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    if wanted("openssl") {
        world.openssl()?;
    }
    if wanted("msal") {
        world.msal()?;
    }
    if wanted("msal-node") {
        world.msal_node()?;
    }
    if wanted("oidc-provider") {
        world.oidc_provider()?;
    }
    Ok(())
}

/// A certificate that `exoctl cert new` made, and a tenant that knows it.
struct World {
    built: Built,
    folder: PathBuf,
    tenant: Tenant,
    facts: Value,
}

impl World {
    fn new(built: Built, folder: PathBuf) -> Result<Self> {
        for name in ["app.pfx", "app.cer", "password.txt"] {
            drop(std::fs::remove_file(folder.join(name)));
        }
        run_command(
            Command::new(&built.program)
                .args(["cert", "new", "--quiet", "--dns-name", "contoso.org", "--out"])
                .arg(folder.join("app"))
                .arg("--generate-password")
                .arg(folder.join("password.txt"))
                .stdout(Stdio::null()),
        )?;
        let certificate = folder.join("app.cer").to_string_lossy().into_owned();
        let tenant = Tenant::start(&built.program, 50, &["--certificate", &certificate])?;
        let text = std::fs::read_to_string(tenant.folder().join("tenant.json"))?;
        Ok(Self { built, folder, tenant, facts: serde_json::from_str(&text)? })
    }

    fn fact(&self, name: &str) -> Result<String> {
        self.facts[name].as_str().map(str::to_owned).with_context(|| format!("tenant.json has no `{name}`"))
    }

    /// By plain `localhost`: not every system resolves the names under it (RFC 6761).
    fn authority(&self) -> Result<String> {
        Ok(format!("{}/{}", self.fact("login_localhost")?, self.fact("organization")?))
    }

    fn password(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.folder.join("password.txt"))?.trim_end().to_owned())
    }

    fn scopes(&self) -> Result<[String; 2]> {
        Ok([self.fact("exchange_scope")?, self.fact("compliance_scope")?])
    }

    /// A certificate made by the `openssl` command line signs in through our client.
    fn openssl(&self) -> Result<()> {
        if !present("openssl", &["version"]) {
            say("openssl: not installed, skipped");
            return Ok(());
        }
        let at = |name: &str| self.folder.join(name);
        run_command(
            Command::new("openssl")
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "30",
                    "-subj",
                    "/CN=openssl",
                    "-keyout",
                ])
                .arg(at("openssl.key"))
                .arg("-out")
                .arg(at("openssl.crt"))
                .stderr(Stdio::null()),
        )?;
        run_command(
            Command::new("openssl")
                .args(["pkcs12", "-export", "-passout", "pass:secret", "-inkey"])
                .arg(at("openssl.key"))
                .arg("-in")
                .arg(at("openssl.crt"))
                .arg("-out")
                .arg(at("openssl.pfx")),
        )?;
        restrict(&at("openssl.pfx"))?;
        let certificate = at("openssl.crt").to_string_lossy().into_owned();
        let tenant = Tenant::start(&self.built.program, 50, &["--certificate", &certificate])?;
        run_command(
            Command::new(&self.built.program)
                .args(["check", "--config"])
                .arg(tenant.config())
                .arg("--certificate-file")
                .arg(at("openssl.pfx"))
                .env("EXOCTL_CERTIFICATE_PASSWORD", "secret"),
        )?;
        say("openssl: a certificate of `openssl req` and `openssl pkcs12` signs in");
        Ok(())
    }

    /// `msal` from PyPI.
    fn msal(&self) -> Result<()> {
        let python = self.python()?;
        let output = Command::new(python)
            .arg(root().join("xtask/interop/msal_sign_in.py"))
            .args([self.authority()?, self.fact("app_id")?])
            .arg(self.folder.join("app.pfx"))
            .arg(self.password()?)
            .arg(self.tenant.folder().join("ca.pem"))
            .args(self.scopes()?)
            // Where a machine names a bundle of its own, `requests` prefers it to what the program says.
            .env("REQUESTS_CA_BUNDLE", self.tenant.folder().join("ca.pem"))
            .output()?;
        report(&output, 4)
    }

    /// `@azure/msal-node` from npm.
    fn msal_node(&self) -> Result<()> {
        let node = self.node(&["@azure/msal-node"])?;
        let key = self.folder.join("app.key.pem");
        let convert = "import sys\nfrom cryptography.hazmat.primitives.serialization import pkcs12, Encoding, NoEncryption, PrivateFormat\n\
            k,_,_=pkcs12.load_key_and_certificates(open(sys.argv[1],'rb').read(),sys.argv[2].encode())\n\
            open(sys.argv[3],'wb').write(k.private_bytes(Encoding.PEM,PrivateFormat.PKCS8,NoEncryption()))";
        run_command(
            Command::new(self.python()?)
                .args(["-c", convert])
                .arg(self.folder.join("app.pfx"))
                .arg(self.password()?)
                .arg(&key),
        )?;
        let output = Command::new("node")
            .current_dir(&node)
            .arg("msal_node_sign_in.js")
            .args([self.authority()?, self.fact("app_id")?])
            .arg(&key)
            .args([self.fact("thumbprint")?, self.fact("thumbprint_sha256")?])
            .args(self.scopes()?)
            .env("NODE_EXTRA_CA_CERTS", self.tenant.folder().join("ca.pem"))
            .output()?;
        report(&output, 4)
    }

    /// Our token client against `oidc-provider` from npm, by `private_key_jwt`.
    fn oidc_provider(&self) -> Result<()> {
        let node = self.node(&["oidc-provider"])?;
        let app_id = self.fact("app_id")?;
        let mut server = Server::start(
            Command::new("node")
                .current_dir(&node)
                .arg("oidc_provider.mjs")
                .arg(&app_id)
                .arg(self.folder.join("app.cer"))
                .env("NODE_NO_WARNINGS", "1"),
        )?;
        let address = server.line()?;
        run_command(
            cargo()
                .args(["build", "--release", "--package", "exo-token", "--example", "private_key_jwt"])
                .env(BUNDLE, &self.built.bundle),
        )?;
        let example = target().join("release/examples/private_key_jwt");
        for algorithm in ["PS256", "RS256"] {
            run_command(
                Command::new(&example)
                    .arg(format!("{address}/token"))
                    .arg(&address)
                    .arg(&app_id)
                    .arg(self.folder.join("app.pfx"))
                    .arg(self.folder.join("password.txt"))
                    .args(["urn:example:api", algorithm]),
            )?;
        }
        say(&format!("oidc-provider at {address}: a token by private_key_jwt, PS256 and RS256"));
        Ok(())
    }

    /// A Python of its own with `msal`.
    fn python(&self) -> Result<PathBuf> {
        let home = self.folder.join("python");
        let python = home.join("bin/python");
        if !present(&python.to_string_lossy(), &["-c", "import msal, cryptography"]) {
            run_command(Command::new("python3").args(["-m", "venv"]).arg(&home))
                .context("interop needs python3 with venv")?;
            run_command(Command::new(&python).args(["-m", "pip", "install", "--quiet", "msal", "cryptography"]))?;
        }
        Ok(python)
    }

    /// A folder with these npm packages and our scripts.
    fn node(&self, packages: &[&str]) -> Result<PathBuf> {
        let home = self.folder.join("node");
        std::fs::create_dir_all(&home)?;
        for package in packages {
            if !home.join("node_modules").join(package).exists() {
                run_command(Command::new("npm").current_dir(&home).args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--silent",
                    package,
                ]))
                .context("interop needs npm")?;
            }
        }
        for script in ["msal_node_sign_in.js", "oidc_provider.mjs"] {
            std::fs::copy(root().join("xtask/interop").join(script), home.join(script))?;
        }
        Ok(home)
    }
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

/// Shows each line of a library's own account and fails unless all of them got a token.
fn report(output: &std::process::Output, expected: usize) -> Result<()> {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut tokens = 0;
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let got = line["token"] == true;
        tokens += usize::from(got);
        let answer = if got { "token".to_owned() } else { format!("refused: {} {}", line["error"], line["codes"]) };
        say(&format!("  {} {} {}: {answer}", word("library"), word("mode"), word("scope")));
    }
    ensure!(tokens == expected, "{tokens} of {expected} tokens\n{text}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
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

//! The tests of the stores, and the program, under a Wine of their own.

use super::{COMPILER, TARGET, answer, builds, folder, windows_cargo};
use crate::cargo::{present, root, run as run_command};
use crate::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Wine whose Windows lies in a folder of this command and is made anew each time.
pub(super) struct Wine {
    folder: PathBuf,
}

impl Wine {
    /// Nothing, where there is no Wine.
    pub(super) fn prepare() -> Result<Option<Self>> {
        if !present("wine", &["--version"]) {
            return Ok(None);
        }
        let wine = Self { folder: folder() };
        let prefix = wine.folder.join(PREFIX);
        if prefix.exists() {
            std::fs::remove_dir_all(&prefix)?;
        }
        std::fs::create_dir_all(&prefix)?;
        let version = answer(wine.settings(Command::new("wine").arg("--version")))?;
        say(&format!("== a Windows under {} in {}", version.trim(), prefix.display()));
        random_numbers(&wine.folder)?;
        answer(&mut wine.started(Path::new("wineboot"), &["--init"])).context("Wine could not make its Windows")?;
        Ok(Some(wine))
    }

    /// The stores of `exo-cert`; what the tests could not show is said by them, and added to what is open.
    pub(super) fn stores(&self, open: &mut Vec<String>) -> Result<()> {
        // Of the library's own tests those of the store: the others look for cargo, which Wine does not start.
        for tests in [&["--lib", "windows"][..], &["--test", "stores"]] {
            let mut cargo = windows_cargo("test");
            cargo.args(["--package", "exo-cert", "--all-features"]).args(tests).args(["--", "--nocapture"]);
            self.settings(&mut cargo).env(RUNNER, runner());
            let said = answer(&mut cargo).context("the tests of the stores failed under Wine")?;
            for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
                match line.split_once(UNSHOWN) {
                    Some((_, what)) if open.iter().any(|known| known == what) => {}
                    Some((_, what)) => open.push(what.to_owned()),
                    None => say(&format!("   {line}")),
                }
            }
        }
        Ok(())
    }

    /// The program itself, with files of the corpus, and with certificates that it makes.
    pub(super) fn program(&self, open: &mut Vec<String>) -> Result<()> {
        run_command(windows_cargo("build").args(["--package", "exoctl", "--bin", "exoctl"]))?;
        for shown in SHOWN {
            self.shows(shown)?;
        }
        let importer = self.folder.join("import.exe");
        compile(&self.folder.join("import.c"), IMPORT, &importer, &["-municode", "-lcrypt32"])?;
        std::fs::create_dir_all(self.folder.join(PREFIX).join("drive_c/made"))?;
        for (name, encryption) in [("modern", None), ("legacy", Some("--legacy"))] {
            self.makes(name, encryption, &importer)?;
        }
        self.reaches_out(open)
    }

    /// `cert show` on a right file, or on one that it has to refuse.
    fn shows(&self, (file, password, expected): (&str, &str, &str)) -> Result<()> {
        let path = wine_path(&root().join("crates/exo-cert/tests/data").join(file));
        let shown = self.exoctl(&["cert", "show", &path], password)?;
        let found = shown.get("thumbprint").or_else(|| shown.pointer("/error/code")).and_then(Value::as_str);
        ensure!(found == Some(expected), "exoctl.exe cert show {file}: {expected} was expected; {shown}");
        say(&format!("   exoctl.exe cert show {file}: {expected}"));
        Ok(())
    }

    /// `cert new` writes a PFX, Windows' own function imports it, and `cert list` finds it in the store.
    fn makes(&self, name: &str, encryption: Option<&str>, importer: &Path) -> Result<()> {
        let (out, dns_name) = (format!("C:\\made\\{name}"), format!("{name}.exoctl.test"));
        let mut new = self.program_with(&["cert", "new", "--dns-name", &dns_name, "--out", &out], MADE_PASSWORD);
        answer(new.args(encryption))?;
        let pfx = format!("{out}.pfx");
        let shown = self.exoctl(&["cert", "show", &pfx], MADE_PASSWORD)?;
        let thumbprint = shown["thumbprint"].as_str().with_context(|| format!("exoctl.exe cert show: {shown}"))?;
        let provider = answer(&mut self.started(importer, &[&pfx, MADE_PASSWORD]))
            .with_context(|| format!("{name}.pfx could not be imported"))?;
        ensure!(provider.starts_with("csp: "), "the key of {name}.pfx is in another provider: {provider}");
        let listed = self.exoctl(&["cert", "list"], "")?;
        let found = listed.as_array().into_iter().flatten().find(|one| one["thumbprint"] == thumbprint);
        let found = found.with_context(|| format!("exoctl.exe cert list is without {thumbprint}: {listed}"))?;
        ensure!(
            found["place"] == "CurrentUser\\My" && found["private_key"] == true && found["verified"] == "unverified",
            "exoctl.exe cert list: {found}"
        );
        say(&format!("   exoctl.exe cert new {name}.pfx: imported into {}", provider.trim()));
        Ok(())
    }

    /// Whether it gets as far as to send something; nobody listens where it would send it.
    fn reaches_out(&self, open: &mut Vec<String>) -> Result<()> {
        let config = self.folder.join("profile.toml");
        std::fs::write(&config, PROFILE)?;
        let mut check = self.program_with(&["check", "--config", &wine_path(&config)], MADE_PASSWORD);
        let output = check.output()?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        ensure!(!output.status.success(), "exoctl.exe check found somebody where nobody listens: {said}");
        if said.contains("TLS could not be set up") {
            open.push("to sign in over TLS; Wine does not know the way in which chains are checked".to_owned());
        } else {
            say("   exoctl.exe check: TLS is set up");
        }
        Ok(())
    }

    /// What the program says in JSON, be it a result or an error.
    fn exoctl(&self, arguments: &[&str], password: &str) -> Result<Value> {
        let mut command = self.program_with(arguments, password);
        command.args(["--format", "json"]);
        let output = command.output()?;
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        let said = String::from_utf8_lossy(said);
        serde_json::from_str(said.trim()).with_context(|| format!("exoctl.exe {}: {said}", arguments.join(" ")))
    }

    fn program_with(&self, arguments: &[&str], password: &str) -> Command {
        let mut command = self.started(&builds().join(TARGET).join("debug/exoctl.exe"), arguments);
        if !password.is_empty() {
            command.args(["--certificate-password-env", PASSWORD]).env(PASSWORD, password);
        }
        command
    }

    fn started(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("timeout");
        if present("timeout", &["--version"]) {
            command.args(LIMIT).arg("wine");
        } else {
            command = Command::new("wine");
        }
        self.settings(command.arg(program).args(arguments));
        command
    }

    /// No windows that ask, no messages about what Wine lacks.
    fn settings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WINEPREFIX", self.folder.join(PREFIX))
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=")
            .env("WINEPATH", wine_path(&self.folder))
            .env_remove("DISPLAY")
    }
}

impl Drop for Wine {
    /// Ends what Wine keeps running for this Windows, and for no other.
    fn drop(&mut self) {
        drop(self.settings(Command::new("wineserver").arg("--kill")).status());
    }
}

fn runner() -> String {
    if present("timeout", &["--version"]) { format!("timeout {} wine", LIMIT.join(" ")) } else { "wine".to_owned() }
}

/// Rust's library takes random numbers from a function that Wine 8 does not have.
/// It is built here, out of one that it has.
fn random_numbers(folder: &Path) -> Result<()> {
    let library = folder.join("bcryptprimitives.dll");
    compile(&folder.join("bcryptprimitives.c"), PROCESS_PRNG, &library, &["-shared", "-ladvapi32"])
}

fn compile(source: &Path, text: &str, out: &Path, options: &[&str]) -> Result<()> {
    std::fs::write(source, text)?;
    run_command(Command::new(COMPILER).arg("-o").arg(out).arg(source).args(options))
}

/// A path as Windows under Wine sees it.
fn wine_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

const PREFIX: &str = "wine";
const RUNNER: &str = "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER";
/// A Wine that hangs is ended.
const LIMIT: [&str; 2] = ["--kill-after=10", "300"];
/// What a test prints before a thing that this Wine cannot show.
const UNSHOWN: &str = "unverified: ";
const PASSWORD: &str = "EXOCTL_WINDOWS_PASSWORD";
const MADE_PASSWORD: &str = "made under Wine";
/// The port belongs to nobody.
const PROFILE: &str = r#"[profiles.default]
app-id = "36ee4c6c-0812-40a2-b820-b22ebd02bce3"
organization = "contoso.onmicrosoft.com"
certificate-file = "C:\\made\\modern.pfx"
login = "https://login.localhost:1"
exchange = "https://outlook.localhost:1"
"#;
const IMPORT: &str = include_str!("import.c");

/// File, password, and the thumbprint or the code that it has to give.
const SHOWN: [(&str, &str, &str); 4] = [
    ("windows-csp-rc2.pfx", "password", CONTOSO),
    ("openssl3-aes256.pfx", "password", CONTOSO),
    ("nss.p12", "password", CONTOSO),
    ("windows-csp-rc2.pfx", "another", "wrong-password"),
];
const CONTOSO: &str = "0AE9C4541F0F0036E0C16680960BCD89DB4BBBA0";

const PROCESS_PRNG: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
";

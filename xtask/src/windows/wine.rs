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
        let version = answer(Command::new("wine").arg("--version"))?;
        say(&format!("== a Windows under {} in {}", version.trim(), prefix.display()));
        random_numbers(&wine.folder)?;
        answer(&mut wine.started("wineboot", &["--init"])).context("Wine could not make its Windows")?;
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
                    Some((_, what)) => open.push(what.to_owned()),
                    None => say(&format!("   {line}")),
                }
            }
        }
        Ok(())
    }

    /// `exoctl.exe cert show` on files of the corpus: right ones, and one that it has to refuse.
    pub(super) fn program(&self) -> Result<()> {
        run_command(windows_cargo("build").args(["--package", "exoctl", "--bin", "exoctl"]))?;
        let program = builds().join(TARGET).join("debug/exoctl.exe");
        for (file, password, expected) in SHOWN {
            let path = root().join("crates/exo-cert/tests/data").join(file);
            let path = format!("Z:{}", path.display()).replace('/', "\\");
            let mut command = self.started(&program.display().to_string(), &["cert", "show", &path]);
            command.args(["--format", "json", "--certificate-password-env", PASSWORD]).env(PASSWORD, password);
            let output = command.output()?;
            let said = if output.status.success() { &output.stdout } else { &output.stderr };
            let said = String::from_utf8_lossy(said);
            let shown: Value = serde_json::from_str(said.trim()).with_context(|| format!("{file}: {said}"))?;
            let found = shown.get("thumbprint").or_else(|| shown.pointer("/error/code")).and_then(Value::as_str);
            ensure!(found == Some(expected), "exoctl.exe cert show {file}: {expected} was expected; {said}");
            say(&format!("   exoctl.exe cert show {file}: {expected}"));
        }
        Ok(())
    }

    fn started(&self, program: &str, arguments: &[&str]) -> Command {
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
            .env("WINEPATH", format!("Z:{}", self.folder.display()).replace('/', "\\"))
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
    let (source, library) = (folder.join("bcryptprimitives.c"), folder.join("bcryptprimitives.dll"));
    std::fs::write(&source, PROCESS_PRNG)?;
    run_command(Command::new(COMPILER).arg("-shared").arg("-o").arg(&library).arg(&source).arg("-ladvapi32"))
}

const PREFIX: &str = "wine";
const RUNNER: &str = "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER";
/// A Wine that hangs is ended.
const LIMIT: [&str; 2] = ["--kill-after=10", "300"];
/// What a test prints before a thing that this Wine cannot show.
const UNSHOWN: &str = "unverified: ";
const PASSWORD: &str = "EXOCTL_WINDOWS_PASSWORD";

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

//! Windows from elsewhere: compiled for `x86_64-pc-windows-gnu`, linted, and run under Wine where that is present.

use crate::cargo::{cargo, present, run as run_command, target};
use crate::say;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Gets what is needed where it may, checks, lints, runs the tests of the store; says what could not be done.
pub(crate) fn run() -> Result<()> {
    let mut open = Vec::new();
    add_target()?;
    if !present(COMPILER, &["--version"]) && !install(&["gcc-mingw-w64-x86-64"]) {
        bail!("{COMPILER} is not there, and parts of the libraries are C: apt-get install gcc-mingw-w64-x86-64");
    }
    lint("exo-cert", &[])?;
    lint("exo-cert with its feature `aws-lc`", &["--features", "aws-lc"])?;
    under_wine(&mut open)?;
    program(&mut open)?;
    if open.is_empty() {
        say("windows: compiled, linted, and run under Wine; nothing of it was seen on Windows itself");
    } else {
        say(&format!("windows: not done here:\n  {}", open.join("\n  ")));
    }
    Ok(())
}

fn add_target() -> Result<()> {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    if installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line == TARGET)) {
        return Ok(());
    }
    run_command(Command::new("rustup").args(["target", "add", TARGET])).context("the target is added by rustup")
}

fn lint(what: &str, features: &[&str]) -> Result<()> {
    say(&format!("== check and clippy: {what}"));
    let arguments =
        |command| [&[command, "--package", "exo-cert", "--target", TARGET, "--all-targets"], features].concat();
    run_command(windows_cargo().args(arguments("check")))?;
    run_command(windows_cargo().args(arguments("clippy")).args(["--", "-D", "warnings"]))
}

/// The library that makes keys brings its assembled parts along, for machines without NASM.
fn windows_cargo() -> Command {
    let mut command = cargo();
    command.env("AWS_LC_SYS_PREBUILT_NASM", "1");
    command
}

/// The tests of the stores, in a Wine of their own.
fn under_wine(open: &mut Vec<String>) -> Result<()> {
    if !present("wine", &["--version"]) && !install(&["wine", "wine64"]) {
        open.push("the store was not run: there is no Wine (apt-get install wine wine64)".to_owned());
        return Ok(());
    }
    say("== exo-cert's stores under Wine");
    let folder = target().join("windows");
    std::fs::create_dir_all(&folder)?;
    let random = random_numbers(&folder)?;
    // Of the library's own tests those of the store: the others look for cargo, which Wine does not start.
    for tests in [&["--lib", "windows"][..], &["--test", "stores"]] {
        let status = windows_cargo()
            .args(["test", "--package", "exo-cert", "--target", TARGET])
            .args(tests)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", "wine")
            .env("WINEPREFIX", folder.join("wine"))
            .env("WINEDEBUG", "-all")
            .env("WINEPATH", format!("Z:{}", random.display()).replace('/', "\\"))
            .status()?;
        ensure!(status.success(), "the tests of the stores failed under Wine");
    }
    Ok(())
}

/// Rust's library takes random numbers from a function that Wine 8 does not have.
/// It is built here, out of one that it has.
fn random_numbers(folder: &Path) -> Result<PathBuf> {
    let (source, library) = (folder.join("bcryptprimitives.c"), folder.join("bcryptprimitives.dll"));
    std::fs::write(&source, PROCESS_PRNG)?;
    run_command(Command::new(COMPILER).arg("-shared").arg("-o").arg(&library).arg(&source).arg("-ladvapi32"))?;
    Ok(folder.to_owned())
}

/// Whether the whole program compiles; which crates are in its way is said.
fn program(open: &mut Vec<String>) -> Result<()> {
    say("== check: the whole program");
    let output = windows_cargo()
        .args(["check", "--package", "exoctl", "--target", TARGET, "--keep-going", "--message-format", "short"])
        .stderr(Stdio::piped())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    say(&text);
    let failed: Vec<&str> =
        text.lines().filter_map(|line| line.split("could not compile `").nth(1)?.split('`').next()).collect();
    open.push(format!("the whole program does not compile for Windows yet, because of {}", failed.join(", ")));
    Ok(())
}

/// Where this is a Debian run by root; everywhere else the user is told what to install.
fn install(packages: &[&str]) -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root || !present("apt-get", &["--version"]) {
        return false;
    }
    say(&format!("installing {}", packages.join(", ")));
    let wait = ["-o", "DPkg::Lock::Timeout=120"];
    let mut command = Command::new("apt-get");
    command.args(wait).args(["install", "--yes", "--no-install-recommends"]).args(packages).stdout(Stdio::null());
    let installed = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    installed(&mut command)
        || (Command::new("apt-get").args(wait).arg("update").stdout(Stdio::null()).status().is_ok()
            && installed(&mut command))
}

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

const PROCESS_PRNG: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return SystemFunction036(data, (ULONG)size); }
";

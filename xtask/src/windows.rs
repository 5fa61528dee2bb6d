//! Windows from elsewhere: compiled for `x86_64-pc-windows-gnu`, linted, and run under Wine where that is present.

mod install;
mod wine;

use crate::cargo::{cargo, run as run_command, target};
use crate::say;
use anyhow::{Result, bail, ensure};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;
use wine::Wine;

/// Gets what is needed where it may, checks, lints, runs what Wine can run; says what could not be done.
pub(crate) fn run() -> Result<()> {
    if cfg!(windows) {
        bail!("this is Windows: `cargo test -p exo-cert --all-features` runs the same tests on the stores themselves");
    }
    let begun = Instant::now();
    install::all()?;
    step("the certificates: check and clippy", || lint(&["--package", "exo-cert", "--all-targets"]))?;
    step("the certificates with every feature: check and clippy", || {
        lint(&["--package", "exo-cert", "--all-targets", "--all-features"])
    })?;
    step("the whole program: check and clippy", || lint(&["--package", "exoctl", "--bins"]))?;
    let mut open = vec!["nothing of it was seen on Windows itself".to_owned()];
    match Wine::prepare()? {
        Some(wine) => {
            step("the stores under Wine", || wine.stores(&mut open))?;
            step("the whole program under Wine", || wine.program(&mut open))?;
        }
        None => open.push("nothing was run, since there is no Wine; it was only compiled and linted".to_owned()),
    }
    say(&format!("windows: done in {} s; unverified:\n  {}", begun.elapsed().as_secs(), open.join("\n  ")));
    Ok(())
}

fn step(name: &str, action: impl FnOnce() -> Result<()>) -> Result<()> {
    let begun = Instant::now();
    say(&format!("== {name}"));
    action()?;
    say(&format!("   {} s", begun.elapsed().as_secs()));
    Ok(())
}

/// Clippy checks what the compiler checks, and its own rules.
fn lint(arguments: &[&str]) -> Result<()> {
    run_command(windows_cargo("clippy").args(arguments).args(["--", "-D", "warnings"]))
}

/// A cargo that builds for Windows, in a folder of its own: other builds do not wait for it, nor it for them.
fn windows_cargo(command: &str) -> Command {
    let mut windows = cargo();
    windows.args([command, "--target", TARGET]).env("CARGO_TARGET_DIR", builds()).env("CARGO_PROFILE_DEV_DEBUG", "0");
    // The library that makes keys brings its assembled parts along, for machines without NASM.
    windows.env("AWS_LC_SYS_PREBUILT_NASM", "1");
    windows
}

/// Everything that this command leaves, but for what it installs.
fn folder() -> PathBuf {
    target().join("windows")
}

fn builds() -> PathBuf {
    folder().join("build")
}

/// Runs a command and gives what it prints; its messages are seen as they come.
fn answer(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{command:?} ended with {}\n{said}", output.status);
    Ok(said)
}

const TARGET: &str = "x86_64-pc-windows-gnu";
const COMPILER: &str = "x86_64-w64-mingw32-gcc";

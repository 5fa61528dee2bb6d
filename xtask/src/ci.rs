//! All that CI does, in the same order, up to the first failure.

use crate::cargo::cargo;
use crate::program::{self, Profile};
use crate::{say, tidy};
use anyhow::Result;

/// Format, lints, documentation, tidy, tests.
pub(crate) fn run() -> Result<()> {
    step("format", || run_cargo(&["fmt", "--all", "--check"]))?;
    step("lints", || run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step("lints with every feature", || {
        run_cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
    })?;
    step("documentation", || {
        run_with(&["doc", "--workspace", "--no-deps", "--document-private-items"], &[("RUSTDOCFLAGS", "-D warnings")])
    })?;
    step("tidy", tidy::run)?;
    step("tests", || program::test(&[]))?;
    step("release build", || program::build(Profile::Release).map(|_| ()))
}

fn step(name: &str, action: impl FnOnce() -> Result<()>) -> Result<()> {
    say(&format!("== {name}"));
    action()
}

fn run_cargo(arguments: &[&str]) -> Result<()> {
    run_with(arguments, &[])
}

fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<()> {
    let mut command = cargo();
    crate::cargo::run(command.args(arguments).envs(variables.iter().copied()))
}

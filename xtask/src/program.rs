//! The plugins, then the program with them inside; the demo and the tests on top of both.

use crate::cargo::{cargo, packages, present, root, run, target};
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How things are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build.
    Debug,
    /// Quick to run.
    Release,
    /// As it is shipped: smaller and quicker still, and slow to build.
    Dist,
}

/// What a build gives.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    /// The program with its plugins inside.
    pub(crate) program: PathBuf,
    /// The folder of the plugins.
    pub(crate) bundle: PathBuf,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
            Self::Dist => "dist",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
            Self::Dist => &["--profile", "dist"],
        }
    }
}

/// The environment variable by which the program's build script is told the folder of the plugins.
pub(crate) const BUNDLE: &str = "EXOCTL_BUNDLE";

/// Builds the plugins into a folder of their own, then the program that embeds them.
pub(crate) fn build(profile: Profile) -> Result<Built> {
    let bundle = plugins(profile)?;
    run(cargo()
        .args(["build", "--package", "exoctl", "--bin", "exoctl"])
        .args(profile.arguments())
        .env(BUNDLE, &bundle))?;
    let name = format!("exoctl{}", std::env::consts::EXE_SUFFIX);
    Ok(Built { program: target().join(profile.folder()).join(name), bundle })
}

/// Builds the plugins and copies them; a file that has not changed keeps its time, so that nothing is built again.
pub(crate) fn plugins(profile: Profile) -> Result<PathBuf> {
    let names = plugin_packages()?;
    let mut command = cargo();
    command.arg("build").args(profile.arguments());
    for name in &names {
        command.args(["--package", name]);
    }
    run(&mut command)?;
    let bundle = target().join("bundle").join(profile.folder());
    fs::create_dir_all(&bundle)?;
    for name in &names {
        let file =
            format!("{}{}{}", std::env::consts::DLL_PREFIX, name.replace('-', "_"), std::env::consts::DLL_SUFFIX);
        copy_if_changed(&target().join(profile.folder()).join(&file), &bundle.join(&file))?;
    }
    Ok(bundle)
}

/// Builds examples of a package as the program is shipped, so that a benchmark measures what people get.
pub(crate) fn build_examples(package: &str, more: &[&str], variables: &[(&str, &Path)]) -> Result<()> {
    let mut command = cargo();
    command.arg("build").args(Profile::Dist.arguments()).args(["--package", package]).args(more);
    run(command.envs(variables.iter().copied()))
}

/// Where such an example is.
pub(crate) fn example(name: &str) -> PathBuf {
    dist().join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// The folder of what is shipped.
pub(crate) fn dist() -> PathBuf {
    target().join(Profile::Dist.folder())
}

/// Runs the demo of a release build.
pub(crate) fn demo(rest: &[String]) -> Result<()> {
    let built = build(Profile::Release)?;
    run(Command::new(&built.program).arg("demo").args(rest))
}

/// Builds what the tests need once, then runs every test: with nextest where it is installed.
pub(crate) fn test(rest: &[String]) -> Result<()> {
    let built = build(Profile::Debug)?;
    let with = |command: &mut Command| -> Result<()> {
        run(command.env(BUNDLE, &built.bundle).env("EXOCTL_BIN", &built.program).env("EXOCTL_PLUGINS", &built.bundle))
    };
    if present("cargo", &["nextest", "--version"]) {
        // It runs no doctests.
        with(cargo().args(["test", "--workspace", "--doc", "--quiet"]))?;
        with(cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(rest))
    } else {
        // Not `--all-targets`: that would build the examples, some of which tests load, as tests themselves.
        with(cargo().args(["test", "--workspace", "--no-fail-fast"]).args(rest))
    }
}

/// The packages under `plugins/`.
fn plugin_packages() -> Result<Vec<String>> {
    let folder = root().join("plugins");
    let inside = |package: &serde_json::Value| {
        package["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(&folder))
    };
    let names: Vec<String> =
        packages()?.iter().filter(|p| inside(p)).filter_map(|p| p["name"].as_str().map(str::to_owned)).collect();
    ensure!(!names.is_empty(), "no package under {}", folder.display());
    Ok(names)
}

fn copy_if_changed(from: &Path, to: &Path) -> Result<()> {
    let new = fs::read(from).with_context(|| format!("read {}", from.display()))?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).with_context(|| format!("write {}", to.display()))
}

//! Other people's programs, each installed into a folder of its own, by the client of its own registry.

use super::world::World;
use crate::cargo::{cargo, present, root, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Our scripts.
fn scripts() -> PathBuf {
    root().join("xtask/interop")
}

/// One of our scripts.
pub(super) fn script(name: &str) -> PathBuf {
    scripts().join(name)
}

/// A Python of its own with packages from PyPI, or none where there is no Python.
///
/// `modules` is what must be there to be imported.
pub(super) fn python(world: &World, packages: &[&str], modules: &str) -> Result<Option<PathBuf>> {
    if !present("python3", &["-c", "import venv, ensurepip"]) {
        return Ok(None);
    }
    let home = world.folder().join("python");
    let python = home.join("bin/python");
    if !present(&python.to_string_lossy(), &["-m", "pip", "--version"]) {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    }
    if !present(&python.to_string_lossy(), &["-c", &format!("import {modules}")]) {
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(packages))
        .with_context(|| format!("install {} from PyPI", packages.join(", ")))?;
    }
    Ok(Some(python))
}

/// A folder with packages from npm (`name` or `name@version`) and our scripts, or none where there is no Node.
pub(super) fn node(world: &World, packages: &[&str]) -> Result<Option<PathBuf>> {
    if !present("node", &["--version"]) || !present("npm", &["--version"]) {
        return Ok(None);
    }
    let home = world.folder().join("node");
    std::fs::create_dir_all(&home)?;
    for package in packages {
        let name = package.rsplit_once('@').map_or(*package, |(name, _)| if name.is_empty() { package } else { name });
        if !home.join("node_modules").join(name).exists() {
            run(Command::new("npm").current_dir(&home).args([
                "install",
                "--no-audit",
                "--no-fund",
                "--silent",
                package,
            ]))
            .with_context(|| format!("install {package} from npm"))?;
        }
    }
    // Node looks for packages beside the script.
    for entry in std::fs::read_dir(scripts())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "cjs" || ending == "mjs") {
            std::fs::copy(&path, home.join(path.file_name().context("no file name")?))?;
        }
    }
    Ok(Some(home))
}

/// Builds one of our small programs around a crate; it is a workspace of its own with its own lock file.
pub(super) fn crate_of_its_own(world: &World, folder: &str, binary: &str) -> Result<PathBuf> {
    let built = world.folder().join("cargo");
    run(cargo()
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(script(folder).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&built))?;
    Ok(built.join("debug").join(format!("{binary}{}", std::env::consts::EXE_SUFFIX)))
}

/// The version of an npm package that is installed in a folder.
pub(super) fn npm_version(home: &Path, package: &str) -> Result<String> {
    let text = std::fs::read_to_string(home.join("node_modules").join(package).join("package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&text)?;
    Ok(package["version"].as_str().unwrap_or_default().to_owned())
}

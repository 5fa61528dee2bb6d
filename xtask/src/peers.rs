//! Other people's programs from PyPI and npm, each in a folder of its own, installed by the client of its own registry.

use crate::cargo::{present, run};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is said where there is no Python.
pub(crate) const NO_PYTHON: &str = "no python3 with venv";
/// What is said where there is no Node.
pub(crate) const NO_NODE: &str = "no node with npm";

/// A Python of its own with packages from PyPI, or none where there is no Python.
///
/// `modules` is what must be there to be imported.
pub(crate) fn python(home: &Path, packages: &[&str], modules: &str) -> Result<Option<PathBuf>> {
    if !present("python3", &["-c", "import venv, ensurepip"]) {
        return Ok(None);
    }
    let python = home.join("bin/python");
    if !present(&python.to_string_lossy(), &["-m", "pip", "--version"]) {
        run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    }
    if !present(&python.to_string_lossy(), &["-c", &format!("import {modules}")]) {
        run(Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(packages))
        .with_context(|| format!("install {} from PyPI", packages.join(", ")))?;
    }
    Ok(Some(python))
}

/// Puts packages from npm (`name` or `name@version`) into a folder; whether there is a Node to run them.
pub(crate) fn node(home: &Path, packages: &[&str]) -> Result<bool> {
    if !present("node", &["--version"]) || !present("npm", &["--version"]) {
        return Ok(false);
    }
    std::fs::create_dir_all(home)?;
    for package in packages {
        let name = package.rsplit_once('@').map_or(*package, |(name, _)| if name.is_empty() { package } else { name });
        if !home.join("node_modules").join(name).exists() {
            let install = ["install", "--no-audit", "--no-fund", "--silent", package];
            run(Command::new("npm").current_dir(home).args(install))
                .with_context(|| format!("install {package} from npm"))?;
        }
    }
    Ok(true)
}

/// The version of an npm package that is installed in a folder.
pub(crate) fn npm_version(home: &Path, package: &str) -> Result<String> {
    let text = std::fs::read_to_string(home.join("node_modules").join(package).join("package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&text)?;
    Ok(package["version"].as_str().unwrap_or_default().to_owned())
}

/// The version of a package in our Python.
pub(crate) fn pip_version(python: &Path, package: &str) -> Result<String> {
    let ask = format!("import importlib.metadata as m; print(m.version('{package}'))");
    let output = Command::new(python).args(["-c", &ask]).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

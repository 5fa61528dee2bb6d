//! Other people's programs, each installed into a folder of its own, by the client of its own registry.

use super::world::World;
use crate::cargo::{cargo, present, root, run};
use crate::peers;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Our scripts.
fn scripts() -> PathBuf {
    root().join("xtask/interop")
}

/// One of our scripts.
pub(super) fn script(name: &str) -> PathBuf {
    scripts().join(name)
}

/// The Python of these checks, with packages from PyPI; none where there is no Python.
pub(super) fn python(world: &World, packages: &[&str], modules: &str) -> Result<Option<PathBuf>> {
    peers::python(&world.folder().join("python"), packages, modules)
}

/// A folder with packages from npm and our scripts, or none where there is no Node.
pub(super) fn node(world: &World, packages: &[&str]) -> Result<Option<PathBuf>> {
    let home = world.folder().join("node");
    if !peers::node(&home, packages)? {
        return Ok(None);
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

/// A Debian package with all that it needs and the machine lacks, unpacked and not installed; none where there is
/// no such package.
pub(super) fn debian(world: &World, package: &str) -> Result<Option<PathBuf>> {
    let home = world.folder().join("debian").join(package);
    let root = home.join("root");
    if root.exists() {
        return Ok(Some(root));
    }
    let simulate = ["install", "--simulate", "--no-install-recommends", package];
    if !present("apt-get", &simulate) || !present("dpkg", &["--version"]) {
        return Ok(None);
    }
    let output = Command::new("apt-get").args(simulate).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let missing = text.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    let mut names: Vec<&str> = missing.collect();
    if !names.contains(&package) {
        names.push(package);
    }
    let (archives, unpacked) = (home.join("archives"), home.join("unpacked"));
    std::fs::create_dir_all(&archives)?;
    std::fs::create_dir_all(&unpacked)?;
    run(Command::new("apt-get")
        .current_dir(&archives)
        .args(["download", "--quiet=2"])
        .args(&names)
        .stderr(Stdio::null()))
    .with_context(|| format!("download {package} from Debian"))?;
    for archive in std::fs::read_dir(&archives)? {
        run(Command::new("dpkg").arg("--extract").arg(archive?.path()).arg(&unpacked))?;
    }
    std::fs::write(unpacked.join("version"), version_of(&archives, package)?)?;
    // Under its final name when it is whole.
    std::fs::rename(&unpacked, &root)?;
    Ok(Some(root))
}

/// A program of an unpacked package, with the libraries beside it.
pub(super) fn from_debian(root: &Path, program: &str) -> Result<Command> {
    let libraries: Vec<PathBuf> = std::fs::read_dir(root.join("usr/lib"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("-linux-"))
        .collect();
    let mut command = Command::new(root.join(program));
    command.env("LD_LIBRARY_PATH", std::env::join_paths(libraries)?);
    Ok(command)
}

/// The version of an unpacked package.
pub(super) fn debian_version(root: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(root.join("version"))?)
}

/// Archives are named `package_version_architecture.deb`.
fn version_of(archives: &Path, package: &str) -> Result<String> {
    let names = std::fs::read_dir(archives)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let version = names.into_iter().find_map(|name| {
        let mut parts = name.split('_');
        (parts.next() == Some(package)).then(|| parts.next().unwrap_or_default().to_owned())
    });
    let version = version.unwrap_or_default();
    ensure!(!version.is_empty(), "no archive of {package}");
    Ok(version)
}

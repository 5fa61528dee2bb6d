//! Where the built program and its plugins are; built once where nobody has built them yet.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The built program, with the bundled plugins inside.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        named("EXOCTL_BIN").unwrap_or_else(|| {
            build();
            target().join("debug").join(format!("exoctl{}", std::env::consts::EXE_SUFFIX))
        })
    })
}

/// The folder with the bundled plugins as files.
pub fn plugins() -> PathBuf {
    named("EXOCTL_PLUGINS").unwrap_or_else(|| {
        program();
        target().join("bundle/debug")
    })
}

/// One of the bundled plugins, as a file.
pub fn plugin(name: &str) -> Vec<u8> {
    read(&plugins().join(library(&format!("reports_{name}"))))
}

/// A plugin with a mode for every hazard of the boundary, report `hazard`, parameter `mode`.
pub fn misbehaving() -> Vec<u8> {
    example("conformance")
}

/// A plugin that asks for what it is told to: report `plain`, or `writing`, parameters `cmdlet` and `parameters`.
pub fn asking() -> Vec<u8> {
    example("asks")
}

/// A plugin as authors write them, whose report `clumsy` panics with the parameter `how=run`.
pub fn careless() -> Vec<u8> {
    example("written")
}

/// Built beside the tests where all are built, else now.
fn example(name: &str) -> Vec<u8> {
    let path = examples().join(library(name));
    if !path.exists() {
        cargo(&["build", "--package", "exo-plugin-host", "--example", name]);
    }
    read(&path)
}

/// Cargo puts examples beside the folder of the running test.
fn examples() -> PathBuf {
    let test = std::env::current_exe().unwrap_or_default();
    let profile = test.parent().and_then(Path::parent).map_or_else(|| target().join("debug"), Path::to_owned);
    profile.join("examples")
}

fn library(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

#[expect(clippy::panic, reason = "a test without its plugin cannot go on")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `cargo xtask test` tells where things are, so that nothing is built a second time.
fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

fn build() {
    cargo(&["xtask", "build", "--debug"]);
}

fn cargo(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root()).args(arguments).status();
    assert!(status.is_ok_and(|status| status.success()), "`cargo {}` failed", arguments.join(" "));
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

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

/// `cargo xtask test` tells where things are, so that nothing is built a second time.
fn named(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

#[expect(clippy::panic, reason = "without the program there is nothing to test")]
fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).current_dir(root()).args(["xtask", "build", "--debug"]).status();
    if !status.is_ok_and(|status| status.success()) {
        panic!("`cargo xtask build --debug` failed");
    }
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

//! What compiling for Windows and running it needs: named first, installed where that may be done.

use super::{COMPILER, TARGET, folder};
use crate::cargo::present;
use crate::say;
use anyhow::{Result, bail};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

/// Installs what is missing. Without Wine it goes on, since compiling is worth something alone.
pub(super) fn all() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_there()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder())?;
    say("needed, and not there yet:");
    for need in &missing {
        say(&format!("  {}: {}", need.what, need.plan()));
    }
    let mut lacking = Vec::new();
    for need in missing {
        if need.install() && need.is_there() {
            say(&format!("installed {}", need.what));
        } else {
            lacking.push(need);
        }
    }
    let ways: Vec<String> = lacking.iter().map(|need| format!("  {}: {}", need.what, need.way_out())).collect();
    if lacking.iter().any(|need| need.required) {
        bail!("nothing can be compiled before these are there:\n{}", ways.join("\n"));
    }
    if !ways.is_empty() {
        say(&format!("going on without:\n{}", ways.join("\n")));
    }
    Ok(())
}

/// Something that this command needs.
struct Need {
    what: &'static str,
    by: By,
    required: bool,
}

enum By {
    /// A target of the toolchain.
    Rustup,
    /// A program, and the packages of Debian that bring it.
    Apt { program: &'static str, packages: &'static [&'static str], size: &'static str, elsewhere: &'static str },
}

impl Need {
    fn is_there(&self) -> bool {
        match self.by {
            By::Rustup => target_library().is_some_and(|folder| Path::new(&folder).is_dir()),
            By::Apt { program, .. } => present(program, &["--version"]),
        }
    }

    /// What will be done about it, or why nothing can be.
    fn plan(&self) -> String {
        match self.by {
            By::Rustup if !has_rustup() => "not installed, since there is no rustup".to_owned(),
            By::Rustup => format!("will be installed by `rustup target add {TARGET}` (download, about 30 MB)"),
            By::Apt { packages, size, .. } => match apt_refusal() {
                None => format!("will be installed system-wide by `apt-get install {}` ({size})", packages.join(" ")),
                Some(why) => format!("not installed, since {why}"),
            },
        }
    }

    fn install(&self) -> bool {
        match self.by {
            By::Rustup => has_rustup() && logged(Command::new("rustup").args(["target", "add", TARGET])),
            By::Apt { packages, .. } => apt_refusal().is_none() && apt(packages),
        }
    }

    /// What the user can do instead.
    fn way_out(&self) -> String {
        let log = folder().join(LOG);
        let said = if log.is_file() { format!(" (what was said: {})", log.display()) } else { String::new() };
        match self.by {
            By::Rustup => format!(
                "run `rustup target add {TARGET}`, or install the standard library for it that comes with your Rust{said}"
            ),
            By::Apt { packages, elsewhere, .. } => {
                format!("on Debian and Ubuntu run `sudo apt-get install {}`; {elsewhere}{said}", packages.join(" "))
            }
        }
    }
}

/// Where the toolchain keeps the target's library, be it there or not.
fn target_library() -> Option<String> {
    let output = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|folder| !folder.is_empty())
}

fn has_rustup() -> bool {
    present("rustup", &["--version"])
}

/// Why nothing can be installed by apt.
fn apt_refusal() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output();
    if !present("apt-get", &["--version"]) {
        Some("this system has no apt-get")
    } else if id.is_ok_and(|output| output.stdout.trim_ascii() == b"0") {
        None
    } else {
        Some("only root may, and this command asks nobody for a password")
    }
}

/// The lists of packages are fetched only where the ones that are there do not do.
fn apt(packages: &[&str]) -> bool {
    let get = || {
        let mut command = Command::new("apt-get");
        command.args(["-o", "DPkg::Lock::Timeout=120"]).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let install = || logged(get().args(["install", "--yes", "--no-install-recommends"]).args(packages));
    // A source that cannot be reached is no reason to stop; whether the packages come is.
    install() || {
        logged(get().arg("update"));
        install()
    }
}

/// Runs it without anybody at the keyboard; what it says goes into a file.
fn logged(command: &mut Command) -> bool {
    let log = File::options().create(true).append(true).open(folder().join(LOG));
    let Ok((out, err)) = log.and_then(|log| Ok((log.try_clone()?, log))) else { return false };
    command.stdin(Stdio::null()).stdout(out).stderr(err).status().is_ok_and(|status| status.success())
}

const LOG: &str = "install.log";

const NEEDS: &[Need] = &[
    Need { what: "Rust's library for x86_64-pc-windows-gnu", by: By::Rustup, required: true },
    Need {
        what: "a C compiler for Windows",
        by: By::Apt {
            program: COMPILER,
            packages: &["gcc-mingw-w64-x86-64"],
            size: "download about 100 MB, 540 MB on disk",
            elsewhere: "Fedora: `sudo dnf install mingw64-gcc`; macOS: `brew install mingw-w64`",
        },
        required: true,
    },
    Need {
        what: "Wine",
        by: By::Apt {
            program: "wine",
            packages: &["wine", "wine64"],
            size: "download about 105 MB, 700 MB on disk",
            elsewhere: "Fedora: `sudo dnf install wine-core`; macOS: `brew install --cask wine-stable`",
        },
        required: false,
    },
];

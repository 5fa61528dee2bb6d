//! Packs the sources of the SDK, so that `exoctl plugin new` needs neither a registry nor a checkout.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What an author of reports builds with; the first is what is depended on.
const CRATES: [&str; 6] =
    ["exo-plugin", "exo-plugin-macros", "exo-plugin-abi", "exo-plugin-wire", "exo-catalog", "exo-model"];

/// Writes the packed files and the lock file for a new plugin into the folder.
pub(crate) fn pack(crates: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let root = crates.parent().ok_or("the crates are in no workspace")?;
    let mut packed = Vec::new();
    let mut wanted: BTreeSet<String> = CRATES.iter().map(|name| (*name).to_owned()).collect();
    // What an author has to ask for by a feature is in no lock file before that.
    let mut locked = wanted.clone();
    for name in CRATES {
        let folder = crates.join(name);
        let manifest = published(&fs::read_to_string(folder.join("Cargo.toml"))?);
        wanted.extend(dependencies(&manifest, |_| true));
        locked.extend(dependencies(&manifest, |line| !line.contains("optional = true")));
        entry(&mut packed, &format!("{name}/Cargo.toml"), manifest.as_bytes());
        for part in ["README.md", "src", "data"] {
            println!("cargo::rerun-if-changed={}", folder.join(part).display());
            for path in files(&folder.join(part))? {
                let inside = path.strip_prefix(crates)?.to_string_lossy().replace('\\', "/");
                entry(&mut packed, &inside, &fs::read(&path)?);
            }
        }
        println!("cargo::rerun-if-changed={}", folder.join("Cargo.toml").display());
    }
    let manifest = workspace(&fs::read_to_string(root.join("Cargo.toml"))?, &wanted)?;
    entry(&mut packed, "Cargo.toml", manifest.as_bytes());
    println!("cargo::rerun-if-changed={}", root.join("Cargo.toml").display());
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&packed)?;
    fs::write(out.join("sdk.deflate"), encoder.finish()?)?;
    println!("cargo::rerun-if-changed={}", root.join("Cargo.lock").display());
    fs::write(out.join("plugin.lock"), lock(&fs::read_to_string(root.join("Cargo.lock"))?, &locked))?;
    Ok(())
}

/// Path, length, bytes: what `src/plugin/new/sdk.rs` reads.
fn entry(packed: &mut Vec<u8>, path: &str, bytes: &[u8]) {
    packed.extend_from_slice(format!("{path}\n{}\n", bytes.len()).as_bytes());
    packed.extend_from_slice(bytes);
}

/// Every file of a folder, or the file itself; none where there is neither.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            found.extend(files(&entry?.path())?);
        }
    }
    found.sort();
    Ok(found)
}

/// A crate's manifest without what only its own tests need.
fn published(manifest: &str) -> String {
    let mut text = String::new();
    let mut kept = true;
    for line in manifest.lines() {
        if line.starts_with('[') {
            let of_tests = ["[[example]]", "[[test]]", "[[bench]]", "[[bin]]"];
            kept = line != "[dev-dependencies]" && !of_tests.contains(&line);
        }
        if kept {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim_end().to_owned() + "\n"
}

/// The names under `[dependencies]`.
fn dependencies(manifest: &str, counts: impl Fn(&str) -> bool) -> Vec<String> {
    let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let lines = lines.take_while(|line| !line.starts_with('[')).filter(|line| counts(line));
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect()
}

/// The workspace that the crates stand in, with the dependencies that they have and no lints of ours.
fn workspace(root: &str, wanted: &BTreeSet<String>) -> Result<String, Box<dyn Error>> {
    let mut text =
        String::from("# The SDK for reports of exoctl, as it came with the program that wrote this plugin.\n");
    text.push_str("[workspace]\nresolver = \"3\"\nmembers = [");
    for name in CRATES {
        write!(text, "\"{name}\", ")?;
    }
    text.push_str("]\n\n[workspace.package]\n");
    for line in section(root, "[workspace.package]") {
        writeln!(text, "{line}")?;
    }
    text.push_str("[workspace.dependencies]\n");
    for line in section(root, "[workspace.dependencies]") {
        let name = line.split([' ', '=']).next().unwrap_or_default();
        if wanted.contains(name) {
            writeln!(text, "{}", line.replace("path = \"crates/", "path = \""))?;
        }
    }
    text.push_str("\n[workspace.lints]\n");
    Ok(text)
}

/// The lines of a section.
fn section<'a>(manifest: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    manifest.lines().skip_while(move |line| *line != name).skip(1).take_while(|line| !line.starts_with('['))
}

/// The lock file with the packages that the SDK can need: their versions are those that this program was tested with.
fn lock(whole: &str, wanted: &BTreeSet<String>) -> String {
    let mut parts = whole.split("[[package]]\n");
    let head = parts.next().unwrap_or_default();
    let packages: Vec<&str> = parts.collect();
    let name = |package: &str| quoted(package.lines().next().unwrap_or_default());
    let mut open: Vec<String> = CRATES.iter().map(|name| (*name).to_owned()).collect();
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    while let Some(next) = open.pop() {
        for package in packages.iter().filter(|package| name(package) == next) {
            for dependency in listed(package, wanted) {
                if seen.insert(dependency.clone()) {
                    open.push(dependency);
                }
            }
        }
    }
    let mut text = head.to_owned();
    for package in packages.into_iter().filter(|package| seen.contains(&name(package))) {
        text.push_str("[[package]]\n");
        let name = name(package);
        let ours = CRATES.contains(&name.as_str());
        // A crate that names itself does so for its tests.
        let needed = |line: &str| !line.starts_with(" \"") || wanted.contains(&short(line)) && short(line) != name;
        let kept = package.lines().filter(|line| !ours || needed(line));
        kept.for_each(|line| {
            text.push_str(line);
            text.push('\n');
        });
    }
    text
}

/// What a package of the lock file depends on; ours without what only their tests need.
fn listed(package: &str, wanted: &BTreeSet<String>) -> Vec<String> {
    let ours = CRATES.contains(&quoted(package.lines().next().unwrap_or_default()).as_str());
    let names = package.lines().filter(|line| line.starts_with(" \"")).map(short);
    names.filter(|name| !ours || wanted.contains(name)).collect()
}

/// `"syn 3.0.10",` as `syn`.
fn short(line: &str) -> String {
    quoted(line).split(' ').next().unwrap_or_default().to_owned()
}

fn quoted(line: &str) -> String {
    line.split('"').nth(1).unwrap_or_default().to_owned()
}

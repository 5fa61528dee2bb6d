//! What the compiler does not check: layers, file lengths, first lines, the list of files with `unsafe`.

use crate::cargo::{packages, root};
use crate::say;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each crate may depend on; the table of the architecture page.
const LAYERS: &[(&str, &[&str])] = &[
    ("exo-model", &[]),
    ("exo-catalog", &["exo-model"]),
    ("exo-http", &["exo-model"]),
    ("exo-cert", &["exo-model"]),
    ("exo-token", &["exo-model", "exo-http", "exo-cert"]),
    ("exo-session", &["exo-model", "exo-catalog", "exo-http"]),
    ("exo-rbac", &["exo-model", "exo-catalog"]),
    ("exo-onboard", &["exo-model", "exo-http", "exo-cert", "exo-catalog"]),
    ("exo-plugin-abi", &[]),
    ("exo-plugin-wire", &["exo-model", "exo-catalog"]),
    ("exo-plugin-macros", &[]),
    ("exo-plugin", &["exo-model", "exo-plugin-abi", "exo-plugin-wire", "exo-plugin-macros"]),
    ("exo-plugin-host", &["exo-model", "exo-plugin-abi", "exo-plugin-wire"]),
    ("exo-snapshot", &["exo-model"]),
    ("exo-output", &["exo-model"]),
    ("exo-emulator", &[]),
    ("exo-tests", &["exo-emulator"]),
    ("xtask", &[]),
];

/// Files that may be longer than the limit, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Files that may hold `unsafe`; style section 4.
const UNSAFE_FILES: &[&str] = &[
    "crates/exo-plugin-abi/src/",
    "crates/exo-plugin/src/mailbox.rs",
    "crates/exo-plugin/src/export.rs",
    "crates/exo-plugin/src/fake.rs",
    "crates/exo-plugin/src/fake/",
    "crates/exo-plugin/tests/api/conformance.rs",
    "crates/exo-plugin/tests/api/exported.rs",
    "crates/exo-plugin-host/src/carrier/",
    "crates/exo-plugin-host/src/sandbox/",
    "crates/exo-plugin-host/tests/",
    "crates/exo-cert/src/store/windows/",
    "crates/exo-cert/tests/stores/windows/",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["mod.rs", "imp.rs", "utils.rs", "util.rs", "types.rs", "common.rs", "helpers.rs", "misc.rs"];

/// Lines of a file at most, its unit tests included.
const MOST_LINES: usize = 450;

/// The page that says which test holds which requirement on a session.
const REQUIREMENTS: &str = "docs/src/contributing/session-requirements.md";

/// Runs every check and lists all that is wrong.
pub(crate) fn run() -> Result<()> {
    let wrong: Vec<String> = [layers()?, files(), unsafe_code(), places(), requirements()?].concat();
    if wrong.is_empty() {
        say("tidy: nothing to say");
        return Ok(());
    }
    bail!("{} things are not tidy:\n  {}", wrong.len(), wrong.join("\n  "));
}

/// The dependency table, over what cargo says. Test-only dependencies are free.
fn layers() -> Result<Vec<String>> {
    let table: BTreeMap<&str, BTreeSet<&str>> =
        LAYERS.iter().map(|(name, allowed)| (*name, allowed.iter().copied().collect())).collect();
    let packages = packages()?;
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut wrong = Vec::new();
    for package in &packages {
        let Some(name) = package["name"].as_str().filter(|name| *name != "exoctl") else { continue };
        let plugin = package["manifest_path"].as_str().is_some_and(|path| path.contains("/plugins/"));
        let only_sdk = BTreeSet::from(["exo-plugin"]);
        let Some(allowed) = table.get(name).or(plugin.then_some(&only_sdk)) else {
            wrong.push(format!("{name} is not in the dependency table of xtask/src/tidy.rs"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let on = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"].is_null() && ours.contains(on) && !allowed.contains(on) {
                wrong.push(format!("{name} depends on {on}, which the dependency table does not allow"));
            }
        }
    }
    Ok(wrong)
}

/// Lengths, names and first lines.
fn files() -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = Path::new(&path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let lines = text.lines().count();
        if lines > MOST_LINES && !LONG_FILES.iter().any(|(file, _)| *file == path) {
            wrong.push(format!("{path} has {lines} lines; cut it by topic"));
        }
        if EMPTY_NAMES.contains(&name.as_str()) {
            wrong.push(format!("{path}: the name says nothing"));
        }
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") && !first.starts_with("#![doc = include_str!") {
            wrong.push(format!("{path} does not begin with a `//!` sentence"));
        }
    }
    wrong
}

/// `unsafe` outside the files that may hold it.
fn unsafe_code() -> Vec<String> {
    let marks = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"];
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    sources()
        .filter(|(path, _)| {
            !UNSAFE_FILES.iter().any(|allowed| path.starts_with(allowed)) && !path.starts_with("xtask/")
        })
        .filter(|(_, text)| text.lines().filter(is_code).any(|line| marks.iter().any(|mark| line.contains(mark))))
        .map(|(path, _)| format!("{path} holds `unsafe` and is not on the list in xtask/src/tidy.rs"))
        .collect()
}

/// Paths of a machine, and marks of unfinished work.
fn places() -> Vec<String> {
    let marks = [
        concat!("../", "shared"),
        concat!("/", "work/"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("todo", "!("),
    ];
    sources()
        .flat_map(|(path, text)| {
            let found: Vec<String> =
                marks.iter().filter(|mark| text.contains(*mark)).map(|mark| format!("{path} holds `{mark}`")).collect();
            found
        })
        .collect()
}

/// Requirements whose tests are not there; the page says which test holds which.
fn requirements() -> Result<Vec<String>> {
    let text = fs::read_to_string(root().join(REQUIREMENTS))?;
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| C")).collect();
    let mut wrong: Vec<String> = Vec::new();
    if rows.len() != 27 {
        wrong.push(format!("{REQUIREMENTS} has {} requirements", rows.len()));
    }
    let sources: Vec<(String, String)> = sources().collect();
    for row in rows {
        // What stands between backticks in the last cell.
        let tests: Vec<&str> = row.rsplit('|').nth(1).unwrap_or_default().split('`').skip(1).step_by(2).collect();
        let missing = |test: &str| !sources.iter().any(|(_, text)| text.contains(&format!("fn {test}(")));
        let missing: Vec<&str> = tests.iter().copied().filter(|test| missing(test)).collect();
        if tests.is_empty() || !missing.is_empty() {
            wrong.push(format!("{REQUIREMENTS}: no test {missing:?} in `{row}`"));
        }
    }
    Ok(wrong)
}

/// Every Rust file of the workspace with its path from the root.
fn sources() -> impl Iterator<Item = (String, String)> {
    let root = root();
    let mut found = Vec::new();
    for top in ["crates", "plugins", "tests", "xtask"] {
        collect(&root.join(top), &mut found);
    }
    found.sort();
    found.into_iter().filter_map(move |path| {
        let text = fs::read_to_string(&path).ok()?;
        let short = path.strip_prefix(&root).ok()?.to_string_lossy().replace('\\', "/");
        Some((short, text))
    })
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" && name != "data" {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_depend_only_on_what_the_table_allows() {
        assert_eq!(layers().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn files_are_short_named_and_introduced() {
        assert_eq!(files(), Vec::<String>::new());
    }

    #[test]
    fn unsafe_stands_only_where_it_may() {
        assert_eq!(unsafe_code(), Vec::<String>::new());
    }

    #[test]
    fn nothing_points_at_a_machine_or_is_left_undone() {
        assert_eq!(places(), Vec::<String>::new());
    }

    #[test]
    fn every_requirement_on_a_session_has_its_tests() {
        assert_eq!(requirements().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn every_library_is_looked_at() {
        assert!(sources().count() > 50);
    }
}

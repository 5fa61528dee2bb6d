//! Embeds the bundled plugins (the folder is named by `EXOCTL_BUNDLE`, as `cargo xtask build` does) and the SDK's sources.

#[path = "build/sdk.rs"]
mod sdk;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=EXOCTL_BUNDLE");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let mut code = String::from("const EMBEDDED: &[Embedded] = &[\n");
    for path in plugins(env::var_os("EXOCTL_BUNDLE").as_deref().map(Path::new))? {
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        fs::write(out.join(&name), &bytes)?;
        writeln!(
            code,
            "    Embedded {{ file: {name:?}, sha256: {:?}, bytes: include_bytes!({name:?}) }},",
            sha256(&bytes)
        )?;
    }
    code.push_str("];\n");
    fs::write(out.join("bundled.rs"), code)?;
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?);
    println!("cargo::rerun-if-changed=build/sdk.rs");
    sdk::pack(here.parent().ok_or("this crate is in no folder of crates")?, &out)
}

/// The libraries of the folder in the order of their names; none where no folder is named.
fn plugins(folder: Option<&Path>) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(Vec::new());
    };
    println!("cargo::rerun-if-changed={}", folder.display());
    let is_library = |path: &PathBuf| path.extension().is_some_and(|e| e == "so" || e == "dylib" || e == "dll");
    let entries = fs::read_dir(folder).map_err(|error| format!("EXOCTL_BUNDLE {}: {error}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_library).collect();
    found.sort();
    if found.is_empty() {
        return Err(format!("EXOCTL_BUNDLE {} holds no plugin", folder.display()).into());
    }
    Ok(found)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    digest
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

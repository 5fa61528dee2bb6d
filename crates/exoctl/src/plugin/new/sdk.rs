//! The SDK's sources, as they were packed by the build script.

use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use flate2::read::DeflateDecoder;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Path and bytes of each file, below `sdk/`.
pub(crate) fn files() -> Result<Vec<(String, Vec<u8>)>> {
    let broken = || Failure::new(ErrorKind::Fault, "the SDK in this program is damaged").hinted("install exoctl anew");
    let mut packed = Vec::new();
    DeflateDecoder::new(PACKED).read_to_end(&mut packed).map_err(|_| broken())?;
    let mut files = Vec::new();
    let mut rest = packed.as_slice();
    while !rest.is_empty() {
        let (path, after) = line(rest).ok_or_else(broken)?;
        let (length, after) = line(after).ok_or_else(broken)?;
        let (bytes, after) = after.split_at_checked(length.parse().map_err(|_| broken())?).ok_or_else(broken)?;
        files.push((format!("sdk/{path}"), bytes.to_vec()));
        rest = after;
    }
    Ok(files)
}

/// Versions of all crates that a plugin is built with, as this program was tested with them.
pub(crate) fn lock() -> &'static str {
    LOCK
}

/// The crate `exo-plugin` of a checkout.
pub(crate) fn of_checkout(folder: &Path) -> Result<PathBuf> {
    let found = [folder.join("crates/exo-plugin"), folder.join("exo-plugin"), folder.to_owned()]
        .into_iter()
        .find(|path| path.join("Cargo.toml").is_file() && path.ends_with("exo-plugin"));
    let path = found.and_then(|path| path.canonicalize().ok());
    path.ok_or_else(|| {
        Failure::usage(format!("`{}` holds no crate exo-plugin", folder.display()))
            .hinted("name a checkout of exoctl, or leave out --sdk for the copy in this program")
    })
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|b| *b == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((std::str::from_utf8(line).ok()?, rest.get(1..)?))
}

const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sdk.deflate"));
const LOCK: &str = include_str!(concat!(env!("OUT_DIR"), "/plugin.lock"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_is_whole_and_small() {
        let files = files().unwrap();
        let has = |path: &str| files.iter().any(|(name, _)| name == path);
        for path in [
            "sdk/Cargo.toml",
            "sdk/exo-plugin/src/lib.rs",
            "sdk/exo-plugin/README.md",
            "sdk/exo-catalog/data/cmdlets.txt",
        ] {
            assert!(has(path), "{path}");
        }
        let text: String = files.iter().filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok()).collect();
        assert!(!text.contains("[dev-dependencies]") && !text.contains("path = \"crates/"));
        assert!(PACKED.len() < 200 << 10, "{}", PACKED.len());
    }

    #[test]
    fn the_lock_file_has_what_the_sdk_needs_and_no_more() {
        for name in ["exo-plugin", "serde_json", "async-trait", "futures-util", "unicode-ident"] {
            assert!(LOCK.contains(&format!("name = \"{name}\"")), "{name}");
        }
        for name in ["tokio", "proptest", "insta", "exoctl", "ring", "tracing"] {
            assert!(!LOCK.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}

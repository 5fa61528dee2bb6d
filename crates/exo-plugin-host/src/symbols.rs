//! The manifest's bytes, found through the symbol table without loading the library.

use crate::{Error, PluginOrigin};
use exo_plugin_abi::{ABI_MAJOR, MANIFEST_SYMBOL, SYMBOL_PREFIX};
use exo_plugin_wire::PluginManifest;
use object::{Architecture, BinaryFormat, ExportTarget, Object as _, ObjectSection as _};
use std::fmt;

/// The system and processor that a library is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    system: &'static str,
    processor: &'static str,
}

impl Target {
    /// What this program runs on.
    pub(crate) fn here() -> Self {
        let system = match std::env::consts::OS {
            known @ ("macos" | "windows") => known,
            _ => "linux",
        };
        Self { system, processor: std::env::consts::ARCH }
    }

    fn of(file: &object::File<'_>) -> Self {
        let system = match file.format() {
            BinaryFormat::Elf => "linux",
            BinaryFormat::MachO => "macos",
            BinaryFormat::Pe => "windows",
            _ => "another system",
        };
        let processor = match file.architecture() {
            Architecture::X86_64 => "x86_64",
            Architecture::Aarch64 => "aarch64",
            Architecture::Riscv64 => "riscv64",
            _ => "another processor",
        };
        Self { system, processor }
    }

    /// One word for it, as packages name it.
    pub(crate) fn word(self) -> String {
        format!("{}-{}", self.system, self.processor)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.system, self.processor)
    }
}

/// The manifest as the library exports it, header and JSON, if the library is for this system.
pub(crate) fn manifest<'a>(origin: &PluginOrigin, library: &'a [u8]) -> Result<&'a [u8], Error> {
    let file = parsed(origin, library)?;
    let (found, wanted) = (Target::of(&file), Target::here());
    if found != wanted {
        return Err(Error::OtherTarget {
            origin: origin.clone(),
            found: found.to_string(),
            wanted: wanted.to_string(),
        });
    }
    exported(origin, &file)
}

/// What a library is for, whatever that is, and the manifest that it exports.
pub(crate) fn inspect<'a>(origin: &PluginOrigin, library: &'a [u8]) -> Result<(Target, &'a [u8]), Error> {
    let file = parsed(origin, library)?;
    Ok((Target::of(&file), exported(origin, &file)?))
}

fn parsed<'a>(origin: &PluginOrigin, library: &'a [u8]) -> Result<object::File<'a>, Error> {
    object::File::parse(library).map_err(|e| Error::NotALibrary { origin: origin.clone(), detail: e.to_string() })
}

fn exported<'a>(origin: &PluginOrigin, file: &object::File<'a>) -> Result<&'a [u8], Error> {
    let broken = |detail: String| Error::NotALibrary { origin: origin.clone(), detail };
    let mut other = None;
    let mut found = None;
    for export in file.exports().map_err(|e| broken(e.to_string()))? {
        let export = export.map_err(|e| broken(e.to_string()))?;
        let name = export.name();
        let (Some(name), ExportTarget::Address { address }) = (name.name(), export.target()) else { continue };
        match plain(name) {
            name if name == MANIFEST_SYMBOL.as_bytes() => found = Some(address),
            name => other = other.max(other_major(name)),
        }
    }
    let Some(address) = found else {
        return Err(match other {
            Some(found) => Error::OtherMajor { origin: origin.clone(), found, host: ABI_MAJOR },
            None => Error::NotAPlugin { origin: origin.clone() },
        });
    };
    let bytes = at(file, address).ok_or_else(|| broken("the manifest lies outside the file".to_owned()))?;
    let wrong = |error| Error::Manifest { origin: origin.clone(), source: Box::new(error) };
    let length = PluginManifest::framed_length(bytes).map_err(wrong)?;
    // Where it is cut short, whoever parses it says so.
    Ok(bytes.get(..length).unwrap_or(bytes))
}

/// Everything of the section from this address on.
fn at<'a>(file: &object::File<'a>, address: u64) -> Option<&'a [u8]> {
    file.sections().find_map(|section| {
        let offset = usize::try_from(address.checked_sub(section.address())?).ok()?;
        let data = if offset as u64 <= section.size() { section.data().ok()? } else { return None };
        data.get(offset..).filter(|rest| !rest.is_empty())
    })
}

/// A name without the underscore that Mach-O puts before each.
fn plain(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"_").unwrap_or(name)
}

/// The major version in the name of another version's manifest.
fn other_major(name: &[u8]) -> Option<u32> {
    let name = std::str::from_utf8(name).ok()?;
    name.strip_prefix(SYMBOL_PREFIX)?.strip_prefix("MANIFEST_V")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_major_is_read_from_the_name() {
        assert_eq!(other_major(b"EXO_PLUGIN_MANIFEST_V12"), Some(12));
        assert_eq!(other_major(b"EXO_PLUGIN_MANIFEST_V"), None);
        assert_eq!(other_major(b"EXO_PLUGIN_V2"), None);
        assert_eq!(plain(b"_EXO_PLUGIN_V0"), b"EXO_PLUGIN_V0");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000), magic in 0..4) {
            let magics: [&[u8]; 4] = [b"", b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe", b"MZ"];
            let magic = magics[usize::try_from(magic).unwrap()];
            if bytes.len() > magic.len() {
                bytes[..magic.len()].copy_from_slice(magic);
            }
            prop_assert!(manifest(&PluginOrigin::Bundled("x".into()), &bytes).is_err());
        }
    }
}

//! The manifest's bytes, found through the symbol table without loading the library.

use crate::{Error, PluginOrigin};
use exo_plugin_abi::{ABI_MAJOR, MANIFEST_SYMBOL, SYMBOL_PREFIX};
use exo_plugin_wire::PluginManifest;
use object::{Architecture, BinaryFormat, ExportTarget, Object as _, ObjectSection as _};

/// The manifest as the library exports it: header and JSON.
pub(crate) fn manifest<'a>(origin: &PluginOrigin, library: &'a [u8]) -> Result<&'a [u8], Error> {
    let broken = |detail: String| Error::NotALibrary { origin: origin.clone(), detail };
    let file = object::File::parse(library).map_err(|e| broken(e.to_string()))?;
    target(origin, &file)?;
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
    let bytes = at(&file, address).ok_or_else(|| broken("the manifest lies outside the file".to_owned()))?;
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

fn target(origin: &PluginOrigin, file: &object::File<'_>) -> Result<(), Error> {
    let format = match file.format() {
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
    let here = match std::env::consts::OS {
        known @ ("macos" | "windows") => known,
        _ => "linux",
    };
    if (format, processor) == (here, std::env::consts::ARCH) {
        return Ok(());
    }
    Err(Error::OtherTarget {
        origin: origin.clone(),
        found: format!("{format} on {processor}"),
        wanted: format!("{here} on {}", std::env::consts::ARCH),
    })
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

//! What a library's file says about the code in it, without loading it.

use object::elf::{DT_INIT_ARRAYSZ, DT_NEEDED};
use object::read::elf::{ElfFile64, SectionHeader as _};
use object::{BinaryFormat, Object as _, ObjectSection as _, ObjectSymbol as _};
use std::collections::BTreeSet;

/// What a library needs and shows; for whoever is about to give it away or to accept it.
///
/// ```no_run
/// let library = std::fs::read("target/release/libarchive_gap.so")?;
/// let seen = exo_plugin_host::Inspection::of(&library)?;
/// assert_eq!(seen.foreign_libraries().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// How many bytes it has.
    pub size: usize,
    /// The symbols that it shows.
    pub exports: Vec<String>,
    /// The libraries that it needs.
    pub libraries: Vec<String>,
    /// The oldest GNU C library that has all it needs; none where it needs none.
    pub c_library: Option<(u32, u32)>,
    /// Functions that run when it is loaded, the compiler's own among them; none where that cannot be seen.
    pub constructors: Option<usize>,
    /// Whether a panic unwinds.
    pub unwinds: bool,
    /// Whether debug information is in it.
    pub debug_information: bool,
}

impl Inspection {
    /// Looks at a library of any system.
    ///
    /// # Errors
    ///
    /// When the bytes are no library, as a sentence.
    pub fn of(library: &[u8]) -> Result<Self, String> {
        look(library).map_err(|error| error.to_string())
    }

    /// Symbols beside the two of the boundary.
    pub fn foreign_exports(&self) -> impl Iterator<Item = &str> {
        let ours = |name: &&str| {
            name.trim_start_matches('_').starts_with(exo_plugin_abi::SYMBOL_PREFIX) || TOOLCHAIN.contains(name)
        };
        self.exports.iter().map(String::as_str).filter(move |name| !ours(name))
    }

    /// Libraries beside those of the system: its C library, mathematics, unwinder, loader.
    pub fn foreign_libraries(&self) -> impl Iterator<Item = &str> {
        self.libraries.iter().map(String::as_str).filter(|name| !is_of_system(name))
    }

    /// Whether every supported system has its C library.
    pub fn is_old_enough(&self) -> bool {
        self.c_library.is_none_or(|needed| needed <= Self::C_LIBRARY)
    }

    /// Functions that run when it is loaded and that the compiler did not put there.
    pub fn own_constructors(&self) -> usize {
        self.constructors.unwrap_or_default().saturating_sub(COMPILERS_CONSTRUCTORS)
    }

    /// The GNU C library that supported systems have at least: that of RHEL 9 and Ubuntu 22.04.
    pub const C_LIBRARY: (u32, u32) = (2, 34);
}

fn look(library: &[u8]) -> object::Result<Inspection> {
    let file = object::File::parse(library)?;
    let mut seen = Inspection { size: library.len(), ..Inspection::default() };
    for export in file.exports()? {
        let export = export?;
        seen.exports.extend(export.name().name().map(text));
    }
    let debug = |name: &[u8]| matches!(name, b".debug_info" | b"__debug_info" | b".zdebug_info");
    seen.debug_information = file.sections().any(|section| section.name_bytes().is_ok_and(debug));
    match &file {
        object::File::Elf64(elf) => linux(elf, &mut seen)?,
        _ => elsewhere(&file, &mut seen)?,
    }
    Ok(seen)
}

fn linux(elf: &ElfFile64<'_>, seen: &mut Inspection) -> object::Result<()> {
    // Read as the loader reads it: section headers may say something else, or be gone.
    let dynamic = elf.elf_dynamic_table()?;
    let mut constructors = 0;
    for entry in &dynamic {
        if entry.tag == DT_NEEDED {
            seen.libraries.push(text(dynamic.string(entry)?));
        } else if entry.tag == DT_INIT_ARRAYSZ {
            constructors = usize::try_from(entry.val / 8).unwrap_or(usize::MAX);
        }
    }
    seen.constructors = Some(constructors);
    seen.unwinds = elf.dynamic_symbols().any(|symbol| symbol.name_bytes().is_ok_and(is_unwinder));
    seen.c_library = versions(elf)?.iter().filter_map(|name| gnu(name)).max();
    Ok(())
}

/// The names of the versions that the library needs of others.
fn versions(elf: &ElfFile64<'_>) -> object::Result<Vec<String>> {
    let (endian, data) = (elf.endian(), elf.data());
    let table = elf.elf_section_table();
    let mut names = Vec::new();
    for (index, section) in table.enumerate() {
        let Some((mut needs, strings)) = section.gnu_verneed(endian, data)? else { continue };
        let strings = table.strings(endian, data, strings).or_else(|_| table.strings(endian, data, index))?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                names.push(text(version.name(endian, strings)?));
            }
        }
    }
    Ok(names)
}

/// macOS and Windows; where constructors stand there is not looked at.
fn elsewhere(file: &object::File<'_>, seen: &mut Inspection) -> object::Result<()> {
    let mut libraries = BTreeSet::new();
    for import in file.imports()? {
        let import = import?;
        libraries.insert(text(import.library()));
        seen.unwinds |= import.name().name().is_some_and(is_unwinder);
    }
    libraries.remove("");
    seen.libraries = libraries.into_iter().collect();
    // There the unwinder is linked in, or is of the system.
    seen.unwinds |= file.format() == BinaryFormat::Pe;
    Ok(())
}

fn is_unwinder(name: &[u8]) -> bool {
    name.ends_with(b"_Unwind_RaiseException")
}

/// `GLIBC_2.34` as its numbers.
fn gnu(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.strip_prefix("GLIBC_")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

fn is_of_system(library: &str) -> bool {
    let name = library.to_ascii_lowercase();
    ["/usr/lib/", "/system/library/", "api-ms-win-", "ld-linux", "libc.musl-", "ld-musl"]
        .iter()
        .any(|start| name.starts_with(start))
        || SYSTEM.contains(&name.as_str())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Two entries come from the compiler and from Rust's standard library, which keeps the arguments of the program.
const COMPILERS_CONSTRUCTORS: usize = 2;

/// What linkers add to what a library shows.
const TOOLCHAIN: &[&str] = &["_init", "_fini", "__bss_start", "_edata", "_end", "DllMain", "_DllMainCRTStartup"];

/// Libraries that every system has, in small letters.
const SYSTEM: &[&str] = &[
    "libc.so.6",
    "libc.so",
    "libm.so.6",
    "libgcc_s.so.1",
    "libpthread.so.0",
    "libdl.so.2",
    "librt.so.1",
    "kernel32.dll",
    "ntdll.dll",
    "bcryptprimitives.dll",
    "advapi32.dll",
    "userenv.dll",
    "ws2_32.dll",
    "msvcrt.dll",
    "ucrtbase.dll",
    "vcruntime140.dll",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn libraries_and_versions_are_judged() {
        for good in ["libc.so.6", "ld-linux-x86-64.so.2", "/usr/lib/libSystem.B.dylib", "KERNEL32.dll"] {
            assert!(is_of_system(good), "{good}");
        }
        for foreign in ["libssl.so.3", "libstdc++.so.6", "/opt/lib/libx.dylib", "winhttp.dll"] {
            assert!(!is_of_system(foreign), "{foreign}");
        }
        assert_eq!(gnu("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(gnu("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(gnu("GCC_3.0"), None);
        let needs = |version| Inspection { c_library: version, ..Inspection::default() }.is_old_enough();
        assert!(needs(None) && needs(Some((2, 34))) && !needs(Some((2, 39))));
    }

    #[test]
    fn what_a_library_shows_beside_the_boundary_is_foreign() {
        let names = ["EXO_PLUGIN_V0", "_EXO_PLUGIN_MANIFEST_V0", "_init", "evil"].map(str::to_owned);
        let seen = Inspection { exports: names.into(), constructors: Some(3), ..Inspection::default() };
        assert_eq!(seen.foreign_exports().collect::<Vec<_>>(), ["evil"]);
        assert_eq!(seen.own_constructors(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_very_program_is_looked_at() {
        let library = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let seen = Inspection::of(&library).unwrap();
        assert!(seen.size == library.len() && seen.constructors.is_some(), "{seen:?}");
        assert!(seen.libraries.iter().any(|name| name.starts_with("libc.")), "{seen:?}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000), magic in 0..4) {
            let magics: [&[u8]; 4] = [b"", b"\x7fELF\x02\x01\x01", b"\xcf\xfa\xed\xfe", b"MZ"];
            let magic = magics[usize::try_from(magic).unwrap()];
            if bytes.len() > magic.len() {
                bytes[..magic.len()].copy_from_slice(magic);
            }
            drop(Inspection::of(&bytes));
        }
    }
}

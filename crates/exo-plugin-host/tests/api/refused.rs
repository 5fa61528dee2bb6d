//! Files that are no plugins for this program, each refused in a sentence before anything of it runs.

use crate::world::{World, carriers, child, library};
use exo_plugin_host::{Error, Exposure, Outcome, Plugin};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn good() -> Vec<u8> {
    std::fs::read(library("conformance")).unwrap()
}

/// The library with every occurrence of a text replaced by another of the same length.
fn patched(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = good();
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    bytes
}

fn refusal(bytes: impl Into<Vec<u8>>) -> Error {
    Plugin::from_bytes("it", bytes.into()).unwrap_err()
}

/// The library with one number of its table changed.
fn with_table(field: usize, value: u32) -> Vec<u8> {
    let mut bytes = good();
    let file = object::File::parse(bytes.as_slice()).unwrap();
    let table = file.dynamic_symbols().find(|s| s.name() == Ok("EXO_PLUGIN_V0")).unwrap().address();
    // Thread-local zeros have addresses that others have too, and no place in the file.
    let inside = |s: &object::Section<'_, '_>| {
        s.file_range().is_some() && (s.address()..s.address() + s.size()).contains(&table)
    };
    let section = file.sections().find(inside).unwrap();
    let at = usize::try_from(section.file_range().unwrap().0 + table - section.address()).unwrap() + field;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn a_plugin_of_another_major_is_refused_for_that() {
    let error = refusal(patched("EXO_PLUGIN_MANIFEST_V0", "EXO_PLUGIN_MANIFEST_V9"));
    assert_eq!(error.to_string(), "the bundled plugin `it` needs plugin ABI 9, this program has 0");
    assert!(matches!(refusal(patched(r#""major":0"#, r#""major":7"#)), Error::OtherMajor { found: 7, host: 0, .. }));
}

#[test]
fn a_plugin_that_needs_a_newer_minor_says_which() {
    let error = refusal(patched(r#""needs":0"#, r#""needs":3"#));
    assert_eq!(error.to_string(), "`conformance` 1.4.2 needs plugin ABI 0.3, this program has 0.0");
    let hint = exo_model::Diagnose::hint(&error).unwrap();
    assert_eq!(hint, "update exoctl, or use an older version of `conformance`");
}

#[test]
fn a_file_that_is_cut_short_is_refused() {
    let whole = good();
    for length in [0, 1, 20, 64, 4096, whole.len() / 2, whole.len() - 1] {
        let error = refusal(&whole[..length]);
        assert!(matches!(error, Error::NotALibrary { .. }), "{length}: {error}");
    }
}

#[test]
fn junk_is_refused() {
    for junk in ["#!/bin/sh\n", "", "PK\u{3}\u{4}", &"x".repeat(100_000)] {
        assert!(matches!(refusal(junk), Error::NotALibrary { .. }));
    }
}

#[test]
fn a_library_that_is_no_plugin_is_refused() {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let libc = maps.split_whitespace().find(|word| word.contains("/libc")).unwrap();
    let error = Plugin::open(Path::new(libc)).unwrap_err();
    assert!(matches!(error, Error::NotAPlugin { .. }), "{error}");
}

#[test]
fn a_library_for_another_processor_is_refused_for_that() {
    let mut bytes = good();
    // The machine of an ELF header; 8 is MIPS.
    bytes[18] = 8;
    let error = refusal(bytes);
    assert!(error.to_string().contains("was built for linux on another processor"), "{error}");
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let double = refusal(patched(r#""name":"item""#, r#""name":"name""#));
    let Error::Manifest { source, .. } = &double else { panic!("{double}") };
    assert_eq!(source.to_string(), "column `name` is declared twice in `hazard`");
    let separator = refusal(patched(r#""name":"hazard""#, r#""name":"../zar""#));
    assert!(matches!(separator, Error::Manifest { .. }), "{separator}");
    let broken = refusal(patched(r#"{"format":1,"#, r#"{"format":1}"#));
    assert!(matches!(broken, Error::Manifest { .. }), "{broken}");
}

#[test]
fn a_library_whose_table_is_not_what_its_file_says_does_not_run() {
    let tables = [
        (0, 40, "its table has 40 bytes"),
        (8, 3, "it needs plugin ABI 0.3"),
        // The length of the manifest.
        (24, 20, "the loaded manifest is not the one in the file"),
    ];
    for (field, value, text) in tables {
        let plugin = Arc::new(Plugin::from_bytes("it", with_table(field, value)).unwrap());
        for carrier in carriers() {
            let mut world = World::new(carrier);
            world.plugin = Arc::clone(&plugin);
            let (end, _) = world.run("stream");
            let Outcome::NotStarted(error) = &end.outcome else { panic!("{end:?}") };
            assert!(matches!(error, Error::Load { .. }) && error.to_string().contains(text), "{error}");
        }
    }
}

#[test]
fn a_table_cut_anywhere_before_its_end_does_not_run() {
    for size in (0..exo_plugin_abi::PluginV0::SIZE).step_by(4) {
        let mut world = World::new(child());
        world.plugin = Arc::new(Plugin::from_bytes("it", with_table(0, size)).unwrap());
        let (end, _) = world.run("stream");
        assert!(end.outcome.to_string().contains(&format!("its table has {size} bytes")), "{end:?}");
    }
}

#[test]
fn a_plugin_runs_from_bytes() {
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.plugin = Arc::new(Plugin::from_bytes("it", good()).unwrap());
        assert!(world.run("stream").0.is_complete());
    }
}

#[test]
fn a_plugin_runs_as_it_was_when_it_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.so");
    std::fs::write(&path, good()).unwrap();
    let plugin = Arc::new(Plugin::open(&path).unwrap());
    std::fs::write(&path, "swapped").unwrap();
    for carrier in carriers() {
        let mut world = World::new(carrier);
        world.plugin = Arc::clone(&plugin);
        assert!(world.run("stream").0.is_complete());
    }
}

#[test]
fn a_file_that_others_can_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin.so");
    std::fs::write(&path, good()).unwrap();
    let open = |file: u32, folder_mode: u32| {
        std::fs::set_permissions(&path, PermissionsExt::from_mode(file)).unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(folder_mode)).unwrap();
        Plugin::open(&path)
    };
    assert!(open(0o755, 0o755).is_ok());
    let exposure = |result: Result<Plugin, Error>| match result.unwrap_err() {
        Error::Exposed { exposure, .. } => exposure,
        other => panic!("{other}"),
    };
    assert_eq!(exposure(open(0o757, 0o755)), Exposure::FileWritable);
    assert_eq!(exposure(open(0o755, 0o777)), Exposure::FolderWritable);
    let missing = Plugin::open(&folder.path().join("missing.so")).unwrap_err();
    assert!(matches!(missing, Error::Open { .. }));
    assert!(matches!(Plugin::open(folder.path()).unwrap_err(), Error::Open { .. }));
}

#[test]
fn the_hash_is_that_of_the_file() {
    let plugin = Plugin::open(&library("conformance")).unwrap();
    let said = std::process::Command::new("sha256sum").arg(library("conformance")).output().unwrap();
    assert!(String::from_utf8(said.stdout).unwrap().starts_with(plugin.sha256()));
}

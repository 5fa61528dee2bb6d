//! Plugins that are added, found again and taken out.

use crate::world::library;
use exo_plugin_host::{Candidate, Error, Exposure, PackageWriter, PluginStore, PublisherKey, TrustError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const NOW: &str = "2026-01-01T00:00:00Z";

struct World {
    folder: tempfile::TempDir,
    store: PluginStore,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = PluginStore::new(folder.path().join("plugins"));
        Self { folder, store }
    }

    /// A file that nobody else can write.
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn package(&self, name: &str, library: Vec<u8>) -> PathBuf {
        let mut writer = PackageWriter::new();
        writer.library("x.so".as_ref(), library.into()).unwrap();
        writer.file("LICENSE".as_ref(), b"do as you like".as_slice().into()).unwrap();
        let bytes = writer.finish(name.as_ref()).unwrap();
        self.file(name, &bytes)
    }

    fn stored(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("plugins")).unwrap();
        let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.extension().is_some_and(|extension| extension == "so"));
        found
    }
}

fn conformance() -> Vec<u8> {
    std::fs::read(library("conformance")).unwrap()
}

/// The same plugin as if it had been built again: another version, of the same length.
fn newer() -> Vec<u8> {
    patched(r#""version":"1.4.2""#, r#""version":"1.4.3""#)
}

fn patched(from: &str, to: &str) -> Vec<u8> {
    let mut bytes = conformance();
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

fn candidate(path: &Path) -> Candidate {
    Candidate::unsigned(path).unwrap()
}

#[test]
fn a_library_and_a_package_of_it_are_the_same_plugin() {
    let world = World::new();
    let library = candidate(&world.file("x.so", &conformance()));
    let package = candidate(&world.package("x.exoplugin", conformance()));
    assert_eq!(library.sha256(), package.sha256());
    assert_eq!(world.store.list().unwrap(), []);

    let pinned = world.store.add(&package, false, NOW).unwrap();
    assert_eq!((pinned.name.as_str(), pinned.version.as_str()), ("conformance", "1.4.2"));
    assert_eq!(world.store.list().unwrap(), std::slice::from_ref(&pinned));
    assert_eq!(world.store.open(&pinned).unwrap().sha256(), library.sha256());
    let mode = std::fs::metadata(world.folder.path().join("plugins")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn the_same_parts_make_the_same_package() {
    let world = World::new();
    let [one, two] = ["a", "b"].map(|name| std::fs::read(world.package(name, conformance())).unwrap());
    assert!(one == two);
}

#[test]
fn a_newer_version_takes_the_place_of_the_old_one() {
    let world = World::new();
    let old = world.store.add(&candidate(&world.file("x.so", &conformance())), false, NOW).unwrap();
    let new = world.store.add(&candidate(&world.file("y.so", &newer())), false, NOW).unwrap();
    assert_ne!(old.sha256, new.sha256);
    assert_eq!(world.store.list().unwrap(), [new]);
    assert_eq!(world.stored().len(), 1);
    assert!(matches!(world.store.open(&old), Err(TrustError::Plugin(Error::Open { .. }))));
}

#[test]
fn what_is_removed_is_gone() {
    let world = World::new();
    assert!(matches!(world.store.remove("conformance"), Err(TrustError::NotAdded { known, .. }) if known == "none"));
    let pinned = world.store.add(&candidate(&world.file("x.so", &conformance())), false, NOW).unwrap();
    assert_eq!(world.store.remove("conformance").unwrap(), pinned);
    assert_eq!(world.store.list().unwrap(), []);
    assert!(world.stored().is_empty());
}

#[test]
fn a_library_that_changed_after_it_was_added_is_not_opened() {
    let world = World::new();
    let pinned = world.store.add(&candidate(&world.file("x.so", &conformance())), false, NOW).unwrap();
    let [stored] = <[PathBuf; 1]>::try_from(world.stored()).unwrap();
    std::fs::write(&stored, newer()).unwrap();
    let error = world.store.open(&pinned).unwrap_err();
    assert!(matches!(error, TrustError::Changed { ref path, .. } if *path == stored), "{error}");
}

#[test]
fn a_lock_file_or_a_folder_that_everybody_can_write_is_refused() {
    let world = World::new();
    let pinned = world.store.add(&candidate(&world.file("x.so", &conformance())), false, NOW).unwrap();
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    open(&world.store.lock_file());
    let refused = |error: TrustError, why: Exposure| {
        assert!(matches!(error, TrustError::Plugin(Error::Exposed { exposure, .. }) if exposure == why));
    };
    refused(world.store.list().unwrap_err(), Exposure::FileWritable);
    let [stored] = <[PathBuf; 1]>::try_from(world.stored()).unwrap();
    open(stored.parent().unwrap());
    refused(world.store.open(&pinned).unwrap_err(), Exposure::FolderWritable);
}

#[test]
fn two_plugins_with_one_report_are_one_too_many() {
    let world = World::new();
    world.store.add(&candidate(&world.file("x.so", &conformance())), false, NOW).unwrap();
    let other = candidate(&world.file("y.so", &patched(r#""name":"conformance""#, r#""name":"konformance""#)));
    let error = world.store.add(&other, false, NOW).unwrap_err();
    assert!(matches!(error, TrustError::Taken { ref plugin, .. } if plugin == "conformance"), "{error}");
    assert_eq!(world.stored().len(), 1);
}

#[test]
fn writing_is_kept_only_for_a_plugin_that_declares_it() {
    let world = World::new();
    let mode = |writes| {
        let pinned = world.store.add(&candidate(&world.file("x.so", &conformance())), writes, NOW).unwrap();
        assert_eq!(world.store.list().unwrap(), std::slice::from_ref(&pinned));
        pinned.writes
    };
    let declares = candidate(&world.file("y.so", &conformance()))
        .manifest()
        .reports
        .iter()
        .any(|report| serde_json::to_value(report.access).unwrap() == "write");
    assert_eq!(mode(true), declares);
    assert!(!mode(false));
}

#[test]
fn a_signature_of_nobody_known_is_none() {
    let world = World::new();
    let package = world.package("x.exoplugin", conformance());
    let signature = world.file("x.exoplugin.minisig", include_bytes!("../data/minisign/note.txt.minisig"));
    let key: PublisherKey = include_str!("../data/minisign/author.pub").parse().unwrap();
    for keys in [vec![], vec![key]] {
        let error = Candidate::signed(&package, &signature, &keys).unwrap_err();
        assert!(matches!(error, TrustError::Signature { .. }), "{error}");
    }
    let missing = Candidate::signed(&package, "nowhere".as_ref(), &[]).unwrap_err();
    assert!(matches!(missing, TrustError::Read { .. }), "{missing}");
}

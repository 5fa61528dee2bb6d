//! `.exoplugin`: a zip file with one library of the same plugin for each system.

use super::TrustError;
use crate::PluginOrigin;
use crate::plugin::hex;
use crate::symbols::{self, Target};
use bytes::Bytes;
use exo_plugin_wire::PluginManifest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Makes a package from libraries and what belongs beside them.
///
/// The same parts give the same bytes.
#[derive(Debug, Default)]
pub struct PackageWriter {
    plugin: Option<PluginManifest>,
    libraries: BTreeMap<Target, Bytes>,
    files: BTreeMap<String, Bytes>,
}

/// Whether bytes begin as a package does.
pub(super) fn is_package(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

impl PackageWriter {
    /// A package without anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the plugin as it was built for one system.
    ///
    /// # Errors
    ///
    /// [`TrustError::Plugin`] where it is none, [`TrustError::Package`] where there is one for this system already,
    /// or another plugin or version for another.
    pub fn library(&mut self, path: &Path, bytes: Bytes) -> Result<(), TrustError> {
        let wrong = |detail: String| TrustError::Package { path: path.to_owned(), detail };
        let origin = PluginOrigin::Path(path.to_owned());
        let (target, framed) = symbols::inspect(&origin, &bytes)?;
        let unreadable = |source| crate::Error::Manifest { origin: origin.clone(), source: Box::new(source) };
        let manifest = PluginManifest::parse(framed).map_err(unreadable)?;
        if let Some(known) = &self.plugin
            && *known != manifest
        {
            let (name, version) = (&known.name, &known.version);
            return Err(wrong(format!(
                "it is `{}` {} and declares other things than the first library, `{name}` {version}",
                manifest.name, manifest.version
            )));
        }
        if self.libraries.insert(target, bytes).is_some() {
            return Err(wrong(format!("there are two libraries for {}", target.word())));
        }
        self.plugin = Some(manifest);
        Ok(())
    }

    /// Adds a file for people: a licence, a list of dependencies.
    ///
    /// # Errors
    ///
    /// [`TrustError::Package`] where the name has no place or is taken.
    pub fn file(&mut self, path: &Path, bytes: Bytes) -> Result<(), TrustError> {
        let wrong = |detail: &str| TrustError::Package { path: path.to_owned(), detail: detail.to_owned() };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| wrong("the file has no name"))?;
        if [CONTENTS, MANIFEST].contains(&name) || self.files.contains_key(name) {
            return Err(wrong("a file of this name is in the package already"));
        }
        self.files.insert(name.to_owned(), bytes);
        Ok(())
    }

    /// The manifest that all its libraries have.
    pub fn manifest(&self) -> Option<&PluginManifest> {
        self.plugin.as_ref()
    }

    /// The systems that it has a library for.
    pub fn targets(&self) -> Vec<String> {
        self.libraries.keys().map(|target| target.word()).collect()
    }

    /// The package's bytes.
    ///
    /// # Errors
    ///
    /// [`TrustError::Package`] where there is no library.
    pub fn finish(self, path: &Path) -> Result<Vec<u8>, TrustError> {
        let wrong = |detail: String| TrustError::Package { path: path.to_owned(), detail };
        let Some(manifest) = &self.plugin else { return Err(wrong("it has no library".into())) };
        let libraries = self.libraries.iter().map(|(target, bytes)| Library::new(*target, &manifest.name, bytes));
        let contents = Contents {
            format: FORMAT,
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            libraries: libraries.collect(),
        };
        let unwritten = |error: serde_json::Error| wrong(error.to_string());
        let mut parts = vec![
            (CONTENTS.to_owned(), serde_json::to_vec_pretty(&contents).map_err(unwritten)?.into()),
            (MANIFEST.to_owned(), serde_json::to_vec_pretty(manifest).map_err(unwritten)?.into()),
        ];
        let files = contents.libraries.iter().map(|library| library.file.clone()).zip(self.libraries.into_values());
        parts.extend(files.chain(self.files));
        zipped(&parts).map_err(|error| wrong(error.to_string()))
    }
}

/// The library of a package for this system: its name in the package, and its bytes.
pub(super) fn library(path: &Path, package: &[u8]) -> Result<(PathBuf, Bytes), TrustError> {
    let wrong = |detail: String| TrustError::Package { path: path.to_owned(), detail };
    let mut archive = ZipArchive::new(Cursor::new(package)).map_err(|error| wrong(error.to_string()))?;
    let contents = part(&mut archive, CONTENTS, CONTENTS_LIMIT).map_err(wrong)?;
    let contents: Contents = serde_json::from_slice(&contents).map_err(|e| wrong(format!("{CONTENTS}: {e}")))?;
    if contents.format != FORMAT {
        return Err(wrong(format!("it has format {}, this program knows {FORMAT}", contents.format)));
    }
    let wanted = Target::here().word();
    let Some(library) = contents.libraries.iter().find(|library| library.target == wanted) else {
        let found: Vec<&str> = contents.libraries.iter().map(|library| library.target.as_str()).collect();
        return Err(TrustError::NoLibrary { path: path.to_owned(), wanted, found: found.join(", ") });
    };
    let bytes = part(&mut archive, &library.file, crate::file::LARGEST).map_err(wrong)?;
    if sha256(&bytes) != library.sha256 {
        return Err(wrong(format!("`{}` is not the library that {CONTENTS} names", library.file)));
    }
    Ok((path.join(&library.file), bytes.into()))
}

/// A file of an archive, up to a limit: what was packed to nothing may unpack to anything.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str, limit: u64) -> Result<Vec<u8>, String> {
    let file = archive.by_name(name).map_err(|error| format!("`{name}`: {error}"))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| format!("`{name}`: {error}"))?;
    if bytes.len() as u64 > limit {
        return Err(format!("`{name}` has more than {limit} bytes"));
    }
    Ok(bytes)
}

fn zipped(parts: &[(String, Bytes)]) -> zip::result::ZipResult<Vec<u8>> {
    // A fixed date, so that the same parts give the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(name, options)?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// What a package says it holds.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    format: u32,
    name: String,
    version: String,
    libraries: Vec<Library>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Library {
    target: String,
    file: String,
    sha256: String,
}

impl Library {
    fn new(target: Target, plugin: &str, bytes: &[u8]) -> Self {
        let target = target.word();
        let name = plugin.replace('-', "_");
        let file = match target.split('-').next() {
            Some("windows") => format!("{name}.dll"),
            Some("macos") => format!("lib{name}.dylib"),
            _ => format!("lib{name}.so"),
        };
        Self { file: format!("{target}/{file}"), target, sha256: sha256(bytes) }
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

const FORMAT: u32 = 1;
const CONTENTS: &str = "package.json";
const MANIFEST: &str = "manifest.json";
const CONTENTS_LIMIT: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<(PathBuf, Bytes), TrustError> {
        library("x.exoplugin".as_ref(), bytes)
    }

    fn package(contents: &str, library: &[u8]) -> Vec<u8> {
        let parts = [(CONTENTS.to_owned(), contents.to_owned().into()), ("a.so".to_owned(), library.to_vec().into())];
        zipped(&parts).unwrap()
    }

    fn contents(target: &str, sha256: &str) -> String {
        format!(
            r#"{{"format":1,"name":"x","version":"1","libraries":[{{"target":"{target}","file":"a.so","sha256":"{sha256}"}}]}}"#
        )
    }

    #[test]
    fn the_library_for_this_system_is_found_and_is_what_the_contents_say() {
        let here = Target::here().word();
        let good = package(&contents(&here, &sha256(b"library")), b"library");
        assert_eq!(read(&good).unwrap().1, &b"library"[..]);
        let other = package(&contents(&here, &sha256(b"library")), b"another");
        assert!(matches!(read(&other), Err(TrustError::Package { .. })));
        let elsewhere = package(&contents("plan9-mips", &sha256(b"library")), b"library");
        assert!(matches!(read(&elsewhere), Err(TrustError::NoLibrary { .. })));
        let newer = package(&contents(&here, "").replace("\"format\":1", "\"format\":2"), b"");
        assert!(matches!(read(&newer), Err(TrustError::Package { .. })));
    }

    #[test]
    fn a_part_is_unpacked_up_to_its_limit() {
        let bytes = zipped(&[("zeros".to_owned(), vec![0; 10_000].into())]).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
        assert_eq!(part(&mut archive, "zeros", 10_000).unwrap().len(), 10_000);
        assert!(part(&mut archive, "zeros", 9_999).is_err());
    }

    #[test]
    fn a_package_needs_a_library_and_one_file_of_each_name() {
        let mut writer = PackageWriter::new();
        writer.file("doc/LICENSE".as_ref(), Bytes::new()).unwrap();
        assert!(writer.file("other/LICENSE".as_ref(), Bytes::new()).is_err());
        assert!(writer.file("package.json".as_ref(), Bytes::new()).is_err());
        assert!(writer.library("x.so".as_ref(), Bytes::from_static(b"junk")).is_err());
        assert!(matches!(writer.finish("x".as_ref()), Err(TrustError::Package { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0usize..400) {
            prop_assert!(read(&bytes).is_err());
            let good = package(&contents("plan9-mips", ""), b"library");
            bytes.truncate(cut);
            bytes.extend(&good[cut.min(good.len())..]);
            drop(read(&bytes));
        }
    }
}

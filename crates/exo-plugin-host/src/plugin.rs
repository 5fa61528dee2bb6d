//! A plugin: its file checked, its manifest read, nothing of it loaded.

use crate::image::Image;
use crate::{Error, file, symbols};
use bytes::Bytes;
use exo_plugin_abi::{ABI_MAJOR, ABI_MINOR};
use exo_plugin_wire::{Abi, HEADER, PluginManifest, ReportManifest};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where a plugin came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginOrigin {
    /// It is part of the program.
    Bundled(String),
    /// A file.
    Path(PathBuf),
}

impl fmt::Display for PluginOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bundled(label) => write!(f, "the bundled plugin `{label}`"),
            Self::Path(path) => write!(f, "`{}`", path.display()),
        }
    }
}

/// A plugin whose manifest was read from its bytes. None of its code has run.
///
/// ```no_run
/// let plugin = exo_plugin_host::Plugin::open("./target/debug/libarchive_gap.so".as_ref())?;
/// for report in &plugin.manifest().reports {
///     println!("{}: {}", report.name, report.about);
/// }
/// # Ok::<(), exo_plugin_host::Error>(())
/// ```
pub struct Plugin {
    origin: PluginOrigin,
    manifest: PluginManifest,
    framed: Bytes,
    sha256: String,
    content: Bytes,
    image: OnceLock<Image>,
    pub(crate) loaded: OnceLock<crate::carrier::Loaded>,
}

impl Plugin {
    /// Reads a plugin from a file.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] and [`Error::Exposed`] for the file; all others for what is in it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let bytes = file::read(path)?;
        let mut plugin = Self::read(PluginOrigin::Path(path.to_owned()), bytes.into())?;
        // What was checked is what will be loaded, whatever becomes of the file; and it need not be kept twice.
        plugin.image()?;
        plugin.content = Bytes::new();
        Ok(plugin)
    }

    /// Takes a plugin that is part of the program.
    ///
    /// # Errors
    ///
    /// All that say that the bytes are no plugin for this program.
    pub fn from_bytes(label: &str, bytes: impl Into<Bytes>) -> Result<Self, Error> {
        Self::read(PluginOrigin::Bundled(label.to_owned()), bytes.into())
    }

    /// What the plugin says of itself.
    pub fn manifest(&self) -> &PluginManifest {
        &self.manifest
    }

    /// The report of this name.
    pub fn report(&self, name: &str) -> Option<&ReportManifest> {
        self.manifest.report(name)
    }

    /// The SHA-256 of the whole library, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Where it came from.
    pub fn origin(&self) -> &PluginOrigin {
        &self.origin
    }

    /// The manifest's own bytes, header included.
    pub(crate) fn framed(&self) -> &Bytes {
        &self.framed
    }

    /// The bytes where a child can load them from.
    pub(crate) fn image(&self) -> Result<&Image, Error> {
        if let Some(image) = self.image.get() {
            return Ok(image);
        }
        let image = Image::new(&self.content).map_err(|source| Error::Image { origin: self.origin.clone(), source })?;
        Ok(self.image.get_or_init(|| image))
    }

    /// Takes the bytes of a plugin from wherever they come.
    pub(crate) fn read(origin: PluginOrigin, content: Bytes) -> Result<Self, Error> {
        let framed = Bytes::copy_from_slice(symbols::manifest(&origin, &content)?);
        versions(&origin, &framed)?;
        let manifest = PluginManifest::parse(&framed)
            .map_err(|e| Error::Manifest { origin: origin.clone(), source: Box::new(e) })?;
        let sha256 = hex(ring::digest::digest(&ring::digest::SHA256, &content).as_ref());
        let (image, loaded) = (OnceLock::new(), OnceLock::new());
        Ok(Self { origin, manifest, framed, sha256, content, image, loaded })
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin")
            .field("origin", &self.origin)
            .field("name", &self.manifest.name)
            .field("version", &self.manifest.version)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Looks at the versions first, so that a newer plugin is refused for its age and not for what this version does not know.
fn versions(origin: &PluginOrigin, framed: &[u8]) -> Result<(), Error> {
    #[derive(serde::Deserialize)]
    struct Versions {
        #[serde(default)]
        name: String,
        #[serde(default)]
        version: String,
        abi: Abi,
    }
    let Ok(found) = serde_json::from_slice::<Versions>(framed.get(HEADER..).unwrap_or_default()) else {
        return Ok(());
    };
    if found.abi.major != ABI_MAJOR {
        return Err(Error::OtherMajor { origin: origin.clone(), found: found.abi.major, host: ABI_MAJOR });
    }
    if found.abi.needs > ABI_MINOR {
        let Versions { name, version, abi } = found;
        return Err(Error::OtherMinor { name, version, major: ABI_MAJOR, needs: abi.needs, host: ABI_MINOR });
    }
    Ok(())
}

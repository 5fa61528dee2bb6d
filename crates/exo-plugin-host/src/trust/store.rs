//! The folder of plugins that were added: each library under its hash, and `plugins.lock`.

use super::lock::{self, Pinned};
use super::{Candidate, PublisherKey, TrustError};
use crate::{Error, Plugin, file};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The plugins that were added, in one folder.
///
/// ```no_run
/// use exo_plugin_host::PluginStore;
///
/// let store = PluginStore::new("/home/adele/.local/share/exoctl/plugins");
/// for pinned in store.list()? {
///     let plugin = store.open(&pinned)?;
///     println!("{} {}: {} reports", pinned.name, pinned.version, plugin.manifest().reports.len());
/// }
/// # Ok::<(), exo_plugin_host::TrustError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PluginStore {
    folder: PathBuf,
}

impl PluginStore {
    /// The store in this folder, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file that pins the plugins.
    pub fn lock_file(&self) -> PathBuf {
        self.folder.join("plugins.lock")
    }

    /// What was added, in the order of the names.
    ///
    /// # Errors
    ///
    /// [`TrustError::Plugin`] where others can write the lock file, [`TrustError::Lock`] where it is not understood.
    pub fn list(&self) -> Result<Vec<Pinned>, TrustError> {
        let path = self.lock_file();
        let bytes = match file::read(&path) {
            Ok(bytes) => bytes,
            Err(Error::Open { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| TrustError::Lock { path: path.clone(), detail: "it is no text".into() })?;
        lock::parse(&path, &text)
    }

    /// A plugin that was added, if its file is still the one that was added.
    ///
    /// # Errors
    ///
    /// [`TrustError::Changed`] where it is another, [`TrustError::Plugin`] where it cannot be used.
    pub fn open(&self, pinned: &Pinned) -> Result<Plugin, TrustError> {
        let path = self.library(&pinned.sha256);
        let plugin = Plugin::open(&path)?;
        if plugin.sha256() == pinned.sha256 {
            return Ok(plugin);
        }
        Err(TrustError::Changed { name: pinned.name.clone(), path })
    }

    /// The plugin of this name.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn find(&self, name: &str) -> Result<Option<Pinned>, TrustError> {
        Ok(self.list()?.into_iter().find(|pinned| pinned.name == name))
    }

    /// The keys of all publishers from whom something was added.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub fn publishers(&self) -> Result<Vec<PublisherKey>, TrustError> {
        Ok(self.list()?.into_iter().filter_map(|pinned| pinned.publisher).collect())
    }

    /// Whether a candidate may take the place of what is there.
    ///
    /// # Errors
    ///
    /// [`TrustError::OtherPublisher`] where the plugin that is there came from somebody else,
    /// [`TrustError::Taken`] where another plugin has a report of the same name.
    pub fn admits(&self, candidate: &Candidate) -> Result<(), TrustError> {
        let manifest = candidate.manifest();
        for pinned in self.list()? {
            if pinned.name == manifest.name {
                // What nobody had signed may be signed from now on; not the other way, and by nobody else.
                if pinned.publisher.is_some() && pinned.publisher != candidate.publisher {
                    return Err(TrustError::OtherPublisher {
                        name: pinned.name.clone(),
                        before: pinned.vouched(),
                        now: lock::vouched(candidate.publisher()),
                    });
                }
            } else if let Some(report) = manifest.reports.iter().find(|r| pinned.reports.contains(&r.name)) {
                return Err(TrustError::Taken { report: report.name.clone(), plugin: pinned.name });
            }
        }
        Ok(())
    }

    /// Adds a plugin, in the place of an older version of the same.
    ///
    /// `writes` lets its reports change things, as far as they declare it; `now` is the time (RFC 3339).
    ///
    /// # Errors
    ///
    /// As [`admits`](Self::admits); [`TrustError::Write`] where the folder cannot be written.
    pub fn add(&self, candidate: &Candidate, writes: bool, now: &str) -> Result<Pinned, TrustError> {
        let _guard = self.guard()?;
        self.admits(candidate)?;
        let pinned = Pinned::of(&candidate.plugin, candidate.publisher.clone(), writes, now.to_owned());
        self.write(&self.library(&pinned.sha256), &candidate.content)?;
        let mut all = self.list()?;
        let replaced = all.iter().position(|other| other.name == pinned.name).map(|at| all.remove(at));
        all.push(pinned.clone());
        self.save(all)?;
        if let Some(replaced) = replaced.filter(|replaced| replaced.sha256 != pinned.sha256) {
            self.discard(&replaced);
        }
        Ok(pinned)
    }

    /// Takes a plugin out.
    ///
    /// # Errors
    ///
    /// [`TrustError::NotAdded`] where it is not there.
    pub fn remove(&self, name: &str) -> Result<Pinned, TrustError> {
        self.named(name)?;
        let _guard = self.guard()?;
        let removed = self.named(name)?;
        self.save(self.list()?.into_iter().filter(|pinned| pinned.name != name).collect())?;
        self.discard(&removed);
        Ok(removed)
    }

    fn named(&self, name: &str) -> Result<Pinned, TrustError> {
        self.find(name)?.ok_or_else(|| {
            let known: Vec<String> = self.list().unwrap_or_default().into_iter().map(|pinned| pinned.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            TrustError::NotAdded { name: name.to_owned(), known }
        })
    }

    /// Under its hash, so that nothing that is loaded is ever written over.
    fn library(&self, sha256: &str) -> PathBuf {
        let extension = match std::env::consts::OS {
            "windows" => "dll",
            "macos" => "dylib",
            _ => "so",
        };
        self.folder.join(format!("{sha256}.{extension}"))
    }

    fn save(&self, mut all: Vec<Pinned>) -> Result<(), TrustError> {
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let path = self.lock_file();
        let text = lock::write(all)
            .map_err(|error| TrustError::Write { path: path.clone(), source: io::Error::other(error) })?;
        self.write(&path, text.as_bytes())
    }

    /// Whole or not at all.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), TrustError> {
        let unwritten = |source| TrustError::Write { path: path.to_owned(), source };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(unwritten)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(unwritten)?;
        file.persist(path).map_err(|error| unwritten(error.error))?;
        Ok(())
    }

    /// One at a time: two that add would each forget what the other added.
    fn guard(&self) -> Result<File, TrustError> {
        let unwritten = |source| TrustError::Write { path: self.folder.clone(), source };
        private_folder(&self.folder).map_err(unwritten)?;
        let file = File::create(self.folder.join(".guard")).map_err(unwritten)?;
        file.lock().map_err(unwritten)?;
        Ok(file)
    }

    /// Removes a library that nothing names any more; one that stays does no harm.
    fn discard(&self, pinned: &Pinned) {
        let path = self.library(&pinned.sha256);
        if let Err(error) = fs::remove_file(&path) {
            tracing::debug!(path = %path.display(), %error, "not removed");
        }
    }
}

/// Makes the folder, for its user alone.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

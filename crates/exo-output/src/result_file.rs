//! Files that appear under their name when they are whole.

use crate::Error;
use crate::error::FileError;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::NamedTempFile;

/// A result on its way: a temporary file beside the final name, until [`commit`](Self::commit).
///
/// Dropped without it, nothing stays. [`writer`](Self::writer) gives a sink its stream.
///
/// ```
/// use exo_output::ResultFile;
/// use std::io::Write;
/// # let folder = std::env::temp_dir().join(format!("exo-output-file-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("a.txt");
/// let mut file = ResultFile::create(&path, false)?;
/// file.write_all(b"whole")?;
/// assert!(!path.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ResultFile {
    shared: Arc<Shared>,
    overwrite: bool,
}

/// What the file and its writers have in common; empty once the file is committed or given up.
struct Shared {
    path: PathBuf,
    file: Mutex<Option<BufWriter<NamedTempFile>>>,
}

/// A sink's end of a [`ResultFile`].
struct Writer(Arc<Shared>);

impl ResultFile {
    /// Begins a file that will be called `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if the name is taken and may not be replaced, [`Error::NotAFile`] if it is a folder, a device
    /// or a pipe, [`Error::Create`] if its folder cannot be written to.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self, Error> {
        check_name(path, overwrite)?;
        let file = Mutex::new(Some(BufWriter::with_capacity(BUFFER, temporary(path)?)));
        Ok(Self { shared: Arc::new(Shared { path: path.to_owned(), file }), overwrite })
    }

    /// The final name.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// A stream into the file, to be handed to a sink. After the file is committed or dropped it refuses to write.
    pub fn writer(&self) -> Box<dyn Write + Send> {
        Box::new(Writer(Arc::clone(&self.shared)))
    }

    /// Makes it durable and gives it its name.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] if somebody took the name meanwhile, [`Error::File`] if it could not be written or renamed;
    /// nothing stays then.
    pub fn commit(self) -> Result<(), Error> {
        let path = &self.shared.path;
        if self.overwrite {
            check_name(path, true)?;
        }
        let file = self.shared.finish()?;
        let named = if self.overwrite { file.persist(path) } else { file.persist_noclobber(path) };
        match named {
            Ok(_) => settle(path),
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Err(Error::Exists { path: path.clone() }),
            Err(e) => Err(Error::file(path, e.error)),
        }
    }

    /// Keeps what there is as `NAME.partial`, replacing an older one, and says where.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it could not be written or renamed.
    pub fn keep_partial(self) -> Result<PathBuf, Error> {
        let mut name = self.shared.path.clone().into_os_string();
        name.push(".partial");
        let path = PathBuf::from(name);
        check_name(&path, true)?;
        self.shared.finish()?.persist(&path).map_err(|e| Error::file(&path, e.error))?;
        settle(&path)?;
        Ok(path)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<BufWriter<NamedTempFile>>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the file, with everything in it on the disk.
    fn finish(&self) -> Result<NamedTempFile, Error> {
        let fail = |e| Error::file(&self.path, e);
        let file = self.lock().take().ok_or_else(|| fail(ended()))?;
        let file = file.into_inner().map_err(|e| fail(e.into_error()))?;
        file.as_file().sync_all().map_err(fail)?;
        Ok(file)
    }

    /// Does something with the file, and names it in errors.
    fn with<T>(&self, act: impl FnOnce(&mut BufWriter<NamedTempFile>) -> io::Result<T>) -> io::Result<T> {
        self.lock().as_mut().map_or_else(|| Err(ended()), act).map_err(|e| FileError::wrap(&self.path, e))
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.with(|file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.with(Write::flush)
    }
}

impl Write for ResultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shared.with(|file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shared.with(Write::flush)
    }
}

impl Drop for ResultFile {
    fn drop(&mut self) {
        // A writer may outlive this; the temporary file must not. What was not written yet need not be.
        if let Some(file) = self.shared.lock().take() {
            drop(file.into_parts());
        }
    }
}

impl fmt::Debug for ResultFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResultFile").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

/// Whether a result can be written to this file or folder, tried by making a file there and removing it.
///
/// To be asked before a run, so that a wrong path fails in a second and not after twenty minutes.
///
/// # Errors
///
/// [`Error::Create`] if the folder is missing or cannot be written to, [`Error::NotAFile`] if the path is a device or a pipe.
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let probe = if path.is_dir() { path.join("probe") } else { path.to_owned() };
    check_name(&probe, true)?;
    temporary(&probe).map(drop)
}

/// Refuses names that are taken, or that are not names of files.
fn check_name(path: &Path, overwrite: bool) -> Result<(), Error> {
    let not_a_file = || Error::NotAFile { path: path.to_owned() };
    path.file_name().ok_or_else(not_a_file)?;
    match fs::symlink_metadata(path) {
        Ok(_) if !overwrite => Err(Error::Exists { path: path.to_owned() }),
        // A link to a file is replaced, not followed.
        Ok(_) if fs::metadata(path).is_ok_and(|m| !m.is_file()) => Err(not_a_file()),
        _ => Ok(()),
    }
}

/// An unnamed-looking file in the folder of `path`, with the permissions of an ordinary new file.
fn temporary(path: &Path) -> Result<NamedTempFile, Error> {
    let folder = folder_of(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Long names and the random part together could exceed what file systems take.
    let prefix: String = std::iter::once('.').chain(name.chars().take(40)).chain(std::iter::once('.')).collect();
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".tmp").rand_bytes(8);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|e| Error::Create { folder: folder.to_owned(), source: bare(&e) })
}

/// The system's own words: `tempfile` adds the path of the temporary file, which is nobody's business, and hides the
/// error below; its kind is all that can be had.
fn bare(error: &io::Error) -> io::Error {
    error.kind().into()
}

/// Makes the new name itself durable, where the system can.
fn settle(path: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let synced = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
        // Some file systems do not sync folders; a disk that fails says so.
        if let Err(source) = synced
            && source.kind() == io::ErrorKind::StorageFull
        {
            return Err(Error::file(path, source));
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn ended() -> io::Error {
    io::Error::other("the file was committed or given up already")
}

/// What is gathered before it is written; sinks write larger pieces past it.
const BUFFER: usize = 64 * 1024;

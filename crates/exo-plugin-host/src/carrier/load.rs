//! Loads a library for good, and checks that it is what its file said.
#![expect(unsafe_code, reason = "a loader cannot be called otherwise")]

use exo_plugin_abi::{ABI_MINOR, PLUGIN_SYMBOL, PluginV0, RunFn, Slice};
use std::error::Error as _;
use std::path::Path;

/// A plugin's entry, in a library that is never unloaded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loaded {
    pub(crate) run: RunFn,
    /// SDK and compiler, for messages.
    pub(crate) built_with: &'static str,
}

impl Loaded {
    /// Loads the library at `path`, whose file exports the manifest `framed`.
    ///
    /// Its constructors run here.
    pub(crate) fn load(path: &Path, framed: &[u8]) -> Result<Self, String> {
        let library = open(path)?;
        // SAFETY: the type is that of a pointer to the symbol; what is behind it is checked before it is used.
        let symbol = unsafe { library.get::<*const PluginV0>(PLUGIN_SYMBOL.as_bytes()) };
        let table = *symbol.map_err(|error| format!("it exports no `{PLUGIN_SYMBOL}`: {}", told(&error)))?;
        // A library that has run code can leave behind threads, destructors, statics: nothing good comes of unloading.
        std::mem::forget(library);
        let table = read(table)?;
        // SAFETY: a table's slices are static data of a library that stays loaded.
        let manifest = unsafe { table.manifest.as_bytes() };
        if manifest.get(..framed.len()) != Some(framed) {
            return Err("the loaded manifest is not the one in the file".to_owned());
        }
        // SAFETY: as for the manifest.
        let sdk = unsafe { text(table.sdk) };
        Ok(Self { run: table.run, built_with: sdk })
    }
}

fn open(path: &Path) -> Result<libloading::Library, String> {
    #[cfg(unix)]
    {
        use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
        // SAFETY: constructors of the library run; that is what loading a plugin means, and the child is there for it.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
        library.map(Into::into).map_err(|error| told(&error))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: as above.
        let library = unsafe { libloading::Library::new(path) };
        library.map_err(|error| told(&error))
    }
}

/// What the loader says: which symbol, file or version it does not find.
fn told(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// The table, if it is one that this version understands.
fn read(table: *const PluginV0) -> Result<PluginV0, String> {
    if table.is_null() || !table.is_aligned() {
        return Err(format!("`{PLUGIN_SYMBOL}` is not a table"));
    }
    // SAFETY: every table begins with its size, and the symbol's data has at least that.
    let size = unsafe { table.cast::<u32>().read() };
    if size < PluginV0::SIZE {
        return Err(format!("its table has {size} bytes, at least {} are needed", PluginV0::SIZE));
    }
    // SAFETY: the table says that it has all fields of the first version.
    let table = unsafe { table.read() };
    if table.needs_minor > ABI_MINOR {
        return Err(format!("it needs plugin ABI 0.{}, this program has 0.{ABI_MINOR}", table.needs_minor));
    }
    Ok(table)
}

/// A text of a table; empty when it is none.
///
/// # Safety
///
/// As for [`Slice::as_bytes`], for ever.
unsafe fn text(slice: Slice) -> &'static str {
    // SAFETY: promised by the caller.
    let bytes = unsafe { slice.as_bytes::<'static>() };
    std::str::from_utf8(bytes).unwrap_or_default()
}

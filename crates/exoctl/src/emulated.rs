//! An emulated tenant for the time of one command, in a folder that goes with it.

use crate::emulator;
use crate::failure::Result;
use crate::offline::{Offline, Wish};
use std::path::{Path, PathBuf};

/// A tenant that serves until this is dropped.
#[derive(Debug)]
pub(crate) struct Emulated {
    offline: Offline,
    folder: PathBuf,
}

impl Emulated {
    /// The profile file that signs in to it.
    pub(crate) fn config(&self) -> &Path {
        &self.offline.config
    }
}

impl Drop for Emulated {
    fn drop(&mut self) {
        // Keys in it are of no use once the tenant is gone.
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Starts the usual tenant.
pub(crate) fn start() -> Result<Emulated> {
    let folder = std::env::temp_dir().join(format!("exoctl-{}", exo_http::RequestId::random()));
    let wish = Wish { mailboxes: 50, seed: 1, roles: emulator::usual_roles(), ..Wish::default() };
    let offline = Offline::start(&wish, &folder).inspect_err(|_| {
        std::fs::remove_dir_all(&folder).ok();
    })?;
    Ok(Emulated { offline, folder })
}

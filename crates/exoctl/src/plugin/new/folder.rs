//! A new folder: whole, or not at all.

use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use std::io;
use std::path::{Path, PathBuf};

/// Refuses a folder that holds anything.
pub(crate) fn must_be_free(folder: &Path) -> Result<()> {
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Ok(_) => Err(Failure::new(ErrorKind::Output, format!("folder `{}` holds something already", folder.display()))
            .hinted("give another --folder, or move it away")),
        Err(error) => Err(unwritten(folder, &error).hinted("give another --folder")),
    }
}

/// Writes all files beside the folder's place and puts them there at once.
pub(crate) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(|error| unwritten(parent, &error))?;
    let draft = Draft(parent.join(format!(".exoctl-{}", exo_http::RequestId::random())));
    for (name, bytes) in files {
        let path = draft.0.join(name);
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, bytes));
        written.map_err(|error| unwritten(&folder.join(name), &error))?;
    }
    // An empty folder may stand there; on some systems nothing can be renamed onto it.
    std::fs::remove_dir(folder)
        .or_else(|error| if folder.exists() { Err(error) } else { Ok(()) })
        .and_then(|()| std::fs::rename(&draft.0, folder))
        .map_err(|error| unwritten(folder, &error))
}

/// A folder that is removed unless it was renamed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Once renamed it is not there.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(ErrorKind::Output, format!("`{}` cannot be written: {error}", path.display()))
}

//! Azure Arc's proof: a key in a file that only members of a group may read.

use super::error::{ArcKeyFault, ManagedIdentityError};
use super::host::HostKind;
use crate::small_file;
use exo_http::Response;
use exo_model::Secret;
use http::header::WWW_AUTHENTICATE;
use std::path::{Component, Path, PathBuf};

/// The key in the file that the agent's challenge names.
///
/// Whoever answers in the agent's place must not get any other file of this machine, hence the checks.
pub(super) fn key(challenge: &Response, folder: &Path) -> Result<Secret, ManagedIdentityError> {
    let what = "its challenge names no file";
    let path = realm(challenge).ok_or(ManagedIdentityError::NotUnderstood { host: HostKind::Arc, what })?;
    read(&path, folder).map_err(|fault| ManagedIdentityError::ArcKey { path, fault })
}

/// The file of `WWW-Authenticate: Basic realm=FILE`.
fn realm(challenge: &Response) -> Option<PathBuf> {
    let value = challenge.headers().get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (scheme, rest) = value.trim().split_once(' ')?;
    let (name, path) = rest.trim().split_once('=')?;
    let path = path.trim().trim_matches('"');
    let named = scheme.eq_ignore_ascii_case("basic") && name.trim().eq_ignore_ascii_case("realm") && !path.is_empty();
    named.then(|| PathBuf::from(path))
}

fn read(path: &Path, folder: &Path) -> Result<Secret, ArcKeyFault> {
    let plain = path.components().all(|c| !matches!(c, Component::ParentDir | Component::CurDir));
    if !plain || path.parent() != Some(folder) {
        return Err(ArcKeyFault::Elsewhere { folder: folder.to_owned() });
    }
    if path.extension().is_none_or(|extension| extension != "key") {
        return Err(ArcKeyFault::Name);
    }
    // A link could lead out of the folder again.
    let link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    if link {
        return Err(ArcKeyFault::File(small_file::FileFault::NotAFile));
    }
    small_file::read(path, LONGEST).map_err(ArcKeyFault::File)
}

/// The agent's keys are shorter.
const LONGEST: u64 = 4096;

//! A token of another issuer in a file that somebody else keeps fresh, as in Kubernetes.

use super::check;
use super::error::FederationError;
use crate::{AssertionSource, Audience, small_file};
use exo_model::{SeamError, Secret};
use std::path::PathBuf;

/// A token of another issuer in a file that somebody else keeps fresh (`AZURE_FEDERATED_TOKEN_FILE`).
///
/// The file is read anew for each exchange, since it is replaced while a job runs.
///
/// ```
/// use exo_token::FederatedTokenFile;
/// let source = FederatedTokenFile::new("/var/run/secrets/azure/tokens/azure-identity-token");
/// # drop(source);
/// ```
#[derive(Debug, Clone)]
pub struct FederatedTokenFile {
    path: PathBuf,
}

impl FederatedTokenFile {
    /// The token in this file; nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Reads the file now, so that a wrong path is told before anything is sent.
    ///
    /// # Errors
    ///
    /// [`FederationError::File`], [`FederationError::NotAToken`] or [`FederationError::Expired`].
    pub fn read(&self, now: std::time::SystemTime) -> Result<Secret, FederationError> {
        let token = small_file::read(&self.path, LONGEST)
            .map_err(|fault| FederationError::File { path: self.path.clone(), fault })?;
        check(&format!("`{}`", self.path.display()), token, now)
    }
}

#[async_trait::async_trait]
impl AssertionSource for FederatedTokenFile {
    async fn assertion(&self, audience: &Audience<'_>) -> Result<Secret, SeamError> {
        self.read(audience.now).map_err(SeamError::new)
    }
}

/// More than any token; the token service itself takes no more.
const LONGEST: u64 = 64 << 10;

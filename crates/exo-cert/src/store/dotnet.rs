//! The folder in which .NET keeps a user's certificates on Linux.

use super::files::{self, FolderRule, Scan};
use super::{Description, KeyStore};
use crate::{ClientCertificate, Selector, StoreError};
use std::path::PathBuf;

/// The folder in which .NET, and with it PowerShell 7, keeps `CurrentUser\My` on Linux: one PFX without a password per
/// certificate, in `~/.dotnet/corefx/cryptography/x509stores/my`.
///
/// It is read and never written, since its layout is .NET's own affair. The folder and its files must belong to the
/// user; a file that others may read is refused.
///
/// ```no_run
/// use exo_cert::{DotnetStore, KeyStore};
///
/// # async fn example() -> Result<(), exo_cert::StoreError> {
/// let store = DotnetStore::new("/home/adele/.dotnet/corefx/cryptography/x509stores/my");
/// for certificate in store.list().await? {
///     println!("{} {}", certificate.thumbprint, certificate.subject);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DotnetStore {
    folder: PathBuf,
}

impl DotnetStore {
    /// The store in this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn scan(&self) -> Result<Scan, StoreError> {
        files::scan(&self.folder, &["pfx"], FolderRule::NotWritable)
    }
}

#[async_trait::async_trait]
impl KeyStore for DotnetStore {
    fn place(&self) -> String {
        format!(".NET's store `{}`", self.folder.display())
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let place = self.place();
        let taken = self.scan()?.take(&place, wanted)?;
        files::ready(&place, taken).await
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        Ok(self.scan()?.descriptions(&self.place()))
    }
}

//! The stores in which a thumbprint alone finds a certificate, in the order in which they are asked.

use crate::certificate_source;
use crate::environment;
use crate::failure::{Failure, Result};
use exo_cert::{ClientCertificate, Description, DotnetStore, FolderStore, KeyStore, Selector, StoreChain};
use exo_model::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// This program's own store, in the given folder or in the usual one.
pub(crate) fn own(folder: Option<&Path>) -> Result<FolderStore> {
    let folder = folder.map(Path::to_owned).or_else(environment::store_folder);
    folder.map(FolderStore::new).ok_or_else(|| {
        Failure::new(ErrorKind::Profile, "there is no folder for the own certificate store, as no home is known")
            .hinted("give one with --certificate-store or EXOCTL_CERTIFICATE_STORE")
    })
}

/// The certificate of the first store that has it.
pub(crate) async fn find(folder: Option<&Path>, thumbprint: &str) -> Result<ClientCertificate> {
    Ok(StoreChain::new(all(folder)?).find(&selector(thumbprint)?).await?)
}

/// What each store holds, store by store; and what those say that cannot be looked at.
pub(crate) async fn list(folder: Option<&Path>) -> Result<(Vec<Description>, Vec<Failure>)> {
    let mut there = Vec::new();
    let mut failed = Vec::new();
    for store in all(folder)? {
        match store.list().await {
            Ok(more) => there.extend(more),
            Err(error) => failed.push(Failure::from(error)),
        }
    }
    Ok((there, failed))
}

/// The place of a certificate, where the code for that place was never seen to run on the system that it is for.
pub(crate) async fn unverified(folder: Option<&Path>, certificate: &ClientCertificate) -> Result<Option<String>> {
    let thumbprint = certificate.certificate().thumbprint();
    let (there, _) = list(folder).await?;
    let found = there.into_iter().find(|description| description.thumbprint == thumbprint);
    Ok(found.filter(|description| description.unverified).map(|description| description.place))
}

/// A thumbprint of either kind, as people paste it.
pub(crate) fn selector(text: &str) -> Result<Selector> {
    text.parse().map_err(certificate_source::no_thumbprint)
}

fn all(folder: Option<&Path>) -> Result<Vec<Arc<dyn KeyStore>>> {
    let mut stores: Vec<Arc<dyn KeyStore>> = vec![Arc::new(own(folder)?)];
    if let Some(folder) = environment::dotnet_folder() {
        stores.push(Arc::new(DotnetStore::new(folder)));
    }
    #[cfg(windows)]
    {
        stores.push(Arc::new(exo_cert::WindowsStore::current_user()));
        stores.push(Arc::new(exo_cert::WindowsStore::local_machine()));
    }
    #[cfg(target_os = "macos")]
    stores.push(Arc::new(exo_cert::KeychainStore::new()));
    Ok(stores)
}

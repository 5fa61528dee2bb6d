//! The stores in which a thumbprint alone finds a certificate, in the order in which they are asked.

use crate::certificate_source;
use crate::environment;
use crate::failure::{Failure, Result};
use exo_cert::{ClientCertificate, Description, DotnetStore, FolderStore, KeyStore, Selector, StoreChain, Thumbprint};
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

/// What to say of the place that gives a certificate, where its code was never seen to run on the system that it is for.
pub(crate) async fn unverified(folder: Option<&Path>, certificate: &ClientCertificate) -> Result<Option<String>> {
    let (there, _) = list(folder).await?;
    Ok(unverified_place(&there, certificate.certificate().thumbprint()))
}

/// The first place that has the certificate with its key is the one that gives it.
fn unverified_place(there: &[Description], thumbprint: Thumbprint) -> Option<String> {
    let giver = there.iter().find(|place| place.thumbprint == thumbprint && place.has_private_key)?;
    let place = &giver.place;
    giver
        .unverified
        .then(|| format!("it is in {place}, which is unverified: its code was not yet seen to run on this system"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use exo_cert::Certificate;

    const CERTIFICATE: &[u8] = include_bytes!("../../../tests/data/app.cer");

    fn at(place: &str, unverified: bool, has_private_key: bool) -> Description {
        let mut description = Description::bare(&Certificate::from_bytes(CERTIFICATE).unwrap(), place);
        description.unverified = unverified;
        description.has_private_key = has_private_key;
        description
    }

    #[test]
    fn the_place_that_gives_the_certificate_is_called_unverified_where_it_is() {
        let [own, windows, bare] =
            [at("the own store", false, true), at(r"CurrentUser\My", true, true), at("elsewhere", false, false)];
        let thumbprint = own.thumbprint;
        let said =
            |there: &[&Description]| unverified_place(&there.iter().copied().cloned().collect::<Vec<_>>(), thumbprint);
        let expected = r"it is in CurrentUser\My, which is unverified: its code was not yet seen to run on this system";
        assert_eq!(said(&[&windows]).as_deref(), Some(expected));
        assert_eq!(said(&[&bare, &windows, &own]).as_deref(), Some(expected));
        assert_eq!(said(&[&own, &windows]), None);
        assert_eq!(said(&[]), None);
        assert_eq!(unverified_place(&[windows], Thumbprint::new([7; 20])), None);
    }
}

//! Several stores, asked one after the other.

use super::error::Asked;
use super::{Description, KeyStore, choose};
use crate::{ClientCertificate, Selector, StoreError};
use std::sync::Arc;

/// Several stores, asked one after the other; the first that has the certificate gives it.
///
/// Where a subject or the only certificate is asked for, all stores are looked at before one is chosen.
/// If none gives it, the error lists every place that was asked and what it said.
///
/// ```
/// use exo_cert::{DotnetStore, FolderStore, KeyStore, Selector, StoreChain};
/// use std::sync::Arc;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let chain = StoreChain::new(vec![
///     Arc::new(FolderStore::new("certificates")),
///     Arc::new(DotnetStore::new(".dotnet/corefx/cryptography/x509stores/my")),
/// ]);
/// let wanted: Selector = "84E05C1D98BCE3A5421D225B140B36E86A3D5534".parse()?;
/// let certificate = chain.find(&wanted).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct StoreChain {
    stores: Vec<Arc<dyn KeyStore>>,
}

impl StoreChain {
    /// Asks these, in this order.
    pub const fn new(stores: Vec<Arc<dyn KeyStore>>) -> Self {
        Self { stores }
    }

    async fn ask_each(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let mut asked = Vec::new();
        for store in &self.stores {
            match store.find(wanted).await {
                Ok(certificate) => return Ok(certificate),
                Err(said) => asked.push(Asked { place: store.place(), said }),
            }
        }
        Err(StoreError::Nowhere { wanted: wanted.clone(), asked })
    }

    /// Everything that is anywhere, and what the places say that could not be looked at.
    async fn look(&self) -> (Vec<Description>, Vec<Asked>) {
        let mut there = Vec::new();
        let mut failed = Vec::new();
        for store in &self.stores {
            match store.list().await {
                Ok(more) => there.extend(more),
                Err(said) => failed.push(Asked { place: store.place(), said }),
            }
        }
        (there, failed)
    }
}

#[async_trait::async_trait]
impl KeyStore for StoreChain {
    fn place(&self) -> String {
        self.stores.iter().map(|store| store.place()).collect::<Vec<_>>().join(", ")
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        if wanted.is_exact() {
            return self.ask_each(wanted).await;
        }
        let (there, _) = self.look().await;
        match choose(&self.place(), wanted, &there) {
            Ok(one) => self.ask_each(&Selector::Thumbprint(one.thumbprint)).await,
            Err(ambiguous @ StoreError::Ambiguous { .. }) => Err(ambiguous),
            // Each place says by itself why it has none.
            Err(_) => self.ask_each(wanted).await,
        }
    }

    /// # Errors
    /// Only if no place could be looked at; what the others hold is listed.
    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        let (there, failed) = self.look().await;
        if there.is_empty() && !failed.is_empty() {
            return Err(StoreError::Nowhere { wanted: Selector::Only, asked: failed });
        }
        Ok(there)
    }
}

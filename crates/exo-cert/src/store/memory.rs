//! A certificate that was handed over at run time, as a store.

use super::{Description, KeyStore, choose};
use crate::{ClientCertificate, Selector, StoreError};

/// A certificate that was handed over at run time, as a store of one.
///
/// ```
/// use exo_cert::{ClientCertificate, KeyStore, Memory, Selector};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let bytes = include_bytes!("../../tests/data/openssl3-aes256.pfx");
/// let certificate = ClientCertificate::from_bytes(bytes, Some(&"password".into()))?;
/// let store = Memory::new(certificate);
/// let found = store.find(&Selector::Only).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Memory {
    certificate: ClientCertificate,
}

impl Memory {
    /// Holds this certificate.
    pub const fn new(certificate: ClientCertificate) -> Self {
        Self { certificate }
    }
}

#[async_trait::async_trait]
impl KeyStore for Memory {
    fn place(&self) -> String {
        "the certificate handed over".to_owned()
    }

    async fn find(&self, wanted: &Selector) -> Result<ClientCertificate, StoreError> {
        let description = Description::of(&self.certificate, self.place());
        choose(&self.place(), wanted, std::slice::from_ref(&description))?;
        let tested = self.certificate.self_test().await;
        let thumbprint = description.thumbprint;
        tested.map_err(|source| StoreError::Unusable { thumbprint, place: self.place(), source })?;
        Ok(self.certificate.clone())
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        Ok(vec![Description::of(&self.certificate, self.place())])
    }
}

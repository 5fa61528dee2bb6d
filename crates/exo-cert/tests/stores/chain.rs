//! Several places, asked one after the other.

use crate::fixtures::{CONTOSO, FABRIKAM, by, data, fabrikam, pem, put};
use exo_cert::{
    Certificate, ClientCertificate, Description, DotnetStore, Error, FolderStore, KeyStore, Memory, RsaSigner,
    Selector, SignatureAlgorithm, Signer, StoreChain, StoreError,
};
use exo_model::Diagnose;
use std::sync::Arc;

/// A place that has the certificate and gives nothing but this.
#[derive(Debug)]
struct Refusing;

#[async_trait::async_trait]
impl KeyStore for Refusing {
    fn place(&self) -> String {
        "the vault".to_owned()
    }

    async fn find(&self, _: &Selector) -> Result<ClientCertificate, StoreError> {
        Err(StoreError::Certificate(Error::sign(SignatureAlgorithm::Ps256, "the vault is sealed")))
    }

    async fn list(&self) -> Result<Vec<Description>, StoreError> {
        self.find(&Selector::Only).await.map(|_| Vec::new())
    }
}

#[tokio::test]
async fn what_was_handed_over_is_a_store_of_one() {
    let store = Memory::new(fabrikam());
    assert_eq!(store.find(&Selector::Only).await.unwrap().certificate().thumbprint().to_string(), FABRIKAM);
    store.find(&by(FABRIKAM)).await.unwrap();
    assert!(matches!(store.find(&by(CONTOSO)).await, Err(StoreError::NotFound { .. })));
    let listed = store.list().await.unwrap();
    assert!(listed.iter().all(|d| d.has_private_key && !d.unverified && d.subject == "CN=fabrikam.com"));
}

#[tokio::test]
async fn a_key_that_does_not_fit_is_seen_when_it_is_loaded() {
    let der = pem_key("contoso.key");
    let signer = Arc::new(RsaSigner::from_pkcs8_der(&der).unwrap()) as Arc<dyn Signer>;
    let other = Certificate::from_bytes(&data("fabrikam.crt")).unwrap();
    let mismatched = ClientCertificate::new(vec![other], signer).unwrap();
    let error = Memory::new(mismatched).find(&Selector::Only).await.unwrap_err();
    assert!(matches!(error, StoreError::Unusable { source: Error::KeyMismatch { .. }, .. }), "{error}");
    assert_eq!(error.code(), "key-cert-mismatch");
}

fn pem_key(name: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text = String::from_utf8(data(name)).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with("---")).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

#[tokio::test]
async fn the_first_place_that_has_it_gives_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = FolderStore::new(folder.path().join("own"));
    own.add(&pem("contoso"), None).unwrap();
    let chain = StoreChain::new(vec![Arc::new(Refusing), Arc::new(own), Arc::new(Memory::new(fabrikam()))]);
    for thumbprint in [CONTOSO, FABRIKAM] {
        let found = chain.find(&by(thumbprint)).await.unwrap();
        assert_eq!(found.certificate().thumbprint().to_string(), thumbprint);
    }
    assert_eq!(chain.list().await.unwrap().len(), 2);

    // Elsewhere there is another one, so neither is the only one.
    let error = chain.find(&Selector::Only).await.unwrap_err();
    assert!(matches!(&error, StoreError::Ambiguous { candidates, .. } if candidates.len() == 2), "{error}");
    let by_name = chain.find(&Selector::Subject("fabrikam.com".to_owned())).await.unwrap();
    assert_eq!(by_name.certificate().thumbprint().to_string(), FABRIKAM);
}

#[tokio::test]
async fn one_certificate_in_two_places_is_the_only_one() {
    let chain = StoreChain::new(vec![Arc::new(Memory::new(fabrikam())), Arc::new(Memory::new(fabrikam()))]);
    chain.find(&Selector::Only).await.unwrap();
}

#[tokio::test]
async fn a_failure_lists_every_place_and_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "damaged.pfx", b"damaged");
    let chain = StoreChain::new(vec![
        Arc::new(FolderStore::new("/nonexistent/certificates")),
        Arc::new(DotnetStore::new(folder.path())),
        Arc::new(Memory::new(fabrikam())),
        Arc::new(Refusing),
    ]);
    let error = chain.find(&by(CONTOSO)).await.unwrap_err();
    let text = error.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    assert_eq!(
        text,
        "no certificate 0AE9C4541F0F0036E0C16680960BCD89DB4BBBA0 that could sign; \
         asked the own store `/nonexistent/certificates`: there is no such folder; \
         .NET's store `FOLDER`: 1 file there holds no certificate with its key that can be opened; \
         the certificate handed over: not there; \
         the vault: PS256 with this key: the vault is sealed"
    );
    assert_eq!(error.code(), "sign-failed");
    let StoreError::Nowhere { asked, .. } = error else { panic!("{error}") };
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn where_nothing_is_anywhere_the_way_out_is_told() {
    let chain = StoreChain::new(vec![Arc::new(FolderStore::new("/nonexistent"))]);
    for wanted in [by(CONTOSO), Selector::Only, Selector::Subject("contoso.org".to_owned())] {
        let error = chain.find(&wanted).await.unwrap_err();
        assert_eq!(error.code(), "not-found", "{error}");
        assert!(error.hint().unwrap().contains("exoctl cert add"));
    }
    assert!(chain.list().await.unwrap().is_empty());
    assert_eq!(StoreChain::default().find(&by(CONTOSO)).await.unwrap_err().code(), "not-found");
}

#[tokio::test]
async fn places_that_cannot_be_looked_at_are_an_error_only_alone() {
    assert!(StoreChain::new(vec![Arc::new(Refusing)]).list().await.is_err());
    let chain = StoreChain::new(vec![Arc::new(Refusing), Arc::new(Memory::new(fabrikam()))]);
    assert_eq!(chain.list().await.unwrap().len(), 1);
}

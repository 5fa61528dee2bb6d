//! .NET's folder, as .NET fills it: PFX files without a password.

use crate::fixtures::{CONTOSO, FABRIKAM, by, data, put};
use exo_cert::{DotnetStore, KeyStore, Selector, StoreError};
use tempfile::TempDir;

fn filled() -> (TempDir, DotnetStore) {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &format!("{CONTOSO}.pfx"), &data("dotnet-absent-password.pfx"));
    put(folder.path(), &format!("{FABRIKAM}.1.pfx"), include_bytes!("data/dotnet-fabrikam.pfx"));
    let store = DotnetStore::new(folder.path());
    (folder, store)
}

#[tokio::test]
async fn what_dotnet_stored_is_found_and_signs() {
    let (_folder, store) = filled();
    assert_eq!(store.list().await.unwrap().len(), 2);
    for (thumbprint, subject) in [(CONTOSO, "CN=contoso.org"), (FABRIKAM, "CN=fabrikam.com")] {
        let found = store.find(&by(thumbprint)).await.unwrap();
        assert_eq!(found.certificate().thumbprint().to_string(), thumbprint);
        assert_eq!(found.certificate().subject(), subject);
    }
}

#[tokio::test]
async fn the_certificate_is_hashed_whatever_its_file_is_called() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), &format!("{FABRIKAM}.pfx"), &data("dotnet-absent-password.pfx"));
    let store = DotnetStore::new(folder.path());
    assert!(matches!(store.find(&by(FABRIKAM)).await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.find(&Selector::Only).await.unwrap().certificate().thumbprint().to_string(), CONTOSO);
}

#[tokio::test]
async fn what_does_not_parse_is_skipped() {
    let (folder, store) = filled();
    put(folder.path(), "0000.pfx", b"");
    put(folder.path(), "1111.pfx", &data("openssl3-aes256.pfx"));
    put(folder.path(), "2222.pfx", &data("bomb-many-keys.pfx"));
    put(folder.path(), "3333.txt", &data("dotnet-absent-password.pfx"));
    assert_eq!(store.list().await.unwrap().len(), 2);
    store.find(&by(CONTOSO)).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_or_file_that_is_not_the_users_alone_is_refused() {
    use crate::fixtures::set_mode;
    let (folder, store) = filled();
    set_mode(&folder.path().join(format!("{CONTOSO}.pfx")), 0o644);
    let error = store.find(&by(CONTOSO)).await.unwrap_err();
    assert!(matches!(error, StoreError::OpenToOthers { folder: false, mode: 0o644, .. }), "{error}");
    store.find(&by(FABRIKAM)).await.unwrap();

    // .NET lets others look into its folder; nobody else may write there.
    set_mode(folder.path(), 0o755);
    store.find(&by(FABRIKAM)).await.unwrap();
    set_mode(folder.path(), 0o775);
    let error = store.find(&by(FABRIKAM)).await.unwrap_err();
    assert!(matches!(error, StoreError::OpenToOthers { folder: true, mode: 0o775, .. }), "{error}");
}

//! The own store.

use crate::fixtures::{CONTOSO, FABRIKAM, by, data, pem, put};
use exo_cert::{
    Error, FolderStore, KeySpec, KeyStore, PfxError, ProviderKind, Selector, SignatureAlgorithm, StoreError,
};
use exo_model::Secret;
use tempfile::TempDir;

/// A store that is not there yet.
fn store() -> (TempDir, FolderStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::new(folder.path().join("deep/certificates"));
    (folder, store)
}

fn password() -> Secret {
    Secret::from("password")
}

#[tokio::test]
async fn what_is_added_is_listed_found_signs_and_is_removed() {
    let (_folder, store) = store();
    let added = store.add(&data("windows-csp-rc2.pfx"), Some(&password())).unwrap();
    assert_eq!((added.subject.as_str(), added.has_private_key, added.unverified), ("CN=contoso.org", true, false));
    store.add(&pem("fabrikam"), None).unwrap();

    let listed = store.list().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.contains(&added), "{listed:?}");

    for wanted in [
        Selector::Thumbprint(added.thumbprint),
        Selector::Sha256(added.sha256_thumbprint),
        Selector::Subject("contoso.org".to_owned()),
    ] {
        let found = store.find(&wanted).await.unwrap();
        assert_eq!(found.certificate().thumbprint(), added.thumbprint);
        let signature = found.sign(SignatureAlgorithm::Ps256, b"message").await.unwrap();
        found.certificate().verify(SignatureAlgorithm::Ps256, b"message", &signature).unwrap();
    }

    assert_eq!(store.remove(&Selector::Thumbprint(added.thumbprint)).unwrap(), added);
    let gone = store.find(&Selector::Thumbprint(added.thumbprint)).await.unwrap_err();
    assert!(matches!(gone, StoreError::NotFound { .. }), "{gone}");
    assert_eq!(store.find(&Selector::Only).await.unwrap().certificate().thumbprint().to_string(), FABRIKAM);
}

#[tokio::test]
async fn the_file_is_plain_pem_and_another_program_would_read_it() {
    let (_folder, store) = store();
    let added = store.add(&data("windows-csp-rc2.pfx"), Some(&password())).unwrap();
    let path = store.path().join(format!("{}.pem", added.thumbprint));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("-----BEGIN PRIVATE KEY-----\n"));
    assert!(text.contains("-----BEGIN CERTIFICATE-----\n"));
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let openssl = |arguments: &[&str]| {
        let output = std::process::Command::new("openssl").args(arguments).arg("-in").arg(&path).output().ok()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(output.stdout)
    };
    let (Some(key), Some(certificate)) = (openssl(&["pkey", "-pubout"]), openssl(&["x509", "-pubkey", "-noout"]))
    else {
        return; // There is no openssl on this machine.
    };
    assert_eq!(key, certificate);
}

#[tokio::test]
async fn provider_and_chain_are_kept() {
    let (_folder, store) = store();
    let added = store.add(&data("windows-csp-signature.pfx"), Some(&password())).unwrap();
    let found = store.find(&Selector::Only).await.unwrap();
    assert_eq!(found.provider(), &added.provider);
    assert_eq!(found.provider().kind, ProviderKind::Csp);
    assert_eq!(found.provider().key_spec, Some(KeySpec::Signature));

    let (_folder, store) = self::store();
    let original = exo_cert::ClientCertificate::from_bytes(&data("chain-root-first.pem"), None).unwrap();
    store.add(&data("chain-root-first.pem"), None).unwrap();
    let found = store.find(&Selector::Only).await.unwrap();
    assert!(found.chain().len() > 1);
    assert_eq!(found.chain(), original.chain());
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let (_folder, store) = store();
    store.add(&pem("contoso"), None).unwrap();
    let again = store.add(&data("openssl3-aes256.pfx"), Some(&password())).unwrap_err();
    assert!(matches!(&again, StoreError::AlreadyThere { thumbprint, .. } if thumbprint.to_string() == CONTOSO));
    assert_eq!(again.code(), "exists");

    // Under another name it is still the same certificate.
    let path = store.path().join(format!("{CONTOSO}.pem"));
    std::fs::rename(&path, store.path().join("renamed.pem")).unwrap();
    let again = store.add(&pem("contoso"), None).unwrap_err();
    assert!(matches!(&again, StoreError::AlreadyThere { path, .. } if path.ends_with("renamed.pem")), "{again}");

    // Something else under its name is not touched.
    std::fs::remove_file(store.path().join("renamed.pem")).unwrap();
    put(store.path(), &format!("{CONTOSO}.pem"), b"something else");
    let collision = store.add(&pem("contoso"), None).unwrap_err();
    assert!(matches!(collision, StoreError::AlreadyThere { .. }), "{collision}");
    assert_eq!(std::fs::read(&path).unwrap(), b"something else");
}

#[tokio::test]
async fn the_name_of_a_file_says_nothing_and_junk_is_passed_over() {
    let (_folder, store) = store();
    store.add(&pem("contoso"), None).unwrap();
    let folder = store.path();
    put(folder, &format!("{FABRIKAM}.pem"), &pem("contoso"));
    put(folder, "junk.pem", b"-----BEGIN PRIVATE KEY-----\n");
    put(folder, "locked.pfx", &data("openssl3-aes256.pfx"));
    put(folder, "alone.pem", &data("fabrikam.crt"));
    put(folder, "notes.txt", &pem("fabrikam"));
    std::fs::create_dir(folder.join("folder.pem")).unwrap();

    let listed = store.list().await.unwrap();
    assert_eq!(listed.len(), 1, "the same certificate twice is one: {listed:?}");
    assert_eq!(listed.first().unwrap().thumbprint.to_string(), CONTOSO);
    let error = store.find(&by(FABRIKAM)).await.unwrap_err();
    let StoreError::NotFound { note: Some(note), .. } = &error else { panic!("{error}") };
    assert!(note.contains("4 files"), "{note}");

    // Every copy goes, or it would still be there.
    store.remove(&by(CONTOSO)).unwrap();
    assert!(store.list().await.unwrap().is_empty());
    assert!(folder.join("junk.pem").exists());
}

#[tokio::test]
async fn several_that_could_be_meant_are_listed() {
    let (_folder, store) = store();
    store.add(&pem("contoso"), None).unwrap();
    store.add(&pem("fabrikam"), None).unwrap();
    for error in [store.find(&Selector::Only).await.unwrap_err(), store.remove(&Selector::Only).unwrap_err()] {
        let StoreError::Ambiguous { candidates, .. } = &error else { panic!("{error}") };
        assert_eq!(candidates.len(), 2);
        assert!(error.to_string().contains(CONTOSO) && error.to_string().contains(FABRIKAM), "{error}");
    }
    assert_eq!(store.list().await.unwrap().len(), 2, "nothing was removed");
}

#[test]
fn what_is_no_usable_pair_is_not_stored() {
    let (_folder, store) = store();
    let wrong = |bytes: &[u8], password: Option<&Secret>| match store.add(bytes, password).unwrap_err() {
        StoreError::Certificate(error) => error,
        other => panic!("{other}"),
    };
    let typo = Secret::from("Password");
    assert!(matches!(wrong(&data("openssl3-aes256.pfx"), Some(&typo)), Error::Pfx(PfxError::WrongPassword)));
    assert!(matches!(wrong(&data("contoso.crt"), None), Error::NoPrivateKey { .. }));
    assert!(matches!(wrong(&data("mismatch.pfx"), Some(&password())), Error::KeyMismatch { .. }));
    assert!(matches!(wrong(&pem("rsa1024"), None), Error::KeySize { .. }));
    assert!(matches!(wrong(&data("two-pairs.pfx"), Some(&password())), Error::Ambiguous { .. }));
    assert!(!store.path().exists(), "the folder is made when there is something to put into it");
}

#[test]
fn one_of_several_is_chosen_by_its_thumbprint() {
    let (_folder, store) = store();
    let wanted = CONTOSO.parse().unwrap();
    let added = store.add_selecting(&data("two-pairs.pfx"), Some(&password()), &wanted).unwrap();
    assert_eq!(wanted, added.thumbprint.into());
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_an_empty_store() {
    let (_folder, store) = store();
    assert!(store.list().await.unwrap().is_empty());
    let error = store.find(&by(CONTOSO)).await.unwrap_err();
    assert!(error.to_string().contains("there is no such folder"), "{error}");
    assert!(matches!(store.remove(&by(CONTOSO)), Err(StoreError::NotFound { .. })));
}

#[cfg(unix)]
mod on_unix {
    use super::*;
    use crate::fixtures::{mode, set_mode};
    use exo_model::Diagnose;

    #[test]
    fn folder_and_files_are_for_the_user_alone() {
        let (_folder, store) = store();
        let added = store.add(&pem("contoso"), None).unwrap();
        assert_eq!(mode(store.path()), 0o700);
        assert_eq!(mode(&store.path().join(format!("{}.pem", added.thumbprint))), 0o600);
    }

    #[tokio::test]
    async fn a_folder_open_to_others_is_refused() {
        let (_folder, store) = store();
        store.add(&pem("contoso"), None).unwrap();
        for mode in [0o750, 0o701, 0o770, 0o777] {
            set_mode(store.path(), mode);
            for error in [
                store.find(&by(CONTOSO)).await.unwrap_err(),
                store.list().await.unwrap_err(),
                store.add(&pem("fabrikam"), None).unwrap_err(),
                store.remove(&by(CONTOSO)).unwrap_err(),
            ] {
                assert!(matches!(&error, StoreError::OpenToOthers { mode: m, .. } if *m == mode), "{error}");
                assert!(error.hint().unwrap().starts_with("chmod 700 "), "{error}");
            }
        }
    }

    #[tokio::test]
    async fn a_file_open_to_others_is_listed_and_refused_and_may_be_removed() {
        let (_folder, store) = store();
        let added = store.add(&pem("contoso"), None).unwrap();
        set_mode(&store.path().join(format!("{}.pem", added.thumbprint)), 0o640);
        assert_eq!(store.list().await.unwrap(), [added]);
        let error = store.find(&by(CONTOSO)).await.unwrap_err();
        assert!(matches!(error, StoreError::OpenToOthers { mode: 0o640, folder: false, .. }), "{error}");
        assert!(error.hint().unwrap().starts_with("chmod 600 "));
        store.remove(&by(CONTOSO)).unwrap();
    }

    /// Only root may give a folder away, and only then there is something to test.
    #[tokio::test]
    async fn what_belongs_to_another_user_is_refused() {
        let (_folder, store) = store();
        let added = store.add(&pem("contoso"), None).unwrap();
        let file = store.path().join(format!("{}.pem", added.thumbprint));
        // Only root can give files away, so that others have nothing to look at here.
        let other = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&file).unwrap()) ^ 1;
        if std::os::unix::fs::chown(&file, Some(other), None).is_err() {
            return;
        }
        let error = store.find(&by(CONTOSO)).await.unwrap_err();
        assert!(matches!(error, StoreError::ForeignOwner { owner, .. } if owner == other), "{error}");
        assert!(matches!(store.remove(&by(CONTOSO)), Err(StoreError::ForeignOwner { .. })));
        std::os::unix::fs::chown(store.path(), Some(other), None).unwrap();
        assert!(matches!(store.list().await, Err(StoreError::ForeignOwner { .. })));
    }

    #[tokio::test]
    async fn a_pipe_is_not_waited_for() {
        let (_folder, store) = store();
        store.add(&pem("contoso"), None).unwrap();
        let pipe = store.path().join("pipe.pem");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo");
        assert_eq!(store.list().await.unwrap().len(), 1);
    }
}

//! The system's stores of Windows: keys are made in them, sign in them, and leave with the test.
//!
//! What signs is checked with the certificate by another library than the system's.

mod installed;

use crate::fixtures::{FABRIKAM, by};
use exo_cert::{KeySpec, KeyStore, ProviderKind, Selector, SignatureAlgorithm, StoreChain, StoreError, WindowsStore};
use installed::{Container, Installed, under_wine, wide};
use std::sync::Arc;
use windows_sys::Win32::Security::Cryptography as win;

/// Long enough after 1970 for a date of now.
#[cfg(feature = "aws-lc")]
const YEARS: std::time::Duration = std::time::Duration::from_hours(500_000);
const AES: &str = "Microsoft Enhanced RSA and AES Cryptographic Provider";
const STRONG: &str = "Microsoft Strong Cryptographic Provider";

fn container(name: &str, provider: &str, provider_type: u32, key_spec: u32) -> Container {
    let name = wide(&format!("exo-cert test {name}"));
    Container { name, provider: wide(provider), provider_type, key_spec, keyset: 0 }
}

/// It is found by both thumbprints and its subject, and its key signs and stays.
async fn signs(store: WindowsStore, installed: &Installed, provider: &str, key_spec: KeySpec) {
    let certificate = installed.certificate();
    let listed = store.list().await.unwrap();
    let description = listed.iter().find(|d| d.is(&installed.selector())).expect("it is listed");
    assert!(description.has_private_key && description.unverified);
    assert_eq!((description.subject.as_str(), &description.place), (certificate.subject(), &store.place()));
    assert_eq!(description.provider.name.as_deref(), Some(provider));
    assert_eq!(description.provider.key_spec, Some(key_spec));
    assert_eq!(description.provider.kind, ProviderKind::Csp);
    assert!(!installed.key_leaves());

    for wanted in [
        installed.selector(),
        Selector::Sha256(certificate.sha256_thumbprint()),
        Selector::Subject(certificate.subject().to_owned()),
    ] {
        let found = store.find(&wanted).await.unwrap();
        assert_eq!(found.provider(), &description.provider);
        // Providers of the old kind do not know PSS.
        assert_eq!(found.signer().algorithms(), [SignatureAlgorithm::Rs256]);
        assert!(found.sign(SignatureAlgorithm::Ps256, b"message").await.is_err());
        let signature = found.sign(SignatureAlgorithm::Rs256, b"message").await.unwrap();
        certificate.verify(SignatureAlgorithm::Rs256, b"message", &signature).unwrap();
        assert!(certificate.verify(SignatureAlgorithm::Rs256, b"another", &signature).is_err());
    }
}

#[tokio::test]
async fn keys_of_both_kinds_sign_in_the_aes_provider() {
    for (name, spec, key_spec) in
        [("exchange", win::AT_KEYEXCHANGE, KeySpec::KeyExchange), ("signature", win::AT_SIGNATURE, KeySpec::Signature)]
    {
        let subject = format!("CN=aes-{name}.exo-cert.test");
        let installed = Installed::new(container(name, AES, win::PROV_RSA_AES, spec), &subject, true);
        signs(WindowsStore::current_user(), &installed, AES, key_spec).await;
    }
}

#[tokio::test]
async fn a_key_of_a_provider_without_sha256_signs_all_the_same() {
    let subject = "CN=strong.exo-cert.test";
    let strong = container("strong", STRONG, win::PROV_RSA_FULL, win::AT_KEYEXCHANGE);
    let installed = Installed::new(strong, subject, true);
    signs(WindowsStore::current_user(), &installed, STRONG, KeySpec::KeyExchange).await;
}

#[tokio::test]
async fn a_certificate_without_its_key_is_told_from_one_that_is_not_there() {
    let container = container("bare", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    let installed = Installed::new(container, "CN=bare.exo-cert.test", false);
    let store = WindowsStore::current_user();
    let listed = store.list().await.unwrap();
    assert!(listed.iter().any(|d| d.is(&installed.selector()) && !d.has_private_key));
    let error = store.find(&installed.selector()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoPrivateKey { .. }), "{error:?}");
    let error = store.find(&by(FABRIKAM)).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_that_is_gone_is_no_key() {
    let gone = container("gone", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    let installed = Installed::new(gone, "CN=gone.exo-cert.test", true);
    installed.container.open(win::CRYPT_DELETEKEYSET);
    let error = WindowsStore::current_user().find(&installed.selector()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoPrivateKey { .. }), "{error:?}");
}

#[tokio::test]
async fn the_machines_store_is_asked_after_the_users() {
    let machine = WindowsStore::local_machine();
    let chain = StoreChain::new(vec![Arc::new(WindowsStore::current_user()), Arc::new(machine)]);
    let mut container = container("machine", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    if under_wine() {
        println!("unverified: a key among the machine's own; Wine looks for every key among the user's");
    } else {
        container.keyset = win::CRYPT_MACHINE_KEYSET;
    }
    let installed = Installed::at(win::CERT_SYSTEM_STORE_LOCAL_MACHINE, container, "CN=machine.exo-cert.test", true);
    signs(machine, &installed, AES, KeySpec::KeyExchange).await;
    let certificate = installed.certificate();
    for wanted in [installed.selector(), Selector::Sha256(certificate.sha256_thumbprint())] {
        assert_eq!(chain.find(&wanted).await.unwrap().certificate(), &certificate);
        let in_the_users = WindowsStore::current_user().find(&wanted).await;
        if under_wine() {
            println!("unverified: that CurrentUser\\My is without what is in LocalMachine\\My; Wine shows both there");
        } else {
            assert!(matches!(in_the_users, Err(StoreError::NotFound { .. })));
        }
    }
}

#[tokio::test]
async fn what_is_the_users_is_not_the_machines() {
    let container = container("user", AES, win::PROV_RSA_AES, win::AT_KEYEXCHANGE);
    let installed = Installed::new(container, "CN=user.exo-cert.test", true);
    let (user, machine) = (WindowsStore::current_user(), WindowsStore::local_machine());
    let chain = StoreChain::new(vec![Arc::new(user), Arc::new(machine)]);
    chain.find(&installed.selector()).await.unwrap();
    let error = machine.find(&installed.selector()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error:?}");
}

/// What `exoctl cert new` writes is imported by Windows, as a key of the old kind that does not leave again.
#[cfg(feature = "aws-lc")]
#[tokio::test]
async fn a_pfx_that_we_wrote_is_imported_and_signs() {
    use exo_cert::{PfxEncryption, SelfSigned};
    use exo_model::Secret;
    let (password, now) = (Secret::new("password".to_owned()), std::time::SystemTime::UNIX_EPOCH + YEARS);
    for (encryption, name) in [(PfxEncryption::Aes256, "modern"), (PfxEncryption::TripleDes, "legacy")] {
        let subject = format!("{name}.exo-cert.test");
        let made = SelfSigned::builder(&subject).generate(now).unwrap();
        let pfx = made.to_pfx(&password, encryption).unwrap();
        let installed = Installed::import(pfx.expose(), password.expose(), &subject);
        assert_eq!(&installed.certificate(), made.certificate());
        let provider = String::from_utf16(installed.container.provider.strip_suffix(&[0]).unwrap()).unwrap();
        if provider != AES {
            assert!(under_wine(), "{provider}");
            println!(
                "unverified: that Windows obeys the provider that a PFX names; Wine imports every key into `{provider}`"
            );
        }
        signs(WindowsStore::current_user(), &installed, &provider, KeySpec::KeyExchange).await;
    }
}

#[tokio::test]
async fn both_stores_are_asked() {
    let chain = StoreChain::new(vec![Arc::new(WindowsStore::current_user()), Arc::new(WindowsStore::local_machine())]);
    let error = chain.find(&by(FABRIKAM)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            r"no certificate {FABRIKAM} that could sign; asked CurrentUser\My: not there; LocalMachine\My: not there"
        )
    );
}

//! Whatever a key vault answers, there is a certificate or an error that can be shown; and whatever is taken for its
//! address is in a key vault.
#![no_main]

use exo_model::Diagnose;
use exo_token::{KeyVault, VaultCertificate};
use exo_token_fuzz::{Answers, Somebody, Still, check, now};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|data: &[u8]| {
    if let Ok(certificate) = String::from_utf8_lossy(data).parse::<VaultCertificate>() {
        let host = certificate.vault().host();
        let known = [".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn"];
        assert!(certificate.vault().is_loopback() || known.iter().any(|suffix| host.ends_with(suffix)), "{host}");
        assert_eq!(certificate.to_string().parse().as_ref(), Ok(&certificate));
    }
    let vault = || {
        let address = "https://contoso.vault.azure.net/certificates/exo-app".parse().expect("an address");
        KeyVault::new(Arc::new(Answers::read(data)), Arc::new(Still), Somebody, address).random(|| 0)
    };
    for outcome in [now(vault().remote()), now(vault().fetched())] {
        if let Err(error) = outcome {
            check(&error);
            drop((error.kind(), error.hint()));
        }
    }
});

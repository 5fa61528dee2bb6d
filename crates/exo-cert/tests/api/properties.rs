//! No bytes make the reader panic, and damage is never taken for something else.

use crate::files::data;
use exo_cert::{Certificate, ClientCertificate, Thumbprint};
use exo_model::Secret;
use proptest::prelude::*;

/// Good files whose derivations are short, so that many can be tried.
const FILES: &[&str] = &[
    "ber.p12",
    "dotnet-absent-password.pfx",
    "windows-csp-rc2.pfx",
    "windows-aes256.pfx",
    "openssl3-nothing.pfx",
    "nested-and-odd.pfx",
    "openssl3-iter1.pfx",
    "contoso.cer",
    "contoso.key.der",
    "contoso.encrypted.key",
    "with-bag-attributes.pem",
    "chain-root-first.pem",
];

/// Opens it in every way; often nobody cares what comes out, as long as something does.
fn read(bytes: &[u8]) -> Option<ClientCertificate> {
    if let Ok(certificate) = Certificate::from_bytes(bytes) {
        assert!(bytes.len() >= certificate.der().len());
    }
    let opened = [Some(&Secret::from("password")), None].map(|password| ClientCertificate::from_bytes(bytes, password));
    opened.into_iter().find_map(Result::ok)
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(FILES).prop_map(data)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(-----BEGIN [A-Z ]{0,20}-----)?\\PC{0,200}(-----END [A-Z ]{0,20}-----)?") {
        read(text.as_bytes());
    }

    #[test]
    fn changed_bytes_are_read_or_refused(
        mut bytes in file(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read(&bytes);
    }

    #[test]
    fn changed_headers_are_read_or_refused(mut bytes in file(), at in 0_usize..120, value: u8) {
        let at = at.min(bytes.len() - 1);
        bytes[at] = value;
        read(&bytes);
    }

    #[test]
    fn files_cut_short_give_no_pair(name in prop::sample::select(&["ber.p12", "windows-aes256.pfx", "openssl3-nothing.pfx"][..]), at: prop::sample::Index) {
        let bytes = data(name);
        prop_assert!(read(&bytes[..at.index(bytes.len())]).is_none());
    }

    #[test]
    fn pieces_moved_about_are_read_or_refused(bytes in file(), from: prop::sample::Index, to: prop::sample::Index, length in 1_usize..64) {
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let piece: Vec<u8> = bytes.iter().copied().skip(from).take(length).collect();
        let mut changed = bytes.clone();
        changed.splice(to..to, piece);
        read(&changed);
    }

    #[test]
    fn a_changed_byte_under_the_mac_is_noticed(at in 40_usize..1000, flip in 1_u8..) {
        // The MAC covers all of this file's content, and the headers before it are fewer than forty bytes.
        let mut bytes = data("two-pairs.pfx");
        bytes[at] ^= flip;
        let opened = ClientCertificate::from_bytes(&bytes, Some(&Secret::from("password")));
        prop_assert!(matches!(opened, Err(exo_cert::Error::Pfx(_))), "{opened:?}");
    }

    #[test]
    fn thumbprints_survive_every_spelling(bytes: [u8; 20]) {
        let thumbprint = Thumbprint::new(bytes);
        for spelling in [thumbprint.to_string(), thumbprint.base64url(), thumbprint.base64(), thumbprint.to_string().to_lowercase()] {
            prop_assert_eq!(spelling.parse::<Thumbprint>(), Ok(thumbprint));
        }
    }

    #[test]
    fn any_text_is_a_thumbprint_or_not(text: String) {
        if let Ok(thumbprint) = text.parse::<Thumbprint>() {
            prop_assert!(text.len() >= thumbprint.base64url().len());
        }
    }
}

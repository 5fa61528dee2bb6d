//! Whatever is written is read again: every way of writing, every size of key, any password, any carrier.

use crate::files::{data, pem};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exo_cert::{
    Bundle, CerFormat, Certificate, ClientCertificate, FolderStore, KeySpec, KeyStore, PfxEncryption, ProviderKind,
    Selector, SelfSigned,
};
use exo_model::Secret;
use proptest::prelude::*;
use std::time::{Duration, SystemTime};

/// Keys of every size that can sign, and one with a chain.
fn bundle() -> impl Strategy<Value = Bundle> {
    prop::sample::select(&["contoso", "rsa3072", "rsa4096", "chain"][..]).prop_map(|name| {
        let bytes = match name {
            "chain" => data("chain-root-first.pem"),
            name => pem(&[&format!("{name}.key"), &format!("{name}.crt")]),
        };
        Bundle::from_bytes(&bytes, None, &Selector::Only).unwrap()
    })
}

/// Passwords of letters, of all planes, of what stands at the ends of lines, empty ones, and the longest.
fn password() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "\\PC{0,40}",
        2 => "[ -~]{1,20}",
        3 => "[\u{10000}-\u{10FFFF}]{1,30}",
        1 => "[ \\t\\r\\n\u{0}\u{FEFF}\u{301}é]{1,8}",
        1 => "\0{0,2}",
        1 => "[a-z]{1024}",
        1 => "[\u{1F600}-\u{1F64F}]{256}",
    ]
}

fn encryption() -> impl Strategy<Value = PfxEncryption> {
    prop::sample::select(&[PfxEncryption::Aes256, PfxEncryption::TripleDes][..])
}

/// What people make of a PFX on its way.
fn carried(pfx: &[u8]) -> [Vec<u8>; 6] {
    let line = STANDARD.encode(pfx);
    let lines: Vec<&str> = line.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let lines = lines.join("\r\n");
    let labelled = format!("-----BEGIN CERTIFICATE-----\r\n{lines}\r\n-----END CERTIFICATE-----\r\n");
    let utf16 = [0xFF, 0xFE].into_iter().chain(labelled.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    [
        pfx.to_vec(),
        [pfx, &[0; 8]].concat(),
        line.into_bytes(),
        URL_SAFE_NO_PAD.encode(pfx).into_bytes(),
        labelled.into_bytes(),
        utf16,
    ]
}

proptest! {
    // Each case derives a dozen keys.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_under_any_password_is_read_with_it_alone(
        bundle in bundle(),
        password in password(),
        encryption in encryption(),
        carrier in 0_usize..6,
    ) {
        let secret = Secret::from(password.as_str());
        let pfx = bundle.to_pfx(&secret, encryption).unwrap();
        let file = &carried(pfx.expose())[carrier];
        let again = Bundle::from_bytes(file, Some(&secret), &Selector::Only).unwrap();
        prop_assert!(again.to_pem().expose() == bundle.to_pem().expose());
        let (read, written) = (again.client_certificate(), bundle.client_certificate());
        prop_assert_eq!(read.chain(), written.chain());
        prop_assert_eq!((read.provider().kind, read.provider().key_spec), (ProviderKind::Csp, Some(KeySpec::KeyExchange)));
        // Keys of HMAC are filled with zeros, and those of PKCS #12 with themselves: a password of nothing but U+0000 is
        // the empty one.
        let is_empty = password.chars().all(|c| c == '\0');
        let mut other = password.clone();
        other.pop();
        if is_empty {
            other.push('x');
        }
        let refused = ClientCertificate::from_bytes(file, Some(&Secret::new(other))).unwrap_err();
        prop_assert_eq!(refused.code(), "wrong-password");
        // Without a password the empty one is tried.
        let without = ClientCertificate::from_bytes(file, None);
        prop_assert_eq!(without.is_ok(), is_empty);
    }

    #[test]
    fn a_text_with_key_and_chain_is_read_by_either_thumbprint_and_stored(bundle in bundle()) {
        let written = bundle.client_certificate();
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore::new(folder.path().join("own"));
        store.add(bundle.to_pem().expose(), None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for wanted in [written.certificate().thumbprint().into(), written.certificate().sha256_thumbprint().into()] {
            let read = ClientCertificate::from_bytes_selecting(bundle.to_pem().expose(), None, &wanted).unwrap();
            prop_assert_eq!(read.chain(), written.chain());
            let stored = runtime.block_on(store.find(&wanted)).unwrap();
            prop_assert_eq!(stored.chain(), written.chain());
        }
    }
}

proptest! {
    // Each case makes a key.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_is_what_was_asked_for_in_every_form(
        // The first is the subject, too, where none is given, and that has 64 characters at most.
        names in prop::collection::vec("[a-z0-9]{1,20}(\\.[a-z0-9-]{1,20}){0,2}", 1..4),
        subject in prop::option::of("[A-Za-z0-9äß€😀]{1,30}( [A-Za-z0-9,+\"\\\\<>;]{1,30})?"),
        days in 1_u32..36_500,
        begins in prop::option::of(0_u64..4_000_000_000),
        bits in prop::sample::select(&[2048_u32, 2048, 2048, 3072][..]),
        password in password(),
        encryption in encryption(),
    ) {
        let time = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let mut wish = SelfSigned::builder(&names[0]).days(days).key_size(bits);
        for name in &names[1..] {
            wish = wish.dns_name(name);
        }
        if let Some(subject) = &subject {
            wish = wish.subject(subject);
        }
        if let Some(begins) = begins {
            wish = wish.not_before(time(begins));
        }
        let now = time(1_790_000_000);
        let made = wish.generate(now).unwrap();
        let certificate = made.certificate();
        prop_assert_eq!(certificate.subject(), format!("CN={}", subject.as_ref().unwrap_or(&names[0])));
        prop_assert_eq!(certificate.dns_names(), names.as_slice());
        prop_assert_eq!(certificate.key_bits(), Some(bits as usize));
        prop_assert_eq!(certificate.not_before(), begins.map_or(now - Duration::from_mins(10), time));
        let end = begins.map_or(now, time) + Duration::from_hours(24) * days;
        prop_assert_eq!(certificate.not_after(), end);
        let cer = made.to_cer(CerFormat::Pem);
        prop_assert_eq!(&Certificate::from_bytes(&cer).unwrap(), certificate);
        prop_assert_eq!(&Certificate::from_bytes(&made.to_cer(CerFormat::Der)).unwrap(), certificate);
        let both = [&cer, made.to_key_pem().expose()].concat();
        let read = ClientCertificate::from_bytes(&both, None).unwrap();
        prop_assert_eq!(read.certificate(), certificate);
        let secret = Secret::from(password.as_str());
        let pfx = made.to_pfx(&secret, encryption).unwrap();
        let read = ClientCertificate::from_bytes(pfx.expose(), Some(&secret)).unwrap();
        prop_assert_eq!(read.certificate(), certificate);
    }
}

//! New certificates.

use exo_cert::{
    Bundle, CerFormat, Certificate, ClientCertificate, Error, KeySpec, PfxEncryption, ProviderKind, Selector,
    SelfSigned, SelfSignedBuilder, SignatureAlgorithm,
};
use exo_model::Secret;
use std::time::{Duration, SystemTime};

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_new_certificate_has_the_fields_of_the_cmdlet() {
    let made = SelfSigned::builder("contoso.org").days(90).generate(now()).unwrap();
    let certificate = made.certificate();
    assert_eq!(certificate.subject(), "CN=contoso.org");
    assert_eq!(certificate.issuer(), "CN=contoso.org");
    assert_eq!(certificate.dns_names(), ["contoso.org"]);
    assert_eq!(certificate.key_bits(), Some(2048));
    assert_eq!(certificate.serial().len(), 32);
    assert_eq!(certificate.not_before(), now() - Duration::from_mins(10));
    assert_eq!(certificate.not_after(), now() + 90 * DAY);
    assert!(!certificate.has_sha1_signature());
    made.client_certificate().self_test().await.unwrap();
}

#[test]
fn more_names_stand_among_the_alternative_names_and_the_first_is_the_subject() {
    let made = SelfSigned::builder("contoso.org").dns_name("www.contoso.org").dns_name("*.contoso.org");
    let made = made.generate(now()).unwrap();
    assert_eq!(made.certificate().dns_names(), ["contoso.org", "www.contoso.org", "*.contoso.org"]);
    assert_eq!(made.certificate().subject(), "CN=contoso.org");
    let refused = SelfSigned::builder("contoso.org").dns_name("www contoso").generate(now());
    assert!(matches!(refused, Err(Error::Generate { reason, .. }) if reason.contains("`www contoso`")));
}

#[test]
fn it_is_signed_by_itself() {
    let made = SelfSigned::builder("contoso.org").generate(now()).unwrap();
    let der = made.certificate().der();
    // Outer header, then the body with its own header, then 20 bytes of algorithm and bit string headers.
    let body_length = usize::from(u16::from_be_bytes([der[6], der[7]])) + 4;
    let (body, signature) = (&der[4..4 + body_length], &der[der.len() - 256..]);
    made.certificate().verify(SignatureAlgorithm::Rs256, body, signature).unwrap();
}

#[tokio::test]
async fn what_is_written_is_read() {
    let made = SelfSigned::builder("contoso.org").subject("CN=Größe").key_size(3072).generate(now()).unwrap();
    assert_eq!(made.certificate().subject(), "CN=Größe");
    assert_eq!(made.certificate().key_bits(), Some(3072));
    let password = Secret::from("pä ß €😀");
    for encryption in [PfxEncryption::Aes256, PfxEncryption::TripleDes] {
        let pfx = made.to_pfx(&password, encryption).unwrap();
        let read = ClientCertificate::from_bytes(pfx.expose(), Some(&password)).unwrap();
        assert_eq!(read.certificate(), made.certificate());
        assert_eq!(read.provider().kind, ProviderKind::Csp);
        assert_eq!(read.provider().key_spec, Some(KeySpec::KeyExchange));
        read.self_test().await.unwrap();
        assert!(ClientCertificate::from_bytes(pfx.expose(), Some(&"wrong".into())).is_err());
    }
    for format in [CerFormat::Der, CerFormat::Pem] {
        assert_eq!(&Certificate::from_bytes(&made.to_cer(format)).unwrap(), made.certificate());
    }
    let both = [made.to_key_pem().expose(), &made.to_cer(CerFormat::Pem)].concat();
    assert_eq!(ClientCertificate::from_bytes(&both, None).unwrap().certificate(), made.certificate());
}

#[test]
fn dates_after_2049_are_written_with_four_digits() {
    let made = SelfSigned::builder("contoso.org").days(36_500).not_before(now()).generate(now()).unwrap();
    assert_eq!(made.certificate().not_before(), now());
    assert_eq!(made.certificate().not_after(), now() + 36_500 * DAY);
}

#[test]
fn what_cannot_be_is_refused_with_words() {
    let refused = |builder: SelfSignedBuilder| match builder.generate(now()) {
        Err(Error::Generate { reason, .. }) => reason.into_owned(),
        other => panic!("{other:?}"),
    };
    assert!(refused(SelfSigned::builder("a b")).contains("DNS name"));
    assert!(refused(SelfSigned::builder("")).contains("DNS name"));
    assert!(refused(SelfSigned::builder("contoso.org").subject("CN=")).contains("subject"));
    assert!(refused(SelfSigned::builder("contoso.org").subject("x".repeat(65))).contains("subject"));
    assert!(refused(SelfSigned::builder("contoso.org").subject("CN=a,O=b")).contains("one common name"));
    assert!(refused(SelfSigned::builder("contoso.org").key_size(1024)).contains("not 1024"));
    assert!(refused(SelfSigned::builder("contoso.org").days(0)).contains("not 0"));
    assert!(refused(SelfSigned::builder("contoso.org").not_before(SystemTime::UNIX_EPOCH - DAY)).contains("range"));
}

/// The bytes that Windows writes, from a certificate of `New-SelfSignedCertificate -DnsName contoso.org`.
#[test]
fn its_extensions_are_those_of_windows_in_their_order() {
    let made = SelfSigned::builder("contoso.org").generate(now()).unwrap();
    let der = made.certificate().der();
    let extensions: [&[u8]; 4] = [
        // Key usage, critical: digitalSignature and keyEncipherment.
        b"\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x05\xa0",
        // Extended key usage: clientAuth, then serverAuth.
        b"\x06\x03\x55\x1d\x25\x04\x16\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01",
        // Subject alternative name, not critical.
        b"\x06\x03\x55\x1d\x11\x04\x0f\x30\x0d\x82\x0bcontoso.org",
        // Subject key identifier: twenty bytes.
        b"\x06\x03\x55\x1d\x0e\x04\x16\x04\x14",
    ];
    let at = |bytes: &[u8]| der.windows(bytes.len()).position(|window| window == bytes);
    let places: Vec<_> = extensions.iter().map(|bytes| at(bytes).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    // Neither basic constraints nor an authority key identifier.
    assert!(at(b"\x06\x03\x55\x1d\x13").is_none() && at(b"\x06\x03\x55\x1d\x23").is_none());
}

#[test]
fn what_was_read_is_written_into_another_file_with_its_chain() {
    let pem = crate::files::data("chain-root-first.pem");
    let bundle = Bundle::from_bytes(&pem, None, &Selector::Only).unwrap();
    let password = Secret::from("pä ß €😀");
    for encryption in [PfxEncryption::Aes256, PfxEncryption::TripleDes] {
        let pfx = bundle.to_pfx(&password, encryption).unwrap();
        let read = Bundle::from_bytes(pfx.expose(), Some(&password), &Selector::Only).unwrap();
        assert_eq!(read.client_certificate().chain(), bundle.client_certificate().chain());
        assert_eq!(read.client_certificate().provider().kind, ProviderKind::Csp);
        assert_eq!(read.to_pem().expose(), bundle.to_pem().expose());
    }
    let again = ClientCertificate::from_bytes(bundle.to_pem().expose(), None).unwrap();
    assert_eq!(again.chain(), bundle.client_certificate().chain());
    assert!(!format!("{bundle:?}").contains("pkcs8"));
    let several = crate::files::data("two-pairs.pfx");
    let password = Secret::from("password");
    assert_eq!(Bundle::from_bytes(&several, Some(&password), &Selector::Only).unwrap_err().code(), "ambiguous");
    let contoso = Certificate::from_bytes(&crate::files::data("contoso.crt")).unwrap().thumbprint();
    let chosen = Bundle::from_bytes(&several, Some(&password), &contoso.into()).unwrap();
    assert_eq!(chosen.client_certificate().certificate().thumbprint(), contoso);
}

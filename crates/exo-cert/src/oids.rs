//! The object identifiers that occur, by name.

use der::asn1::ObjectIdentifier;

macro_rules! oids {
    ($($name:ident = $dotted:literal;)*) => {
        $(pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($dotted);)*
    };
}

oids! {
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    RSA_PSS = "1.2.840.113549.1.1.10";
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    P256 = "1.2.840.10045.3.1.7";
    P384 = "1.3.132.0.34";
    P521 = "1.3.132.0.35";
    ED25519 = "1.3.101.112";
    ED448 = "1.3.101.113";
    DSA = "1.2.840.10040.4.1";

    DATA = "1.2.840.113549.1.7.1";
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";

    KEY_BAG = "1.2.840.113549.1.12.10.1.1";
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    CERT_BAG = "1.2.840.113549.1.12.10.1.3";
    SAFE_CONTENTS_BAG = "1.2.840.113549.1.12.10.1.6";
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
    PROVIDER_NAME = "1.3.6.1.4.1.311.17.1";

    PBE_RC4_128 = "1.2.840.113549.1.12.1.1";
    PBE_RC4_40 = "1.2.840.113549.1.12.1.2";
    PBE_3DES = "1.2.840.113549.1.12.1.3";
    PBE_2DES = "1.2.840.113549.1.12.1.4";
    PBE_RC2_128 = "1.2.840.113549.1.12.1.5";
    PBE_RC2_40 = "1.2.840.113549.1.12.1.6";
    PBE_MD5_DES = "1.2.840.113549.1.5.3";
    PBE_MD2_DES = "1.2.840.113549.1.5.1";
    PBE_MD2_RC2 = "1.2.840.113549.1.5.4";
    PBE_MD5_RC2 = "1.2.840.113549.1.5.6";
    PBE_SHA1_DES = "1.2.840.113549.1.5.10";
    PBE_SHA1_RC2 = "1.2.840.113549.1.5.11";
    PBES2 = "1.2.840.113549.1.5.13";
    PBKDF2 = "1.2.840.113549.1.5.12";
    PBMAC1 = "1.2.840.113549.1.5.14";
    SCRYPT = "1.3.6.1.4.1.11591.4.11";

    AES_128_CBC = "2.16.840.1.101.3.4.1.2";
    AES_192_CBC = "2.16.840.1.101.3.4.1.22";
    AES_256_CBC = "2.16.840.1.101.3.4.1.42";
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    AES_128_GCM = "2.16.840.1.101.3.4.1.6";
    AES_256_GCM = "2.16.840.1.101.3.4.1.46";
    RC2_CBC = "1.2.840.113549.3.2";
    DES_CBC = "1.3.14.3.2.7";

    HMAC_SHA1 = "1.2.840.113549.2.7";
    HMAC_SHA224 = "1.2.840.113549.2.8";
    HMAC_SHA256 = "1.2.840.113549.2.9";
    HMAC_SHA384 = "1.2.840.113549.2.10";
    HMAC_SHA512 = "1.2.840.113549.2.11";
    HMAC_SHA512_224 = "1.2.840.113549.2.12";
    HMAC_SHA512_256 = "1.2.840.113549.2.13";
    HMAC_MD5 = "1.2.840.113549.2.6";
    HMAC_SHA3_224 = "2.16.840.1.101.3.4.2.13";
    HMAC_SHA3_256 = "2.16.840.1.101.3.4.2.14";
    HMAC_SHA3_384 = "2.16.840.1.101.3.4.2.15";
    HMAC_SHA3_512 = "2.16.840.1.101.3.4.2.16";
    MD5 = "1.2.840.113549.2.5";
    SHA1 = "1.3.14.3.2.26";
    SHA224 = "2.16.840.1.101.3.4.2.4";
    SHA256 = "2.16.840.1.101.3.4.2.1";
    SHA384 = "2.16.840.1.101.3.4.2.2";
    SHA512 = "2.16.840.1.101.3.4.2.3";
    SHA512_224 = "2.16.840.1.101.3.4.2.5";
    SHA512_256 = "2.16.840.1.101.3.4.2.6";
    SHA3_224 = "2.16.840.1.101.3.4.2.7";
    SHA3_256 = "2.16.840.1.101.3.4.2.8";
    SHA3_384 = "2.16.840.1.101.3.4.2.9";
    SHA3_512 = "2.16.840.1.101.3.4.2.10";

    KEY_USAGE = "2.5.29.15";
    SUBJECT_ALT_NAME = "2.5.29.17";
}

#[cfg(feature = "aws-lc")]
oids! {
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    COMMON_NAME = "2.5.4.3";
    SUBJECT_KEY_ID = "2.5.29.14";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
}

/// What an algorithm is called, for messages; its dotted form where it has no name here.
pub(crate) fn name(oid: &[u8]) -> String {
    NAMES
        .iter()
        .find(|(known, _)| known.as_bytes() == oid)
        .map_or_else(|| crate::asn1::dotted(oid), |(_, name)| (*name).to_owned())
}

const NAMES: &[(ObjectIdentifier, &str)] = &[
    (RSA_ENCRYPTION, "RSA"),
    (RSA_PSS, "RSASSA-PSS"),
    (EC_PUBLIC_KEY, "EC"),
    (P256, "P-256"),
    (P384, "P-384"),
    (P521, "P-521"),
    (ED25519, "Ed25519"),
    (ED448, "Ed448"),
    (DSA, "DSA"),
    (SIGNED_DATA, "public-key integrity (signedData)"),
    (ENVELOPED_DATA, "public-key privacy (envelopedData)"),
    (PBE_RC4_128, "RC4-128"),
    (PBE_RC4_40, "RC4-40"),
    (PBE_MD5_DES, "DES with MD5"),
    (PBE_MD2_DES, "DES with MD2"),
    (PBE_MD2_RC2, "RC2 with MD2"),
    (PBE_MD5_RC2, "RC2 with MD5"),
    (PBE_SHA1_DES, "DES with SHA-1"),
    (PBE_SHA1_RC2, "RC2 with SHA-1 (PKCS#5)"),
    (AES_128_GCM, "AES-128-GCM"),
    (AES_256_GCM, "AES-256-GCM"),
    (PBMAC1, "PBMAC1"),
    (SCRYPT, "scrypt"),
    (RC2_CBC, "RC2 in PBES2"),
    (DES_CBC, "DES"),
    (MD5, "MD5"),
    (SHA3_224, "SHA3-224"),
    (SHA3_256, "SHA3-256"),
    (SHA3_384, "SHA3-384"),
    (SHA3_512, "SHA3-512"),
    (HMAC_MD5, "HMAC-MD5"),
    (HMAC_SHA3_224, "HMAC-SHA3-224"),
    (HMAC_SHA3_256, "HMAC-SHA3-256"),
    (HMAC_SHA3_384, "HMAC-SHA3-384"),
    (HMAC_SHA3_512, "HMAC-SHA3-512"),
];

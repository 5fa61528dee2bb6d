//! Why a PFX file, or another encrypted key, cannot be opened.

use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;

/// Why a PFX (PKCS#12) file, or an encrypted private key, cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PfxError {
    /// The password does not open it.
    #[error("the password of the certificate file is wrong")]
    WrongPassword,

    /// It needs a password, and none was given.
    #[error("the certificate file needs a password, and none was given")]
    PasswordMissing,

    /// The password is longer than any that is used.
    #[error("the password is longer than 1024 bytes")]
    PasswordTooLong,

    /// The structure is broken.
    #[error("the certificate file is damaged: {what} cannot be read")]
    #[non_exhaustive]
    Malformed {
        /// The part that cannot be read.
        what: &'static str,
    },

    /// It uses something that is not supported.
    #[error("the certificate file uses {what}, which is not supported")]
    #[non_exhaustive]
    Unsupported {
        /// The algorithm or feature, by name.
        what: Cow<'static, str>,
    },

    /// Opening it would take unreasonably long.
    #[error("opening the certificate file would cost {rounds} rounds of key derivation; the limit is {limit}")]
    #[non_exhaustive]
    TooExpensive {
        /// The rounds that the file asks for.
        rounds: u64,
        /// The rounds that are allowed.
        limit: u64,
    },

    /// It is larger than any real one.
    #[error("the certificate file has more than {limit} {what}")]
    #[non_exhaustive]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
}

impl PfxError {
    /// A name for programs, which stays as it is while texts change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword | Self::PasswordMissing | Self::PasswordTooLong => "wrong-password",
            Self::Malformed { .. } => "malformed",
            Self::Unsupported { .. } => "unsupported-format",
            Self::TooExpensive { .. } | Self::TooLarge { .. } => "too-expensive",
        }
    }
}

impl Diagnose for PfxError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Certificate
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::WrongPassword => Some(
                "check for a blank or a line end too many, and for capitals; a file that was damaged looks the same"
                    .into(),
            ),
            Self::PasswordMissing => Some("name where the password is: a file, an environment variable".into()),
            Self::Malformed { .. } => {
                Some("export it again; a copy through mail or a text editor can damage it".into())
            }
            Self::Unsupported { what } => {
                let known = WAYS_OUT.iter().find(|(mark, _)| what.contains(mark));
                Some(known.map_or(EXPORT_AGAIN, |(_, way)| way).into())
            }
            Self::TooExpensive { .. } | Self::TooLarge { .. } => {
                Some("export only the one certificate with its key, with the usual settings".into())
            }
            Self::PasswordTooLong => {
                Some("check that the right file, variable or command is named for the password".into())
            }
        }
    }
}

const EXPORT_AGAIN: &str = "export it again with a password, as AES256_SHA256 or TripleDES_SHA1";

/// What helps with something unsupported, by a word of its name.
const WAYS_OUT: &[(&str, &str)] = &[
    ("DEK-Info", "convert the key: openssl pkcs8 -topk8 -in key.pem -out new-key.pem"),
    (
        "PKCS#7",
        "it never holds a private key; its certificates: openssl pkcs7 -print_certs -in file.p7b, with -inform DER if it is no PEM",
    ),
    ("Java", "convert it: keytool -importkeystore -srckeystore old.jks -destkeystore new.p12 -deststoretype PKCS12"),
    ("archives", "unpack it, and give the .pfx, .p12, .pem, .cer or .crt file that is inside"),
    ("SSH", "it never holds a certificate for sign-in; `exoctl cert new` makes one with its key"),
    ("PGP", "it never holds a certificate for sign-in; `exoctl cert new` makes one with its key"),
    ("NSS", "export the certificate from it: pk12util -d FOLDER -n NAME -o new.p12"),
];

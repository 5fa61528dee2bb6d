#![doc = include_str!("../README.md")]

mod armour;
mod asn1;
mod certificate;
mod client_certificate;
mod detect;
mod error;
mod key_file;
mod material;
mod oids;
mod pfx;
mod private_key;
mod provider;
mod select;
mod signer;
mod thumbprint;
mod thumbprint_input;
mod timestamp;
mod warning;
mod x509;

pub use certificate::{Certificate, KeyAlgorithm};
pub use client_certificate::ClientCertificate;
pub use error::{Candidate, Error};
pub use key_file::{KeyFileError, read_key_file, write_new};
pub use pfx::PfxError;
pub use provider::{KeySpec, Provider, ProviderKind};
pub use signer::{RsaSigner, SignatureAlgorithm, Signer};
pub use thumbprint::{Sha256Thumbprint, Thumbprint};
pub use thumbprint_input::ThumbprintError;
pub use warning::Warning;

#![doc = include_str!("../README.md")]

mod armour;
mod asn1;
#[cfg(feature = "aws-lc")]
mod bundle;
mod certificate;
mod client_certificate;
mod detect;
#[cfg(feature = "aws-lc")]
mod encode;
mod error;
mod key_file;
mod material;
mod oids;
mod pfx;
mod private_key;
mod provider;
mod select;
mod selector;
#[cfg(feature = "aws-lc")]
mod self_signed;
mod signer;
mod store;
#[cfg(test)]
mod texts;
mod thumbprint;
mod thumbprint_input;
mod timestamp;
mod warning;
mod x509;

#[cfg(feature = "aws-lc")]
pub use bundle::Bundle;
pub use certificate::{Certificate, KeyAlgorithm};
pub use client_certificate::ClientCertificate;
pub use error::{Candidate, Error};
pub use key_file::{KeyFileError, read_key_file, write_new};
#[cfg(feature = "aws-lc")]
pub use pfx::PfxEncryption;
pub use pfx::PfxError;
pub use provider::{KeySpec, Provider, ProviderKind};
pub use selector::Selector;
#[cfg(feature = "aws-lc")]
pub use self_signed::{CerFormat, SelfSigned, SelfSignedBuilder};
pub use signer::{RsaSigner, SignatureAlgorithm, Signer};
pub use store::chain::StoreChain;
pub use store::directory::FolderStore;
pub use store::dotnet::DotnetStore;
pub use store::error::{Asked, StoreError};
#[cfg(target_os = "macos")]
pub use store::macos::KeychainStore;
pub use store::memory::Memory;
#[cfg(windows)]
pub use store::windows::WindowsStore;
pub use store::{Description, KeyStore};
pub use thumbprint::{Sha256Thumbprint, Thumbprint};
pub use thumbprint_input::ThumbprintError;
pub use warning::Warning;

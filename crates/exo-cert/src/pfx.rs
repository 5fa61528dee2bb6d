//! PKCS#12: the `.pfx` and `.p12` files of Windows, OpenSSL, Java, NSS, .NET and Python.

mod bags;
mod ciphers;
mod derive;
mod error;
mod limits;
mod mac;
mod old_pem;
mod pbkdf2;
mod read;
mod scrypt;
#[cfg(feature = "aws-lc")]
mod write;

pub(crate) use ciphers::{charge_sealed, open_sealed};
pub(crate) use derive::Passwords;
pub use error::PfxError;
pub(crate) use limits::{Budget, MAX_FILE, at_most};
pub(crate) use old_pem::open_old_pem;
pub(crate) use read::read;
#[cfg(feature = "aws-lc")]
pub use write::PfxEncryption;
#[cfg(feature = "aws-lc")]
pub(crate) use write::{Entry, write};

#![doc = include_str!("../README.md")]

mod aadsts;
mod assertion;
mod cached;
mod certificate_credential;
mod claims;
mod error;
mod exchange;
pub mod openid;
mod retry;
mod service_error;
mod setup_step;

pub use aadsts::Aadsts;
pub use cached::Cached;
pub use certificate_credential::{CertificateCredential, CertificateCredentialBuilder};
pub use claims::{Claims, ClaimsError};
pub use error::Error;
pub use service_error::{KeyReason, ServiceError};
pub use setup_step::SetupStep;

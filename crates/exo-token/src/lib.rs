#![doc = include_str!("../README.md")]

mod aadsts;
mod app_credential;
mod assertion;
mod assertion_source;
mod cached;
mod certificate_assertion;
mod claims;
mod error;
mod exchange;
pub mod openid;
mod retry;
mod service_error;
mod setup_step;

pub use aadsts::Aadsts;
pub use app_credential::{AppCredential, AppCredentialBuilder};
pub use assertion_source::{AssertionSource, Audience};
pub use cached::Cached;
pub use certificate_assertion::CertificateAssertion;
pub use claims::{Claims, ClaimsError};
pub use error::Error;
pub use service_error::{KeyReason, ServiceError};
pub use setup_step::SetupStep;

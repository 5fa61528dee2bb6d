#![doc = include_str!("../README.md")]

mod anchor;
mod budget;
mod builder;
mod challenge;
mod cookies;
mod diagnosis;
mod each;
mod endpoint;
mod error;
mod exchange;
mod hosts;
mod offer;
mod own_paging;
mod pages;
mod parameters;
mod prepare;
mod rate_limit;
mod read_path;
mod request;
mod response;
mod retry;
mod scan;
mod search_only;
mod secrets;
#[cfg(feature = "secure-strings")]
mod secure_string;
mod service_error;
mod session;

pub use budget::Budget;
pub use builder::SessionBuilder;
pub use each::{BatchCount, Each, Object};
pub use error::Error;
pub use offer::Offer;
#[cfg(feature = "secure-strings")]
pub use secure_string::{InvalidPublicKey, PublicKey};
pub use service_error::ServiceError;
pub use session::Session;

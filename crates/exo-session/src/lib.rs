#![doc = include_str!("../README.md")]

mod anchor;
mod budget;
mod builder;
mod challenge;
mod cookies;
mod diagnosis;
mod endpoint;
mod error;
mod exchange;
mod offer;
mod pages;
mod parameters;
mod rate_limit;
mod request;
mod response;
mod retry;
mod scan;
mod service_error;
mod session;

pub use budget::Budget;
pub use builder::SessionBuilder;
pub use error::Error;
pub use offer::Offer;
pub use service_error::ServiceError;
pub use session::Session;

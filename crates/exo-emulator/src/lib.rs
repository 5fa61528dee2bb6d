#![doc = include_str!("../README.md")]

mod access_token;
mod admin_api;
mod answer;
mod app;
mod certificates;
mod clock;
mod credential;
mod discovery;
mod emulator;
mod error;
mod fault_text;
mod faults;
mod form;
mod guid;
mod hosts;
mod mix;
mod received;
mod request;
mod roles;
mod route;
mod server;
mod spoil;
mod tenant;
mod token_endpoint;
mod token_error;
mod verify_assertion;
mod world;

pub use app::{App, Service};
pub use emulator::Emulator;
pub use error::Error;
pub use faults::Fault;
pub use received::Received;
pub use tenant::{ForbiddenBody, Tenant};

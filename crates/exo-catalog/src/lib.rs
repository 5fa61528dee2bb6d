#![doc = include_str!("../README.md")]

mod cmdlet;
mod module;
mod parameter;
mod review;
mod services;
mod similar;
mod table;

pub use cmdlet::{Access, Cmdlet};
pub use module::PropertySet;
pub use parameter::{Parameter, ParameterKind};
pub use services::ServiceSet;
pub use similar::{closest, closest_of};
pub use table::{all, find};

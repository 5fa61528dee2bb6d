#![doc = include_str!("../README.md")]

mod collector;
mod error;

pub use collector::Collector;
pub use error::Error;

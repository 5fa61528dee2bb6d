#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod account;
pub mod full_access;
pub mod send_as;

pub use full_access::MailboxFullAccess;
pub use send_as::SendAs;

exo_plugin::export!(MailboxFullAccess, SendAs);

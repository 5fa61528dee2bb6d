#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod forwarding;
pub mod fullness;
pub mod mailboxes;
pub mod sizes;

pub use forwarding::Forwarding;
pub use mailboxes::Mailboxes;
pub use sizes::MailboxSizes;

exo_plugin::export!(Mailboxes, MailboxSizes, Forwarding);

#![doc = include_str!("../README.md")]

mod cancel;
mod carrier;
mod error;
mod events;
mod file;
mod host;
mod image;
mod inspect;
mod judge;
mod ledger;
mod limits;
mod log;
mod mailbox;
mod mutex;
mod outcome;
mod plugin;
mod run;
mod sandbox;
mod streams;
mod symbols;
mod trust;

pub use cancel::CancelToken;
pub use carrier::Carrier;
#[cfg(unix)]
pub use carrier::runner::runner_main;
pub use error::Error;
pub use events::Events;
pub use exo_plugin_wire::{Consent, Failure, LogLevel, PluginManifest, Refusal, ReportManifest};
pub use file::Exposure;
pub use host::{Host, Job};
pub use inspect::Inspection;
pub use limits::Limits;
pub use outcome::{Call, Outcome, RunEnd};
pub use plugin::{Plugin, PluginOrigin};
pub use sandbox::{Confinement, Isolation, Layer, Missing, shield};
pub use trust::{Candidate, PackageWriter, Pinned, PluginStore, PublisherKey, TrustError};

use mutex::lock;

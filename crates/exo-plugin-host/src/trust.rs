//! Which plugins may be loaded: packages, their publishers, and the file that pins what was added.

mod candidate;
mod error;
mod lock;
mod package;
mod publisher;
mod store;

pub use candidate::Candidate;
pub use error::TrustError;
pub use lock::Pinned;
pub use package::PackageWriter;
pub use publisher::PublisherKey;
pub use store::PluginStore;

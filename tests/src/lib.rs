//! The harness: an emulated tenant, a profile that signs in to it, and the built program.

#![expect(clippy::missing_panics_doc, reason = "a harness asserts; panics are what it is for")]

mod book;
mod ended;
mod minisign;
mod program;
mod relay;
mod running;
mod secrets;
mod snapshot;
mod token_desk;
mod watched;
mod world;

pub use ended::Ended;
pub use minisign::Publisher;
pub use program::{asking, careless, misbehaving, plugin, plugins, program};
pub use relay::Relay;
pub use running::{Running, signal, wait_until};
pub use secrets::{MARKED, Secrets, base64url};
pub use snapshot::marked;
pub use token_desk::{TokenDesk, json, whole};
pub use watched::Watched;
pub use world::World;

pub use exo_emulator::{Administrator, App, DeviceAnswer, Emulator, Fault, ForbiddenBody, Service, Tenant};

use std::path::Path;

/// The app of every tenant here.
pub const APP_ID: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
/// Reads both services.
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
/// Exchange Online only, everything there.
pub const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";

/// An app with a registered certificate, both permissions, consent, and Global Reader.
pub fn app() -> App {
    bare_app().permission(Service::Exchange).permission(Service::Compliance).role(GLOBAL_READER)
}

/// An app with a registered certificate and consent, but neither permission nor role.
pub fn bare_app() -> App {
    App::new(APP_ID).display_name("ExO PowerShell CBA").certificate_der(data("app.cer")).consented(true)
}

/// A tenant of fifty mailboxes with the usual app.
pub fn contoso() -> Tenant {
    empty_contoso().app(app())
}

/// A tenant of fifty mailboxes without an app.
pub fn empty_contoso() -> Tenant {
    Tenant::contoso().mailboxes(50).seed(7)
}

/// A file of `tests/data`.
#[expect(clippy::panic, reason = "a test without its data cannot go on")]
pub fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

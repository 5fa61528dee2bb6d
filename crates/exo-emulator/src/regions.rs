//! Where a tenant's data live: the region of each service, and how its front door names it in a redirect.

use crate::emulator::Emulator;
use crate::hosts::{self, Door};
use crate::request::Request;
use crate::tenant::Tenant;

/// Which name of a region a front door tells in the `Location` of its redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// The one that the service itself uses, with port 446; nobody listens there.
    Inner,
    /// The one that clients are to call.
    Public,
}

/// The labels of the regions that a tenant's data live in.
#[derive(Clone, Debug)]
pub(crate) struct Regions {
    pub(crate) compliance: String,
    /// None where Exchange Online answers under its general name.
    pub(crate) exchange: Option<String>,
}

impl Tenant {
    /// Whether the front door of Security & Compliance sends callers to the region; it does by default.
    #[must_use]
    pub const fn compliance_redirect(mut self, redirect: bool) -> Self {
        self.compliance_redirect = redirect;
        self
    }

    /// How the front door of Security & Compliance names the region; by its inner name by default.
    #[must_use]
    pub const fn compliance_location(mut self, location: Location) -> Self {
        self.compliance_location = location;
        self
    }

    /// Makes Exchange Online redirect to a region of it, such as `eurprd05`; by default it answers itself.
    ///
    /// The region is served under `eurprd05.outlook.localhost` and the like.
    #[must_use]
    pub fn exchange_redirect(mut self, label: impl Into<String>) -> Self {
        self.regions.exchange = Some(label.into());
        self
    }

    /// How Exchange Online names the region to which it redirects; by its public name by default.
    #[must_use]
    pub const fn exchange_location(mut self, location: Location) -> Self {
        self.exchange_location = location;
        self
    }
}

impl Emulator {
    /// Moves the compliance data to another region, such as `nam11b`; the one before redirects there from now on.
    pub fn move_region(&self, label: impl Into<String>) {
        self.world.move_to(|regions| regions.compliance = label.into());
    }

    /// Moves the mailboxes to another region, such as `eurprd05`; every other name of Exchange Online redirects there
    /// from now on.
    pub fn move_exchange(&self, label: impl Into<String>) {
        self.world.move_to(|regions| regions.exchange = Some(label.into()));
    }
}

/// The same request at another region.
pub(crate) fn elsewhere(request: &Request, door: Door, label: &str, location: Location) -> String {
    let host = match location {
        Location::Inner => format!("{label}.{}:446", door.inner),
        Location::Public => hosts::at_port_of(&request.authority, &format!("{label}.{}", door.public)),
    };
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    format!("https://{host}{}{query}", request.path)
}

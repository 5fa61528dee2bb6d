//! How Microsoft Graph of a tenant behaves where sources differ, and how it starts.

use std::time::Duration;

use crate::app::Service;
use crate::directory::Delays;
use crate::tenant::Tenant;

/// What a call is answered that asks for what is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// 400 and `Request_BadRequest`, with a text that says so.
    #[default]
    BadRequest,
    /// 409 and `Request_MultipleObjectsWithSameKeyValue`.
    Conflict,
}

/// How Microsoft Graph behaves where sources differ, and what is missing at the start.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, in any combination")]
#[derive(Clone, Debug)]
pub(crate) struct GraphSettings {
    /// The applications of Microsoft without a service principal in the tenant.
    pub(crate) missing: Vec<Service>,
    /// Whether those may be made.
    pub(crate) entitled: bool,
    /// Whether they appear when a registration asks for one of their permissions.
    pub(crate) resources_on_demand: bool,
    pub(crate) page_size: usize,
    pub(crate) conflict: Conflict,
    /// The status of a reference to what Graph does not see.
    pub(crate) reference_status: u16,
    /// Whether thumbprints come back in base64 instead of hexadecimal.
    pub(crate) base64_identifiers: bool,
    /// Whether a certificate has to come from an authority.
    pub(crate) trusted_authority: bool,
    /// By how many seconds each call moves the tenant's clock ahead.
    pub(crate) clock_step: i64,
    /// Whether every second call is answered by the server that sees at once what was written.
    pub(crate) servers_in_turn: bool,
}

impl GraphSettings {
    pub(crate) const fn usual() -> Self {
        Self {
            missing: Vec::new(),
            entitled: true,
            resources_on_demand: false,
            page_size: 100,
            conflict: Conflict::BadRequest,
            reference_status: 400,
            base64_identifiers: false,
            trusted_authority: false,
            clock_step: 0,
            servers_in_turn: false,
        }
    }
}

impl Tenant {
    /// How long what is written through Microsoft Graph takes until its next calls see it; no time by default.
    #[must_use]
    pub const fn replication(mut self, delay: Duration) -> Self {
        self.replication.graph = Delays::all(delay);
        self
    }

    /// How long what is written through Microsoft Graph takes until the token service knows it; no time by default.
    #[must_use]
    pub const fn token_replication(mut self, delay: Duration) -> Self {
        self.replication.tokens = Delays::all(delay);
        self
    }

    /// By how many seconds each call of Microsoft Graph, and each token request, moves the tenant's clock ahead; what
    /// takes time to be seen is then seen after so many calls, and nobody has to wait.
    #[must_use]
    pub const fn clock_step(mut self, seconds: i64) -> Self {
        self.graph.clock_step = seconds;
        self
    }

    /// Whether every second call of Microsoft Graph, from the first on, is answered by the server that sees at once what
    /// was written, and those between by one that sees it after [`Tenant::replication`]; by default all are by the latter.
    #[must_use]
    pub const fn servers_in_turn(mut self, in_turn: bool) -> Self {
        self.graph.servers_in_turn = in_turn;
        self
    }

    /// Leaves out the service principal of the application behind a service until it is made.
    #[must_use]
    pub fn without_resource(mut self, service: Service) -> Self {
        self.graph.missing.push(service);
        self
    }

    /// Whether the service principals that are left out may be made; by default they may.
    #[must_use]
    pub const fn entitled(mut self, entitled: bool) -> Self {
        self.graph.entitled = entitled;
        self
    }

    /// Whether a service principal that is left out appears by itself when a registration asks for a permission on it;
    /// by default it does not.
    #[must_use]
    pub const fn resources_on_demand(mut self, appear: bool) -> Self {
        self.graph.resources_on_demand = appear;
        self
    }

    /// How many entries a list of Microsoft Graph has at most before it goes on; 100 by default.
    #[must_use]
    pub const fn graph_page_size(mut self, entries: usize) -> Self {
        self.graph.page_size = if entries == 0 { 1 } else { entries };
        self
    }

    /// What a call of Microsoft Graph is answered that grants or assigns what is there already.
    #[must_use]
    pub const fn graph_conflict(mut self, conflict: Conflict) -> Self {
        self.graph.conflict = conflict;
        self
    }

    /// The status of a reference to an object that Microsoft Graph does not see; 400 by default, 404 was seen, too.
    #[must_use]
    pub const fn reference_status(mut self, status: u16) -> Self {
        self.graph.reference_status = status;
        self
    }

    /// Whether `customKeyIdentifier` is told in base64; in hexadecimal by default.
    #[must_use]
    pub const fn base64_identifiers(mut self, base64: bool) -> Self {
        self.graph.base64_identifiers = base64;
        self
    }

    /// Whether a certificate that signed itself is refused; by default it is taken.
    #[must_use]
    pub const fn trusted_authority(mut self, wanted: bool) -> Self {
        self.graph.trusted_authority = wanted;
        self
    }
}

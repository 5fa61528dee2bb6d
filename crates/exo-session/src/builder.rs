//! What a session may be told beside what it needs.

use crate::cookies::Cookies;
use crate::exchange::{Exchange, Seams};
use crate::hosts::Hosts;
use crate::request::{Caller, LARGEST_PAGE};
use crate::secrets::KnownKey;
#[cfg(feature = "secure-strings")]
use crate::secure_string::PublicKey;
use crate::{Budget, Session};
use exo_http::RequestId;
use exo_model::{Cloud, Endpoints, Organization, ReadPath, Service, TenantId};
use tokio::sync::OnceCell;

/// A session in the making; see [`Session::builder`].
#[derive(Debug)]
#[must_use]
pub struct SessionBuilder {
    caller: Caller,
    seams: Seams,
    endpoints: Endpoints,
    budget: Budget,
    attempts: u32,
}

impl SessionBuilder {
    pub(crate) fn new(service: Service, organization: Organization, seams: Seams) -> Self {
        let client = (env!("CARGO_PKG_NAME").to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let connection_id = RequestId::random();
        Self {
            caller: Caller {
                service,
                organization,
                tenant: None,
                client,
                connection_id,
                page_size: LARGEST_PAGE,
                public_key: KnownKey::default(),
                path: ReadPath::default(),
                noun_version: "beta".to_owned(),
            },
            seams,
            endpoints: Cloud::Worldwide.endpoints(),
            budget: Budget::default(),
            attempts: ATTEMPTS,
        }
    }

    /// Where the services are; the worldwide cloud if nothing is said.
    pub fn endpoints(mut self, endpoints: Endpoints) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// The tenant's GUID, which addresses then carry in place of the organization's domain.
    pub fn tenant(mut self, id: TenantId) -> Self {
        self.caller.tenant = Some(id);
        self
    }

    /// The budget of the tenant; one of the session's own if nothing is said.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// The name and version by which the service is told who asks; what a header cannot hold is left out.
    pub fn client_name(mut self, name: &str, version: &str) -> Self {
        let clean = |text: &str| text.chars().filter(char::is_ascii_graphic).take(64).collect::<String>();
        self.caller.client = (clean(name), clean(version));
        self
    }

    /// Records in a page, 1 to 1000, where a call does not say; 1000 if nothing is said.
    pub fn page_size(mut self, records: u16) -> Self {
        self.caller.page_size = records.clamp(1, LARGEST_PAGE);
        self
    }

    /// The service's key for secret parameters, where it is known already; with the feature `secure-strings`.
    #[cfg(feature = "secure-strings")]
    pub fn public_key(self, key: PublicKey) -> Self {
        self.caller.public_key.keep(key);
        self
    }

    /// The path that is preferred where it can express a call and gives the same records; `InvokeCommand` if nothing is said.
    ///
    /// [`Invocation::by`](exo_model::Invocation::by) asks for one by name instead, for one call. Neither the per-noun path
    /// nor what pages of it look like is documented, and `v2.0` has a permission of its own, so neither is preferred unasked.
    pub fn read_path(mut self, path: ReadPath) -> Self {
        self.caller.path = path;
        self
    }

    /// The version in the addresses of the per-noun path: `beta` if nothing is said; Microsoft's module has `v1.0` there.
    pub fn noun_version(mut self, version: &str) -> Self {
        self.caller.noun_version =
            version.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').take(10).collect();
        self
    }

    /// How often one request is sent at most while the service or the network fails; six times if nothing is said.
    ///
    /// Throttling is bounded by [`Budget::longest_wait`] instead.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The session. Nothing is sent yet.
    #[must_use]
    pub fn build(self) -> Session {
        let hosts = Hosts::new(&self.endpoints, self.caller.service);
        Session::new(Exchange {
            scope: self.endpoints.scope(self.caller.service).clone(),
            kept_host: std::sync::Mutex::new(hosts.first.clone()),
            hosts,
            caller: self.caller,
            seams: self.seams,
            budget: self.budget,
            attempts: self.attempts,
            cookies: Cookies::default(),
            offer: OnceCell::new(),
        })
    }
}

const ATTEMPTS: u32 = 6;

//! The emulated organization and its settings.

use std::path::PathBuf;
use std::time::Duration;

use crate::administrator::Administrator;
use crate::app::{App, Service};
use crate::app_state::AppState;
use crate::cloud::Cloud;
use crate::credential::KeyCredential;
use crate::directory::Replication;
use crate::faults::Fault;
use crate::federation::Runner;
use crate::graph::GraphSettings;
use crate::load::{Latency, Limits};
use crate::machine::Machine;
use crate::regions::{Location, Regions};
use crate::unsettled::Unsettled;
use crate::vault::Vault;

/// How a 403 looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ForbiddenBody {
    /// A run of NUL bytes that is declared to be gzip.
    #[default]
    NulGzip,
    /// Nothing at all.
    Empty,
    /// A JSON error.
    Json,
}

/// How a cmdlet that has nothing to say tells its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EmptySuccess {
    /// 200 with an empty list.
    #[default]
    List,
    /// 200 with an empty body.
    Nothing,
    /// 204.
    NoContent,
    /// Each of the three in turn.
    InTurn,
}

/// An emulated organization: names, apps, mailboxes, faults, and how it behaves where that is unsettled.
///
/// ```
/// use exo_emulator::{App, Service, Tenant};
///
/// let tenant = Tenant::contoso()
///     .mailboxes(500)
///     .seed(7)
///     .app(App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3").permission(Service::Exchange));
/// assert_eq!(tenant.initial_domain(), "contoso.onmicrosoft.com");
/// ```
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, in any combination")]
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) initial_domain: String,
    pub(crate) domain: String,
    pub(crate) regions: Regions,
    pub(crate) mailboxes: u64,
    pub(crate) seed: u64,
    pub(crate) apps: Vec<App>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) forbidden_body: ForbiddenBody,
    pub(crate) strict_result_size: bool,
    pub(crate) page_link_lifetime: Duration,
    pub(crate) token_lifetime: u32,
    pub(crate) clock_ahead: i64,
    pub(crate) assertion_tolerance: i64,
    pub(crate) compliance_owner: Service,
    pub(crate) compliance_redirect: bool,
    pub(crate) compliance_location: Location,
    pub(crate) exchange_location: Location,
    pub(crate) shared_tokens: bool,
    pub(crate) cloud: Cloud,
    pub(crate) single_use_assertions: bool,
    pub(crate) max_certificate_days: Option<u32>,
    pub(crate) machine: Machine,
    pub(crate) vaults: Vec<Vault>,
    pub(crate) runners: Vec<Runner>,
    pub(crate) empty_success: EmptySuccess,
    pub(crate) limits: Limits,
    pub(crate) latency: Latency,
    pub(crate) unsettled: Unsettled,
    pub(crate) record: Option<PathBuf>,
    pub(crate) administrator: Administrator,
    pub(crate) replication: Replication,
    pub(crate) graph: GraphSettings,
    pub(crate) app_states: Vec<AppState>,
}

impl Tenant {
    /// Contoso: 100 mailboxes, no app.
    pub fn contoso() -> Self {
        Self {
            id: "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11".to_owned(),
            display_name: "Contoso".to_owned(),
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            domain: "contoso.com".to_owned(),
            regions: Regions { compliance: "eur02b".to_owned(), exchange: None },
            mailboxes: 100,
            seed: 1,
            apps: Vec::new(),
            faults: Vec::new(),
            forbidden_body: ForbiddenBody::default(),
            strict_result_size: false,
            page_link_lifetime: Duration::from_mins(30),
            token_lifetime: 3599,
            clock_ahead: 0,
            assertion_tolerance: 300,
            compliance_owner: Service::Compliance,
            compliance_redirect: true,
            compliance_location: Location::Inner,
            exchange_location: Location::Public,
            shared_tokens: false,
            cloud: Cloud::default(),
            single_use_assertions: false,
            max_certificate_days: None,
            machine: Machine::new(),
            vaults: Vec::new(),
            runners: Vec::new(),
            empty_success: EmptySuccess::default(),
            limits: Limits::new(),
            latency: Latency::default(),
            unsettled: Unsettled::usual(),
            record: None,
            administrator: Administrator::default(),
            replication: Replication::default(),
            graph: GraphSettings::usual(),
            app_states: Vec::new(),
        }
    }

    /// How many mailboxes there are; they are computed when asked for, never kept.
    #[must_use]
    pub const fn mailboxes(mut self, count: u64) -> Self {
        self.mailboxes = count;
        self
    }

    /// The seed of everything made up; the same seed gives the same rows, byte for byte.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Registers an app.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Adds a failure to be produced; the first that applies to a request wins.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Writes every request into a file as it is answered, a line of JSON each; what the file held before is gone.
    #[must_use]
    pub fn record(mut self, file: impl Into<PathBuf>) -> Self {
        self.record = Some(file.into());
        self
    }

    /// How a cmdlet that has nothing to say tells its success.
    #[must_use]
    pub const fn empty_success(mut self, form: EmptySuccess) -> Self {
        self.empty_success = form;
        self
    }

    /// How a 403 looks.
    #[must_use]
    pub const fn forbidden_body(mut self, body: ForbiddenBody) -> Self {
        self.forbidden_body = body;
        self
    }

    /// Whether `ResultSize` ends a run of pages; measurements of the service disagree, by default it does not.
    #[must_use]
    pub const fn strict_result_size(mut self, strict: bool) -> Self {
        self.strict_result_size = strict;
        self
    }

    /// How long a link to the next page is good; 30 minutes by default.
    #[must_use]
    pub const fn page_link_lifetime(mut self, lifetime: Duration) -> Self {
        self.page_link_lifetime = lifetime;
        self
    }

    /// The `expires_in` of tokens, in seconds; 3599 by default.
    #[must_use]
    pub const fn token_lifetime(mut self, seconds: u32) -> Self {
        self.token_lifetime = seconds;
        self
    }

    /// How many seconds the tenant's clock is ahead of this machine's; negative for behind.
    #[must_use]
    pub const fn clock_skew(mut self, seconds: i64) -> Self {
        self.clock_ahead = seconds;
        self
    }

    /// By how many seconds an assertion may be outside its time; 300 by default.
    #[must_use]
    pub const fn assertion_tolerance(mut self, seconds: i64) -> Self {
        self.assertion_tolerance = seconds;
        self
    }

    /// Which application owns the audience of Security & Compliance, and hence whose permission counts there.
    #[must_use]
    pub const fn compliance_owner(mut self, owner: Service) -> Self {
        self.compliance_owner = owner;
        self
    }

    /// Whether each service takes tokens made for the other one; by default it does not.
    #[must_use]
    pub const fn shared_tokens(mut self, shared: bool) -> Self {
        self.shared_tokens = shared;
        self
    }

    /// The cloud that the tenant lives in, with that cloud's hosts, audiences and initial domain.
    #[must_use]
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        let stem = self.initial_domain.split('.').next().unwrap_or_default();
        self.initial_domain = format!("{stem}.{}", cloud.initial_suffix());
        self.cloud = cloud;
        self
    }

    /// Whether an assertion is refused whose `jti` was seen before, as strict servers do; by default it is not.
    #[must_use]
    pub const fn single_use_assertions(mut self, single: bool) -> Self {
        self.single_use_assertions = single;
        self
    }

    /// For how many days a certificate may be valid at most; without this, for any time.
    #[must_use]
    pub const fn max_certificate_days(mut self, days: u32) -> Self {
        self.max_certificate_days = Some(days);
        self
    }

    /// The audience of a token for a service, as the tenant's cloud calls it.
    pub const fn audience(&self, service: Service) -> &'static str {
        self.cloud.audience(service)
    }

    /// The tenant's GUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The domain that the tenant began with.
    pub fn initial_domain(&self) -> &str {
        &self.initial_domain
    }

    /// The domain that the tenant added, and that its mail uses.
    pub fn custom_domain(&self) -> &str {
        &self.domain
    }

    /// Whether `name` is the GUID or any verified domain.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        [&self.id, &self.initial_domain, &self.domain].iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    pub(crate) fn find_app(&self, id: &str) -> Option<usize> {
        self.apps.iter().position(|app| app.id.eq_ignore_ascii_case(id))
    }

    /// Holds a certificate against the tenant's policy.
    pub(crate) fn check_lifetime(&self, key: &KeyCredential) -> Result<(), String> {
        const DAY: i64 = 86_400;
        match self.max_certificate_days {
            Some(most) if key.end.saturating_sub(key.start) > i64::from(most).saturating_mul(DAY) => {
                Err(format!("it is valid for more than the {most} days that the tenant's policy allows"))
            }
            _ => Ok(()),
        }
    }
}

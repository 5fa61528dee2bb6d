//! What documents and captures leave open: settings of a tenant, each possible in every way that was told.

use crate::roles::RoleSettings;
use crate::tenant::Tenant;

/// What `Rate-Limit-Remaining` says on a 429.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remaining {
    /// Nothing is left, whatever refused the request.
    #[default]
    Zero,
    /// What is left of the window, of which a refusal for too much at once takes nothing.
    Counted,
    /// None of the three `Rate-Limit-` headers is there, on this answer or any other.
    Absent,
}

/// How the warning of a message trace that was cut says where to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceSeam {
    /// To the whole second after the last row, so that rows of that second come again.
    #[default]
    Second,
    /// To the instant of the last row, which alone comes again.
    Instant,
    /// To the instant of the last row, and nothing comes again.
    Beyond,
}

/// What documents and captures leave open.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, in any combination")]
#[derive(Clone, Debug)]
pub(crate) struct Unsettled {
    pub(crate) page_size: u32,
    pub(crate) batch_most: usize,
    pub(crate) batch_in_order: bool,
    pub(crate) custom_domain: bool,
    pub(crate) unknown_tenant_401: bool,
    pub(crate) door_wants_domain: bool,
    pub(crate) remaining: Remaining,
    pub(crate) format_file: Option<String>,
    pub(crate) trace_seam: TraceSeam,
    pub(crate) numbered_most: u32,
    pub(crate) audit_repeats: bool,
    pub(crate) empty_array_clears: bool,
    pub(crate) roles: RoleSettings,
}

impl Unsettled {
    pub(crate) fn usual() -> Self {
        Self {
            page_size: 1000,
            batch_most: 10,
            batch_in_order: false,
            custom_domain: false,
            unknown_tenant_401: false,
            door_wants_domain: false,
            remaining: Remaining::default(),
            format_file: Some("ExchangeOnline.Format.ps1xml".to_owned()),
            trace_seam: TraceSeam::default(),
            numbered_most: 1000,
            audit_repeats: false,
            empty_array_clears: false,
            roles: RoleSettings::usual(),
        }
    }
}

impl Tenant {
    /// How many rows a page has that neither `Prefer` nor `ResultSize` says; 1000 by default.
    #[must_use]
    pub const fn default_page_size(mut self, rows: u32) -> Self {
        self.unsettled.page_size = if rows == 0 { 1 } else { rows };
        self
    }

    /// How many requests a batch may hold before it is refused; ten by default.
    #[must_use]
    pub const fn batch_limit(mut self, most: usize) -> Self {
        self.unsettled.batch_most = most;
        self
    }

    /// Whether the items of a batch run one after the other; side by side by default.
    #[must_use]
    pub const fn batch_in_order(mut self, ordered: bool) -> Self {
        self.unsettled.batch_in_order = ordered;
        self
    }

    /// Whether a path may name the tenant by the domain that it added; by default there is nothing under that name.
    #[must_use]
    pub const fn custom_domain_in_path(mut self, taken: bool) -> Self {
        self.unsettled.custom_domain = taken;
        self
    }

    /// Whether a path that names another tenant is answered with 401 and `invalid_tenant`; with 404 by default.
    #[must_use]
    pub const fn unknown_tenant_is_unauthorized(mut self, unauthorized: bool) -> Self {
        self.unsettled.unknown_tenant_401 = unauthorized;
        self
    }

    /// Whether the front door of Security & Compliance refuses a caller whose anchor has no domain of the tenant; by
    /// default it looks at none.
    #[must_use]
    pub const fn front_door_wants_domain(mut self, wants: bool) -> Self {
        self.unsettled.door_wants_domain = wants;
        self
    }

    /// What `Rate-Limit-Remaining` says on a 429; zero by default.
    #[must_use]
    pub const fn remaining(mut self, remaining: Remaining) -> Self {
        self.unsettled.remaining = remaining;
        self
    }

    /// The name of the file with format data that `EXOModuleFile` gives before the script; none for no such file.
    #[must_use]
    pub fn format_file(mut self, name: Option<&str>) -> Self {
        self.unsettled.format_file = name.map(ToOwned::to_owned);
        self
    }

    /// How the warning of a message trace that was cut says where to go on.
    #[must_use]
    pub const fn trace_seam(mut self, seam: TraceSeam) -> Self {
        self.unsettled.trace_seam = seam;
        self
    }

    /// How many rows a page by number has at most, whatever `PageSize` says; 1000 by default.
    #[must_use]
    pub const fn numbered_page_limit(mut self, most: u32) -> Self {
        self.unsettled.numbered_most = most;
        self
    }

    /// Whether an empty array clears a list, as null does; by default it changes nothing.
    #[must_use]
    pub const fn empty_array_clears(mut self, clears: bool) -> Self {
        self.unsettled.empty_array_clears = clears;
        self
    }

    /// Whether a session of an audit search gives a tenth of its records twice; by default it gives each once.
    #[must_use]
    pub const fn audit_repeats(mut self, repeats: bool) -> Self {
        self.unsettled.audit_repeats = repeats;
        self
    }
}

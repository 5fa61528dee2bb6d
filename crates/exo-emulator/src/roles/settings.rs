//! What documents leave open about roles: settings of a tenant, each possible in every way that was told.

use crate::tenant::Tenant;

/// What becomes of the searches for content in Security & Compliance, which are not supported for apps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentSearch {
    /// They are not offered, and refused.
    Refused,
    /// They want another kind of session, and say so.
    #[default]
    OrdinarySession,
    /// The session is of that kind: they work as far as was reported.
    SearchOnlySession,
}

/// How a parameter is refused that is in none of the roles that have its cmdlet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusedParameter {
    /// With 403, as a cmdlet is.
    #[default]
    Forbidden,
    /// With 400, as a name is that no parameter has.
    Unknown,
}

/// What documents leave open about roles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoleSettings {
    pub(crate) unknown_granted: bool,
    pub(crate) content_search: ContentSearch,
    pub(crate) refused_parameter: RefusedParameter,
    pub(crate) names_have_case: bool,
    pub(crate) directory_roles_in_compliance: bool,
}

impl RoleSettings {
    pub(crate) const fn usual() -> Self {
        Self {
            unknown_granted: true,
            content_search: ContentSearch::OrdinarySession,
            refused_parameter: RefusedParameter::Forbidden,
            names_have_case: false,
            directory_roles_in_compliance: true,
        }
    }
}

impl Tenant {
    /// Whether a cmdlet is granted of which no document says which roles have it; by default it is, unless it changes
    /// something and the caller's roles only read.
    #[must_use]
    pub const fn unknown_cells_granted(mut self, granted: bool) -> Self {
        self.unsettled.roles.unknown_granted = granted;
        self
    }

    /// What becomes of the searches for content in Security & Compliance.
    #[must_use]
    pub const fn content_search(mut self, search: ContentSearch) -> Self {
        self.unsettled.roles.content_search = search;
        self
    }

    /// How a parameter is refused that is in none of the roles that have its cmdlet.
    #[must_use]
    pub const fn refused_parameter(mut self, refused: RefusedParameter) -> Self {
        self.unsettled.roles.refused_parameter = refused;
        self
    }

    /// Whether Security & Compliance tells names of role groups apart by case, as one report says; by default it does
    /// not.
    #[must_use]
    pub const fn compliance_names_have_case(mut self, have: bool) -> Self {
        self.unsettled.roles.names_have_case = have;
        self
    }

    /// Whether a directory role opens Security & Compliance. The article says so, and by default it does; one tenant
    /// was told of in which only a role group did.
    #[must_use]
    pub const fn directory_roles_in_compliance(mut self, open: bool) -> Self {
        self.unsettled.roles.directory_roles_in_compliance = open;
        self
    }
}

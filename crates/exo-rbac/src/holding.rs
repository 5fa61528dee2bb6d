//! What is known of the cmdlets in management roles.

mod sources;

use crate::{ManagementRole, Sureness};
use exo_catalog::{Access, Cmdlet};
use exo_model::Service;
use sources::{Bound, Statement, bound, reported, statements};
use std::fmt;

pub(crate) use sources::{breadth, directory_roles, groups_that_hold, reported_missing};

/// How it is known that a management role holds a cmdlet; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Holds {
    /// Microsoft's reference page of the cmdlet says so.
    Documented,
    /// It did in an organization of 2022.
    Seen,
    /// One source outside Microsoft says so.
    Reported,
    /// It is among the roles that could at most hold it, by the exports of 2022.
    Possible,
    /// Nothing is published.
    Unknown,
    /// A source speaks against it.
    Doubtful,
}

impl Holds {
    /// How sure that makes it.
    pub const fn sureness(self) -> Sureness {
        match self {
            Self::Documented => Sureness::Yes,
            Self::Seen | Self::Reported => Sureness::Likely,
            Self::Possible | Self::Unknown => Sureness::Possible,
            Self::Doubtful => Sureness::Doubtful,
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "holds it by Microsoft's documentation",
            Self::Seen => "held it in 2022",
            Self::Reported => "was reported to hold it",
            Self::Possible => "is among those that could hold it in 2022",
            Self::Unknown => "no source says whether it holds it",
            Self::Doubtful => "a source speaks against its holding it",
        })
    }
}

/// What speaks against a management role holding a cmdlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// Microsoft's reference page names other roles as the only ones.
    Documented,
    /// Other roles were the only ones that could hold it, by the exports of 2022.
    Bounded,
    /// The cmdlet changes something, and the role is taken to read only.
    Reads,
    /// It was reported to be refused.
    Reported,
}

/// What is known of one cmdlet, or of one parameter of it, in a service.
#[derive(Debug)]
pub(crate) struct Known {
    service: Service,
    writes: bool,
    statements: Vec<Statement>,
    bound: Bound,
    reported: Option<&'static str>,
}

impl Known {
    /// What is known of a cmdlet.
    pub(crate) fn of(service: Service, cmdlet: Cmdlet) -> Self {
        let writes = cmdlet.access() == Access::Write;
        Self {
            service,
            writes,
            statements: statements(service, cmdlet.name(), None),
            bound: if service == Service::Exchange { bound(cmdlet, writes) } else { Bound::default() },
            reported: reported(service, cmdlet.name(), writes),
        }
    }

    /// What is known of a parameter beyond what is known of its cmdlet.
    pub(crate) fn of_parameter(service: Service, cmdlet: Cmdlet, parameter: &str) -> Self {
        let statements = statements(service, cmdlet.name(), Some(parameter));
        Self { service, writes: false, statements, bound: Bound::default(), reported: None }
    }

    /// Whether anything is known at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.bound.is_empty() && self.reported.is_none()
    }

    /// Whether a role holds it.
    pub(crate) fn holds(&self, role: &'static str) -> Holds {
        let seen = self.bound.proven.contains(&role);
        if self.statements.iter().any(|statement| statement.role == role) {
            Holds::Documented
        } else if !self.only().is_empty() {
            // Where the page and an export disagree, both may be right, at different times.
            if seen { Holds::Possible } else { Holds::Doubtful }
        } else if seen {
            if self.bound.contradicted { Holds::Possible } else { Holds::Seen }
        } else if self.reported == Some(role) {
            Holds::Reported
        } else if self.doubt(role).is_some() {
            Holds::Doubtful
        } else if self.bound.at_most.contains(&role) {
            Holds::Possible
        } else {
            Holds::Unknown
        }
    }

    /// What speaks against a role that is not known to hold it.
    pub(crate) fn doubt(&self, role: &'static str) -> Option<Doubt> {
        let at_most = &self.bound.at_most;
        if !self.only().is_empty() {
            Some(Doubt::Documented)
        } else if !at_most.is_empty() && !self.bound.contradicted && !at_most.contains(&role) {
            Some(Doubt::Bounded)
        } else if self.writes && reads_only(self.service, role) {
            Some(Doubt::Reads)
        } else {
            None
        }
    }

    /// The roles that hold it and no other does, according to its page.
    pub(crate) fn only(&self) -> Vec<&'static str> {
        self.statements.iter().filter(|statement| statement.only).map(|statement| statement.role).collect()
    }

    /// Whether an export says that a role held it, and another source contradicts that.
    pub(crate) fn disputes(&self, role: &'static str) -> bool {
        self.bound.proven.contains(&role) && self.holds(role) == Holds::Possible
    }

    /// The roles in which it could be at most.
    pub(crate) fn at_most(&self) -> &[&'static str] {
        &self.bound.at_most
    }
}

fn reads_only(service: Service, role: &'static str) -> bool {
    ManagementRole::new(service, role).reads_only()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_catalog::find;
    use exo_model::Service::{Compliance, Exchange};

    fn known(service: Service, cmdlet: &str) -> Known {
        Known::of(service, find(&cmdlet.parse().unwrap()).unwrap())
    }

    #[test]
    fn every_kind_of_knowledge() {
        let holds = |cmdlet, role: &'static str| known(Exchange, cmdlet).holds(role);
        assert_eq!(holds("Get-AddressList", "Address Lists"), Holds::Documented);
        assert_eq!(holds("Get-AddressList", "View-Only Configuration"), Holds::Doubtful);
        assert_eq!(holds("Get-AcceptedDomain", "View-Only Configuration"), Holds::Seen);
        assert_eq!(holds("Get-AcceptedDomain", "Mail Recipients"), Holds::Possible);
        assert_eq!(holds("Get-AcceptedDomain", "Security Reader"), Holds::Doubtful);
        assert_eq!(holds("Get-MailboxPermission", "View-Only Recipients"), Holds::Unknown);
        assert_eq!(holds("Set-InboxRule", "View-Only Recipients"), Holds::Doubtful);
        // The page names one role, the export of 2022 two others.
        assert_eq!(holds("Get-AddressBookPolicy", "View-Only Recipients"), Holds::Possible);
        // The exports contradict each other.
        assert_eq!(holds("Get-OMEConfiguration", "Security Reader"), Holds::Possible);
        assert_eq!(holds("Get-OMEConfiguration", "Mail Recipients"), Holds::Unknown);
        // A pattern, for what the exports do not hold.
        assert_eq!(holds("Get-RoleGroup", "View-Only Configuration"), Holds::Possible);
        assert_eq!(holds("Get-RoleGroup", "Mail Recipients"), Holds::Doubtful);
    }

    #[test]
    fn of_security_and_compliance_little_is_known() {
        let holds = |cmdlet, role: &'static str| known(Compliance, cmdlet).holds(role);
        assert_eq!(holds("Get-DlpCompliancePolicy", "Security Reader"), Holds::Reported);
        assert_eq!(holds("Set-DlpCompliancePolicy", "Organization Configuration"), Holds::Reported);
        assert_eq!(holds("Set-DlpCompliancePolicy", "Security Reader"), Holds::Doubtful);
        assert_eq!(holds("Get-DeviceConfigurationRule", "View-Only Device Management"), Holds::Reported);
        assert_eq!(holds("Add-RoleGroupMember", "Role Management"), Holds::Documented);
        assert_eq!(holds("Get-ProtectionAlert", "Security Reader"), Holds::Unknown);
        // Statements and exports of Exchange do not count here.
        assert_eq!(holds("Get-RoleGroup", "View-Only Configuration"), Holds::Unknown);
        assert!(known(Compliance, "Get-ComplianceSearch").is_empty());
    }

    #[test]
    fn parameters_have_statements_of_their_own() {
        let cmdlet = find(&"New-ComplianceSearchAction".parse().unwrap()).unwrap();
        let purge = Known::of_parameter(Compliance, cmdlet, "purge");
        assert_eq!(purge.only(), ["Search And Purge"]);
        assert_eq!(purge.holds("Search And Purge"), Holds::Documented);
        assert_eq!(purge.holds("Compliance Search"), Holds::Doubtful);
        let export = Known::of_parameter(Compliance, cmdlet, "Export");
        assert_eq!(export.holds("Compliance Search"), Holds::Unknown);
        assert!(Known::of_parameter(Compliance, cmdlet, "Region").is_empty());
    }
}

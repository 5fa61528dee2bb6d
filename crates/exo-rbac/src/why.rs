//! Why something is not open, or not surely: as data.

mod sentence;

use crate::{DirectoryRole, Doubt, Holds, Limit, Sureness, roles_for};
use exo_model::{CmdletName, Service};

/// Why something is not open, or not surely.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The token lacks the application permission.
    #[non_exhaustive]
    PermissionMissing {
        /// For which service.
        service: Service,
        /// The permissions it has.
        found: Vec<String>,
    },
    /// The token is for the other service.
    #[non_exhaustive]
    OtherToken {
        /// What the token is for.
        token: Service,
        /// What was asked.
        asked: Service,
    },
    /// No directory role of the app is in the table for the service; a role group may still apply.
    #[non_exhaustive]
    NoRole {
        /// For which service.
        service: Service,
        /// The directory roles it has.
        held: Vec<String>,
    },
    /// The catalogue does not know the cmdlet.
    #[non_exhaustive]
    UnknownCmdlet {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// What may have been meant.
        similar: Vec<&'static str>,
    },
    /// The catalogue does not know the parameter.
    #[non_exhaustive]
    UnknownParameter {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter.
        parameter: String,
    },
    /// The cmdlet is one of the other service.
    #[non_exhaustive]
    WrongService {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// Where it was asked for.
        asked: Service,
        /// Where it exists.
        exists: Service,
    },
    /// The cmdlet is documented in the service, the parameter in the other one only.
    #[non_exhaustive]
    OtherServicesParameter {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter.
        parameter: String,
        /// Where it was asked for.
        asked: Service,
    },
    /// The cmdlet is none of a service.
    #[non_exhaustive]
    ModuleOnly {
        /// The cmdlet.
        cmdlet: CmdletName,
    },
    /// Microsoft lists it as unsupported for app-only sign-in.
    #[non_exhaustive]
    Unsupported {
        /// What is listed.
        limit: &'static Limit,
    },
    /// It changes something, and the app's directory roles only read.
    #[non_exhaustive]
    ReadOnlyRoles {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The roles.
        roles: Vec<&'static DirectoryRole>,
    },
    /// It is in other management roles only, by Microsoft's documentation.
    #[non_exhaustive]
    OtherRole {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter, if it is about one.
        parameter: Option<String>,
        /// The management roles that have it.
        needs: Vec<&'static str>,
        /// The role groups that have these roles by default; often none.
        groups: Vec<&'static str>,
    },
    /// The service looks for one of these roles in the directory itself, whatever the role groups.
    #[non_exhaustive]
    DirectoryRoleNeeded {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter.
        parameter: String,
        /// One of these is needed.
        any: Vec<&'static str>,
    },
    /// A management role or role group of the app is known to hold it.
    #[non_exhaustive]
    Likely {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter, if it is about one.
        parameter: Option<String>,
        /// The directory role that has the management role.
        role: &'static DirectoryRole,
        /// The management role, or the role group where nobody names the role.
        through: &'static str,
        /// Whether it is a role group.
        by_group: bool,
        /// How that is known.
        holds: Holds,
    },
    /// A management role of the app is among those that could hold it at most.
    #[non_exhaustive]
    Bounded {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The directory role that has the management role.
        role: &'static DirectoryRole,
        /// The management role.
        through: &'static str,
        /// All management roles that could hold it.
        at_most: Vec<&'static str>,
    },
    /// No management role of the app is known to hold it, and a source says that none does.
    #[non_exhaustive]
    Unlikely {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The parameter, if it is about one.
        parameter: Option<String>,
        /// The app's directory roles.
        roles: Vec<&'static DirectoryRole>,
        /// The management roles that could hold it at most; empty where that is not known.
        needs: Vec<&'static str>,
        /// What speaks against it.
        doubt: Doubt,
    },
    /// Sources disagree on whether a management role of the app holds it.
    #[non_exhaustive]
    Disputed {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The management role that held it in 2022.
        through: &'static str,
        /// The only roles that have it by Microsoft's documentation; none where exports contradict each other.
        needs: Vec<&'static str>,
    },
    /// Which management roles hold it is not published.
    #[non_exhaustive]
    Unpublished {
        /// The cmdlet.
        cmdlet: CmdletName,
    },
}

impl Why {
    /// The set-up step that is open, or that may be.
    pub fn step(&self) -> Option<u8> {
        match self {
            Self::PermissionMissing { .. } => Some(2),
            Self::NoRole { .. }
            | Self::ReadOnlyRoles { .. }
            | Self::OtherRole { .. }
            | Self::DirectoryRoleNeeded { .. }
            | Self::Unlikely { .. } => Some(5),
            _ => None,
        }
    }

    /// What to do, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::PermissionMissing { service, .. } => Some(format!(
                "grant the app the application permission `Exchange.ManageAsApp` of {}, and consent to it; then get a new token",
                resource(*service)
            )),
            Self::NoRole { service, .. } => {
                let names: Vec<_> = roles_for(*service).map(|role| role.name).collect();
                Some(format!("assign the app one of the Entra roles {}; then get a new token", names.join(", ")))
            }
            Self::WrongService { exists, .. } => Some(format!("ask {} for it", exists.title())),
            Self::ReadOnlyRoles { cmdlet, .. } | Self::Unlikely { cmdlet, .. } => {
                Some(format!("add the app to a role group that has `{cmdlet}`, or assign it a wider Entra role"))
            }
            Self::OtherRole { needs, groups, .. } => Some(match groups.as_slice() {
                [] => format!("add the management role {} to a role group of the app", needs.join(" or ")),
                groups => format!("add the app to the role group {}", groups.join(" or ")),
            }),
            Self::DirectoryRoleNeeded { any, .. } => {
                Some(format!("assign the app the Entra role {}; then get a new token", any.join(" or ")))
            }
            _ => None,
        }
    }

    /// How sure an answer for this reason can be.
    pub(crate) fn sureness(&self) -> Sureness {
        match self {
            Self::Likely { .. } => Sureness::Likely,
            Self::Bounded { .. } | Self::Unpublished { .. } | Self::Disputed { .. } | Self::OtherToken { .. } => {
                Sureness::Possible
            }
            _ => Sureness::Doubtful,
        }
    }
}

/// The resource whose permission a service asks for.
fn resource(service: Service) -> &'static str {
    match service {
        Service::Compliance => "Microsoft Exchange Online Protection (00000007-0000-0ff1-ce00-000000000000)",
        _ => "Office 365 Exchange Online (00000002-0000-0ff1-ce00-000000000000)",
    }
}

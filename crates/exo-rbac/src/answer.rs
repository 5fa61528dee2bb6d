//! Yes, no or maybe, and why: as data, and as a sentence for people.

use crate::{DirectoryRole, Limit, roles_for};
use exo_model::{CmdletName, Service};
use std::fmt;

/// Whether something is open to an app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Answer {
    /// Microsoft's documentation says so.
    Yes {
        /// By what.
        by: Grant,
    },
    /// It will be refused.
    No {
        /// Why.
        why: Why,
    },
    /// The token does not tell.
    Maybe {
        /// What is known.
        why: Why,
    },
}

/// Which roles open something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The directory roles.
    pub roles: Vec<&'static DirectoryRole>,
    /// The service they open.
    pub service: Service,
    /// The cmdlet they open, if one was asked for.
    pub cmdlet: Option<CmdletName>,
}

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
    /// It is in a management role that no role group has by default.
    #[non_exhaustive]
    RoleUnassigned {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The management roles.
        needs: Vec<&'static str>,
    },
    /// A management role of the app held it in 2022.
    #[non_exhaustive]
    Likely {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The directory role that has the management role.
        role: &'static DirectoryRole,
        /// The management role.
        through: &'static str,
    },
    /// No management role of the app is known to hold it.
    #[non_exhaustive]
    Unlikely {
        /// The cmdlet.
        cmdlet: CmdletName,
        /// The app's directory roles.
        roles: Vec<&'static DirectoryRole>,
        /// The management roles that could hold it in 2022; empty where a report is all there is.
        needs: Vec<&'static str>,
    },
    /// Which management roles hold it is not published.
    #[non_exhaustive]
    Unpublished {
        /// The cmdlet.
        cmdlet: CmdletName,
    },
}

impl Answer {
    /// Whether it is [`Answer::Yes`].
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes { .. })
    }

    /// Whether it is [`Answer::No`].
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No { .. })
    }

    /// Why it is not yes.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Yes { .. } => None,
            Self::No { why } | Self::Maybe { why } => Some(why),
        }
    }

    /// The set-up step that is open, or that may be: 1 registers the app, 2 grants the permission, 3 makes the certificate,
    /// 4 attaches it, 5 assigns a role.
    pub fn step(&self) -> Option<u8> {
        self.why().and_then(Why::step)
    }

    /// What to do, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        self.why().and_then(Why::hint)
    }
}

impl Why {
    /// The set-up step that is open, or that may be.
    pub fn step(&self) -> Option<u8> {
        match self {
            Self::PermissionMissing { .. } => Some(2),
            Self::NoRole { .. } | Self::ReadOnlyRoles { .. } | Self::RoleUnassigned { .. } | Self::Unlikely { .. } => {
                Some(5)
            }
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
            Self::RoleUnassigned { needs, .. } => {
                Some(format!("add the management role {} to a role group of the app", needs.join(" or ")))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes { by } => by.fmt(f),
            Self::No { why } | Self::Maybe { why } => why.fmt(f),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (roles, service) = (names(&self.roles), self.service.title());
        let is = if self.roles.len() == 1 { "is" } else { "are" };
        match &self.cmdlet {
            Some(cmdlet) => write!(f, "{roles} {is} enough for any task in {service}, so for `{cmdlet}`"),
            None => write!(f, "{roles} {is} supported for app-only sign-in to {service}"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PermissionMissing { service, found } => {
                write!(f, "the token has no permission `Exchange.ManageAsApp` for {}", service.title())?;
                if found.is_empty() { Ok(()) } else { write!(f, ", only {}", found.join(", ")) }
            }
            Self::OtherToken { token, asked } => {
                write!(f, "the token is for {} and says nothing of the permission for {}", token.title(), asked.title())
            }
            Self::NoRole { service, held } => no_role(f, *service, held),
            Self::UnknownCmdlet { cmdlet, similar } => {
                write!(f, "`{cmdlet}` is not in the catalogue; it is misspelt, or newer")?;
                if similar.is_empty() { Ok(()) } else { write!(f, "; similar: {}", similar.join(", ")) }
            }
            Self::WrongService { cmdlet, asked, exists } => {
                write!(f, "`{cmdlet}` is a cmdlet of {}, not of {}", exists.title(), asked.title())
            }
            Self::ModuleOnly { cmdlet } => {
                write!(f, "`{cmdlet}` lives in Microsoft's PowerShell module, not in a service")
            }
            Self::Unsupported { limit } => {
                write!(
                    f,
                    "Microsoft lists `{}` as unsupported for app-only sign-in since {}",
                    limit.cmdlet, limit.since
                )?;
                limit.instead.map_or(Ok(()), |instead| write!(f, "; instead: {instead}"))
            }
            Self::ReadOnlyRoles { cmdlet, roles } => {
                let reads = if roles.len() == 1 { "reads" } else { "read" };
                let roles = names(roles);
                write!(f, "`{cmdlet}` changes something, and {roles} only {reads}; only a role group could grant it")
            }
            Self::RoleUnassigned { cmdlet, needs } => {
                write!(
                    f,
                    "`{cmdlet}` is in the management role {}, which no role group has by default",
                    needs.join(" or ")
                )
            }
            Self::Likely { cmdlet, role, through } => {
                write!(f, "probably: {through}, which {role} has, held `{cmdlet}` in 2022")
            }
            Self::Unlikely { cmdlet, roles, needs } => unlikely(f, cmdlet, roles, needs),
            Self::Unpublished { cmdlet } => write!(
                f,
                "which roles hold `{cmdlet}` is not published; what the service offers after connecting decides"
            ),
        }
    }
}

fn no_role(f: &mut fmt::Formatter<'_>, service: Service, held: &[String]) -> fmt::Result {
    let service = service.title();
    if held.is_empty() {
        write!(f, "the token carries no directory role")?;
    } else {
        write!(
            f,
            "no directory role of the token ({}) is supported for app-only sign-in to {service}",
            held.join(", ")
        )?;
    }
    write!(f, "; it works only if the app's service principal is in a role group of {service}")
}

fn unlikely(
    f: &mut fmt::Formatter<'_>,
    cmdlet: &CmdletName,
    roles: &[&'static DirectoryRole],
    needs: &[&'static str],
) -> fmt::Result {
    let roles = names(roles);
    if needs.is_empty() {
        write!(f, "probably not: {roles} was reported not to have `{cmdlet}`")
    } else {
        write!(
            f,
            "probably not: `{cmdlet}` was in none of the management roles of {roles} in 2022, at most in {}",
            needs.join(", ")
        )
    }
}

/// The resource whose permission a service asks for.
fn resource(service: Service) -> &'static str {
    match service {
        Service::Compliance => "Microsoft Exchange Online Protection (00000007-0000-0ff1-ce00-000000000000)",
        _ => "Office 365 Exchange Online (00000002-0000-0ff1-ce00-000000000000)",
    }
}

fn names(roles: &[&'static DirectoryRole]) -> String {
    roles.iter().map(|role| role.name).collect::<Vec<_>>().join(" and ")
}

//! The sentences for people.

use super::Why;
use crate::answer::names;
use crate::{DirectoryRole, Doubt, Holds};
use exo_model::{CmdletName, Service};
use std::fmt;

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
            Self::UnknownParameter { cmdlet, parameter } => {
                write!(f, "`{cmdlet}` has no parameter `-{parameter}` in the catalogue; it is misspelt, or newer")
            }
            Self::WrongService { cmdlet, asked, exists } => {
                write!(f, "`{cmdlet}` is a cmdlet of {}, not of {}", exists.title(), asked.title())
            }
            Self::OtherServicesParameter { cmdlet, parameter, asked } => {
                write!(f, "`{cmdlet}` has no parameter `-{parameter}` in {} by its reference page", asked.title())
            }
            Self::ModuleOnly { cmdlet } => {
                write!(f, "`{cmdlet}` lives in Microsoft's PowerShell module, not in a service")
            }
            Self::Unsupported { limit } => limit.fmt(f),
            Self::ReadOnlyRoles { cmdlet, roles } => {
                let reads = if roles.len() == 1 { "reads" } else { "read" };
                let roles = names(roles);
                write!(f, "`{cmdlet}` changes something, and {roles} only {reads}; only a role group could grant it")
            }
            _ => self.of_management_roles(f),
        }
    }
}

impl Why {
    fn of_management_roles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherRole { cmdlet, parameter, needs, groups } => {
                let (what, needs) = (What(cmdlet, parameter.as_deref()), needs.join(" or "));
                match groups.as_slice() {
                    [] => write!(f, "{what} is in the management role {needs}, which no role group has by default"),
                    groups => write!(
                        f,
                        "{what} is only in the management role {needs}, which by default is in the role group {}",
                        groups.join(" or ")
                    ),
                }
            }
            Self::DirectoryRoleNeeded { cmdlet, parameter, any } => write!(
                f,
                "{} asks for {} in the directory itself, whatever the role groups",
                What(cmdlet, Some(parameter)),
                any.join(" or ")
            ),
            Self::Likely { cmdlet, parameter, role, through, by_group, holds } => {
                let kind = if *by_group { "the role group " } else { "" };
                let held = holding(*holds, cmdlet, parameter.as_deref());
                write!(f, "probably: {kind}{through}, which {role} has, {held}")
            }
            Self::Bounded { cmdlet, role, through, at_most } => {
                write!(f, "{through}, which {role} has, ")?;
                match at_most.len() {
                    1 => write!(f, "is the only management role that could hold `{cmdlet}` in 2022"),
                    count => write!(f, "is one of the {count} management roles that could hold `{cmdlet}` in 2022"),
                }?;
                f.write_str("; what the service offers decides")
            }
            Self::Unlikely { cmdlet, parameter, roles, needs, doubt } => {
                unlikely(f, &What(cmdlet, parameter.as_deref()), roles, needs, *doubt)
            }
            Self::Disputed { cmdlet, through, needs } if needs.is_empty() => {
                write!(
                    f,
                    "sources disagree on whether {through} had `{cmdlet}` in 2022; what the service offers decides"
                )
            }
            Self::Disputed { cmdlet, through, needs } => write!(
                f,
                "sources disagree: {through} had `{cmdlet}` in 2022, its reference page puts it in {} alone; what the service offers decides",
                needs.join(" or ")
            ),
            Self::Unpublished { cmdlet } => write!(
                f,
                "which roles hold `{cmdlet}` is not published; what the service offers after connecting decides"
            ),
            _ => Ok(()),
        }
    }
}

/// A cmdlet, or a parameter of it.
struct What<'a>(&'a CmdletName, Option<&'a str>);

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            None => write!(f, "`{}`", self.0),
            Some(parameter) => write!(f, "`{} -{parameter}`", self.0),
        }
    }
}

fn holding(holds: Holds, cmdlet: &CmdletName, parameter: Option<&str>) -> String {
    let what = What(cmdlet, parameter);
    match holds {
        Holds::Documented => format!("holds {what} by Microsoft's documentation"),
        Holds::Seen => format!("held {what} in 2022"),
        _ => format!("was reported to hold {what}"),
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
    what: &What<'_>,
    roles: &[&'static DirectoryRole],
    needs: &[&'static str],
    doubt: Doubt,
) -> fmt::Result {
    let roles = names(roles);
    match doubt {
        Doubt::Reported => write!(f, "probably not: {roles} was reported not to have {what}"),
        Doubt::Reads => {
            write!(
                f,
                "probably not: {what} changes something, and the management roles of {roles} are taken to read only"
            )
        }
        Doubt::Bounded | Doubt::Documented => write!(
            f,
            "probably not: {what} was in none of the management roles of {roles} in 2022, at most in {}",
            some(needs)
        ),
    }
}

/// The first names, and how many more there are.
fn some(names: &[&'static str]) -> String {
    match names.split_at_checked(MOST) {
        Some((first, rest)) if rest.len() > 1 => format!("{} and {} more", first.join(", "), rest.len()),
        _ => names.join(", "),
    }
}

/// More names than these make no sentence.
const MOST: usize = 5;

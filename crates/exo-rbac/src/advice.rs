//! Which roles would open what is needed.

use crate::{Answer, DirectoryRole, Grants, Why};
use exo_catalog::{Access, find};
use exo_model::{CmdletName, Service};
use std::fmt;

/// A directory role that would, or may, open a cmdlet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleOption {
    /// The role.
    pub role: &'static DirectoryRole,
    /// The service that runs the cmdlet.
    pub service: Service,
    /// Yes, or what is known.
    pub answer: Answer,
}

/// The directory roles with which to begin, from the least.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Least {
    /// The roles, all of them together.
    pub roles: Vec<&'static DirectoryRole>,
    /// Cmdlets that these roles open only perhaps, and what is known of each.
    pub unsure: Vec<(CmdletName, Answer)>,
}

/// The directory roles that open a service.
///
/// ```
/// use exo_model::Service;
/// assert_eq!(exo_rbac::roles_for(Service::Exchange).count(), 8);
/// assert_eq!(exo_rbac::roles_for(Service::Compliance).count(), 5);
/// ```
pub fn roles_for(service: Service) -> impl Iterator<Item = &'static DirectoryRole> {
    DirectoryRole::ALL.iter().filter(move |role| role.today.contains(service))
}

/// The directory roles that would, or may, open a cmdlet, the surest first; those that would not are left out.
///
/// ```
/// let options = exo_rbac::roles_for_cmdlet(&"Get-AcceptedDomain".parse()?);
/// assert!(options[0].answer.is_yes());
/// assert!(options.iter().any(|option| option.role.name == "Global Reader"));
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn roles_for_cmdlet(cmdlet: &CmdletName) -> Vec<RoleOption> {
    let mut options = Vec::new();
    for service in Service::ALL.iter().copied() {
        for role in roles_for(service) {
            let answer = Grants::of_role(service, role).cmdlet(service, cmdlet);
            if rank(&answer) < 4 {
                options.push(RoleOption { role, service, answer });
            }
        }
    }
    options.sort_by_key(|option| rank(&option.answer));
    options
}

/// The least directory roles for a set of cmdlets, as far as published facts carry; a role group with just what is
/// needed is less still.
///
/// Reading begins with Security Reader or Global Reader. Where those probably lack a cmdlet, and for all writing, it is
/// Exchange Administrator, or Compliance Administrator in Security & Compliance.
///
/// ```
/// use exo_model::Service;
/// let least = exo_rbac::least(&[(Service::Exchange, "Get-Mailbox".parse()?)]);
/// assert_eq!(least.roles[0].name, "Global Reader");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn least(needed: &[(Service, CmdletName)]) -> Least {
    let mut roles: Vec<&'static DirectoryRole> = Vec::new();
    for service in Service::ALL.iter().copied() {
        let cmdlets: Vec<_> = needed.iter().filter(|(s, _)| *s == service).map(|(_, cmdlet)| cmdlet).collect();
        if let Some(role) = least_in(service, &cmdlets)
            && !roles.contains(&role)
        {
            roles.push(role);
        }
    }
    // Global Reader reads all that Security Reader is asked for here.
    if roles.iter().any(|role| role.name == "Global Reader") {
        roles.retain(|role| role.name != "Security Reader");
    }
    let unsure = needed.iter().filter_map(|(service, cmdlet)| {
        let mut answers: Vec<_> =
            roles.iter().map(|role| Grants::of_role(*service, role).cmdlet(*service, cmdlet)).collect();
        answers.sort_by_key(rank);
        answers.into_iter().next().filter(|best| !best.is_yes()).map(|best| (cmdlet.clone(), best))
    });
    Least { unsure: unsure.collect(), roles }
}

/// The first role of the service's ladder that fits all cmdlets.
fn least_in(service: Service, cmdlets: &[&CmdletName]) -> Option<&'static DirectoryRole> {
    if cmdlets.is_empty() {
        return None;
    }
    let fits = |role: &'static DirectoryRole, most: u8| {
        cmdlets.iter().all(|cmdlet| rank(&Grants::of_role(service, role).cmdlet(service, cmdlet)) <= most)
    };
    let [security, global, writer] = ladder(service).map(DirectoryRole::by_name);
    let reads = cmdlets.iter().all(|name| find(name).is_some_and(|c| c.access() == Access::Read));
    security
        .filter(|role| reads && fits(role, LIKELY))
        .or_else(|| global.filter(|role| reads && fits(role, POSSIBLE)))
        .or(writer)
}

/// From the least role to one that writes.
const fn ladder(service: Service) -> [&'static str; 3] {
    let writer = match service {
        Service::Compliance => "Compliance Administrator",
        _ => "Exchange Administrator",
    };
    ["Security Reader", "Global Reader", writer]
}

/// How sure an answer is, from 0 for yes.
fn rank(answer: &Answer) -> u8 {
    match answer {
        Answer::Yes { .. } => 0,
        Answer::Maybe { why: Why::Likely { .. } } => LIKELY,
        Answer::Maybe { why: Why::Unlikely { .. } | Why::UnknownCmdlet { .. } } | Answer::No { .. } => 4,
        Answer::Maybe { why: Why::RoleUnassigned { .. } | Why::Unsupported { .. } } => 3,
        Answer::Maybe { .. } => POSSIBLE,
    }
}

const LIKELY: u8 = 1;
const POSSIBLE: u8 = 2;

impl fmt::Display for Least {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.roles.iter().map(|role| role.name).collect();
        match names.as_slice() {
            [] => f.write_str("no role is needed"),
            [one] => write!(f, "assign the app the Entra role {one}"),
            more => write!(f, "assign the app the Entra roles {}", more.join(" and ")),
        }?;
        match self.unsure.len() {
            0 => Ok(()),
            1 => f.write_str("; whether it is enough for 1 cmdlet shows after connecting"),
            count => write!(f, "; whether it is enough for {count} cmdlets shows after connecting"),
        }
    }
}

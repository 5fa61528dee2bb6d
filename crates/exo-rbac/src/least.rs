//! The least that opens a set of cmdlets: directory roles, or role groups.

mod groups;

pub use groups::GroupWay;

use crate::cover::{Set, cheapest, members};
use crate::limits::limit;
use crate::{Answer, DirectoryRole, Grants, Limit, Need, Sureness, Why};
use exo_model::{CmdletName, Service};
use std::fmt;

/// The directory roles with which to begin, and the role groups that would do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Least {
    /// The roles, all of them together, from the least.
    pub roles: Vec<&'static DirectoryRole>,
    /// What each of them is for: the cmdlets that no other of them may be asked for, in the same order.
    pub because: Vec<Vec<CmdletName>>,
    /// Cmdlets that these roles open only perhaps, and what is known of each: that stays to be seen.
    pub unsure: Vec<(CmdletName, Answer)>,
    /// Cmdlets that no directory role opens as they are needed, and why; no role is asked for them.
    pub beyond: Vec<(CmdletName, Answer)>,
    /// What Microsoft lists as unsupported for apps, whatever their roles.
    pub limits: Vec<&'static Limit>,
    /// The other way, for each service: role groups.
    pub groups: Vec<GroupWay>,
}

/// The least directory roles for a set of cmdlets, as far as published facts carry; a role group with just what is needed is less
/// still, and stands beside them.
///
/// Roles that read come before roles that change something, and a role is asked for only where a source speaks against all lesser
/// ones. Roles of a special field count where a source says that they do, or, if they only read, that they could. Where no source says
/// anything, Global Reader is taken for reading, Exchange Administrator for changing, Compliance Administrator in Security & Compliance.
///
/// ```
/// use exo_model::Service;
/// let least = exo_rbac::least(&[(Service::Exchange, "Get-Mailbox".parse()?)]);
/// assert_eq!(least.roles[0].name, "Global Reader");
/// assert_eq!(least.groups[0].custom[0].name(), "View-Only Recipients");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn least<N: Clone + Into<Need>>(needed: &[N]) -> Least {
    least_where(&Need::merged(needed.iter().cloned().map(Into::into)), &[], |_, _| true)
}

/// The least beside roles that are held already, among those that `may` serve a need.
pub(crate) fn least_where(
    needs: &[Need],
    held: &[&'static DirectoryRole],
    may: impl Fn(&'static DirectoryRole, &Need) -> bool,
) -> Least {
    let fits = |role: &'static DirectoryRole, need: &Need| may(role, need) && fits(role, need);
    let open: Vec<Need> = needs.iter().filter(|need| !held.iter().any(|role| fits(role, need))).cloned().collect();
    let sets: Vec<Set> = open.iter().map(|need| candidates(need, &fits)).collect();
    let costs: Vec<u64> = (0..BY_DANGER.len()).map(|place| 1 << place).collect();
    let chosen = cheapest(&sets, &costs);
    let roles: Vec<_> = members(chosen).filter_map(by_danger).collect();
    let because = members(chosen).map(|place| {
        let alone = open.iter().zip(&sets).filter(|(_, set)| *set & chosen == 1 << place);
        alone.map(|(need, _)| need.cmdlet.clone()).collect()
    });
    let mut least = Least {
        because: because.collect(),
        roles,
        unsure: Vec::new(),
        beyond: Vec::new(),
        limits: Vec::new(),
        groups: groups::ways(&open),
    };
    for need in needs {
        least.limits.extend(limit(need.service, &need.cmdlet));
        let chosen = held.iter().chain(&least.roles).copied();
        let answer = best(chosen.filter(|role| may(role, need)), need);
        match answer.filter(|answer| answer.sureness() <= Sureness::Possible) {
            Some(Answer::Yes { .. }) => {}
            Some(answer) => least.unsure.push((need.cmdlet.clone(), answer)),
            None => {
                let answer = best(DirectoryRole::ALL.iter().filter(|role| may(role, need)), need);
                let unpublished = || Answer::Maybe { why: Why::Unpublished { cmdlet: need.cmdlet.clone() } };
                least.beyond.push((need.cmdlet.clone(), answer.unwrap_or_else(unpublished)));
            }
        }
    }
    least
}

/// The roles that fit a need; where none does, those that fit its cmdlet without parameters.
fn candidates(need: &Need, fits: &impl Fn(&'static DirectoryRole, &Need) -> bool) -> Set {
    let of = |need: &Need| {
        let places = (0..BY_DANGER.len()).filter(|place| by_danger(*place).is_some_and(|role| fits(role, need)));
        places.fold(0, |set: Set, place| set | 1 << place)
    };
    match of(need) {
        0 => of(&Need::new(need.service, need.cmdlet.clone())),
        set => set,
    }
}

/// Whether a role may be asked for because of a need.
fn fits(role: &'static DirectoryRole, need: &Need) -> bool {
    let answer = Grants::of_role(need.service, role).roles_open(need);
    let bounded = role.reads_only && matches!(answer.why(), Some(Why::Bounded { .. }));
    let general = GENERAL.contains(&(role.name, need.service));
    answer.sureness() <= if general || bounded { Sureness::Possible } else { Sureness::Likely }
}

/// What the best of some roles says of a need.
fn best(roles: impl Iterator<Item = &'static DirectoryRole>, need: &Need) -> Option<Answer> {
    let answers = roles.map(|role| Grants::of_role(need.service, role).roles_open(need));
    answers.reduce(|a, b| if b.sureness() < a.sureness() { b } else { a })
}

fn by_danger(place: usize) -> Option<&'static DirectoryRole> {
    BY_DANGER.get(place).and_then(|name| DirectoryRole::by_name(name))
}

/// From the least: roles that read; one that administers a part of one service, several parts of both, all of one service; roles
/// that reach into the security of the directory.
pub(crate) const BY_DANGER: &[&str] = &[
    "Security Reader",
    "Global Reader",
    "Exchange Recipient Administrator",
    "Compliance Administrator",
    "Exchange Administrator",
    "Helpdesk Administrator",
    "Security Administrator",
    "Global Administrator",
];

/// Roles that are not of a special field in a service, and are asked for unless a source speaks against them.
const GENERAL: &[(&str, Service)] = &[
    ("Global Reader", Service::Exchange),
    ("Global Reader", Service::Compliance),
    ("Exchange Administrator", Service::Exchange),
    ("Compliance Administrator", Service::Compliance),
    ("Global Administrator", Service::Exchange),
    ("Global Administrator", Service::Compliance),
];

impl fmt::Display for Least {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<_> = self.roles.iter().map(|role| role.name).collect();
        let beyond: Vec<_> = self.beyond.iter().map(|(cmdlet, _)| cmdlet.as_str()).collect();
        let limits: Vec<_> = self.limits.iter().map(|limit| limit.cmdlet).collect();
        let mut parts = Vec::new();
        match roles.as_slice() {
            [] if beyond.is_empty() => parts.push("no further role is needed".to_owned()),
            [] => {}
            [one] => parts.push(format!("assign the app the Entra role {one}")),
            more => parts.push(format!("assign the app the Entra roles {}", more.join(" and "))),
        }
        match self.unsure.len() {
            1 if !roles.is_empty() => parts.push("whether it is enough for 1 cmdlet shows after connecting".to_owned()),
            count if count > 0 && !roles.is_empty() => {
                parts.push(format!("whether it is enough for {count} cmdlets shows after connecting"));
            }
            _ => {}
        }
        if !beyond.is_empty() {
            parts.push(format!("no Entra role is known to open {}", beyond.join(", ")));
        }
        if roles.contains(&"Global Administrator") {
            parts
                .push("Microsoft reserves Global Administrator for emergencies, so rather use a role group".to_owned());
        }
        if !limits.is_empty() {
            parts.push(format!("Microsoft lists as unsupported for apps: {}", limits.join(", ")));
        }
        f.write_str(&parts.join("; "))
    }
}

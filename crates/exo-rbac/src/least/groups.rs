//! The second way of the app-only article: role groups, those that exist or one with just what is needed.

use crate::cover::{Set, cheapest, members};
use crate::holding::{Known, breadth, groups_that_hold};
use crate::openers::{in_directory, in_service};
use crate::{Holds, ManagementRole, Need, RoleGroup, management_roles, role_groups};
use exo_catalog::{Cmdlet, find};
use exo_model::{CmdletName, Service};
use std::fmt;

/// How the role groups of a service open what is needed, without any directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupWay {
    /// The service; its role groups are its own.
    pub service: Service,
    /// The least of the role groups that exist; empty where they do not hold all that some role is known to hold.
    pub built_in: Vec<RoleGroup>,
    /// The least management roles for a role group of one's own.
    pub custom: Vec<ManagementRole>,
    /// Cmdlets that existing role groups are known to hold, by a management role that nobody names, so that `custom` may lack them.
    pub in_groups_only: Vec<CmdletName>,
    /// Directory roles of which one is needed all the same, whatever the role groups; mostly none.
    pub in_directory: Vec<&'static str>,
    /// Cmdlets that these roles held at most, by the exports of 2022: that stays to be seen.
    pub unsure: Vec<CmdletName>,
    /// Cmdlets of which no source names a management role.
    pub unknown: Vec<CmdletName>,
}

/// The way for each service of some needs.
pub(super) fn ways(needs: &[Need]) -> Vec<GroupWay> {
    let of =
        |service: &Service| way(*service, &needs.iter().filter(|need| need.service == *service).collect::<Vec<_>>());
    Service::ALL.iter().filter_map(of).collect()
}

fn way(service: Service, needs: &[&Need]) -> Option<GroupWay> {
    let roles = management_roles(service);
    let mut items: Vec<Item> = Vec::new();
    let mut unknown = Vec::new();
    for need in needs {
        let Some(cmdlet) = in_service(need) else {
            // What the catalogue knows elsewhere is in no role of this service.
            unknown.extend(find(&need.cmdlet).is_none().then(|| need.cmdlet.clone()));
            continue;
        };
        let parameter = |parameter: &String| {
            let name = cmdlet.parameter(parameter).map_or(parameter.as_str(), |known| known.name());
            Item::of(need, cmdlet, &Known::of_parameter(service, cmdlet, name), &roles)
        };
        let of_cmdlet = Item::of(need, cmdlet, &Known::of(service, cmdlet), &roles);
        // Who holds a parameter holds its cmdlet.
        let before = items.len();
        items.extend(std::iter::once(of_cmdlet).chain(need.parameters.iter().map(parameter)));
        if items.iter().skip(before).all(Item::is_unknown) {
            unknown.push(need.cmdlet.clone());
        }
    }
    items.retain(|item| !item.is_unknown());
    if items.is_empty() && unknown.is_empty() {
        return None;
    }
    let mut unsure: Vec<_> = items.iter().filter(|item| item.unsure).map(|item| item.cmdlet.clone()).collect();
    unsure.dedup();
    let in_directory = needs.iter().map(|need| in_directory(need)).find(|roles| !roles.is_empty()).unwrap_or_default();
    let only = items.iter().filter(|item| item.roles == 0).map(|item| item.cmdlet.clone());
    let in_groups_only = only.collect();
    let (built_in, custom) = (built_in(service, &items, &roles), custom(&items, &roles));
    Some(GroupWay { service, built_in, custom, in_groups_only, in_directory, unsure, unknown })
}

/// A cmdlet or a parameter, and who holds it.
struct Item {
    cmdlet: CmdletName,
    /// The places of the roles that hold it, as surely as any does.
    roles: Set,
    /// Role groups that hold it by a role that nobody names.
    groups: Vec<&'static str>,
    unsure: bool,
}

impl Item {
    fn of(need: &Need, cmdlet: Cmdlet, known: &Known, roles: &[ManagementRole]) -> Self {
        let places = |fits: &dyn Fn(ManagementRole) -> bool| {
            let found = roles.iter().enumerate().filter(|(_, role)| !role.is_retired() && fits(**role));
            found.fold(0, |set: Set, (place, _)| set | 1 << place)
        };
        let holds = |role: ManagementRole| known.holds(role.name());
        let sure = places(&|role| holds(role) <= Holds::Reported);
        let possible = places(&|role| holds(role) == Holds::Possible);
        // So wide a bound names no role: whichever that changes something were taken would be a guess.
        let reading = || members(possible).filter_map(|place| roles.get(place)).any(|role| role.reads_only());
        let possible = if possible.count_ones() <= FEW || reading() { possible } else { 0 };
        Self {
            cmdlet: need.cmdlet.clone(),
            roles: if sure == 0 { possible } else { sure },
            groups: groups_that_hold(need.service, cmdlet.name()),
            unsure: sure == 0 && possible != 0,
        }
    }

    fn is_unknown(&self) -> bool {
        self.roles == 0 && self.groups.is_empty()
    }
}

/// The least management roles that hold all items, but for those that a role group alone is known to hold.
fn custom(items: &[Item], roles: &[ManagementRole]) -> Vec<ManagementRole> {
    let sets: Vec<Set> = items.iter().map(|item| item.roles).collect();
    let used = sets.iter().fold(0, |all, set| all | set);
    let mut costs = vec![u64::MAX; roles.len()];
    for place in members(used) {
        if let (Some(cost), Some(role)) = (costs.get_mut(place), roles.get(place)) {
            *cost = cost_of(*role);
        }
    }
    members(cheapest(&sets, &costs)).filter_map(|place| roles.get(place).copied()).collect()
}

/// The least of the existing role groups that hold all items.
fn built_in(service: Service, items: &[Item], roles: &[ManagementRole]) -> Vec<RoleGroup> {
    let groups: Vec<_> = role_groups(service).filter(|group| group.is_published()).collect();
    let sets: Vec<Set> = items
        .iter()
        .map(|item| {
            let names: Vec<_> =
                members(item.roles).filter_map(|place| roles.get(place)).map(|role| role.name()).collect();
            let holds = |group: &RoleGroup| {
                item.groups.contains(&group.name()) || group.roles().any(|name| names.contains(&name))
            };
            let found = groups.iter().enumerate().filter(|(_, group)| holds(group));
            found.fold(0, |set: Set, (place, _)| set | 1 << place)
        })
        .collect();
    if sets.contains(&0) {
        return Vec::new();
    }
    let cost = |role: ManagementRole| if role.reads_only() { 1 } else { 1_000 };
    let costs: Vec<u64> = groups.iter().map(|group| group.management_roles().map(cost).sum()).collect();
    members(cheapest(&sets, &costs)).filter_map(|place| groups.get(place).copied()).collect()
}

/// Roles that read before roles that change something, few before many; then, of roles that change something, those that could hold
/// fewer cmdlets, and of roles that read, those that do not show what people did.
fn cost_of(role: ManagementRole) -> u64 {
    match role.reads_only() {
        true if role.name() == "View-Only Audit Logs" => 1_001,
        true => 1_000,
        false if role.service() == Service::Exchange => 1_000_000 + breadth(role.name()) as u64,
        false => 1_000_000,
    }
}

/// Of so many management roles that could hold a cmdlet at most, one may be tried.
const FEW: u32 = 5;

impl fmt::Display for GroupWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = self.service.title();
        let roles: Vec<_> = self.custom.iter().map(|role| role.name()).collect();
        let groups: Vec<_> = self.built_in.iter().map(|group| group.name()).collect();
        match (groups.as_slice(), roles.as_slice()) {
            (_, []) if groups.is_empty() => write!(f, "{service}: no source names a role group")?,
            (groups, []) => write!(f, "{service}: add the app to the role group {}", groups.join(" and "))?,
            ([], roles) => write!(f, "{service}: add the app to a role group of its own with {}", roles.join(", "))?,
            (groups, roles) => write!(
                f,
                "{service}: add the app to the role group {}, or to one of its own with {}",
                groups.join(" and "),
                roles.join(", ")
            )?,
        }
        let named = |cmdlets: &[CmdletName]| cmdlets.iter().map(CmdletName::as_str).collect::<Vec<_>>().join(", ");
        if !self.in_groups_only.is_empty() && !self.custom.is_empty() {
            write!(f, ", which may lack {}", named(&self.in_groups_only))?;
        }
        if !self.in_directory.is_empty() {
            write!(f, "; and all the same assign it the Entra role {}", self.in_directory.join(" or "))?;
        }
        if !self.unsure.is_empty() {
            write!(f, "; whether that is enough for {} shows after connecting", named(&self.unsure))?;
        }
        match self.unknown.as_slice() {
            [] => Ok(()),
            unknown if self.service == Service::Exchange => {
                write!(
                    f,
                    "; which role holds {} an administrator learns with Get-ManagementRole -Cmdlet",
                    named(unknown)
                )
            }
            unknown => write!(f, "; which role holds {} is not published", named(unknown)),
        }
    }
}

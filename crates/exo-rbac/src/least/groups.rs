//! The second way of the app-only article: role groups, those that exist or one with just what is needed.

use crate::cover::{Set, cheapest, members};
use crate::holding::{Known, groups_that_hold};
use crate::openers::{in_directory, in_service};
use crate::{Holds, ManagementRole, Need, RoleGroup, management_roles, role_groups};
use exo_catalog::{Access, Cmdlet};
use exo_model::{CmdletName, Service};
use std::fmt;

/// How the role groups of a service open what is needed, without any directory role.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupWay {
    /// The service; its role groups are its own.
    pub service: Service,
    /// The least of the role groups that exist; empty where they do not hold all that `custom` holds.
    pub built_in: Vec<RoleGroup>,
    /// The least management roles for a role group of one's own.
    pub custom: Vec<ManagementRole>,
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
    if needs.is_empty() {
        return None;
    }
    let roles = all_roles(service);
    let mut items: Vec<Item> = Vec::new();
    let mut unknown = Vec::new();
    for need in needs {
        let Some(cmdlet) = in_service(need) else {
            unknown.push(need.cmdlet.clone());
            continue;
        };
        let of_cmdlet = Item::of(need, cmdlet, &Known::of(service, cmdlet), &roles);
        if of_cmdlet.roles == 0 && of_cmdlet.groups.is_empty() {
            unknown.push(need.cmdlet.clone());
        }
        items.push(of_cmdlet);
        for parameter in &need.parameters {
            let name = cmdlet.parameter(parameter).map_or(parameter.as_str(), |known| known.name());
            items.push(Item::of(need, cmdlet, &Known::of_parameter(service, cmdlet, name), &roles));
        }
    }
    let sets: Vec<Set> = items.iter().map(|item| item.roles).collect();
    let chosen = cheapest(&sets, &roles.iter().map(|role| cost(*role)).collect::<Vec<_>>());
    let custom: Vec<_> = members(chosen).filter_map(|place| roles.get(place).copied()).collect();
    let mut unsure: Vec<_> = items.iter().filter(|item| item.unsure).map(|item| item.cmdlet.clone()).collect();
    unsure.dedup();
    let in_directory = needs.iter().map(|need| in_directory(need)).find(|roles| !roles.is_empty()).unwrap_or_default();
    Some(GroupWay { service, built_in: built_in(service, &items, &roles), custom, in_directory, unsure, unknown })
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
        let reading = places(&|role| holds(role) == Holds::Possible && role.reads_only());
        let possible = if cmdlet.access() == Access::Read && reading != 0 { reading } else { possible };
        Self {
            cmdlet: need.cmdlet.clone(),
            roles: if sure == 0 { possible } else { sure },
            groups: groups_that_hold(need.service, cmdlet.name()),
            unsure: sure == 0 && possible != 0,
        }
    }
}

/// The least of the existing role groups that hold all that is known of the items.
fn built_in(service: Service, items: &[Item], roles: &[ManagementRole]) -> Vec<RoleGroup> {
    let groups: Vec<_> = role_groups(service).filter(|group| group.is_published()).collect();
    let holds = |group: &RoleGroup, item: &Item| {
        let by_role = members(item.roles)
            .filter_map(|place| roles.get(place))
            .any(|role| group.roles().any(|name| name == role.name()));
        by_role || item.groups.contains(&group.name())
    };
    let known = items.iter().filter(|item| item.roles != 0 || !item.groups.is_empty());
    let sets: Vec<Set> = known
        .map(|item| {
            let found = groups.iter().enumerate().filter(|(_, group)| holds(group, item));
            found.fold(0, |set: Set, (place, _)| set | 1 << place)
        })
        .collect();
    if sets.contains(&0) {
        return Vec::new();
    }
    let costs: Vec<u64> = groups.iter().map(|group| group.management_roles().map(cost).sum()).collect();
    members(cheapest(&sets, &costs)).filter_map(|place| groups.get(place).copied()).collect()
}

/// The published roles, and those that only a reference page names.
fn all_roles(service: Service) -> Vec<ManagementRole> {
    let mut roles = management_roles(service);
    roles.push(ManagementRole::new(service, "UnScoped Role Management"));
    roles
}

/// Roles that read before roles that change something, few before many, and what shows the configuration or recipients before what
/// shows what people did.
fn cost(role: ManagementRole) -> u64 {
    match role.reads_only() {
        true if role.name() == "View-Only Audit Logs" => 1_001,
        true => 1_000,
        false => 1_000_000,
    }
}

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

//! What a token's claims grant.

use crate::entries::{Entry, management_roles, reported_missing};
use crate::limits::limit;
use crate::{Answer, DirectoryRole, Grant, NO_ROLE, Why, role_name};
use exo_catalog::{Access, Cmdlet, closest, find};
use exo_model::{CmdletName, Service};

/// What the claims of one access token grant.
///
/// Directory roles count for both services; the permission counts for the service that the token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    service: Service,
    permissions: Vec<String>,
    roles: Vec<&'static DirectoryRole>,
    others: Vec<String>,
}

impl Grants {
    /// Reads the claims `roles` (application permissions) and `wids` (directory roles) of a token for a service.
    ///
    /// The id that stands in app-only tokens in general is skipped.
    pub fn from_claims(service: Service, roles: &[String], wids: &[String]) -> Self {
        let mut grants = Self {
            service,
            permissions: roles.iter().map(|role| shown(role)).collect(),
            roles: Vec::new(),
            others: Vec::new(),
        };
        for id in wids.iter().filter(|id| !id.trim().eq_ignore_ascii_case(NO_ROLE)) {
            match DirectoryRole::by_template_id(id) {
                Some(role) if !grants.roles.contains(&role) => grants.roles.push(role),
                Some(_) => {}
                None => grants.others.push(role_name(id).map_or_else(|| shown(id), ToOwned::to_owned)),
            }
        }
        grants
    }

    /// The service that the token is for.
    pub fn service(&self) -> Service {
        self.service
    }

    /// Whether the token has the application permission.
    pub fn permission(&self) -> bool {
        self.permissions.iter().any(|name| name == PERMISSION)
    }

    /// The directory roles that open one of the services.
    pub fn roles(&self) -> &[&'static DirectoryRole] {
        &self.roles
    }

    /// The other directory roles: names, and ids where the name is not known.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Whether the app can sign in to a service.
    pub fn opens(&self, service: Service) -> Answer {
        if service != self.service {
            return Answer::Maybe { why: Why::OtherToken { token: self.service, asked: service } };
        }
        if !self.permission() {
            return Answer::No { why: Why::PermissionMissing { service, found: self.permissions.clone() } };
        }
        let roles = self.roles_in(service);
        if roles.is_empty() {
            let held = self.roles.iter().map(|role| role.name.to_owned()).chain(self.others.iter().cloned());
            return Answer::Maybe { why: Why::NoRole { service, held: held.collect() } };
        }
        Answer::Yes { by: Grant { roles, service, cmdlet: None } }
    }

    /// Whether the app can run a cmdlet. `Get-EXO…` means the service's cmdlet of the same data.
    pub fn cmdlet(&self, service: Service, name: &CmdletName) -> Answer {
        let cmdlet = match known(service, name) {
            Ok(cmdlet) => cmdlet,
            Err(answer) => return answer,
        };
        let opens = self.opens(service);
        if opens.is_no() {
            return opens;
        }
        if let Some(limit) = limit(service, name) {
            return Answer::Maybe { why: Why::Unsupported { limit } };
        }
        if !opens.is_yes() {
            return opens;
        }
        self.run(service, name, cmdlet)
    }

    /// Whether the roles allow a cmdlet of a service that is open.
    fn run(&self, service: Service, name: &CmdletName, cmdlet: Cmdlet) -> Answer {
        let roles = self.roles_in(service);
        let read_only = roles.iter().all(|role| role.reads_only) && self.others.is_empty();
        if read_only && cmdlet.access() == Access::Write {
            return Answer::No { why: Why::ReadOnlyRoles { cmdlet: name.clone(), roles } };
        }
        if service != Service::Exchange {
            return Answer::Maybe { why: Why::Unpublished { cmdlet: name.clone() } };
        }
        let entry = Entry::of(cmdlet.name());
        let alone = entry.alone();
        if !alone.is_empty() {
            return Answer::Maybe { why: Why::RoleUnassigned { cmdlet: name.clone(), needs: alone } };
        }
        let enough: Vec<_> = roles.iter().copied().filter(|role| role.any_exchange_task).collect();
        if !enough.is_empty() {
            return Answer::Yes { by: Grant { roles: enough, service, cmdlet: Some(name.clone()) } };
        }
        Answer::Maybe { why: guess(name, cmdlet, entry, roles) }
    }

    /// The roles that are supported for a service.
    fn roles_in(&self, service: Service) -> Vec<&'static DirectoryRole> {
        self.roles.iter().copied().filter(|role| role.today.contains(service)).collect()
    }

    /// A token of an app that has this role alone.
    pub(crate) fn of_role(service: Service, role: &'static DirectoryRole) -> Self {
        Self { service, permissions: vec![PERMISSION.to_owned()], roles: vec![role], others: Vec::new() }
    }
}

/// The service's cmdlet, or why there is none.
fn known(service: Service, name: &CmdletName) -> Result<Cmdlet, Answer> {
    let unknown =
        || Answer::Maybe { why: Why::UnknownCmdlet { cmdlet: name.clone(), similar: closest(name.as_str()) } };
    let mut cmdlet = find(name).ok_or_else(unknown)?;
    if cmdlet.module_only() {
        let of_service = cmdlet.name().strip_prefix("Get-EXO").and_then(|noun| format!("Get-{noun}").parse().ok());
        let module_only = || Answer::No { why: Why::ModuleOnly { cmdlet: name.clone() } };
        cmdlet = of_service.and_then(|name| find(&name)).ok_or_else(module_only)?;
    }
    if cmdlet.services().contains(service) {
        return Ok(cmdlet);
    }
    let exists = cmdlet.services().iter().next().ok_or_else(unknown)?;
    Err(Answer::No { why: Why::WrongService { cmdlet: name.clone(), asked: service, exists } })
}

/// What the roles of 2022 say of a cmdlet of Exchange Online.
fn guess(name: &CmdletName, cmdlet: Cmdlet, entry: Entry, roles: Vec<&'static DirectoryRole>) -> Why {
    let name = name.clone();
    if roles.iter().all(|role| reported_missing(role, cmdlet.name())) {
        return Why::Unlikely { cmdlet: name, roles, needs: Vec::new() };
    }
    let held: Vec<_> =
        roles.iter().flat_map(|role| management_roles(role).into_iter().map(move |m| (*role, m))).collect();
    let proven = entry.proven();
    if let Some((role, through)) = held.iter().find(|(_, management)| proven.contains(management)) {
        return Why::Likely { cmdlet: name, role, through };
    }
    let needs = entry.at_most();
    let possible = needs.is_empty() || held.iter().any(|(_, management)| needs.contains(management));
    if possible { Why::Unpublished { cmdlet: name } } else { Why::Unlikely { cmdlet: name, roles, needs } }
}

/// What of a claim is repeated in a message.
fn shown(claim: &str) -> String {
    claim.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The application permission that both services ask for, each of its own resource.
pub const PERMISSION: &str = "Exchange.ManageAsApp";

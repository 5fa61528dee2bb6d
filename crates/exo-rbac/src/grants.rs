//! What a token's claims grant.

mod judge;

use crate::limits::limit;
use crate::{Answer, DirectoryRole, Grant, NO_ROLE, Need, Why, role_name};
use exo_catalog::{Cmdlet, closest, find};
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
        judge::cmdlet(self, &Asked { service, name, cmdlet })
    }

    /// Whether the app can give a parameter to a cmdlet; where nothing is known of the parameter, it is as its cmdlet.
    ///
    /// ```
    /// use exo_model::Service::Compliance;
    /// use exo_rbac::{Grants, PERMISSION};
    /// let global_administrator = "62e90394-69f5-4237-9190-012177145e10".to_owned();
    /// let grants = Grants::from_claims(Compliance, &[PERMISSION.to_owned()], &[global_administrator]);
    /// let answer = grants.parameter(Compliance, &"New-DlpComplianceRule".parse()?, "EndpointDlpRestrictions");
    /// assert!(answer.hint().is_some_and(|hint| hint.contains("Compliance Administrator")));
    /// # Ok::<(), exo_model::InvalidCmdletName>(())
    /// ```
    pub fn parameter(&self, service: Service, name: &CmdletName, parameter: &str) -> Answer {
        let of_cmdlet = self.cmdlet(service, name);
        match known(service, name) {
            Ok(cmdlet) if !of_cmdlet.is_no() && self.opens(service).is_yes() => {
                self.of_parameter(&Asked { service, name, cmdlet }, parameter).unwrap_or(of_cmdlet)
            }
            _ => of_cmdlet,
        }
    }

    /// The least sure answer of a cmdlet and its parameters.
    pub fn need(&self, need: &Need) -> Answer {
        let parameters = need.parameters.iter().map(|name| self.parameter(need.service, &need.cmdlet, name));
        parameters.fold(self.cmdlet(need.service, &need.cmdlet), Answer::less_sure)
    }

    /// Whether the roles allow what is needed, whatever Microsoft lists as unsupported.
    pub(crate) fn roles_open(&self, need: &Need) -> Answer {
        let (service, name) = (need.service, &need.cmdlet);
        let opens = self.opens(service);
        let cmdlet = match known(service, name) {
            Ok(_) if !opens.is_yes() => return opens,
            Ok(cmdlet) => cmdlet,
            Err(answer) => return answer,
        };
        let asked = Asked { service, name, cmdlet };
        let parameters = need.parameters.iter().filter_map(|parameter| self.of_parameter(&asked, parameter));
        parameters.fold(judge::cmdlet(self, &asked), Answer::less_sure)
    }

    /// What is known of a parameter of a service that is open, beyond what is known of its cmdlet.
    fn of_parameter(&self, asked: &Asked<'_>, parameter: &str) -> Option<Answer> {
        // The module's cmdlets have parameters of their own.
        if find(asked.name).is_some_and(Cmdlet::module_only) {
            return None;
        }
        let cmdlet = asked.name.clone();
        let Some(found) = asked.cmdlet.parameter(parameter) else {
            return Some(Answer::Maybe { why: Why::UnknownParameter { cmdlet, parameter: shown(parameter) } });
        };
        if !found.services().contains(asked.service) {
            let parameter = found.name().to_owned();
            let why = Why::OtherServicesParameter { cmdlet, parameter, asked: asked.service };
            return Some(Answer::Maybe { why });
        }
        judge::parameter(self, asked, found.name())
    }

    /// The roles that are supported for a service.
    pub(crate) fn roles_in(&self, service: Service) -> Vec<&'static DirectoryRole> {
        self.roles.iter().copied().filter(|role| role.today.contains(service)).collect()
    }

    /// A token of an app that has this role alone.
    pub(crate) fn of_role(service: Service, role: &'static DirectoryRole) -> Self {
        Self { service, permissions: vec![PERMISSION.to_owned()], roles: vec![role], others: Vec::new() }
    }
}

/// A cmdlet that a service has, by the name under which it was asked for.
struct Asked<'a> {
    service: Service,
    name: &'a CmdletName,
    cmdlet: Cmdlet,
}

/// The service's cmdlet, or why there is none.
fn known(service: Service, name: &CmdletName) -> Result<Cmdlet, Answer> {
    let unknown =
        || Answer::Maybe { why: Why::UnknownCmdlet { cmdlet: name.clone(), similar: closest(name.as_str()) } };
    let mut cmdlet = find(name).ok_or_else(unknown)?;
    if cmdlet.module_only() {
        let module_only = || Answer::No { why: Why::ModuleOnly { cmdlet: name.clone() } };
        cmdlet = cmdlet.of_service().ok_or_else(module_only)?;
    }
    if cmdlet.services().contains(service) {
        return Ok(cmdlet);
    }
    let exists = cmdlet.services().iter().next().ok_or_else(unknown)?;
    Err(Answer::No { why: Why::WrongService { cmdlet: name.clone(), asked: service, exists } })
}

/// What of a claim is repeated in a message.
fn shown(claim: &str) -> String {
    claim.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The application permission that both services ask for, each of its own resource.
pub const PERMISSION: &str = "Exchange.ManageAsApp";

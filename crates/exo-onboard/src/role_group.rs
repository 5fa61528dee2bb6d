//! Role groups of Exchange: a service principal must be known to a service before it can be a member.

use crate::{Error, ObjectId};
use exo_model::{AppId, CmdletName, Diagnose, ErrorKind, Invocation, Invoker, SeamError, Service};
use serde_json::Value;

/// The app as Exchange knows it: by the id of its service principal, not of its registration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Principal {
    /// The application (client) id.
    pub app_id: AppId,
    /// The id of the service principal.
    pub object_id: ObjectId,
    /// What people see.
    pub display_name: String,
}

impl Principal {
    /// An app by its ids and name.
    pub fn new(app_id: AppId, object_id: ObjectId, display_name: impl Into<String>) -> Self {
        Self { app_id, object_id, display_name: display_name.into() }
    }
}

/// What was done to make an app a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Joined {
    /// The service did not know the app before.
    pub registered: bool,
    /// The app was no member before.
    pub joined: bool,
}

/// Makes an app a member of a role group of a service, which it may be already; each service has its own groups.
///
/// The invoker is a session of somebody who may: an administrator, or an app that holds Organization Management.
///
/// # Errors
///
/// [`Error::Cmdlet`] with what the service said.
pub async fn join(
    invoker: &dyn Invoker,
    service: Service,
    principal: &Principal,
    role_group: &str,
) -> Result<Joined, Error> {
    let desk = Desk { invoker, service };
    let mut known = desk.known(principal).await?;
    let registered = known.is_none();
    if registered {
        let parameters = [
            ("AppId", principal.app_id.as_str()),
            ("ObjectId", principal.object_id.as_str()),
            ("DisplayName", &principal.display_name),
        ];
        known = desk.run_once("New-ServicePrincipal", &parameters).await?.into_iter().next();
    }
    let own = own_ids(principal, known.as_ref());
    let members = desk.run("Get-RoleGroupMember", &[("Identity", role_group)]).await?;
    if members.iter().any(|member| is_known_by(member, &own)) {
        return Ok(Joined { registered, joined: false });
    }
    let parameters = [("Identity", role_group), ("Member", principal.object_id.as_str())];
    desk.run_once("Add-RoleGroupMember", &parameters).await?;
    Ok(Joined { registered, joined: true })
}

/// The role groups of a service that an app is a direct member of, by their names; one call for each group that there is.
///
/// # Errors
///
/// [`Error::Cmdlet`] with what the service said.
pub async fn memberships(invoker: &dyn Invoker, service: Service, principal: &Principal) -> Result<Vec<String>, Error> {
    let desk = Desk { invoker, service };
    let Some(known) = desk.known(principal).await? else { return Ok(Vec::new()) };
    let own = own_ids(principal, Some(&known));
    let mut names = Vec::new();
    for group in desk.run("Get-RoleGroup", &[]).await? {
        let Some(name) = crate::read::text(&group, "Name") else { continue };
        let members = desk.run("Get-RoleGroupMember", &[("Identity", name)]).await?;
        if members.iter().any(|member| is_known_by(member, &own)) {
            // Security & Compliance has names without blanks, which nobody knows.
            names.push(crate::read::text(&group, "DisplayName").unwrap_or(name).to_owned());
        }
    }
    Ok(names)
}

/// Whoever runs the cmdlets.
struct Desk<'a> {
    invoker: &'a dyn Invoker,
    service: Service,
}

impl Desk<'_> {
    /// What the service knows of the app, if it knows it.
    async fn known(&self, principal: &Principal) -> Result<Option<Value>, Error> {
        let own = own_ids(principal, None);
        let all = self.run("Get-ServicePrincipal", &[]).await?;
        Ok(all.into_iter().find(|record| is_known_by(record, &own)))
    }

    /// All records of a call.
    async fn run(&self, cmdlet: &'static str, parameters: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        self.records(cmdlet, parameters).await.map_err(|source| Error::Cmdlet { cmdlet, source })
    }

    /// The same for a change, of which the service may say that it is so already.
    async fn run_once(&self, cmdlet: &'static str, parameters: &[(&str, &str)]) -> Result<Vec<Value>, Error> {
        match self.records(cmdlet, parameters).await {
            Err(error) if is_already_so(&error) => Ok(Vec::new()),
            outcome => outcome.map_err(|source| Error::Cmdlet { cmdlet, source }),
        }
    }

    async fn records(&self, cmdlet: &str, parameters: &[(&str, &str)]) -> Result<Vec<Value>, SeamError> {
        let name: CmdletName =
            cmdlet.parse().map_err(|_| SeamError::message(ErrorKind::Fault, format!("`{cmdlet}` is no name")))?;
        let call = Invocation::new(self.service, name);
        let call = parameters.iter().fold(call, |call, (name, value)| call.with(*name, *value));
        exo_model::read_all(self.invoker, call).await
    }
}

/// Whether a service refuses since the object, or the member, is there.
fn is_already_so(error: &SeamError) -> bool {
    let code = error.service_code().unwrap_or_default();
    error.kind() == ErrorKind::Refused && ALREADY.iter().any(|name| code.contains(name))
}

/// The ids that a record is known by. Names are left out: somebody else may have the same.
fn identities(record: &Value) -> impl Iterator<Item = &str> {
    let ids = IDENTITIES.iter().filter_map(|name| crate::read::text(record, name));
    ids.filter(|id| id.parse::<ObjectId>().is_ok() && *id != NOBODY)
}

/// All ids by which a member can be this app.
fn own_ids<'v>(principal: &'v Principal, known: Option<&'v Value>) -> Vec<&'v str> {
    let told = known.into_iter().flat_map(identities);
    told.chain([principal.object_id.as_str(), principal.app_id.as_str()]).collect()
}

fn is_known_by(record: &Value, any_of: &[&str]) -> bool {
    identities(record).any(|known| any_of.iter().any(|one| known.eq_ignore_ascii_case(one)))
}

/// Where records of service principals and members have ids; which of them are filled differs by service.
const IDENTITIES: &[&str] =
    &["ObjectId", "AppId", "ServiceId", "ExternalDirectoryObjectId", "Guid", "Id", "Identity", "Name"];

/// What stands where there is no id.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The exceptions of a second time.
const ALREADY: &[&str] = &["MemberAlreadyExists", "ADObjectAlreadyExists", "ObjectAlreadyExists"];

#[cfg(test)]
mod tests;

//! What an app has: registration, certificates, consents, directory roles.

use crate::read::{list, text};
use crate::{Error, Graph, ObjectId, Role, calls, key};
use exo_model::AppId;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What an app has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppState {
    /// The application (client) id.
    pub app_id: String,
    /// The id of the registration.
    pub application: String,
    /// What people see.
    pub display_name: String,
    /// Whether only the tenant's own accounts and apps may use it.
    pub single_tenant: bool,
    /// The permissions that it declares, which is not yet a consent.
    pub declared: Vec<AppRole>,
    /// Its certificates.
    pub certificates: Vec<KeyState>,
    /// Its secrets, which are passwords.
    pub secrets: Vec<KeyState>,
    /// What it is in this tenant, if anything.
    pub service_principal: Option<PrincipalState>,
}

/// A permission, by the resource that defines it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AppRole {
    /// The application id of the resource; that of its service principal where the resource is not there.
    pub resource_app_id: String,
    /// What the resource is called, where that is known.
    pub resource: Option<String>,
    /// The permission's id.
    pub id: String,
    /// What it is called, where that is known.
    pub value: Option<String>,
    /// Whether it is one of the app itself, and not one of users who sign in to it.
    pub application: bool,
}

/// A certificate or a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KeyState {
    /// By which it is removed.
    pub key_id: Option<String>,
    /// SHA-1 of a certificate, if it can be told.
    pub thumbprint: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// From when it holds, as Graph writes it.
    pub starts: Option<String>,
    /// Until when it holds, as Graph writes it.
    pub ends: Option<String>,
}

/// What an app is in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PrincipalState {
    /// The id by which Exchange and role assignments know it.
    pub id: String,
    /// Whether it may sign in.
    pub enabled: bool,
    /// The permissions that an administrator has consented to.
    pub consented: Vec<AppRole>,
    /// The directory roles that it holds.
    pub roles: Vec<RoleState>,
}

/// A directory role that an app holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RoleState {
    /// The role; a custom one has the id of its definition for a template's.
    pub role: Role,
    /// Where it holds: `/` is the whole tenant.
    pub scope: String,
}

impl RoleState {
    /// Whether it holds in the whole tenant, as Exchange needs it.
    pub fn is_tenant_wide(&self) -> bool {
        self.scope == "/"
    }
}

/// Looks at everything that an app has; changes nothing.
///
/// # Errors
///
/// [`Error::Gone`] if there is no such app; whatever kept a call from being answered.
pub async fn show(graph: &Graph, app_id: &AppId) -> Result<AppState, Error> {
    let found = graph.look(&calls::application_by_app_id(app_id.as_str())).await?;
    let Some(application) = found else { return Err(Error::Gone { app_id: app_id.to_string() }) };
    let mut resources = Resources { graph, known: BTreeMap::new() };
    let service_principal = match graph.look(&calls::service_principal(app_id.as_str())).await? {
        Some(principal) => Some(principal_state(graph, &mut resources, &principal).await?),
        None => None,
    };
    Ok(AppState {
        app_id: app_id.to_string(),
        application: text(&application, "id").unwrap_or_default().to_owned(),
        display_name: text(&application, "displayName").unwrap_or_default().to_owned(),
        single_tenant: text(&application, "signInAudience") == Some("AzureADMyOrg"),
        declared: declared(&application, &mut resources).await?,
        certificates: list(&application, "keyCredentials").iter().map(key_state).collect(),
        secrets: list(&application, "passwordCredentials").iter().map(key_state).collect(),
        service_principal,
    })
}

async fn principal_state(
    graph: &Graph,
    resources: &mut Resources<'_>,
    principal: &Value,
) -> Result<PrincipalState, Error> {
    let id = text(principal, "id").and_then(|id| id.parse::<ObjectId>().ok());
    let id = id.ok_or_else(|| Error::NotUnderstood {
        call: calls::service_principal("").name(),
        what: "the service principal has no id",
        client_request_id: String::new(),
    })?;
    let id = id.as_str();
    let consents = graph.persist(&calls::consents(id)).await?;
    let mut consented = Vec::new();
    for consent in list(&consents, "value") {
        let resource = text(consent, "resourceId").unwrap_or_default();
        let resource = resources.by_id(resource).await?;
        consented.push(app_role(&resource, text(consent, "appRoleId").unwrap_or_default(), true));
    }
    let roles = graph.persist(&calls::role_assignments(id)).await?;
    Ok(PrincipalState {
        id: id.to_owned(),
        // Where Graph leaves it out it is as by default.
        enabled: principal.get("accountEnabled").and_then(Value::as_bool).unwrap_or(true),
        consented,
        roles: list(&roles, "value").iter().filter_map(role_state).collect(),
    })
}

async fn declared(application: &Value, resources: &mut Resources<'_>) -> Result<Vec<AppRole>, Error> {
    let mut all = Vec::new();
    for entry in list(application, "requiredResourceAccess") {
        let resource = resources.by_app_id(text(entry, "resourceAppId").unwrap_or_default()).await?;
        for access in list(entry, "resourceAccess") {
            let id = text(access, "id").unwrap_or_default();
            all.push(app_role(&resource, id, text(access, "type") == Some("Role")));
        }
    }
    Ok(all)
}

fn app_role(resource: &Value, id: &str, application: bool) -> AppRole {
    let known = list(resource, "appRoles").iter().find(|role| crate::read::is(role, "id", id));
    AppRole {
        resource_app_id: text(resource, "appId").unwrap_or_default().to_ascii_lowercase(),
        resource: text(resource, "displayName").map(ToOwned::to_owned),
        id: id.to_ascii_lowercase(),
        value: known.and_then(|role| text(role, "value")).map(ToOwned::to_owned),
        application,
    }
}

fn key_state(key: &Value) -> KeyState {
    let owned = |name| text(key, name).map(ToOwned::to_owned);
    KeyState {
        key_id: owned("keyId"),
        thumbprint: key::thumbprint(key).map(|thumbprint| thumbprint.to_string()),
        name: owned("displayName"),
        starts: owned("startDateTime"),
        ends: owned("endDateTime"),
    }
}

fn role_state(assignment: &Value) -> Option<RoleState> {
    let definition = assignment.get("roleDefinition").unwrap_or(&Value::Null);
    let id: ObjectId = text(definition, "templateId").or_else(|| text(assignment, "roleDefinitionId"))?.parse().ok()?;
    let name = text(definition, "displayName").map_or_else(|| id.to_string(), ToOwned::to_owned);
    let scope = text(assignment, "directoryScopeId").unwrap_or_default().to_owned();
    Some(RoleState { role: Role { template_id: id, name }, scope })
}

/// The service principals of resources, each asked for once; one that is not there is known by its id alone.
struct Resources<'a> {
    graph: &'a Graph,
    known: BTreeMap<String, Value>,
}

impl Resources<'_> {
    async fn by_app_id(&mut self, app_id: &str) -> Result<Value, Error> {
        let nameless = serde_json::json!({ "appId": app_id });
        let is_guid = app_id.parse::<ObjectId>().is_ok();
        let known = self.known.values().find(|known| crate::read::is(known, "appId", app_id));
        if let Some(known) = known.cloned().or_else(|| (!is_guid).then(|| nameless.clone())) {
            return Ok(known);
        }
        let found = self.graph.look(&calls::service_principal(app_id)).await?.unwrap_or(nameless);
        self.known.insert(text(&found, "id").unwrap_or(app_id).to_owned(), found.clone());
        Ok(found)
    }

    async fn by_id(&mut self, id: &str) -> Result<Value, Error> {
        let nameless = serde_json::json!({ "appId": id });
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        if id.parse::<ObjectId>().is_err() {
            return Ok(nameless);
        }
        let found = self.graph.look(&calls::resource(id)).await?.unwrap_or(nameless);
        self.known.insert(id.to_owned(), found.clone());
        Ok(found)
    }
}

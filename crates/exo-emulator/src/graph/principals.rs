//! `servicePrincipals`: applications as they are in this tenant, and those of Microsoft that permissions are on.

use serde_json::{Map, Value, json};

use super::Call;
use super::caller::Deed;
use super::failure::Failure;
use super::keys::{missing, text, wrong_type};
use crate::answer::Answer;
use crate::dates;
use crate::directory::{Entries, Kind, Life, Principal, Resource, of_resource};

const SET: &str = "servicePrincipals";
const FILTERS: [&str; 6] =
    ["id", "appId", "displayName", "servicePrincipalNames", "servicePrincipalType", "accountEnabled"];
/// The tenant that Microsoft's own applications are at home in.
const MICROSOFT: &str = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

impl Call<'_> {
    pub(super) fn principals(&self, rest: &[&str]) -> Result<Answer, Failure> {
        match (self.method(), rest) {
            ("GET", []) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let seen = directory.principals.iter().filter(|known| known.life.is_seen(self.eye, self.now));
                self.list(SET, seen.map(|known| self.shown_principal(known)).collect(), &FILTERS)
            }
            ("POST", []) => self.create_principal(),
            ("GET", [key]) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let shown = self.shown_principal(self.principal(&directory, key)?);
                Ok(self.entity(200, SET, shown))
            }
            ("PATCH", [key]) => self.change_principal(key),
            ("DELETE", [key]) => self.delete_principal(key),
            (_, [key, "approleassignedto", rest @ ..]) => self.grants(key, super::grants::Side::Resource, rest),
            (_, [key, "approleassignments", rest @ ..]) => self.grants(key, super::grants::Side::Client, rest),
            (_, [] | [_]) => Err(Self::no_method()),
            (_, [.., word]) => Err(Failure::no_segment(word)),
        }
    }

    /// The service principal of that object id, or of that `appid=`.
    pub(super) fn principal<'d>(&self, directory: &'d Entries, key: &str) -> Result<&'d Principal, Failure> {
        let found = match key.strip_prefix("appid=") {
            Some(app_id) => directory.principal_of(app_id, self.eye, self.now),
            None => directory.principal(key, self.eye, self.now),
        };
        found.ok_or_else(|| Failure::not_found(key))
    }

    fn own_principal(&self, directory: &Entries, key: &str) -> Result<Principal, Failure> {
        let found = self.principal(directory, key)?;
        let own = self.caller.principal.is_some() && found.owner == self.caller.principal;
        self.caller.check(Deed::WriteApps { own })?;
        Ok(found.clone())
    }

    fn shown_principal(&self, principal: &Principal) -> Value {
        let is_microsoft = Resource::find(&principal.app_id).is_some();
        let home = if is_microsoft { MICROSOFT } else { &self.world.tenant.id };
        let roles = principal.roles.iter().map(|role| {
            json!({
                "allowedMemberTypes": ["Application"],
                "description": role.value,
                "displayName": role.value,
                "id": role.id,
                "isEnabled": true,
                "origin": "Application",
                "value": role.value,
            })
        });
        json!({
            "id": principal.id,
            "appId": principal.app_id,
            "displayName": principal.display_name,
            "appDisplayName": principal.display_name,
            "appOwnerOrganizationId": if principal.managed_identity { Value::Null } else { json!(home) },
            "accountEnabled": principal.enabled,
            "appRoleAssignmentRequired": false,
            "appRoles": roles.collect::<Vec<_>>(),
            "createdDateTime": dates::utc(principal.created * 1000),
            "deletedDateTime": null,
            "keyCredentials": [],
            "passwordCredentials": [],
            "servicePrincipalNames": principal.names,
            "servicePrincipalType": if principal.managed_identity { "ManagedIdentity" } else { "Application" },
            "signInAudience": if is_microsoft { "AzureADMultipleOrgs" } else { "AzureADMyOrg" },
            "tags": [],
        })
    }

    fn create_principal(&self) -> Result<Answer, Failure> {
        let body = self.body()?;
        let app_id = text(&body, "appId")?.ok_or_else(|| missing("appId"))?;
        let mut directory = self.world.directory.write();
        let of = directory.application_of(app_id, self.eye, self.now);
        let own = self.caller.principal.is_some() && of.is_some_and(|of| of.owner == self.caller.principal);
        self.caller.check(Deed::WriteApps { own })?;
        let is_there = |known: &Principal| known.app_id.eq_ignore_ascii_case(app_id) && known.life.lasts();
        if directory.principals.iter().any(is_there) {
            let text = format!(
                "The service principal cannot be created, updated, or restored because the service principal name \
                 {app_id} is already in use."
            );
            return Err(Failure::new(409, "Request_MultipleObjectsWithSameKeyValue", text));
        }
        let resource = Resource::find(app_id).filter(|_| self.world.tenant.graph.entitled);
        let usual = match (of, resource) {
            (Some(of), _) => Principal {
                app_id: of.app_id.clone(),
                display_name: of.display_name.clone(),
                names: vec![of.app_id.clone()],
                roles: &[],
                ..of_resource(&self.world.tenant, crate::directory::RESOURCES[0])
            },
            (None, Some(resource)) => of_resource(&self.world.tenant, resource),
            (None, None) => {
                let text = format!(
                    "The appId '{app_id}' of the service principal does not reference a valid application object."
                );
                return Err(Failure::new(400, "NoBackingApplicationObject", text));
            }
        };
        let mut made = Principal {
            id: self.world.fresh_guid(),
            owner: self.caller.principal.clone(),
            created: self.now / 1000,
            life: Life::begun(Kind::Principal, &self.world.moment()),
            ..usual
        };
        amend(&mut made, &body)?;
        let shown = self.shown_principal(&made);
        let place = self.url(&format!("servicePrincipals/{}", made.id));
        let id = made.id.clone();
        directory.amend(app_id, |app| app.with_principal_id(id));
        directory.principals.push(made);
        Ok(self.entity(201, SET, shown).with("location", place))
    }

    fn change_principal(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let mut changed = self.own_principal(&directory, key)?;
        let body = self.body()?;
        if body.contains_key("appId") {
            return Err(Failure::bad("Property 'appId' is read-only and cannot be set."));
        }
        let before = changed.enabled;
        amend(&mut changed, &body)?;
        if changed.enabled != before {
            changed.switched_until = self.world.moment().known_to_tokens(Kind::Principal);
        }
        if let Some(place) = directory.principals.iter_mut().find(|known| known.id == changed.id) {
            *place = changed;
        }
        Ok(Answer::empty(204))
    }

    fn delete_principal(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let gone = self.own_principal(&directory, key)?;
        directory.remove_principal(&gone.id, &self.world.moment());
        Ok(Answer::empty(204))
    }
}

/// Sets what a body says, as far as it shows anywhere.
fn amend(principal: &mut Principal, body: &Map<String, Value>) -> Result<(), Failure> {
    for (name, value) in body {
        match (name.as_str(), value) {
            ("accountEnabled", Value::Bool(enabled)) => principal.enabled = *enabled,
            ("displayName", Value::String(name)) => name.clone_into(&mut principal.display_name),
            ("accountEnabled" | "displayName", _) => return Err(wrong_type(name)),
            ("appId" | "tags" | "notes" | "description" | "appRoleAssignmentRequired" | "servicePrincipalType", _) => {}
            _ if name.starts_with('@') => {}
            _ => return Err(Failure::bad(format!("Invalid property '{name}'."))),
        }
    }
    Ok(())
}

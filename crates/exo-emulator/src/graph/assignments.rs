//! `roleManagement/directory`: who has which directory role.

use serde_json::{Value, json};

use super::Call;
use super::caller::Deed;
use super::failure::Failure;
use super::keys::{missing, text};
use super::settings::Conflict;
use crate::answer::Answer;
use crate::directory::{Assignment, Entries, Kind, Life};

const SET: &str = "roleManagement/directory/roleAssignments";
const DEFINITIONS: &str = "roleManagement/directory/roleDefinitions";
const FILTERS: [&str; 4] = ["id", "principalId", "roleDefinitionId", "directoryScopeId"];

impl Call<'_> {
    pub(super) fn assignments(&self, rest: &[&str]) -> Result<Answer, Failure> {
        match (self.method(), rest) {
            ("GET", []) => {
                self.caller.check(Deed::ReadRoles)?;
                let directory = self.world.directory.read();
                let seen = directory.assignments.iter().filter(|known| known.life.is_seen(self.eye, self.now));
                let shown = seen.map(|known| self.shown_assignment(&directory, known));
                self.list(SET, shown.collect(), &FILTERS)
            }
            ("GET", [id]) => {
                self.caller.check(Deed::ReadRoles)?;
                let directory = self.world.directory.read();
                let shown = self.shown_assignment(&directory, self.assignment(&directory, id)?);
                Ok(self.entity(200, SET, shown))
            }
            ("POST", []) => self.create_assignment(),
            ("DELETE", [id]) => {
                self.caller.check(Deed::AssignRole)?;
                let mut directory = self.world.directory.write();
                let id = self.assignment(&directory, id)?.id.clone();
                let moment = self.world.moment();
                for known in directory.assignments.iter_mut().filter(|known| known.id == id) {
                    known.life.end(&moment);
                }
                Ok(Answer::empty(204))
            }
            (_, [] | [_]) => Err(Self::no_method()),
            (_, [.., word]) => Err(Failure::no_segment(word)),
        }
    }

    fn assignment<'d>(&self, directory: &'d Entries, id: &str) -> Result<&'d Assignment, Failure> {
        let found = directory
            .assignments
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(id) && known.life.is_seen(self.eye, self.now));
        found.ok_or_else(|| Failure::not_found(id))
    }

    fn shown_assignment(&self, directory: &Entries, assignment: &Assignment) -> Value {
        let mut shown = json!({
            "id": assignment.id,
            "principalId": assignment.principal,
            "directoryScopeId": assignment.scope,
            "roleDefinitionId": assignment.definition,
        });
        if self.expands("roleDefinition") {
            shown["roleDefinition"] = definition(&assignment.definition).unwrap_or(Value::Null);
        }
        if self.expands("principal") {
            let principal = directory.principals.iter().find(|known| known.id == assignment.principal);
            shown["principal"] = principal.map_or(Value::Null, |principal| {
                json!({
                    "@odata.type": "#microsoft.graph.servicePrincipal",
                    "id": principal.id,
                    "appId": principal.app_id,
                    "displayName": principal.display_name,
                })
            });
        }
        shown
    }

    fn create_assignment(&self) -> Result<Answer, Failure> {
        self.caller.check(Deed::AssignRole)?;
        let body = self.body()?;
        let member = |name: &'static str| text(&body, name)?.ok_or_else(|| missing(name));
        let (role, principal) = (member("roleDefinitionId")?, member("principalId")?);
        let scope = member("directoryScopeId")?;
        let Some((role, _)) = ROLES.iter().find(|(id, _)| id.eq_ignore_ascii_case(role)) else {
            return Err(Failure::bad(format!("The role definition '{role}' does not exist.")));
        };
        if !scope.starts_with('/') {
            return Err(Failure::bad("Invalid value specified for property 'directoryScopeId' of resource."));
        }
        let mut directory = self.world.directory.write();
        let Some(principal) = directory.principal(principal, self.eye, self.now).map(|known| known.id.clone()) else {
            let (status, gone) = (self.world.tenant.graph.reference_status, Failure::not_found(principal));
            return Err(match status {
                404 => gone,
                _ => Failure { status, code: "Request_BadRequest", ..gone },
            });
        };
        let is_same = |known: &Assignment| {
            known.principal == principal && known.definition == *role && known.scope == scope && known.life.lasts()
        };
        if directory.assignments.iter().any(is_same) {
            return Err(self.assigned_already());
        }
        let life = Life::begun(Kind::Role, &self.world.moment());
        let (definition, scope) = ((*role).to_owned(), scope.to_owned());
        let made = Assignment { id: self.world.fresh_guid(), principal, definition, scope, life };
        let shown = self.shown_assignment(&directory, &made);
        directory.assignments.push(made);
        Ok(self.entity(201, SET, shown))
    }

    fn assigned_already(&self) -> Failure {
        let text =
            "A conflicting object with one or more of the specified property values is present in the directory.";
        match self.world.tenant.graph.conflict {
            Conflict::BadRequest => Failure::bad(text),
            Conflict::Conflict => Failure::new(409, "Request_MultipleObjectsWithSameKeyValue", text),
        }
    }

    pub(super) fn definitions(&self, rest: &[&str]) -> Result<Answer, Failure> {
        if self.method() != "GET" {
            return Err(Self::no_method());
        }
        self.caller.check(Deed::ReadRoles)?;
        match rest {
            [] => {
                let all = ROLES.iter().filter_map(|(id, _)| definition(id)).collect();
                self.list(DEFINITIONS, all, &["id", "displayName", "templateId", "isBuiltIn"])
            }
            [id] => {
                let found = definition(id).ok_or_else(|| Failure::not_found(id))?;
                Ok(self.entity(200, DEFINITIONS, found))
            }
            [.., word] => Err(Failure::no_segment(word)),
        }
    }
}

/// A built-in definition; its id is that of its template.
fn definition(id: &str) -> Option<Value> {
    let (id, name) = ROLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(id))?;
    Some(json!({
        "id": id,
        "templateId": id,
        "displayName": name,
        "description": format!("The built-in role {name}."),
        "isBuiltIn": true,
        "isEnabled": true,
        "resourceScopes": ["/"],
        "version": "1",
    }))
}

/// Built-in directory roles: template id and name.
const ROLES: [(&str, &str); 12] = [
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator"),
    ("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("e6d1a23a-da11-4be4-9570-befc86d067a7", "Compliance Data Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
];

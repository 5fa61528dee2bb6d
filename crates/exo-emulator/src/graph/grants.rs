//! `appRoleAssignments` and `appRoleAssignedTo`: consent to application permissions, from both of its sides.

use serde_json::{Value, json};

use super::Call;
use super::caller::Deed;
use super::failure::Failure;
use super::keys::{missing, text};
use super::settings::Conflict;
use crate::answer::Answer;
use crate::dates;
use crate::directory::{Entries, GRAPH, Grant, Kind, Life, Principal};

/// Whose grants a path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Those that a client was given.
    Client,
    /// Those that were given on a resource.
    Resource,
}

impl Side {
    const fn set(self) -> &'static str {
        match self {
            Self::Client => "appRoleAssignments",
            Self::Resource => "appRoleAssignedTo",
        }
    }

    fn is_of(self, grant: &Grant, principal: &Principal) -> bool {
        match self {
            Self::Client => grant.principal == principal.id,
            Self::Resource => grant.resource == principal.id,
        }
    }
}

const FILTERS: [&str; 4] = ["id", "appRoleId", "principalId", "resourceId"];

impl Call<'_> {
    pub(super) fn grants(&self, key: &str, side: Side, rest: &[&str]) -> Result<Answer, Failure> {
        match (self.method(), rest) {
            ("GET", []) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let of = self.principal(&directory, key)?;
                let seen = directory.grants.iter().filter(|grant| grant.life.is_seen(self.eye, self.now));
                let its = seen.filter(|grant| side.is_of(grant, of)).map(|grant| Self::shown_grant(&directory, grant));
                self.list(side.set(), its.collect(), &FILTERS)
            }
            ("GET", [id]) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let grant = self.grant(&directory, key, side, id)?;
                let shown = Self::shown_grant(&directory, grant);
                Ok(self.entity(200, side.set(), shown))
            }
            ("POST", []) => self.create_grant(key, side),
            ("DELETE", [id]) => {
                let mut directory = self.world.directory.write();
                let grant = self.grant(&directory, key, side, id)?.clone();
                self.check_grant(&directory, &grant.resource)?;
                let moment = self.world.moment();
                for known in directory.grants.iter_mut().filter(|known| known.id == grant.id) {
                    known.life.end(&moment);
                }
                Ok(Answer::empty(204))
            }
            (_, [] | [_]) => Err(Self::no_method()),
            (_, [.., word]) => Err(Failure::no_segment(word)),
        }
    }

    fn grant<'d>(&self, directory: &'d Entries, key: &str, side: Side, id: &str) -> Result<&'d Grant, Failure> {
        let of = self.principal(directory, key)?;
        let found = directory.grants.iter().find(|grant| {
            grant.id.eq_ignore_ascii_case(id) && side.is_of(grant, of) && grant.life.is_seen(self.eye, self.now)
        });
        found.ok_or_else(|| Failure::not_found(id))
    }

    /// Refuses a caller who may not grant what is on this resource.
    fn check_grant(&self, directory: &Entries, resource: &str) -> Result<(), Failure> {
        let of_graph = directory.principals.iter().any(|known| known.id == resource && known.app_id == GRAPH.app_id);
        self.caller.check(Deed::Grant { of_graph })
    }

    fn shown_grant(directory: &Entries, grant: &Grant) -> Value {
        let name = |id: &str| directory.principals.iter().find(|known| known.id == id).map(|known| &known.display_name);
        json!({
            "id": grant.id,
            "appRoleId": grant.role,
            "createdDateTime": dates::utc(grant.created * 1000),
            "deletedDateTime": null,
            "principalDisplayName": name(&grant.principal),
            "principalId": grant.principal,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": name(&grant.resource),
            "resourceId": grant.resource,
        })
    }

    fn create_grant(&self, key: &str, side: Side) -> Result<Answer, Failure> {
        let body = self.body()?;
        let mut directory = self.world.directory.write();
        let of = self.principal(&directory, key)?.id.clone();
        let member = |name: &'static str| text(&body, name)?.ok_or_else(|| missing(name));
        let (principal, resource, role) = (member("principalId")?, member("resourceId")?, member("appRoleId")?);
        self.check_grant(&directory, resource)?;
        let own = if side == Side::Client { principal } else { resource };
        if !own.eq_ignore_ascii_case(&of) {
            return Err(Failure::bad("The object in the path is not the one that the body names."));
        }
        let status = self.world.tenant.graph.reference_status;
        let unseen = || Failure::new(status, "Request_BadRequest", "Not a valid reference update.");
        let principal = directory.principal(principal, self.eye, self.now).ok_or_else(unseen)?.id.clone();
        let resource = directory.principal(resource, self.eye, self.now).ok_or_else(unseen)?;
        let Some(known) = resource.roles.iter().find(|known| known.id.eq_ignore_ascii_case(role)) else {
            let text = format!("Permission being assigned was not found on application '{}'.", resource.app_id);
            return Err(Failure::bad(text));
        };
        let (resource, role) = (resource.id.clone(), known.id.to_owned());
        let is_same = |known: &Grant| {
            known.principal == principal && known.resource == resource && known.role == role && known.life.lasts()
        };
        if directory.grants.iter().any(is_same) {
            return Err(self.granted_already());
        }
        let life = Life::begun(Kind::Grant, &self.world.moment());
        let id = self.world.fresh_guid();
        let grant = Grant { id, principal, resource, role, created: self.now / 1000, life };
        let shown = Self::shown_grant(&directory, &grant);
        directory.grants.push(grant);
        Ok(self.entity(201, side.set(), shown))
    }

    fn granted_already(&self) -> Failure {
        match self.world.tenant.graph.conflict {
            Conflict::BadRequest => Failure::bad("Permission being assigned already exists on the object"),
            Conflict::Conflict => {
                let text = "EntitlementGrant entry already exists.";
                Failure::new(409, "Request_MultipleObjectsWithSameKeyValue", text)
            }
        }
    }
}

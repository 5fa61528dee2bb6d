//! What each step asks, what it makes of the answer, and what it sends: the one description of plan and execution.

use crate::call::Call;
use crate::read::{is, list, text};
use crate::{Kept, Namesake, ObjectId, Permission, Retire, Role, Step, calls, key};
use exo_cert::Certificate;
use exo_model::Service;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that calls are made of: what is wanted, what is kept, what was found on the way.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    /// What the app is called.
    pub(crate) name: &'a str,
    /// The services that it declares.
    pub(crate) services: &'a [Service],
    /// The certificate that it signs in with.
    pub(crate) certificate: Option<&'a Certificate>,
    /// The certificates that go.
    pub(crate) retire: &'a Retire,
    pub(crate) kept: Kept,
    /// The service principal of each service, and the id of the permission among its app roles.
    pub(crate) resources: BTreeMap<Service, Resource>,
}

/// The service principal of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) id: ObjectId,
    pub(crate) app_role: ObjectId,
}

/// What a step makes of what it saw.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is there: nothing is to be done.
    There,
    /// It lacks: this is to be sent.
    Lacking(Call),
    /// What it belongs to is not seen yet.
    Unseen,
    /// Others have the name.
    Taken(Vec<Namesake>),
}

impl<'a> Facts<'a> {
    /// What is known of an app before the first step.
    pub(crate) fn of(kept: Kept) -> Facts<'a> {
        let resources = BTreeMap::new();
        Self { name: "", services: &[], certificate: None, retire: &Retire::Nothing, kept, resources }
    }

    /// What a step asks first.
    pub(crate) fn look(&self, step: &Step) -> Call {
        match step {
            Step::Name => calls::applications_named(self.name),
            Step::Application => match self.kept.app_id() {
                Some(app_id) => calls::application_by_app_id(app_id.as_str()),
                None => calls::application_by_marker(&self.kept.unique_name()),
            },
            Step::Permissions | Step::Certificate | Step::Retire => calls::application(&self.application()),
            Step::ServicePrincipal => calls::service_principal(&self.app_id()),
            Step::Resource(service) => calls::service_principal(Permission::of(*service).resource_app_id),
            Step::Consent(_) | Step::Revoke(_) => calls::consents(&self.service_principal()),
            Step::Role(_) | Step::Unassign(_) | Step::SignIn(_) => calls::role_assignments(&self.service_principal()),
        }
    }

    /// What a step makes of what it saw: nothing where there is no such object.
    pub(crate) fn judge(&self, step: &Step, seen: Option<&Value>) -> Verdict {
        let lacking = |is_there: bool, call: Call| if is_there { Verdict::There } else { Verdict::Lacking(call) };
        let Some(seen) = seen else { return self.absent(step) };
        match step {
            Step::Name => name_is_free(seen),
            Step::Application | Step::ServicePrincipal | Step::Resource(_) | Step::SignIn(_) => Verdict::There,
            Step::Permissions => {
                let all = self.services.iter().all(|service| calls::declares(seen, *service));
                let declared = list(seen, "requiredResourceAccess");
                lacking(all, calls::declare(&self.application(), declared, self.services))
            }
            Step::Certificate => self.certificate.map_or(Verdict::There, |certificate| {
                let keys = list(seen, "keyCredentials");
                let call = calls::replace_keys(&self.application(), keys, Some(certificate));
                lacking(key::of(seen, certificate).is_some(), call)
            }),
            Step::Retire => self.certificate.map_or(Verdict::There, |new| self.retired(seen, new)),
            Step::Consent(service) => {
                let (resource, app_role) = self.resource(*service);
                let call = calls::consent(&self.service_principal(), &resource, &app_role);
                lacking(self.consent_in(seen, *service).is_some(), call)
            }
            Step::Revoke(service) => self
                .consent_in(seen, *service)
                .map_or(Verdict::There, |id| Verdict::Lacking(calls::revoke(&self.resource(*service).0, id))),
            Step::Role(role) => {
                lacking(assignment_in(seen, role).is_some(), calls::assign_role(&self.service_principal(), role))
            }
            Step::Unassign(role) => {
                assignment_in(seen, role).map_or(Verdict::There, |id| Verdict::Lacking(calls::unassign_role(id)))
            }
        }
    }

    /// No certificate goes before the new one is seen among them: whoever sent back what an old copy shows would remove it.
    fn retired(&self, application: &Value, new: &Certificate) -> Verdict {
        if key::of(application, new).is_none() {
            return Verdict::Unseen;
        }
        let keys = list(application, "keyCredentials");
        let left = self.retire.left(keys, new.thumbprint());
        if left.len() == keys.len() {
            return Verdict::There;
        }
        Verdict::Lacking(calls::replace_keys(&self.application(), &left, None))
    }

    /// The id of the app's consent to a service's permission.
    fn consent_in<'v>(&self, seen: &'v Value, service: Service) -> Option<&'v str> {
        let (resource, app_role) = self.resource(service);
        let same = |one: &&Value| is(one, "resourceId", &resource) && is(one, "appRoleId", &app_role);
        text(list(seen, "value").iter().find(same)?, "id")
    }

    /// What a step makes of an object that is not there.
    fn absent(&self, step: &Step) -> Verdict {
        match step {
            Step::Application if self.kept.app_id().is_none() => {
                Verdict::Lacking(calls::create_application(&self.kept.unique_name(), self.name, self.services))
            }
            Step::ServicePrincipal => Verdict::Lacking(calls::create_service_principal(&self.app_id())),
            Step::Resource(service) => {
                Verdict::Lacking(calls::create_service_principal(Permission::of(*service).resource_app_id))
            }
            _ => Verdict::Unseen,
        }
    }

    /// Takes from an answer what later steps are made of; whether it held that.
    pub(crate) fn learn(&mut self, step: &Step, answer: &Value) -> bool {
        let id = |name: &str| text(answer, name).and_then(|id| id.parse::<ObjectId>().ok());
        match step {
            Step::Application => {
                let (Some(app_id), Some(application)) = (id("appId"), id("id")) else { return false };
                self.kept.found_application(app_id, application);
            }
            Step::Certificate => {
                let Some(certificate) = self.certificate else { return true };
                let entry = key::of(answer, certificate).and_then(|entry| text(entry, "keyId"));
                let Some(id) = entry.and_then(|id| id.parse().ok()) else { return false };
                self.kept.found_key(certificate.thumbprint(), id);
            }
            Step::ServicePrincipal => {
                let Some(id) = id("id") else { return false };
                self.kept.found_service_principal(id);
            }
            Step::Resource(service) => {
                let Some(id) = id("id") else { return false };
                self.resources.insert(*service, Resource { id, app_role: app_role(answer, *service) });
            }
            _ => {}
        }
        true
    }

    // What is not known yet stands in braces: so do plans show it, and no address can hold it.

    fn app_id(&self) -> String {
        self.kept.app_id().map_or_else(|| "{app id}".to_owned(), |id| id.to_string())
    }

    fn application(&self) -> String {
        shown(self.kept.application(), "{object id of the app}")
    }

    fn service_principal(&self) -> String {
        shown(self.kept.service_principal(), "{object id of the service principal}")
    }

    fn resource(&self, service: Service) -> (String, String) {
        if let Some(resource) = self.resources.get(&service) {
            return (resource.id.to_string(), resource.app_role.to_string());
        }
        let permission = Permission::of(service);
        (format!("{{object id of {}}}", permission.resource), permission.id.to_owned())
    }
}

/// A name identifies nothing: whoever has it already is told of.
fn name_is_free(seen: &Value) -> Verdict {
    let same: Vec<Namesake> = list(seen, "value").iter().filter_map(Namesake::of).collect();
    if same.is_empty() { Verdict::There } else { Verdict::Taken(same) }
}

fn shown(id: Option<&ObjectId>, unknown: &str) -> String {
    id.map_or_else(|| unknown.to_owned(), ToString::to_string)
}

/// The id of the permission among a resource's app roles; the published one for a resource that does not tell.
fn app_role(resource: &Value, service: Service) -> ObjectId {
    let permission = Permission::of(service);
    let named = list(resource, "appRoles").iter().find(|role| text(role, "value") == Some(permission.value));
    let told = named.and_then(|role| text(role, "id")?.parse().ok());
    told.unwrap_or_else(|| ObjectId::published(permission.id))
}

/// The id of the assignment of a role for the whole tenant.
fn assignment_in<'v>(seen: &'v Value, role: &Role) -> Option<&'v str> {
    text(list(seen, "value").iter().find(|one| is_tenant_wide(one, role))?, "id")
}

/// Whether an assignment is that of a role for the whole tenant.
pub(crate) fn is_tenant_wide(assignment: &Value, role: &Role) -> bool {
    let id = role.template_id.as_str();
    let definition = assignment.get("roleDefinition").is_some_and(|role| is(role, "templateId", id));
    (is(assignment, "roleDefinitionId", id) || definition) && text(assignment, "directoryScopeId") == Some("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_published_ids_are_guids() {
        for service in Service::ALL {
            assert_eq!(app_role(&json!({}), *service).as_str(), Permission::of(*service).id);
        }
    }

    #[test]
    fn a_permission_is_found_by_its_value() {
        let resource = json!({ "appRoles": [
            { "value": "Exchange.ManageAsAppV2", "id": "ea3d980d-ebc7-4be4-8298-a167e5b8797c" },
            { "value": "Exchange.ManageAsApp", "id": "11111111-2222-4333-8444-555555555555" },
        ] });
        assert_eq!(app_role(&resource, Service::Exchange).as_str(), "11111111-2222-4333-8444-555555555555");
    }

    #[test]
    fn a_role_in_a_scope_is_not_the_role() {
        let role = Role::new("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader").unwrap();
        let held = |scope: &str| {
            is_tenant_wide(&json!({ "roleDefinitionId": role.template_id, "directoryScopeId": scope }), &role)
        };
        assert!(held("/") && !held("/administrativeUnits/x"));
    }
}

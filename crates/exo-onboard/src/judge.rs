//! What each step asks, what it makes of the answer, and what it sends: the one description of plan and execution.

use crate::call::Call;
use crate::read::{is, list, text};
use crate::{Kept, Namesake, ObjectId, Permission, Role, SameName, Step, Wanted, calls};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::Certificate;
use exo_model::Service;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that calls are made of: what is wanted, what is kept, what was found on the way.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) wanted: &'a Wanted,
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

impl Facts<'_> {
    /// The steps of a whole set-up, in order; signing in is not among them, for it is no call of Graph.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let Wanted { services, roles, .. } = self.wanted;
        let new = self.kept.app_id().is_none() && !self.kept.is_begun();
        let name = (new && self.wanted.same_name == SameName::Tell).then_some(Step::Name);
        let first = [Step::Application, Step::Permissions, Step::Certificate, Step::ServicePrincipal];
        let resources = services.iter().copied().map(Step::Resource);
        let consents = services.iter().copied().map(Step::Consent);
        let roles = roles.iter().cloned().map(Step::Role);
        name.into_iter().chain(first).chain(resources).chain(consents).chain(roles).collect()
    }

    /// What a step asks first.
    pub(crate) fn look(&self, step: &Step) -> Call {
        match step {
            Step::Name => calls::applications_named(&self.wanted.display_name),
            Step::Application => match self.kept.app_id() {
                Some(app_id) => calls::application_by_app_id(app_id.as_str()),
                None => calls::application_by_marker(&self.kept.unique_name()),
            },
            Step::Permissions | Step::Certificate => calls::application(&self.application()),
            Step::ServicePrincipal => calls::service_principal(&self.app_id()),
            Step::Resource(service) => calls::service_principal(Permission::of(*service).resource_app_id),
            Step::Consent(_) => calls::consents(&self.service_principal()),
            Step::Role(_) | Step::SignIn(_) => calls::role_assignments(&self.service_principal()),
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
                let services = &self.wanted.services;
                let all = services.iter().all(|service| calls::declares(seen, *service));
                lacking(all, calls::declare(&self.application(), list(seen, "requiredResourceAccess"), services))
            }
            Step::Certificate => {
                let keys = list(seen, "keyCredentials");
                let with = [keys, &[calls::key(&self.wanted.certificate)]].concat();
                let attached = keys.iter().any(|key| is_key_of(key, &self.wanted.certificate));
                lacking(attached, calls::replace_keys(&self.application(), &with))
            }
            Step::Consent(service) => {
                let (resource, app_role) = self.resource(*service);
                let mut consents = list(seen, "value").iter();
                let given = consents.any(|one| is(one, "resourceId", &resource) && is(one, "appRoleId", &app_role));
                lacking(given, calls::consent(&self.service_principal(), &resource, &app_role))
            }
            Step::Role(role) => {
                let held = list(seen, "value").iter().any(|one| is_tenant_wide(one, role));
                lacking(held, calls::assign_role(&self.service_principal(), role))
            }
        }
    }

    /// What a step makes of an object that is not there.
    fn absent(&self, step: &Step) -> Verdict {
        match step {
            Step::Application if self.kept.app_id().is_none() => Verdict::Lacking(calls::create_application(
                &self.kept.unique_name(),
                &self.wanted.display_name,
                &self.wanted.services,
            )),
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

/// Whether an entry of `keyCredentials` is this certificate.
///
/// Graph gives the thumbprint as hexadecimal digits or as base64 of its bytes, and the certificate itself only where it
/// was asked for.
pub(crate) fn is_key_of(key: &Value, certificate: &Certificate) -> bool {
    let thumbprint = certificate.thumbprint();
    let by_name = text(key, "customKeyIdentifier")
        .is_some_and(|id| id.eq_ignore_ascii_case(&thumbprint.to_string()) || id == thumbprint.base64());
    by_name || text(key, "key").and_then(|key| STANDARD.decode(key).ok()).is_some_and(|der| der == certificate.der())
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
    fn a_key_is_known_by_either_form_of_its_thumbprint_or_by_itself() {
        let certificate = Certificate::from_bytes(include_bytes!("../../exo-cert/tests/data/contoso.crt")).unwrap();
        let thumbprint = certificate.thumbprint();
        for known in [
            json!({ "customKeyIdentifier": thumbprint.to_string() }),
            json!({ "customKeyIdentifier": thumbprint.to_string().to_lowercase() }),
            json!({ "customKeyIdentifier": thumbprint.base64(), "key": null }),
            json!({ "key": STANDARD.encode(certificate.der()) }),
        ] {
            assert!(is_key_of(&known, &certificate), "{known}");
        }
        for other in [json!({}), json!({ "customKeyIdentifier": "" }), json!({ "key": "AAAA" }), json!({ "key": "%" })]
        {
            assert!(!is_key_of(&other, &certificate), "{other}");
        }
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

//! Every call of Microsoft Graph that this crate makes; there is no other place that knows a path.

use crate::call::{Call, encoded, literal};
use crate::{Permission, Privilege, Role};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_cert::Certificate;
use exo_model::Service;
use serde_json::{Value, json};

/// What is read of an app registration; `keyCredentials` with their keys come only where they are named.
const APPLICATION: &str = "$select=id,appId,displayName,uniqueName,signInAudience,requiredResourceAccess,\
                           keyCredentials,passwordCredentials";

const SERVICE_PRINCIPAL: &str = "$select=id,appId,displayName,accountEnabled,appRoles";

pub(crate) fn application_by_marker(unique_name: &str) -> Call {
    Call::get(format!("/applications(uniqueName='{unique_name}')?{APPLICATION}"), Privilege::ReadApps)
}

pub(crate) fn application_by_app_id(app_id: &str) -> Call {
    Call::get(format!("/applications(appId='{app_id}')?{APPLICATION}"), Privilege::ReadApps)
}

pub(crate) fn application(id: &str) -> Call {
    Call::get(format!("/applications/{id}?{APPLICATION}"), Privilege::ReadApps)
}

pub(crate) fn applications_named(display_name: &str) -> Call {
    let name = literal(display_name);
    let path = format!("/applications?$filter=displayName%20eq%20{name}&$select=id,appId,displayName,createdDateTime");
    Call::list(path, Privilege::ReadApps)
}

/// Makes the app if there is none with this marker; otherwise changes it to what it is already.
///
/// Documented as the upsert of applications: the one way to create an app of which a lost answer makes no second one.
pub(crate) fn create_application(unique_name: &str, display_name: &str, services: &[Service]) -> Call {
    let body = json!({
        "displayName": display_name,
        "signInAudience": "AzureADMyOrg",
        "requiredResourceAccess": required(&[], services),
    });
    let path = format!("/applications(uniqueName='{unique_name}')");
    Call { prefer: Some("create-if-missing"), ..Call::patch(path, body, Privilege::WriteApps) }
}

pub(crate) fn declare(application: &str, present: &[Value], services: &[Service]) -> Call {
    let body = json!({ "requiredResourceAccess": required(present, services) });
    Call::patch(format!("/applications/{application}"), body, Privilege::WriteApps)
}

/// Replaces all certificates of the app: Graph knows no way to add one by `PATCH`.
///
/// Entries that are there are sent back as they came, known by their ids and without the certificates themselves.
pub(crate) fn replace_keys(application: &str, present: &[Value], new: Option<&Certificate>) -> Call {
    let sends_back = !present.is_empty();
    let mut keys = present.to_vec();
    for entry in keys.iter_mut().filter_map(Value::as_object_mut) {
        entry.insert("key".to_owned(), Value::Null);
    }
    keys.extend(new.map(key));
    let body = json!({ "keyCredentials": keys });
    Call { sends_back, ..Call::patch(format!("/applications/{application}"), body, Privilege::WriteApps) }
}

/// A certificate as an entry of `keyCredentials`; its dates are taken from the certificate.
fn key(certificate: &Certificate) -> Value {
    json!({
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "key": STANDARD.encode(certificate.der()),
        "displayName": certificate.subject(),
    })
}

pub(crate) fn service_principal(app_id: &str) -> Call {
    Call::get(format!("/servicePrincipals(appId='{app_id}')?{SERVICE_PRINCIPAL}"), Privilege::ReadApps)
}

pub(crate) fn create_service_principal(app_id: &str) -> Call {
    Call::post("/servicePrincipals".to_owned(), json!({ "appId": app_id }), Privilege::WriteApps)
}

pub(crate) fn consents(service_principal: &str) -> Call {
    Call::list(format!("/servicePrincipals/{service_principal}/appRoleAssignments"), Privilege::ReadApps)
}

pub(crate) fn consent(service_principal: &str, resource: &str, app_role: &str) -> Call {
    let body = json!({ "principalId": service_principal, "resourceId": resource, "appRoleId": app_role });
    Call::post(format!("/servicePrincipals/{resource}/appRoleAssignedTo"), body, Privilege::Consent)
}

pub(crate) fn role_assignments(service_principal: &str) -> Call {
    let path = format!(
        "/roleManagement/directory/roleAssignments?$filter=principalId%20eq%20'{service_principal}'\
         &$expand=roleDefinition"
    );
    Call::list(path, Privilege::ReadRoles)
}

pub(crate) fn assign_role(service_principal: &str, role: &Role) -> Call {
    let body = json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "roleDefinitionId": role.template_id.as_str(),
        "principalId": service_principal,
        "directoryScopeId": "/",
    });
    Call::post("/roleManagement/directory/roleAssignments".to_owned(), body, Privilege::AssignRoles)
}

pub(crate) fn revoke(resource: &str, assignment: &str) -> Call {
    let path = format!("/servicePrincipals/{resource}/appRoleAssignedTo/{}", encoded(assignment));
    Call::delete(path, Privilege::Consent)
}

pub(crate) fn unassign_role(assignment: &str) -> Call {
    Call::delete(format!("/roleManagement/directory/roleAssignments/{}", encoded(assignment)), Privilege::AssignRoles)
}

pub(crate) fn resource(id: &str) -> Call {
    Call::get(format!("/servicePrincipals/{id}?{SERVICE_PRINCIPAL}"), Privilege::ReadApps)
}

/// Adds a certificate by the app itself; the proof is signed with one that it has.
pub(crate) fn add_key(application: &str, certificate: &Certificate, proof: &str) -> Call {
    let body = json!({ "keyCredential": key(certificate), "passwordCredential": null, "proof": proof });
    Call::post(format!("/applications/{application}/addKey"), body, Privilege::OwnKeys)
}

pub(crate) fn remove_key(application: &str, key_id: &str, proof: &str) -> Call {
    let body = json!({ "keyId": key_id, "proof": proof });
    Call::post(format!("/applications/{application}/removeKey"), body, Privilege::OwnKeys)
}

/// What is declared, with what the services need: nothing is taken away, and nothing is declared twice.
fn required(present: &[Value], services: &[Service]) -> Vec<Value> {
    let mut all = present.to_vec();
    for permission in services.iter().map(|service| Permission::of(*service)) {
        let access = json!({ "id": permission.id, "type": "Role" });
        let same = |entry: &&mut Value| crate::read::is(entry, "resourceAppId", permission.resource_app_id);
        match all.iter_mut().find(same).and_then(|entry| entry.get_mut("resourceAccess")?.as_array_mut()) {
            Some(accesses) if accesses.iter().any(|known| crate::read::is(known, "id", permission.id)) => {}
            Some(accesses) => accesses.push(access),
            None => all.push(json!({ "resourceAppId": permission.resource_app_id, "resourceAccess": [access] })),
        }
    }
    all
}

/// Whether an app declares what a service needs.
pub(crate) fn declares(application: &Value, service: Service) -> bool {
    use crate::read::{is, list};
    let permission = Permission::of(service);
    list(application, "requiredResourceAccess")
        .iter()
        .filter(|entry| is(entry, "resourceAppId", permission.resource_app_id))
        .any(|entry| list(entry, "resourceAccess").iter().any(|access| is(access, "id", permission.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_already_stays() {
        let graph = json!({ "resourceAppId": "00000003-0000-0000-c000-000000000000", "resourceAccess": [{ "id": "x", "type": "Scope" }] });
        let once = required(std::slice::from_ref(&graph), Service::ALL);
        assert_eq!((once.len(), &once[0]), (3, &graph));
        assert_eq!(required(&once, Service::ALL), once);
        let body = json!({ "requiredResourceAccess": once });
        assert!(Service::ALL.iter().all(|service| declares(&body, *service)));
    }

    #[test]
    fn a_resource_with_another_permission_gets_ours_beside_it() {
        let permission = Permission::of(Service::Exchange);
        let other = json!({ "id": "dc890d15-9560-4a4c-9b7f-a736ec74ec40", "type": "Role" });
        let present = [json!({ "resourceAppId": permission.resource_app_id, "resourceAccess": [other] })];
        let all = required(&present, &[Service::Exchange]);
        assert_eq!(all[0]["resourceAccess"], json!([other, { "id": permission.id, "type": "Role" }]));
        assert_eq!(all.len(), 1);
    }
}

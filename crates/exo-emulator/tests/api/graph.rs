//! Microsoft Graph: an administrator sets an app up from nothing, and the app signs in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Emulator, Service, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::refusals::assert_refused;

pub(crate) const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
pub(crate) const PROTECTION: &str = "00000007-0000-0ff1-ce00-000000000000";
pub(crate) const MANAGE: &str = "dc50a0fb-09a3-484d-be87-e023b12c6440";
pub(crate) const MANAGE_PROTECTION: &str = "455e5cd2-84e8-4751-8344-5672145dfa17";

/// Who calls Microsoft Graph.
pub(crate) struct Graph<'e> {
    pub(crate) emulator: &'e Emulator,
    pub(crate) token: String,
}

impl<'e> Graph<'e> {
    pub(crate) fn administrator(emulator: &'e Emulator) -> Self {
        Self { emulator, token: emulator.administrator_token().unwrap() }
    }

    pub(crate) fn send(&self, head: &str, body: &Value) -> Reply {
        self.try_send(head, body).unwrap()
    }

    pub(crate) fn try_send(&self, head: &str, body: &Value) -> std::io::Result<Reply> {
        let (method, path) = head.split_once(' ').unwrap();
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", authorization.as_str()), ("client-request-id", "0d8b4b4f")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        send(self.emulator, "graph.localhost", &format!("{method} /v1.0{path}"), &headers, &body)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let reply = self.send(&format!("GET {path}"), &Value::Null);
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let reply = self.send(&format!("POST {path}"), body);
        assert_eq!(reply.status, 201, "{path}: {}", String::from_utf8_lossy(&reply.body));
        reply.json()
    }

    /// Status and code of a refusal, whose shape is looked at.
    pub(crate) fn refused(&self, head: &str, body: &Value) -> (u16, String) {
        let reply = self.send(head, body);
        let error = &reply.json()["error"];
        assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{head}: {error}");
        assert_eq!(error["innerError"]["request-id"], reply.header("request-id"), "{head}");
        assert_eq!(error["innerError"]["client-request-id"], "0d8b4b4f");
        assert!(error["innerError"]["date"].as_str().unwrap().contains('T'));
        (reply.status, error["code"].as_str().unwrap().to_owned())
    }
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}

pub(crate) fn certificate() -> Value {
    json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&identity().der)})
}

pub(crate) fn registration() -> Value {
    json!({
        "displayName": "ExO PowerShell CBA",
        "signInAudience": "AzureADMyOrg",
        "requiredResourceAccess": [
            {"resourceAppId": EXCHANGE, "resourceAccess": [{"id": MANAGE, "type": "Role"}]},
            {"resourceAppId": PROTECTION, "resourceAccess": [{"id": MANAGE_PROTECTION, "type": "Role"}]},
        ],
        "keyCredentials": [certificate()],
    })
}

/// What a set-up made: the object id of the registration, the client id, the object id of the service principal.
pub(crate) struct Made {
    pub(crate) registration: String,
    pub(crate) app_id: String,
    pub(crate) principal: String,
}

impl Made {
    /// Asks for a token with the certificate of the tests.
    pub(crate) fn sign_in(&self, emulator: &Emulator, scope: &str) -> Reply {
        self.sign_in_with(emulator, identity(), scope)
    }

    pub(crate) fn sign_in_with(&self, emulator: &Emulator, identity: &Identity, scope: &str) -> Reply {
        let mut claims = claims();
        claims["iss"] = json!(self.app_id);
        claims["sub"] = json!(self.app_id);
        claims["exp"] = json!(now() + 7200);
        let mut fields = fields(&identity.jwt(&identity.header(), &claims), scope);
        fields[0].1.clone_from(&self.app_id);
        post_form(emulator, &format!("/{TENANT}/oauth2/v2.0/token"), &form(&fields))
    }

    pub(crate) fn token(&self, emulator: &Emulator, scope: &str) -> String {
        let reply = self.sign_in(emulator, scope);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        text(&reply.json(), "access_token")
    }
}

pub(crate) fn resource(graph: &Graph<'_>, app_id: &str) -> String {
    text(&graph.get(&format!("/servicePrincipals(appId='{app_id}')?$select=id,appRoles")), "id")
}

pub(crate) fn grant(graph: &Graph<'_>, principal: &str, app_id: &str, role: &str) -> Value {
    let resource = resource(graph, app_id);
    let body = json!({"principalId": principal, "resourceId": resource, "appRoleId": role});
    graph.post(&format!("/servicePrincipals/{resource}/appRoleAssignedTo"), &body)
}

pub(crate) fn assignment(principal: &str, role: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "roleDefinitionId": role,
        "principalId": principal,
        "directoryScopeId": "/",
    })
}

/// The five steps.
pub(crate) fn set_up(graph: &Graph<'_>) -> Made {
    let application = graph.post("/applications", &registration());
    let app_id = text(&application, "appId");
    let principal = text(&graph.post("/servicePrincipals", &json!({ "appId": app_id })), "id");
    grant(graph, &principal, EXCHANGE, MANAGE);
    grant(graph, &principal, PROTECTION, MANAGE_PROTECTION);
    graph.post("/roleManagement/directory/roleAssignments", &assignment(&principal, GLOBAL_READER));
    Made { registration: text(&application, "id"), app_id, principal }
}

#[test]
fn an_app_is_set_up_from_nothing_and_signs_in_to_both_services() {
    let emulator = start(Tenant::contoso());
    let made = set_up(&Graph::administrator(&emulator));
    for (scope, service, cmdlet) in [
        (EXCHANGE_SCOPE, "outlook.localhost", "Get-Mailbox"),
        (COMPLIANCE_SCOPE, "eur02b.ps.compliance.localhost", "Get-ProtectionAlert"),
    ] {
        let token = made.token(&emulator, scope);
        assert_eq!(decoded(&token)["roles"], json!(["Exchange.ManageAsApp"]));
        assert_eq!(decoded(&token)["oid"], json!(made.principal));
        assert_eq!(decoded(&token)["app_displayname"], "ExO PowerShell CBA");
        assert_eq!(decoded(&token)["wids"][0], GLOBAL_READER);
        let caller = crate::caller::Caller { emulator: &emulator, host: service, token, headers: Vec::new() };
        assert_eq!(caller.call(cmdlet, json!({})).status, 200, "{cmdlet}");
        assert_eq!(caller.call("Set-Mailbox", json!({"Identity": "x"})).status, 403);
    }
}

#[test]
fn each_step_left_out_shows_in_the_sign_in() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let nobody = Made { registration: String::new(), app_id: APP.to_owned(), principal: String::new() };
    assert_refused(&nobody.sign_in(&emulator, EXCHANGE_SCOPE), 400, "unauthorized_client", 700_016);

    let mut without_key = registration();
    without_key["keyCredentials"] = json!([]);
    let application = graph.post("/applications", &without_key);
    let made =
        Made { registration: text(&application, "id"), app_id: text(&application, "appId"), principal: String::new() };
    assert_refused(&made.sign_in(&emulator, EXCHANGE_SCOPE), 401, "invalid_client", 700_027);
    let path = format!("PATCH /applications/{}", made.registration);
    assert_eq!(graph.send(&path, &json!({"keyCredentials": [certificate()]})).status, 204);
    assert_refused(&made.sign_in(&emulator, EXCHANGE_SCOPE), 401, "invalid_client", 7_000_229);

    let principal = text(&graph.post("/servicePrincipals", &json!({"appId": made.app_id})), "id");
    let bare = decoded(&made.token(&emulator, EXCHANGE_SCOPE));
    assert_eq!((bare.get("roles"), &bare["wids"]), (None, &json!(["0997a1d0-0d1d-4acb-b408-d5ca73121e90"])));
    grant(&graph, &principal, EXCHANGE, MANAGE);
    assert_eq!(decoded(&made.token(&emulator, EXCHANGE_SCOPE))["roles"], json!(["Exchange.ManageAsApp"]));
    assert_eq!(decoded(&made.token(&emulator, COMPLIANCE_SCOPE)).get("roles"), None);

    let path = format!("PATCH /servicePrincipals/{principal}");
    assert_eq!(graph.send(&path, &json!({"accountEnabled": false})).status, 204);
    assert_refused(&made.sign_in(&emulator, EXCHANGE_SCOPE), 400, "unauthorized_client", 7_000_112);
    assert_eq!(graph.send(&path, &json!({"accountEnabled": true})).status, 204);
    assert_eq!(graph.send(&format!("DELETE /servicePrincipals/{principal}"), &Value::Null).status, 204);
    assert_refused(&made.sign_in(&emulator, EXCHANGE_SCOPE), 401, "invalid_client", 7_000_229);
    assert_eq!(graph.send(&format!("DELETE /applications/{}", made.registration), &Value::Null).status, 204);
    assert_refused(&made.sign_in(&emulator, EXCHANGE_SCOPE), 400, "unauthorized_client", 700_016);
}

#[test]
fn an_app_of_the_start_is_what_it_is_in_graph() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let graph = Graph::administrator(&emulator);
    let application = graph.get(&format!("/applications(appId='{APP}')"));
    assert_ne!(application["id"], APP);
    assert_eq!(application["requiredResourceAccess"].as_array().unwrap().len(), 2);
    let by_id = graph.get(&format!("/applications/{}", text(&application, "id")));
    assert_eq!(by_id["appId"], APP);
    let principal = graph.get(&format!("/servicePrincipals(appId='{APP}')"));
    assert_eq!(principal["id"], decoded(&token(&emulator, EXCHANGE_SCOPE))["oid"]);
    let id = text(&principal, "id");
    let grants = graph.get(&format!("/servicePrincipals/{id}/appRoleAssignments"));
    let names: Vec<&str> =
        grants["value"].as_array().unwrap().iter().map(|g| g["resourceDisplayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Office 365 Exchange Online", "Microsoft Exchange Online Protection"]);
    let path = format!(
        "/roleManagement/directory/roleAssignments?$filter={}&$expand=roleDefinition",
        encode(&format!("principalId eq '{id}'"))
    );
    let roles = graph.get(&path);
    let names: Vec<&str> = roles["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["roleDefinition"]["displayName"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Exchange Administrator", "Global Reader"]);
}

#[test]
fn what_is_taken_away_is_gone_from_the_next_token() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let graph = Graph::administrator(&emulator);
    let id = text(&graph.get(&format!("/servicePrincipals(appId='{APP}')")), "id");
    let before = token(&emulator, EXCHANGE_SCOPE);
    let path = format!("/servicePrincipals/{id}/appRoleAssignments");
    let grant = text(&graph.get(&path)["value"][0], "id");
    assert_eq!(graph.send(&format!("DELETE {path}/{grant}"), &Value::Null).status, 204);
    assert_eq!(decoded(&token(&emulator, EXCHANGE_SCOPE)).get("roles"), None);
    assert_eq!(graph.get(&path)["value"].as_array().unwrap().len(), 1);
    let roles = graph.get("/roleManagement/directory/roleAssignments");
    for role in roles["value"].as_array().unwrap() {
        let path = format!("DELETE /roleManagement/directory/roleAssignments/{}", text(role, "id"));
        assert_eq!(graph.send(&path, &Value::Null).status, 204);
        assert_eq!(graph.refused(&path, &Value::Null), (404, "Request_ResourceNotFound".to_owned()));
    }
    assert_eq!(decoded(&token(&emulator, COMPLIANCE_SCOPE))["wids"].as_array().unwrap().len(), 1);
    // What is in a token stays as it was.
    let caller =
        crate::caller::Caller { emulator: &emulator, host: "outlook.localhost", token: before, headers: Vec::new() };
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
}

#[test]
fn a_resource_may_be_missing_until_it_is_made() {
    let emulator = start(Tenant::contoso().app(full_app()).without_resource(Service::Compliance));
    let graph = Graph::administrator(&emulator);
    assert_refused(&ask(&emulator, &assertion(), COMPLIANCE_SCOPE), 400, "invalid_resource", 500_011);
    let path = format!("GET /servicePrincipals(appId='{PROTECTION}')");
    assert_eq!(graph.refused(&path, &Value::Null), (404, "Request_ResourceNotFound".to_owned()));
    let made = graph.post("/servicePrincipals", &json!({ "appId": PROTECTION }));
    assert_eq!(made["appRoles"][0]["id"], MANAGE_PROTECTION);
    assert_eq!(decoded(&token(&emulator, COMPLIANCE_SCOPE)).get("roles"), None);
    let id = text(&graph.get(&format!("/servicePrincipals(appId='{APP}')")), "id");
    grant(&graph, &id, PROTECTION, MANAGE_PROTECTION);
    assert_eq!(decoded(&token(&emulator, COMPLIANCE_SCOPE))["roles"], json!(["Exchange.ManageAsApp"]));
    let by_itself = start(Tenant::contoso().without_resource(Service::Compliance).resources_on_demand(true));
    let graph = Graph::administrator(&by_itself);
    assert_eq!(graph.send(&path, &Value::Null).status, 404);
    let made = set_up(&graph);
    assert_eq!(decoded(&made.token(&by_itself, COMPLIANCE_SCOPE))["roles"], json!(["Exchange.ManageAsApp"]));
    let never = start(Tenant::contoso().without_resource(Service::Exchange).entitled(false));
    let answer = Graph::administrator(&never).refused("POST /servicePrincipals", &json!({ "appId": EXCHANGE }));
    assert_eq!(answer, (400, "NoBackingApplicationObject".to_owned()));
}

#[test]
fn a_registration_of_a_unique_name_is_made_once() {
    let emulator = Emulator::start(Tenant::contoso()).unwrap();
    let graph = Graph::administrator(&emulator);
    let authorization = format!("Bearer {}", graph.token);
    let upsert = |prefer: &str, name: &str| {
        let headers =
            [("Authorization", authorization.as_str()), ("Content-Type", "application/json"), ("Prefer", prefer)];
        let body = json!({ "displayName": name }).to_string();
        let head = "PATCH /v1.0/applications(uniqueName='App-1')";
        send(&emulator, "graph.localhost", head, &headers, &body).unwrap()
    };
    assert_eq!(upsert("return=minimal", "first").status, 404);
    let made = upsert("create-if-missing", "first");
    assert_eq!((made.status, made.json()["uniqueName"].as_str()), (201, Some("App-1")));
    assert_eq!(upsert("create-if-missing", "second").status, 204);
    assert_eq!(upsert("return=minimal", "third").status, 204);
    let found = graph.get("/applications(uniqueName='App-1')");
    assert_eq!((&found["id"], found["displayName"].as_str()), (&made.json()["id"], Some("third")));
    let all = graph.get("/applications")["value"].as_array().unwrap().clone();
    assert_eq!(all.iter().filter(|app| app["uniqueName"] == "App-1").count(), 1);
    // It is chosen once, by the path.
    let path = format!("PATCH /applications/{}", text(&found, "id"));
    assert_eq!(graph.refused(&path, &json!({ "uniqueName": "other" })), (400, "Request_BadRequest".to_owned()));
}

//! Who may do what in Microsoft Graph: tokens, permissions, roles of the person, and an app that helps itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Administrator, Cloud, Emulator, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::graph::*;

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";

fn as_app<'e>(emulator: &'e Emulator, permissions: &[&str]) -> Graph<'e> {
    // The app is granted what it is to have by an administrator.
    let graph = Graph::administrator(emulator);
    let own = text(&graph.get(&format!("/servicePrincipals(appId='{APP}')")), "id");
    let resource = graph.get(&format!("/servicePrincipals(appId='{GRAPH}')"));
    let id = text(&resource, "id");
    for name in permissions {
        let roles = resource["appRoles"].as_array().unwrap();
        let role = roles.iter().find(|role| role["value"] == *name).unwrap();
        let body = json!({"principalId": own, "resourceId": id, "appRoleId": role["id"]});
        graph.post(&format!("/servicePrincipals/{own}/appRoleAssignments"), &body);
    }
    Graph { emulator, token: token(emulator, GRAPH_SCOPE) }
}

fn denied(graph: &Graph<'_>, head: &str, body: &Value) {
    assert_eq!(graph.refused(head, body), (403, "Authorization_RequestDenied".to_owned()), "{head}");
}

#[test]
fn tokens_that_are_none_or_for_others_are_refused() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let mut graph = Graph::administrator(&emulator);
    let good = graph.token.clone();
    for bad in [String::new(), "x".to_owned(), token(&emulator, EXCHANGE_SCOPE)] {
        graph.token = bad;
        let reply = graph.send("GET /organization", &Value::Null);
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
        assert!(reply.header("www-authenticate").contains("authorization_uri="));
    }
    let none = send(&emulator, "graph.localhost", "GET /v1.0/me", &[], "").unwrap();
    assert_eq!((none.status, &none.json()["error"]["message"]), (401, &json!("Access token is empty.")));
    // A token of Graph opens nothing else.
    let caller = crate::caller::Caller {
        emulator: &emulator,
        host: "outlook.localhost",
        token: good.clone(),
        headers: Vec::new(),
    };
    assert_eq!(caller.call("Get-Mailbox", json!({})).status, 401);
    graph.token = good;
    assert_eq!(graph.send("GET /me", &Value::Null).status, 200);
    emulator.advance_clock(3600);
    let late = graph.send("GET /me", &Value::Null).json();
    assert!(late["error"]["message"].as_str().unwrap().contains("expired"), "{late}");
}

#[test]
fn a_person_needs_the_permission_and_the_role() {
    let roles = |role: &str| Tenant::contoso().app(full_app()).set(&format!("administrator={role}")).unwrap();
    let start_with = |role: &str| start(roles(role));
    let write = json!({"displayName": "New"});
    for (role, application, grant, directory_role) in [
        ("global", true, true, true),
        ("application", true, true, false),
        ("cloud-application", true, true, false),
        ("privileged-role", false, true, true),
        ("application,privileged-role", true, true, true),
        ("reader", false, false, false),
        ("none", false, false, false),
    ] {
        let emulator = start_with(role);
        let graph = Graph::administrator(&emulator);
        let status = |head: &str, body: &Value| graph.send(head, body).status;
        assert_eq!(status("POST /applications", &write) == 201, application, "{role}");
        let own = text(&graph.get(&format!("/servicePrincipals(appId='{APP}')")), "id");
        let grants = format!("/servicePrincipals/{own}/appRoleAssignments");
        let first = text(&graph.get(&grants)["value"][0], "id");
        assert_eq!(status(&format!("DELETE {grants}/{first}"), &Value::Null) == 204, grant, "{role}");
        let security_reader = assignment(&own, "5d6b6bb7-de71-4623-b4af-96380a352509");
        let path = "POST /roleManagement/directory/roleAssignments";
        assert_eq!(status(path, &security_reader) == 201, directory_role, "{role}");
        // What is on Microsoft Graph itself takes more.
        let resource = resource(&graph, GRAPH);
        let mail = json!({
            "principalId": own, "resourceId": resource, "appRoleId": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
        });
        assert_eq!(status(&format!("POST {grants}"), &mail) == 201, directory_role, "{role}");
    }
}

#[test]
fn a_permission_that_was_not_given_is_missed() {
    let start_with = |scopes: &[&str]| {
        let administrator = Administrator::global().scopes(scopes.iter().copied());
        start(Tenant::contoso().app(full_app()).administrator(administrator))
    };
    let emulator = start_with(&["Application.Read.All", "AppRoleAssignment.ReadWrite.All"]);
    let graph = Graph::administrator(&emulator);
    denied(&graph, "POST /applications", &json!({"displayName": "x"}));
    denied(&graph, "GET /roleManagement/directory/roleAssignments", &Value::Null);
    denied(&graph, "GET /organization", &Value::Null);
    let own = text(&graph.get(&format!("/servicePrincipals(appId='{APP}')")), "id");
    denied(&graph, "POST /roleManagement/directory/roleAssignments", &assignment(&own, GLOBAL_READER));
    let grant = json!({"principalId": own, "resourceId": resource(&graph, EXCHANGE),
        "appRoleId": "dc890d15-9560-4a4c-9b7f-a736ec74ec40"});
    graph.post(&format!("/servicePrincipals/{own}/appRoleAssignments"), &grant);
    // Granting without reading is refused as a whole.
    let blind = start_with(&["AppRoleAssignment.ReadWrite.All"]);
    let exchange = text(&Graph::administrator(&emulator).get(&format!("/servicePrincipals(appId='{EXCHANGE}')")), "id");
    let body = json!({"principalId": own, "resourceId": exchange, "appRoleId": MANAGE});
    denied(&Graph::administrator(&blind), &format!("POST /servicePrincipals/{own}/appRoleAssignments"), &body);
    let whole = start_with(&["Directory.AccessAsUser.All"]);
    set_up(&Graph::administrator(&whole));
}

#[test]
fn an_app_has_its_own_permissions_and_needs_no_role() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let bare = as_app(&emulator, &[]);
    denied(&bare, "GET /applications", &Value::Null);
    assert_eq!(bare.refused("GET /me", &Value::Null), (400, "BadRequest".to_owned()));
    let all = as_app(
        &emulator,
        &["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory"],
    );
    set_up(&all);
    let emulator = start(Tenant::contoso().app(full_app()));
    let owner = as_app(&emulator, &["Application.ReadWrite.OwnedBy"]);
    let made = owner.post("/applications", &registration());
    let path = format!("PATCH /applications/{}", text(&made, "id"));
    assert_eq!(owner.send(&path, &json!({"notes": "mine"})).status, 204);
    owner.post("/servicePrincipals", &json!({"appId": text(&made, "appId")}));
    let other = text(&owner.get(&format!("/applications(appId='{APP}')")), "id");
    denied(&owner, &format!("PATCH /applications/{other}"), &json!({"notes": "not mine"}));
    denied(&owner, &format!("DELETE /applications/{other}"), &Value::Null);
}

/// A proof of the certificate of the tests.
fn proof(iss: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({
        "aud": "00000002-0000-0000-c000-000000000000", "iss": iss, "nbf": now(), "exp": now() + 600,
    });
    change(&mut claims);
    let me = identity();
    me.jwt(&json!({"alg": "RS256", "typ": "JWT", "kid": me.thumbprint()}), &claims)
}

#[test]
fn an_app_rolls_its_own_certificate_with_a_proof() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let registration = full_app().registration_id();
    let graph = as_app(&emulator, &[]);
    let new = Identity::make();
    let credential = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&new.der)});
    let with = |proof: String| json!({"keyCredential": credential, "passwordCredential": null, "proof": proof});
    let add = format!("POST /applications/{registration}/addKey");
    let malformed = (401, "Authentication_MissingOrMalformed".to_owned());
    let far = |claims: &mut Value| claims["exp"] = json!(now() + 660);
    let past = |claims: &mut Value| {
        claims["nbf"] = json!(now() - 2000);
        claims["exp"] = json!(now() - 1400);
    };
    let other_audience = |claims: &mut Value| claims["aud"] = json!(GRAPH);
    let without_nbf = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("nbf"));
    let padded = proof(&registration, |_| {}) + "=";
    for bad in [
        proof(APP, |_| {}),
        proof(&registration, far),
        proof(&registration, past),
        proof(&registration, other_audience),
        proof(&registration, without_nbf),
        padded,
        new.jwt(&new.header(), &json!({})),
        "x".to_owned(),
    ] {
        assert_eq!(graph.refused(&add, &with(bad.clone())), malformed, "{bad}");
    }
    let reply = graph.send(&add, &with(proof(&registration, |_| {})));
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let added = reply.json();
    assert_eq!(added["key"], Value::Null);
    let made = Made { registration: registration.clone(), app_id: APP.to_owned(), principal: String::new() };
    let statuses = || [identity(), &new].map(|identity| made.sign_in_with(&emulator, identity, EXCHANGE_SCOPE).status);
    assert_eq!(statuses(), [200, 200]);

    let administrator = Graph::administrator(&emulator);
    let old = text(&administrator.get(&format!("/applications/{registration}"))["keyCredentials"][0], "keyId");
    let remove = format!("POST /applications/{registration}/removeKey");
    let body = |id: &str| json!({"keyId": id, "proof": proof(&registration, |_| {})});
    assert_eq!(graph.refused(&remove, &body(APP)), (400, "Request_BadRequest".to_owned()));
    assert_eq!(graph.send(&remove, &body(&old)).status, 204);
    assert_eq!(statuses(), [401, 200]);
    // The proof of a certificate that is gone is worth nothing.
    assert_eq!(graph.refused(&add, &with(proof(&registration, |_| {}))), malformed);
    let kept = format!("{:?}", emulator.log());
    assert!(kept.contains("addKey") && !kept.contains(proof(&registration, |_| {}).rsplit('.').next().unwrap()));
}

#[test]
fn other_apps_and_expired_certificates_prove_nothing() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let graph = as_app(&emulator, &[]);
    let administrator = Graph::administrator(&emulator);
    let other = administrator.post("/applications", &registration());
    let id = text(&other, "id");
    let body = json!({"keyCredential": certificate(), "proof": proof(&id, |_| {})});
    denied(&graph, &format!("POST /applications/{id}/addKey"), &body);
    assert_eq!(administrator.send(&format!("POST /applications/{id}/addKey"), &body).status, 200);
    let expired = start(Tenant::contoso().app(full_app()).set("app-state=expired-certificate").unwrap());
    let id = full_app().registration_id();
    let body = json!({"keyCredential": certificate(), "proof": proof(&id, |_| {})});
    let answer = Graph::administrator(&expired).refused(&format!("POST /applications/{id}/addKey"), &body);
    assert_eq!(answer, (401, "Authentication_MissingOrMalformed".to_owned()));
}

#[test]
fn each_cloud_has_a_graph_of_its_own() {
    for (cloud, host, other) in [
        (Cloud::GccHigh, "graph.microsoft.us", "graph.microsoft.com"),
        (Cloud::Dod, "dod-graph.microsoft.us", "graph.microsoft.us"),
        (Cloud::China, "microsoftgraph.chinacloudapi.cn", "dod-graph.microsoft.us"),
    ] {
        let emulator = start(Tenant::contoso().cloud(cloud));
        let token = emulator.administrator_token().unwrap();
        assert_eq!(decoded(&token)["aud"], json!(format!("https://{host}")));
        let authorization = format!("Bearer {token}");
        let at = |host: &str| {
            send(&emulator, host, "GET /v1.0/organization", &[("Authorization", &authorization)], "").unwrap().status
        };
        assert_eq!((at(host), at("graph.localhost"), at(other)), (200, 200, 401));
    }
}

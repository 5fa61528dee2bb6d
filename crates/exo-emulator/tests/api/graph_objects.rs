//! What Microsoft Graph tells of its objects, takes and refuses, collection by collection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{App, AppState, Conflict, Emulator, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::graph::*;

const BAD: (u16, &str) = (400, "Request_BadRequest");
const GONE: (u16, &str) = (404, "Request_ResourceNotFound");

fn refused(graph: &Graph<'_>, head: &str, body: &Value, expected: (u16, &str)) {
    let (status, code) = graph.refused(head, body);
    assert_eq!((status, code.as_str()), expected, "{head} {body}");
}

fn names(list: &Value) -> Vec<String> {
    list["value"].as_array().unwrap().iter().map(|entry| text(entry, "displayName")).collect()
}

fn filtered(path: &str, filter: &str) -> String {
    format!("{path}?$filter={}", encode(filter))
}

#[test]
fn a_key_is_told_only_where_it_was_asked_for() {
    let emulator = start(Tenant::contoso().app(app()));
    let graph = Graph::administrator(&emulator);
    let plain = graph.get(&format!("/applications(appId='{APP}')"));
    let key = &plain["keyCredentials"][0];
    assert_eq!(
        (&key["key"], &key["type"], &key["usage"]),
        (&Value::Null, &json!("AsymmetricX509Cert"), &json!("Verify"))
    );
    assert_eq!(key["customKeyIdentifier"], json!(identity().thumbprint()));
    let path = format!("/applications/{}?$select=keyCredentials", text(&plain, "id"));
    let selected = graph.get(&path);
    assert_eq!(selected["keyCredentials"][0]["key"], json!(STANDARD.encode(&identity().der)));
    assert_eq!(selected.get("displayName"), None);
    let listed = graph.get("/applications?$select=id,keyCredentials");
    assert_eq!(listed["value"][0]["keyCredentials"][0]["key"], Value::Null);
    let other = start(Tenant::contoso().app(app()).base64_identifiers(true));
    let plain = Graph::administrator(&other).get(&format!("/applications(appId='{APP}')"));
    assert_eq!(plain["keyCredentials"][0]["customKeyIdentifier"], json!(STANDARD.encode(identity().sha1())));
}

#[test]
fn a_change_replaces_all_keys_and_keeps_those_that_are_sent_back() {
    let emulator = start(Tenant::contoso().app(app()));
    let graph = Graph::administrator(&emulator);
    let before = graph.get(&format!("/applications(appId='{APP}')"));
    let path = format!("/applications/{}", text(&before, "id"));
    let (change, new) = (format!("PATCH {path}"), Identity::make());
    let other = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&new.der)});
    let old = before["keyCredentials"][0].clone();
    assert_eq!(graph.send(&change, &json!({"keyCredentials": [old, other]})).status, 204);
    let both = graph.get(&path)["keyCredentials"].clone();
    assert_eq!((both.as_array().unwrap().len(), &both[0]), (2, &old));
    let made = Made { registration: String::new(), app_id: APP.to_owned(), principal: String::new() };
    let statuses = || [identity(), &new].map(|identity| made.sign_in_with(&emulator, identity, EXCHANGE_SCOPE).status);
    assert_eq!(statuses(), [200, 200]);
    assert_eq!(graph.send(&change, &json!({"keyCredentials": [both[1]]})).status, 204);
    assert_eq!(statuses(), [401, 200]);
    // An entry without bytes that is not there is none.
    refused(&graph, &change, &json!({"keyCredentials": [old]}), BAD);
    refused(&graph, &change, &json!({"keyCredentials": "x"}), BAD);
    assert_eq!(statuses(), [401, 200]);
    assert_eq!(graph.send(&change, &json!({"displayName": "Renamed"})).status, 204);
    assert_eq!((names(&graph.get("/applications")), statuses()), (vec!["Renamed".to_owned()], [401, 200]));
}

#[test]
fn a_certificate_has_to_be_one_and_to_be_in_its_time() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let with = |name: &str, value: Value| {
        let mut body = registration();
        body["keyCredentials"][0][name] = value;
        body
    };
    let post = |body: &Value| graph.refused("POST /applications", body);
    assert_eq!(post(&with("key", json!("!!"))), (400, BAD.1.to_owned()));
    assert_eq!(post(&with("key", json!(STANDARD.encode("no certificate")))), (400, BAD.1.to_owned()));
    assert_eq!(post(&with("key", json!(7))), (400, BAD.1.to_owned()));
    assert_eq!(post(&with("type", json!("Symmetric"))), (400, BAD.1.to_owned()));
    assert_eq!(post(&with("usage", Value::Null)), (400, BAD.1.to_owned()));
    let early = with("startDateTime", json!("1950-01-01T00:00:00Z"));
    assert_eq!(post(&early), (400, "KeyCredentialsInvalidStartDate".to_owned()));
    let late = with("endDateTime", json!("9999-01-01T00:00:00Z"));
    assert_eq!(post(&late), (400, "KeyCredentialsInvalidEndDate".to_owned()));
    assert_eq!(post(&with("endDateTime", json!("tomorrow"))), (400, BAD.1.to_owned()));
    assert!(names(&graph.get("/applications")).is_empty());
    let ended = graph.post("/applications", &with("endDateTime", json!("2020-01-01T00:00:00Z")));
    assert_eq!(ended["keyCredentials"][0]["endDateTime"], "2020-01-01T00:00:00Z");
}

#[test]
fn policies_of_the_tenant_refuse_certificates() {
    let emulator = start(Tenant::contoso().max_certificate_days(365));
    let graph = Graph::administrator(&emulator);
    let reply = graph.send("POST /applications", &registration());
    let error = &reply.json()["error"];
    assert_eq!((reply.status, &error["code"]), (400, &json!("CredentialInvalidLifetimeAsPerAppPolicy")));
    assert_eq!(error["details"][0]["code"], "InvalidKeyEndDate");
    let mut short = registration();
    short["keyCredentials"][0]["startDateTime"] = json!("2026-01-01T00:00:00Z");
    short["keyCredentials"][0]["endDateTime"] = json!("2026-12-31T00:00:00Z");
    graph.post("/applications", &short);
    let strict = start(Tenant::contoso().trusted_authority(true));
    let code = Graph::administrator(&strict).refused("POST /applications", &registration());
    assert_eq!(code, (400, "CredentialTypeNotAllowedAsPerAppPolicy".to_owned()));
}

#[test]
fn registrations_take_what_they_have_and_nothing_else() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let plain = json!({"displayName": "Plain"});
    for (name, value) in [
        ("displayName", json!("")),
        ("displayName", json!(7)),
        ("signInAudience", json!("Everybody")),
        ("requiredResourceAccess", json!({})),
        ("requiredResourceAccess", json!([{"resourceAppId": "x", "resourceAccess": []}])),
        ("requiredResourceAccess", json!([{"resourceAppId": EXCHANGE, "resourceAccess": [{"id": MANAGE}]}])),
        ("nonsense", json!(1)),
        ("appId", json!(APP)),
        ("web", json!([])),
        ("tags", json!("x")),
        ("isFallbackPublicClient", json!("true")),
        ("passwordCredentials", json!([{"secretText": "x"}])),
    ] {
        let mut body = plain.clone();
        body[name] = value;
        refused(&graph, "POST /applications", &body, BAD);
    }
    refused(&graph, "POST /applications", &json!({}), BAD);
    let made = graph.post("/applications", &plain);
    assert_eq!((&made["signInAudience"], &made["keyCredentials"]), (&json!("AzureADMultipleOrgs"), &json!([])));
    assert_ne!(made["id"], made["appId"]);
    let path = format!("PATCH /applications/{}", text(&made, "id"));
    assert_eq!(graph.send(&path, &registration()).status, 204);
    let changed = graph.get(&format!("/applications(appId='{}')", text(&made, "appId")));
    assert_eq!(changed["requiredResourceAccess"], registration()["requiredResourceAccess"]);
    assert_eq!(changed["signInAudience"], "AzureADMyOrg");
    let raw = send(&emulator, "graph.localhost", "POST /v1.0/applications", &[], "x").unwrap();
    assert_eq!(raw.status, 401);
    let headers =
        [("Authorization", format!("Bearer {}", graph.token)), ("Content-Type", "application/json".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    for body in ["{", "[]", ""] {
        let reply = send(&emulator, "graph.localhost", "POST /v1.0/applications", &headers, body).unwrap();
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!("BadRequest")), "{body}");
    }
    let reply = send(&emulator, "graph.localhost", "POST /v1.0/applications", &headers[..1], "{}").unwrap();
    assert_eq!(reply.json()["error"]["code"], "RequestBodyRead");
}

#[test]
fn lists_are_filtered_and_go_on() {
    let tenant = Tenant::contoso().app(app().display_name("It's one")).app_state(AppState::Namesakes);
    let tenant = (0..7).fold(tenant, |tenant, n| {
        tenant.app(App::new(format!("00000000-0000-4000-8000-00000000000{n}")).display_name(format!("App {n}")))
    });
    let emulator = start(tenant.graph_page_size(4));
    let graph = Graph::administrator(&emulator);
    let mut next = filtered("/applications", "startswith(displayName,'App ')") + "&$select=displayName,appId";
    let mut pages = Vec::new();
    loop {
        let page = graph.get(&next);
        pages.push(names(&page).len());
        assert!(page["value"][0].get("id").is_none());
        let Some(link) = page["@odata.nextLink"].as_str() else { break };
        let (_, path) = link.split_once("/v1.0").unwrap();
        assert!(link.starts_with(&emulator.graph_origin()), "{link}");
        next = path.to_owned();
    }
    assert_eq!(pages, [4, 3]);
    assert_eq!(names(&graph.get("/applications?$top=2")).len(), 2);
    assert_eq!(names(&graph.get(&filtered("/applications", "displayName eq 'It''s one'"))).len(), 3);
    let by_id = filtered("/applications", &format!("appId eq '{APP}'"));
    assert_eq!(names(&graph.get(&by_id)), ["It's one"]);
    let by_name = filtered("/servicePrincipals", "servicePrincipalNames/any(n:n eq 'https://outlook.office365.com')");
    assert_eq!(names(&graph.get(&by_name)), ["Office 365 Exchange Online"]);
    for bad in ["nonsense eq 'x'", "displayName eq", "displayName contains 'x'"] {
        refused(&graph, &format!("GET {}", filtered("/applications", bad)), &Value::Null, BAD);
    }
    refused(&graph, "GET /applications?$top=0", &Value::Null, BAD);
    refused(&graph, "GET /applications?$orderby=displayName", &Value::Null, BAD);
    assert_eq!(graph.get("/applications?$count=true&$top=1")["@odata.count"], 10);
    refused(&graph, "GET /applications?$skiptoken=x", &Value::Null, BAD);
}

#[test]
fn what_was_made_once_is_refused_a_second_time() {
    for (conflict, expected) in
        [(Conflict::BadRequest, BAD), (Conflict::Conflict, (409, "Request_MultipleObjectsWithSameKeyValue"))]
    {
        let emulator = start(Tenant::contoso().graph_conflict(conflict));
        let graph = Graph::administrator(&emulator);
        let made = set_up(&graph);
        let exchange = resource(&graph, EXCHANGE);
        let grant = json!({"principalId": made.principal, "resourceId": exchange, "appRoleId": MANAGE});
        for path in [
            format!("POST /servicePrincipals/{exchange}/appRoleAssignedTo"),
            format!("POST /servicePrincipals/{}/appRoleAssignments", made.principal),
        ] {
            refused(&graph, &path, &grant, expected);
        }
        let role = assignment(&made.principal, GLOBAL_READER);
        refused(&graph, "POST /roleManagement/directory/roleAssignments", &role, expected);
        let again = (409, "Request_MultipleObjectsWithSameKeyValue");
        refused(&graph, "POST /servicePrincipals", &json!({"appId": made.app_id}), again);
        let grants = graph.get(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo"));
        assert_eq!(grants["value"].as_array().unwrap().len(), 1);
        // A name is no key.
        graph.post("/applications", &registration());
        assert_eq!(names(&graph.get("/applications")).len(), 2);
    }
}

#[test]
fn grants_name_objects_and_permissions_that_there_are() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let made = set_up(&graph);
    let (exchange, protection) = (resource(&graph, EXCHANGE), resource(&graph, PROTECTION));
    let path = format!("POST /servicePrincipals/{exchange}/appRoleAssignedTo");
    let body = |principal: &str, resource: &str, role: &str| json!({"principalId": principal, "resourceId": resource, "appRoleId": role});
    // The permission of one resource is none of the other.
    refused(&graph, &path, &body(&made.principal, &exchange, MANAGE_PROTECTION), BAD);
    refused(&graph, &path, &body(&made.principal, &protection, MANAGE_PROTECTION), BAD);
    refused(&graph, &path, &body(APP, &exchange, MANAGE), BAD);
    refused(&graph, &path, &json!({"principalId": made.principal, "resourceId": exchange}), BAD);
    refused(&graph, "POST /servicePrincipals/x/appRoleAssignedTo", &body("x", "x", MANAGE), GONE);
    // The object id of the registration is not the one that counts.
    let role = assignment(&made.registration, GLOBAL_READER);
    refused(&graph, "POST /roleManagement/directory/roleAssignments", &role, BAD);
    for (name, value) in
        [("roleDefinitionId", json!(APP)), ("directoryScopeId", json!("tenant")), ("principalId", Value::Null)]
    {
        let mut body = assignment(&made.principal, EXCHANGE_ADMINISTRATOR);
        body[name] = value;
        refused(&graph, "POST /roleManagement/directory/roleAssignments", &body, BAD);
    }
    let other = start(Tenant::contoso().reference_status(404));
    let role = assignment(&made.principal, GLOBAL_READER);
    refused(&Graph::administrator(&other), "POST /roleManagement/directory/roleAssignments", &role, GONE);
}

#[test]
fn a_role_for_a_part_of_the_directory_is_in_no_token() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let made = set_up(&graph);
    let mut body = assignment(&made.principal, EXCHANGE_ADMINISTRATOR);
    body["directoryScopeId"] = json!("/administrativeUnits/5d107bba-d8e2-4e13-b6ae-884be90e5d1a");
    graph.post("/roleManagement/directory/roleAssignments", &body);
    let wids = decoded(&made.token(&emulator, EXCHANGE_SCOPE))["wids"].clone();
    assert_eq!(wids, json!([GLOBAL_READER, "0997a1d0-0d1d-4acb-b408-d5ca73121e90"]));
    let definition = graph.get(&format!("/roleManagement/directory/roleDefinitions/{GLOBAL_READER}"));
    assert_eq!((&definition["displayName"], &definition["isBuiltIn"]), (&json!("Global Reader"), &json!(true)));
    let by_name = filtered("/roleManagement/directory/roleDefinitions", "displayName eq 'Security Reader'");
    assert_eq!(graph.get(&by_name)["value"][0]["templateId"], "5d6b6bb7-de71-4623-b4af-96380a352509");
    refused(&graph, &format!("GET /roleManagement/directory/roleDefinitions/{APP}"), &Value::Null, GONE);
}

#[test]
fn the_tenant_tells_its_names_and_paths_that_lead_nowhere_are_named() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let organization = graph.get("/organization");
    assert_eq!(organization["value"][0]["id"], TENANT);
    let domains = organization["value"][0]["verifiedDomains"].as_array().unwrap();
    let initial = domains.iter().find(|domain| domain["isInitial"] == true).unwrap();
    assert_eq!(initial["name"], "contoso.onmicrosoft.com");
    assert_eq!(graph.get(&format!("/organization/{TENANT}"))["displayName"], "Contoso");
    assert_eq!(graph.get("/domains/contoso.com")["isDefault"], true);
    assert_eq!(graph.get("/domains")["value"].as_array().unwrap().len(), 2);
    for (head, expected) in [
        ("GET /users", (400, "BadRequest")),
        ("GET /applications/x/owners", (400, "BadRequest")),
        ("PUT /applications", (405, "Request_BadRequest")),
        ("POST /organization", (405, "Request_BadRequest")),
        ("GET /applications/x", GONE),
        ("DELETE /servicePrincipals(appId='x')", GONE),
    ] {
        refused(&graph, head, &Value::Null, expected);
    }
}

fn states(emulator: &Emulator) -> (usize, usize, usize, usize) {
    let graph = Graph::administrator(emulator);
    let count = |path: &str| graph.get(path)["value"].as_array().unwrap().len();
    let own = filtered("/servicePrincipals", &format!("appId eq '{APP}'"));
    let principals = graph.get(&own);
    let grants = principals["value"]
        .as_array()
        .unwrap()
        .first()
        .map_or(0, |principal| count(&format!("/servicePrincipals/{}/appRoleAssignments", text(principal, "id"))));
    let roles = count("/roleManagement/directory/roleAssignments");
    (count("/applications"), principals["value"].as_array().unwrap().len(), grants, roles)
}

#[test]
fn every_state_of_a_half_made_app_is_one_in_graph() {
    use AppState::*;
    for (state, expected) in [
        (NoApp, (0, 0, 0, 0)),
        (NoPrincipal, (1, 0, 0, 0)),
        (NoConsent, (1, 1, 0, 2)),
        (NoExchangeConsent, (1, 1, 1, 2)),
        (NoComplianceConsent, (1, 1, 1, 2)),
        (NoRole, (1, 1, 2, 0)),
        (Disabled, (1, 1, 2, 2)),
        (Namesakes, (3, 1, 2, 2)),
        (TooMuch, (1, 1, 5, 3)),
        (ExpiredCertificate, (1, 1, 2, 2)),
        (OtherCertificate, (1, 1, 2, 2)),
        (NoCertificate, (1, 1, 2, 2)),
    ] {
        let emulator = start(Tenant::contoso().app(full_app()).app_state(state));
        assert_eq!(states(&emulator), expected, "{state:?}");
        let status = ask(&emulator, &assertion(), EXCHANGE_SCOPE).status;
        let lets_in =
            !matches!(state, NoApp | NoPrincipal | Disabled | ExpiredCertificate | OtherCertificate | NoCertificate);
        assert_eq!(status == 200, lets_in, "{state:?}: {status}");
    }
}

//! Microsoft Graph when things go slow or wrong: what spreads, what fails, what is on record.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Fault, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::graph::*;
use crate::refusals::assert_refused;

const MINUTE: Duration = Duration::from_mins(1);

fn is_refused(graph: &Graph<'_>, head: &str, body: &Value, expected: (u16, &str)) {
    let (status, code) = graph.refused(head, body);
    assert_eq!((status, code.as_str()), expected, "{head}");
}

#[test]
fn what_is_written_is_unseen_until_it_has_spread() {
    let emulator = start(Tenant::contoso().replication(MINUTE));
    let graph = Graph::administrator(&emulator);
    let application = graph.post("/applications", &registration());
    let (id, app_id) = (text(&application, "id"), text(&application, "appId"));
    let gone = (404, "Request_ResourceNotFound");
    is_refused(&graph, &format!("GET /applications/{id}"), &Value::Null, gone);
    is_refused(&graph, &format!("PATCH /applications/{id}"), &json!({"notes": "x"}), gone);
    let body = json!({ "appId": app_id });
    is_refused(&graph, "POST /servicePrincipals", &body, (400, "NoBackingApplicationObject"));
    assert_eq!(graph.get("/applications")["value"], json!([]));
    emulator.advance_clock(59);
    is_refused(&graph, "POST /servicePrincipals", &body, (400, "NoBackingApplicationObject"));
    emulator.advance_clock(1);
    let principal = text(&graph.post("/servicePrincipals", &body), "id");
    // It is there, whoever has seen it.
    is_refused(&graph, "POST /servicePrincipals", &body, (409, "Request_MultipleObjectsWithSameKeyValue"));
    is_refused(&graph, &format!("GET /servicePrincipals/{principal}"), &Value::Null, gone);
    let exchange = resource(&graph, EXCHANGE);
    let grant = json!({"principalId": principal, "resourceId": exchange, "appRoleId": MANAGE});
    let path = format!("POST /servicePrincipals/{exchange}/appRoleAssignedTo");
    let reply = graph.send(&path, &grant);
    let message = reply.json()["error"]["message"].clone();
    assert_eq!((reply.status, message), (400, json!("Not a valid reference update.")));
    let role = assignment(&principal, GLOBAL_READER);
    let roles = "/roleManagement/directory/roleAssignments";
    is_refused(&graph, &format!("POST {roles}"), &role, (400, "Request_BadRequest"));
    emulator.advance_clock(60);
    assert_eq!(graph.send(&path, &grant).status, 201);
    graph.post(roles, &role);
    assert_eq!(graph.get(roles)["value"], json!([]));
    is_refused(&graph, &format!("POST {roles}"), &role, (400, "Request_BadRequest"));
    emulator.advance_clock(60);
    assert_eq!(graph.get(roles)["value"][0]["principalId"], json!(principal));
    // What is taken away is seen for a while, too.
    let path = format!("{roles}/{}", text(&graph.get(roles)["value"][0], "id"));
    assert_eq!(graph.send(&format!("DELETE {path}"), &Value::Null).status, 204);
    graph.get(&path);
    emulator.advance_clock(60);
    is_refused(&graph, &format!("GET {path}"), &Value::Null, gone);
}

#[test]
fn the_token_service_learns_later_and_of_each_thing_at_its_own_pace() {
    let pace = "token-replication=application:10s,principal:30s,certificate:20s,grant:40s,role:50s";
    let emulator = start(Tenant::contoso().set(pace).unwrap());
    let made = set_up(&Graph::administrator(&emulator));
    let ask = || made.sign_in(&emulator, EXCHANGE_SCOPE);
    assert_refused(&ask(), 400, "unauthorized_client", 700_016);
    emulator.advance_clock(10);
    assert_refused(&ask(), 401, "invalid_client", 700_027);
    emulator.advance_clock(10);
    assert_refused(&ask(), 401, "invalid_client", 7_000_229);
    let seen = || {
        let claims = decoded(&made.token(&emulator, EXCHANGE_SCOPE));
        (claims.get("roles").is_some(), claims["wids"].as_array().unwrap().len())
    };
    emulator.advance_clock(10);
    assert_eq!(seen(), (false, 1));
    emulator.advance_clock(10);
    assert_eq!(seen(), (true, 1));
    emulator.advance_clock(10);
    assert_eq!(seen(), (true, 2));
}

#[test]
fn each_call_may_move_the_clock_so_that_nobody_waits() {
    let emulator = start(Tenant::contoso().replication(Duration::from_secs(30)).clock_step(10));
    let graph = Graph::administrator(&emulator);
    let id = text(&graph.post("/applications", &registration()), "id");
    let statuses = [(); 4].map(|()| graph.send(&format!("GET /applications/{id}"), &Value::Null).status);
    assert_eq!(statuses, [404, 404, 200, 200]);
}

#[test]
fn a_principal_is_enabled_and_disabled_after_a_while() {
    let tenant = Tenant::contoso().app(full_app()).set("token-replication=principal:30s").unwrap();
    let emulator = start(tenant);
    let graph = Graph::administrator(&emulator);
    let path = format!("PATCH /servicePrincipals(appId='{APP}')");
    let mut seen = Vec::new();
    for enabled in [false, false, true] {
        assert_eq!(graph.send(&path, &json!({ "accountEnabled": enabled })).status, 204);
        seen.push(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status);
        emulator.advance_clock(30);
        seen.push(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status);
    }
    assert_eq!(seen, [200, 400, 400, 400, 400, 200]);
}

#[test]
fn servers_in_turn_see_and_do_not_see() {
    let emulator = start(Tenant::contoso().replication(MINUTE).servers_in_turn(true));
    let graph = Graph::administrator(&emulator);
    let id = text(&graph.post("/applications", &registration()), "id");
    let statuses = || [(); 4].map(|()| graph.send(&format!("GET /applications/{id}"), &Value::Null).status);
    assert_eq!(statuses(), [404, 200, 404, 200]);
    emulator.advance_clock(60);
    assert_eq!(statuses(), [200; 4]);
}

#[test]
fn a_new_certificate_is_known_to_graph_before_it_signs_anybody_in() {
    let tenant = Tenant::contoso().app(full_app()).set("token-replication=certificate:30s").unwrap();
    let emulator = start(tenant);
    let graph = Graph::administrator(&emulator);
    let path = format!("/applications(appId='{APP}')");
    let old = graph.get(&path)["keyCredentials"][0].clone();
    let new = Identity::make();
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&new.der)});
    let body = json!({"keyCredentials": [old, key]});
    assert_eq!(graph.send(&format!("PATCH {path}"), &body).status, 204);
    assert_eq!(graph.get(&path)["keyCredentials"].as_array().unwrap().len(), 2);
    let with_new = || ask(&emulator, &new.jwt(&new.header(), &claims()), EXCHANGE_SCOPE);
    assert_refused(&with_new(), 401, "invalid_client", 700_027);
    emulator.advance_clock(30);
    assert_eq!(with_new().status, 200);
}

#[test]
fn a_list_of_certificates_that_was_read_too_early_takes_one_away() {
    let emulator = start(Tenant::contoso().app(full_app()).set("replication=certificate:30s").unwrap());
    let graph = Graph::administrator(&emulator);
    let path = format!("/applications(appId='{APP}')");
    let key = |identity: &Identity| json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(&identity.der)});
    let there = || graph.get(&path)["keyCredentials"].as_array().unwrap().clone();
    let put = |keys: &[Value]| graph.send(&format!("PATCH {path}"), &json!({ "keyCredentials": keys })).status;
    let (first, second) = (Identity::make(), Identity::make());
    assert_eq!(put(&[there(), vec![key(&first)]].concat()), 204);
    assert_eq!(there().len(), 1);
    assert_eq!(put(&[there(), vec![key(&second)]].concat()), 204);
    let with =
        |identity: &Identity| ask(&emulator, &identity.jwt(&identity.header(), &claims()), EXCHANGE_SCOPE).status;
    assert_eq!([with(identity()), with(&first), with(&second)], [200, 401, 200]);
    emulator.advance_clock(30);
    assert_eq!(there().len(), 2);
}

#[test]
fn calls_fail_before_or_after_they_are_done() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    let count = || graph.get("/applications")["value"].as_array().unwrap().len();
    for (words, made) in [
        ("graph method=POST reset", 0),
        ("graph method=POST path=/applications done reset", 1),
        ("graph method=POST status=503", 1),
        ("graph method=POST path=/APPLICATIONS done status=504", 2),
        ("graph method=POST truncate=40", 3),
        ("graph method=POST done throttle=7", 4),
        ("graph method=POST throttle=7", 4),
        ("graph method=POST garbage", 4),
        ("graph method=POST html", 4),
        ("graph method=POST delay=1ms", 5),
        ("graph path=/servicePrincipals reset", 6),
    ] {
        emulator.fault(words.parse().unwrap());
        let reply = graph.try_send("POST /applications", &registration());
        assert_eq!(count(), made, "{words}: {reply:?}");
        match words {
            words if words.contains("reset") && !words.contains("servicePrincipals") => assert!(reply.is_err()),
            words if words.contains("throttle") => {
                let reply = reply.unwrap();
                assert_eq!((reply.status, reply.header("retry-after")), (429, "7"));
                assert_eq!(reply.json()["error"]["code"], "TooManyRequests");
            }
            words if words.contains("truncate") => {
                let reply = reply.unwrap();
                let announced: usize = reply.header("content-length").parse().unwrap();
                assert_eq!((reply.status, reply.body.len() < announced), (201, true));
            }
            _ => assert!(reply.is_ok()),
        }
    }
}

#[test]
fn every_single_call_of_a_set_up_can_be_struck() {
    // Five calls write, and two look for the resources.
    for call in 1..=8_u32 {
        let emulator = start(Tenant::contoso().fault(Fault::on_graph().call(call).status(503)));
        let graph = Graph::administrator(&emulator);
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| set_up(&graph)));
        assert!(result.is_err() == (call <= 7), "{call}");
        let calls: Vec<u16> = emulator.log().iter().map(|call| call.status).collect();
        let expected: usize = if call <= 7 { usize::try_from(call).unwrap() } else { 7 };
        assert_eq!(calls.len(), expected, "{calls:?}");
    }
}

#[test]
fn a_token_may_end_in_the_middle() {
    let emulator = start(Tenant::contoso().fault("graph call=2 revoke-token".parse().unwrap()));
    let graph = Graph::administrator(&emulator);
    let statuses = [(); 3].map(|()| graph.send("GET /organization", &Value::Null).status);
    assert_eq!(statuses, [200, 401, 401]);
}

#[test]
fn calls_are_on_record_with_their_bodies() {
    let emulator = start(Tenant::contoso());
    let graph = Graph::administrator(&emulator);
    set_up(&graph);
    let log = emulator.log();
    let posts: Vec<&exo_emulator::Received> = log.iter().filter(|call| call.method == "POST").collect();
    let paths: Vec<&str> = posts.iter().map(|call| call.path.rsplit('/').next().unwrap()).collect();
    let grant = "appRoleAssignedTo";
    assert_eq!(paths, ["applications", "servicePrincipals", grant, grant, "roleAssignments"]);
    assert_eq!(posts[0].body, Some(registration()));
    assert_eq!((posts[0].host.as_str(), posts[0].status), ("graph.localhost", 201));
    assert_eq!(posts[4].body.as_ref().unwrap()["roleDefinitionId"], GLOBAL_READER);
    let line = serde_json::to_value(posts[0]).unwrap();
    assert_eq!(line["body"]["displayName"], "ExO PowerShell CBA");
    assert!(!format!("{log:?}").contains(&graph.token));
    let secret = json!({"displayName": "x", "passwordCredentials": [{"secretText": "hidden-away"}]});
    graph.send("POST /applications", &secret);
    assert!(!format!("{:?}", emulator.log().last()).contains("hidden-away"));
}

//! OpenID configuration that is missing, of another type, or hostile: the tenant's line says so, and sign-in goes on.

use crate::token_answers::{ask, names_the_request};
use exo_tests::{Ended, Fault, World, contoso};

const CHECK: [&str; 7] = ["check", "--format", "json", "--max-wait", "0", "--log", "off"];

fn answered(fault: Fault) -> Ended {
    ask(&World::start(contoso().fault(fault.always())), &CHECK)
}

/// The tenant cannot be looked up, for this reason, and all else is well.
fn cannot_be_looked_up(ended: &Ended, why: &str) {
    assert_eq!(ended.code, 0, "{why}: {}", ended.shown());
    let (state, seen) = ended.check("tenant");
    assert_eq!(state, "warning", "{}", ended.shown());
    assert!(seen.contains(why), "`{why}`: {seen}");
    names_the_request(&seen);
    assert_eq!(ended.check("exo token").0, "ok");
    assert_eq!(ended.check("exo session").0, "ok");
}

fn member(name: &str, json: &str) -> Fault {
    Fault::on_discovery().member(name, json)
}

#[test]
fn a_configuration_without_a_tenant_is_told() {
    for json in ["null", "7", "{}", r#""""#, r#""not an address""#, r#""https://login.localhost/common/oauth2""#] {
        let body = format!(r#"{{"token_endpoint":{json},"issuer":{json}}}"#);
        let ended = answered(Fault::on_discovery().answer(200, "application/json", body));
        cannot_be_looked_up(&ended, "names no tenant");
    }
    cannot_be_looked_up(&answered(Fault::on_discovery().answer(200, "application/json", "{}")), "names no tenant");
}

#[test]
fn one_of_two_names_of_the_tenant_is_enough() {
    for name in ["token_endpoint", "issuer"] {
        for fault in [Fault::on_discovery().without_member(name), member(name, "null"), member(name, r#""https://x""#)]
        {
            let ended = answered(fault);
            assert_eq!(ended.ends(0).check("tenant").0, "ok", "{}", ended.shown());
        }
    }
}

#[test]
fn a_region_of_another_type_or_hostile_does_no_harm() {
    for name in ["tenant_region_scope", "tenant_region_sub_scope"] {
        for json in
            ["null", "7", "{}", "[]", r#""""#, r#""\u001b[2J\r\nEU\u0000""#, &format!("\"{}\"", "E".repeat(9000))]
        {
            let ended = answered(member(name, json));
            let (state, seen) = ended.ends(0).check("tenant");
            assert_eq!(state, "ok", "{}", ended.shown());
            assert!(seen.len() < 200 && !seen.contains('\u{1b}'), "{seen}");
        }
    }
}

#[test]
fn an_endpoint_that_another_host_claims_gets_nothing() {
    let desk = exo_tests::TokenDesk::start(|_| Vec::new());
    let elsewhere = format!("\"{}/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11/oauth2/v2.0/token\"", desk.url());
    let ended = answered(member("token_endpoint", &elsewhere));
    assert_eq!(ended.check("exo session").0, "ok", "{}", ended.shown());
    assert_eq!(desk.requests(), Vec::<String>::new());
}

#[test]
fn another_tenants_id_is_told_beside_the_token() {
    let other = r#""https://login.localhost/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token""#;
    let ended = answered(member("token_endpoint", other));
    let states = ["exo token", "scc token"].map(|line| ended.check(line).0);
    assert!(states.iter().any(|state| state != "ok"), "a token of another tenant than asked: {}", ended.shown());
}

#[test]
fn a_configuration_that_is_no_json_object_is_told() {
    for body in
        [&b""[..], b"null", b"[]", b"{", b"\xff\xfe", b"<html>proxy</html>", b"{\"token_endpoint\":\"\xff\"}", b"\0\0"]
    {
        let ended = answered(Fault::on_discovery().answer(200, "application/json", body));
        cannot_be_looked_up(&ended, "");
    }
    for fault in [
        Fault::on_discovery().garbage(),
        Fault::on_discovery().padded(10 << 20),
        Fault::on_discovery().nested(100_000),
        Fault::on_discovery().html(),
        Fault::on_discovery().reset(),
        Fault::on_discovery().truncate(40),
        Fault::on_discovery().status(503),
        Fault::on_discovery().redirect("https://evil.example.com/"),
        Fault::on_discovery().throttle(Some("9999")),
    ] {
        cannot_be_looked_up(&answered(fault), "");
    }
    let page = "<html onload=\"x()\">Sign in</html>";
    for status in [200, 302, 400, 403, 404, 407, 502] {
        let ended = answered(Fault::on_discovery().answer(status, "text/html", page));
        cannot_be_looked_up(&ended, &status.to_string());
        assert!(!ended.stdout.contains("onload"), "{}", ended.shown());
    }
}

#[test]
fn the_label_of_a_configuration_does_not_matter() {
    for label in ["text/html", "", "application/octet-stream"] {
        let ended = answered(Fault::on_discovery().content_type(label));
        assert_eq!(ended.ends(0).check("tenant").0, "ok", "{label}: {}", ended.shown());
    }
}

#[test]
fn a_refusal_that_is_hostile_cannot_steer_a_terminal() {
    let body = r#"{"error":"invalid_tenant","error_description":"AADSTS90002: \u001b[2J\r\nall is well\u0000"}"#;
    let ended = answered(Fault::on_discovery().answer(400, "application/json", body));
    assert_eq!(ended.ends(12).check("tenant").0, "failed", "{}", ended.shown());
    assert!(ended.check("tenant").1.contains("AADSTS90002"), "{}", ended.shown());
}

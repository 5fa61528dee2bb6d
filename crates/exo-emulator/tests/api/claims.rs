//! Claims: capabilities that a client declares, and challenges that it has to answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Emulator, Fault, Tenant};
use serde_json::json;

use crate::caller::Caller;
use crate::client::*;
use crate::refusals::assert_refused;

const DEMAND: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;
const CP1: &str = r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#;
const BOTH: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"},"xms_cc":{"values":["cp1"]}}}"#;

fn ask_with(emulator: &Emulator, claims: &str) -> Reply {
    let mut fields = fields(&assertion(), EXCHANGE_SCOPE);
    fields.push(("claims", claims.to_owned()));
    post_form(emulator, &format!("/{TENANT}/oauth2/v2.0/token"), &form(&fields))
}

fn caller<'a>(emulator: &'a Emulator, reply: &Reply) -> Caller<'a> {
    let token = reply.json()["access_token"].as_str().unwrap().to_owned();
    Caller { emulator, host: "outlook.localhost", token, headers: vec![("X-AnchorMailbox", ANCHOR.to_owned())] }
}

#[test]
fn who_can_answer_a_challenge_gets_a_token_for_a_day() {
    let emulator = start(Tenant::contoso().app(full_app()));
    for (claims, life, shown) in
        [(CP1, 86_399, Some(json!(["cp1"]))), (BOTH, 86_399, Some(json!(["cp1"]))), (DEMAND, 3599, None)]
    {
        let body = ask_with(&emulator, claims).json();
        assert_eq!(body["expires_in"], life);
        assert_eq!(body["ext_expires_in"], life);
        let token = decoded(body["access_token"].as_str().unwrap());
        assert_eq!(token["exp"].as_i64().unwrap() - token["iat"].as_i64().unwrap(), life + 301);
        assert_eq!(token.get("xms_cc").cloned(), shown);
    }
}

#[test]
fn a_challenge_lasts_until_its_claims_were_asked_for() {
    let fault = Fault::on_cmdlet("Get-AcceptedDomain").claims_challenge(DEMAND);
    let emulator = start(Tenant::contoso().app(full_app()).fault(fault));
    let status = |caller: &Caller<'_>| caller.call("Get-AcceptedDomain", json!({})).status;
    let plain = Caller::exchange(&emulator);
    let reply = plain.call("Get-AcceptedDomain", json!({}));
    assert_eq!(reply.status, 401);
    let challenge = reply.header("www-authenticate");
    let wanted = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.windows.net/common/oauth2/authorize\", \
         error=\"insufficient_claims\", claims=\"{}\"",
        STANDARD.encode(DEMAND)
    );
    assert_eq!(challenge, wanted);
    assert_eq!(status(&plain), 401);
    assert_eq!(status(&Caller::exchange(&emulator)), 401);
    assert_eq!(status(&caller(&emulator, &ask_with(&emulator, CP1))), 401);
    for claims in [DEMAND, BOTH] {
        assert_eq!(status(&caller(&emulator, &ask_with(&emulator, claims))), 200);
    }
    assert_eq!(status(&plain), 401);
    let elsewhere = plain.call("Get-OrganizationConfig", json!({}));
    assert_eq!(elsewhere.status, 200);
}

#[test]
fn a_challenge_that_nobody_can_read_is_never_met() {
    let fault = Fault::on_cmdlet("Get-AcceptedDomain").claims_challenge("no JSON");
    let emulator = start(Tenant::contoso().app(full_app()).fault(fault));
    for claims in [DEMAND, CP1] {
        let caller = caller(&emulator, &ask_with(&emulator, claims));
        assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 401);
    }
}

#[test]
fn claims_that_are_malformed_are_refused() {
    let emulator = start(Tenant::contoso().app(full_app()));
    for claims in ["x", "[]", "{", r#"{"access_token":1}"#, r#"{"access_token":{"nbf":1}}"#] {
        assert_refused(&ask_with(&emulator, claims), 400, "invalid_request", 9_002_313);
    }
    assert_eq!(ask_with(&emulator, "").status, 200);
}

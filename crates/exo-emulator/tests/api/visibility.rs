//! State that changes with time: what is not known everywhere yet, what has ended, what was used.

use std::time::Duration;

use exo_emulator::{App, Emulator, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::client::*;
use crate::refusals::assert_refused;

const HALF_A_MINUTE: Duration = Duration::from_secs(30);

fn claim(emulator: &Emulator, scope: &str, name: &str) -> Option<Value> {
    // The clock is moved by these tests, and the assertions with it.
    decoded(&token(emulator, scope)).get(name).cloned()
}

#[test]
fn a_certificate_is_not_found_until_it_is_known_everywhere() {
    let app = App::new(APP).certificate_visible_after(identity().der.clone(), HALF_A_MINUTE);
    let emulator = start(Tenant::contoso().app(app));
    let reply = ask(&emulator, &assertion(), EXCHANGE_SCOPE);
    assert_refused(&reply, 401, "invalid_client", 700_027);
    assert!(reply.json()["error_description"].as_str().unwrap().contains("The key was not found"));
    emulator.advance_clock(29);
    emulator.advance_clock(1);
    assert_eq!(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status, 200);
}

#[test]
fn a_certificate_registered_later_spreads_from_then_on() {
    let emulator = start(Tenant::contoso().app(App::new(APP)));
    emulator.advance_clock(3600);
    emulator.register_certificate(APP, identity().der.clone(), HALF_A_MINUTE).unwrap();
    let status = || {
        let mut claims = claims();
        claims["exp"] = json!(now() + 7200);
        ask(&emulator, &identity().jwt(&identity().header(), &claims), EXCHANGE_SCOPE).status
    };
    assert_eq!(status(), 401);
    emulator.advance_clock(31);
    assert_eq!(status(), 200);
    let nobody = emulator.register_certificate(TENANT, identity().der.clone(), Duration::ZERO).unwrap_err();
    assert!(nobody.to_string().contains(TENANT), "{nobody}");
}

#[test]
fn a_certificate_that_lives_too_long_is_not_registered() {
    let tenant = Tenant::contoso().max_certificate_days(365);
    let with = |days: i64| {
        let app = App::new(APP).certificate_der_with_dates(identity().der.clone(), now(), now() + days * 86_400);
        Emulator::start(tenant.clone().app(app)).map(drop)
    };
    assert!(with(365).is_ok());
    assert!(with(366).unwrap_err().to_string().contains("365 days"));
    // The test's certificate is valid for centuries.
    let emulator = start(tenant.clone().app(App::new(APP)));
    assert!(emulator.register_certificate(APP, identity().der.clone(), Duration::ZERO).is_err());
}

#[test]
fn an_older_certificate_serves_while_the_new_one_spreads() {
    let new = Identity::make();
    let app = full_app().certificate_visible_after(new.der.clone(), HALF_A_MINUTE);
    let emulator = start(Tenant::contoso().app(app));
    let with_new = || ask(&emulator, &new.jwt(&new.header(), &claims()), EXCHANGE_SCOPE);
    assert_eq!(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status, 200);
    assert_eq!(with_new().status, 401);
    emulator.advance_clock(31);
    assert_eq!(with_new().status, 200);
}

#[test]
fn permissions_and_roles_show_in_tokens_of_later() {
    let app = app()
        .permission_visible_after(Service::Exchange, HALF_A_MINUTE)
        .role_visible_after(GLOBAL_READER, 2 * HALF_A_MINUTE);
    let emulator = start(Tenant::contoso().app(app));
    let marker = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
    let early = token(&emulator, EXCHANGE_SCOPE);
    assert_eq!(decoded(&early).get("roles"), None);
    assert_eq!(claim(&emulator, EXCHANGE_SCOPE, "wids"), Some(json!([marker])));
    emulator.advance_clock(31);
    assert_eq!(claim(&emulator, EXCHANGE_SCOPE, "roles"), Some(json!(["Exchange.ManageAsApp"])));
    assert_eq!(claim(&emulator, EXCHANGE_SCOPE, "wids"), Some(json!([marker])));
    emulator.advance_clock(30);
    assert_eq!(claim(&emulator, EXCHANGE_SCOPE, "wids"), Some(json!([GLOBAL_READER, marker])));
    // What is in a token stays as it was.
    let stale = Caller { emulator: &emulator, host: "outlook.localhost", token: early, headers: Vec::new() };
    assert_eq!(stale.call("Get-AcceptedDomain", json!({})).status, 401);
}

#[test]
fn a_role_group_alone_opens_the_service_and_no_token_shows_it() {
    let app = app().permission(Service::Exchange).role_group(Service::Exchange, "View-Only Organization Management");
    let emulator = start(Tenant::contoso().app(app));
    assert_eq!(claim(&emulator, EXCHANGE_SCOPE, "wids"), Some(json!(["0997a1d0-0d1d-4acb-b408-d5ca73121e90"])));
    assert_eq!(Caller::exchange(&emulator).call("Get-AcceptedDomain", json!({})).status, 200);
    let nothing = start(Tenant::contoso().app(self::app().permission(Service::Exchange)));
    assert_eq!(Caller::exchange(&nothing).call("Get-AcceptedDomain", json!({})).status, 403);
}

fn app() -> App {
    crate::client::app()
}

#[test]
fn a_token_ends_by_the_clock_of_the_tenant() {
    let emulator = start(Tenant::contoso().app(full_app()).token_lifetime(600));
    let caller = Caller::exchange(&emulator);
    emulator.advance_clock(590);
    assert_eq!(caller.call("Get-AcceptedDomain", json!({})).status, 200);
    emulator.advance_clock(11);
    let reply = caller.call("Get-AcceptedDomain", json!({}));
    assert_eq!(reply.status, 401);
    assert!(reply.header("x-ms-diagnostics").contains("expired"));
}

#[test]
fn a_wrong_clock_is_told_by_the_date_and_forgiven_when_corrected() {
    let emulator = start(Tenant::contoso().app(full_app()).clock_skew(700));
    let mut wrong = claims();
    wrong["exp"] = json!(now() + 300);
    let me = identity();
    let reply = ask(&emulator, &me.jwt(&me.header(), &wrong), EXCHANGE_SCOPE);
    assert_refused(&reply, 401, "invalid_client", 700_024);
    let told = reply.json()["timestamp"].as_str().unwrap().to_owned();
    assert!(reply.header("date").contains(&told[11..16]), "{} {told}", reply.header("date"));
    let mut right = claims();
    right["nbf"] = json!(now() + 640);
    right["exp"] = json!(now() + 1300);
    assert_eq!(ask(&emulator, &me.jwt(&me.header(), &right), EXCHANGE_SCOPE).status, 200);
}

#[test]
fn an_assertion_serves_once_where_that_is_wanted() {
    let emulator = start(Tenant::contoso().app(full_app()).single_use_assertions(true));
    let with = |jti: Value, scope| {
        let mut claims = claims();
        claims["jti"] = jti;
        ask(&emulator, &identity().jwt(&identity().header(), &claims), scope)
    };
    assert_eq!(with(json!("a"), EXCHANGE_SCOPE).status, 200);
    assert_refused(&with(json!("a"), COMPLIANCE_SCOPE), 401, "invalid_client", 50_012);
    assert_eq!(with(json!("b"), COMPLIANCE_SCOPE).status, 200);
    assert_refused(&with(Value::Null, EXCHANGE_SCOPE), 400, "invalid_request", 90_014);
}

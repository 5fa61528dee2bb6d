//! `exoctl token` shows what tokens say, and a token itself only where it is asked for.

use exo_tests::{App, EXCHANGE_ADMINISTRATOR, Fault, GLOBAL_READER, Service, World, bare_app, contoso, empty_contoso};
use insta::assert_snapshot;

#[test]
fn both_tokens_are_decoded_and_explained() {
    let world = World::start(contoso());
    assert_snapshot!(world.exoctl(["token"]).shown(), @r"
    exit_code: 0
    ----- stdout -----
    Exchange Online
      app          ExO PowerShell CBA (36ee4c6c-0812-40a2-b820-b22ebd02bce3)
      object id    00000000-0000-0000-0000-000000000000
      tenant       00000000-0000-0000-0000-000000000000
      audience     https://outlook.office365.com
      proven by    a certificate, or the token of another issuer
      permissions  Exchange.ManageAsApp
      roles        Global Reader, supported in this service: yes
                   00000000-0000-0000-0000-000000000000, which every app-only token carries; it is no role
      issued       2026-01-01T00:00:00Z, 5 minutes ago
      ends         2026-01-01T00:00:00Z, in 59 minutes
      may not do   changes: Global Reader can only read; only a role group of Exchange Online could add to that
      may not do   Add-UnifiedGroupLinks, New-UnifiedGroup, Remove-UnifiedGroup, Remove-UnifiedGroupLinks: Microsoft lists them as unsupported for apps

    Security & Compliance
      app          ExO PowerShell CBA (36ee4c6c-0812-40a2-b820-b22ebd02bce3)
      object id    00000000-0000-0000-0000-000000000000
      tenant       00000000-0000-0000-0000-000000000000
      audience     https://ps.compliance.protection.outlook.com
      proven by    a certificate, or the token of another issuer
      permissions  Exchange.ManageAsApp
      roles        Global Reader, supported in this service: yes
                   00000000-0000-0000-0000-000000000000, which every app-only token carries; it is no role
      issued       2026-01-01T00:00:00Z, 5 minutes ago
      ends         2026-01-01T00:00:00Z, in 59 minutes
      may not do   changes: Global Reader can only read; only a role group of Security & Compliance could add to that
      may not do   Get-ComplianceSearchAction, Invoke-ComplianceSearchActionStep, Invoke-ComplianceSecurityFilterAction, Invoke-HoldRemovalAction, New-CaseHoldPolicy, New-ComplianceSearch, New-ComplianceSearchAction, Set-CaseHoldPolicy, Start-ComplianceSearch: Microsoft lists them as unsupported for apps
    ----- stderr -----
    ");
    assert_eq!(world.written(), Vec::<String>::new());
    assert_eq!(world.received("Get-AcceptedDomain"), 0);
}

#[test]
fn roles_have_names_and_what_a_service_does_not_support_is_said() {
    let user_administrator = "fe930be7-5e62-47db-91af-98c3a49a38b1";
    let nobody = "11111111-2222-3333-4444-555555555555";
    let app = bare_app()
        .permission(Service::Exchange)
        .permission(Service::Compliance)
        .role(EXCHANGE_ADMINISTRATOR)
        .role(user_administrator)
        .role(nobody);
    let world = World::start(empty_contoso().app(app));
    let ended = world.exoctl(["token", "--service", "scc", "--format", "json"]);
    let token = ended.ends(0).json()["tokens"][0].clone();
    let role = |id: &str| {
        let roles = token["roles"].as_array().unwrap();
        roles.iter().find(|role| role["id"] == id).unwrap_or_else(|| panic!("{id}: {token}")).clone()
    };
    assert_eq!(role(EXCHANGE_ADMINISTRATOR)["name"], "Exchange Administrator");
    assert_eq!(role(EXCHANGE_ADMINISTRATOR)["supported"], false);
    assert_eq!(role(user_administrator)["name"], "User Administrator");
    assert_eq!(role(nobody)["name"], serde_json::Value::Null);
    assert_eq!(role("0997a1d0-0d1d-4acb-b408-d5ca73121e90")["marker"], true);
    assert_eq!(token["permissions"][0], "Exchange.ManageAsApp");
    assert!(token["will_not_do"][0]["next"].as_str().unwrap().contains("step 5"), "{token}");
    let exchange = world.exoctl(["token", "--service", "exo"]);
    exchange.ends(0).gives("Exchange Administrator, supported in this service: yes").gives(nobody);
    exchange.never_says("can only read");
}

#[test]
fn programs_get_what_a_token_will_not_do_by_name() {
    let names = |app: App, service: &str| -> Vec<String> {
        let world = World::start(empty_contoso().app(app));
        let tokens = world.exoctl(["token", "--service", service, "--format", "json"]).ends(0).json()["tokens"].clone();
        let obstacles = tokens[0]["will_not_do"].as_array().unwrap().clone();
        obstacles.iter().map(|obstacle| format!("{} {}", obstacle["name"], obstacle["certain"])).collect()
    };
    let both = || bare_app().permission(Service::Exchange).permission(Service::Compliance);
    assert_eq!(names(bare_app(), "exo")[0], "\"token-no-permission\" true");
    assert_eq!(names(both(), "exo"), ["\"token-no-directory-role\" false", "\"unsupported-for-apps\" false"]);
    let reader = names(both().role(GLOBAL_READER), "scc");
    assert_eq!(reader, ["\"token-only-reads\" false", "\"unsupported-for-apps\" false"]);
    assert_eq!(names(both().role(EXCHANGE_ADMINISTRATOR), "exo"), ["\"unsupported-for-apps\" false"]);
    let other = names(both().role(EXCHANGE_ADMINISTRATOR), "scc");
    assert_eq!(other, ["\"token-role\" false", "\"unsupported-for-apps\" false"]);
}

#[test]
fn a_token_without_permission_says_which_step_is_open() {
    let world = World::start(empty_contoso().app(bare_app().role(GLOBAL_READER)));
    let ended = world.exoctl(["token", "--service", "exo"]);
    ended.ends(0).gives("permissions  none").gives("Exchange.ManageAsApp").gives("step 2");
}

#[test]
fn a_raw_token_stands_alone_on_stdout() {
    let world = World::start(contoso());
    let ended = world.exoctl(["token", "--service", "exo", "--raw"]);
    let token = ended.ends(0).stdout.clone();
    assert_eq!(ended.stderr, "");
    assert!(token.starts_with("eyJ") && token.trim_end().split('.').count() == 3 && token.lines().count() == 1);
    let other = world.exoctl(["token", "--service", "scc", "--raw"]).ends(0).stdout.clone();
    assert_ne!(token, other);
}

#[test]
fn a_raw_token_is_of_one_service_and_never_goes_into_a_file() {
    let world = World::start(contoso());
    let said = world.refusal(2, ["token", "--raw"]);
    assert!(said.contains("--service exo or --service scc"), "{said}");
    world.exoctl(["token", "--raw", "--service", "exo", "--out", "token.txt"]).ends(2).says("--out");
    assert_eq!(world.written(), Vec::<String>::new());
    world.assert_nothing_was_sent();
}

#[test]
fn only_a_raw_token_is_ever_printed() {
    let world = World::start(contoso());
    for words in [&["token"][..], &["token", "--format", "json"], &["token", "--out", "claims.txt"]] {
        world.exoctl(words.iter().chain(&["--log", "trace"])).ends(0).never_says("eyJ");
    }
    assert!(!world.read("claims.txt").contains("eyJ"));
}

#[test]
fn a_refusal_of_all_tokens_ends_as_everywhere() {
    let world = World::start(empty_contoso());
    let said = world.refusal(12, ["token"]);
    assert!(said.contains("AADSTS700016"), "{said}");
    let error = world.exoctl(["token", "--format", "json"]).ends(12).json_error();
    assert_eq!(error["code"], "AADSTS700016");
}

#[test]
fn a_token_that_came_is_shown_beside_one_that_did_not() {
    let world = World::start(contoso().fault(Fault::on_token().aadsts(500_011)));
    let ended = world.exoctl(["token", "--format", "json"]);
    let tokens = ended.ends(12).json()["tokens"].clone();
    assert_eq!(tokens[0]["error"]["code"], "AADSTS500011", "{tokens}");
    assert_eq!(tokens[1]["app_name"], "ExO PowerShell CBA", "{tokens}");
    let world = World::start(contoso().fault(Fault::on_token().aadsts(500_011)));
    world.exoctl(["token"]).ends(12).gives("no token: ").gives("hint: ").gives("Security & Compliance");
}

#[test]
fn a_token_is_shown_as_a_table_or_as_json() {
    let world = World::start(contoso());
    let said = world.refusal(2, ["token", "--format", "csv"]);
    assert!(said.contains("table or json"), "{said}");
}

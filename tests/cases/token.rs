//! What the token service refuses: its code, its correlation id, and the open set-up step.

use exo_tests::{App, Fault, Service, World, app, bare_app, contoso, data, empty_contoso, wait_until};
use insta::assert_snapshot;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];

/// Refused by the token service, and no cmdlet was sent.
fn refused(world: &World) -> String {
    let said = world.refusal(12, ASK);
    assert_eq!(world.received("Get-AcceptedDomain"), 0);
    said
}

#[test]
fn an_unknown_tenant_is_named() {
    let world = World::start(contoso()).with_profile("organization = 'fabrikam.onmicrosoft.com'");
    assert_snapshot!(refused(&world), @r"
    error: the token service refused: AADSTS90002: Tenant 'fabrikam.onmicrosoft.com' not found (invalid_request, status 400, trace id 00000000-0000-0000-0000-000000000000, correlation id 00000000-0000-0000-0000-000000000000, at 2026-01-01 00:00:00Z)
      hint: check the tenant's name, and the cloud it lives in
    ");
}

#[test]
fn an_app_that_is_not_in_the_tenant_opens_step_1() {
    let world = World::start(empty_contoso());
    assert_snapshot!(refused(&world), @r"
    error: the token service refused: AADSTS700016: Application with identifier '36ee4c6c-0812-40a2-b820-b22ebd02bce3' was not found in the directory 'Contoso' (unauthorized_client, status 400, trace id 00000000-0000-0000-0000-000000000000, correlation id 00000000-0000-0000-0000-000000000000, at 2026-01-01 00:00:00Z)
      hint: look at set-up step 1 (register the app): check that the app id is the application (client) id, not an object id, and that the app is registered in, or consented to by, this tenant
    ");
}

#[test]
fn a_certificate_that_is_not_attached_opens_step_4() {
    let world = World::start(contoso()).with_certificate("other.pfx");
    assert_snapshot!(refused(&world), @r"
    error: the token service refused: AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application (invalid_client, status 401, trace id 00000000-0000-0000-0000-000000000000, correlation id 00000000-0000-0000-0000-000000000000, at 2026-01-01 00:00:00Z)
      hint: look at set-up step 4 (attach the certificate to the app): compare the certificate's thumbprint with those of the app registration; after an upload it takes some minutes
    ");
}

#[test]
fn an_app_without_service_principal_opens_step_2() {
    let world = World::start(empty_contoso().app(app().service_principal(false)));
    let said = refused(&world);
    assert!(said.contains("set-up step 2"), "{said}");
}

#[test]
fn an_app_that_was_disabled_is_told_so() {
    let world = World::start(empty_contoso().app(app().enabled(false)));
    let said = refused(&world);
    assert!(said.contains("AADSTS7000112") && said.contains("enable"), "{said}");
}

#[test]
fn a_public_client_is_told_which_switch_to_turn() {
    let world = World::start(empty_contoso().app(app().public_client(true)));
    let said = refused(&world);
    assert!(said.contains("Allow public client flows"), "{said}");
}

#[test]
fn conditional_access_sends_to_the_administrator() {
    let world = World::start(empty_contoso().app(app().blocked(true)));
    let said = refused(&world);
    assert!(said.contains("AADSTS53003") && said.contains("administrator"), "{said}");
}

#[test]
fn a_machine_whose_clock_is_wrong_signs_in_by_the_services_clock_and_is_told_so() {
    let world = World::start(contoso().clock_skew(3600));
    world.exoctl(ASK).ends(0).says("clock");
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn a_refusal_carries_code_and_correlation_id_for_programs() {
    let world = World::start(empty_contoso());
    let error = world.exoctl(ASK.iter().chain(&["--format", "json"])).ends(12).json_error();
    assert_eq!(error["code"], "AADSTS700016");
    assert_eq!(error["kind"], "authentication");
    assert_eq!(error["exit_code"], 12);
    assert!(error["hint"].as_str().unwrap().contains("set-up step 1"), "{error}");
    assert!(error["message"].as_str().unwrap().contains("correlation id "), "{error}");
}

#[test]
fn a_refusal_is_not_asked_a_second_time() {
    let world = World::start(empty_contoso());
    world.exoctl(ASK).ends(12);
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn what_is_new_is_waited_for_where_that_is_asked_for() {
    let world = || World::start(contoso().fault(Fault::on_token().always().aadsts(700_027)));
    let waits = |flag: &str| {
        let world = world();
        let running = world.start_exoctl(ASK.iter().chain(&[flag]));
        wait_until("it says that it waits", || running.said().contains("wait_ms=10000"));
    };
    waits("--wait-for-propagation");
    waits("--wait-for-propagation=30");
    let world = world().with_profile("wait-for-propagation = 0");
    assert!(refused(&world).contains("AADSTS700027"));
    assert_eq!(world.emulator().token_requests(), 1);
    world.exoctl(ASK.iter().chain(&["--wait-for-propagation=soon"])).ends(2);
}

#[test]
fn a_token_endpoint_that_is_busy_is_asked_again() {
    let world = World::start(contoso().fault(Fault::on_token().times(2).throttle(Some("0"))));
    world.exoctl(ASK).ends(0);
    assert_eq!(world.emulator().token_requests(), 3);
}

#[test]
fn a_token_endpoint_that_stays_busy_is_throttling() {
    let world = World::start(contoso().fault(Fault::on_token().always().throttle(Some("100"))));
    let ended = world.exoctl(ASK.iter().chain(&["--max-wait", "1"]));
    assert!(ended.refused(14).contains("token service"), "{}", ended.shown());
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn a_token_endpoint_that_is_down_is_unavailable() {
    for fault in [Fault::on_token().status(503), Fault::on_token().html(), Fault::on_token().status(500)] {
        let world = World::start(contoso().fault(fault.clone().always()));
        let ended = world.exoctl(ASK.iter().chain(&["--max-wait", "0"]));
        assert!(ended.refused(15).contains("token service"), "{fault:?}: {}", ended.shown());
    }
}

#[test]
fn a_token_endpoint_that_breaks_off_is_unavailable() {
    for fault in [Fault::on_token().reset(), Fault::on_token().truncate(10)] {
        let world = World::start(contoso().fault(fault.clone().always()));
        let ended = world.exoctl(ASK.iter().chain(&["--max-wait", "0"]));
        assert!(ended.refused(15).contains("token service"), "{fault:?}: {}", ended.shown());
    }
}

#[test]
fn a_token_answer_that_is_no_token_is_not_understood() {
    let world = World::start(contoso().fault(Fault::on_token().always().garbage()));
    assert_snapshot!(world.refusal(16, ASK), @r"
    error: what the token service at `login.localhost` answered (status 200) is not understood: it is not a JSON object (client request id 00000000-0000-0000-0000-000000000000)
      hint: check the address of the sign-in host, and whether a proxy answers in its place
    ");
}

#[test]
fn nobody_at_the_address_is_unavailable() {
    let world = World::start(contoso()).with_profile("login = 'https://login.localhost:9'");
    let ended = world.exoctl(ASK.iter().chain(&["--max-wait", "0"]));
    assert_snapshot!(ended.refused(15), @r"
    error: the exchange with the token service failed (client request id 00000000-0000-0000-0000-000000000000)
      caused by: could not connect to `login.localhost`
      caused by: Connection refused (os error 111)
      hint: check the network, the firewall, and whether a proxy is needed
    ");
}

#[test]
fn a_server_that_is_not_trusted_gets_nothing() {
    let world = World::start(contoso()).with_profile("ca-file");
    let said = world.refusal(15, ASK);
    assert!(said.contains("no trusted TLS connection to `login.localhost`"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn one_token_serves_a_whole_run_of_pages() {
    let world = World::start(contoso().mailboxes(2500));
    world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Alias", "--format", "csv"]).ends(0);
    assert!(world.received("Get-Mailbox") >= 3);
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn each_service_has_a_token_of_its_own() {
    let world = World::start(contoso());
    world.exoctl(["check"]).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn a_token_that_was_revoked_is_renewed_once() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Get-AcceptedDomain").revoke_token()));
    world.exoctl(ASK).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
    assert_eq!(world.received("Get-AcceptedDomain"), 2);
}

#[test]
fn a_token_is_renewed_before_it_ends() {
    let world = World::start(contoso().mailboxes(3000).token_lifetime(1));
    world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Alias", "--format", "csv"]).ends(0);
    assert!(world.emulator().token_requests() >= 2, "a token of one second serves one request");
}

#[test]
fn the_tenant_may_be_given_beside_the_organization() {
    let world = World::start(contoso());
    world.exoctl(ASK.iter().chain(&["--tenant", "contoso.com"])).ends(0);
    world.exoctl(ASK.iter().chain(&["--tenant", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"])).ends(0);
    let said = world.exoctl(ASK.iter().chain(&["--tenant", "fabrikam.onmicrosoft.com"])).refused(12);
    assert!(said.contains("AADSTS90002"), "{said}");
}

#[test]
fn without_permission_the_token_comes_and_the_service_refuses() {
    let world = World::start(empty_contoso().app(bare_app()));
    let said = world.refusal(13, ASK);
    assert!(said.contains("Exchange.ManageAsApp") && said.contains("set-up step 2"), "{said}");
    let key =
        App::new("00000000-0000-0000-0000-000000000001").certificate_der(data("app.cer")).permission(Service::Exchange);
    let world = World::start(empty_contoso().app(key));
    assert!(refused(&world).contains("AADSTS700016"));
}

#[test]
fn eight_calls_whose_token_was_revoked_renew_it_once() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Get-MailboxStatistics").call(10).revoke_token()));
    world.exoctl(["run", "mailbox-sizes", "--format", "csv"]).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
}

//! `exoctl check` says which of the five set-up steps is open.

use exo_tests::{
    App, EXCHANGE_ADMINISTRATOR, Ended, Fault, GLOBAL_READER, Service, World, app, bare_app, contoso, empty_contoso,
};
use insta::assert_snapshot;

const CHECK: [&str; 3] = ["check", "--format", "json"];

/// The state of a line.
fn state(ended: &Ended, what: &str) -> String {
    ended.check(what).0
}

/// A check of a tenant with this app.
fn check(app: App) -> Ended {
    World::start(empty_contoso().app(app)).exoctl(CHECK)
}

/// The one thing to do, which names the step.
fn only_step(ended: &Ended, step: u8) -> String {
    let steps = ended.next_steps();
    assert_eq!(steps.len(), 1, "{}", ended.shown());
    assert!(steps[0].contains(&format!("set-up step {step}")), "{steps:?}");
    steps[0].clone()
}

#[test]
fn all_is_well_where_all_five_steps_are_done() {
    let world = World::start(contoso());
    assert_snapshot!(world.exoctl(["check"]).shown(), @r"
    exit_code: 0
    ----- stdout -----
    ok    profile               app 36ee4c6c-0812-40a2-b820-b22ebd02bce3 in contoso.onmicrosoft.com
    ok    clock                 agrees with the token service's to the minute
    ok    dns                   `login.localhost` is 127.0.0.1, ::1
    ok    proxy                 none: HTTPS_PROXY, https_proxy, ALL_PROXY are not set
    ok    tls                   TLS 1.3 with `login.localhost`, certified by `CN=exo-emulator root`, trusted by `FOLDER/ca.pem`
    ok    certificate           CN=app, RSA 2048 bits, valid to 2060-01-01, thumbprint 923CB0588F1E0DE79BE4392B4916B9B0136FA539
    ok    tenant                contoso.onmicrosoft.com is 00000000-0000-0000-0000-000000000000
    ok    cloud                 worldwide, region EU
    ok    app                   `ExO PowerShell CBA` (36ee4c6c-0812-40a2-b820-b22ebd02bce3), service principal 00000000-0000-0000-0000-000000000000 signs in
    ok    certificate attached  the token service took a statement that it signed
    ok    exo token             for app `ExO PowerShell CBA`, audience https://outlook.office365.com
    ok    exo permission        Exchange.ManageAsApp is granted and consented
    ok    exo consent           an administrator consented, or the token would not have the permission
    ok    exo role              Global Reader is supported for app-only sign-in to Exchange Online
    ok    exo session           Exchange Online answers, and offers 00 cmdlets to the app
    ok    organization          contoso.onmicrosoft.com is the initial domain
    ok    scc token             for app `ExO PowerShell CBA`, audience https://ps.compliance.protection.outlook.com
    ok    scc permission        Exchange.ManageAsApp is granted and consented
    ok    scc consent           an administrator consented, or the token would not have the permission
    ok    scc role              Global Reader is supported for app-only sign-in to Security & Compliance
    ok    scc session           Security & Compliance answers at eur02b.ps.compliance.localhost, and offers 0 cmdlets to the app
    warn  reports               6 of 7 bundled reports can run; `send-as` cannot, `Get-RecipientPermission`: Exchange Online does not offer it to this app; perhaps none of the app's roles has it, or the service has it no more

    all is well
    ----- stderr -----
    ");
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_wrong_is_told_with_its_direction() {
    for (skew, direction) in [(3600, "behind"), (-3600, "ahead of")] {
        let ended = World::start(contoso().clock_skew(skew)).exoctl(CHECK);
        ended.ends(0);
        let (state, seen) = ended.check("clock");
        assert_eq!(state, "warning");
        assert!(seen.contains(direction) && seen.contains("minutes"), "{seen}");
    }
}

#[test]
fn a_clock_for_which_the_token_is_refused_is_a_failure() {
    let refused = Fault::on_token().always().aadsts(700_024);
    let ended = World::start(contoso().clock_skew(3600).fault(refused)).exoctl(CHECK);
    ended.ends(12);
    assert_eq!(state(&ended, "clock"), "failed");
    assert!(ended.next_steps()[0].starts_with("set this machine's clock"), "{}", ended.shown());
}

#[test]
fn every_refusal_of_the_token_service_is_explained_with_a_way_out() {
    for code in Fault::aadsts_codes() {
        let world = World::start(contoso().fault(Fault::on_token().always().aadsts(code)));
        let ended = world.exoctl(CHECK.iter().chain(&["--service", "exo", "--max-wait", "0"]));
        assert_ne!(ended.code, 0, "{code}");
        let lines = ended.json()["checks"].as_array().unwrap().clone();
        let line = lines.iter().find(|line| line["what"] == "exo token").unwrap();
        assert_eq!(line["code"], format!("AADSTS{code}"), "{}", ended.shown());
        let means = format!("AADSTS{code} means that ");
        let causes = line["causes"].as_array().cloned().unwrap_or_default();
        assert!(causes.iter().any(|cause| cause.as_str().unwrap().starts_with(&means)), "{}", ended.shown());
        assert!(!ended.next_steps()[0].starts_with("look the code up"), "{}", ended.shown());
    }
}

#[test]
fn every_line_is_there_for_programs() {
    let ended = World::start(contoso()).exoctl(CHECK);
    let value = ended.ends(0).json();
    assert_eq!(value["ok"], true);
    let lines = value["checks"].as_array().unwrap();
    let is_ok = |line: &serde_json::Value| line["state"] == "ok" || line["what"] == "reports";
    assert!(lines.len() == 22 && lines.iter().all(is_ok), "{}", ended.shown());
    // Not all reports that come with the program are open to a reader, which is no fault.
    let (state, seen) = ended.check("reports");
    assert_eq!(state, "warning");
    assert!(seen.starts_with("6 of 7 bundled reports can run; `send-as` cannot, "), "{seen}");
}

#[test]
fn step_1_is_open_where_the_app_is_not_known() {
    let ended = World::start(empty_contoso()).exoctl(CHECK);
    ended.ends(12);
    assert_eq!(state(&ended, "certificate"), "ok");
    assert_eq!(state(&ended, "exo token"), "failed");
    only_step(&ended, 1);
}

#[test]
fn step_2_is_open_where_the_permission_is_missing() {
    let ended = check(bare_app().role(GLOBAL_READER));
    ended.ends(13);
    assert_eq!(state(&ended, "exo token"), "ok");
    assert_eq!(state(&ended, "exo permission"), "failed");
    let steps = ended.next_steps();
    assert!(!steps.is_empty() && steps.iter().all(|step| step.contains("set-up step 2")), "{steps:?}");
    assert!(steps[0].contains("Exchange.ManageAsApp"), "{steps:?}");
}

#[test]
fn a_missing_permission_is_not_called_a_missing_role() {
    let ended = check(bare_app().role(GLOBAL_READER));
    assert_eq!(state(&ended, "exo permission"), "failed");
}

#[test]
fn step_2_is_open_where_the_consent_is_missing() {
    let ended = check(app().consented(false));
    ended.ends(13);
    let steps = ended.next_steps();
    assert!(steps.iter().all(|step| step.contains("set-up step 2") && step.contains("consent")), "{steps:?}");
}

#[test]
fn step_2_is_open_for_one_service_only_where_its_permission_is_missing() {
    let ended = check(bare_app().permission(Service::Exchange).role(GLOBAL_READER));
    ended.ends(13);
    assert_eq!(state(&ended, "exo session"), "ok");
    assert!(only_step(&ended, 2).contains("Exchange Online Protection"), "{}", ended.shown());
}

#[test]
fn step_3_is_open_where_the_certificate_cannot_be_used() {
    let world = World::start(contoso()).with_profile("certificate-file = 'nix.pfx'");
    let ended = world.exoctl(CHECK);
    ended.ends(11);
    assert_eq!(state(&ended, "certificate"), "failed");
    only_step(&ended, 3);
    world.assert_nothing_was_sent();
}

#[test]
fn step_4_is_open_where_the_certificate_is_not_attached() {
    let ended = World::start(contoso()).with_certificate("other.pfx").exoctl(CHECK);
    ended.ends(12);
    only_step(&ended, 4);
}

#[test]
fn step_5_is_open_where_the_role_is_missing() {
    let ended = check(bare_app().permission(Service::Exchange).permission(Service::Compliance));
    ended.ends(13);
    assert_eq!(state(&ended, "exo permission"), "ok");
    let steps = ended.next_steps();
    assert!(!steps.is_empty() && steps.iter().all(|step| step.contains("step 5")), "{}", ended.shown());
    assert!(steps[0].contains("Global Reader"), "{steps:?}");
}

#[test]
fn step_5_is_open_for_the_other_service_where_the_role_opens_only_one() {
    let app = bare_app().permission(Service::Exchange).permission(Service::Compliance).role(EXCHANGE_ADMINISTRATOR);
    let ended = check(app);
    ended.ends(13);
    assert_eq!(state(&ended, "exo role"), "ok");
    assert_eq!(state(&ended, "exo session"), "ok");
    assert!(ended.next_steps().iter().any(|step| step.contains("step 5")), "{}", ended.shown());
    assert!(ended.next_steps().iter().any(|step| step.contains("Security Reader")), "{}", ended.shown());
}

#[test]
fn a_role_group_opens_what_no_token_shows() {
    let app =
        bare_app().permission(Service::Exchange).role_group(Service::Exchange, "View-Only Organization Management");
    let ended = World::start(empty_contoso().app(app)).exoctl(CHECK.iter().chain(&["--service", "exo"]));
    ended.ends(0);
    assert_eq!(state(&ended, "exo role"), "warning");
    assert_eq!(state(&ended, "exo session"), "ok");
}

#[test]
fn one_service_alone_can_be_checked() {
    let world = World::start(contoso());
    let value = world.exoctl(CHECK.iter().chain(&["--service", "scc"])).ends(0).json();
    assert!(value["checks"].as_array().unwrap().iter().all(|line| !line["what"].as_str().unwrap().starts_with("exo ")));
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn the_region_of_security_and_compliance_is_found() {
    let ended = World::start(contoso()).exoctl(CHECK);
    let seen = "Security & Compliance answers at eur02b.ps.compliance.localhost, and offers 0 cmdlets to the app";
    assert_eq!(ended.check("scc session").1, seen);
}

#[test]
fn an_initial_domain_of_another_name_is_told() {
    // The tenant is given by another name, so that a token comes all the same.
    let world =
        World::start(contoso()).with_profile("organization = 'fabrikam.onmicrosoft.com'\ntenant = 'contoso.com'");
    let ended = world.exoctl(CHECK.iter().chain(&["--service", "exo"]));
    let (state, seen) = ended.check("organization");
    assert_eq!(state, "failed", "{}", ended.shown());
    assert!(seen.contains("contoso.onmicrosoft.com is"), "{seen}");
    assert!(ended.next_steps()[0].contains("--organization contoso.onmicrosoft.com"), "{}", ended.shown());
    ended.ends(10);
}

#[test]
fn a_service_that_is_down_does_not_hide_the_other() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Get-AcceptedDomain").always().status(503)));
    let ended = world.exoctl(CHECK.iter().chain(&["--max-wait", "0"]));
    ended.ends(15);
    assert_eq!(state(&ended, "exo session"), "failed");
    assert_eq!(state(&ended, "scc session"), "ok");
}

#[test]
fn a_check_can_be_written_to_a_file_and_not_as_csv() {
    let world = World::start(contoso());
    let said = world.refusal(2, ["check", "--format", "csv"]);
    assert!(said.contains("table or json"), "{said}");
    world.exoctl(CHECK.iter().chain(&["--out", "check.json"])).ends(0);
    assert_eq!(world.written(), ["check.json"]);
    assert_eq!(world.json("check.json")["ok"], true);
}

#[test]
fn an_unknown_service_lists_the_two() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, ["check", "--service", "ews"]), @"error: `ews` is not a service; there are `exo` (Exchange Online) and `scc` (Security & Compliance)");
}

#[test]
fn people_read_what_holds_what_does_not_and_what_to_do_next() {
    let app = bare_app().permission(Service::Exchange).role(EXCHANGE_ADMINISTRATOR);
    let world = World::start(empty_contoso().app(app));
    assert_snapshot!(world.exoctl(["check"]).shown(), @r"
    exit_code: 13
    ----- stdout -----
    ok    profile               app 36ee4c6c-0812-40a2-b820-b22ebd02bce3 in contoso.onmicrosoft.com
    ok    clock                 agrees with the token service's to the minute
    ok    dns                   `login.localhost` is 127.0.0.1, ::1
    ok    proxy                 none: HTTPS_PROXY, https_proxy, ALL_PROXY are not set
    ok    tls                   TLS 1.3 with `login.localhost`, certified by `CN=exo-emulator root`, trusted by `FOLDER/ca.pem`
    ok    certificate           CN=app, RSA 2048 bits, valid to 2060-01-01, thumbprint 923CB0588F1E0DE79BE4392B4916B9B0136FA539
    ok    tenant                contoso.onmicrosoft.com is 00000000-0000-0000-0000-000000000000
    ok    cloud                 worldwide, region EU
    ok    app                   `ExO PowerShell CBA` (36ee4c6c-0812-40a2-b820-b22ebd02bce3), service principal 00000000-0000-0000-0000-000000000000 signs in
    ok    certificate attached  the token service took a statement that it signed
    ok    exo token             for app `ExO PowerShell CBA`, audience https://outlook.office365.com
    ok    exo permission        Exchange.ManageAsApp is granted and consented
    ok    exo consent           an administrator consented, or the token would not have the permission
    ok    exo role              Exchange Administrator is supported for app-only sign-in to Exchange Online
    ok    exo session           Exchange Online answers, and offers 00 cmdlets to the app
    ok    organization          contoso.onmicrosoft.com is the initial domain
    ok    scc token             for app `ExO PowerShell CBA`, audience https://ps.compliance.protection.outlook.com
    FAIL  scc permission        the token has no `roles`: no application permission on this resource, `Exchange.ManageAsApp` is needed
    ?     scc consent           a token does not tell a permission that nobody added from one that nobody consented to
    -     scc role              not tried, since `scc permission` failed
    -     scc session           not tried, since `scc permission` failed
    warn  reports               6 of 7 bundled reports can run; 1 needs a service that is closed

    what to do next:
      1. set-up step 2 is open: add the application permission `Exchange.ManageAsApp` of Microsoft Exchange Online Protection to the app (and that of Office 365 Exchange Online, on which it depends in some tenants) and grant admin consent; then get a new token, since this one stays as it is
         command: exoctl app create
         portal: https://entra.microsoft.com > App registrations > the app > API permissions > Add a permission, then Grant admin consent
    ----- stderr -----
    ");
}

#[test]
fn people_read_one_way_out_for_two_failures_of_the_same_cause() {
    let world = World::start(contoso()).with_certificate("other.pfx");
    assert_snapshot!(world.exoctl(["check"]).shown(), @r"
    exit_code: 12
    ----- stdout -----
    ok    profile               app 36ee4c6c-0812-40a2-b820-b22ebd02bce3 in contoso.onmicrosoft.com
    ok    clock                 agrees with the token service's to the minute
    ok    dns                   `login.localhost` is 127.0.0.1, ::1
    ok    proxy                 none: HTTPS_PROXY, https_proxy, ALL_PROXY are not set
    ok    tls                   TLS 1.3 with `login.localhost`, certified by `CN=exo-emulator root`, trusted by `FOLDER/ca.pem`
    ok    certificate           CN=other, RSA 2048 bits, valid to 2060-01-01, thumbprint 8214BD594E5F5B81CE679D60B2D1D27CB277E8D1
    ok    tenant                contoso.onmicrosoft.com is 00000000-0000-0000-0000-000000000000
    ok    cloud                 worldwide, region EU
    ok    app                   the token service knows it, since it compared the certificate with the app's
    FAIL  certificate attached  AADSTS700027: the certificate is not one of the app's
    FAIL  exo token             the token service refused: AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application (invalid_client, status 401, trace id 00000000-0000-0000-0000-000000000000, correlation id 00000000-0000-0000-0000-000000000000, at 2026-01-01 00:00:00Z)
                                caused by: AADSTS700027 means that the certificate is not one of the app's
    -     exo permission        not tried, since `certificate attached` failed
    -     exo consent           not tried, since `certificate attached` failed
    -     exo role              not tried, since `certificate attached` failed
    -     exo session           not tried, since `certificate attached` failed
    -     organization          not tried, since `certificate attached` failed
    FAIL  scc token             the token service refused: AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application (invalid_client, status 401, trace id 00000000-0000-0000-0000-000000000000, correlation id 00000000-0000-0000-0000-000000000000, at 2026-01-01 00:00:00Z)
                                caused by: AADSTS700027 means that the certificate is not one of the app's
    -     scc permission        not tried, since `certificate attached` failed
    -     scc consent           not tried, since `certificate attached` failed
    -     scc role              not tried, since `certificate attached` failed
    -     scc session           not tried, since `certificate attached` failed
    -     reports               not tried, since `certificate attached` failed

    what to do next:
      1. look at set-up step 4 (attach the certificate to the app): compare the certificate's thumbprint with those of the app registration; after an upload it takes some minutes
         command: exoctl app create
         portal: https://entra.microsoft.com > App registrations > the app > Certificates & secrets > Certificates > Upload certificate
    ----- stderr -----
    ");
}

#[test]
fn what_a_report_needs_is_checked_before_it_runs() {
    let world = World::start(contoso());
    let ended = world.exoctl(CHECK.iter().chain(&["send-as", "purview-alerts"]));
    ended.ends(13);
    assert_eq!(state(&ended, "exo Get-RecipientPermission"), "failed", "{}", ended.shown());
    assert_eq!(state(&ended, "scc Get-ProtectionAlert"), "ok", "{}", ended.shown());
    assert_eq!(ended.next_steps().len(), 1);
    assert!(only_step(&ended, 5).contains("Exchange"), "{}", ended.shown());
    assert_eq!(world.received("Get-RecipientPermission"), 0, "a check runs no report");
    let said = world.refusal(2, ["check", "nix"]);
    assert!(said.contains("report `nix` does not exist"), "{said}");
}

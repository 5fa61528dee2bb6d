//! Before a run: what the reports need against what the token grants and what the services offer.

use exo_tests::{
    EXCHANGE_ADMINISTRATOR, Fault, GLOBAL_READER, Service, Tenant, World, bare_app, contoso, empty_contoso, plugin,
};
use insta::assert_snapshot;

/// Opens everything in both services.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// A tenant whose app has both permissions and this role.
fn with_role(role: &str) -> Tenant {
    empty_contoso().app(bare_app().permission(Service::Exchange).permission(Service::Compliance).role(role))
}

/// How many requests for what a service offers were answered.
fn looks(world: &World) -> usize {
    let log = world.emulator().log();
    log.iter().filter(|request| request.path.contains("/EXOModuleFile") && request.status == 200).count()
}

#[test]
fn each_service_is_asked_once_what_it_offers() {
    let world = World::start(with_role(GLOBAL_ADMINISTRATOR));
    world.exoctl(["run", "--all", "--out", "results"]).ends(3);
    assert_eq!(looks(&world), 2, "one for each service, for seven reports");
    let world = World::start(contoso());
    world.exoctl(["run", "mailboxes", "forwarding", "--format", "csv", "--out", "results"]);
    let log = world.emulator().log();
    let paths: Vec<&str> = log.iter().map(|request| request.path.split(['?', '/']).next_back().unwrap()).collect();
    assert_eq!(looks(&world), 1);
    // The token, the list, and what the reports ask for: nothing else.
    let asked = log.iter().filter(|request| request.path.contains("InvokeCommand")).count();
    assert_eq!(log.len(), 2 + asked, "{paths:?}");
    assert_eq!(asked, 3);
}

#[test]
fn one_message_names_all_that_is_missing_and_the_least_that_would_do() {
    let world = World::start(contoso());
    assert_snapshot!(world.exoctl(["run", "mailboxes", "send-as", "--format", "csv", "--out", "results"]).refused(13), @r"
    error: report `send-as` cannot run: not all that it needs is open to the app
      caused by: `Get-RecipientPermission -ResultSize` of `send-as`: Exchange Online does not offer it to this app; perhaps none of the app's roles has it, or the service has it no more
      hint: set-up step 5: assign the app the Entra role Exchange Administrator; or in Exchange Online: no source names a role group; which role holds Get-RecipientPermission an administrator learns with Get-ManagementRole -Cmdlet; `--skip-unavailable` runs the other reports
    ");
    assert_eq!(world.received("Get-Mailbox"), 0, "before the first cmdlet");
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn the_rest_runs_where_that_is_asked_for() {
    let world = World::start(contoso());
    let words = ["run", "mailboxes", "send-as", "--format", "csv", "--out", "results", "--skip-unavailable"];
    let ended = world.exoctl(words);
    ended.ends(4).says("mailboxes: 50 rows, complete");
    assert_snapshot!(ended.said(), @r"
    mailboxes: 50 rows, complete → mailboxes.csv
    error: report `send-as` cannot run: not all that it needs is open to the app
      caused by: `Get-RecipientPermission -ResultSize`: Exchange Online does not offer it to this app; perhaps none of the app's roles has it, or the service has it no more
      hint: set-up step 5: assign the app the Entra role Exchange Administrator; or in Exchange Online: no source names a role group; which role holds Get-RecipientPermission an administrator learns with Get-ManagementRole -Cmdlet
    ");
    assert_eq!(world.written(), ["results/mailboxes.csv", "results/run.json"]);
    let run = world.json("results/run.json");
    assert_eq!(run["reports"][0]["status"], "complete");
    let left_out = &run["reports"][1];
    assert_eq!((&left_out["name"], &left_out["status"]), (&"send-as".into(), &"not-evaluated".into()));
    assert_eq!(left_out["cause"]["kind"], "authorization");
    assert!(
        left_out["cause"]["text"].as_str().unwrap().contains("`Get-RecipientPermission -ResultSize`"),
        "{left_out}"
    );
    assert_eq!(world.received("Get-RecipientPermission"), 0);
}

#[test]
fn a_finding_beside_what_was_left_out_has_the_code_of_both() {
    let world = World::start(contoso());
    world.exoctl(["run", "purview-alerts", "send-as", "--skip-unavailable", "--out", "results"]).ends(5);
    // Where nothing is left to run, the cause is that of all.
    let world = World::start(contoso());
    world.exoctl(["run", "send-as", "--skip-unavailable"]).refused(13);
}

#[test]
fn a_service_that_is_closed_leaves_the_reports_of_the_other() {
    let only_exchange = || bare_app().permission(Service::Exchange).role(GLOBAL_READER);
    let both_permissions = || only_exchange().permission(Service::Compliance);
    let exchange_role =
        || bare_app().permission(Service::Exchange).permission(Service::Compliance).role(EXCHANGE_ADMINISTRATOR);
    let no_resource = Fault::on_token().call(2).always().aadsts(500_011);
    let words = ["run", "mailboxes", "purview-alerts", "--format", "csv", "--out", "results"];
    for (tenant, code, step) in [
        (empty_contoso().app(only_exchange()), 13, "set-up step 2"),
        (empty_contoso().app(exchange_role()), 13, "step 5"),
        (empty_contoso().app(both_permissions()).fault(no_resource), 12, "500011"),
    ] {
        let world = World::start(tenant.clone());
        world.exoctl(words).refused(code);
        assert_eq!((world.received("Get-Mailbox"), world.written().len()), (0, 0));
        let world = World::start(tenant);
        let ended = world.exoctl(words.iter().chain(&["--skip-unavailable"]));
        ended.ends(4).says("report `purview-alerts` cannot run").says(step);
        let run = world.json("results/run.json");
        assert_eq!(
            (&run["reports"][0]["status"], &run["reports"][1]["status"]),
            (&"complete".into(), &"not-evaluated".into())
        );
        assert!(world.path("results/mailboxes.csv").exists() && !world.path("results/purview-alerts.csv").exists());
    }
}

#[test]
fn a_role_group_opens_reports_that_no_token_shows() {
    let app =
        bare_app().permission(Service::Exchange).role_group(Service::Exchange, "View-Only Organization Management");
    let world = World::start(empty_contoso().app(app));
    world.exoctl(["run", "mailboxes", "--format", "csv"]).ends(0);
    let said = world.exoctl(["run", "send-as"]).refused(13);
    assert!(said.contains("does not offer it"), "{said}");
}

#[test]
fn a_list_that_does_not_come_leaves_the_token_to_tell() {
    for fault in
        [Fault::on_cmdlet("EXOModuleFile").always().status(503), Fault::on_cmdlet("EXOModuleFile").always().garbage()]
    {
        let world = World::start(contoso().fault(fault));
        let words = ["run", "mailboxes", "--format", "csv", "--max-wait", "0"];
        let ended = world.exoctl(words);
        ended.ends(0).says("warning: which cmdlets Exchange Online offers is not known, the token alone tells: ");
        world.exoctl(words.iter().chain(&["--quiet"])).ends(0).never_says("warning");
        // What the service then refuses is a failure of the report, and no foresight.
        world.exoctl(["run", "send-as", "--max-wait", "0"]).ends(13).says("report `send-as` failed");
    }
}

#[test]
fn an_organization_that_is_left_out_is_found_once_for_the_run() {
    for tenant in ["contoso.com", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11", "contoso.onmicrosoft.com"] {
        let world = World::start(contoso()).with_profile(&format!("organization\ntenant = '{tenant}'"));
        world.exoctl(["run", "mailboxes", "purview-alerts", "--format", "csv", "--out", "results"]).ends(3);
        assert_eq!(world.json("results/run.json")["organization"], "contoso.onmicrosoft.com");
        // What an initial domain says itself, nobody is asked for.
        assert_eq!(world.received("Get-AcceptedDomain"), u64::from(tenant != "contoso.onmicrosoft.com"), "{tenant}");
    }
    let app = bare_app().permission(Service::Compliance).role(GLOBAL_READER);
    let world = World::start(empty_contoso().app(app)).with_profile("organization\ntenant = 'contoso.com'");
    let said = world.exoctl(["run", "purview-alerts"]).refused(13);
    assert!(said.contains("no organization is given") && said.contains("--organization"), "{said}");
}

#[test]
fn a_parameter_that_is_missing_keeps_a_report_away_as_a_cmdlet_does() {
    let world = World::start(contoso());
    // The same plugin, whose manifest names a parameter that the service does not offer to this app.
    world.private("other.so", &declaring("\"RecipientTypeDetails\"", "\"MailboxPlan\""));
    let words = ["run", "./other.so:mailboxes", "forwarding", "--out", "results"];
    assert_snapshot!(world.exoctl(words).refused(13), @r"
    error: report `mailboxes` cannot run: not all that it needs is open to the app
      caused by: `Get-Mailbox -ResultSize -MailboxPlan` of `mailboxes`: Exchange Online offers it without -MailboxPlan; perhaps the token's role is not in force in this tenant, or the role has changed since 2022, of which the data are, or the service has it no more
      hint: set-up step 5: assign the app the Entra role Compliance Administrator; whether it is enough for 1 cmdlet shows after connecting; or in Exchange Online: add the app to the role group View-Only Organization Management, or to one of its own with View-Only Recipients; `--skip-unavailable` runs the other reports
    ");
    assert_eq!(world.received("Get-Mailbox"), 0);
    world.exoctl(words.iter().chain(&["--skip-unavailable"])).ends(4).says("forwarding: ");
    assert_eq!(world.json("results/run.json")["reports"][0]["status"], "not-evaluated");
}

/// The bundled plugin with other words of the same length or shorter in its manifest.
#[expect(clippy::unwrap_used, reason = "a test without its plugin cannot go on")]
fn declaring(word: &str, other: &str) -> Vec<u8> {
    let (mut bytes, padded) = (plugin("mailboxes"), format!("{other:width$}", width = word.len()));
    let at = bytes.windows(word.len()).position(|piece| piece == word.as_bytes()).unwrap();
    bytes[at..at + word.len()].copy_from_slice(padded.as_bytes());
    bytes
}

#[test]
fn nothing_is_compared_where_that_is_not_wanted() {
    let world = World::start(contoso());
    let words = ["run", "mailboxes", "send-as", "--format", "csv", "--out", "results", "--no-preflight"];
    let ended = world.exoctl(words);
    ended.ends(4).says("mailboxes: 50 rows, complete").says("403");
    assert_eq!(looks(&world), 0, "the service alone decides");
    world.exoctl(words.iter().copied().chain(["--skip-unavailable"])).ends(2).says("cannot be used with");
}

//! Every directory role, service and bundled report: prediction, answer of the service and explanation agree, or the
//! prediction is `maybe`.

#![expect(clippy::unwrap_used, reason = "helpers of tests end where the test does")]

use std::collections::BTreeMap;

use exo_tests::{APP_ID, App, Service, Tenant, World, bare_app, contoso, empty_contoso};

/// The roles of the article's table.
const ROLES: [(&str, &str); 8] = [
    ("Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18"),
    ("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de"),
    ("Exchange Recipient Administrator", "31392ffb-586c-42d1-9346-e59415a2cc4e"),
    ("Global Administrator", "62e90394-69f5-4237-9190-012177145e10"),
    ("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
    ("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"),
    ("Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d"),
    ("Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509"),
];

/// The bundled reports with the cmdlets that they declare.
const REPORTS: [(&str, Service, &[&str]); 7] = [
    (
        "exo-outbound-autoforward",
        Service::Exchange,
        &["Get-HostedOutboundSpamFilterPolicy", "Get-HostedOutboundSpamFilterRule"],
    ),
    ("forwarding", Service::Exchange, &["Get-Mailbox", "Get-AcceptedDomain"]),
    ("mailbox-full-access", Service::Exchange, &["Get-Mailbox", "Get-MailboxPermission"]),
    ("mailbox-sizes", Service::Exchange, &["Get-Mailbox", "Get-MailboxStatistics"]),
    ("mailboxes", Service::Exchange, &["Get-Mailbox"]),
    ("purview-alerts", Service::Compliance, &["Get-ProtectionAlert"]),
    ("send-as", Service::Exchange, &["Get-RecipientPermission"]),
];

/// Whoever is offered anything at all is offered one of these.
const PROBES: [&str; 4] = ["Get-AcceptedDomain", "Get-QuarantineMessage", "Get-RoleGroup", "New-RoleGroup"];

/// How sure `exoctl roles` is that a role opens each report.
fn predicted(world: &World, role: &str) -> BTreeMap<String, String> {
    let rows = world.exoctl(["roles", "--role", role, "--format", "json"]).ends(0).json();
    let reports = rows.as_array().unwrap().iter().filter(|row| row["kind"] == "report");
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
    reports.map(|row| (text(row, "name"), text(row, "answer"))).collect()
}

fn with_role(id: &str) -> Tenant {
    empty_contoso().mailboxes(3).app(bare_app().permission(Service::Exchange).permission(Service::Compliance).role(id))
}

/// What the service says of each report to an app with this role alone: the cmdlets that it refuses.
fn refused(world: &World, id: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let refused = |(name, service, cmdlets): &(&'static str, Service, &'static [&'static str])| {
        let refused = cmdlets.iter().filter(|cmdlet| !world.emulator().verdict(*service, id, cmdlet).granted);
        (*name, refused.copied().collect())
    };
    REPORTS.iter().map(refused).collect()
}

/// Runs all reports as an app with this role: those run that the service lets, and of the others it is said why not.
#[track_caller]
fn runs_what_the_service_lets(role: &str, tenant: Tenant) {
    let world = World::start(tenant);
    let (_, id) = ROLES.iter().find(|(name, _)| *name == role).unwrap();
    let refused = refused(&world, id);
    let ended = world.exoctl(["run", "--all", "--skip-unavailable", "--format", "csv", "--out", "results"]);
    if !world.path("results/run.json").exists() {
        ended.ends(13);
        assert!(refused.values().all(|cmdlets| !cmdlets.is_empty()), "{role}: {}", ended.shown());
        return;
    }
    let run = world.json("results/run.json");
    assert_eq!(run["reports"].as_array().unwrap().len(), REPORTS.len());
    for (report, (name, service, cmdlets)) in run["reports"].as_array().unwrap().iter().zip(REPORTS) {
        assert_eq!(report["name"], name);
        let (status, missing) = (report["status"].as_str().unwrap(), &refused[name]);
        if missing.is_empty() {
            assert!(status != "not-evaluated" && report.get("cause").is_none(), "{role}: {report}");
            continue;
        }
        let is_closed = world.emulator().verdict(service, id, cmdlets[0]).path.is_empty();
        // A service whose list is empty tells nothing by it, and is asked.
        let offers = PROBES.iter().any(|cmdlet| world.emulator().verdict(service, id, cmdlet).granted) || is_closed;
        let (kind, text) = (&report["cause"]["kind"], report["cause"]["text"].as_str().unwrap());
        assert_eq!((status, kind.as_str()), (if offers { "not-evaluated" } else { "failed" }, Some("authorization")));
        assert!(is_closed || missing.iter().any(|cmdlet| text.contains(cmdlet)), "{role}: {name}: {text}");
        let tried = missing.iter().any(|cmdlet| world.received(cmdlet) > 0);
        assert!(!offers || !tried, "{role}: {name} was tried: {}", ended.shown());
    }
}

/// Once as the service is taken to be where nobody knows, and once as strict as it can be.
#[track_caller]
fn agrees(role: &str) {
    let (_, id) = ROLES.iter().find(|(name, _)| *name == role).unwrap();
    runs_what_the_service_lets(role, with_role(id));
    runs_what_the_service_lets(role, with_role(id).unknown_cells_granted(false));
}

#[test]
fn the_list_is_that_of_the_program() {
    let world = World::start(contoso());
    let listed = world.exoctl(["report", "list", "--format", "json"]).ends(0).json();
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|report| report["report"].as_str().unwrap()).collect();
    let known: Vec<&str> = REPORTS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, known);
    for (name, service, cmdlets) in REPORTS {
        let shown = world.exoctl(["report", "show", name, "--format", "json"]).ends(0).json();
        let needs = shown["needs"].as_array().unwrap();
        assert_eq!(needs.len(), 1, "{name}");
        assert_eq!(needs[0]["service"], if service == Service::Exchange { "exo" } else { "scc" });
        let declared = needs[0]["cmdlets"].as_array().unwrap().iter().map(|cmdlet| cmdlet["name"].as_str().unwrap());
        assert_eq!(declared.collect::<Vec<_>>(), cmdlets, "{name}");
    }
}

#[test]
fn a_prediction_that_is_not_maybe_is_what_the_service_does() {
    let world = World::start(contoso());
    let mut words = BTreeMap::new();
    for (role, id) in ROLES {
        let predicted = predicted(&world, role);
        for (report, service, cmdlets) in REPORTS {
            let verdicts: Vec<_> = cmdlets.iter().map(|name| world.emulator().verdict(service, id, name)).collect();
            let granted = verdicts.iter().all(|verdict| verdict.granted);
            // One refusal that is known is enough, and a grant has to be known of all.
            let known = verdicts.iter().any(|verdict| !verdict.granted && verdict.certainty.is_some())
                || verdicts.iter().all(|verdict| verdict.certainty.is_some());
            let answer = predicted[report].clone();
            let agrees = match answer.as_str() {
                "yes" => granted && known,
                "no" => !granted && known,
                // Where a source speaks, it speaks to both.
                "probably" => granted,
                "probably not" => !granted,
                other => other == "maybe",
            };
            assert!(agrees, "{role}, {report}: {answer}, and {verdicts:?}");
            *words.entry(answer).or_insert(0) += 1;
        }
    }
    // Not everything is `maybe`.
    assert!(words["yes"] >= 12 && words["probably"] >= 4 && words["probably not"] >= 10, "{words:?}");
    world.assert_nothing_was_sent();
}

#[test]
fn compliance_administrator() {
    agrees("Compliance Administrator");
}

#[test]
fn exchange_administrator() {
    agrees("Exchange Administrator");
}

#[test]
fn exchange_recipient_administrator() {
    agrees("Exchange Recipient Administrator");
}

#[test]
fn global_administrator() {
    agrees("Global Administrator");
}

#[test]
fn global_reader() {
    agrees("Global Reader");
}

#[test]
fn helpdesk_administrator() {
    agrees("Helpdesk Administrator");
}

#[test]
fn security_administrator() {
    agrees("Security Administrator");
}

#[test]
fn security_reader() {
    agrees("Security Reader");
}

#[test]
fn a_role_that_the_article_does_not_name_runs_nothing() {
    // Compliance Data Administrator.
    let world = World::start(with_role("e6d1a23a-da11-4be4-9570-befc86d067a7"));
    let ended = world.exoctl(["run", "--all", "--skip-unavailable", "--out", "results"]);
    ended.ends(13).says("step 5");
    assert!(REPORTS.iter().flat_map(|(_, _, cmdlets)| *cmdlets).all(|cmdlet| world.received(cmdlet) == 0));
}

/// Signs in with the same certificate, and may do everything.
const ADMINISTRATOR: &str = "20000000-0000-4000-8000-00000000000a";

#[test]
fn a_role_group_that_is_joined_while_the_token_lasts_opens_the_reports() {
    let both = |app: App| app.permission(Service::Exchange).permission(Service::Compliance);
    let boss = both(App::new(ADMINISTRATOR).certificate_der(exo_tests::data("app.cer"))).role(ROLES[3].1);
    let world = World::start(empty_contoso().app(both(bare_app())).app(boss));
    let change = |words: &[&str]| {
        let all = ["invoke"].iter().chain(words).chain(&["--write", "--app-id", ADMINISTRATOR]);
        world.exoctl(all).ends(0);
    };
    let run = || world.exoctl(["run", "mailboxes", "--format", "csv"]);
    assert!(run().refused(13).contains("step 5"));
    let object_id = bare_app().object_id();
    change(&["New-ServicePrincipal", "-AppId", APP_ID, "-ObjectId", &object_id, "-DisplayName", "Reports"]);
    assert!(run().refused(13).contains("step 5"), "a record is no role");
    // A group whose role has another cmdlet.
    change(&["New-RoleGroup", "-Name", "Auditors", "-Roles", "View-Only Configuration", "-Members", APP_ID]);
    assert!(
        run()
            .refused(13)
            .contains("`Get-Mailbox -ResultSize -RecipientTypeDetails`: Exchange Online does not offer it")
    );
    // And what opens it, to the app itself.
    change(&["New-ManagementRoleAssignment", "-App", APP_ID, "-Role", "View-Only Recipients"]);
    run().ends(0);
    assert!(
        world
            .exoctl(["run", "send-as"])
            .refused(13)
            .contains("`Get-RecipientPermission -ResultSize`: Exchange Online does not offer it")
    );
    change(&["Add-RoleGroupMember", "-Identity", "Recipient Management", "-Member", &object_id]);
    world.exoctl(["run", "send-as", "--format", "csv"]).ends(0);
    change(&["Remove-ServicePrincipal", "-Identity", APP_ID]);
    assert!(run().refused(13).contains("step 5"));
}

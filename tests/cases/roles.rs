//! `exoctl roles`: the role table, who may run what, and what a role opens.

use exo_tests::{World, contoso};
use insta::assert_snapshot;
use serde_json::Value;

fn rows(world: &World, words: &[&str]) -> Vec<Value> {
    let words = ["roles", "--format", "json"].iter().chain(words);
    let rows = world.exoctl(words).ends(0).json();
    world.assert_nothing_was_sent();
    rows.as_array().cloned().unwrap_or_default()
}

/// The rows as lines of some of their columns.
fn lines(rows: &[Value], columns: &[&str]) -> Vec<String> {
    let text = |row: &Value, column: &&str| row[*column].as_str().unwrap_or_default().to_owned();
    rows.iter().map(|row| columns.iter().map(|column| text(row, column)).collect::<Vec<_>>().join(" | ")).collect()
}

/// The names in one column of the rows for which a test holds.
fn names<'a>(rows: &'a [Value], column: &str, test: impl Fn(&Value) -> bool) -> Vec<&'a str> {
    rows.iter().filter(|row| test(row)).filter_map(|row| row[column].as_str()).collect()
}

#[test]
fn the_table_is_that_of_the_article() {
    let world = World::start(contoso());
    let roles = rows(&world, &[]);
    let of = |column: &str| names(&roles, "role", |role| role[column] == "yes");
    let both = [
        "Compliance Administrator",
        "Global Administrator",
        "Global Reader",
        "Security Administrator",
        "Security Reader",
    ];
    assert_eq!(of("scc_2022"), both);
    assert_eq!(of("scc"), both);
    let exchange = [
        "Compliance Administrator",
        "Exchange Administrator",
        "Global Administrator",
        "Global Reader",
        "Helpdesk Administrator",
        "Security Administrator",
        "Security Reader",
    ];
    assert_eq!(of("exo_2022"), exchange);
    assert_eq!(of("exo").len(), 8);
    let changed: Vec<_> = roles.iter().filter(|role| role["changed"] != "no").collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["role"], "Exchange Recipient Administrator");
    assert_eq!(changed[0]["changed"], "added 2022-08-30");
    assert_eq!(names(&rows(&world, &["--service", "scc"]), "role", |_| true), both);
}

#[test]
fn the_table_is_readable() {
    let world = World::start(contoso());
    world.exoctl(["roles"]).ends(0).gives("Global Reader").gives("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
    let csv = world.exoctl(["roles", "--format", "csv"]).ends(0).stdout.clone();
    assert_eq!(csv.lines().next(), Some("role,template_id,exo,scc,exo_2022,scc_2022,changed,access"));
}

#[test]
fn a_cmdlet_lists_the_roles_of_all_kinds_the_surest_first() {
    let world = World::start(contoso());
    let found = rows(&world, &["--cmdlet", "get-accepteddomain"]);
    assert_snapshot!(lines(&found, &["service", "kind", "role", "answer", "least"]).join("\n"), @r"
    exo | directory role | Exchange Administrator | yes | no
    exo | directory role | Global Administrator | yes | no
    exo | directory role | Compliance Administrator | probably | no
    exo | directory role | Global Reader | probably | yes
    exo | directory role | Helpdesk Administrator | probably | no
    exo | directory role | Exchange Recipient Administrator | maybe | no
    exo | role group | Organization Management | yes | no
    exo | role group | View-Only Organization Management | probably | yes
    exo | role group | Hygiene Management | probably | no
    exo | role group | Compliance Management | probably | no
    exo | management role | View-Only Configuration | probably | yes
    ");
}

#[test]
fn the_least_for_several_cmdlets_and_reports_is_told_in_words() {
    let world = World::start(contoso());
    let ended = world.exoctl(["roles", "--cmdlet", "Get-Mailbox,Get-TransportRule", "--report", "purview-alerts"]);
    assert_snapshot!(ended.ends(0).said(), @r"
    the least: assign the app the Entra role Global Reader; whether it is enough for 0 cmdlets shows after connecting
    or, without any Entra role:
      Exchange Online: add the app to the role group View-Only Organization Management, or to one of its own with Security Reader, View-Only Recipients
      Security & Compliance: no source names a role group; which role holds Get-ProtectionAlert is not published
    ");
    let ended = world.exoctl(["roles", "--report", "send-as", "--report", "exo-outbound-autoforward"]);
    ended.ends(0).says("the least: assign the app the Entra role Exchange Administrator\n");
    let ended = world.exoctl(["roles", "--report", "exo-outbound-autoforward"]);
    ended.ends(0).says("the least: assign the app the Entra role Security Reader;");
    let one = rows(&world, &["--report", "purview-alerts", "--report", "mailboxes", "--service", "exo"]);
    assert!(names(&one, "cmdlet", |_| true).iter().all(|cmdlet| cmdlet.starts_with("Get-Mailbox -")), "{one:?}");
}

#[test]
fn a_parameter_can_ask_for_more() {
    let world = World::start(contoso());
    let found = rows(&world, &["--cmdlet", "New-ComplianceSearchAction -Purge"]);
    assert_eq!(
        names(&found, "role", |row| row["kind"] == "role group"),
        ["Data Investigator", "Organization Management"]
    );
    let ended = world.exoctl(["roles", "--cmdlet", "New-ComplianceSearchAction -Purge"]);
    ended.ends(0).says("rather use a role group").says("warning: Microsoft lists `New-ComplianceSearchAction`");
}

#[test]
fn what_is_unsupported_for_apps_is_listed_with_what_to_use_instead() {
    let world = World::start(contoso());
    let found = rows(&world, &["--limits"]);
    let cmdlets = |row: &Value| row["since"].is_string();
    assert_eq!(names(&found, "what", |row| cmdlets(row) && row["until"].is_null()).len(), 13);
    assert_eq!(names(&found, "what", |row| cmdlets(row) && row["until"].is_string()).len(), 3);
    assert_eq!(
        names(&found, "instead", |row| row["what"] == "Remove-UnifiedGroup"),
        ["Microsoft Graph: delete the group"]
    );
    let known = names(&found, "known", |row| row["what"] == "Start-ComplianceSearch");
    assert_eq!(known, ["needs a search-only session; reported: a null reference"]);
    let exchange = rows(&world, &["--limits", "--service", "exo"]);
    assert!(exchange.len() < found.len() && exchange.iter().all(|row| row["service"] == "exo"));
}

#[test]
fn what_no_role_opens_says_why() {
    let world = World::start(contoso());
    let found = rows(&world, &["--cmdlet", "Get-Mailbox", "--service", "scc"]);
    let line = "scc | none | no | `Get-Mailbox` is a cmdlet of Exchange Online, not of Security & Compliance";
    assert_eq!(lines(&found, &["service", "kind", "answer", "because"]), [line]);
    let found = rows(&world, &["--cmdlet", "Get-AddressList"]);
    assert_eq!(lines(&found, &["kind", "role", "answer", "least"]), ["management role | Address Lists | yes | yes"]);
}

#[test]
fn what_does_not_exist_names_what_is_like_it() {
    let world = World::start(contoso());
    let refused = |words: &[&str]| world.refusal(2, ["roles"].iter().chain(words));
    assert_snapshot!(refused(&["--cmdlet", "Get-Mailbx"]), @r"
    error: Get-Mailbx is a cmdlet of neither service
      hint: did you mean Get-Mailbox, Set-Mailbox?
    ");
    assert_snapshot!(refused(&["--cmdlet", "Get-Mailbox -Archiv"]), @r"
    error: Get-Mailbox has no parameter `-Archiv`
      hint: did you mean -Archive?
    ");
    assert_snapshot!(refused(&["--cmdlet", "Get-Mailbox 10"]), @r"
    error: `10` is no parameter of Get-Mailbox
      hint: name parameters without values, such as 'Get-Mailbox -Archive'
    ");
    assert_snapshot!(refused(&["--role", "Globl Reader"]), @r"
    error: `Globl Reader` is no directory role, role group or management role
      hint: did you mean Global Reader?
    ");
    assert_snapshot!(refused(&["--role", "user administrator"]), @r"
    error: the directory role User Administrator is not supported for app-only sign-in
      hint: `exoctl roles` lists the roles that are; a role group may still let the app in
    ");
    assert_snapshot!(refused(&["--service", "teams"]), @r"
    error: `teams` is not a service; there are `exo` (Exchange Online) and `scc` (Security & Compliance)
    ");
    assert!(refused(&["--report", "nix"]).contains("there are: exo-outbound-autoforward"));
    assert!(refused(&["--report", "mailboxes", "--service", "scc"]).contains("call nothing of Security & Compliance"));
    world.exoctl(["roles", "--role", "Help Desk", "--cmdlet", "Get-Mailbox"]).ends(2);
}

#[test]
fn a_directory_role_shows_its_groups_roles_cmdlets_and_reports() {
    let world = World::start(contoso());
    let found = rows(&world, &["--role", "security reader"]);
    let of = |kind: &str| {
        lines(&found, &["service", "name", "answer", "kind"])
            .into_iter()
            .filter(|line| line.ends_with(kind))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("sign-in"), ["exo | Security Reader | yes | sign-in", "scc | Security Reader | yes | sign-in"]);
    assert_eq!(
        of("role group"),
        ["exo | Security Reader | yes | role group", "scc | Security Reader | yes | role group"]
    );
    assert_eq!(of("management role").len(), 1 + 8);
    assert!(of("cmdlet").contains(&"exo | Get-AntiPhishPolicy | probably | cmdlet".to_owned()));
    assert_snapshot!(of("report").join("\n"), @r"
    exo | exo-outbound-autoforward | maybe | report
    exo | forwarding | probably not | report
    exo | mailbox-full-access | probably not | report
    exo | mailbox-sizes | probably not | report
    exo | mailboxes | probably not | report
    scc | purview-alerts | maybe | report
    exo | send-as | maybe | report
    ");
    // By what stands in a token, too.
    assert_eq!(rows(&world, &["--role", "5d6b6bb7-de71-4623-b4af-96380a352509"]), found);
    let alone = rows(&world, &["--role", "Exchange Administrator"]);
    assert_eq!(names(&alone, "name", |row| row["kind"] == "cmdlet"), ["any"]);
    assert!(
        names(&alone, "answer", |row| row["kind"] == "report" && row["service"] == "exo")
            .iter()
            .all(|answer| *answer == "yes")
    );
    assert_eq!(names(&alone, "answer", |row| row["kind"] == "sign-in"), ["yes", "probably not"]);
}

#[test]
fn role_groups_and_management_roles_are_shown_too() {
    let world = World::start(contoso());
    let found = rows(&world, &["--role", "ediscoverymanager"]);
    assert_eq!(found[0]["name"], "eDiscovery Manager");
    assert!(found.iter().all(|row| row["service"] == "scc"));
    let found = rows(&world, &["--role", "View-Only Organization Management"]);
    assert_eq!(
        names(&found, "name", |row| row["kind"] == "management role"),
        ["View-Only Configuration", "View-Only Recipients"]
    );
    assert_eq!(names(&found, "answer", |row| row["name"] == "forwarding"), ["probably"]);
    let found = rows(&world, &["--role", "Insider Risk Management", "--service", "exo"]);
    assert!(found.len() == 1 && found[0]["because"].as_str().unwrap().contains("not published"));
    // Left over from Unified Messaging: it opens nothing any more.
    assert_eq!(rows(&world, &["--role", "UM Mailboxes"]).len(), 1);
    let found = rows(&world, &["--role", "journaling"]);
    assert_eq!(lines(&found[..1], &["kind", "name"]), ["management role | Journaling"]);
}

//! `exoctl invoke` by each of the service's paths: `InvokeCommand`, the reads by noun, and the documented v2.0.

use exo_tests::{EXCHANGE_ADMINISTRATOR, GLOBAL_READER, Service, World, app, bare_app, contoso, empty_contoso};
use insta::assert_snapshot;
use std::collections::BTreeSet;

const UPN: [&str; 4] = ["--select", "UserPrincipalName", "--format", "csv"];

/// The paths that were asked below the tenant, with the method.
fn asked(world: &World) -> Vec<String> {
    let log = world.emulator().log();
    let calls = log.iter().filter(|call| call.path.starts_with("/adminapi/"));
    calls.map(|call| format!("{} {}", call.method, call.path.splitn(5, '/').last().unwrap_or_default())).collect()
}

fn one_mailbox(world: &World) -> String {
    let ended = world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1"].iter().chain(&UPN));
    ended.ends(0).stdout.lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_modules_cmdlet_reads_by_noun_what_the_services_reads_by_invoke_command() {
    let world = World::start(contoso().mailboxes(2345));
    let noun = world.exoctl(["invoke", "Get-EXOMailbox", "-ResultSize", "Unlimited"].iter().chain(&UPN));
    noun.ends(0).says("2345 records, complete");
    let log = asked(&world);
    assert_eq!(log.len(), 3);
    assert!(log[0].starts_with("GET Mailbox?$select=UserPrincipalName"), "{log:?}");
    assert!(log[1..].iter().all(|call| call.starts_with("GET Mailbox?") && call.contains("skiptoken")), "{log:?}");
    let classic = world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited"].iter().chain(&UPN));
    let rows = |ended: &exo_tests::Ended| ended.stdout.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(rows(&noun), rows(&classic));
    assert_eq!(rows(&noun).len(), 2346);
}

#[test]
fn the_least_properties_come_unless_more_are_asked_for() {
    let world = World::start(contoso());
    let name = one_mailbox(&world);
    let members = |more: &[&str]| {
        let words = ["invoke", "Get-EXOMailbox", "-UserPrincipalName", &name, "--format", "json"];
        let all = world.exoctl(words.iter().chain(more)).ends(0).json();
        all[0].as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>()
    };
    let least = members(&[]);
    assert!(least.contains("Alias") && !least.contains("ProhibitSendQuota"), "{least:?}");
    let quota = members(&["-PropertySets", "Quota", "-Properties", "WhenCreated"]);
    assert!(quota.contains("ProhibitSendQuota") && quota.contains("WhenCreated") && quota.is_superset(&least));
    assert_eq!(members(&["--path", "invoke"]), least, "the same by the other path");
    assert!(members(&["-PropertySets", "All"]).len() > 100);
}

#[test]
fn filters_and_types_reach_the_service_in_its_other_language() {
    let world = World::start(contoso());
    // A pattern that is only a star has no counterpart, which is told before anything is sent.
    let words = ["invoke", "Get-EXOMailbox", "-Filter", "Alias -like '*'"];
    assert!(world.refusal(2, words).contains("has no counterpart"));
    assert_eq!(asked(&world), Vec::<String>::new());
    let filter = ["-Filter", "RecipientTypeDetails -eq 'SharedMailbox' -and DisplayName -ne 'x''y'"];
    let noun = world.exoctl(["invoke", "Get-EXOMailbox"].iter().chain(&filter).chain(&UPN));
    let classic = world.exoctl(["invoke", "Get-Mailbox"].iter().chain(&filter).chain(&UPN));
    assert!(noun.ends(0).stdout.lines().count() > 1, "{}", noun.shown());
    assert_eq!(noun.stdout, classic.ends(0).stdout);
}

#[test]
fn permissions_and_statistics_are_read_by_noun() {
    let world = World::start(empty_contoso().app(app().role(EXCHANGE_ADMINISTRATOR)));
    let name = one_mailbox(&world);
    for (cmdlet, property) in [
        ("Get-EXOMailboxStatistics", "ItemCount"),
        ("Get-EXOMailboxPermission", "PermissionList"),
        ("Get-EXORecipientPermission", "Trustee"),
        ("Get-EXORecipient", "RecipientType"),
    ] {
        let ended = world.exoctl(["invoke", cmdlet, &name, "--format", "json"]);
        let all = ended.ends(0).json();
        assert!(all[0].get(property).is_some(), "{cmdlet}: {all}");
        assert!(all[0].get("@odata.context").is_none(), "{cmdlet}");
    }
    assert!(asked(&world)[1..].iter().all(|call| call.starts_with("GET ")), "{:?}", asked(&world));
}

#[test]
fn a_documented_address_wants_its_own_permission() {
    let words = ["invoke", "Get-AcceptedDomain", "--path", "v2", "--select", "DomainName", "--format", "csv"];
    let without = World::start(contoso());
    let said = without.refusal(13, words);
    assert!(said.contains("Exchange.ManageAsAppV2"), "{said}");
    let with = World::start(empty_contoso().app(app().permission_v2()));
    assert_snapshot!(with.exoctl(words).shown(), @r"
    exit_code: 0
    ----- stdout -----
    DomainName
    contoso.com
    contoso.onmicrosoft.com
    contoso.mail.onmicrosoft.com
    ----- stderr -----
    3 records, complete
    ");
    assert_eq!(asked(&with), ["POST AcceptedDomain?$select=DomainName"]);
    assert!(with.emulator().log().iter().any(|call| call.path.starts_with("/adminapi/v2.0/7b0f6a52-")));
    // An app that has nothing but this permission reads there, and nowhere else.
    let only = World::start(empty_contoso().app(bare_app().permission_v2().role(GLOBAL_READER)));
    only.exoctl(words).ends(0);
    only.exoctl(["invoke", "Get-AcceptedDomain", "--quiet"]).ends(13);
}

#[test]
fn a_long_read_by_a_documented_address_is_paged() {
    let world = World::start(empty_contoso().mailboxes(2100).app(app().permission_v2()));
    let words = ["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--path", "v2"];
    world.exoctl(words.iter().chain(&UPN)).ends(0).says("2100 records, complete");
    assert_eq!(world.received("Get-Mailbox"), 3);
}

#[test]
fn a_path_that_cannot_express_a_call_is_refused_in_words() {
    let world = World::start(contoso());
    let said = world.refusal(2, ["invoke", "Get-AcceptedDomain", "--path", "noun"]);
    assert_snapshot!(said, @r"
    error: `Get-AcceptedDomain` cannot go by the per-noun path: it has no such path
      hint: InvokeCommand can express every call; ask for no path to let it be chosen
    ");
    let said = world.refusal(2, ["invoke", "Get-Mailbox", "-Anr", "ana", "--path", "v2"]);
    assert!(said.contains("it takes no -Anr there"), "{said}");
    let said = world.refusal(2, ["invoke", "Get-Mailbox", "--path", "rest"]);
    assert_snapshot!(said, @"error: `rest` is not a path; there are `invoke` (InvokeCommand), `noun` (as Get-EXO… reads) and `v2` (v2.0)");
    assert_eq!(asked(&world), Vec::<String>::new());
}

#[test]
fn a_role_that_lacks_the_cmdlet_is_told_by_noun_too() {
    let world = World::start(empty_contoso().app(bare_app().permission(Service::Exchange)));
    let said = world.refusal(13, ["invoke", "Get-EXOMailbox"]);
    assert!(said.contains("set-up step 5"), "{said}");
}

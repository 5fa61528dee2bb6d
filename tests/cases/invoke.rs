//! `exoctl invoke`: one cmdlet, in PowerShell's own words.

use exo_tests::{
    App, EXCHANGE_ADMINISTRATOR, GLOBAL_READER, Service, Tenant, World, app, bare_app, contoso, empty_contoso,
};
use insta::assert_snapshot;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];

fn writer() -> Tenant {
    empty_contoso().app(bare_app().permission(Service::Exchange).role(EXCHANGE_ADMINISTRATOR))
}

fn with(app: App) -> World {
    World::start(empty_contoso().app(app))
}

#[test]
fn records_come_as_csv() {
    let world = World::start(contoso());
    let ended = world.exoctl(ASK.iter().chain(&["--select", "DomainName,Default", "--format", "csv"]));
    assert_snapshot!(ended.shown(), @r"
    exit_code: 0
    ----- stdout -----
    DomainName,Default
    contoso.com,true
    contoso.onmicrosoft.com,false
    contoso.mail.onmicrosoft.com,false
    ----- stderr -----
    3 records, complete
    ");
}

#[test]
fn records_come_as_a_table() {
    let world = World::start(contoso());
    assert_snapshot!(world.exoctl(ASK.iter().chain(&["--select", "DomainName,Default"])).shown(), @r"
    exit_code: 0
    ----- stdout -----
    DomainName                    Default
    ────────────────────────────  ───────
    contoso.com                   true
    contoso.onmicrosoft.com       false
    contoso.mail.onmicrosoft.com  false
    ----- stderr -----
    3 records, complete
    ");
}

#[test]
fn records_come_as_json_and_as_lines_of_json() {
    let world = World::start(contoso());
    let all = world.exoctl(ASK.iter().chain(&["--format", "json"])).ends(0).json();
    assert_eq!(all.as_array().unwrap().len(), 3);
    let lines = world.exoctl(ASK.iter().chain(&["--format", "ndjson"]));
    assert_eq!(lines.ends(0).stdout.lines().count(), 3);
    for (line, whole) in lines.stdout.lines().zip(all.as_array().unwrap()) {
        assert_eq!(&serde_json::from_str::<serde_json::Value>(line).unwrap(), whole);
    }
}

#[test]
fn every_page_is_read_to_the_last() {
    let world = World::start(contoso().mailboxes(2345));
    let ended =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "ndjson"]);
    ended.ends(0).says("2345 records, complete");
    let guids: std::collections::BTreeSet<&str> = ended.stdout.lines().collect();
    assert_eq!(guids.len(), 2345, "each once");
    assert_eq!(world.received("Get-Mailbox"), 3);
}

#[test]
fn a_result_size_ends_the_run_and_is_complete() {
    let world = World::start(contoso());
    world
        .exoctl(["invoke", "Get-Mailbox", "-ResultSize", "10", "--format", "ndjson"])
        .ends(0)
        .says("10 records, complete");
}

#[test]
fn a_filter_by_type_reaches_the_service() {
    let world = World::start(contoso());
    let words = [
        "invoke",
        "Get-Mailbox",
        "-RecipientTypeDetails",
        "SharedMailbox",
        "--select",
        "RecipientTypeDetails",
        "--format",
        "ndjson",
    ];
    let ended = world.exoctl(words);
    assert!(!ended.ends(0).stdout.is_empty());
    assert!(ended.stdout.lines().all(|line| line.contains("SharedMailbox")), "{}", ended.shown());
}

#[test]
fn an_object_is_named_by_position_and_the_modules_own_names_are_taken() {
    let world = World::start(contoso());
    let first =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1", "--select", "UserPrincipalName", "--format", "csv"]);
    let name = first.ends(0).stdout.lines().nth(1).unwrap().to_owned();
    let words = ["invoke", "Get-EXOMailboxStatistics", &name, "--format", "json"];
    assert_eq!(world.exoctl(words).ends(0).json().as_array().unwrap().len(), 1);
}

#[test]
fn security_and_compliance_answers_from_its_region() {
    let world = World::start(contoso());
    world.exoctl(["invoke", "Get-ProtectionAlert", "--format", "ndjson"]).ends(0);
    assert!(
        world
            .emulator()
            .log()
            .iter()
            .any(|request| request.host == "eur02b.ps.compliance.localhost" && request.status == 200)
    );
}

#[test]
fn the_headers_that_route_a_call_are_sent() {
    let world = World::start(contoso());
    world.exoctl(ASK).ends(0);
    let log = world.emulator().log();
    let call = log.iter().find(|request| request.cmdlet.is_some()).unwrap();
    assert!(
        call.path.starts_with("/adminapi/beta/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11/InvokeCommand"),
        "{}",
        call.path
    );
    let anchor = &call.headers["x-anchormailbox"];
    assert!(anchor.starts_with("APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@"), "{anchor}");
    assert!(!anchor.ends_with("@contoso.com"), "a custom domain breaks page runs");
    assert!(call.headers.contains_key("x-responseformat") && call.headers.contains_key("authorization"));
}

#[test]
fn a_cmdlet_that_changes_things_needs_a_word_of_consent() {
    let world = World::start(writer());
    let words = ["invoke", "Set-Mailbox", "nobody", "-HiddenFromAddressListsEnabled", "$true"];
    assert_snapshot!(world.refusal(2, words), @r"
    error: Set-Mailbox changes things
      hint: add --write if that is what you want
    ");
    world.assert_nothing_was_sent();
}

#[test]
fn with_consent_a_cmdlet_changes_things() {
    let world = World::start(writer());
    let first =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1", "--select", "UserPrincipalName", "--format", "csv"]);
    let name = first.ends(0).stdout.lines().nth(1).unwrap().to_owned();
    world.exoctl(["invoke", "Set-Mailbox", &name, "-HiddenFromAddressListsEnabled", "$true", "--write"]).ends(0);
    assert_eq!(world.received("Set-Mailbox"), 1);
}

#[test]
fn an_unknown_cmdlet_names_similar_ones() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, ["invoke", "Get-Mailbx"]), @r"
    error: Get-Mailbx is a cmdlet of neither service
      hint: did you mean Get-Mailbox, Set-Mailbox?
    ");
    world.assert_nothing_was_sent();
}

#[test]
fn an_unknown_parameter_lists_those_of_the_cmdlet() {
    let world = World::start(contoso());
    let said = world.refusal(2, ["invoke", "Get-Mailbox", "-Foo", "1"]);
    assert!(said.starts_with("error: Get-Mailbox has no parameter `-Foo`\n") && said.contains("-ResultSize"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    let world = World::start(contoso());
    let said = world.exoctl(["invoke", "Get-Mailbox", "-Archive:7"]).refused(2);
    assert!(said.contains("`7` is no value for `-Archive`"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn a_value_that_the_service_does_not_take_is_a_refusal() {
    let world = World::start(contoso());
    let ended = world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "many"]);
    ended.ends(19).says("ParameterTransformationException").says("'ResultSize'");
}

#[test]
fn an_object_that_is_not_there_is_a_refusal() {
    let world = World::start(contoso());
    let ended = world.exoctl(["invoke", "Get-Mailbox", "nobody@contoso.com", "--format", "json"]);
    let error = ended.ends(19).json_error();
    assert_eq!(error["kind"], "refused");
    assert_eq!(error["code"], "ManagementObjectNotFoundException");
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_cmdlet_of_the_other_service_is_told_where_it_is() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, ["invoke", "Get-ProtectionAlert", "--service", "exo"]), @r"
    error: Get-ProtectionAlert is not a cmdlet of Exchange Online
      hint: it is one of Security & Compliance
    ");
}

#[test]
fn an_unknown_form_lists_the_forms() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, ASK.iter().chain(&["--format", "xml"])), @"error: `xml` is not a format; there are table, json, ndjson and csv");
}

#[test]
fn a_missing_permission_opens_step_2() {
    let world = with(bare_app().role(GLOBAL_READER));
    assert_snapshot!(world.refusal(13, ASK), @r#"
    error: Exchange Online answered `Get-AcceptedDomain` with 401 Unauthorized (diagnostics 2000008;reason="The token contains no permissions, or permissions can not be understood.";error_category="invalid_grant", server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: the app role is missing: add the application permission Exchange.ManageAsApp of Office 365 Exchange Online and grant admin consent (set-up step 2); tokens issued before do not carry it
    "#);
}

#[test]
fn a_missing_consent_opens_step_2() {
    let said = with(app().consented(false)).refusal(13, ASK);
    assert!(said.contains("consent") && said.contains("set-up step 2"), "{said}");
}

#[test]
fn a_missing_role_opens_step_5() {
    let world = with(bare_app().permission(Service::Exchange));
    assert_snapshot!(world.refusal(13, ASK), @r#"
    error: Exchange Online answered `Get-AcceptedDomain` with 403 Forbidden (diagnostics 2000006;reason="The app has no role that allows this operation.";error_category="invalid_client", server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: either the app has no directory role for Exchange Online (set-up step 5: assign it a role such as Global Reader or Exchange Administrator), or none of its roles allows `Get-AcceptedDomain`; check too that the organization is the tenant that the token is for
    "#);
}

#[test]
fn a_role_of_the_other_service_opens_step_5() {
    let world =
        with(bare_app().permission(Service::Exchange).permission(Service::Compliance).role(EXCHANGE_ADMINISTRATOR));
    let said = world.refusal(13, ["invoke", "Get-ProtectionAlert"]);
    assert!(said.contains("Security & Compliance") && said.contains("set-up step 5"), "{said}");
    world.exoctl(ASK).ends(0);
}

#[test]
fn a_cmdlet_that_no_role_allows_is_named() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(13, ["invoke", "Get-TransportRule"]), @r#"
    error: Exchange Online answered `Get-TransportRule` with 403 Forbidden (diagnostics 2000006;reason="The app has no role that allows this operation.";error_category="invalid_client", server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: either the app has no directory role for Exchange Online (set-up step 5: assign it a role such as Global Reader or Exchange Administrator), or none of its roles allows `Get-TransportRule`; check too that the organization is the tenant that the token is for
    "#);
}

#[test]
fn a_writing_cmdlet_with_a_reading_role_is_refused_once() {
    let world = World::start(contoso());
    let words = ["invoke", "Set-Mailbox", "nobody", "-HiddenFromAddressListsEnabled", "$true", "--write"];
    let said = world.refusal(13, words);
    assert!(said.contains("`Set-Mailbox`"), "{said}");
    assert_eq!(world.received("Set-Mailbox"), 1);
}

#[test]
fn a_result_goes_to_a_file_that_is_never_overwritten_unasked() {
    let world = World::start(contoso());
    let to_file = ["--format", "json", "--out", "domains.json"];
    world.exoctl(ASK.iter().chain(&to_file)).ends(0);
    assert_eq!(world.json("domains.json").as_array().unwrap().len(), 3);
    world.write("domains.json", b"mine");
    let ended = world.exoctl(ASK.iter().chain(&to_file));
    let error = ended.ends(18).json_error();
    assert_eq!(error["message"], "`domains.json` exists already");
    assert_eq!(world.received("Get-AcceptedDomain"), 1, "refused before anything was sent");
    assert!(error["hint"].as_str().unwrap().contains("--overwrite"), "{error}");
    assert_eq!(world.read("domains.json"), "mine");
    world.exoctl(ASK.iter().chain(&to_file).chain(&["--overwrite"])).ends(0);
    assert_eq!(world.json("domains.json").as_array().unwrap().len(), 3);
}

#[test]
fn the_cmdlets_own_options_may_stand_before_or_after_ours() {
    let world = World::start(contoso());
    let after = world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1", "--select", "Alias", "--format", "csv"]);
    let before = world.exoctl(["invoke", "--select", "Alias", "--format", "csv", "Get-Mailbox", "-ResultSize", "1"]);
    assert_eq!(after.ends(0).stdout, before.ends(0).stdout);
}

#[test]
fn quiet_says_nothing_beside_the_result() {
    let world = World::start(contoso());
    let ended = world.exoctl(ASK.iter().chain(&["--quiet"]));
    assert_eq!(ended.ends(0).stderr, "");
}

#[test]
fn every_page_is_asked_for_like_the_first() {
    let world = World::start(contoso().mailboxes(2500));
    world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "csv"]).ends(0);
    let calls: Vec<_> =
        world.emulator().log().into_iter().filter(|call| call.cmdlet.as_deref() == Some("Get-Mailbox")).collect();
    assert_eq!(calls.iter().map(|call| call.page).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    for call in &calls {
        assert_eq!(call.method, "POST");
        for header in ["x-anchormailbox", "x-responseformat", "authorization", "client-request-id"] {
            assert_eq!(call.headers.get(header), calls[0].headers.get(header), "{header}");
        }
    }
}

#[test]
fn an_unknown_option_is_called_an_option() {
    let world = World::start(contoso());
    for words in [["Get-AcceptedDomain", "--nix"], ["--nix", "Get-AcceptedDomain"]] {
        let ended = world.exoctl(["invoke"].iter().chain(&words));
        ended.ends(2).says("--nix").never_says("cmdlet's name");
    }
}

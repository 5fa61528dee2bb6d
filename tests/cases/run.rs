//! `exoctl run`: from a certificate to a correct report.

use exo_tests::{
    EXCHANGE_ADMINISTRATOR, Ended, Fault, GLOBAL_READER, Service, Tenant, World, app, bare_app, contoso, empty_contoso,
};
use insta::assert_snapshot;
use serde_json::Value;

/// An app that may read everything that the bundled reports read.
fn all_reading() -> Tenant {
    empty_contoso().app(app().role(EXCHANGE_ADMINISTRATOR))
}

/// Refused before the first cmdlet.
fn refused(code: i32, words: &[&str]) -> String {
    let world = World::start(contoso());
    let said = world.refusal(code, ["run"].iter().chain(words));
    world.assert_nothing_was_sent();
    said
}

/// The rows of a run as JSON.
fn rows(ended: &Ended) -> Vec<Value> {
    ended.json().as_array().cloned().unwrap_or_default()
}

#[test]
fn all_reports_are_listed_by_name() {
    let world = World::start(contoso());
    let reports = world.exoctl(["report", "list", "--format", "json"]).ends(0).json();
    let names: Vec<&str> = reports.as_array().unwrap().iter().filter_map(|report| report["report"].as_str()).collect();
    let all = [
        "exo-outbound-autoforward",
        "forwarding",
        "mailbox-full-access",
        "mailbox-sizes",
        "mailboxes",
        "purview-alerts",
        "send-as",
    ];
    assert_eq!(names, all);
    world.assert_nothing_was_sent();
}

#[test]
fn a_report_shows_what_it_reads_takes_and_gives() {
    let world = World::start(contoso());
    let shown = world.exoctl(["report", "show", "mailbox-sizes"]);
    shown.ends(0).gives("Get-MailboxStatistics").gives("parameter   over").gives("column      user_principal_name");
    let manifest = world.exoctl(["report", "show", "mailbox-sizes", "--format", "json"]).ends(0).json();
    assert_eq!(manifest["origin"], "bundled");
    assert!(manifest["columns"].as_array().unwrap().len() > 5);
    let said = world.refusal(2, ["report", "show", "nix"]);
    assert!(said.contains("`nix` does not exist") && said.contains("mailbox-sizes"), "{said}");
}

#[test]
fn mailboxes_are_all_there_each_once() {
    let world = World::start(contoso().mailboxes(2345));
    let ended = world.exoctl(["run", "mailboxes", "--format", "ndjson"]);
    ended.ends(0).says("mailboxes: 2345 rows, complete");
    let names: std::collections::BTreeSet<String> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["user_principal_name"].to_string())
        .collect();
    assert_eq!(names.len(), 2345);
    assert_eq!(world.received("Get-Mailbox"), 3);
}

#[test]
fn the_rows_of_a_report_are_those_that_the_cmdlet_gives() {
    let world = World::start(contoso());
    let records =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--format", "json"]).ends(0).json();
    let rows = rows(world.exoctl(["run", "mailboxes", "--format", "json"]).ends(0));
    assert_eq!(rows.len(), records.as_array().unwrap().len());
    for (row, record) in rows.iter().zip(records.as_array().unwrap()) {
        assert_eq!(row["user_principal_name"], record["UserPrincipalName"]);
        assert_eq!(row["display_name"], record["DisplayName"]);
        assert_eq!(row["recipient_type_details"], record["RecipientTypeDetails"]);
        assert_eq!(row["email_addresses"], record["EmailAddresses"]);
    }
}

#[test]
fn a_parameter_narrows_a_report() {
    let world = World::start(contoso());
    let shared = rows(world.exoctl(["run", "mailboxes", "--param", "kind=SharedMailbox", "--format", "json"]).ends(0));
    assert!(
        !shared.is_empty() && shared.iter().all(|row| row["recipient_type_details"] == "SharedMailbox"),
        "{shared:?}"
    );
    let named = world.exoctl(["run", "mailboxes", "--param", "mailboxes.kind=SharedMailbox", "--format", "json"]);
    assert_eq!(rows(named.ends(0)), shared);
}

#[test]
fn forwarding_tells_the_outside_from_the_inside() {
    let world = World::start(contoso().mailboxes(400));
    let records =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--format", "json"]).ends(0).json();
    let set = |record: &&Value| record["ForwardingSmtpAddress"].is_string() || record["ForwardingAddress"].is_string();
    let forwarding = records.as_array().unwrap().iter().filter(set).count();
    let rows = rows(world.exoctl(["run", "forwarding", "--format", "json"]).ends(0));
    assert!(forwarding > 0 && rows.len() >= forwarding, "{forwarding} {}", rows.len());
    for row in &rows {
        let target = row["forwards_to"].as_str().unwrap();
        if let Some((_, domain)) = target.rsplit_once('@') {
            assert_eq!(row["external"], !domain.starts_with("contoso."), "{row}");
        }
    }
}

#[test]
fn one_call_is_made_for_each_mailbox() {
    let world = World::start(contoso());
    let sizes = rows(world.exoctl(["run", "mailbox-sizes", "--format", "json"]).ends(0));
    assert_eq!(sizes.len(), 50);
    assert_eq!(world.received("Get-MailboxStatistics"), 50);
    world.exoctl(["run", "mailbox-full-access", "--format", "json"]).ends(0);
    assert_eq!(world.received("Get-MailboxPermission"), 50);
}

#[test]
fn one_query_answers_who_may_send_as_whom() {
    let world = World::start(all_reading());
    assert!(!rows(world.exoctl(["run", "send-as", "--format", "json"]).ends(0)).is_empty());
    assert_eq!(world.received("Get-RecipientPermission"), 1);
}

#[test]
fn a_check_of_security_and_compliance_finds_what_is_switched_off() {
    let world = World::start(contoso());
    let ended = world.exoctl(["run", "purview-alerts", "--format", "json"]);
    let failed: Vec<Value> = rows(ended.ends(3)).into_iter().filter(|row| row["status"] == "fail").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["subject"], "Suspicious Email Forwarding Activity");
    assert_eq!(world.received("Get-Mailbox"), 0);
}

#[test]
fn findings_count_from_the_severity_that_was_asked_for() {
    let world = World::start(contoso());
    world.exoctl(["run", "exo-outbound-autoforward"]).ends(3);
    world.exoctl(["run", "exo-outbound-autoforward", "--fail-on", "critical"]).ends(0);
    world.exoctl(["run", "exo-outbound-autoforward", "--fail-on", "never"]).ends(0);
    assert_snapshot!(refused(2, &["mailboxes", "--fail-on", "bad"]), @r"
    error: `bad` is not a severity
      hint: info, low, medium, high, critical or never
    ");
}

#[test]
fn all_reports_run_together_each_into_its_file() {
    let world = World::start(all_reading());
    world.exoctl(["run", "--all", "--format", "csv", "--out", "results"]).ends(3);
    let written = world.written();
    assert_eq!(written.len(), 8, "{written:?}");
    let run = world.json("results/run.json");
    assert_eq!(run["organization"], "contoso.onmicrosoft.com");
    for report in run["reports"].as_array().unwrap() {
        assert_eq!(report["status"], "complete", "{report}");
        let file = world.read(&format!("results/{}", report["file"].as_str().unwrap()));
        assert!(!file.is_empty() && report["plugin_sha256"].as_str().unwrap().len() == 64);
    }
    assert!(world.emulator().token_requests() == 2, "one token for each service");
}

#[test]
fn the_account_says_which_calls_were_made_and_what_came() {
    let world =
        World::start(contoso().mailboxes(1500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).throttle(Some("0"))));
    world.exoctl(["run", "mailboxes", "--format", "csv", "--out", "all.csv"]).ends(0);
    assert_eq!(world.written(), ["all.csv", "all.run.json"]);
    let run = world.json("all.run.json");
    let cmdlet = &run["reports"][0]["cmdlets"][0];
    assert_eq!(cmdlet["cmdlet"], "Get-Mailbox");
    assert_eq!((&cmdlet["calls"], &cmdlet["pages"], &cmdlet["records"]), (&1.into(), &2.into(), &1500.into()));
    assert_eq!(cmdlet["retries"], 1, "{cmdlet}");
    assert_eq!(run["reports"][0]["rows"], 1500);
}

#[test]
fn only_the_declared_properties_are_asked_for() {
    let world = World::start(contoso());
    world.exoctl(["run", "forwarding", "--format", "json"]).ends(0);
    let log = world.emulator().log();
    let call = log.iter().find(|request| request.cmdlet.as_deref() == Some("Get-Mailbox")).unwrap();
    assert!(
        call.path.contains("ForwardingSmtpAddress") && !call.path.contains("LitigationHoldEnabled"),
        "{}",
        call.path
    );
}

#[test]
fn an_incomplete_result_is_written_and_called_so() {
    let fault = Fault::on_cmdlet("Get-Mailbox").page(2).always().warning_without_link();
    let world = World::start(contoso().mailboxes(2500).fault(fault));
    let ended = world.exoctl(["run", "mailboxes", "--format", "csv", "--out", "all.csv"]);
    ended.ends(4).says("INCOMPLETE").says("missing: ");
    assert_eq!(world.written(), ["all.csv", "all.run.json"]);
    let run = world.json("all.run.json");
    assert_eq!(run["reports"][0]["status"], "incomplete");
    assert!(!run["reports"][0]["cmdlets"][0]["gaps"].as_array().unwrap().is_empty(), "{run}");
}

#[test]
fn one_mailbox_that_cannot_be_read_makes_the_report_incomplete_and_not_empty() {
    let world = World::start(contoso().fault(
        Fault::on_cmdlet("Get-MailboxStatistics").call(7).server_error(404, "ManagementObjectNotFoundException"),
    ));
    let ended = world.exoctl(["run", "mailbox-sizes", "--format", "json", "--out", "sizes.json"]);
    ended.ends(4).says("INCOMPLETE").says("missing: ");
    assert_eq!(world.json("sizes.json").as_array().unwrap().len(), 50);
    assert_eq!(world.json("sizes.run.json")["reports"][0]["status"], "incomplete");
}

#[test]
fn a_failed_report_does_not_stop_the_others() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Get-MailboxStatistics").always().nul_403()));
    let ended = world.exoctl(["run", "mailboxes", "mailbox-sizes", "--format", "csv", "--out", "results"]);
    ended.ends(4).says("mailboxes: 50 rows, complete").says("report `mailbox-sizes` failed");
    assert_eq!(world.written(), ["results/mailboxes.csv", "results/run.json"]);
    let run = world.json("results/run.json");
    assert_eq!(run["reports"][1]["status"], "failed");
    assert_eq!(run["reports"][1]["cause"]["kind"], "authorization");
}

#[test]
fn findings_and_blindness_together_have_a_code_of_their_own() {
    let world = World::start(contoso());
    world.exoctl(["run", "exo-outbound-autoforward", "send-as", "--skip-unavailable", "--out", "results"]).ends(5);
}

#[test]
fn one_cause_that_stopped_everything_gives_its_own_code() {
    let fails = |fault: Fault, code: i32| {
        let world = World::start(contoso().fault(fault.always()));
        let ended =
            world.exoctl(["run", "mailboxes", "forwarding", "--format", "csv", "--out", "results", "--max-wait", "0"]);
        ended.refused(code);
        assert_eq!(world.written(), ["results/run.json"], "no result, and an account of why");
        let cause = &world.json("results/run.json")["reports"][0]["cause"];
        assert!(cause["text"].as_str().is_some_and(|text| !text.is_empty()), "{cause}");
    };
    fails(Fault::on_any().call(2).status(503), 15);
    fails(Fault::on_any().call(2).garbage(), 16);
    fails(Fault::on_any().call(2).throttle(Some("100")), 14);
    // The list of cmdlets that the service offers comes, so that nothing is known before.
    fails(Fault::on_cmdlet("Get-Mailbox").nul_403(), 13);
}

#[test]
fn a_role_that_is_missing_is_told_before_the_first_cmdlet() {
    let app = bare_app().permission(Service::Exchange).permission(Service::Compliance).role(EXCHANGE_ADMINISTRATOR);
    let world = World::start(empty_contoso().app(app));
    let ended = world.exoctl(["run", "purview-alerts"]);
    let said = ended.refused(13);
    assert!(said.contains("Security & Compliance") && said.contains("step 5"), "{said}");
}

#[test]
fn a_permission_that_is_missing_is_told_before_the_first_cmdlet() {
    let world = World::start(empty_contoso().app(bare_app().role(GLOBAL_READER)));
    assert_snapshot!(world.refusal(13, ["run", "mailboxes"]), @r"
    error: Exchange Online: the token has no `roles`: no application permission on this resource, `Exchange.ManageAsApp` is needed
      hint: set-up step 2 is open: add the application permission `Exchange.ManageAsApp` of Office 365 Exchange Online to the app and grant admin consent; then get a new token, since this one stays as it is
    ");
    assert_eq!(world.received("Get-Mailbox"), 0);
}

#[test]
fn an_unknown_report_lists_the_reports() {
    assert_snapshot!(refused(2, &["nix"]), @r"
    error: report `nix` does not exist
      hint: there are: exo-outbound-autoforward, forwarding, mailbox-full-access, mailbox-sizes, mailboxes, purview-alerts, send-as
    ");
}

#[test]
fn no_report_at_all_says_how_to_name_one() {
    assert_snapshot!(refused(2, &[]), @r"
    error: no report is named
      hint: name one, or give --all; `exoctl report list` shows them
    ");
}

#[test]
fn an_unknown_parameter_lists_the_parameters() {
    assert_snapshot!(refused(2, &["mailboxes", "--param", "nix=1"]), @r"
    error: no chosen report has a parameter `nix`
      hint: there are: mailboxes.kind
    ");
}

#[test]
fn a_parameter_without_value_is_refused() {
    assert_snapshot!(refused(2, &["mailboxes", "--param", "kind"]), @r"
    error: parameter `kind` has no value
      hint: write it as name=value
    ");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused() {
    assert_snapshot!(refused(2, &["mailbox-sizes", "--param", "over=much"]), @"error: report `mailbox-sizes`: `much` is no value for parameter `over`, which takes a size such as 40 GB");
}

#[test]
fn a_value_that_no_mailbox_can_have_is_refused_before_the_network() {
    let said = refused(2, &["mailboxes", "--param", "kind=nix"]);
    assert!(said.contains("`nix`") && said.contains("SharedMailbox"), "{said}");
}

#[test]
fn the_same_report_twice_is_refused() {
    let ended = World::start(contoso()).exoctl(["run", "mailboxes", "mailboxes"]);
    ended.ends(2).says("`mailboxes` is named twice");
}

#[test]
fn several_reports_as_csv_need_a_folder() {
    assert_snapshot!(refused(2, &["mailboxes", "forwarding", "--format", "csv"]), @r"
    error: 2 reports as csv need a place for each
      hint: give a folder with --out
    ");
}

#[test]
fn a_bad_certificate_is_told_before_anything_else_happens() {
    let world = World::start(contoso()).with_certificate("expired.pfx");
    world.refusal(11, ["run", "mailboxes"]);
    world.assert_nothing_was_sent();
}

#[test]
fn errors_are_one_json_object_where_results_are_json() {
    let world = World::start(contoso());
    let error = world.exoctl(["run", "nix", "--format", "json"]).ends(2).json_error();
    assert_eq!(error["kind"], "usage");
    let error = world.exoctl(["run", "mailboxes", "--format=json", "--nix"]).ends(2).json_error();
    assert!(error["message"].as_str().unwrap().contains("--nix"), "{error}");
}

#[test]
fn a_report_runs_in_a_thread_as_it_does_in_a_child() {
    let world = World::start(contoso());
    let child = world.exoctl(["run", "forwarding", "--format", "csv"]);
    let thread = world.exoctl(["run", "forwarding", "--format", "csv", "--in-process"]);
    assert_eq!(child.ends(0).stdout, thread.ends(0).stdout);
}

#[test]
fn what_a_check_could_not_see_is_not_evaluated() {
    let fault = Fault::on_cmdlet("Get-HostedOutboundSpamFilterRule").always().nul_403();
    let world = World::start(contoso().fault(fault));
    let ended = world.exoctl(["run", "exo-outbound-autoforward", "--format", "json"]);
    assert!([4, 13].contains(&ended.code), "{}", ended.shown());
    assert!(!ended.stdout.contains("\"pass\""), "{}", ended.shown());
}

#[test]
fn an_empty_tenant_gives_empty_results_and_not_an_error() {
    let world = World::start(contoso().mailboxes(0));
    assert_eq!(rows(world.exoctl(["run", "mailboxes", "--format", "json"]).ends(0)).len(), 0);
    assert_eq!(world.exoctl(["run", "mailboxes", "--format", "ndjson"]).ends(0).stdout, "");
    let csv = world.exoctl(["run", "mailboxes", "--format", "csv"]);
    assert_eq!(csv.ends(0).says("mailboxes: 0 rows, complete").stdout.lines().count(), 1, "the header alone");
    world.exoctl(["run", "mailbox-sizes", "mailbox-full-access"]).ends(0);
}

#[test]
fn a_result_in_a_file_leaves_stdout_empty() {
    let world = World::start(contoso());
    assert_eq!(world.exoctl(["run", "forwarding", "--out", "forwarding.txt"]).ends(0).stdout, "");
}

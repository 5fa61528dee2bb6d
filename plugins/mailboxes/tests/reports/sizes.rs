//! Report `mailbox-sizes`.

use crate::records::{mailbox, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, Parameters, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind};
use reports_mailboxes::MailboxSizes;

const GB: u64 = 1 << 30;

fn statistics(bytes: u64) -> Value {
    json!({
        "TotalItemSize": format!("some GB ({bytes} bytes)"),
        "TotalDeletedItemSize": "1 KB (1,024 bytes)",
        "ItemCount@data.type": "System.Int32",
        "ItemCount": 70_000,
        "DeletedItemCount": 7,
        "LastLogonTime": "2026-11-20T08:09:10.1234567+01:00"
    })
}

/// Mailboxes, of which each has as many GB as the number in its name says; `m50` has half of its quota.
fn host(mailboxes: impl IntoIterator<Item = Value>) -> FakeHost {
    FakeHost::new().on("Get-Mailbox", Answer::records(mailboxes)).on("Get-MailboxStatistics", |given: &Parameters| {
        let digits: String = identity(given).chars().filter(char::is_ascii_digit).collect();
        statistics(digits.parse::<u64>().unwrap_or(0) * GB)
    })
}

fn identity(given: &Parameters) -> &str {
    given["Identity"].as_str().unwrap()
}

fn people(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| mailbox(name)).collect()
}

/// Who, which store, share of the quota, status.
fn told(run: &FakeRun) -> Vec<(&str, &str, Option<f64>, &str)> {
    run.rows()
        .iter()
        .map(|row| (row[0].as_str().unwrap(), row[1].as_str().unwrap(), row[6].as_f64(), row[7].as_str().unwrap()))
        .collect()
}

#[test]
fn an_empty_tenant_asks_for_no_statistics() {
    let run = host([]).run(MailboxSizes, args! {});
    assert!(run.is_ok() && run.is_complete() && run.rows().is_empty(), "{run:?}");
    assert_eq!(run.calls("Get-MailboxStatistics"), 0);
}

#[test]
fn a_mailbox_is_a_row() {
    let run = host(people(&["m50"])).run(MailboxSizes, args! {});
    let row = json!([
        "m50@contoso.com",
        "primary",
        "m50",
        "UserMailbox",
        50 * GB,
        100 * GB,
        50.0,
        "ok",
        70_000,
        1024,
        30 * GB,
        7,
        "2026-11-20T07:09:10.1234567Z"
    ]);
    assert_eq!(run.rows(), [row], "{run:?}");
    let [call] = run.invocations("Get-MailboxStatistics") else { panic!("{run:?}") };
    assert_eq!(call.parameters.len(), 1);
    assert_eq!(call.parameters["Identity"], "m50@contoso.com");
    assert_eq!(run.invocations("Get-Mailbox")[0].parameters["ResultSize"], "Unlimited");
}

#[test]
fn a_status_follows_from_the_first_limit_that_is_reached() {
    let run = host(people(&["m97", "m98", "m99", "m100", "m101"])).run(MailboxSizes, args! {});
    let status: Vec<_> = told(&run).into_iter().map(|row| (row.2, row.3)).collect();
    let expected = [
        (Some(97.0), "ok"),
        (Some(98.0), "warning"),
        (Some(99.0), "send-blocked"),
        (Some(100.0), "send-receive-blocked"),
        (Some(101.0), "send-receive-blocked"),
    ];
    assert_eq!(status, expected);
}

#[test]
fn unlimited_is_never_reached_and_has_no_share() {
    let unlimited = json!({
        "IssueWarningQuota": "Unlimited", "ProhibitSendQuota": "Unlimited", "ProhibitSendReceiveQuota": "Unlimited"
    });
    let none = json!({"IssueWarningQuota": null, "ProhibitSendQuota": null, "ProhibitSendReceiveQuota": null});
    let mailboxes = [with(mailbox("m900"), unlimited), with(mailbox("m901"), none)];
    let run = host(mailboxes).run(MailboxSizes, args! {});
    let status: Vec<_> = told(&run).into_iter().map(|row| (row.2, row.3)).collect();
    assert_eq!(status, [(None, "ok"), (None, "ok")]);
    assert_eq!((&run.row(0).unwrap()[5], &run.row(1).unwrap()[5]), (&json!("unlimited"), &Value::Null));
}

#[test]
fn rows_keep_the_order_of_the_mailboxes_whichever_answer_comes_first() {
    let names: Vec<String> = (0..60).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = host(people(&names)).shuffled(7).run(MailboxSizes, args! {});
    let who: Vec<_> = told(&run).into_iter().map(|row| row.0.trim_end_matches("@contoso.com")).collect();
    assert_eq!(who, names);
    // Eight and the list of mailboxes.
    assert!((5..=9).contains(&run.most_in_flight()), "{}", run.most_in_flight());
}

#[test]
fn an_archive_is_asked_for_where_there_is_one_and_only_on_request() {
    let mailboxes = || [mailbox("m10"), with(mailbox("m105"), json!({"ArchiveStatus": "Active"}))];
    let plain = host(mailboxes()).run(MailboxSizes, args! {});
    assert_eq!((plain.calls("Get-MailboxStatistics"), plain.rows().len()), (2, 2));
    let run = host(mailboxes()).run(MailboxSizes, args! { archive: true });
    let expected = [
        ("m10@contoso.com", "primary", Some(10.0), "ok"),
        ("m105@contoso.com", "primary", Some(105.0), "send-receive-blocked"),
        ("m105@contoso.com", "archive", Some(95.4), "warning"),
    ];
    assert_eq!(told(&run), expected);
    assert_eq!(run.invocations("Get-MailboxStatistics")[2].parameters["Archive"], true);
}

#[test]
fn a_mailbox_that_nobody_used_has_no_data_and_is_not_a_gap() {
    let warning = Answer::empty().warning("The user hasn't logged on to mailbox 'm1', so there is no data to return.");
    let run = host(people(&["m1", "m2"])).once("Get-MailboxStatistics", warning).run(MailboxSizes, args! {});
    assert!(run.is_ok() && run.is_complete(), "{run:?}");
    assert_eq!(told(&run)[0], ("m1@contoso.com", "primary", None, "no-data"));
    assert_eq!(told(&run)[1].3, "ok");
}

#[test]
fn small_ones_are_left_out_and_those_that_could_not_be_read_are_not() {
    let mailboxes = people(&["m39", "m40", "unused", "broken"]);
    let host = host(mailboxes).on("Get-MailboxStatistics", |given: &Parameters| match identity(given) {
        "m39@contoso.com" => statistics(39 * GB).into(),
        "m40@contoso.com" => statistics(40 * GB).into(),
        "unused@contoso.com" => Answer::empty(),
        other => Answer::not_found(other),
    });
    let run = host.run(MailboxSizes, args! { over: "40 GB" });
    let rows: Vec<_> = told(&run).into_iter().map(|row| (row.0, row.3)).collect();
    assert_eq!(rows, [("m40@contoso.com", "ok"), ("broken@contoso.com", "not-read")]);
}

#[test]
fn one_failed_mailbox_is_a_gap_and_the_others_are_told() {
    for kind in [FailureKind::NotFound, FailureKind::Cmdlet, FailureKind::Io, FailureKind::Other] {
        let failing = Failure::new(kind, "something about this mailbox");
        let host = host(people(&["m1", "m2", "m3"])).once("Get-MailboxStatistics", failing);
        let run = host.run(MailboxSizes, args! {});
        assert!(run.is_ok() && !run.is_complete(), "{run:?}");
        let status: Vec<_> = told(&run).into_iter().map(|row| row.3).collect();
        assert_eq!(status, ["not-read", "ok", "ok"]);
    }
}

#[test]
fn an_odd_record_is_a_gap_and_its_property_is_logged() {
    let odd = [
        (without(statistics(1), "ItemCount"), "ItemCount"),
        (with(statistics(1), json!({"TotalItemSize": "plenty"})), "TotalItemSize"),
        (with(statistics(1), json!({"ItemCount": 1e30})), "ItemCount"),
        (with(statistics(1), json!({"LastLogonTime": "yesterday"})), "LastLogonTime"),
    ];
    for (record, property) in odd {
        let host = host(people(&["m1", "m2"])).once("Get-MailboxStatistics", record);
        let run = host.run(MailboxSizes, args! {});
        assert!(run.is_ok() && !run.is_complete(), "{run:?}");
        assert_eq!(told(&run)[0].3, "not-read");
        assert!(run.log()[0].message.contains(property), "{:?}", run.log());
    }
}

#[test]
fn nulls_are_no_figures() {
    let nothing = json!({
        "TotalItemSize": null, "TotalDeletedItemSize": null, "ItemCount": null, "DeletedItemCount": null,
        "LastLogonTime": null
    });
    let run = host(people(&["m1"])).on("Get-MailboxStatistics", nothing).run(MailboxSizes, args! {});
    assert!(run.is_ok() && run.is_complete(), "{run:?}");
    assert_eq!(told(&run)[0].3, "no-data");
}

#[test]
fn what_concerns_every_mailbox_ends_the_report() {
    let failures = [
        (Answer::denied("no role"), FailureKind::Denied),
        (Answer::throttled(), FailureKind::Throttled),
        (Answer::failing(Failure::new(FailureKind::Limit, "too much")), FailureKind::Limit),
    ];
    for (answer, kind) in failures {
        let names: Vec<String> = (0..40).map(|n| format!("m{n}")).collect();
        let mailboxes = names.iter().map(|name| mailbox(name));
        let run = host(mailboxes).on("Get-MailboxStatistics", answer).run(MailboxSizes, args! {});
        assert_eq!(run.failure_kind(), Some(kind), "{run:?}");
        assert!(run.calls("Get-MailboxStatistics") <= 9, "{}", run.calls("Get-MailboxStatistics"));
    }
}

#[test]
fn failure_after_failure_ends_the_report_and_says_so() {
    let gone = || Answer::failing(Failure::new(FailureKind::Io, "the connection was reset"));
    let all = host((0..400).map(|n| mailbox(&format!("m{n}")))).on("Get-MailboxStatistics", gone());
    let run = all.run(MailboxSizes, args! {});
    let failure = run.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Io);
    assert_eq!(failure.message, "32 objects in a row could not be read, `m31@contoso.com` the last");
    assert_eq!(failure.causes, ["the connection was reset"]);
    // One that is read in between shows that the service is there.
    let some = host((0..400).map(|n| mailbox(&format!("m{n}")))).on("Get-MailboxStatistics", |given: &Parameters| {
        if identity(given).ends_with("1@contoso.com") {
            statistics(GB).into()
        } else {
            Answer::failing(Failure::new(FailureKind::Io, "the connection was reset"))
        }
    });
    let run = some.run(MailboxSizes, args! {});
    assert!(run.is_ok() && run.rows().len() == 400, "{:?}", run.outcome());
}

#[test]
fn an_error_of_the_list_in_the_middle_fails_the_report() {
    let gone = Failure::new(FailureKind::Io, "the connection was reset");
    let answer = Answer::records(people(&["m1", "m2", "m3"])).page_rows(2).then_fails(gone);
    let run = host([]).on("Get-Mailbox", answer).run(MailboxSizes, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Io), "{run:?}");
    let odd = host([mailbox("m1"), without(mailbox("m2"), "ProhibitSendQuota")]).run(MailboxSizes, args! {});
    assert_eq!(odd.failure().unwrap().field.as_deref(), Some("ProhibitSendQuota"));
}

#[test]
fn cancellation_ends_it_with_calls_in_flight() {
    let run = host((0..2000).map(|n| mailbox(&format!("m{n}")))).cancel_after(1).run(MailboxSizes, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.calls("Get-MailboxStatistics") < 2000);
    assert_eq!(run.leaked_pages(), 0);
}

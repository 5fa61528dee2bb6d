//! The inventory on tenants of several kinds.

use crate::reports::Forwarding;
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, Parameters, args, rows};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind, GapKind};

fn mailbox(user: &str) -> Value {
    json!({
        "@odata.type": "#x",
        "UserPrincipalName": user,
        "ForwardingSmtpAddress": null,
        "DeliverToMailboxAndForward": "False",
        "WhenChangedUTC@data.type": "System.DateTime",
        "WhenChangedUTC": "2026-01-31T08:15:00.1234567Z",
        "Office": "not asked for",
    })
}

fn tenant(mailboxes: usize) -> FakeHost {
    let all = (0..mailboxes).map(|at| mailbox(&format!("user{at}@contoso.com")));
    FakeHost::new().on("Get-Mailbox", Answer::records(all).page_rows(100)).on(
        "Get-MailboxStatistics",
        |given: &Parameters| {
            let user = given["Identity"].as_str().unwrap_or_default();
            json!({"TotalItemSize": format!("{} KB ({} bytes)", user.len(), user.len() * 1024)})
        },
    )
}

#[test]
fn an_empty_tenant_has_no_rows() {
    let run = tenant(0).run(Forwarding, args! {});
    assert!(run.is_ok() && run.is_complete(), "{run:?}");
    assert!(run.rows().is_empty());
    assert_eq!(run.calls("Get-Mailbox"), 1);
}

#[test]
fn one_record_is_one_row() {
    let run = tenant(1).run(Forwarding, args! {});
    let row = json!(["user0@contoso.com", null, false, 17 * 1024, "2026-01-31T08:15:00.1234567Z"]);
    assert_eq!(run.rows(), [row]);
    assert_eq!(run.progress().len(), 1);
}

#[test]
fn the_service_is_asked_for_the_declared_properties_only() {
    let run = tenant(1).run(Forwarding, args! {});
    let call = &run.invocations("Get-Mailbox")[0];
    let all = ["UserPrincipalName", "ForwardingSmtpAddress", "DeliverToMailboxAndForward", "WhenChangedUTC"];
    assert_eq!(call.select, all);
    assert_eq!(call.parameters["ResultSize"], "Unlimited");
}

#[test]
fn arguments_filter() {
    let mut forwards = mailbox("b@contoso.com");
    forwards["ForwardingSmtpAddress"] = json!("smtp:drop@example.net");
    let host = tenant(0).on("Get-Mailbox", json!([mailbox("a@contoso.com"), forwards]));
    let run = host.run(Forwarding, args! { only_forwarding: true, over: "10 KB" });
    assert_eq!(run.rows().len(), 1, "{run:?}");
    assert_eq!(run.row(0).unwrap()[1], "smtp:drop@example.net");
    let run = host.run(Forwarding, args! { over: "1 GB" });
    assert!(run.is_ok() && run.rows().is_empty());
}

#[test]
fn an_odd_record_is_named_with_its_property() {
    let mut odd = mailbox("b@contoso.com");
    odd.as_object_mut().unwrap().remove("ForwardingSmtpAddress");
    let host = tenant(0).on("Get-Mailbox", Answer::records([mailbox("a@contoso.com"), odd]).page_rows(1));
    let run = host.run(Forwarding, args! {});
    let failure = run.failure().expect("it failed");
    assert_eq!(failure.kind, FailureKind::Decode);
    assert_eq!((failure.row, failure.field.as_deref()), (Some(2), Some("ForwardingSmtpAddress")));
    assert_eq!(failure.cmdlet.as_deref(), Some("Get-Mailbox"));
    // Absent was the fault; null is a value, as the first record shows.
    assert_eq!(run.rows().len(), 1);
}

#[test]
fn a_value_of_another_type_is_named_with_its_property() {
    let host = tenant(1).on("Get-MailboxStatistics", rows![{"TotalItemSize": "plenty"}]);
    let failure = host.run(Forwarding, args! {}).failure().cloned().expect("it failed");
    assert_eq!(failure.field.as_deref(), Some("TotalItemSize"));
    assert!(failure.message.contains("plenty"), "{failure}");
}

#[test]
fn a_property_that_may_be_absent_may_be_absent() {
    let mut old = mailbox("a@contoso.com");
    old.as_object_mut().unwrap().remove("WhenChangedUTC");
    let run = tenant(0).on("Get-Mailbox", old).run(Forwarding, args! {});
    assert_eq!(run.row(0).unwrap()[4], Value::Null, "{run:?}");
}

#[test]
fn an_error_in_the_middle_fails_the_report_and_keeps_what_came() {
    let broken = Failure::new(FailureKind::Io, "the connection was reset");
    let pages = Answer::records((0..4).map(|at| mailbox(&format!("user{at}@contoso.com"))));
    let run = tenant(0).on("Get-Mailbox", pages.page_rows(2).then_fails(broken)).run(Forwarding, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Io));
    assert_eq!(run.rows().len(), 4);
    assert!(!run.is_complete());
}

#[test]
fn a_truncated_stream_is_incomplete_although_the_report_saw_nothing() {
    let run = tenant(0).on("Get-Mailbox", rows![].truncated()).run(Forwarding, args! {});
    assert!(run.is_ok() && !run.is_complete());
    assert_eq!(run.ends()[0].gaps[0].kind, GapKind::Truncated);
}

#[test]
fn eight_calls_are_in_flight_together() {
    let many = if cfg!(miri) { 20 } else { 300 };
    let run = tenant(many).run(Forwarding, args! {});
    assert!(run.is_ok(), "{run:?}");
    assert_eq!(run.rows().len(), many);
    // The stream of mailboxes, and eight calls beside it.
    assert_eq!(run.most_in_flight(), 9);
    assert_eq!(run.leaked_pages(), 0);
}

#[test]
fn any_order_of_answers_gives_the_same_rows() {
    let (many, orders) = if cfg!(miri) { (10, 4) } else { (40, 20) };
    let sorted = |seed| {
        let mut rows = tenant(many).shuffled(seed).run(Forwarding, args! {}).rows().to_vec();
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let first = sorted(1);
    assert_eq!(first.len(), many);
    assert!((2..orders).all(|seed| sorted(seed) == first));
}

#[test]
fn one_refused_call_fails_the_report_and_names_the_cmdlet() {
    let run = tenant(3).once("Get-MailboxStatistics", Answer::denied("no role")).run(Forwarding, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Denied));
    assert_eq!(run.failure().unwrap().cmdlet.as_deref(), Some("Get-MailboxStatistics"));
    assert_eq!(run.ends().iter().flat_map(|end| &end.gaps).next().unwrap().kind, GapKind::Refused);
}

#[test]
fn bad_arguments_are_refused_before_the_run() {
    let run = tenant(1).run(Forwarding, args! { over: "plenty" });
    assert!(matches!(run.outcome(), FakeOutcome::Failed(f) if f.message.contains("`plenty`")), "{run:?}");
    let run = tenant(1).run(Forwarding, args! { under: 7 });
    assert!(matches!(run.outcome(), FakeOutcome::Failed(f) if f.message.contains("`under`")));
}

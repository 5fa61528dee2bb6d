//! Report `forwarding`.

use crate::records::{mailbox, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args, rows};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind};
use reports_mailboxes::Forwarding;

fn host(mailboxes: impl IntoIterator<Item = Value>) -> FakeHost {
    let domains = rows![
        {"DomainName": "contoso.com", "MatchSubDomains": false},
        {"DomainName": "Contoso.onmicrosoft.com"},
        {"DomainName": "corp.example", "MatchSubDomains": "True"},
    ];
    FakeHost::new().on("Get-AcceptedDomain", domains).on("Get-Mailbox", Answer::records(mailboxes))
}

fn to_address(alias: &str, address: &str) -> Value {
    with(mailbox(alias), json!({"ForwardingSmtpAddress": address}))
}

/// What is told of each: who, set in what, to whom, external, ignored.
fn told(run: &FakeRun) -> Vec<(&str, &str, &str, Option<bool>, bool)> {
    fn text(row: &Value, at: usize) -> &str {
        row[at].as_str().unwrap()
    }
    run.rows().iter().map(|row| (text(row, 0), text(row, 1), text(row, 4), row[5].as_bool(), row[7] == true)).collect()
}

#[test]
fn nobody_forwards_in_an_empty_tenant_or_by_empty_texts() {
    let empty = host([]).run(Forwarding, args! {});
    assert!(empty.is_ok() && empty.rows().is_empty(), "{empty:?}");
    let blank = with(mailbox("adele"), json!({"ForwardingAddress": "", "ForwardingSmtpAddress": " "}));
    let run = host([mailbox("diego"), blank]).run(Forwarding, args! {});
    assert!(run.is_ok() && run.rows().is_empty(), "{run:?}");
}

#[test]
fn external_is_what_is_in_none_of_the_tenants_domains() {
    let cases = [
        ("smtp:drop@example.net", "drop@example.net", Some(true)),
        ("SMTP:boss@CONTOSO.com", "boss@CONTOSO.com", Some(false)),
        ("smtp:boss@contoso.onmicrosoft.com", "boss@contoso.onmicrosoft.com", Some(false)),
        ("boss@mail.contoso.com", "boss@mail.contoso.com", Some(true)),
        ("boss@lab.corp.example", "boss@lab.corp.example", Some(false)),
        ("smtp:m\u{fc}ller@b\u{fc}cher.example", "m\u{fc}ller@b\u{fc}cher.example", Some(true)),
    ];
    let run = host(cases.iter().map(|case| to_address("adele", case.0))).run(Forwarding, args! {});
    assert!(run.is_ok(), "{run:?}");
    let expected: Vec<_> =
        cases.iter().map(|c| ("adele@contoso.com", "ForwardingSmtpAddress", c.1, c.2, false)).collect();
    assert_eq!(told(&run), expected);
}

#[test]
fn a_recipient_is_told_as_it_stands_and_overrides_an_address() {
    let both = json!({"ForwardingAddress": "Mail \"Room\"", "ForwardingSmtpAddress": "smtp:drop@example.net"});
    let contact = json!({"ForwardingAddress": "drop@example.net", "DeliverToMailboxAndForward": "True"});
    let run = host([with(mailbox("adele"), both), with(mailbox("diego"), contact)]).run(Forwarding, args! {});
    let expected = [
        ("adele@contoso.com", "ForwardingAddress", "Mail \"Room\"", None, false),
        ("adele@contoso.com", "ForwardingSmtpAddress", "drop@example.net", Some(true), true),
        ("diego@contoso.com", "ForwardingAddress", "drop@example.net", Some(true), false),
    ];
    assert_eq!(told(&run), expected);
    assert_eq!((&run.row(0).unwrap()[6], &run.row(2).unwrap()[6]), (&json!(false), &json!(true)));
}

#[test]
fn what_is_known_to_stay_inside_can_be_left_out() {
    let mailboxes = [
        to_address("inside", "smtp:boss@contoso.com"),
        to_address("outside", "smtp:drop@example.net"),
        with(mailbox("unknown"), json!({"ForwardingAddress": "Mail Room"})),
    ];
    let run = host(mailboxes).run(Forwarding, args! { skip_internal: true });
    let who: Vec<_> = told(&run).into_iter().map(|row| row.0).collect();
    assert_eq!(who, ["outside@contoso.com", "unknown@contoso.com"]);
}

#[test]
fn without_domains_nobody_is_called_external() {
    let run = host([to_address("adele", "smtp:drop@example.net")])
        .on("Get-AcceptedDomain", Answer::empty())
        .run(Forwarding, args! {});
    assert_eq!(told(&run)[0].3, None);
    assert_eq!(run.log().len(), 1, "{run:?}");
}

#[test]
fn refused_domains_fail_the_report_before_any_mailbox() {
    let run = host([]).on("Get-AcceptedDomain", Answer::denied("no role")).run(Forwarding, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Denied));
    assert_eq!(run.calls("Get-Mailbox"), 0);
}

#[test]
fn a_missing_property_is_no_forwarding_off() {
    let run = host([without(mailbox("adele"), "ForwardingSmtpAddress")]).run(Forwarding, args! {});
    assert_eq!(run.failure().unwrap().field.as_deref(), Some("ForwardingSmtpAddress"), "{run:?}");
}

#[test]
fn an_error_in_the_middle_fails_the_report_after_the_rows_that_came() {
    let gone = Failure::new(FailureKind::Throttled, "the service asked to wait for too long");
    let answer = Answer::records([to_address("adele", "smtp:drop@example.net")]).then_fails(gone);
    let run = host([]).on("Get-Mailbox", answer).run(Forwarding, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Throttled));
    assert_eq!(run.rows().len(), 1);
}

#[test]
fn cancellation_ends_it() {
    let mailboxes = (0..3000).map(|_| to_address("adele", "smtp:drop@example.net"));
    let run = host(mailboxes).cancel_after(1).run(Forwarding, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.rows().len() < 3000);
}

//! Report `mailboxes`.

use crate::records::{mailbox, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind};
use reports_mailboxes::Mailboxes;

fn run(records: Vec<Value>) -> FakeRun {
    FakeHost::new().on("Get-Mailbox", Answer::records(records)).run(Mailboxes, args! {})
}

#[test]
fn an_empty_tenant_has_no_rows_and_is_complete() {
    let run = run(Vec::new());
    assert!(run.is_ok() && run.is_complete(), "{run:?}");
    assert!(run.rows().is_empty());
}

#[test]
fn a_mailbox_is_a_row() {
    let run = run(vec![mailbox("adele")]);
    let row = json!([
        "adele@contoso.com",
        "adele",
        "adele@contoso.com",
        "UserMailbox",
        ["SMTP:adele@contoso.com", "smtp:adele@contoso.onmicrosoft.com"],
        "2019-03-04T10:20:30Z",
        false,
        "None",
        false,
        "Default MRM Policy",
        true,
        "8d0a2a0c-0000-4000-8000-000000000001"
    ]);
    assert_eq!(run.rows(), [row]);
}

#[test]
fn the_whole_tenant_is_asked_for_and_no_other_property() {
    let run = run(vec![mailbox("adele")]);
    let [call] = run.invocations("Get-Mailbox") else { panic!("{run:?}") };
    assert_eq!(call.parameters["ResultSize"], "Unlimited");
    assert!(!call.parameters.contains_key("RecipientTypeDetails"));
    assert_eq!(call.select.len(), 12, "{:?}", call.select);
}

#[test]
fn nulls_escapes_and_letters_of_all_sorts_come_through() {
    let odd = json!({
        "DisplayName": "Zo\u{eb} \"Z\" O'Neil\\\n\u{1f4e7}",
        "EmailAddresses": "SMTP:odd@contoso.com",
        "RetentionPolicy": null,
        "WhenMailboxCreated": null,
        "HiddenFromAddressListsEnabled": null,
        "ExternalDirectoryObjectId": ""
    });
    let many = json!({"EmailAddresses": null});
    let run = run(vec![with(mailbox("odd"), odd), with(mailbox("none"), many)]);
    assert!(run.is_ok(), "{run:?}");
    let row = run.row(0).unwrap();
    assert_eq!(row[1], "Zo\u{eb} \"Z\" O'Neil\\\n\u{1f4e7}");
    assert_eq!(row[4], json!(["SMTP:odd@contoso.com"]));
    assert_eq!((&row[5], &row[6], &row[9], &row[11]), (&Value::Null, &Value::Null, &Value::Null, &json!("")));
    assert_eq!(run.row(1).unwrap()[4], json!([]));
}

#[test]
fn a_missing_property_is_named_and_not_taken_for_null() {
    let run = run(vec![mailbox("adele"), without(mailbox("diego"), "LitigationHoldEnabled")]);
    let failure = run.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Decode);
    assert_eq!((failure.row, failure.field.as_deref()), (Some(2), Some("LitigationHoldEnabled")));
}

#[test]
fn a_mailbox_without_its_name_is_named_by_its_place() {
    for odd in [json!({"UserPrincipalName": null}), json!({"UserPrincipalName": 1e300})] {
        let run = run(vec![with(mailbox("adele"), odd)]);
        let failure = run.failure().unwrap();
        assert_eq!((failure.row, failure.field.as_deref()), (Some(1), Some("UserPrincipalName")));
    }
}

#[test]
fn an_error_in_the_middle_fails_the_report_after_the_rows_that_came() {
    let gone = Failure::new(FailureKind::Io, "the connection was reset");
    let answer = Answer::records((0..5).map(|n| mailbox(&format!("m{n}")))).page_rows(2).then_fails(gone);
    let run = FakeHost::new().on("Get-Mailbox", answer).run(Mailboxes, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Io), "{run:?}");
    assert_eq!(run.rows().len(), 5);
    assert!(!run.is_complete());
}

#[test]
fn what_the_service_cut_is_not_complete() {
    let answer = Answer::records([mailbox("adele")]).truncated();
    let run = FakeHost::new().on("Get-Mailbox", answer).run(Mailboxes, args! {});
    assert!(run.is_ok() && !run.is_complete());
}

#[test]
fn cancellation_ends_it() {
    let answer = Answer::records((0..3000).map(|_| mailbox("m"))).page_rows(500);
    let host = FakeHost::new().on("Get-Mailbox", answer).cancel_after(1);
    let run = host.run(Mailboxes, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.rows().len() < 3000);
    assert_eq!(run.leaked_pages(), 0);
}

#[test]
fn kinds_are_chosen_by_the_service() {
    let host = FakeHost::new().on("Get-Mailbox", Answer::empty());
    let run = host.run(Mailboxes, args! { kind: "sharedmailbox,RoomMailbox" });
    assert_eq!(
        run.invocations("Get-Mailbox")[0].parameters["RecipientTypeDetails"],
        json!(["SharedMailbox", "RoomMailbox"])
    );
    let refused = host.run(Mailboxes, args! { kind: "planet" });
    assert!(refused.failure().unwrap().message.contains("`planet`"), "{refused:?}");
    assert_eq!(refused.calls("Get-Mailbox"), 0);
}

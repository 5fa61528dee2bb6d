//! Report `send-as`.

use crate::records::{SELF, SID, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind};
use reports_permissions::SendAs;

fn entry(identity: &str, trustee: &str) -> Value {
    json!({
        "Identity": identity,
        "Trustee": trustee,
        "AccessControlType": "Allow",
        "AccessRights@odata.type": "#Collection(String)",
        "AccessRights": ["SendAs"],
        "IsInherited": false,
        "InheritanceType": "None",
        "TrusteeSidString": SID
    })
}

fn run(answer: Answer) -> FakeRun {
    FakeHost::new().on("Get-RecipientPermission", answer).run(SendAs, args! {})
}

#[test]
fn an_empty_tenant_has_no_rows_and_is_complete() {
    let run = run(Answer::empty());
    assert!(run.is_ok() && run.is_complete() && run.rows().is_empty(), "{run:?}");
}

#[test]
fn one_query_serves_the_whole_tenant() {
    let records = (0..7).flat_map(|n| [entry(&format!("m{n}"), SELF), entry(&format!("m{n}"), "adele@contoso.com")]);
    let run = run(Answer::records(records).page_rows(3));
    assert_eq!(run.rows().len(), 7, "{run:?}");
    let [call] = run.invocations("Get-RecipientPermission") else { panic!("{run:?}") };
    assert_eq!(call.parameters.len(), 1);
    assert_eq!(call.parameters["ResultSize"], "Unlimited");
    assert_eq!(run.rows()[0], json!(["m0", "adele@contoso.com", "Allow", ["SendAs"], false, false]));
}

#[test]
fn denials_unknown_accounts_and_odd_names_are_kept_as_they_are() {
    let records = [
        with(entry("sales", "adele@contoso.com"), json!({"AccessControlType": "Deny", "IsInherited": "True"})),
        entry("sales", SID),
        with(entry("sales", ""), json!({"Trustee": null, "IsInherited": null})),
        entry("B\u{fc}ro \"S\u{fc}d\"\\", "Everyone"),
        with(entry("sales", "diego@contoso.com"), json!({"AccessRights": "SendAs, Other"})),
    ];
    let run = run(Answer::records(records));
    let expected = [
        json!(["sales", "adele@contoso.com", "Deny", ["SendAs"], true, false]),
        json!(["sales", SID, "Allow", ["SendAs"], false, true]),
        json!(["sales", "", "Allow", ["SendAs"], null, true]),
        json!(["B\u{fc}ro \"S\u{fc}d\"\\", "Everyone", "Allow", ["SendAs"], false, false]),
        json!(["sales", "diego@contoso.com", "Allow", ["SendAs", "Other"], false, false]),
    ];
    assert_eq!(run.rows(), expected);
}

#[test]
fn an_entry_without_its_type_is_no_grant() {
    let odd = [
        without(entry("sales", "adele@contoso.com"), "AccessControlType"),
        with(entry("sales", "adele@contoso.com"), json!({"AccessControlType": 18_446_744_073_709_551_615_u64})),
    ];
    for odd in odd {
        let run = run(Answer::records([entry("sales", SELF), odd]));
        let failure = run.failure().unwrap();
        assert_eq!((failure.row, failure.field.as_deref()), (Some(2), Some("AccessControlType")));
        assert!(run.rows().is_empty());
    }
}

#[test]
fn an_error_in_the_middle_fails_the_report_after_the_rows_that_came() {
    let gone = Failure::new(FailureKind::Io, "the connection was reset");
    let records = (0..3).map(|n| entry(&format!("m{n}"), "adele@contoso.com"));
    let broken = run(Answer::records(records).page_rows(2).then_fails(gone));
    assert_eq!((broken.failure_kind(), broken.rows().len()), (Some(FailureKind::Io), 3));
    let refused = run(Answer::denied("no role"));
    assert_eq!(refused.failure_kind(), Some(FailureKind::Denied));
    let cut = run(Answer::records([entry("m0", "adele@contoso.com")]).truncated());
    assert!(cut.is_ok() && !cut.is_complete());
}

#[test]
fn cancellation_ends_it() {
    let records = Answer::records((0..3000).map(|n| entry(&format!("m{n}"), "adele@contoso.com"))).page_rows(500);
    let run = FakeHost::new().on("Get-RecipientPermission", records).cancel_after(1).run(SendAs, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.rows().len() < 3000);
}

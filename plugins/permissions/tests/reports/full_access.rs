//! Report `mailbox-full-access`.

use crate::records::{SELF, SID, with, without};
use exo_plugin::fake::{Answer, FakeHost, FakeOutcome, FakeRun, Parameters, args};
use exo_plugin::serde_json::{Value, json};
use exo_plugin::{Failure, FailureKind};
use reports_permissions::MailboxFullAccess;

fn mailbox(alias: &str) -> Value {
    json!({
        "UserPrincipalName": format!("{alias}@contoso.com"),
        "DisplayName": alias,
        "RecipientTypeDetails": "SharedMailbox"
    })
}

fn entry(user: &str, rights: &str) -> Value {
    json!({
        "AccessRights@odata.type": "#Collection(String)",
        "AccessRights": [rights],
        "Deny": false,
        "InheritanceType": "All",
        "User": user,
        "IsInherited": false
    })
}

fn inherited(user: &str, deny: bool) -> Value {
    with(entry(user, "FullAccess"), json!({"IsInherited": true, "Deny": deny}))
}

/// What every mailbox has without anybody's doing.
fn from_above() -> Vec<Value> {
    vec![
        entry(SELF, "FullAccess, ReadPermission"),
        inherited("EURPR02A001\\Domain Admins", true),
        inherited("EURPR02A001\\Organization Management", true),
        inherited("NT AUTHORITY\\SYSTEM", false),
        entry("NT AUTHORITY\\NETWORK SERVICE", "ReadPermission"),
        with(inherited("EURPR02A001\\Exchange Servers", false), json!({"IsInherited": "True", "Deny": "False"})),
    ]
}

/// Mailboxes with what comes from above and these entries.
fn host(mailboxes: &[&str], entries: Vec<Value>) -> FakeHost {
    let all = [from_above(), entries].concat();
    FakeHost::new()
        .on("Get-Mailbox", Answer::records(mailboxes.iter().map(|alias| mailbox(alias))))
        .on("Get-MailboxPermission", Answer::records(all))
}

/// Whose mailbox, who, how, unresolved.
fn told(run: &FakeRun) -> Vec<(&str, &str, &str, bool)> {
    fn text(row: &Value, at: usize) -> &str {
        row[at].as_str().unwrap()
    }
    run.rows().iter().map(|row| (text(row, 0), text(row, 1), text(row, 2), row[4] == true)).collect()
}

#[test]
fn an_empty_tenant_asks_for_no_permissions() {
    let run = host(&[], Vec::new()).run(MailboxFullAccess, args! {});
    assert!(run.is_ok() && run.is_complete() && run.rows().is_empty(), "{run:?}");
    assert_eq!(run.calls("Get-MailboxPermission"), 0);
}

#[test]
fn what_comes_from_above_and_the_owner_are_left_out() {
    let run = host(&["sales"], Vec::new()).run(MailboxFullAccess, args! {});
    assert!(run.is_ok() && run.is_complete() && run.rows().is_empty(), "{run:?}");
    let all = host(&["sales"], Vec::new()).run(MailboxFullAccess, args! { all_rights: true });
    assert!(all.rows().is_empty(), "{all:?}");
}

#[test]
fn a_grant_is_a_row_with_the_rights_taken_apart() {
    let run = host(&["sales"], vec![entry("adele@contoso.com", "FullAccess, DeleteItem, ReadPermission")])
        .run(MailboxFullAccess, args! {});
    let row = json!([
        "sales@contoso.com",
        "adele@contoso.com",
        "allow",
        ["FullAccess", "DeleteItem", "ReadPermission"],
        false,
        "sales",
        "SharedMailbox"
    ]);
    assert_eq!(run.rows(), [row], "{run:?}");
    let [call] = run.invocations("Get-MailboxPermission") else { panic!("{run:?}") };
    assert_eq!(call.parameters["Identity"], "sales@contoso.com");
    assert_eq!(call.parameters["ResultSize"], "Unlimited");
    assert_eq!(call.parameters["IncludeUnresolvedPermissions"], true);
}

#[test]
fn other_rights_are_listed_on_request_only() {
    let entries = || vec![entry("adele@contoso.com", "ReadPermission"), entry("diego@contoso.com", "fullaccess")];
    let run = host(&["sales"], entries()).run(MailboxFullAccess, args! {});
    assert_eq!(told(&run), [("sales@contoso.com", "diego@contoso.com", "allow", false)]);
    let all = host(&["sales"], entries()).run(MailboxFullAccess, args! { all_rights: true });
    assert_eq!(all.rows().len(), 2);
}

#[test]
fn rights_in_any_form_of_list_are_seen() {
    let forms = [json!("FullAccess"), json!(["ReadPermission", "FullAccess"]), json!("ReadPermission,FullAccess")];
    for form in forms {
        let entry = with(entry("adele@contoso.com", ""), json!({"AccessRights": form}));
        assert_eq!(host(&["sales"], vec![entry]).run(MailboxFullAccess, args! {}).rows().len(), 1);
    }
    let none = with(entry("adele@contoso.com", ""), json!({"AccessRights": null}));
    assert_eq!(host(&["sales"], vec![none]).run(MailboxFullAccess, args! {}).rows().len(), 0);
}

#[test]
fn denials_that_somebody_made_and_accounts_that_nobody_knows_are_kept() {
    let denied = with(entry("adele@contoso.com", "FullAccess"), json!({"Deny": "True"}));
    let entries = vec![
        entry("adele@contoso.com", "FullAccess"),
        denied,
        entry(SID, "FullAccess"),
        entry("Everyone", "FullAccess"),
        with(entry("", "FullAccess"), json!({"User": null})),
        entry("Zo\u{eb} \"Z\"", "FullAccess"),
    ];
    let run = host(&["sales"], entries).run(MailboxFullAccess, args! {});
    let expected = [
        ("sales@contoso.com", "adele@contoso.com", "allow", false),
        ("sales@contoso.com", "adele@contoso.com", "deny", false),
        ("sales@contoso.com", SID, "allow", true),
        ("sales@contoso.com", "Everyone", "allow", false),
        ("sales@contoso.com", "", "allow", true),
        ("sales@contoso.com", "Zo\u{eb} \"Z\"", "allow", false),
    ];
    assert_eq!(told(&run), expected, "{run:?}");
}

#[test]
fn rows_keep_the_order_of_the_mailboxes() {
    let names: Vec<String> = (0..50).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = host(&names, vec![entry("adele@contoso.com", "FullAccess")]).shuffled(3).run(MailboxFullAccess, args! {});
    let whose: Vec<_> = told(&run).into_iter().map(|row| row.0.trim_end_matches("@contoso.com")).collect();
    assert_eq!(whose, names);
    assert!((5..=9).contains(&run.most_in_flight()), "{}", run.most_in_flight());
}

#[test]
fn one_failed_mailbox_is_a_gap_and_nothing_of_it_is_told() {
    let half = Answer::records([entry("adele@contoso.com", "FullAccess")])
        .then_fails(Failure::new(FailureKind::Io, "the connection was reset"));
    for failing in [Answer::not_found("m1"), half] {
        let host = host(&["m1", "m2"], vec![entry("diego@contoso.com", "FullAccess")]);
        let run = host.once("Get-MailboxPermission", failing).run(MailboxFullAccess, args! {});
        assert!(run.is_ok() && !run.is_complete(), "{run:?}");
        assert_eq!(told(&run), [("m2@contoso.com", "diego@contoso.com", "allow", false)]);
    }
}

#[test]
fn an_entry_that_does_not_say_whether_it_is_a_denial_is_no_grant() {
    for odd in
        [without(entry("a@contoso.com", "FullAccess"), "Deny"), with(entry("a", "FullAccess"), json!({"Deny": null}))]
    {
        let host = host(&["m1", "m2"], Vec::new()).once("Get-MailboxPermission", odd);
        let run = host.run(MailboxFullAccess, args! {});
        assert!(run.is_ok() && !run.is_complete() && run.rows().is_empty(), "{run:?}");
        assert!(run.log()[0].message.contains("`Deny`"), "{:?}", run.log());
    }
}

#[test]
fn what_concerns_every_mailbox_ends_the_report() {
    let names: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (answer, kind) in
        [(Answer::denied("no role"), FailureKind::Denied), (Answer::throttled(), FailureKind::Throttled)]
    {
        let run = host(&names, Vec::new()).on("Get-MailboxPermission", answer).run(MailboxFullAccess, args! {});
        assert_eq!(run.failure_kind(), Some(kind), "{run:?}");
        assert!(run.calls("Get-MailboxPermission") <= 9);
    }
    let run = host(&names, Vec::new())
        .on("Get-MailboxPermission", |given: &Parameters| Answer::not_found(&given["Identity"]))
        .run(MailboxFullAccess, args! {});
    assert!(run.failure().unwrap().message.starts_with("32 objects in a row"), "{run:?}");
}

#[test]
fn an_error_of_the_list_in_the_middle_fails_the_report() {
    let gone = Failure::new(FailureKind::Io, "the connection was reset");
    let answer = Answer::records([mailbox("m1"), mailbox("m2")]).page_rows(1).then_fails(gone);
    let run = host(&[], Vec::new()).on("Get-Mailbox", answer).run(MailboxFullAccess, args! {});
    assert_eq!(run.failure_kind(), Some(FailureKind::Io), "{run:?}");
}

#[test]
fn cancellation_ends_it() {
    let names: Vec<String> = (0..2000).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let host = host(&names, vec![entry("adele@contoso.com", "FullAccess")]).cancel_after(1);
    let run = host.run(MailboxFullAccess, args! {});
    assert_eq!(*run.outcome(), FakeOutcome::Cancelled);
    assert!(run.rows().len() < 2000);
    assert_eq!(run.leaked_pages(), 0);
}

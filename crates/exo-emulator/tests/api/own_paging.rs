//! Cmdlets that give no links: message traces, pages by number, sessions of the audit log.

use std::collections::BTreeSet;

use exo_emulator::{Emulator, Service, Tenant, TraceSeam};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::client::*;

const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";

fn tenant() -> Tenant {
    Tenant::contoso().mailboxes(400).seed(7).app(full_app())
}

fn page(caller: &Caller<'_>, cmdlet: &str, parameters: Value) -> (Vec<Value>, Vec<String>) {
    let reply = caller.call(cmdlet, parameters);
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let body = reply.json();
    assert!(body.get("@odata.nextLink").is_none(), "{cmdlet} gives no links");
    let warnings = body["@adminapi.warnings"].as_array().unwrap().clone();
    let warnings = warnings.iter().map(|warning| warning.as_str().unwrap().to_owned()).collect();
    (body["value"].as_array().unwrap().clone(), warnings)
}

fn key(row: &Value) -> String {
    format!("{} {}", row["MessageTraceId"], row["RecipientAddress"])
}

/// A day that lies back, to the second, so that all calls are about the same.
fn day() -> (String, String) {
    let iso = |seconds: i64| {
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days since 1970 to a date, by counting years and months.
        let (mut year, mut left) = (1970, days);
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        while left >= 365 + i64::from(is_leap(year)) {
            left -= 365 + i64::from(is_leap(year));
            year += 1;
        }
        let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 0;
        while left >= lengths[month] {
            left -= lengths[month];
            month += 1;
        }
        format!("{year}-{:02}-{:02}T{:02}:{:02}:{:02}", month + 1, left + 1, rest / 3600, rest / 60 % 60, rest % 60)
    };
    let end = now() - 3600;
    (iso(end - 86_400), iso(end))
}

fn quoted<'w>(warning: &'w str, name: &str) -> &'w str {
    let (_, rest) = warning.split_once(&format!("-{name} \"")).unwrap_or_else(|| panic!("{name} in {warning}"));
    rest.split_once('"').unwrap().0
}

/// Every row of a day, by the warnings, and how many came twice.
fn traced(seam: TraceSeam) -> (Vec<String>, usize) {
    let emulator = start(tenant().trace_seam(seam));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=1000");
    let (start, end) = day();
    let all = page(&caller, "Get-MessageTraceV2", json!({"StartDate": start, "EndDate": end, "ResultSize": 5000}));
    assert!(all.1.is_empty() && all.0.len() > 2500, "{}", all.0.len());
    let mut parameters = json!({"StartDate": start, "EndDate": end, "ResultSize": 1200});
    let (mut rows, mut rounds) = (Vec::new(), 0);
    loop {
        let (page, warnings) = page(&caller, "Get-MessageTraceV2", parameters.clone());
        assert!(page.is_sorted_by(|one, other| one["Received"].as_str() >= other["Received"].as_str()));
        rows.extend(page.iter().map(key));
        rounds += 1;
        let Some(warning) = warnings.first() else { break };
        assert_eq!(page.len(), 1200);
        assert!(warning.starts_with("There are more results"), "{warning}");
        for name in ["StartDate", "EndDate", "StartingRecipientAddress"] {
            parameters[name] = json!(quoted(warning, name));
        }
    }
    assert!(rounds > 2, "{rounds}");
    let distinct: BTreeSet<&String> = rows.iter().collect();
    let truth: BTreeSet<String> = all.0.iter().map(key).collect();
    assert!(distinct.iter().copied().eq(truth.iter()));
    let twice = rows.len() - distinct.len();
    (rows, twice)
}

#[test]
fn a_trace_goes_on_where_its_warning_says_and_may_repeat_rows() {
    let (rows, twice) = traced(TraceSeam::Second);
    assert!(twice > 0, "{}", rows.len());
    let (_, twice) = traced(TraceSeam::Instant);
    assert!((2..=6).contains(&twice), "{twice}");
    let (_, twice) = traced(TraceSeam::Beyond);
    assert_eq!(twice, 0);
}

#[test]
fn a_trace_has_its_limits_and_its_filters() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let (usual, warnings) = page(&caller, "Get-MessageTraceV2", json!({}));
    assert_eq!((usual.len(), warnings.len()), (1000, 1));
    for bad in [
        json!({"ResultSize": 5001}),
        json!({"StartDate": "2020-01-01T00:00:00"}),
        json!({"StartDate": "2026-11-22T00:00:00", "EndDate": "2026-11-21T00:00:00"}),
        json!({"StartDate": "yesterday"}),
        json!({"MessageTraceId": "nonsense"}),
    ] {
        assert_eq!(caller.call("Get-MessageTraceV2", bad.clone()).status, 400, "{bad}");
    }
    let to = usual[0]["RecipientAddress"].clone();
    let (some, _) = page(&caller, "Get-MessageTraceV2", json!({"RecipientAddress": [to], "ResultSize": 5000}));
    assert!(!some.is_empty() && some.iter().all(|row| row["RecipientAddress"] == to));
    let id = usual[0]["MessageTraceId"].clone();
    let (one, _) = page(&caller, "Get-MessageTraceV2", json!({"MessageTraceId": id, "RecipientAddress": to}));
    assert_eq!(one.len(), 1);
    let (events, _) = page(&caller, "Get-MessageTraceDetailV2", json!({"MessageTraceId": id, "RecipientAddress": to}));
    assert_eq!(events[0]["Event"], "Receive");
    let missing = caller.call("Get-MessageTraceDetailV2", json!({"MessageTraceId": id}));
    assert_eq!(missing.status, 400);
}

fn numbered(emulator: &Emulator, cmdlet: &str, more: Value, size: u64) -> Vec<Value> {
    let caller = Caller::exchange(emulator).with("Prefer", "odata.maxpagesize=5");
    let mut all = Vec::new();
    for number in 1.. {
        let mut parameters = more.clone();
        parameters["Page"] = json!(number);
        parameters["PageSize"] = json!(size);
        let (rows, warnings) = page(&caller, cmdlet, parameters);
        assert!(warnings.is_empty());
        all.extend(rows.iter().cloned());
        if (rows.len() as u64) < size {
            break;
        }
    }
    all
}

#[test]
fn pages_by_number_end_with_a_short_one() {
    let emulator = start(tenant());
    let (from, to) = day();
    let period = json!({"StartDate": from, "EndDate": to});
    for (cmdlet, period) in [
        ("Get-QuarantineMessage", json!({"EndReceivedDate": to})),
        ("Get-MessageTrace", period.clone()),
        ("Get-MailDetailATPReport", period),
    ] {
        let all = numbered(&emulator, cmdlet, period.clone(), 1000);
        assert!(all.len() >= 60, "{cmdlet}: {}", all.len());
        let key = |row: &Value| format!("{} {} {}", row["Identity"], row["MessageTraceId"], row["RecipientAddress"]);
        let small = numbered(&emulator, cmdlet, period, 7);
        assert!(all.iter().map(key).eq(small.iter().map(key)), "{cmdlet}");
        assert_eq!(all.iter().map(key).collect::<BTreeSet<_>>().len(), all.len());
    }
}

#[test]
fn the_quarantine_takes_any_size_and_names_message_and_recipient() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let quarantine = |parameters: Value| page(&caller, "Get-QuarantineMessage", parameters).0;
    assert_eq!(quarantine(json!({"PageSize": 0})).len(), 0);
    let all = quarantine(json!({"PageSize": 1001}));
    assert_eq!(all.len(), 81);
    let identity = all[3]["Identity"].as_str().unwrap();
    let (message, recipient) = identity.split_once('\\').unwrap();
    assert_eq!((message.len(), recipient.len()), (36, 36));
    assert_eq!(quarantine(json!({"Identity": identity})).len(), 1);
    let phish = quarantine(json!({"QuarantineTypes": "Phish", "PageSize": 1000}));
    assert!(!phish.is_empty() && phish.iter().all(|row| row["QuarantineTypes"] == "Phish"));
    for bad in [json!({"Page": 0}), json!({"PageSize": -1}), json!({"Type": "Nonsense"})] {
        assert_eq!(caller.call("Get-QuarantineMessage", bad).status, 400);
    }
    let small = start(tenant().numbered_page_limit(50));
    let cut = page(&Caller::exchange(&small), "Get-QuarantineMessage", json!({"PageSize": 1000})).0;
    assert_eq!(cut.len(), 50);
}

#[test]
fn a_parameter_may_be_refused_where_its_cmdlet_is_not() {
    let reader = app().permission(Service::Exchange).role(SECURITY_READER);
    let emulator = start(Tenant::contoso().app(reader));
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-QuarantineMessage", json!({})).status, 200);
    assert_eq!(caller.call("Get-QuarantineMessage", json!({"EntityType": "Email"})).status, 403);
    let full = start(tenant());
    assert_eq!(Caller::exchange(&full).call("Get-QuarantineMessage", json!({"EntityType": "Email"})).status, 200);
}

/// All records of a session, and how many calls gave some.
fn session(emulator: &Emulator, command: &str) -> (Vec<Value>, u32) {
    let caller = Caller::exchange(emulator);
    let (from, to) = day();
    let (mut all, mut calls) = (Vec::new(), 0);
    loop {
        let parameters = json!({
            "StartDate": from, "EndDate": to, "SessionId": command, "SessionCommand": command, "ResultSize": 1000,
        });
        let (rows, _) = page(&caller, "Search-UnifiedAuditLog", parameters);
        if rows.is_empty() {
            return (all, calls);
        }
        calls += 1;
        all.extend(rows);
    }
}

#[test]
fn an_audit_session_goes_on_by_itself_until_nothing_comes() {
    let emulator = start(tenant());
    let (large, calls) = session(&emulator, "ReturnLargeSet");
    assert_eq!((large.len(), calls), (3200, 4));
    assert!(large.iter().all(|row| row["ResultCount"] == 3200));
    assert!(large.iter().zip(1..).all(|(row, index)| row["ResultIndex"] == index));
    let dates: Vec<&str> = large.iter().map(|row| row["CreationDate"].as_str().unwrap()).collect();
    assert!(!dates.is_sorted() && !dates.is_sorted_by(|one, other| one >= other));
    let ids: BTreeSet<&str> = large.iter().map(|row| row["Identity"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3200);
    let data: Value = serde_json::from_str(large[0]["AuditData"].as_str().unwrap()).unwrap();
    assert_eq!(data["Operation"], large[0]["Operations"]);
    let (preview, _) = session(&emulator, "ReturnNextPreviewPage");
    let dates = preview.iter().map(|row| row["CreationDate"].as_str().unwrap());
    assert!(dates.is_sorted_by(|one, other| one >= other));
}

#[test]
fn an_audit_session_may_repeat_itself() {
    let emulator = start(tenant().audit_repeats(true));
    let (large, _) = session(&emulator, "ReturnLargeSet");
    let ids: BTreeSet<&str> = large.iter().map(|row| row["Identity"].as_str().unwrap()).collect();
    assert_eq!((large.len(), ids.len()), (3520, 3200));
}

#[test]
fn an_audit_search_without_a_session_gives_the_latest() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let (from, to) = day();
    let search = |more: Value| {
        let mut parameters = json!({"StartDate": from, "EndDate": to});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page(&caller, "Search-UnifiedAuditLog", parameters).0
    };
    assert_eq!(search(json!({})).len(), 100);
    let logins = search(json!({"Operations": ["UserLoggedIn"], "ResultSize": 5000}));
    assert!(logins.len() > 300 && logins.iter().all(|row| row["Operations"] == "UserLoggedIn"));
    assert_eq!(search(json!({"RecordType": "SharePoint"}))[0]["RecordType"], "SharePoint");
    assert_eq!(caller.call("Search-UnifiedAuditLog", json!({"EndDate": to})).status, 400);
    let lost = json!({"StartDate": from, "EndDate": to, "SessionCommand": "ReturnLargeSet"});
    assert_eq!(caller.call("Search-UnifiedAuditLog", lost).status, 400);
}

#[test]
fn per_mailbox_cmdlets_want_an_identity() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    for cmdlet in ["Get-MailboxPermission", "Get-MailboxStatistics", "Get-MailboxFolderPermission"] {
        assert_eq!(caller.call(cmdlet, json!({})).status, 400, "{cmdlet}");
    }
}

//! What the cmdlets tell of the tenant.

use std::collections::HashSet;

use exo_emulator::{Service, Tenant};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::client::*;

fn tenant(mailboxes: u64) -> Tenant {
    Tenant::contoso().mailboxes(mailboxes).seed(7).app(full_app())
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row}"))
}

/// The bytes in the brackets of a size.
fn bytes(size: &str) -> u64 {
    let inside = size.split_once('(').unwrap().1.split_once(' ').unwrap().0;
    inside.replace(',', "").parse().unwrap()
}

#[test]
fn mailboxes_have_what_reports_read() {
    let emulator = start(tenant(1000));
    let rows = Caller::exchange(&emulator).rows("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    assert_eq!(rows.len(), 1000);
    let mut seen = HashSet::new();
    let (mut forwards, mut non_ascii, mut unlimited) = (0, 0, 0);
    for row in &rows {
        let address = text(row, "PrimarySmtpAddress");
        assert!(seen.insert(address.to_owned()));
        assert!(address.is_ascii() && address.ends_with("@contoso.com"));
        assert_eq!(row["UserPrincipalName"], address);
        let proxies = row["EmailAddresses"].as_array().unwrap();
        assert!(proxies.contains(&json!(format!("SMTP:{address}"))));
        assert_eq!(text(row, "ExchangeGuid").len(), 36);
        assert_eq!(row["ExchangeGuid@odata.type"], "#Guid");
        assert_eq!(row["WhenMailboxCreated@data.type"], "System.DateTime");
        assert!(text(row, "WhenMailboxCreated").ends_with(".0000000+00:00"));
        non_ascii += usize::from(!text(row, "DisplayName").is_ascii());
        for quota in ["IssueWarningQuota", "ProhibitSendQuota", "ProhibitSendReceiveQuota"] {
            assert!(text(row, quota) == "Unlimited" || bytes(text(row, quota)) > 1 << 30);
        }
        unlimited += usize::from(row["ProhibitSendQuota"] == "Unlimited");
        let has = |name: &str| !row[name].is_null();
        forwards += usize::from(has("ForwardingAddress") || has("ForwardingSmtpAddress"));
        let archive = row["ArchiveGuid"] != "00000000-0000-0000-0000-000000000000";
        assert_eq!(archive, row["ArchiveStatus"] == "Active");
        let properties = row.as_object().unwrap().keys().filter(|name| !name.contains('@')).count();
        assert!((80..160).contains(&properties), "{properties}");
    }
    assert!((10..30).contains(&forwards), "{forwards}");
    assert!(non_ascii > 100 && unlimited > 0, "{non_ascii} {unlimited}");
}

#[test]
fn forwarding_goes_to_recipients_insiders_and_outsiders() {
    let emulator = start(tenant(1000));
    let caller = Caller::exchange(&emulator);
    let filter = json!({"Filter": "ForwardingSmtpAddress -ne $null"});
    let addresses: Vec<String> =
        caller.rows("Get-Mailbox", filter).iter().map(|row| text(row, "ForwardingSmtpAddress").to_owned()).collect();
    assert!(addresses.iter().all(|address| address.starts_with("smtp:")));
    let inside = addresses.iter().filter(|address| address.ends_with("@contoso.com")).count();
    assert!(inside > 0 && inside < addresses.len(), "{addresses:?}");
    let to_recipients = caller.rows("Get-Mailbox", json!({"Filter": "ForwardingAddress -ne $null"}));
    assert!(!to_recipients.is_empty());
    for row in to_recipients {
        let target = caller.rows("Get-Mailbox", json!({"Identity": row["ForwardingAddress"]}));
        assert_eq!(target.len(), 1);
    }
}

#[test]
fn one_mailbox_is_found_by_any_of_its_names() {
    let emulator = start(tenant(200));
    let caller = Caller::exchange(&emulator);
    let row = caller.rows("Get-Mailbox", json!({})).remove(17);
    for name in [
        "Identity",
        "Alias",
        "UserPrincipalName",
        "ExchangeGuid",
        "Guid",
        "ExternalDirectoryObjectId",
        "DistinguishedName",
    ] {
        let found = caller.rows("Get-Mailbox", json!({"identity": row[name]}));
        assert_eq!(found, std::slice::from_ref(&row), "{name}");
    }
    let by_filter = format!("Alias -eq '{}'", text(&row, "Alias"));
    assert_eq!(caller.rows("Get-Mailbox", json!({"Filter": by_filter})), [row]);
}

#[test]
fn sizes_are_spread_over_the_quotas() {
    let emulator = start(tenant(400));
    let caller = Caller::exchange(&emulator);
    let (mut warned, mut full, mut unopened, mut archives) = (0, 0, 0, 0);
    for mailbox in caller.rows("Get-Mailbox", json!({})) {
        let reply = caller.call("Get-MailboxStatistics", json!({"Identity": mailbox["ExchangeGuid"]}));
        let body = reply.json();
        let Some(row) = body["value"].get(0) else {
            let warning = body["@adminapi.warnings"][0].as_str().unwrap();
            assert!(warning.contains("hasn't logged on"), "{warning}");
            unopened += 1;
            continue;
        };
        assert_eq!(row["MailboxGuid"], mailbox["ExchangeGuid"]);
        assert_eq!(row["MailboxTypeDetail"], mailbox["RecipientTypeDetails"]);
        let used = bytes(text(row, "TotalItemSize"));
        if mailbox["IssueWarningQuota"] != "Unlimited" {
            warned += usize::from(used > bytes(text(&mailbox, "IssueWarningQuota")));
            full += usize::from(used > bytes(text(&mailbox, "ProhibitSendQuota")));
        }
        let archive = json!({"Identity": mailbox["ExchangeGuid"], "Archive": true});
        let archive = caller.call("Get-MailboxStatistics", archive);
        if mailbox["ArchiveStatus"] == "Active" {
            assert_eq!(archive.json()["value"][0]["MailboxGuid"], mailbox["ArchiveGuid"]);
            archives += 1;
        } else {
            assert_eq!(archive.status, 404);
        }
    }
    assert_eq!(unopened, 2);
    assert!(warned > full && full > 0 && warned < 60, "{warned} {full}");
    assert!(archives > 20, "{archives}");
}

#[test]
fn permissions_have_entries_of_every_sort() {
    let emulator = start(tenant(300));
    let caller = Caller::exchange(&emulator);
    let (mut shared, mut grants, mut strangers) = (0, 0, 0);
    for mailbox in caller.rows("Get-Mailbox", json!({})) {
        shared += usize::from(mailbox["IsShared"] == true);
        let rows = caller.rows("Get-MailboxPermission", json!({"Identity": mailbox["Alias"]}));
        assert_eq!(rows[0]["User"], "NT AUTHORITY\\SELF");
        assert_eq!(rows[0]["AccessRights"], json!(["FullAccess, ReadPermission"]));
        assert_eq!(rows[0]["AccessRights@odata.type"], "#Collection(String)");
        assert!(rows.iter().all(|row| row["Identity"] == mailbox["Identity"]));
        assert!(rows.iter().any(|row| row["IsInherited"] == true && row["Deny"] == true));
        let own = |row: &&Value| row["IsInherited"] == false && row["Deny"] == false;
        grants += rows.iter().filter(own).filter(|row| text(row, "User").contains('@')).count();
        strangers += rows.iter().filter(|row| text(row, "User").starts_with("S-1-5-21-")).count();
    }
    assert!(grants > shared && shared > 20, "{grants} for {shared}");
    assert!(strangers > 0);
}

#[test]
fn send_as_is_told_for_the_whole_tenant() {
    let emulator = start(tenant(300));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=1000");
    let rows = caller.rows("Get-RecipientPermission", json!({"ResultSize": "Unlimited"}));
    let own = rows.iter().filter(|row| row["Trustee"] == "NT AUTHORITY\\SELF").count();
    assert_eq!(own, 300);
    let given: Vec<&Value> = rows.iter().filter(|row| row["Trustee"] != "NT AUTHORITY\\SELF").collect();
    assert!(given.len() > 30, "{}", given.len());
    let row = given[0];
    assert_eq!(row["AccessRights"], json!(["SendAs"]));
    assert_eq!(row["AccessControlType"], "Allow");
    let one = caller.rows("Get-RecipientPermission", json!({"Identity": row["Identity"]}));
    assert!(one.contains(row) && one.iter().all(|other| other["Identity"] == row["Identity"]));
    let trusted = caller.rows("Get-RecipientPermission", json!({"Trustee": row["Trustee"]}));
    assert!(trusted.contains(row) && trusted.iter().all(|other| other["Trustee"] == row["Trustee"]));
}

#[test]
fn the_organization_has_its_settings() {
    let emulator = start(tenant(10));
    let caller = Caller::exchange(&emulator);
    let organization = caller.rows("Get-OrganizationConfig", json!({}));
    assert_eq!(organization.len(), 1);
    assert_eq!(organization[0]["Identity"], "contoso.onmicrosoft.com");
    let policies = caller.rows("Get-HostedOutboundSpamFilterPolicy", json!({}));
    let modes: HashSet<&str> = policies.iter().map(|policy| text(policy, "AutoForwardingMode")).collect();
    assert_eq!(modes, HashSet::from(["Automatic", "On", "Off"]));
    let rules = caller.rows("Get-HostedOutboundSpamFilterRule", json!({"State": "Enabled"}));
    assert_eq!(rules.len(), 2);
    for rule in rules {
        let policy = json!({"Identity": rule["HostedOutboundSpamFilterPolicy"]});
        assert_eq!(caller.rows("Get-HostedOutboundSpamFilterPolicy", policy).len(), 1);
        assert!(rule["RuleIdentity"].as_u64().unwrap() > 1 << 63);
    }
    let missing = caller.call("Get-HostedOutboundSpamFilterPolicy", json!({"Identity": "nobody"}));
    assert_eq!(missing.status, 404);
}

#[test]
fn changes_are_kept_and_asked_for_first() {
    let emulator = start(tenant(10));
    let caller = Caller::exchange(&emulator);
    let row = caller.rows("Get-Mailbox", json!({})).remove(3);
    let identity = row["ExchangeGuid"].clone();
    let read = || caller.rows("Get-Mailbox", json!({"Identity": identity})).remove(0);
    for question in ["Confirm", "WhatIf"] {
        let change = json!({"Identity": identity, "ForwardingSmtpAddress": "a@example.net", question: true});
        let reply = caller.call("Set-Mailbox", change).json();
        assert!(reply["@adminapi.confirmationmessage"].is_string());
        assert_eq!(read(), row);
    }
    let change = json!({
        "Identity": identity, "Confirm": false, "ForwardingSmtpAddress": "a@example.net",
        "DeliverToMailboxAndForward": true, "HiddenFromAddressListsEnabled": true,
        "EmailAddresses": {"@odata.type": "#Exchange.GenericHashTable", "Add": ["smtp:orders@contoso.com"]},
    });
    let reply = caller.call("Set-Mailbox", change);
    assert_eq!((reply.status, reply.json()["value"].clone()), (200, json!([])));
    let now = read();
    assert_eq!(now["ForwardingSmtpAddress"], "smtp:a@example.net");
    assert_eq!(now["DeliverToMailboxAndForward"], true);
    assert!(now["EmailAddresses"].as_array().unwrap().contains(&json!("smtp:orders@contoso.com")));
    let undo = json!({
        "Identity": identity, "Confirm": false, "ForwardingSmtpAddress": null,
        "EmailAddresses": {
            "@odata.type": "#Exchange.StringFieldDeltaUpdateData", "Remove": ["smtp:orders@contoso.com"],
        },
    });
    assert_eq!(caller.call("Set-Mailbox", undo).status, 200);
    assert_eq!(read()["ForwardingSmtpAddress"], Value::Null);
    assert_eq!(read()["EmailAddresses"], row["EmailAddresses"]);
    let other = caller.rows("Get-Mailbox", json!({})).remove(4);
    let taken = format!("smtp:{}", text(&other, "PrimarySmtpAddress"));
    let clash = json!({"Identity": identity, "EmailAddresses": {"Add": [taken]}});
    let reply = caller.call("Set-Mailbox", clash);
    assert_eq!(reply.status, 400);
    assert!(
        reply.json()["error"]["details"][0]["message"].as_str().unwrap().contains("ADObjectAlreadyExistsException")
    );
}

#[test]
fn bytes_and_tables_arrive_as_they_were_meant() {
    let emulator = start(tenant(10));
    let caller = Caller::exchange(&emulator);
    let who = caller.call("Get-Mailbox", json!({"ResultSize": 1})).json()["value"][0]["Alias"].clone();
    let photo =
        |data: Value| json!({"Identity": who, "PictureData": {"@odata.type": "#Exchange.ByteArrayType", "Data": data}});
    for data in [json!([0, 255, 7]), json!("AP8H")] {
        assert_eq!(caller.call("Set-UserPhoto", photo(data)).status, 200);
        assert_eq!(emulator.photo_of(who.as_str().unwrap()), Some(vec![0, 255, 7]));
    }
    assert_eq!(caller.call("Set-UserPhoto", photo(json!([256]))).status, 400);
    let administrator = app().permission(Service::Compliance).role("62e90394-69f5-4237-9190-012177145e10");
    let emulator = start(Tenant::contoso().app(administrator));
    let caller = Caller::compliance(&emulator);
    let kind = "#Exchange.GenericHashTable";
    let table = json!({"@odata.type": kind, "color": "#40E0D0"});
    let written = caller.call("Set-Label", json!({"Identity": "General", "AdvancedSettings": table}));
    assert_eq!(written.status, 200, "{}", String::from_utf8_lossy(&written.body));
    let label = caller.rows("Get-Label", json!({"Identity": "General"}));
    assert_eq!(label[0]["Settings"], json!(["[color, #40E0D0]"]));
    let untyped = json!({"Identity": "General", "AdvancedSettings": {"color": "x"}});
    assert_eq!(caller.call("Set-Label", untyped).status, 400);
}

#[test]
fn an_empty_array_clears_where_that_is_told() {
    for clears in [false, true] {
        let emulator = start(tenant(10).empty_array_clears(clears));
        let caller = Caller::exchange(&emulator);
        let all = caller.call("Get-Mailbox", json!({"ResultSize": 2})).json()["value"].clone();
        let (who, other) = (all[0]["Alias"].clone(), all[1]["Alias"].clone());
        let set =
            |value: Value| caller.call("Set-Mailbox", json!({"Identity": who, "GrantSendOnBehalfTo": value})).status;
        let count =
            || caller.rows("Get-Mailbox", json!({"Identity": who}))[0]["GrantSendOnBehalfTo"].as_array().unwrap().len();
        assert_eq!((set(json!([other])), count()), (200, 1));
        assert_eq!((set(json!([])), count()), (200, usize::from(!clears)));
        assert_eq!((set(json!(null)), count()), (200, 0));
    }
}

#[test]
fn rules_of_an_inbox_have_numbers_beyond_the_signed_range() {
    let emulator = start(tenant(60));
    let caller = Caller::exchange(&emulator);
    assert_eq!(caller.call("Get-InboxRule", json!({})).status, 400);
    let all = caller.call("Get-Mailbox", json!({})).json()["value"].as_array().unwrap().clone();
    let rules: Vec<Value> =
        all.iter().flat_map(|row| caller.rows("Get-InboxRule", json!({"Mailbox": row["Alias"]}))).collect();
    assert!(rules.len() > 40 && rules.iter().all(|rule| rule["RuleIdentity"].as_u64().unwrap() > u64::MAX / 2));
    assert!(rules.iter().any(|rule| rule["ForwardTo"].is_array()));
}

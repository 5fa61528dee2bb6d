//! Reads by noun: lists with their pages, single objects, permissions, and who may not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Fault, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, tenant};
use crate::client::*;

fn noun(rest: &str) -> String {
    format!("/adminapi/v1.0/{TENANT}/{rest}")
}

fn rows(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()["value"].as_array().unwrap().clone()
}

#[test]
fn a_list_is_read_page_by_page_and_equals_that_of_the_cmdlet() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=15");
    let mut reply = caller.get(&noun("Mailbox?PropertySet=Minimum,Quota&$select=LitigationHoldEnabled"));
    let mut all = Vec::new();
    loop {
        all.extend(rows(&reply));
        let Some(link) = reply.json()["@odata.nextLink"].as_str().map(ToOwned::to_owned) else { break };
        reply = caller.get(&link[link.find("/adminapi").unwrap()..]);
    }
    let classic = Caller::exchange(&emulator).rows("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    assert_eq!(all.len(), classic.len());
    for (noun, row) in all.iter().zip(&classic) {
        for (name, value) in noun.as_object().unwrap() {
            assert_eq!(value, &row[name], "{name}");
        }
        assert!(noun.get("ProhibitSendQuota").is_some() && noun.get("LitigationHoldEnabled").is_some());
        assert!(noun.get("ForwardingAddress").is_none() && noun.get("Guid@data.type").is_none());
    }
    assert_eq!(emulator.received("Get-Mailbox"), 4);
}

#[test]
fn options_narrow_a_list() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let filter = "Mailbox?$filter=RecipientTypeDetails%20eq%20'SharedMailbox'";
    let shared = rows(&caller.get(&noun(filter)));
    let classic = caller.rows("Get-Mailbox", json!({"RecipientTypeDetails": ["SharedMailbox"]}));
    assert_eq!(shared.len(), classic.len());
    assert!(!shared.is_empty() && shared.len() < 40);
    let by_option = rows(&caller.get(&noun("Mailbox?RecipientTypeDetails=SharedMailbox")));
    assert_eq!(by_option, shared);
    assert_eq!(rows(&caller.get(&noun("Recipient?$top=7"))).len(), 7);
    let top = caller.get(&noun("Mailbox?$top=7"));
    assert!(top.json().get("@odata.nextLink").is_none());
    let everything = rows(&caller.get(&noun("Mailbox?PropertySet=All&$top=1")));
    assert!(everything[0].get("ForwardingAddress").is_some());
    assert_eq!(caller.get(&noun("Mailbox?$filter=Nonsense%20eq%20'x'")).status, 400);
}

#[test]
fn one_object_is_found_by_a_quoted_and_by_an_encoded_key() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let who = caller.rows("Get-Mailbox", json!({}))[4]["PrimarySmtpAddress"].as_str().unwrap().to_owned();
    let one = caller.get(&noun(&format!("Mailbox('{who}')"))).json();
    assert_eq!(one["PrimarySmtpAddress"], json!(who));
    assert!(one["@odata.context"].as_str().unwrap().ends_with("/$metadata#Mailbox/$entity"));
    let key = encode(&STANDARD.encode(&who));
    let encoded = caller.get(&noun(&format!("Recipient('{key}')?isEncoded=true&$select=PrimarySmtpAddress"))).json();
    assert_eq!(encoded["PrimarySmtpAddress"], json!(who));
    let missing = caller.get(&noun("Mailbox('nobody@contoso.com')"));
    assert_eq!((missing.status, missing.json()["error"]["code"].clone()), (404, json!("NotFound")));
    assert_eq!(caller.get(&noun("Mailbox('x')/Nonsense")).status, 404);
    let statistics = caller.get(&noun(&format!("Mailbox('{who}')/Exchange.GetMailboxStatistics()"))).json();
    assert!(statistics["TotalItemSize"].is_string());
}

#[test]
fn permissions_are_grouped_by_who_holds_them() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let shared = caller.rows("Get-Mailbox", json!({"RecipientTypeDetails": "SharedMailbox"}));
    let who = shared[0]["PrimarySmtpAddress"].as_str().unwrap().to_owned();
    let key = encode(&STANDARD.encode(&who));
    let by_noun = rows(&caller.get(&noun(&format!("Mailbox('{key}')/MailboxPermission?isEncoded=true"))));
    let entries: usize = by_noun.iter().map(|row| row["PermissionList"].as_array().unwrap().len()).sum();
    assert_eq!(entries, caller.rows("Get-MailboxPermission", json!({"Identity": who})).len());
    assert_eq!(by_noun[0]["User"], "NT AUTHORITY\\SELF");
    let expanded = format!("Recipient('{key}')?$expand=RecipientPermission&isEncoded=true");
    let expanded = caller.get(&noun(&expanded)).json()["RecipientPermission"].clone();
    let classic = caller.rows("Get-RecipientPermission", json!({"Identity": who}));
    assert_eq!(expanded.as_array().unwrap().len(), classic.len());
    let all = "Recipient/Exchange.GetRecipientPermissionByFilters(identity='',trustee='',accessRights='')";
    let caller = caller.with("Prefer", "odata.maxpagesize=1000");
    assert_eq!(rows(&caller.get(&noun(all))).len(), caller.rows("Get-RecipientPermission", json!({})).len());
}

#[test]
fn a_role_that_lacks_the_cmdlet_gets_401_in_words() {
    let reader = app().permission(Service::Exchange).role(GLOBAL_READER);
    let emulator = start(Tenant::contoso().app(reader));
    let caller = Caller::exchange(&emulator);
    let who = caller.rows("Get-Mailbox", json!({}))[0]["Alias"].as_str().unwrap().to_owned();
    let refused = caller.get(&noun(&format!("Recipient('{who}')?$expand=RecipientPermission")));
    assert_eq!((refused.status, refused.json()["error"]["code"].clone()), (401, json!("Unauthorized")));
    assert!(String::from_utf8_lossy(&refused.body).contains("User is not allowed to call Get-RecipientPermission"));
    assert_eq!(caller.get(&noun(&format!("Recipient('{who}')"))).status, 200);
    assert_eq!(caller.post(&noun("Mailbox"), "{}").unwrap().status, 405);
}

#[test]
fn faults_and_expiry_reach_reads_by_noun() {
    let emulator = start(tenant().fault(Fault::on_cmdlet("Get-Mailbox").page(2).throttle(Some("3"))));
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=10");
    let link = caller.get(&noun("Mailbox?$select=Guid")).json()["@odata.nextLink"].as_str().unwrap().to_owned();
    let next = &link[link.find("/adminapi").unwrap()..];
    assert_eq!(caller.get(next).header("retry-after"), "3");
    assert_eq!(rows(&caller.get(next)).len(), 10);
    assert_eq!(caller.get(&next.replace("select=Guid", "select=Name")).status, 400);
    emulator.advance_clock(1801);
    assert_eq!(caller.get(next).status, 400);
}

/// Addresses of people who have devices, and one of somebody who has none.
fn with_devices(caller: &Caller<'_>) -> (String, usize) {
    let all = caller.call("Get-MobileDevice", json!({"ResultSize": "Unlimited"})).json()["value"].clone();
    let owner = all[0]["UserDisplayName"].as_str().unwrap().to_owned();
    let count = all.as_array().unwrap().iter().filter(|device| device["UserDisplayName"] == json!(owner)).count();
    (owner, count)
}

#[test]
fn what_reaches_a_mailbox_is_read_by_noun() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let all = rows(&caller.get(&noun("CasMailbox?PropertySet=Imap&$top=3")));
    assert_eq!(all.len(), 3);
    assert!(all[0]["ImapEnabled"].is_boolean() && all[0]["PrimarySmtpAddress"].is_string());
    assert!(all[0].get("HasActiveSyncDevicePartnership").is_none());
    let who = all[0]["PrimarySmtpAddress"].as_str().unwrap();
    let one = caller.get(&noun(&format!("CasMailbox('{who}')?PropertySet=All"))).json();
    assert_eq!(one["OWAEnabled"], caller.rows("Get-CASMailbox", json!({"Identity": who}))[0]["OWAEnabled"]);
    let (owner, count) = with_devices(&caller);
    let key = encode(&STANDARD.encode(&owner));
    let path = format!("Mailbox('{key}')/MobileDevice/Exchange.GetMobileDeviceStatistics()/?IsEncoded=True");
    let devices = rows(&caller.get(&noun(&path)));
    assert_eq!(devices.len(), count);
    let identity = devices[0]["Identity"].as_str().unwrap();
    let key = encode(&STANDARD.encode(identity));
    let call = format!("MobileDevice/Exchange.GetMobileDeviceStatisticsByIdentity(Identity='{key}')?isEncoded=true");
    assert_eq!(rows(&caller.get(&noun(&call)))[0]["DeviceId"], devices[0]["DeviceId"]);
    assert_eq!(caller.call("Get-MobileDeviceStatistics", json!({})).status, 400);
    assert_eq!(caller.call("Get-MobileDeviceStatistics", json!({"Identity": format!("{owner}/x")})).status, 404);
}

#[test]
fn folders_are_counted_and_their_permissions_read_by_id() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let who = caller.call("Get-Mailbox", json!({"ResultSize": 1})).json()["value"][0]["PrimarySmtpAddress"].clone();
    let key = encode(&STANDARD.encode(who.as_str().unwrap()));
    let counted = |scope: &str| {
        let call = format!("Exchange.GetMailboxFolderStatistics(folderscope=Exchange.ElcFolderType'{scope}')");
        rows(&caller.get(&noun(&format!("Mailbox('{key}')/MailboxFolder/{call}?isEncoded=true"))))
    };
    let all = counted("All");
    assert!(all.len() >= 8 && all.iter().all(|folder| folder["FolderPath"].as_str().unwrap().starts_with('/')));
    assert_eq!(all, counted("All"));
    let calendar = counted("Calendar");
    assert_eq!(calendar.len(), 1);
    let id = encode(&STANDARD.encode(calendar[0]["FolderId"].as_str().unwrap()));
    let path = format!("Mailbox('{key}')/MailboxFolder('{id}')/MailboxFolderPermission");
    let by_id = rows(&caller.get(&noun(&format!("{path}?IsUsingMailboxFolderId=True&isEncoded=true"))));
    let who = who.as_str().unwrap();
    let classic = caller.rows("Get-MailboxFolderPermission", json!({"Identity": format!("{who}:\\Calendar")}));
    assert_eq!(by_id.len(), classic.len());
    assert_eq!(by_id[0]["User"], "Default");
}

#[test]
fn statistics_are_read_by_guid_and_people_by_noun() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let first = caller.call("Get-Mailbox", json!({"ResultSize": 1})).json()["value"][0].clone();
    let (guid, database) = (first["ExchangeGuid"].as_str().unwrap(), first["DatabaseGuid"].as_str().unwrap());
    let call = format!("Mailbox/Exchange.GetMailboxStatisticsV2(mailboxGuid={guid},databaseGuid={database})");
    assert_eq!(caller.get(&noun(&call)).json()["MailboxGuid"], json!(guid));
    let who = first["PrimarySmtpAddress"].as_str().unwrap();
    let user = caller.get(&noun(&format!("User('{who}')?PropertySet=All"))).json();
    assert_eq!(user["UserPrincipalName"], json!(who));
    let group = caller.call("Get-RoleGroup", json!({"ResultSize": 1})).json()["value"][0]["Name"].clone();
    let group = group.as_str().unwrap();
    let members = rows(&caller.get(&noun(&format!("ExchangeRoleGroupMember('{}')", encode(group)))));
    assert_eq!(members.len(), caller.rows("Get-RoleGroupMember", json!({"Identity": group})).len());
    assert_eq!(caller.get(&noun("ExchangeRoleGroupMember('Nobody')")).status, 404);
}

#[test]
fn pages_of_a_function_go_on_at_that_function() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=40");
    let call = "Recipient/Exchange.GetRecipientPermissionByFilters(identity='',trustee='',accessRights='')";
    let mut reply = caller.get(&noun(call));
    let mut seen = rows(&reply).len();
    while let Some(link) = reply.json()["@odata.nextLink"].as_str().map(ToOwned::to_owned) {
        let next = &link[link.find("/adminapi").unwrap()..];
        assert!(next.starts_with(&noun("Recipient/Exchange.")), "{next}");
        reply = caller.get(next);
        seen += rows(&reply).len();
    }
    let all = Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=1000");
    assert_eq!(seen, all.rows("Get-RecipientPermission", json!({})).len());
}

//! Reads by noun: lists with their pages, single objects, permissions, and who may not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exo_emulator::{Fault, Service, Tenant};
use serde_json::{Value, json};

use crate::client::*;
use crate::invoke::{Caller, tenant};

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

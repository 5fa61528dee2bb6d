//! The documented endpoints of `v2.0`, their permission, and the forms of a success without output.

use exo_emulator::{EmptySuccess, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, body, path};
use crate::client::*;

fn tenant() -> Tenant {
    Tenant::contoso().mailboxes(3000).seed(7).app(full_app().permission_v2())
}

fn v2(endpoint: &str) -> String {
    format!("/adminapi/v2.0/{TENANT}/{endpoint}")
}

fn rows(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()["value"].as_array().unwrap().clone()
}

#[test]
fn each_endpoint_reads_its_own() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let call = |endpoint: &str, cmdlet: &str, parameters: Value| {
        caller.post(&v2(endpoint), &body(cmdlet, &parameters)).unwrap()
    };
    assert_eq!(rows(&call("AcceptedDomain", "Get-AcceptedDomain", json!({}))).len(), 3);
    assert_eq!(rows(&call("organizationconfig", "Get-OrganizationConfig", json!({}))).len(), 1);
    let who = rows(&call("Mailbox", "Get-Mailbox", json!({"ResultSize": 5})))[0]["PrimarySmtpAddress"].clone();
    let calendar = json!({"Identity": format!("{}:\\Calendar", who.as_str().unwrap())});
    let shared = rows(&call("MailboxFolderPermission", "Get-MailboxFolderPermission", calendar));
    assert_eq!(
        (shared[0]["User"].clone(), shared[0]["AccessRights"].clone()),
        (json!("Default"), json!(["AvailabilityOnly"]))
    );
    let members = rows(&call("DistributionGroupMember", "Get-DistributionGroupMember", json!({"Identity": "team-3"})));
    assert!(!members.is_empty() && members.len() <= 60);
    let identity = json!({"Identity": "team-0@contoso.com"});
    let dynamic = call("DynamicDistributionGroupMember", "Get-DynamicDistributionGroupMember", identity);
    assert_eq!(rows(&dynamic).len(), 1000);
    let nobody = call("DistributionGroupMember", "Get-DistributionGroupMember", json!({"Identity": "team-999"}));
    assert_eq!(nobody.status, 404);
    let absent = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain"}}).to_string();
    assert_eq!(caller.post(&v2("AcceptedDomain"), &absent).unwrap().status, 200);
    assert_eq!(caller.post(&path(""), &absent).unwrap().status, 400);
}

#[test]
fn a_run_of_pages_stays_at_its_endpoint() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let text = body("Get-DistributionGroupMember", &json!({"Identity": "team-0"}));
    let mut reply = caller.post(&v2("DistributionGroupMember"), &text).unwrap();
    let mut seen = 0;
    loop {
        seen += rows(&reply).len();
        let Some(link) = reply.json()["@odata.nextLink"].as_str().map(ToOwned::to_owned) else { break };
        let next = link[link.find("/adminapi").unwrap()..].to_owned();
        assert!(next.starts_with(&v2("DistributionGroupMember?%24skiptoken=AD")), "{next}");
        reply = caller.post(&next, &text).unwrap();
    }
    assert_eq!(seen, 2500);
}

#[test]
fn what_is_not_documented_is_refused() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let status = |endpoint: &str, cmdlet: &str, parameters: Value| {
        caller.post(&v2(endpoint), &body(cmdlet, &parameters)).unwrap().status
    };
    assert_eq!(status("AcceptedDomain", "Get-Mailbox", json!({})), 400);
    assert_eq!(status("Mailbox", "Get-Mailbox", json!({"Filter": "Alias -eq 'a'"})), 400);
    assert_eq!(status("InvokeCommand", "Get-Mailbox", json!({})), 404);
    assert_eq!(caller.get(&v2("Mailbox")).status, 405);
}

#[test]
fn each_way_has_a_permission_of_its_own() {
    let only_v2 = app().permission_v2().role(EXCHANGE_ADMINISTRATOR);
    let emulator = start(Tenant::contoso().app(only_v2));
    let caller = Caller::exchange(&emulator);
    assert_eq!(decoded(&caller.token)["roles"], json!(["Exchange.ManageAsAppV2"]));
    let text = body("Get-AcceptedDomain", &json!({}));
    assert_eq!(caller.post(&v2("AcceptedDomain"), &text).unwrap().status, 200);
    let beta = caller.post(&path(""), &text).unwrap();
    assert_eq!((beta.status, beta.body.len(), beta.header("x-ms-diagnostics")), (403, 0, ""));
    let only_beta = app().permission(Service::Exchange).role(EXCHANGE_ADMINISTRATOR);
    let emulator = start(Tenant::contoso().app(only_beta));
    assert_eq!(Caller::exchange(&emulator).post(&v2("AcceptedDomain"), &text).unwrap().status, 403);
    let no_role = start(Tenant::contoso().app(app().permission_v2()));
    assert_eq!(Caller::exchange(&no_role).post(&v2("AcceptedDomain"), &text).unwrap().status, 403);
}

#[test]
fn a_write_through_v2_is_seen() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let all = caller.call("Get-Mailbox", json!({"ResultSize": 3})).json()["value"].clone();
    let (who, other) = (all[0]["PrimarySmtpAddress"].clone(), all[1]["PrimarySmtpAddress"].clone());
    let behalf = json!({"@odata.type": "#Exchange.GenericHashTable", "Add": [other]});
    let parameters = json!({"Identity": who, "GrantSendOnBehalfTo": behalf});
    assert_eq!(caller.post(&v2("Mailbox"), &body("Set-Mailbox", &parameters)).unwrap().status, 200);
    let seen = caller.rows("Get-Mailbox", json!({"Identity": who}));
    assert_eq!(seen[0]["GrantSendOnBehalfTo"], json!([all[1]["Name"]]));
}

#[test]
fn a_success_without_output_has_three_forms() {
    let emulator = start(tenant().empty_success(EmptySuccess::InTurn));
    let caller = Caller::exchange(&emulator);
    let who = caller.call("Get-Mailbox", json!({"ResultSize": 1})).json()["value"][0]["Alias"].clone();
    let set = || {
        let reply = caller.call("Set-Mailbox", json!({"Identity": who, "HiddenFromAddressListsEnabled": true}));
        (reply.status, !reply.body.is_empty())
    };
    assert_eq!([set(), set(), set(), set()], [(200, true), (200, false), (204, false), (200, true)]);
}

#[test]
fn permissions_of_a_folder_are_given_changed_and_taken_through_v2() {
    let emulator = start(tenant());
    let caller = Caller::exchange(&emulator);
    let all = caller.call("Get-Mailbox", json!({"RecipientTypeDetails": "RoomMailbox"})).json()["value"].clone();
    let people = caller.call("Get-Mailbox", json!({"ResultSize": 2})).json()["value"].clone();
    let folder = format!("{}:\\Calendar", all[0]["PrimarySmtpAddress"].as_str().unwrap());
    let who = people[1]["PrimarySmtpAddress"].clone();
    let call = |cmdlet: &str, more: Value| {
        let mut parameters = json!({"Identity": folder, "User": who});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        caller.post(&v2("MailboxFolderPermission"), &body(cmdlet, &parameters)).unwrap()
    };
    let rights = || {
        let reply = caller
            .post(&v2("MailboxFolderPermission"), &body("Get-MailboxFolderPermission", &json!({"Identity": folder})));
        let rows = rows(&reply.unwrap());
        let found = rows.iter().find(|row| row["User"] == people[1]["DisplayName"]);
        found.map(|row| row["AccessRights"].clone())
    };
    assert_eq!(call("Set-MailboxFolderPermission", json!({"AccessRights": ["Reviewer"]})).status, 400);
    assert_eq!(rights(), None);
    let asked = call("Add-MailboxFolderPermission", json!({"AccessRights": ["Editor"], "Confirm": true}));
    assert!(asked.json()["@adminapi.confirmationmessage"].is_string());
    assert_eq!(rights(), None);
    let added = call("Add-MailboxFolderPermission", json!({"AccessRights": ["Editor"]}));
    assert_eq!((added.status, rights()), (200, Some(json!(["Editor"]))));
    let again = call("Add-MailboxFolderPermission", json!({"AccessRights": ["Editor"]}));
    assert!(String::from_utf8_lossy(&again.body).contains("UserAlreadyExistsInPermissionEntryException"));
    assert_eq!(call("Set-MailboxFolderPermission", json!({"AccessRights": ["Reviewer"]})).status, 200);
    assert_eq!(rights(), Some(json!(["Reviewer"])));
    assert_eq!(call("Remove-MailboxFolderPermission", json!({"Confirm": false})).status, 200);
    assert_eq!(rights(), None);
    assert_eq!(call("Remove-MailboxFolderPermission", json!({})).status, 400);
    assert_eq!(call("Add-MailboxFolderPermission", json!({})).status, 400);
    assert_eq!(call("Add-MailboxFolderPermission", json!({"AccessRights": ["Editor"], "WhatIf": true})).status, 400);
}

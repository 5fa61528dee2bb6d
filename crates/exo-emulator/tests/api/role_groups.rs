//! Role groups, service principals and assignments: what they change counts at once, in their own service alone.

use exo_emulator::{App, Emulator, Service, Tenant};
use serde_json::{Value, json};

use crate::caller::{Caller, body, path};
use crate::client::*;

const ADMINISTRATOR: &str = "20000000-0000-4000-8000-00000000000a";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const BOTH: [Service; 2] = [Service::Exchange, Service::Compliance];

/// With the certificate of the tests and the permissions of both services.
pub(crate) fn permitted(app: App) -> App {
    app.certificate_der(identity().der.clone()).permission(Service::Exchange).permission(Service::Compliance)
}

/// A caller who signs in as this app.
pub(crate) fn as_app<'a>(emulator: &'a Emulator, app: &str, service: Service) -> Caller<'a> {
    let (host, scope) = match service {
        Service::Exchange => ("outlook.localhost", EXCHANGE_SCOPE),
        _ => ("eur02b.ps.compliance.localhost", COMPLIANCE_SCOPE),
    };
    let mut claims = claims();
    (claims["iss"], claims["sub"]) = (json!(app), json!(app));
    let assertion = identity().jwt(&identity().header(), &claims);
    let mut fields = fields(&assertion, scope);
    app.clone_into(&mut fields[0].1);
    let reply = post_form(emulator, &format!("/{TENANT}/oauth2/v2.0/token"), &form(&fields));
    let token = reply.json()["access_token"].as_str().unwrap_or_else(|| panic!("{}", reply.json())).to_owned();
    Caller { emulator, host, token, headers: vec![("X-AnchorMailbox", ANCHOR.to_owned())] }
}

/// An administrator, and an app with permissions and no role.
fn tenant() -> Tenant {
    let administrator = permitted(App::new(ADMINISTRATOR)).role(GLOBAL_ADMINISTRATOR);
    Tenant::contoso().mailboxes(60).seed(7).app(administrator).app(worker())
}

fn worker() -> App {
    permitted(App::new(APP)).display_name("Nightly reports")
}

fn administrator(emulator: &Emulator, service: Service) -> Caller<'_> {
    as_app(emulator, ADMINISTRATOR, service)
}

#[track_caller]
fn done(caller: &Caller<'_>, cmdlet: &str, parameters: Value) -> Value {
    let reply = caller.call(cmdlet, parameters);
    assert_eq!(reply.status, 200, "{cmdlet}: {}", String::from_utf8_lossy(&reply.body));
    reply.json()["value"].clone()
}

/// The status, and the exception behind it.
fn failed(caller: &Caller<'_>, cmdlet: &str, parameters: Value) -> (u16, String) {
    let reply = caller.call(cmdlet, parameters);
    let exception = reply.json()["error"]["innererror"]["internalexception"]["type"].as_str().unwrap().to_owned();
    (reply.status, exception.rsplit('.').next().unwrap().to_owned())
}

fn record(caller: &Caller<'_>) -> Value {
    done(caller, "New-ServicePrincipal", json!({"AppId": APP, "ObjectId": worker().object_id(), "DisplayName": "x"}))
}

#[test]
fn a_membership_counts_at_once_and_no_token_shows_it() {
    for service in BOTH {
        let emulator = start(tenant());
        let (boss, me) = (administrator(&emulator, service), as_app(&emulator, APP, service));
        let elsewhere = as_app(&emulator, APP, if service == Service::Exchange { BOTH[1] } else { BOTH[0] });
        let member = |cmdlet: &str, group: &str, member: &str| {
            done(&boss, cmdlet, json!({"Identity": group, "Member": member}));
        };
        let group = "Organization Management";
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 403);
        let made = record(&boss);
        assert_eq!(made[0]["ObjectId"], json!(worker().object_id()));
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 403, "a record alone is no role");
        member("Add-RoleGroupMember", group, &worker().object_id());
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 200);
        assert_eq!(elsewhere.call("Get-RoleGroup", json!({})).status, 403);
        assert_eq!(decoded(&me.token)["wids"], json!(["0997a1d0-0d1d-4acb-b408-d5ca73121e90"]));
        member("Remove-RoleGroupMember", group, APP);
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 403);
        // The members as they shall be, and then the record itself.
        done(&boss, "Update-RoleGroupMember", json!({"Identity": group, "Members": ["x"]}));
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 200);
        done(&boss, "Remove-ServicePrincipal", json!({"Identity": "x"}));
        assert_eq!(me.call("Get-RoleGroup", json!({})).status, 403);
        assert_eq!(done(&boss, "Get-ServicePrincipal", json!({})), json!([]));
        assert_eq!(boss.rows("Get-RoleGroupMember", json!({"Identity": group})).len(), 0);
    }
}

#[test]
fn the_object_id_of_another_object_is_taken_and_opens_nothing() {
    let emulator = start(tenant());
    let (boss, me) = (administrator(&emulator, BOTH[0]), as_app(&emulator, APP, BOTH[0]));
    let registration = "30000000-0000-4000-8000-00000000000a";
    done(&boss, "New-ServicePrincipal", json!({"AppId": APP, "ServiceId": registration}));
    done(&boss, "Add-RoleGroupMember", json!({"Identity": "View-Only Organization Management", "Member": APP}));
    assert_eq!(me.call("Get-Mailbox", json!({})).status, 403);
    let kept = &boss.rows("Get-ServicePrincipal", json!({"Identity": registration}))[0];
    assert_eq!((&kept["DisplayName"], &kept["AppId"]), (&json!("Nightly reports"), &json!(APP)));
}

#[test]
fn what_cannot_be_done_has_the_services_words() {
    for service in BOTH {
        let emulator = start(tenant());
        let boss = administrator(&emulator, service);
        record(&boss);
        let group = "Security Reader";
        let not_found = (404, "ManagementObjectNotFoundException".to_owned());
        for (cmdlet, parameters) in [
            ("Get-RoleGroup", json!({"Identity": "Nobody"})),
            ("Get-RoleGroupMember", json!({"Identity": "Nobody"})),
            ("Add-RoleGroupMember", json!({"Identity": "Nobody", "Member": APP})),
            ("Add-RoleGroupMember", json!({"Identity": group, "Member": "nobody@contoso.com"})),
            ("Get-ServicePrincipal", json!({"Identity": "30000000-0000-4000-8000-00000000000a"})),
            ("Remove-ServicePrincipal", json!({"Identity": "Nobody"})),
            ("New-RoleGroup", json!({"Name": "X", "Roles": ["No Such Role"]})),
            ("Get-ManagementRole", json!({"Identity": "No Such Role"})),
        ] {
            assert_eq!(failed(&boss, cmdlet, parameters), not_found, "{cmdlet}");
        }
        done(&boss, "Add-RoleGroupMember", json!({"Identity": group, "Member": APP}));
        let bad = |exception: &str| (400, exception.to_owned());
        let member = || json!({"Identity": group, "Member": worker().object_id()});
        assert_eq!(failed(&boss, "Add-RoleGroupMember", member()), bad("MemberAlreadyExistsException"));
        done(&boss, "Remove-RoleGroupMember", member());
        assert_eq!(failed(&boss, "Remove-RoleGroupMember", member()), bad("MemberNotFoundException"));
        let again = json!({"AppId": APP, "ObjectId": worker().object_id()});
        assert_eq!(failed(&boss, "New-ServicePrincipal", again), bad("ADObjectAlreadyExistsException"));
        let named = json!({"Name": "Security Reader"});
        assert_eq!(failed(&boss, "New-RoleGroup", named), bad("ADObjectAlreadyExistsException"));
        let missing = bad("MissingMandatoryParameterException");
        assert_eq!(failed(&boss, "New-ServicePrincipal", json!({"AppId": APP})), missing);
        assert_eq!(failed(&boss, "Add-RoleGroupMember", json!({"Identity": group})), missing);
        assert_eq!(failed(&boss, "Remove-RoleGroup", json!({"Identity": group})), bad("InvalidOperationException"));
        assert_eq!(boss.rows("Get-RoleGroup", json!({"Identity": group})).len(), 1);
    }
}

#[test]
fn whoever_only_asks_what_would_be_done_changes_nothing() {
    let emulator = start(tenant());
    let boss = administrator(&emulator, BOTH[0]);
    let ask = |cmdlet: &str, mut parameters: Value| {
        parameters["WhatIf"] = json!(true);
        let reply = boss.call(cmdlet, parameters);
        assert_eq!(reply.status, 200);
        assert!(reply.json()["@adminapi.confirmationmessage"].as_str().unwrap().ends_with("\"."), "{cmdlet}");
    };
    ask("New-ServicePrincipal", json!({"AppId": APP, "ObjectId": worker().object_id()}));
    ask("New-RoleGroup", json!({"Name": "X", "Roles": ["Mail Recipients"]}));
    ask("Remove-RoleGroupMember", json!({"Identity": "Security Reader", "Member": linked(&boss)}));
    assert_eq!(done(&boss, "Get-ServicePrincipal", json!({})), json!([]));
    assert_eq!(boss.call("Get-RoleGroup", json!({"Identity": "X"})).status, 404);
    assert!(boss.rows("Get-RoleGroupMember", json!({"Identity": "Security Reader"})).iter().any(is_linked));
}

/// The group behind the directory role Security Reader.
fn linked(caller: &Caller<'_>) -> String {
    let members = caller.rows("Get-RoleGroupMember", json!({"Identity": "Security Reader"}));
    members.iter().find(|row| is_linked(row)).unwrap()["Name"].as_str().unwrap().to_owned()
}

fn is_linked(row: &Value) -> bool {
    row["Name"].as_str().unwrap().starts_with("SecurityReaders_") && row["RecipientType"] == "Group"
}

#[test]
fn names_of_groups_are_with_spaces_in_one_service_and_either_way_in_the_other() {
    let emulator = start(tenant());
    let name = |service, identity: &str| {
        let reply = administrator(&emulator, service).call("Get-RoleGroup", json!({"Identity": identity}));
        (reply.status == 200).then(|| reply.json()["value"][0]["Name"].as_str().unwrap().to_owned())
    };
    let shown = |name: &str| Some(name.to_owned());
    assert_eq!(name(BOTH[0], "organization management"), shown("Organization Management"));
    assert_eq!(name(BOTH[0], "OrganizationManagement"), None);
    assert_eq!(name(BOTH[1], "Organization Management"), shown("OrganizationManagement"));
    assert_eq!(name(BOTH[1], "OrganizationManagement"), shown("OrganizationManagement"));
    assert_eq!(name(BOTH[1], "Attack Simulator Administrators"), shown("AttackSimAdministrators"));
    assert_eq!(name(BOTH[1], "eDiscoveryManager"), shown("eDiscoveryManager"));
    let (exchange, compliance) = (administrator(&emulator, BOTH[0]), administrator(&emulator, BOTH[1]));
    assert_eq!(compliance.rows("Get-RoleGroup", json!({})).len(), 74);
    let roles = |caller: &Caller<'_>| {
        let group = caller.rows("Get-RoleGroup", json!({"Identity": "Security Reader"}))[0].clone();
        group["Roles"].as_array().unwrap().len()
    };
    assert_eq!((roles(&exchange), roles(&compliance)), (1, 8));
}

#[test]
fn a_group_of_ones_own_has_the_roles_that_it_was_given() {
    let emulator = start(tenant());
    let (boss, me) = (administrator(&emulator, BOTH[0]), as_app(&emulator, APP, BOTH[0]));
    record(&boss);
    let made = done(
        &boss,
        "New-RoleGroup",
        json!({"Name": "Auditors", "Roles": ["View-Only Audit Logs"], "Members": [APP], "Description": "read"}),
    );
    assert_eq!(made[0]["RoleAssignments"], json!(["View-Only Audit Logs-Auditors"]));
    assert_eq!(made[0]["Members"], json!([worker().object_id()]));
    let audit = json!({"StartDate": "2026-01-01", "EndDate": "2026-01-02", "ResultSize": 1});
    assert_ne!(me.call("Search-UnifiedAuditLog", audit.clone()).status, 403);
    assert_eq!(me.call("Get-AcceptedDomain", json!({})).status, 403);
    assert_eq!(me.call("Set-Mailbox", json!({"Identity": "x"})).status, 403);
    // A role more.
    done(
        &boss,
        "New-ManagementRoleAssignment",
        json!({"SecurityGroup": "Auditors", "Role": "view-only configuration"}),
    );
    assert_eq!(me.call("Get-AcceptedDomain", json!({})).status, 200);
    done(&boss, "Remove-ManagementRoleAssignment", json!({"Identity": "View-Only Configuration-Auditors"}));
    assert_eq!(me.call("Get-AcceptedDomain", json!({})).status, 403);
    done(&boss, "Set-RoleGroup", json!({"Identity": "Auditors", "Name": "Readers of the log", "ManagedBy": ["Me"]}));
    let group = &boss.rows("Get-RoleGroup", json!({"Filter": "Name -like 'readers*'"}))[0];
    assert_eq!((&group["Roles"], &group["ManagedBy"]), (&json!(["View-Only Audit Logs"]), &json!(["Me"])));
    done(&boss, "Remove-RoleGroup", json!({"Identity": "Readers of the log"}));
    assert_eq!(me.call("Search-UnifiedAuditLog", audit).status, 403);
    assert_eq!(me.call("Get-Mailbox", json!({})).status, 403);
}

#[test]
fn a_write_scope_bounds_what_may_be_changed_and_not_what_is_read() {
    let emulator = start(tenant());
    let (boss, me) = (administrator(&emulator, BOTH[0]), as_app(&emulator, APP, BOTH[0]));
    record(&boss);
    let scope = json!({"Name": "Shared", "RecipientRestrictionFilter": "RecipientTypeDetails -eq 'SharedMailbox'"});
    done(&boss, "New-ManagementScope", scope);
    let group = json!({"Name": "Shared only", "Roles": ["Mail Recipients"], "Members": [APP],
                       "CustomRecipientWriteScope": "Shared"});
    done(&boss, "New-RoleGroup", group);
    let mailbox = |kind: &str| {
        let rows = me.rows("Get-Mailbox", json!({"RecipientTypeDetails": kind, "ResultSize": "Unlimited"}));
        rows[0]["PrimarySmtpAddress"].clone()
    };
    let (shared, own) = (mailbox("SharedMailbox"), mailbox("UserMailbox"));
    let change = |who: &Value| me.call("Set-Mailbox", json!({"Identity": who, "DisplayName": "x"}));
    assert_eq!(change(&shared).status, 200);
    let refused = change(&own);
    assert_eq!(refused.status, 400);
    let text = refused.json()["error"]["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(text.contains("isn't within your current write scope"), "{text}");
    let permission = json!({"Identity": format!("{}:\\Calendar", own.as_str().unwrap()), "User": shared,
                            "AccessRights": "Reviewer"});
    assert_eq!(failed(&me, "Add-MailboxFolderPermission", permission), (400, "ADScopeException".to_owned()));
    // Whoever else lets one change anything lifts it.
    done(&boss, "Add-RoleGroupMember", json!({"Identity": "Recipient Management", "Member": APP}));
    assert_eq!(change(&own).status, 200);
    assert_eq!(
        failed(&boss, "Remove-ManagementScope", json!({"Identity": "Shared"})),
        (400, "InvalidOperationException".to_owned())
    );
}

#[test]
fn a_role_may_be_assigned_to_the_app_itself() {
    let emulator = start(tenant());
    let (boss, me) = (administrator(&emulator, BOTH[0]), as_app(&emulator, APP, BOTH[0]));
    let assign = |role: &str| boss.call("New-ManagementRoleAssignment", json!({"App": APP, "Role": role}));
    assert_eq!(assign("View-Only Configuration").status, 404, "there is no record yet");
    record(&boss);
    // Those for applications open mailboxes over other interfaces.
    assert_eq!(assign("Application Mail.Read").status, 200);
    assert_eq!(me.call("Get-Recipient", json!({})).status, 403);
    assert_eq!(assign("View-Only Configuration").status, 200);
    assert_eq!(assign("View-Only Configuration").status, 400);
    assert_eq!(me.call("Get-AcceptedDomain", json!({})).status, 200);
    let all = boss.rows("Get-ManagementRoleAssignment", json!({"RoleAssigneeType": "ServicePrincipal"}));
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["RoleAssignee"], json!(worker().object_id()));
    let held = json!({"RoleAssignee": APP, "Role": "View-Only Configuration", "Delegating": false});
    assert_eq!(boss.rows("Get-ManagementRoleAssignment", held).len(), 1);
    done(&boss, "Remove-ManagementRoleAssignment", json!({"Identity": all[1]["Name"]}));
    assert_eq!(me.call("Get-AcceptedDomain", json!({})).status, 403);
}

#[test]
fn a_role_group_of_the_tenant_is_seen_by_the_cmdlets() {
    let app = worker().role_group(Service::Compliance, "Security Reader").role_group(Service::Compliance, "Own one");
    let boss = permitted(App::new(ADMINISTRATOR)).role(GLOBAL_ADMINISTRATOR);
    let emulator = start(Tenant::contoso().app(app).app(boss));
    let boss = administrator(&emulator, Service::Compliance);
    let record = &boss.rows("Get-ServicePrincipal", json!({"Identity": APP}))[0];
    assert_eq!(
        (&record["DisplayName"], &record["ObjectId"]),
        (&json!("Nightly reports"), &json!(worker().object_id()))
    );
    for group in ["SecurityReader", "Own one"] {
        let members = boss.rows("Get-RoleGroupMember", json!({"Identity": group}));
        assert_eq!((members.len(), &members[0]["Name"]), (1, &json!(worker().object_id())), "{group}");
    }
    assert_eq!(done(&administrator(&emulator, BOTH[0]), "Get-ServicePrincipal", json!({})), json!([]));
    // Of a group of which nobody told the roles nobody knows what it opens.
    let me = as_app(&emulator, APP, Service::Compliance);
    assert_eq!(me.call("Set-Label", json!({"Identity": "Public"})).status, 200);
}

#[test]
fn exchange_online_tells_which_role_has_a_cmdlet() {
    let emulator = start(tenant());
    let boss = administrator(&emulator, BOTH[0]);
    let roles = |parameters: Value| {
        let rows = boss.rows("Get-ManagementRole", parameters);
        rows.iter().map(|row| row["Name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(roles(json!({"Cmdlet": "Search-UnifiedAuditLog"})), ["Audit Logs", "View-Only Audit Logs"]);
    assert_eq!(roles(json!({"Cmdlet": "Add-RoleGroupMember"})), ["Role Management"]);
    assert_eq!(roles(json!({"Cmdlet": "Get-Nonsense"})).len(), 0);
    // A cmdlet that is not answered here is in the table all the same.
    assert_eq!(roles(json!({"Cmdlet": "New-OutboundConnector"})), ["Remote and Accepted Domains"]);
    let quarantine = roles(json!({"Cmdlet": "Get-QuarantineMessage", "CmdletParameters": ["Page"]}));
    let typed = roles(json!({"Cmdlet": "Get-QuarantineMessage", "CmdletParameters": ["EntityType"]}));
    let reader = "Security Reader".to_owned();
    assert!(quarantine.contains(&reader) && !typed.contains(&reader) && typed.len() + 1 == quarantine.len());
    let entries = boss.rows("Get-ManagementRoleEntry", json!({"Identity": "*\\Search-Unified*"}));
    let held: Vec<&str> = entries.iter().map(|row| row["Role"].as_str().unwrap()).collect();
    assert_eq!(held, ["Audit Logs", "View-Only Audit Logs"]);
    assert!(entries[0]["Parameters"].as_array().unwrap().contains(&json!("SessionId")));
    assert_eq!(boss.call("Get-ManagementRoleEntry", json!({"Identity": "Journaling\\Get-Nonsense"})).status, 404);
}

#[test]
fn security_and_compliance_does_not_tell() {
    let emulator = start(tenant());
    let boss = administrator(&emulator, BOTH[1]);
    for cmdlet in [
        "Get-ManagementRoleAssignment",
        "New-ManagementRoleAssignment",
        "Get-ManagementRoleEntry",
        "New-ManagementScope",
    ] {
        assert_eq!(boss.call(cmdlet, json!({})).status, 403, "{cmdlet}");
    }
    assert_eq!(boss.rows("Get-ManagementRole", json!({})).len(), 119);
    assert_eq!(boss.rows("Get-ManagementRole", json!({"Cmdlet": "Get-Label"})).len(), 0);
    assert_eq!(boss.rows("Get-ManagementRole", json!({"Identity": "Hold"}))[0]["RoleEntries"], json!([]));
    // What only the other service has.
    for parameters in [json!({"Name": "X", "ManagedBy": "x"}), json!({"Name": "X", "CustomRecipientWriteScope": "x"})] {
        assert_eq!(failed(&boss, "New-RoleGroup", parameters), (400, "AmbiguousParameterSetException".to_owned()));
    }
}

#[test]
fn refusals_have_their_shapes() {
    let bare = start(Tenant::contoso().app(permitted(App::new(APP))));
    let text = |reply: &Reply| String::from_utf8_lossy(&reply.body).into_owned();
    let me = as_app(&bare, APP, BOTH[0]);
    let refused = me.call("Get-Mailbox", json!({}));
    assert!(refused.status == 403 && refused.body.iter().all(|byte| *byte == 0) && !refused.body.is_empty());
    let module = me.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile"));
    assert!(module.status == 403 && text(&module).contains("isn't supported in this scenario"));
    // Permission missing altogether.
    let none = start(Tenant::contoso().app(App::new(APP).certificate_der(identity().der.clone())));
    assert_eq!(as_app(&none, APP, BOTH[0]).post(&path(""), &body("Get-Mailbox", &json!({}))).unwrap().status, 401);
    // By noun it is JSON, and a 401.
    let reader = start(Tenant::contoso().app(permitted(App::new(APP)).role(GLOBAL_READER)));
    let me = as_app(&reader, APP, BOTH[0]);
    let filters = "Recipient/Exchange.GetRecipientPermissionByFilters(identity='',trustee='',accessRights='')";
    let refused = me.get(&format!("/adminapi/beta/{TENANT}/{filters}"));
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status, &error["code"]), (401, &json!("Unauthorized")));
    assert_eq!(error["message"], "User is not allowed to call Get-RecipientPermission");
    assert!(error["innererror"]["type"].as_str().unwrap().ends_with("ODataServiceException"));
}

#[test]
fn case_may_tell_names_of_groups_apart() {
    let emulator = start(tenant().set("compliance-names-have-case").unwrap());
    let status =
        |service, name: &str| administrator(&emulator, service).call("Get-RoleGroup", json!({"Identity": name})).status;
    assert_eq!(status(BOTH[1], "OrganizationManagement"), 200);
    assert_eq!(status(BOTH[1], "organizationManagement"), 404);
    assert_eq!(status(BOTH[0], "organization management"), 200);
}

#[test]
fn searches_for_content_are_not_for_apps() {
    let with = |how: &str| start(tenant().set(&format!("content-search={how}")).unwrap());
    let emulator = with("refused");
    let boss = administrator(&emulator, BOTH[1]);
    let offered = || {
        let reply = boss.get(&format!("/AdminApi/v1.0/{TENANT}/EXOModuleFile"));
        String::from_utf8_lossy(&reply.body).contains("ComplianceSearch")
    };
    assert!(!offered());
    assert_eq!(boss.call("Get-ComplianceSearch", json!({})).status, 403);
    assert!(!emulator.verdict(BOTH[1], GLOBAL_ADMINISTRATOR, "Start-ComplianceSearch").granted);
    // An ordinary session asks for another.
    let emulator = with("ordinary");
    let boss = administrator(&emulator, BOTH[1]);
    for cmdlet in
        ["Get-ComplianceSearch", "New-ComplianceSearch", "Start-ComplianceSearch", "New-ComplianceSearchAction"]
    {
        let reply = boss.call(cmdlet, json!({}));
        let text = reply.json()["error"]["details"][0]["message"].as_str().unwrap().to_owned();
        assert!(reply.status == 400 && text.contains("-EnableSearchOnlySession"), "{cmdlet}: {text}");
    }
    assert_eq!(boss.rows("Get-ComplianceSearchAction", json!({})).len(), 1);
    // In that other session they work as far as was reported.
    let emulator = with("search-only");
    let boss = administrator(&emulator, BOTH[1]);
    let null = (500, "NullReferenceException".to_owned());
    assert_eq!(failed(&boss, "Get-ComplianceSearchAction", json!({"Identity": "Quarterly_Preview"})), null);
    done(&boss, "New-ComplianceSearch", json!({"Name": "Mine", "ExchangeLocation": "All"}));
    assert_eq!(failed(&boss, "Start-ComplianceSearch", json!({"Identity": "Mine"})), null);
    let found = boss.rows("Get-ComplianceSearch", json!({}));
    assert_eq!((found.len(), &found[1]["Items"]), (2, &json!(0)));
    done(&boss, "New-ComplianceSearchAction", json!({"SearchName": "Mine", "Preview": true}));
    assert_eq!(boss.rows("Get-ComplianceSearchAction", json!({"Identity": "mine_preview"})).len(), 1);
    done(&boss, "Remove-ComplianceSearch", json!({"Identity": "Mine"}));
    assert_eq!(boss.call("Start-ComplianceSearch", json!({"Identity": "Mine"})).status, 404);
}

#[test]
fn members_are_replaced_added_and_removed_together_or_not_at_all() {
    let emulator = start(tenant());
    let boss = administrator(&emulator, BOTH[0]);
    record(&boss);
    let people: Vec<Value> = boss.rows("Get-Mailbox", json!({}))[..2].iter().map(|row| row["Alias"].clone()).collect();
    done(&boss, "New-RoleGroup", json!({"Name": "Team", "Members": [people[0], people[0]]}));
    let count = || boss.rows("Get-RoleGroupMember", json!({"Identity": "Team"})).len();
    assert_eq!(count(), 1);
    let update = |members: Value| boss.call("Update-RoleGroupMember", json!({"Identity": "Team", "Members": members}));
    let delta = |add: Value, remove: Value| {
        update(json!({"@odata.type": "#Exchange.GenericHashTable", "add": add, "remove": remove})).status
    };
    assert_eq!((delta(json!([people[1], APP]), json!([people[0]])), count()), (200, 2));
    // One name that nobody has, and nothing is changed.
    assert_eq!((delta(json!(["nobody@contoso.com"]), json!([APP])), count()), (404, 2));
    assert_eq!((update(json!([people[0], "nobody"])).status, count()), (404, 2));
    assert_eq!((update(json!([people[0]])).status, count()), (200, 1));
    assert_eq!((update(Value::Null).status, count()), (200, 0));
}

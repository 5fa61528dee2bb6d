//! `exoctl app create`: from nothing to a finished report, interrupted and run again, planned and by hand.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::app_world::{AppWorld, TOKEN};
use exo_tests::{Administrator, DeviceAnswer, Fault, GLOBAL_READER, empty_contoso, wait_until};
use serde_json::Value;
use std::time::Duration;

const SMALL: [&str; 2] = ["--report", "mailboxes"];

#[test]
fn from_nothing_to_a_finished_report_with_two_commands() {
    let world = AppWorld::new();
    let created = world.create(&SMALL);
    created.ends(0).gives("roles        Global Reader").gives("next: exoctl run mailboxes --config set.toml");
    created.says("made    the app registration").says("works   signing in to Exchange Online");
    let next = created.stdout.split("next: exoctl ").nth(1).unwrap().trim().to_owned();
    let report = world.0.exoctl(next.split(' ').chain(["--format", "csv"]));
    assert_eq!(report.ends(0).stdout.lines().count(), 51, "{}", report.shown());
    assert!(world.0.read("set.toml").starts_with("# mine\n\n[profiles.default]\norganization = "));
    let mut written = world.0.written();
    written.sort();
    assert_eq!(written, ["default.cer", "default.password", "default.pfx", "default.setup.json"]);
}

#[cfg(unix)]
#[test]
fn what_holds_a_secret_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    for name in ["default.pfx", "default.password"] {
        let mode = std::fs::metadata(world.0.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn all_bundled_reports_run_with_what_was_made() {
    let world = AppWorld::new();
    let created = world.create(&["--format", "json"]).ends(0).json();
    let roles: Vec<&str> = created["roles"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert!(roles.contains(&"Global Reader"), "{created}");
    let because = serde_json::json!([{"role": "Exchange Administrator", "cmdlets": ["Get-RecipientPermission"], "reports": ["send-as"]}]);
    assert_eq!(created["because"], because, "a role that changes something has a reason");
    assert_eq!(created["next"], "exoctl run --all --config set.toml");
    assert_eq!(created["signed_in"], serde_json::json!(["exo", "scc"]));
    let ended = world.run(&["run", "--all", "--out", "results", "--format", "csv"]);
    let record = world.0.json("results/run.json");
    for report in record["reports"].as_array().unwrap() {
        assert_eq!(report["status"], "complete", "{report}");
    }
    ended.ends(3);
}

#[test]
fn a_second_run_changes_nothing_and_says_so() {
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    let (changes, profile, state) = (world.changes(), world.0.read("set.toml"), world.state());
    let again = world.create(&SMALL);
    again.ends(0).gives("all was there already, nothing was changed").never_says("made    ");
    assert_eq!((world.changes(), world.0.read("set.toml"), world.state()), (changes, profile, state));
    // Without what was remembered, by the app's id in the profile.
    std::fs::remove_file(world.0.path("default.setup.json")).unwrap();
    world.run(&[&["app", "create"][..], &TOKEN, &SMALL].concat()).ends(0).gives("nothing was changed");
    assert_eq!(world.apps(), 1);
}

#[test]
fn a_plan_sends_nothing_and_is_what_is_sent() {
    let world = AppWorld::new();
    let certificate = ["--certificate-file", "app.pfx", "--certificate-password-file", "password.txt"];
    let words = world.creating(&[&certificate[..], &["--plan", "--format", "json"]].concat());
    let plan = world.0.exoctl(words).ends(0).json();
    world.0.assert_nothing_was_sent();
    assert_eq!(world.0.read("set.toml"), "# mine\n");
    assert_eq!(world.0.written(), Vec::<String>::new());
    world.create(&certificate).ends(0);
    let log = world.0.emulator().log();
    let mut sent = log.iter().filter(|received| received.host == "graph.localhost" && received.method != "GET");
    let mut ids: Vec<(String, String)> = Vec::new();
    let planned = plan["steps"].as_array().unwrap().iter().filter_map(|step| step.get("write"));
    // The resources' service principals are there, so that those steps send nothing.
    let planned = planned.filter(|call| !(call["path"] == "/servicePrincipals" && call["body"]["appId"] != "{app id}"));
    for call in planned {
        let received = sent.next().unwrap_or_else(|| panic!("not sent: {call}"));
        assert_eq!(call["method"], received.method.as_str());
        let path = received.path.strip_prefix("/v1.0").unwrap();
        assert!(fits(call["path"].as_str().unwrap(), path, &mut ids), "{call} is not {path}");
        assert_body_fits(&call["body"], received.body.as_ref().unwrap(), &mut ids);
    }
    assert!(sent.next().is_none());
    assert_eq!(ids.len(), 6, "each id that is not known before is one and the same everywhere: {ids:?}");
}

/// Whether a text is that of the plan, with one value for each pair of braces.
fn fits(planned: &str, sent: &str, ids: &mut Vec<(String, String)>) -> bool {
    let Some((before, rest)) = planned.split_once('{') else { return planned == sent };
    let (name, after) = rest.split_once('}').unwrap();
    let Some(sent) = sent.strip_prefix(before) else { return false };
    let Some((value, left)) = sent.split_at_checked(36) else { return false };
    match ids.iter().find(|(known, _)| known == name) {
        Some((_, known)) if known != value => return false,
        Some(_) => {}
        None => ids.push((name.to_owned(), value.to_owned())),
    }
    fits(after, left, ids)
}

fn assert_body_fits(planned: &Value, sent: &Value, ids: &mut Vec<(String, String)>) {
    match (planned, sent) {
        (Value::Object(planned), Value::Object(sent)) => {
            assert_eq!(planned.keys().collect::<Vec<_>>(), sent.keys().collect::<Vec<_>>());
            planned.iter().for_each(|(name, value)| assert_body_fits(value, &sent[name], ids));
        }
        (Value::Array(planned), Value::Array(sent)) => {
            assert_eq!(planned.len(), sent.len());
            planned.iter().zip(sent).for_each(|(planned, sent)| assert_body_fits(planned, sent, ids));
        }
        (Value::String(planned), Value::String(sent)) => assert!(fits(planned, sent, ids), "{planned} is not {sent}"),
        _ => assert_eq!(planned, sent),
    }
}

#[test]
fn a_plan_without_a_certificate_shows_where_one_will_be() {
    let world = AppWorld::new();
    let plan = world.0.exoctl(world.creating(&["--plan", "--report", "mailboxes"]));
    plan.ends(0).gives("{the new certificate in base64}").gives("exoctl-{random id}").gives("directory roles");
    plan.gives("AppRoleAssignment.ReadWrite.All, Application.ReadWrite.All, RoleManagement.ReadWrite.Directory");
    assert!(!plan.stdout.contains("Microsoft Exchange Online Protection"), "one service: {}", plan.shown());
    world.0.assert_nothing_was_sent();
}

#[test]
fn no_permission_is_asked_for_that_the_reports_do_not_need() {
    let world = AppWorld::new();
    world.create(&["--report", "mailboxes"]).ends(0);
    let state = world.state();
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| format!("{} of {}", one["value"], one["resource_app_id"])).collect()
    };
    let exchange = ["\"Exchange.ManageAsApp\" of \"00000002-0000-0ff1-ce00-000000000000\""];
    assert_eq!(names(&state["declared"]), exchange);
    assert_eq!(names(&state["service_principal"]["consented"]), exchange);
    let roles = &state["service_principal"]["roles"];
    assert_eq!(roles.as_array().unwrap().len(), 1, "{roles}");
    assert_eq!(roles[0]["role"]["template_id"], GLOBAL_READER);
    assert_eq!(state["single_tenant"], true);
    assert_eq!(state["secrets"], serde_json::json!([]));
}

#[test]
fn the_portal_steps_are_filled_in() {
    let world = AppWorld::new();
    let certificate = ["--certificate-file", "app.pfx", "--certificate-password-file", "password.txt"];
    let steps = world.0.exoctl(world.creating(&[&certificate[..], &["--portal"]].concat()));
    steps.ends(0).gives("923CB0588F1E0DE79BE4392B4916B9B0136FA539").gives("`contoso.onmicrosoft.com`");
    steps.gives("\"resourceAppId\": \"00000007-0000-0ff1-ce00-000000000000\"").gives("**Global Reader**");
    world.0.exoctl(world.creating(&["--portal"])).ends(0).gives("exoctl cert new");
    world.0.assert_nothing_was_sent();
    assert_eq!(world.0.written(), Vec::<String>::new());
}

#[test]
fn interrupted_at_every_call_it_comes_to_the_same() {
    let whole = AppWorld::new();
    whole.create(&SMALL).ends(0);
    let (calls, expected) = (whole.graph_calls(), whole.state());
    assert!(calls > 12, "{calls}");
    for number in 1..=u32::try_from(calls).unwrap() {
        // Refused at once; and carried out, with the answer lost.
        for fault in [Fault::on_graph().call(number).status(403), Fault::on_graph().call(number).done().status(403)] {
            let world = AppWorld::failing(fault.clone());
            let first = world.create(&SMALL);
            // A look that fails needs no second run where the next one tells the same.
            if first.code != 0 {
                first.ends(13);
                world.create(&SMALL).ends(0);
            }
            assert_eq!(without_certificate(world.state()), without_certificate(expected.clone()), "{fault:?}");
            assert_eq!(world.marks(), 1, "{fault:?}");
        }
    }
}

/// Every world makes a certificate of its own.
fn without_certificate(mut state: Value) -> Value {
    let certificates = state["certificates"].take();
    assert_eq!(certificates.as_array().unwrap().len(), 1, "{certificates}");
    state
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_in_order_and_the_next_run_goes_on() {
    let fault = Fault::on_graph().method("POST").path("/servicePrincipals").times(1).throttle(Some("30"));
    let world = AppWorld::failing(fault);
    let running = world.0.start_exoctl(world.creating(&[&TOKEN[..], &SMALL].concat()));
    wait_until("it waits", || running.said().contains("waiting the service principal"));
    running.signal("INT");
    running.end().ends(130).hints("run the same command again");
    world.create(&SMALL).ends(0).says("found   the app registration").says("made    the service principal");
    assert_eq!(world.marks(), 1);
}

#[test]
fn a_tenant_by_its_guid_is_enough() {
    let world = AppWorld::new();
    let tenant = world.0.emulator().tenant().id().to_owned();
    let words = world.creating(&[&TOKEN[..], &SMALL].concat());
    let words = words.into_iter().map(|word| match word.as_str() {
        "--organization" => "--tenant".to_owned(),
        "contoso.onmicrosoft.com" => tenant.clone(),
        _ => word,
    });
    world.0.exoctl(words.collect::<Vec<_>>()).ends(0);
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn what_passes_is_waited_for_and_told() {
    for fault in [
        Fault::on_graph().method("POST").path("/servicePrincipals").times(2).throttle(Some("0")),
        Fault::on_graph().method("PATCH").times(1).throttle(Some("0")),
    ] {
        let world = AppWorld::failing(fault);
        world.create(&SMALL).ends(0);
        assert_eq!(world.apps(), 1);
    }
}

#[test]
fn replication_is_waited_for_in_view() {
    let tenant = empty_contoso().replication(Duration::from_mins(1)).clock_step(40);
    let world = AppWorld::of(tenant);
    let created = world.create(&SMALL);
    created.ends(0).says("waiting ").says("next try in");
    assert_eq!(world.apps(), 1);
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn what_the_token_does_not_allow_is_said_with_the_step() {
    for (permissions, step, lacking) in [
        (&["Application.Read.All"][..], "the app registration", "Application.ReadWrite.All"),
        (&["Application.ReadWrite.All"], "the consent to Exchange.ManageAsApp", "AppRoleAssignment.ReadWrite.All"),
        (
            &["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"],
            "the directory role Global Reader",
            "RoleManagement",
        ),
    ] {
        let world = AppWorld::limited(permissions);
        let created = world.create(&SMALL);
        created.ends(13).says(&format!("error: the set-up stopped at {step}")).hints(lacking);
        created.hints("run the same command again").says("warning: the token does not name");
    }
}

#[test]
fn a_name_that_is_taken_is_not_guessed_about() {
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    let other = world.create(&["--profile", "other"]);
    other.ends(2).says("there is an app named `exoctl` already: ").hints("--beside");
    world.create(&["--profile", "third", "--beside", "--report", "mailboxes"]).ends(0);
    assert_eq!(world.apps(), 2);
}

#[test]
fn an_app_that_exists_is_completed() {
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    let id = world.0.json("default.setup.json")["app"]["app_id"].as_str().unwrap().to_owned();
    let again = world.create(&["--profile", "other", "--app-id", &id, "--report", "purview-alerts"]);
    again.ends(0).says("found   the app registration").says("made    the certificate");
    assert_eq!(world.apps(), 1);
    world.run(&["run", "purview-alerts", "--profile", "other"]).ends(3);
}

#[test]
fn an_administrator_signs_in_by_device_code() {
    let administrator =
        Administrator::global().device_code([DeviceAnswer::Pending, DeviceAnswer::Approve]).device_interval(0);
    let world = AppWorld::of(empty_contoso().administrator(administrator));
    let client = ["--admin-client-id", TOOL];
    let created = world.0.exoctl(world.creating(&[&client[..], &SMALL].concat()));
    created.ends(0).says("sign in as an administrator: open https://").says(" and enter the code ");
    let log = world.0.emulator().log();
    let asked = log.iter().find(|received| received.path.ends_with("/devicecode")).unwrap();
    let scopes = ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"];
    assert_eq!(asked.form["scope"], scopes.map(|name| format!("https://graph.microsoft.com/{name}")).join(" "));
}

/// The client id of a public client that the tenant knows.
const TOOL: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

#[test]
fn a_sign_in_that_fails_leaves_nothing_behind() {
    for (answer, words, hint) in [
        (DeviceAnswer::Decline, "declined", "start again"),
        (DeviceAnswer::Expire, "nobody confirmed the device code", "start again"),
        (DeviceAnswer::Block, "AADSTS53003", "hand the token over"),
    ] {
        let administrator = Administrator::global().device_code([answer]).device_interval(0);
        let world = AppWorld::of(empty_contoso().administrator(administrator));
        let created = world.0.exoctl(world.creating(&["--admin-client-id", TOOL]));
        created.ends(12).says(words).hints(hint);
        assert_eq!((world.0.written(), world.graph_calls()), (Vec::new(), 0));
    }
}

#[test]
fn a_token_for_another_resource_is_explained_before_anything_is_sent() {
    let world = AppWorld::new();
    let mut claims = r#"{"aud":"https://management.azure.com","exp":4102444800,"scp":"user_impersonation"}"#.to_owned();
    while !claims.len().is_multiple_of(3) {
        claims.push(' ');
    }
    let jwt = format!("eyJhbGciOiJub25lIn0.{}.x", exo_tests::base64url(claims.as_bytes()));
    world.0.private("token.txt", jwt.as_bytes());
    world.create(&SMALL).ends(12).says("is for `https://management.azure.com`, not for `https://graph.microsoft.com`");
    world.0.assert_nothing_was_sent();
    assert_eq!(world.0.written(), Vec::<String>::new());
}

#[test]
fn a_profile_that_says_otherwise_is_not_overwritten() {
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    let profile = world.0.read("set.toml");
    let words = world.creating(&TOKEN);
    let other: Vec<String> =
        words.into_iter().map(|word| word.replace("contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com")).collect();
    let ended = world.0.exoctl(other);
    ended.ends(10).says("organization = \"contoso.onmicrosoft.com\", and \"fabrikam.onmicrosoft.com\" is given");
    let file = ["--certificate-file", "app.pfx", "--certificate-password-file", "password.txt"];
    world.create(&file).ends(10).hints("exoctl app rollover");
    assert_eq!(world.0.read("set.toml"), profile);
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let world = AppWorld::new();
    world.0.private("default.pfx", b"somebody's");
    let ended = world.create(&SMALL);
    ended.ends(18).says("default.pfx` exists already").hints("--certificate-file");
    assert_eq!(world.0.read("default.pfx"), "somebody's");
    assert_eq!(world.changes(), Vec::<String>::new());
}

#[test]
fn nobody_who_may_is_said_with_the_ways() {
    let world = AppWorld::new();
    let ended = world.0.exoctl(world.creating(&[]));
    ended.ends(2).hints("--graph-token-command").hints("--admin-client-id").hints("--plan");
    world.0.assert_nothing_was_sent();
}

#[test]
fn roles_by_name_and_none() {
    let world = AppWorld::new();
    world.create(&["--role", "Security Reader", "--service", "scc"]).ends(0).gives("roles        Security Reader");
    let none = world.create(&["--role", "none", "--profile", "none", "--name", "other", "--service", "exo"]);
    none.ends(0).gives("roles        none");
    let state = world.run(&[&["app", "show", "--profile", "none", "--format", "json"][..], &TOKEN].concat());
    assert_eq!(state.ends(0).json()["app"]["service_principal"]["roles"], serde_json::json!([]));
}

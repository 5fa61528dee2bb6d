//! `exoctl plugin check`: what is said of good and of bad plugins.

use exo_tests::{Fault, World, contoso, misbehaving, plugin};

fn with(library: &[u8]) -> World {
    let world = World::start(contoso());
    world.write("plugin.so", library);
    world
}

/// Fixtures for the bundled reports over mailboxes.
fn recorded(world: &World) {
    world.make_folder("fixtures");
    let words = ["invoke", "Get-Mailbox", "-ResultSize", "3", "--format", "ndjson"];
    let mailboxes = world.exoctl(words).ends(0).stdout.clone();
    world.write("fixtures/Get-Mailbox.jsonl", mailboxes.as_bytes());
    let domains = world.exoctl(["invoke", "Get-AcceptedDomain", "--format", "ndjson"]).ends(0).stdout.clone();
    world.write("fixtures/Get-AcceptedDomain.jsonl", domains.as_bytes());
    let name = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        record["UserPrincipalName"].as_str().unwrap_or_default().to_owned()
    };
    let size = r#""TotalItemSize":"1 KB (1,024 bytes)","TotalDeletedItemSize":"0 B (0 bytes)""#;
    let rest = r#""ItemCount":1,"DeletedItemCount":0,"LastLogonTime":null"#;
    let about = |line: &str| format!("{{\"@for\":\"{}\",{size},{rest}}}\n", name(line));
    world.write("fixtures/Get-MailboxStatistics.jsonl", mailboxes.lines().map(about).collect::<String>().as_bytes());
}

#[test]
fn a_good_plugin_is_well_and_shows_its_rows() {
    let world = with(&plugin("mailboxes"));
    recorded(&world);
    let requests = world.received("Get-Mailbox");
    let ended = world.exoctl(["plugin", "check", "plugin.so", "--fixtures", "fixtures"]);
    ended.ends(0).gives("ok    symbols").gives("ok    constructors").gives("ok    panics").gives("all is well");
    for report in ["mailboxes", "mailbox-sizes", "forwarding"] {
        ended.gives(&format!("report {report}")).gives(&format!("run {report}"));
    }
    ended.gives("3 rows in isolation").gives("@contoso.com\",");
    assert_eq!(world.received("Get-Mailbox"), requests, "fixtures are asked, and nobody else");
}

#[test]
fn programs_get_the_list_too() {
    let world = with(&plugin("policies"));
    let ended = world.exoctl(["plugin", "check", "./plugin.so", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&ended.ends(0).stdout).unwrap();
    assert_eq!(list["ok"], true);
    assert!(list["checks"].as_array().unwrap().iter().any(|line| line["what"] == "libraries"), "{list}");
    world.assert_nothing_was_sent();
}

#[test]
fn what_is_no_plugin_is_told() {
    let world = with(b"\x7fELF no library");
    world.exoctl(["plugin", "check", "plugin.so"]).ends(17).gives("FAIL  file").gives("is no shared library");
    world.exoctl(["plugin", "check", "nix.so"]).ends(17).gives("failed to read the plugin");
    #[cfg(unix)]
    {
        let world = with(&plugin("policies"));
        world.mode("plugin.so", 0o666);
        world.exoctl(["plugin", "check", "plugin.so"]).ends(17).gives("can be written by everybody");
    }
}

#[test]
fn what_a_report_does_on_fixtures_is_told() {
    let world = with(&misbehaving());
    world.make_folder("fixtures");
    world.write("fixtures/Get-Mailbox.jsonl", b"");
    let checked = |mode: &str| {
        let mode = format!("mode={mode}");
        world.exoctl(["plugin", "check", "plugin.so", "--fixtures", "fixtures", "--param", &mode])
    };
    checked("undeclared").ends(17).gives("FAIL  run hazard").gives("`Remove-Mailbox` is not declared");
    checked("abort").ends(17).gives("crashed (SIGABRT)");
    checked("noise").ends(0).gives("[\"quiet\",1]");
    world.assert_nothing_was_sent();
}

#[test]
fn a_run_on_fixtures_signs_in_nowhere() {
    let world = World::start(contoso());
    recorded(&world);
    let requests = world.received("Get-Mailbox");
    let run = world.exoctl([
        "run",
        "mailboxes",
        "mailbox-sizes",
        "--fixtures",
        "fixtures",
        "--format",
        "csv",
        "--out",
        "out",
    ]);
    run.ends(0);
    assert_eq!(world.read("out/mailboxes.csv").lines().count(), 4);
    assert_eq!(world.read("out/mailbox-sizes.csv").lines().count(), 4);
    assert_eq!(world.json("out/run.json")["organization"], serde_json::Value::Null);
    assert_eq!(world.received("Get-Mailbox"), requests);
    world.exoctl(["run", "forwarding", "--fixtures", "out"]).ends(2).says("holds no recorded cmdlet");
    world
        .exoctl(["run", "purview-alerts", "--fixtures", "fixtures"])
        .ends(2)
        .says("has no `Get-ProtectionAlert.jsonl`");
}

#[test]
fn what_failed_when_it_was_recorded_fails_on_the_fixtures_too() {
    let fault = Fault::on_cmdlet("Get-MailboxStatistics").call(7);
    let world = World::start(contoso().fault(fault.server_error(404, "ManagementObjectNotFoundException")));
    let gaps = |of: [&str; 2], out: &str| {
        let words = ["run", "mailbox-sizes", of[0], of[1], "--format", "csv", "--out", out];
        world.exoctl(words).ends(4).says("INCOMPLETE");
        let record = world.json(&out.replace(".csv", ".run.json"));
        (record["reports"][0]["rows"].clone(), record["reports"][0]["cmdlets"][1]["gaps"].as_array().unwrap().len())
    };
    let live = gaps(["--record", "kept"], "live.csv");
    assert_eq!(live.1, 1);
    assert_eq!(gaps(["--fixtures", "kept"], "again.csv"), live);
    let kept = world.read("kept/Get-MailboxStatistics.jsonl");
    let failed: Vec<&str> = kept.lines().filter(|line| line.contains("@error")).collect();
    let [failed] = failed.as_slice() else { panic!("{kept}") };
    assert!(failed.contains(r#""code":"ManagementObjectNotFoundException""#), "{failed}");
    assert!(failed.contains(r#""@for":"user"#) && !failed.contains("onmicrosoft"), "{failed}");
}

#[test]
fn what_a_run_records_gives_the_same_rows_under_other_names() {
    let world = World::start(contoso());
    let words = ["run", "mailbox-sizes", "--record", "kept", "--format", "csv"];
    let live = world.exoctl(words).ends(0).stdout.clone();
    let again = world.exoctl(["run", "mailbox-sizes", "--fixtures", "kept", "--format", "csv"]).ends(0).stdout.clone();
    // Names differ, figures do not.
    let figures = |text: &str| {
        text.lines().map(|line| line.split(',').skip(4).take(3).collect::<Vec<_>>().join(",")).collect::<Vec<_>>()
    };
    assert_eq!(figures(&live), figures(&again));
    let kept = world.read("kept/Get-Mailbox.jsonl") + &world.read("kept/Get-MailboxStatistics.jsonl");
    for line in live.lines().skip(1) {
        let user = line.split(',').next().unwrap_or_default();
        assert!(!kept.contains(user) && !again.contains(user), "{user}");
    }
    world.exoctl(words).ends(18).says("`kept` exists already");
}

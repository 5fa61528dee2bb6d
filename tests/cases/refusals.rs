//! What a plugin asks for and may not have: told, recorded and in the exit code, although it does not look at the answer.

use exo_tests::{EXCHANGE_ADMINISTRATOR, World, app, asking, contoso, empty_contoso, misbehaving};
use serde_json::json;

const REFUSED: &[(&str, &str, &str)] = &[
    ("Get-TransportRule", "{}", "`Get-TransportRule` is not declared by report `plain`"),
    ("Get-Mailbox", r#"{"Filter":"x"}"#, "parameter `Filter` of `Get-Mailbox` is not declared by report `plain`"),
    (
        "Get-Mailbox",
        r#"{"Identity":[[[[[[[[[[[1]]]]]]]]]]]}"#,
        "the parameters of `Get-Mailbox` have 11 levels; 10 are allowed",
    ),
];

/// Runs a report that asks for this and goes on whatever it is answered: it is refused with this, and `run.json` says so.
fn refused(world: &World, report: &str, (cmdlet, parameters, text): &(&str, &str, &str)) {
    let words = [format!("cmdlet={cmdlet}"), format!("parameters={parameters}")];
    let report = format!("./plugin.so:{report}");
    let more = ["--format", "csv", "--out", "all.csv", "--overwrite"];
    let words = ["run", &report, "--param", &words[0], "--param", &words[1]].into_iter().chain(more);
    world.exoctl(words.collect::<Vec<_>>()).ends(17).says(text).says("its author should know");
    let record = &world.json("all.run.json")["reports"][0];
    assert_eq!(record["status"], "failed", "{record}");
    assert_eq!(record["violations"], json!([text]));
    assert_eq!(record["cause"]["kind"], "plugin");
    assert!(record["cause"]["text"].as_str().is_some_and(|cause| cause.ends_with(text)), "{record}");
    assert_eq!(world.received(cmdlet), 0, "nothing was sent");
    assert_eq!(world.written(), ["all.run.json"], "a refused report leaves no result");
}

#[test]
fn a_refused_call_is_in_the_exit_code_and_in_run_json_whoever_looks() {
    let world = World::start(contoso());
    world.private("plugin.so", &asking());
    for asked in REFUSED {
        refused(&world, "plain", asked);
    }
}

#[test]
fn a_call_that_writes_without_consent_is_refused_in_the_same_way() {
    let world = World::start(empty_contoso().app(app().role(EXCHANGE_ADMINISTRATOR)));
    world.private("plugin.so", &asking());
    let text = "`Set-Mailbox` changes something, and nobody has allowed report `writing` to";
    refused(&world, "writing", &("Set-Mailbox", r#"{"Identity":"a"}"#, text));
}

#[test]
fn a_report_that_takes_too_long_is_killed_and_told() {
    let world = World::start(contoso());
    world.private("plugin.so", &misbehaving());
    let spin = ["run", "./plugin.so:hazard", "--param", "mode=spin", "--time-limit", "1", "--format", "csv"];
    let ended = world.exoctl(spin.into_iter().chain(["--out", "all.csv"]));
    ended.ends(17).says("report `hazard` killed: its 1s were over, and the plugin did not end within 2s");
    let record = &world.json("all.run.json")["reports"][0];
    assert_eq!((&record["status"], &record["cause"]["kind"]), (&json!("failed"), &json!("plugin")), "{record}");
    assert_eq!(world.written(), ["all.run.json"]);
}

#[test]
fn what_may_be_asked_for_is_no_violation() {
    let world = World::start(contoso());
    world.private("plugin.so", &asking());
    let words = ["run", "./plugin.so:plain", "--param", "cmdlet=Get-Mailbox", "--format", "csv", "--out", "all.csv"];
    world.exoctl(words).ends(0);
    assert_eq!(world.json("all.run.json")["reports"][0].get("violations"), None);
    assert_eq!(world.received("Get-Mailbox"), 1);
}

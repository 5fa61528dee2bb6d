//! What a plugin asks for and may not have: told, recorded and in the exit code, although it does not look at the answer.

use exo_tests::{World, asking, contoso, misbehaving};
use serde_json::json;

const REFUSED: &[(&str, &str, &str, &str)] = &[
    ("reading", "Get-TransportRule", "{}", "`Get-TransportRule` is not declared by report `reading`"),
    (
        "reading",
        "Get-Mailbox",
        r#"{"Filter":"x"}"#,
        "parameter `Filter` of `Get-Mailbox` is not declared by report `reading`",
    ),
    (
        "reading",
        "Set-Mailbox",
        r#"{"Identity":"a"}"#,
        "`Set-Mailbox` changes something, and report `reading` declares that it only reads",
    ),
    (
        "writing",
        "Set-Mailbox",
        r#"{"Identity":"a"}"#,
        "`Set-Mailbox` changes something, and nobody has allowed report `writing` to",
    ),
    (
        "reading",
        "Get-Mailbox",
        r#"{"Identity":[[[[[[[[[[[1]]]]]]]]]]]}"#,
        "the parameters of `Get-Mailbox` have 11 levels; 10 are allowed",
    ),
];

#[test]
fn a_refused_call_is_in_the_exit_code_and_in_run_json_whoever_looks() {
    let world = World::start(contoso());
    world.private("plugin.so", &asking());
    for (report, cmdlet, parameters, text) in REFUSED {
        let words = [format!("cmdlet={cmdlet}"), format!("parameters={parameters}")];
        let report = format!("./plugin.so:{report}");
        let more = ["--format", "csv", "--out", "all.csv", "--overwrite"];
        let ended = world.exoctl(
            ["run", &report, "--param", &words[0], "--param", &words[1]].into_iter().chain(more).collect::<Vec<_>>(),
        );
        ended.ends(17).says(text).says("its author should know");
        let record = &world.json("all.run.json")["reports"][0];
        assert_eq!(record["status"], "failed", "{record}");
        assert_eq!(record["violations"], json!([text]));
        assert_eq!(record["cause"]["kind"], "plugin");
        assert!(record["cause"]["text"].as_str().is_some_and(|cause| cause.ends_with(text)), "{record}");
        assert_eq!(world.received(cmdlet), 0, "nothing was sent");
        assert_eq!(world.written(), ["all.run.json"], "a refused report leaves no result");
    }
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
    let words = ["run", "./plugin.so:reading", "--param", "cmdlet=Get-Mailbox", "--format", "csv", "--out", "all.csv"];
    world.exoctl(words).ends(0);
    assert_eq!(world.json("all.run.json")["reports"][0].get("violations"), None);
    assert_eq!(world.received("Get-Mailbox"), 1);
}

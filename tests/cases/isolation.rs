//! What confines plugins, as the program says it.

use exo_tests::{World, contoso, misbehaving};
use insta::assert_snapshot;

#[cfg(target_os = "linux")]
#[test]
fn run_json_says_what_confined_the_plugins() {
    let world = World::start(contoso());
    let run = |more: &[&str]| {
        let words = ["run", "mailboxes", "--format", "csv", "--out", "all.csv", "--overwrite"];
        world.exoctl(words.iter().chain(more)).ends(0).never_says("warning");
        world.json("all.run.json")
    };
    let record = run(&["--isolation", "required"]);
    assert_eq!(record["isolation"], "sandbox");
    let layers = serde_json::json!(["limits", "files", "network", "processes", "system-calls"]);
    assert_eq!(record["isolation_layers"], layers);
    assert!(record["isolation_landlock"].as_u64().is_some_and(|version| version > 0), "{record}");
    let bare = run(&["--isolation", "process"]);
    assert_eq!((&bare["isolation"], bare.get("isolation_landlock")), (&"process".into(), None));
    assert_eq!(run(&["--in-process"])["isolation"], "none");
    assert_eq!(run(&[])["isolation_layers"], layers);
}

#[test]
fn a_thread_is_refused_where_isolation_is_required() {
    let world = World::start(contoso()).with_profile("isolation = \"required\"\n");
    assert_snapshot!(world.refusal(17, ["run", "mailboxes", "--in-process"]), @r"
    error: `--in-process` runs plugins without isolation, and `required` asks for it
      hint: leave out one of them; `isolation` may stand in the profile
    ");
    world.assert_nothing_was_sent();
    world.exoctl(["run", "mailboxes", "--isolation", "strict"]).ends(2).says("none of auto, required, process");
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_that_reaches_for_the_network_is_told_with_the_rule_that_it_broke() {
    let world = World::start(contoso());
    world.private("plugin.so", &misbehaving());
    assert_snapshot!(world.refusal(17, ["run", "./plugin.so:hazard", "--param", "mode=network"]), @r"
    error: report `hazard` violated its declaration: violated the rule `network`: it called `socket`
      hint: this is a fault of the plugin `conformance`; its author should know
    ");
}

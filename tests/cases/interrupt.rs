//! Ctrl-C in the middle: everything ends in order, and nothing half-written is left.
#![cfg(unix)]

use exo_tests::{Fault, World, contoso, misbehaving, wait_until};

/// A tenant of three pages, the second of which never comes.
fn stuck() -> World {
    World::start(contoso().mailboxes(2500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).always().hang()))
}

const RUN: [&str; 6] = ["run", "mailboxes", "--format", "csv", "--out", "all.csv"];

#[test]
fn a_run_leaves_no_result_and_an_account() {
    let world = stuck();
    let running = world.start_exoctl(RUN);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    let children = running.children();
    running.signal("INT");
    let ended = running.end();
    ended.ends(130).says("interrupted");
    assert_eq!(world.written(), ["all.run.json"]);
    assert_eq!(world.json("all.run.json")["reports"][0]["status"], "cancelled");
    let gone = |child: &u32| !std::path::Path::new(&format!("/proc/{child}")).exists();
    wait_until("the children have ended", || children.iter().all(gone));
}

#[test]
fn a_request_to_terminate_ends_a_run_in_the_same_way() {
    let world = stuck();
    let running = world.start_exoctl(RUN);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("TERM");
    running.end().ends(130);
    assert_eq!(world.written(), ["all.run.json"]);
}

#[test]
fn what_was_written_is_kept_only_where_that_was_asked_for() {
    let world = stuck();
    let running = world.start_exoctl(RUN.iter().chain(&["--keep-partial"]));
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    running.end().ends(130);
    assert_eq!(world.written(), ["all.csv.partial", "all.run.json"]);
    assert!(world.read("all.csv.partial").starts_with("user_principal_name,"));
}

#[test]
fn reports_whose_turn_had_not_come_are_in_the_account() {
    let world = stuck();
    let running = world.start_exoctl(["run", "mailboxes", "forwarding", "--format", "csv", "--out", "results"]);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    running.end().ends(130);
    assert_eq!(world.written(), ["results/run.json"]);
    let run = world.json("results/run.json");
    assert_eq!(run["reports"][1]["status"], "not-run", "{run}");
}

#[test]
fn a_sign_in_that_hangs_can_be_interrupted() {
    let world = World::start(contoso().fault(Fault::on_token().always().hang()));
    let running = world.start_exoctl(RUN);
    wait_until("a token is asked for", || world.emulator().token_requests() >= 1);
    running.signal("INT");
    let ended = running.end();
    ended.ends(130);
    assert_eq!(ended.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{}", ended.shown());
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn an_invoke_leaves_no_file() {
    let world = stuck();
    let words = ["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--format", "ndjson", "--out", "all.ndjson"];
    let running = world.start_exoctl(words);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    running.end().ends(130);
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn an_interrupted_program_ends_with_one_json_object_where_results_are_json() {
    let world = stuck();
    let running = world.start_exoctl(["run", "mailboxes", "--format", "json", "--out", "all.json"]);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    let ended = running.end();
    let last = ended.ends(130).stderr.lines().last().unwrap_or_default();
    let error: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(error["error"]["kind"], "interrupted");
    assert_eq!(error["error"]["exit_code"], 130);
}

#[test]
fn a_killed_program_leaves_no_result_under_its_final_name() {
    let world = stuck();
    let running = world.start_exoctl(RUN);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    let children = running.children();
    running.signal("KILL");
    running.end().ends(-1);
    assert!(!world.path("all.csv").exists());
    let gone = |child: &u32| !std::path::Path::new(&format!("/proc/{child}")).exists();
    wait_until("the children die with their parent", || children.iter().all(gone));
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let world = World::start(contoso());
    world.private("plugin.so", &misbehaving());
    // A thread of the program itself that never gives way cannot be ended in order.
    let spin = ["run", "./plugin.so:hazard", "--param", "mode=spin", "--in-process", "--log", "trace"];
    let running = world.start_exoctl(spin);
    wait_until("the plugin says that it runs", || running.said().contains("pid "));
    running.signal("INT");
    wait_until("it says how to end at once", || running.said().contains("Ctrl-C again"));
    running.signal("INT");
    running.end().ends(130);
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_that_never_gives_way_is_ended_with_the_run() {
    let world = World::start(contoso());
    world.private("plugin.so", &misbehaving());
    let words = ["run", "./plugin.so:hazard", "--param", "mode=spin", "--format", "csv", "--out", "out.csv"];
    let running = world.start_exoctl(words);
    wait_until("the plugin's process runs", || !running.children().is_empty());
    let children = running.children();
    running.signal("INT");
    running.end().ends(130);
    assert_eq!(world.written(), ["out.run.json"]);
    let gone = |child: &u32| !std::path::Path::new(&format!("/proc/{child}")).exists();
    wait_until("the children have ended", || children.iter().all(gone));
}

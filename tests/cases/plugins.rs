//! Plugins that are missing, broken, foreign or malicious.

use exo_tests::{Fault, Running, World, careless, contoso, misbehaving, plugin, signal, wait_until};
use insta::assert_snapshot;

/// A world with a plugin in its folder.
fn with(bytes: &[u8]) -> World {
    let world = World::start(contoso());
    world.private("plugin.so", bytes);
    world
}

/// Refused before anything was sent.
fn refused(bytes: &[u8]) -> String {
    let world = with(bytes);
    let said = world.refusal(17, ["run", "./plugin.so"]);
    world.assert_nothing_was_sent();
    said
}

/// The plugin misbehaves while it runs, and leaves no result.
fn hazard(mode: &str) -> String {
    let world = with(&misbehaving());
    let mode = format!("mode={mode}");
    let ended = world.exoctl(["run", "./plugin.so:hazard", "--param", &mode, "--format", "csv", "--out", "out.csv"]);
    let said = ended.refused(17);
    assert_eq!(world.written(), ["out.run.json"], "an account, and no result");
    assert_eq!(world.json("out.run.json")["reports"][0]["cause"]["kind"], "plugin");
    said
}

#[test]
fn a_plugin_that_is_not_there_is_named() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(17, ["run", "./nix.so"]), @r"
    error: failed to read the plugin `./nix.so`
      caused by: No such file or directory (os error 2)
      hint: check the path
    ");
    world.assert_nothing_was_sent();
}

#[test]
fn a_truncated_plugin_is_refused() {
    let whole = plugin("mailboxes");
    assert_snapshot!(refused(&whole[..whole.len() / 2]), @r"
    error: `./plugin.so` is no shared library, or is cut short: Invalid ELF section header offset/size/alignment
      hint: copy or build the plugin again
    ");
    for length in [0, 1, 64, 4096, whole.len() - 1] {
        let said = refused(&whole[..length]);
        assert!(said.contains("is cut short") && said.contains("copy or build the plugin again"), "{said}");
    }
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    assert!(refused(b"#!/bin/sh\necho hello\n").contains("no shared library"));
}

#[test]
fn a_plugin_of_another_abi_is_refused_with_both_versions() {
    let (ours, theirs) = (b"EXO_PLUGIN_MANIFEST_V0", b"EXO_PLUGIN_MANIFEST_V9");
    let mut bytes = plugin("mailboxes");
    let places: Vec<usize> = (0..bytes.len() - ours.len()).filter(|at| bytes[*at..].starts_with(ours)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + ours.len()].copy_from_slice(theirs);
    }
    assert_snapshot!(refused(&bytes), @r"
    error: `./plugin.so` needs plugin ABI 9, this program has 0
      hint: update exoctl
    ");
}

#[test]
fn a_plugin_that_panics_takes_nobody_with_it() {
    let world = with(&careless());
    let words = ["run", "./plugin.so:clumsy", "--param", "how=run", "--format", "csv", "--out", "out.csv"];
    assert_snapshot!(world.exoctl(words).refused(17), @r"
    error: report `clumsy` panicked: cannot cope with 50 (crates/exo-plugin-host/tests/plugins/written.rs:87:9)
      hint: this is a fault of the plugin `exo-plugin-host`; its author should know
    ");
    assert_eq!(world.written(), ["out.run.json"], "an account, and no result");
}

#[test]
fn a_plugin_that_panics_beside_others_leaves_their_results() {
    let world = with(&careless());
    let words = [
        "run",
        "mailboxes",
        "./plugin.so:clumsy",
        "forwarding",
        "--param",
        "how=run",
        "--format",
        "csv",
        "--out",
        "results",
    ];
    world.exoctl(words).ends(4).says("report `clumsy` panicked");
    assert_eq!(world.written(), ["results/forwarding.csv", "results/mailboxes.csv", "results/run.json"]);
}

#[test]
fn a_plugin_that_ends_its_process_has_crashed() {
    assert!(hazard("exit").contains("crashed (ended itself with code 7)"));
    assert!(hazard("abort").contains("crashed (SIGABRT)"));
    assert!(hazard("segfault").contains("crashed (SIGSEGV)"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_whose_process_is_killed_has_crashed() {
    let world = World::start(contoso().mailboxes(2500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).hang()));
    let running = world.start_exoctl(["run", "mailboxes", "--format", "csv", "--out", "all.csv"]);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    let children = running.children();
    assert_eq!(children.len(), 1, "one child for one plugin");
    signal(children[0], "KILL");
    let ended = running.end();
    assert_snapshot!(ended.refused(17), @r"
    error: report `mailboxes` crashed (SIGKILL)
      hint: this is a fault of the plugin `reports-mailboxes`; its author should know
    ");
    assert_eq!(world.written(), ["all.run.json"]);
}

#[test]
fn rows_that_are_not_as_declared_are_a_violation() {
    for mode in ["arity", "type", "utf8", "huge"] {
        let said = hazard(mode);
        assert!(said.contains("violated its declaration") && said.contains("its author should know"), "{mode}: {said}");
    }
}

#[test]
fn a_cmdlet_that_was_not_declared_is_never_sent() {
    assert_snapshot!(hazard("undeclared"), @r"
    error: report `hazard` violated its declaration: `Remove-Mailbox` is not declared by report `hazard`
      hint: this is a fault of the plugin `conformance`; its author should know
    ");
    let world = with(&misbehaving());
    for mode in ["mode=undeclared", "mode=parameter"] {
        world.exoctl(["run", "./plugin.so:hazard", "--param", mode]).ends(17);
    }
    assert_eq!(world.received("Remove-Mailbox"), 0);
    assert_eq!(world.received("Get-Mailbox"), 0);
}

#[test]
fn what_a_plugin_prints_is_no_part_of_the_result() {
    let world = with(&misbehaving());
    let ended = world.exoctl(["run", "./plugin.so:hazard", "--param", "mode=noise", "--format", "csv"]);
    assert_eq!(ended.ends(0).stdout, "name,item\nquiet,1\n");
}

#[test]
fn a_plugin_by_its_path_runs_like_a_bundled_one_and_is_called_unpinned() {
    let world = with(&plugin("mailboxes"));
    let by_path = world.exoctl(["run", "./plugin.so:forwarding", "--format", "csv"]);
    let bundled = world.exoctl(["run", "forwarding", "--format", "csv"]);
    assert_eq!(by_path.ends(0).stdout, bundled.ends(0).stdout);
    world.exoctl(["report", "show", "./plugin.so:forwarding"]).ends(0).gives("not pinned");
}

#[test]
fn an_unknown_report_of_a_plugin_lists_its_reports() {
    let world = with(&plugin("mailboxes"));
    assert_snapshot!(world.refusal(2, ["run", "./plugin.so:nix"]), @r"
    error: report `nix` does not exist
      hint: there are: mailboxes, mailbox-sizes, forwarding
    ");
}

#[cfg(unix)]
#[test]
fn a_plugin_that_everybody_can_change_is_refused() {
    let world = with(&plugin("mailboxes"));
    world.mode("plugin.so", 0o666);
    assert_snapshot!(world.refusal(17, ["run", "./plugin.so:forwarding"]), @r"
    error: plugin refused: `./plugin.so` can be written by everybody
      hint: take write access from others (chmod o-w), and let it belong to you or to root
    ");
    world.assert_nothing_was_sent();
}

#[cfg(target_os = "linux")]
#[test]
fn a_child_holds_no_secret_in_its_environment_or_arguments() {
    let world =
        World::start(contoso().fault(Fault::on_cmdlet("Get-Mailbox").hang())).with_profile("certificate-password-file");
    let mut command = world.command(["run", "mailboxes"]);
    let running = world.start_command(command.env("EXOCTL_CERTIFICATE_PASSWORD", "secret"));
    wait_until("the first page is asked for", || world.received("Get-Mailbox") >= 1);
    let children = running.children();
    assert!(!children.is_empty(), "the plugin has a process of its own");
    for child in children {
        let arguments = Running::told_of(child, "cmdline").expect("everybody may read arguments");
        let environment = Running::told_of(child, "environ").unwrap_or_default();
        let text = String::from_utf8_lossy(&[arguments, environment].concat()).into_owned();
        assert!(!text.contains("secret") && !text.contains("app.pfx"), "{text:?}");
        // Only root may look at what a confined process has open.
        let files = std::fs::read_dir(format!("/proc/{child}/fd")).into_iter().flatten();
        let open: Vec<_> = files.flatten().filter_map(|file| std::fs::read_link(file.path()).ok()).collect();
        assert!(!open.iter().any(|path| path.starts_with(world.folder())), "{open:?}");
    }
}

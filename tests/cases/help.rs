//! Help: every command says what it is for, and shows examples that the parser takes.

use exo_tests::{World, contoso};

const COMMANDS: [&[&str]; 22] = [
    &["demo"],
    &["run"],
    &["report"],
    &["report", "list"],
    &["report", "show"],
    &["invoke"],
    &["check"],
    &["token"],
    &["app", "create"],
    &["app", "show"],
    &["app", "rollover"],
    &["app", "grant"],
    &["cert", "new"],
    &["cert", "show"],
    &["cert", "convert"],
    &["cert", "list"],
    &["cert", "add"],
    &["cert", "remove"],
    &["roles"],
    &["plugin", "new"],
    &["plugin", "check"],
    &["emulator"],
];

#[test]
fn every_command_has_help() {
    let world = World::start(contoso());
    for words in COMMANDS {
        world.exoctl(words.iter().chain(&["--help"])).ends(0).gives("Usage: exoctl");
        world.exoctl(words.iter().chain(&["-h"])).ends(0).gives("Usage: exoctl");
    }
}

#[test]
fn the_commands_of_the_main_job_show_examples() {
    let world = World::start(contoso());
    for words in [
        &["--help"][..],
        &["run", "--help"],
        &["invoke", "--help"],
        &["cert", "new", "--help"],
        &["app", "create", "--help"],
        &["app", "show", "--help"],
        &["app", "rollover", "--help"],
        &["app", "grant", "--help"],
    ] {
        world.exoctl(words).ends(0).gives("Examples:").gives("  exoctl ");
    }
}

#[test]
fn commands_that_help_names_exist() {
    let world = World::start(contoso());
    let help = world.exoctl(["--help"]).ends(0).stdout.clone();
    for part in help.split("`exoctl ").skip(1) {
        let words: Vec<&str> = part.split('`').next().unwrap_or_default().split_whitespace().collect();
        world.exoctl(words.iter().chain(&["--help"])).ends(0);
    }
}

#[test]
fn precedence_and_exit_codes_are_told() {
    let world = World::start(contoso());
    world
        .exoctl(["--help"])
        .ends(0)
        .gives("flags, then EXOCTL_")
        .gives("0 complete   3 findings   4 incomplete   5 both");
}

#[test]
fn sign_in_options_have_the_names_of_the_article() {
    let world = World::start(contoso());
    for words in [["run", "--help"], ["check", "--help"], ["token", "--help"], ["invoke", "--help"]] {
        let ended = world.exoctl(words);
        for flag in
            ["--app-id", "--organization", "--certificate-file", "--certificate-thumbprint", "--certificate-env"]
        {
            ended.gives(flag);
        }
    }
}

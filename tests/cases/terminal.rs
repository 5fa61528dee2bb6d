//! At a terminal: progress while it takes long, a question for a password, and tables that fit.
#![cfg(target_os = "linux")]

use exo_tests::{Ended, Fault, World, contoso};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs a line of a shell at a pseudo-terminal of 80 columns; both streams come as one.
fn at_a_terminal(world: &World, line: &str) -> Ended {
    let mut command = Command::new("script");
    let line = format!("stty rows 24 cols 80; {line}");
    command.args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
    world.in_folder(&mut command).env("PATH", "/usr/local/bin:/usr/bin:/bin").env("TERM", "xterm").stdin(Stdio::null());
    world.end(&mut command)
}

#[test]
fn long_work_shows_how_far_it_is() {
    let slow = Fault::on_cmdlet("Get-Mailbox").page(2).delay(Duration::from_millis(700));
    let world = World::start(contoso().mailboxes(1500).fault(slow));
    let ended = at_a_terminal(&world, "\"$EXOCTL\" run mailboxes --format csv --out all.csv");
    ended.ends(0).gives("mailboxes: 1500 rows, complete");
    let shown = |text: &str| text.split(" rows (").next()?.rsplit("mailboxes: ").next()?.parse::<u32>().ok();
    assert!(shown(&ended.stdout).is_some_and(|rows| (1..=1000).contains(&rows)), "{}", ended.shown());
    let quiet = at_a_terminal(&world, "\"$EXOCTL\" run mailboxes --format csv --out all.csv --overwrite --quiet");
    assert_eq!(quiet.ends(0).stdout, "");
}

#[test]
fn a_table_fits_the_terminal() {
    let world = World::start(contoso());
    let ended = at_a_terminal(&world, "\"$EXOCTL\" run forwarding --quiet");
    let widest = ended.ends(0).stdout.lines().map(|line| line.trim_end().chars().count()).max();
    assert!(widest.is_some_and(|widest| (40..=80).contains(&widest)), "{widest:?}: {}", ended.shown());
}

#[test]
fn a_raw_token_on_a_screen_is_warned_of() {
    let world = World::start(contoso());
    let ended = at_a_terminal(&world, "\"$EXOCTL\" token --service exo --raw");
    ended.ends(0).gives("whoever sees this screen").gives("eyJ");
    let ended = at_a_terminal(&world, "\"$EXOCTL\" token --service exo --raw > token.txt");
    assert_eq!(ended.ends(0).stdout, "");
    assert!(world.read("token.txt").starts_with("eyJ"));
}

#[test]
fn without_a_terminal_nobody_is_asked_for_a_password() {
    let world = World::start(contoso()).with_profile("certificate-password-file");
    let ended = world.exoctl(["invoke", "Get-AcceptedDomain"]);
    ended.ends(11).never_says("Password of");
}

#[test]
fn a_password_is_asked_for_at_the_terminal_and_not_shown() {
    let world = World::start(contoso()).with_profile("certificate-password-file");
    let mut command = Command::new("script");
    let line = "\"$EXOCTL\" invoke Get-AcceptedDomain --select DomainName --format csv";
    command.args(["--quiet", "--return", "--echo", "never", "--command", line, "/dev/null"]);
    world.in_folder(&mut command).env("PATH", "/usr/local/bin:/usr/bin:/bin").stdin(Stdio::piped());
    let mut running = world.start_command(&mut command);
    running.answer("Password of", "secret\n");
    let ended = running.end();
    ended.ends(0).gives("contoso.onmicrosoft.com").never_says("secret");
}

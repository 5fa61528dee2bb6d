//! No secret on any stream, in any file, at any log level.

use exo_tests::{Ended, Fault, MARKED, Secrets, World, app, contoso, data, empty_contoso, misbehaving, wait_until};

/// Signs in with a certificate whose password can be recognised.
pub(crate) fn marked(world: World) -> World {
    world.private("marked.pfx", &data("marked.pfx"));
    world.private("password.txt", MARKED.as_bytes());
    world.with_profile("certificate-file = 'marked.pfx'")
}

/// Nothing that tokens, assertions and the key are known by is in what the program said, or in what it wrote.
pub(crate) fn assert_no_secret(world: &World, ended: &Ended, what: &str) {
    Secrets::known().are_not_shown(world, ended, what);
}

/// Runs the program at the highest log level and searches everything.
pub(crate) fn silent(world: &World, code: i32, words: &[&str]) -> Ended {
    let ended = world.exoctl(words.iter().chain(&["--log", "trace"]));
    ended.ends(code);
    assert_no_secret(world, &ended, &words.join(" "));
    ended
}

#[test]
fn a_secret_would_be_found() {
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let key: String = pem.lines().skip(1).take_while(|line| !line.starts_with("-----")).collect();
    assert_eq!(Secrets::known().found_in(key.as_bytes()), Some("a piece of the private key"));
    assert_eq!(Secrets::known().found_in(&data("app.cer")), None);
}

#[test]
fn check_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    let ended = silent(&world, 0, &["check"]);
    assert!(ended.stderr.contains("TRACE") || ended.stderr.contains("DEBUG"), "the log is on:\n{}", ended.stderr);
    silent(&world, 0, &["check", "--format", "json", "--out", "check.json"]);
}

#[test]
fn token_lets_nothing_out_but_where_it_is_asked_to() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["token", "--all-claims"]);
    silent(&world, 0, &["token", "--format", "json", "--out", "claims.json"]);
    silent(&world, 0, &["invoke", "Get-AcceptedDomain", "--send-chain", "--signature-algorithm", "RS256"]);
    let ended = world.exoctl(["token", "--service", "exo", "--raw", "--log", "trace"]);
    ended.ends(0);
    let token = ended.stdout.trim().to_owned();
    assert!(!ended.stderr.contains(&token) && !ended.stderr.contains("eyJ"), "{}", ended.stderr);
    // Given back, it is not said again.
    let mut command = world.command(["check", "--log", "trace", "--access-token-env", "MINE"]);
    let ended = world.end(command.env("MINE", &token));
    assert_no_secret(&world, &ended, "a given token");
    let mut command = world.command(["check", "--log", "trace", "--access-token-env", "MINE"]);
    let ended = world.end(command.env("MINE", token.replace('.', "x")));
    ended.ends(12);
    for part in token.split('.') {
        ended.never_says(&part.chars().take(24).collect::<String>());
    }
}

#[test]
fn invoke_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["invoke", "Get-AcceptedDomain"]);
    silent(&world, 0, &["invoke", "Get-ProtectionAlert", "--format", "json", "--out", "alerts.json"]);
    silent(&world, 19, &["invoke", "Get-Mailbox", "nobody"]);
    silent(&world, 13, &["invoke", "Set-Mailbox", "nobody", "-DisplayName", "x", "--write"]);
}

#[test]
fn run_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 3, &["run", "mailboxes", "forwarding", "purview-alerts", "--format", "csv", "--out", "results"]);
    silent(&world, 0, &["run", "forwarding", "--in-process"]);
}

#[test]
fn a_plugin_that_fails_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    world.private("plugin.so", &misbehaving());
    for mode in ["mode=panic", "mode=abort", "mode=undeclared", "mode=look", "mode=noise"] {
        let ended = world.exoctl(["run", "./plugin.so:hazard", "--param", mode, "--log", "trace"]);
        assert_no_secret(&world, &ended, mode);
    }
}

#[test]
fn reports_roles_and_emulator_let_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["report", "list"]);
    silent(&world, 0, &["report", "show", "mailboxes"]);
    silent(&world, 0, &["roles"]);
    world.write("app.cer", &data("app.cer"));
    silent(&world, 0, &["emulator", "--certificate", "app.cer", "--for", "0"]);
}

#[test]
fn a_token_that_is_renewed_is_not_logged() {
    let world = marked(World::start(empty_contoso().app(app()).mailboxes(2500).token_lifetime(1)));
    silent(&world, 0, &["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "csv"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_lets_nothing_out() {
    let world = World::start(contoso().mailboxes(2500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).hang()));
    let world = marked(world);
    let words = ["run", "mailboxes", "--format", "csv", "--out", "all.csv", "--keep-partial", "--log", "trace"];
    let running = world.start_exoctl(words);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    let ended = running.end();
    ended.ends(130);
    assert_no_secret(&world, &ended, "an interrupted run");
}

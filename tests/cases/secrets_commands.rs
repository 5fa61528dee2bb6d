//! Every command that help names, at the highest log level, with secrets that are all known.

use exo_tests::{MARKED, Secrets, Watched, World, contoso, data};
use std::collections::BTreeSet;

/// A line of a command, how it ends, and where what it shows was asked for.
struct Case {
    command: &'static str,
    words: &'static [&'static str],
    code: i32,
    asked_for: &'static [&'static str],
}

const fn case(command: &'static str, words: &'static [&'static str], code: i32) -> Case {
    Case { command, words, code, asked_for: &[] }
}

const PASSWORD: &str = "--certificate-password-file=password.txt";

const CASES: &[Case] = &[
    case("demo", &["--mailboxes", "30", "--out", "demo"], 0).leaving(&["demo/app.pfx", "demo/password.txt"]),
    case("run", &["--all", "--skip-unavailable", "--out", "results", "--format", "csv"], 5),
    case("run", &["--all", "--skip-unavailable", "--in-process"], 5),
    case("run", &["--all"], 13),
    case("run", &["purview-alerts", "--format", "json"], 3),
    case("run", &["mailboxes", "--token-cache", "tokens"], 0).leaving(&["tokens/"]),
    case("run", &["mailboxes", "--out", "nix/all.csv"], 18),
    case("run", &["mailboxes", "--record", "kept"], 0),
    case("report list", &[], 0),
    case("report list", &["--format", "json"], 0),
    case("report show", &["mailboxes"], 0),
    case("report show", &["nix"], 2),
    case("invoke", &["Get-AcceptedDomain"], 0),
    case("invoke", &["Get-AcceptedDomain", "--format", "json", "--annotations"], 0),
    case("invoke", &["Get-ProtectionAlert", "--format", "ndjson", "--out", "alerts.ndjson"], 0),
    case("invoke", &["Get-Mailbox", "nobody"], 19),
    case("invoke", &["Get-Mailbox", "-Identity", "{", "Get-Date"], 2),
    case("check", &[], 0),
    case("check", &["--format", "json"], 0),
    case("check", &["mailboxes", "forwarding", "--format", "json", "--out", "check.json"], 0),
    case("token", &[], 0),
    case("token", &["--all-claims"], 0),
    case("token", &["--format", "json", "--all-claims"], 0),
    case("token", &["--format", "csv", "--out", "token.csv"], 2),
    case("token", &["--service", "exo", "--raw"], 0).leaving(&["stdout"]),
    case("token", &["--service", "exo", "--raw", "--out", "raw.txt"], 2),
    case("token", &["--token-cache", "tokens"], 0).leaving(&["tokens/"]),
    // What speaks to Microsoft Graph has cases of its own, in `secrets_app.rs`.
    case("app create", &["--plan", "--format", "json"], 0),
    case("app create", &["--portal"], 0),
    case("app create", &["--graph-token-file", "password.txt"], 12),
    case("app show", &["--graph-token-env", "NIX"], 10),
    case("app rollover", &["--graph-token-file", "password.txt", "--new-certificate-file", "app.pem"], 12),
    case("app grant", &["--role", "Global Reader", "--graph-token-command", "cat password.txt"], 12),
    case("cert new", &["--dns-name", "x", "--out", "new", PASSWORD], 0).leaving(&["new.pfx"]),
    case("cert show", &["marked.pfx", PASSWORD], 0),
    case("cert show", &["marked.pfx", PASSWORD, "--format", "json"], 0),
    case("cert show", &["app.pem"], 0),
    case("cert convert", &["marked.pfx", "--out", "new.pem", PASSWORD], 0).leaving(&["new.pem"]),
    case("cert convert", &["app.pem", "--out", "new.pfx", "--new-password-file=password.txt"], 0).leaving(&["new.pfx"]),
    case("cert convert", &["app.pem", "--out", "new.cer", "--pem"], 0),
    case("cert add", &["marked.pfx", PASSWORD, "--certificate-store", "store"], 0).leaving(&["store/"]),
    case("cert list", &["--certificate-store", "filled"], 0),
    case("cert list", &["--certificate-store", "filled", "--format", "json"], 0),
    case("cert remove", &["923CB0588F1E0DE79BE4392B4916B9B0136FA539", "--certificate-store", "filled"], 0),
    // The SDK's own documentation shows what the beginning of a token looks like.
    case("plugin new", &["mailbox-list"], 0).leaving(&["mailbox-list/sdk/"]),
    case("plugin check", &["app.pem"], 17),
    case("plugin pack", &["app.pem", "--out", "x.exoplugin"], 17),
    case("plugin add", &["app.pem", "--unsigned", "--yes"], 17),
    case("plugin list", &["--format", "json"], 0),
    case("plugin remove", &["nix"], 2),
    case("roles", &[], 0),
    case("roles", &["--cmdlet", "Get-Mailbox", "--format", "json"], 0),
    case("roles", &["--report", "mailboxes"], 0),
    case("roles", &["--limits"], 0),
    case("roles", &["--role", "Global Reader", "--format", "csv"], 0),
    case("emulator", &["--folder", "tenant", "--surroundings", "--for", "0"], 0).leaving(&["tenant/"]),
];

impl Case {
    const fn leaving(self, asked_for: &'static [&'static str]) -> Self {
        Self { asked_for, ..self }
    }

    /// Runs in a world of its own, so that nothing is left of another case.
    fn run(&self) {
        let watched = Watched::start(contoso());
        let world = &watched.world;
        world.private("app.pem", &data("app.pem"));
        if self.words.contains(&"filled") {
            let add = ["cert", "add", "marked.pfx", PASSWORD, "--certificate-store", "filled"];
            watched.run(&add, &["filled/"]).ends(0);
        }
        let words: Vec<&str> = self.command.split(' ').chain(self.words.iter().copied()).collect();
        // The store is what was asked for, wherever it is still filled.
        let asked_for: Vec<&str> = self.asked_for.iter().copied().chain(["filled/"]).collect();
        let ended = watched.run(&words, &asked_for);
        ended.ends(self.code);
        let signs_in = ["check", "token", "invoke", "run"].contains(&self.command)
            && !self.words.contains(&"nix/all.csv")
            && self.code != 2;
        assert_eq!(watched.assertions() > 0, signs_in, "assertions of {words:?}");
    }
}

/// The commands without commands of their own, as help shows them.
fn leaves(world: &World, path: &[String]) -> Vec<String> {
    let help = world.exoctl(path.iter().map(String::as_str).chain(["--help"])).stdout;
    let below: Vec<String> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A line that goes on is indented more.
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    if below.is_empty() {
        return vec![path.join(" ")];
    }
    below.into_iter().flat_map(|name| leaves(world, &[path, &[name]].concat())).collect()
}

#[test]
fn every_command_has_a_case() {
    let world = World::start(contoso());
    let there: BTreeSet<String> = leaves(&world, &[]).into_iter().collect();
    let tried: BTreeSet<String> = CASES.iter().map(|case| case.command.to_owned()).collect();
    assert!(there.contains("cert convert") && there.len() >= 15, "{there:?}");
    assert_eq!(tried, there);
}

/// The cases in four shares, so that they run beside each other.
fn share(number: usize) {
    CASES.iter().skip(number).step_by(4).for_each(Case::run);
}

#[test]
fn commands_let_nothing_out_first_share() {
    share(0);
}

#[test]
fn commands_let_nothing_out_second_share() {
    share(1);
}

#[test]
fn commands_let_nothing_out_third_share() {
    share(2);
}

#[test]
fn commands_let_nothing_out_fourth_share() {
    share(3);
}

#[test]
fn help_of_every_command_shows_no_variable() {
    let world = World::start(contoso());
    let secrets = Secrets::known();
    for leaf in leaves(&world, &[]) {
        for flag in ["-h", "--help"] {
            let mut command = world.command(leaf.split(' ').chain([flag]));
            for variable in
                ["EXOCTL_CERTIFICATE_PASSWORD", "IDENTITY_HEADER", "SYSTEM_ACCESSTOKEN", "AZURE_CLIENT_SECRET"]
            {
                command.env(variable, MARKED);
            }
            secrets.are_not_shown(&world, world.end(&mut command).ends(0), &leaf);
        }
    }
}

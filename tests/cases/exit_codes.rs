//! Every exit code that is documented occurs, and no other.

use exo_tests::{Ended, Fault, Tenant, World, contoso};
use std::collections::BTreeMap;
use std::path::Path;

/// The codes of `docs/src/reference/exit-codes.md`, with their meanings.
fn documented() -> BTreeMap<i32, String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/reference/exit-codes.md");
    let text = std::fs::read_to_string(page).unwrap_or_default();
    let row = |line: &str| {
        let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

fn ends(tenant: Tenant, words: &[&str]) -> Ended {
    World::start(tenant).exoctl(words)
}

/// One line of a command that ends with each code, those of signals and limits apart.
fn occurring() -> Vec<(i32, Tenant, &'static [&'static str])> {
    let on_any = || Fault::on_any().call(2).always();
    let incomplete = Fault::on_cmdlet("Get-Mailbox").page(2).always().warning_without_link();
    vec![
        (0, contoso(), &["run", "mailboxes", "--format", "csv"]),
        (2, contoso(), &["nix"]),
        (3, contoso(), &["run", "purview-alerts"]),
        (4, contoso().mailboxes(2500).fault(incomplete), &["run", "mailboxes", "--format", "csv"]),
        (5, contoso(), &["run", "purview-alerts", "send-as", "--skip-unavailable"]),
        (10, contoso(), &["check", "--organization", "contoso.com"]),
        (11, contoso(), &["check", "--certificate-file", "nix.pfx"]),
        (12, contoso(), &["run", "mailboxes", "--app-id", "00000000-0000-0000-0000-000000000001"]),
        (13, contoso(), &["run", "send-as"]),
        (14, contoso().fault(on_any().throttle(Some("100"))), &["run", "mailboxes", "--max-wait", "1"]),
        (15, contoso().fault(on_any().status(503)), &["run", "mailboxes", "--max-wait", "0"]),
        (16, contoso().fault(on_any().garbage()), &["run", "mailboxes"]),
        (17, contoso(), &["run", "./nix.so"]),
        (18, contoso(), &["run", "mailboxes", "--out", "nix/all.csv"]),
        (19, contoso(), &["invoke", "Get-Mailbox", "nobody"]),
    ]
}

#[test]
fn every_documented_code_occurs() {
    let documented = documented();
    let mut seen = Vec::new();
    for (code, tenant, words) in occurring() {
        ends(tenant, words).ends(code);
        seen.push(code);
    }
    // 1 and 130 have tests of their own.
    seen.extend([1, 130]);
    seen.sort_unstable();
    assert_eq!(seen, documented.keys().copied().collect::<Vec<_>>());
}

#[test]
fn an_error_carries_its_code_in_its_json() {
    for (code, tenant, words) in occurring().into_iter().filter(|(code, ..)| *code >= 10) {
        let world = World::start(tenant);
        let format = if words[0] == "check" { "--format=json" } else { "--format=JSON" };
        let ended = world.exoctl(words.iter().chain(&[format]));
        ended.ends(code);
        // A check shows what failed as its result; only what it cannot begin with is an error.
        if words[0] == "check" && code != 10 {
            assert_eq!(ended.json()["ok"], false);
        } else {
            assert_eq!(ended.json_error()["exit_code"], code, "{}", ended.shown());
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_fault_of_the_machine_under_the_program_is_1() {
    let world = World::start(contoso());
    // Too few descriptors for a runtime: nobody's argument, file or service is to blame.
    let ended = world.shell("ulimit -n 4; exec \"$EXOCTL\" roles");
    ended.ends(1).says("the runtime cannot start");
}

#[test]
fn help_and_version_are_no_errors() {
    let world = World::start(contoso());
    world.exoctl(["--help"]).ends(0).gives("Usage: exoctl");
    world.exoctl(["--version"]).ends(0).gives("exoctl 0.");
    world.exoctl([] as [&str; 0]).ends(2).says("Usage: exoctl");
}

//! A new plugin: written, built, tested and run without a line by hand; and what it is not written for.

use exo_tests::{World, contoso};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where new plugins are built; what they have in common is built once.
fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugins")
}

fn cargo(folder: &Path, arguments: &[&str]) -> std::io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(folder).args(arguments).args(["--offline", "--locked"]).env("CARGO_TARGET_DIR", target());
    // Coverage and sanitizers of the tests are no part of the plugin.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stdout));
    assert!(!said.contains("warning:"), "{said}");
    Ok(())
}

fn library(name: &str) -> String {
    let file = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    target().join("debug").join(file).to_string_lossy().into_owned()
}

#[test]
fn new_plugins_build_as_they_are_pass_their_tests_and_give_rows() {
    let world = World::start(contoso());
    world.exoctl(["plugin", "new", "mailbox-list"]).ends(0).gives("drawn from 50 records: the emulated tenant");
    let about_each = ["--cmdlet", "Get-Mailbox", "--cmdlet", "Get-MailboxPermission", "--sdk", "mailbox-list/sdk"];
    world.exoctl([&["plugin", "new", "who-may-read"], &about_each[..]].concat()).ends(0);
    for name in ["mailbox-list", "who-may-read"] {
        cargo(&world.path(name), &["test"]).unwrap();
        cargo(&world.path(name), &["build"]).unwrap();
    }
    let list = world.exoctl(["run", &library("mailbox_list"), "--format", "csv"]);
    assert_eq!(list.ends(0).stdout.lines().count(), 51, "{}", list.stdout);
    assert!(list.stdout.starts_with("user_principal_name,"), "{}", list.stdout);
    let emulated = world.exoctl(["run", &library("mailbox_list"), "--emulated", "--format", "csv", "--quiet"]);
    assert_eq!(emulated.ends(0).stdout.lines().count(), 51);
    let words = [
        "run",
        &library("who_may_read"),
        "--fixtures",
        "who-may-read/fixtures",
        "--format",
        "csv",
        "--param",
        "containing=@",
    ];
    let rows = world.exoctl(words);
    let recorded = world.read("who-may-read/fixtures/Get-MailboxPermission.jsonl").lines().count();
    assert_eq!(rows.ends(0).stdout.lines().count(), 1 + recorded, "{}", rows.stdout);
}

#[test]
fn a_report_has_at_most_forty_lines_of_the_authors_own() {
    let world = World::start(contoso());
    world.exoctl(["plugin", "new", "mailbox-list"]).ends(0);
    let text = world.read("mailbox-list/src/lib.rs");
    let own = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    assert!(own.clone().count() <= 40, "{}", own.count());
}

#[test]
fn nothing_is_written_where_a_name_a_cmdlet_or_a_folder_is_wrong() {
    let world = World::start(contoso());
    let refused = |words: &[&str], says: &str| {
        let said = world.refusal(2, [&["plugin", "new"], words].concat());
        assert!(said.contains(says), "{words:?}: {said}");
    };
    refused(&["Mailbox_List"], "cannot be a plugin's name");
    refused(&["async"], "keeps for itself");
    refused(&["../up"], "cannot be a plugin's name");
    refused(&["list", "--cmdlet", "Get-Mailbx"], "did you mean Get-Mailbox");
    refused(&["list", "--cmdlet", "Remove-Mailbox"], "changes things");
    refused(&["list", "--cmdlet", "Get-MailboxPermission"], "--cmdlet Get-Mailbox --cmdlet Get-MailboxPermission");
    refused(&["list", "--select", "Colour"], "no value of `Colour`");
    refused(&["list", "--service", "graph"], "graph");
    refused(&["list", "--sdk", "."], "holds no crate exo-plugin");
    refused(&["list", "--fixture", "nix.json"], "`nix.json` cannot be used");
    world.assert_nothing_was_sent();
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let world = World::start(contoso());
    world.make_folder("list");
    world.write("list/mine.txt", b"mine");
    let said = world.refusal(18, ["plugin", "new", "list"]);
    assert!(said.contains("holds something already"), "{said}");
    world.make_folder("empty");
    world.exoctl(["plugin", "new", "list", "--folder", "empty"]).ends(0);
    assert!(world.written().contains(&"empty/src/lib.rs".to_owned()));
    assert!(world.written().iter().all(|name| name.starts_with("empty/")), "{:?}", world.written());
}

#[test]
fn types_are_drawn_from_a_fixture() {
    let world = World::start(contoso());
    let records = r#"[
      {"Name": "a", "Priority": 0, "WhenChanged": "2026-01-31T08:15:00Z", "Comments": null, "SentTo": ["x"]},
      {"Name": "b", "Priority": 1, "WhenChanged": "2026-01-31T08:15:00Z", "Comments": "c", "SentTo": [], "Extra": 1}
    ]"#;
    world.write("rules.json", records.as_bytes());
    let words = ["plugin", "new", "rules", "--cmdlet", "Get-TransportRule", "--fixture", "rules.json"];
    world.exoctl(words).ends(0).gives("drawn from 2 records: rules.json");
    let report = world.read("rules/src/lib.rs");
    for field in [
        "name: String,",
        "priority: i64,",
        "when_changed: DateTime,",
        "comments: Option<String>,",
        "sent_to: Vec<String>,",
        "extra: Maybe<i64>,",
    ] {
        assert!(report.contains(field), "{field}: {report}");
    }
    assert_eq!(world.read("rules/fixtures/Get-TransportRule.jsonl").lines().count(), 2);
    world.assert_nothing_was_sent();
}

#[test]
fn a_cmdlet_that_nobody_has_records_of_begins_with_a_name() {
    let world = World::start(contoso());
    let words = ["plugin", "new", "journal-rules", "--cmdlet", "Get-JournalRule"];
    world.exoctl(words).ends(0).gives("nothing is known of its properties");
    assert!(world.read("journal-rules/src/lib.rs").contains("reads(\"Get-JournalRule\": JournalRule"));
    world.assert_nothing_was_sent();
}

#[test]
fn what_comes_from_a_tenant_holds_no_name_of_it() {
    let world = World::start(contoso());
    let original =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "5", "--format", "json"]).ends(0).stdout.clone();
    let words = ["plugin", "new", "sizes", "--live", "--cmdlet", "Get-Mailbox", "--cmdlet", "Get-MailboxStatistics"];
    world.exoctl(words).ends(0).gives("a page of your tenant, identities replaced");
    let written: String =
        world.written().iter().filter(|name| !name.starts_with("sizes/sdk/")).map(|name| world.read(name)).collect();
    let records: serde_json::Value = serde_json::from_str(&original).unwrap();
    for record in records.as_array().unwrap() {
        for property in ["UserPrincipalName", "DisplayName", "Alias", "Guid", "ExchangeGuid", "LegacyExchangeDN"] {
            let name = record[property].as_str().unwrap();
            assert!(!written.contains(name), "{property} {name}");
        }
    }
    assert!(written.contains("@contoso.com"));
}

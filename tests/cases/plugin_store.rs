//! Plugins of other people: packed, signed, looked at, added, run, taken out.

use exo_tests::{EXCHANGE_ADMINISTRATOR, Publisher, World, app, careless, contoso, empty_contoso};
use insta::assert_snapshot;
use std::process::{Command, Stdio};

/// A world in which somebody has built a plugin.
fn world() -> World {
    let world = World::start(contoso());
    world.private("libwritten.so", &careless());
    world
}

/// The same, with a package of the plugin and its publisher's signature.
#[expect(clippy::unwrap_used, reason = "a test without its package cannot go on")]
fn signed(publisher: &Publisher) -> World {
    let world = world();
    world.exoctl(["plugin", "pack", "libwritten.so", "--out", "x.exoplugin", "--quiet"]).ends(0);
    let package = std::fs::read(world.path("x.exoplugin")).unwrap();
    world.write("x.exoplugin.minisig", publisher.sign(&package, "for the tests").as_bytes());
    world
}

/// Refused in a sentence; what was there before stays.
fn refusal<'a>(world: &World, code: i32, words: impl IntoIterator<Item = &'a str>) -> String {
    world.exoctl(words).refused(code)
}

fn add(world: &World, key: &str) {
    world.exoctl(["plugin", "add", "x.exoplugin", "--key", key, "--yes", "--quiet"]).ends(0);
}

#[test]
fn from_a_library_to_a_report_by_name() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    let key = publisher.public();
    let added = world.exoctl(["plugin", "add", "x.exoplugin", "--key", &key, "--yes"]);
    added.ends(0).says(&key).says("comment     for the tests").says("calls     Set-Mailbox (exo) -Identity");
    added.says("changes   nothing").says("refused unless added with --allow-writes");

    let run = world.exoctl(["run", "per-mailbox", "--format", "csv", "--out", "items.csv"]);
    run.ends(0);
    assert_eq!(world.read("items.csv").lines().count(), 51);
    let report = world.json("items.run.json")["reports"][0].clone();
    assert_eq!(report["plugin_origin"], "added");
    let listed = world.exoctl(["plugin", "list", "--format", "json"]).json();
    assert_eq!(listed[0]["sha256"], report["plugin_sha256"]);
    assert_eq!((&listed[0]["publisher"], &listed[0]["state"]), (&key.into(), &"ok".into()));

    world.exoctl(["plugin", "remove", "exo-plugin-host"]).ends(0).says("is no longer there");
    let gone = refusal(&world, 2, ["run", "per-mailbox"]);
    assert!(gone.contains("report `per-mailbox` does not exist"), "{gone}");
}

#[test]
fn reports_that_were_added_are_listed_and_shown_with_the_bundled_ones() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    add(&world, &publisher.public());
    let listed = world.exoctl(["report", "list", "--format", "json"]).json();
    let origin =
        |name: &str| listed.as_array().unwrap().iter().find(|row| row["report"] == name).unwrap()["origin"].clone();
    assert_eq!((origin("mailboxes"), origin("per-mailbox")), ("bundled".into(), "added".into()));
    world.exoctl(["report", "show", "per-mailbox"]).ends(0).gives(&format!("signed by {}", publisher.public()));
}

#[test]
fn a_package_without_signature_is_not_added() {
    let world = signed(&Publisher::new(1));
    std::fs::remove_file(world.path("x.exoplugin.minisig")).unwrap();
    assert_snapshot!(refusal(&world, 17, ["plugin", "add", "x.exoplugin", "--yes"]), @r"
    error: nobody has signed `exo-plugin-host` 0.1.0
      hint: put its signature at `x.exoplugin.minisig`, or say --unsigned if you trust the file
    ");
    assert_snapshot!(refusal(&world, 17, ["plugin", "add", "libwritten.so", "--yes"]), @r"
    error: nobody has signed `exo-plugin-host` 0.1.0
      hint: put its signature at `libwritten.so.minisig`, or say --unsigned if you trust the file
    ");
    world.exoctl(["plugin", "add", "x.exoplugin", "--unsigned", "--yes"]).ends(0).says("signed by   nobody");
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let world = signed(&Publisher::new(1));
    let other = Publisher::new(2).public();
    assert_snapshot!(refusal(&world, 17, ["plugin", "add", "x.exoplugin", "--key", &other, "--yes"]), @r"
    error: the signature of `x.exoplugin` does not hold: the signature was created with a different key than the one provided
      hint: get package, signature and key again, each from the place where its publisher offers it
    ");
    assert_snapshot!(refusal(&world, 17, ["plugin", "add", "x.exoplugin", "--yes"]), @r"
    error: no publisher is known whose key could have signed `x.exoplugin`
      hint: give the publisher's public key with --key
    ");
    assert_snapshot!(refusal(&world, 2, ["plugin", "add", "x.exoplugin", "--key", "RWnonsense", "--yes"]), @r"
    error: the publisher's key is no public key of minisign
      hint: it is the second line of the publisher's `.pub` file, and begins with RW
    ");
}

#[test]
fn a_secret_key_that_is_given_for_the_public_one_is_not_repeated() {
    let world = signed(&Publisher::new(1));
    let secret = format!("RWQAAEIy{}", "Marked0815".repeat(12));
    world.private("minisign.key", format!("untrusted comment: a secret key\n{secret}\n").as_bytes());
    for key in ["minisign.key", secret.as_str()] {
        let said = refusal(&world, 2, ["plugin", "add", "x.exoplugin", "--key", key, "--yes"]);
        assert!(!said.contains("Marked0815"), "{said}");
    }
}

#[test]
fn a_package_that_was_changed_after_it_was_signed_is_refused() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    let mut package = std::fs::read(world.path("x.exoplugin")).unwrap();
    let middle = package.len() / 2;
    package[middle] ^= 1;
    world.private("x.exoplugin", &package);
    let said = refusal(&world, 17, ["plugin", "add", "x.exoplugin", "--key", &publisher.public(), "--yes"]);
    assert!(said.contains("the signature of `x.exoplugin` does not hold"), "{said}");
}

#[test]
fn a_library_may_be_signed_without_a_package() {
    let (publisher, world) = (Publisher::new(1), world());
    world.write("libwritten.so.minisig", publisher.sign(&careless(), "as it is").as_bytes());
    world.exoctl(["plugin", "add", "libwritten.so", "--key", &publisher.public(), "--yes"]).ends(0).says("as it is");
}

#[test]
fn a_publisher_who_is_known_needs_no_key_and_is_not_replaced() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    add(&world, &publisher.public());
    let again = world.exoctl(["plugin", "add", "x.exoplugin", "--yes"]);
    again.ends(0).says("replaces    ");
    let package = std::fs::read(world.path("x.exoplugin")).unwrap();
    let other = Publisher::new(2);
    world.write("x.exoplugin.minisig", other.sign(&package, "mine now").as_bytes());
    for words in [&["--key", &other.public()][..], &["--unsigned"]] {
        let words = [&["plugin", "add", "x.exoplugin", "--yes"], words].concat();
        let said = refusal(&world, 17, words);
        assert!(said.contains("the plugin `exo-plugin-host` that is there is signed by RW"), "{said}");
    }
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    let ended = world.exoctl(["plugin", "add", "x.exoplugin", "--key", &publisher.public()]);
    ended.ends(2).says("`exo-plugin-host` was not added").hints("--yes");
    assert_eq!(world.exoctl(["plugin", "list", "--format", "json"]).json(), serde_json::json!([]));
}

#[test]
fn a_stored_library_that_changed_does_not_run() {
    let publisher = Publisher::new(1);
    let world = signed(&publisher);
    add(&world, &publisher.public());
    let listed = world.exoctl(["plugin", "list", "--format", "json"]).json();
    let sha256 = listed[0]["sha256"].as_str().unwrap().to_owned();
    let stored = world.path(&format!(".local/share/exoctl/plugins/{sha256}.so"));
    let mut bytes = std::fs::read(&stored).unwrap();
    bytes.push(0);
    std::fs::write(&stored, bytes).unwrap();
    let said = refusal(&world, 17, ["run", "per-mailbox"]);
    assert!(said.contains("the plugin `exo-plugin-host` is not the one that was added"), "{said}");
    world.assert_nothing_was_sent();
    // Bundled reports are no concern of it, nor of a lock file that is broken.
    world.exoctl(["run", "mailboxes", "--format", "csv"]).ends(0);
    std::fs::write(world.path(".local/share/exoctl/plugins/plugins.lock"), "broken").unwrap();
    world.exoctl(["run", "mailboxes", "--format", "csv"]).ends(0);
    assert!(refusal(&world, 17, ["run", "per-mailbox"]).contains("is not understood"));
}

#[test]
fn changing_things_takes_three_to_agree() {
    let world = World::start(empty_contoso().app(app().role(EXCHANGE_ADMINISTRATOR)));
    world.private("libwritten.so", &careless());
    let run = ["run", "hide-mailbox", "--param", "mailbox=adele@contoso.onmicrosoft.com"];
    let by_path = ["run", "./libwritten.so:hide-mailbox", "--param", "mailbox=adele@contoso.onmicrosoft.com"];
    assert_snapshot!(refusal(&world, 17, [&by_path[..], &["--allow-writes"]].concat()), @r"
    error: report `hide-mailbox` changes things, and nobody has added its plugin with --allow-writes
      hint: look at what `exo-plugin-host` asks for, then `exoctl plugin add FILE --allow-writes`
    ");
    world.exoctl(["plugin", "add", "libwritten.so", "--unsigned", "--yes"]).ends(0);
    let said = refusal(&world, 17, [&run[..], &["--allow-writes"]].concat());
    assert!(said.contains("nobody has added its plugin with --allow-writes"), "{said}");
    world.exoctl(["plugin", "add", "libwritten.so", "--unsigned", "--allow-writes", "--yes"]).ends(0);
    world.exoctl(run).ends(17).says("nobody has allowed report `hide-mailbox` to");
    assert_eq!(world.received("Set-Mailbox"), 0);
    world.exoctl([&run[..], &["--allow-writes"]].concat());
    assert_eq!(world.received("Set-Mailbox"), 1);
}

#[test]
fn a_bundled_report_is_not_replaced() {
    let world = World::start(contoso());
    world.private("mine.so", &exo_tests::plugin("mailboxes"));
    let said = refusal(&world, 17, ["plugin", "add", "mine.so", "--unsigned", "--yes"]);
    assert!(said.contains("comes with this program"), "{said}");
}

#[test]
fn a_package_holds_one_plugin() {
    let world = world();
    world.private("other.so", &exo_tests::plugin("mailboxes"));
    assert_snapshot!(refusal(&world, 17, ["plugin", "pack", "libwritten.so", "other.so", "--out", "x"]), @r"
    error: the package `other.so` cannot be used: it is `reports-mailboxes` 0.1.0 and declares other things than the first library, `exo-plugin-host` 0.1.0
      hint: get the package again, or have it packed again
    ");
    assert_snapshot!(refusal(&world, 17, ["plugin", "pack", "libwritten.so", "libwritten.so", "--out", "x"]), @r"
    error: the package `libwritten.so` cannot be used: there are two libraries for linux-x86_64
      hint: get the package again, or have it packed again
    ");
    assert_snapshot!(refusal(&world, 17, ["plugin", "pack", "config.toml"]), @r"
    error: `config.toml` is no shared library, or is cut short: Unknown file magic
      hint: copy or build the plugin again
    ");
    let packed = world.exoctl(["plugin", "pack", "libwritten.so", "--include", "config.toml", "--out", "x"]);
    assert_snapshot!(packed.shown(), @r#"
    exit_code: 0
    ----- stdout -----
    ----- stderr -----
    x: exo-plugin-host-0.1.0 for linux-x86_64
    sign it before you ship it: minisign -Sm x -t "exo-plugin-host 0.1.0"
    "#);
    assert!(refusal(&world, 18, ["plugin", "pack", "libwritten.so", "--out", "x"]).contains("exists already"));
}

/// The commands of `plugin pack --help`, with minisign itself where it is installed.
#[test]
fn what_pack_says_about_signing_is_what_add_takes() {
    let world = world();
    let shell = |line: &str| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]).current_dir(world.folder()).env("HOME", world.folder()).stdin(Stdio::null());
        command.output().unwrap()
    };
    if !shell("minisign -v").status.success() {
        println!("minisign is not installed here: its own signature is not looked at");
        return;
    }
    let packed = world.exoctl(["plugin", "pack", "libwritten.so", "--out", "to ship.exoplugin"]);
    let said = packed.ends(0).stderr.clone();
    let sign = said.lines().find_map(|line| line.strip_prefix("sign it before you ship it: ")).unwrap();
    // `-W`: nobody can be asked for a password here.
    for line in ["minisign -G -W -p publisher.pub", sign] {
        let done = shell(line);
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    }
    let add = ["plugin", "add", "to ship.exoplugin", "--key", "publisher.pub", "--yes"];
    world.exoctl(add).ends(0).says("exo-plugin-host 0.1.0");
    world.exoctl(["plugin", "list", "--format", "csv"]).ends(0).gives("exo-plugin-host");
    let refused = shell("printf x >> 'to ship.exoplugin'");
    assert!(refused.status.success());
    world.exoctl(add).ends(17).says("the signature of `to ship.exoplugin` does not hold");
}

#[test]
fn a_plugin_that_was_never_added_is_not_removed() {
    assert_snapshot!(refusal(&world(), 2, ["plugin", "remove", "written"]), @r"
    error: no plugin `written` was added; there are: none
      hint: `exoctl plugin list` shows them
    ");
}

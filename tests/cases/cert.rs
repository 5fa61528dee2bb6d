//! `exoctl cert new`: what is made signs in, is as it was asked for, and is for its owner alone.

use exo_tests::{APP_ID, App, GLOBAL_READER, Service, World, contoso, empty_contoso};
use insta::assert_snapshot;

const NEW: [&str; 7] = ["cert", "new", "--dns-name", "contoso.org", "--out", "mine", "--quiet"];

#[test]
fn a_new_certificate_signs_in() {
    let made = World::start(contoso());
    made.exoctl(NEW.iter().chain(&["--generate-password", "new.txt"])).ends(0);
    assert_eq!(made.written(), ["mine.cer", "mine.pfx", "new.txt"]);
    let der = std::fs::read(made.path("mine.cer")).unwrap();
    let app = App::new(APP_ID).certificate_der(der).permission(Service::Exchange).role(GLOBAL_READER);
    let world = World::start(empty_contoso().app(app))
        .with_profile("certificate-file = 'mine.pfx'\ncertificate-password-file = 'new.txt'");
    for file in ["mine.pfx", "new.txt"] {
        world.private(file, &std::fs::read(made.path(file)).unwrap());
    }
    world.exoctl(["invoke", "Get-AcceptedDomain"]).ends(0);
}

#[cfg(unix)]
#[test]
fn secrets_are_written_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start(contoso());
    world.exoctl(NEW.iter().chain(&["--generate-password", "new.txt"])).ends(0);
    for file in ["mine.pfx", "new.txt"] {
        let mode = std::fs::metadata(world.path(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_wrong_password_is_named() {
    let world = World::start(contoso());
    world.private("wrong.txt", b"wrong\n");
    let said = world.refusal(11, ["cert", "show", "app.pfx", "--password-file", "wrong.txt"]);
    assert!(said.contains("the password of the certificate file is wrong"), "{said}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let world = World::start(contoso());
    let ended = world.exoctl(["cert", "show", "nix.pfx"]);
    ended.ends(11).says("`nix.pfx`");
}

#[test]
fn files_that_exist_are_kept() {
    let world = World::start(contoso());
    world.write("mine.cer", b"old");
    assert_snapshot!(world.refusal(18, NEW.iter().chain(&["--generate-password", "new.txt"])), @r"
    error: `mine.cer` exists already
      hint: give another name with --out, or move it away
    ");
    assert_eq!(world.read("mine.cer"), "old");
}

#[test]
fn a_new_pfx_is_never_without_a_password() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(2, NEW), @r"
    error: the new PFX needs a password
      hint: give --certificate-password-file, -env, -command or -fd, or --generate-password FILE
    ");
}

#[test]
fn a_place_that_cannot_be_written_is_an_output_failure() {
    let world = World::start(contoso());
    let words = ["cert", "new", "--dns-name", "contoso.org", "--out", "nix/mine", "--password-file", "password.txt"];
    let said = world.refusal(18, words);
    assert!(said.contains("nix/mine.pfx"), "{said}");
}

#[test]
fn a_key_size_that_cannot_sign_in_is_refused() {
    let world = World::start(contoso());
    let ended = world.exoctl(NEW.iter().chain(&["--key-size", "1024", "--password-file", "password.txt"]));
    ended.says("2048, 3072 or 4096");
    assert_ne!(ended.code, 0);
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn the_legacy_form_and_pem_can_be_read_again() {
    let world = World::start(contoso());
    world.exoctl(NEW.iter().chain(&["--legacy", "--pem", "--password-file", "password.txt"])).ends(0);
    assert!(world.read("mine.cer").starts_with("-----BEGIN CERTIFICATE-----"));
    let pfx = world
        .exoctl(["cert", "show", "mine.pfx", "--password-file", "password.txt", "--format", "json"])
        .ends(0)
        .json();
    let cer = world.exoctl(["cert", "show", "mine.cer", "--format", "json"]).ends(0).json();
    assert_eq!(pfx["thumbprint"], cer["thumbprint"]);
    assert_eq!(pfx["subject"], "CN=contoso.org");
}

#[test]
fn a_certificate_is_made_as_it_was_asked_for() {
    let world = World::start(contoso());
    let more = ["--dns-name", "reports.contoso.org", "--subject", "CN=Exchange reports", "--not-before", "2031-01-31"];
    let size = ["--days", "90", "--key-size", "3072", "--certificate-password-file", "password.txt"];
    world.exoctl(NEW.iter().chain(&more).chain(&size)).ends(0);
    let value = world.exoctl(["cert", "show", "mine.cer", "--format", "json"]).ends(0).json();
    assert_eq!(value["subject"], "CN=Exchange reports");
    assert_eq!(value["dns_names"], serde_json::json!(["contoso.org", "reports.contoso.org"]));
    assert_eq!(value["not_before"], "2031-01-31T00:00:00Z");
    assert_eq!(value["not_after"], "2031-05-01T00:00:00Z");
    assert_eq!(value["key"], serde_json::json!({ "algorithm": "RSA", "bits": 3072 }));
}

#[test]
fn a_begin_that_is_no_time_is_refused() {
    let world = World::start(contoso());
    let more = ["--not-before", "31.1.2031", "--certificate-password-file", "password.txt"];
    assert_snapshot!(world.refusal(2, NEW.iter().chain(&more)), @r"
    error: `31.1.2031` is not a time
      hint: write a day in UTC, such as 2027-01-31, or 2026-01-01T00:00:00Z
    ");
}

#[test]
fn windows_imports_what_is_made_as_a_csp_key() {
    let world = World::start(contoso());
    world.exoctl(NEW.iter().chain(&["--certificate-password-file", "password.txt"])).ends(0);
    let words = ["cert", "show", "mine.pfx", "--certificate-password-file", "password.txt", "--require-csp"];
    let value = world.exoctl(words.iter().chain(&["--format", "json"])).ends(0).json();
    assert_eq!((&value["provider"], &value["key_spec"]), (&"csp".into(), &"key-exchange".into()));
    assert_eq!(value["warnings"], serde_json::json!([]));
}

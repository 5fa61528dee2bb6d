//! `exoctl cert`: what is made signs in, what is shown is what the portal shows.

use exo_tests::{APP_ID, App, GLOBAL_READER, Service, World, contoso, data, empty_contoso};
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
fn the_facts_are_those_that_people_compare() {
    let world = World::start(contoso());
    assert_snapshot!(world.exoctl(["cert", "show", "app.pfx", "--password-file", "password.txt"]).shown(), @r"
    exit_code: 0
    ----- stdout -----
    subject       CN=app
    issuer        CN=app
    thumbprint    923CB0588F1E0DE79BE4392B4916B9B0136FA539
    sha256        2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1
    not before    2026-01-01T00:00:00Z
    not after     2026-01-01T00:00:00Z
    key           RSA 2048 bits
    private key   true
    ----- stderr -----
    ");
}

#[test]
fn a_public_certificate_can_be_shown() {
    let world = World::start(contoso());
    world.write("app.cer", &data("app.cer"));
    let value = world.exoctl(["cert", "show", "app.cer", "--format", "json"]).ends(0).json();
    assert_eq!(value["thumbprint"], "923CB0588F1E0DE79BE4392B4916B9B0136FA539");
    assert_eq!(value["private_key"], false);
}

#[test]
fn what_cannot_sign_in_can_still_be_looked_at() {
    let world = World::start(contoso());
    for (file, key) in [("nokey.pfx", "RSA 2048 bits"), ("ec.pfx", "EC")] {
        world.private(file, &data(file));
        let ended = world.exoctl(["cert", "show", file, "--password-file", "password.txt", "--format", "json"]);
        assert!(ended.ends(0).json()["key"].as_str().unwrap().starts_with(key), "{}", ended.shown());
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
      hint: give --password-file, --password-env, or --generate-password FILE
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

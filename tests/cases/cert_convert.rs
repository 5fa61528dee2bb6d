//! `exoctl cert convert`: another form of the same certificate.

use exo_tests::{World, contoso, data};
use insta::assert_snapshot;

const PASSWORD: [&str; 2] = ["--certificate-password-file", "password.txt"];
const THUMBPRINT: &str = "923CB0588F1E0DE79BE4392B4916B9B0136FA539";

/// Converts with the usual password.
fn convert(world: &World, file: &str, out: &str, more: &[&str]) -> exo_tests::Ended {
    world.exoctl(["cert", "convert", file, "--out", out].iter().chain(&PASSWORD).chain(more))
}

/// Signs in with the file.
fn signs_in(world: &World, file: &str, password: &str) {
    let words = ["invoke", "Get-AcceptedDomain", "--certificate-file", file, "--certificate-password-file", password];
    world.exoctl(words).ends(0);
}

#[test]
fn the_public_part_of_each_form_is_the_same() {
    let world = World::start(contoso());
    for file in ["app.pem", "nokey.pfx"] {
        world.private(file, &data(file));
    }
    for (number, file) in ["app.pfx", "app.pem", "nokey.pfx"].iter().enumerate() {
        let out = format!("{number}.cer");
        convert(&world, file, &out, &[]).ends(0).says("step 4");
        assert_eq!(std::fs::read(world.path(&out)).unwrap(), data("app.cer"), "{file}");
    }
    convert(&world, "app.pfx", "text.crt", &["--pem"]).ends(0);
    assert!(world.read("text.crt").starts_with("-----BEGIN CERTIFICATE-----\n"));
    convert(&world, "text.crt", "again.cer", &[]).ends(0);
    assert_eq!(std::fs::read(world.path("again.cer")).unwrap(), data("app.cer"));
}

#[test]
fn pfx_to_pem_and_back_signs_in() {
    let world = World::start(contoso());
    convert(&world, "app.pfx", "new.pem", &[]).ends(0).says("is not encrypted");
    signs_in(&world, "new.pem", "password.txt");
    let made = ["cert", "convert", "new.pem", "--out", "new.pfx", "--generate-password", "new.txt"];
    let ended = world.exoctl(made);
    ended.ends(0).never_says(world.read("new.txt").trim());
    signs_in(&world, "new.pfx", "new.txt");
}

#[test]
fn a_pfx_keeps_its_password_or_gets_the_one_that_is_named() {
    let world = World::start(contoso());
    world.private("other.txt", b"other password\n");
    convert(&world, "app.pfx", "same.pfx", &[]).ends(0);
    signs_in(&world, "same.pfx", "password.txt");
    convert(&world, "app.pfx", "other.p12", &["--new-password-file", "other.txt", "--legacy"]).ends(0);
    signs_in(&world, "other.p12", "other.txt");
    let words = ["cert", "show", "other.p12", "--certificate-password-file", "other.txt", "--format", "json"];
    let value = world.exoctl(words).ends(0).json();
    assert_eq!((&value["provider"], &value["thumbprint"]), (&"csp".into(), &THUMBPRINT.into()));
}

#[test]
fn a_pfx_is_never_without_a_password() {
    let world = World::start(contoso());
    world.private("app.pem", &data("app.pem"));
    assert_snapshot!(world.refusal(2, ["cert", "convert", "app.pem", "--out", "new.pfx"]), @r"
    error: the new PFX needs a password
      hint: give --new-password-file, -env, -command or -fd, or --generate-password FILE
    ");
}

#[cfg(unix)]
#[test]
fn files_with_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::start(contoso());
    for out in ["new.pem", "new.pfx"] {
        convert(&world, "app.pfx", out, &[]).ends(0);
        let mode = std::fs::metadata(world.path(out)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{out}");
    }
}

#[test]
fn a_file_that_exists_is_kept() {
    let world = World::start(contoso());
    for out in ["old.cer", "old.pem", "old.pfx"] {
        world.write(out, b"old");
        let said = world.refusal(18, ["cert", "convert", "app.pfx", "--out", out].iter().chain(&PASSWORD));
        assert!(said.contains(&format!("`{out}` exists already")), "{said}");
        assert_eq!(world.read(out), "old");
    }
}

#[test]
fn what_cannot_be_opened_or_has_no_key_leaves_no_file() {
    let world = World::start(contoso());
    for file in ["nokey.pfx", "mismatch.pem", "ec.pfx"] {
        world.private(file, &data(file));
        world.refusal(11, ["cert", "convert", file, "--out", "new.pem"].iter().chain(&PASSWORD));
    }
    let said = world.refusal(11, ["cert", "convert", "app.pfx", "--out", "new.cer"]);
    assert!(said.contains("needs a password"), "{said}");
}

#[test]
fn a_password_is_not_left_behind_without_its_pfx() {
    let world = World::start(contoso());
    for words in [
        &["cert", "convert", "app.pfx", "--out", "nix/new.pfx", "--certificate-password-file", "password.txt"][..],
        &["cert", "new", "--dns-name", "contoso.org", "--out", "nix/new"],
    ] {
        world.refusal(18, words.iter().chain(&["--generate-password", "new.txt"]));
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused_unless_that_is_allowed() {
    let world = World::start(contoso());
    world.mode("app.pfx", 0o644);
    let words = ["cert", "convert", "app.pfx", "--out", "new.pem"];
    assert!(world.refusal(11, words.iter().chain(&PASSWORD)).contains("can be read by others"));
    convert(&world, "app.pfx", "new.pem", &["--allow-open-key-file"]).ends(0);
    // The public part is nobody's secret.
    convert(&world, "app.pfx", "new.cer", &[]).ends(0);
}

#[test]
fn the_form_is_named_once_and_fits() {
    let world = World::start(contoso());
    let refused = |more: &[&str]| world.refusal(2, ["cert", "convert", "app.pfx"].iter().chain(&PASSWORD).chain(more));
    assert!(refused(&["--out", "new"]).contains("does not say which form"));
    assert!(refused(&["--out", "new.pem", "--legacy"]).contains("--legacy is for a PFX"));
    assert!(refused(&["--out", "new.pfx", "--pem"]).contains("--pem is for a .cer"));
    assert!(refused(&["--out", "new.cer", "--generate-password", "x"]).contains("a new password is for a PFX"));
    convert(&world, "app.pfx", "new", &["--to", "cer"]).ends(0);
    assert_eq!(std::fs::read(world.path("new")).unwrap(), data("app.cer"));
}

#[test]
fn nothing_of_the_key_is_said() {
    let world = World::start(contoso());
    let traces = String::from_utf8(data("traces.txt")).unwrap();
    for out in ["new.pem", "new.pfx", "new.cer"] {
        let ended = convert(&world, "app.pfx", out, &["--log", "trace"]);
        for secret in traces.lines().chain(["secret"]) {
            ended.ends(0).never_says(secret);
        }
    }
}

//! `exoctl cert show`: what a file is, what the sign-in service will say to it, and the code of what is wrong with it.

use exo_tests::{Ended, World, contoso, data};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// Shows a file of `tests/data` with the usual password.
fn shown(world: &World, file: &str, more: &[&str]) -> Ended {
    world.private(file, &data(file));
    let words = ["cert", "show", file, "--certificate-password-file", "password.txt"];
    world.exoctl(words.iter().chain(more))
}

/// The code of the error for programs, and nothing on stdout.
fn code(ended: &Ended) -> Value {
    let error = ended.ends(11).json_error();
    assert_eq!(ended.stdout, "", "no result");
    assert_eq!((&error["kind"], &error["exit_code"]), (&"certificate".into(), &11.into()));
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    assert!(error["hint"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    error["code"].clone()
}

/// How many days are left changes from day to day.
fn without_days(text: &str) -> String {
    let digits = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let lines = text.lines().map(|line| match line.split_once(" days left") {
        Some((head, rest)) => {
            let (head, days) = head.rsplit_once(' ').unwrap_or_default();
            assert!(digits(days), "{line}");
            format!("{head} N days left{rest}")
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_facts_are_those_that_people_compare() {
    let world = World::start(contoso());
    let ended = shown(&world, "app.pfx", &[]);
    assert_snapshot!(without_days(&ended.shown()), @r"
    exit_code: 0
    ----- stdout -----
    kind          pfx
    subject       CN=app
    issuer        CN=app
    thumbprint    923CB0588F1E0DE79BE4392B4916B9B0136FA539
    sha256        2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1
    not before    2026-01-01T00:00:00Z
    not after     2026-01-01T00:00:00Z, N days left
    key           RSA 2048 bits
    private key   yes
    entra         takes it once its public part is attached to the app; until then it says AADSTS700027
    upload        the public part, from `exoctl cert convert app.pfx --out NAME.cer`: app registration, Certificates & secrets, Certificates; then compare the thumbprint
    warning       the certificate is valid for 13149 days; a tenant's policy may forbid more than it allows
    ----- stderr -----
    ");
}

#[test]
fn programs_get_one_object() {
    let world = World::start(contoso());
    let value = shown(&world, "app.pfx", &["--format", "json"]).ends(0).json();
    assert_eq!(value["kind"], "pfx");
    assert_eq!(value["thumbprint"], "923CB0588F1E0DE79BE4392B4916B9B0136FA539");
    assert_eq!(value["thumbprint_sha256"], "2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1");
    assert_eq!(value["subject"], "CN=app");
    assert_eq!(value["not_before"], "2024-01-01T00:00:00Z");
    assert_eq!(value["not_after"], "2060-01-01T00:00:00Z");
    assert_eq!(value["key"], json!({ "algorithm": "RSA", "bits": 2048 }));
    assert_eq!(value["provider"], "unknown");
    assert_eq!(value["has_private_key"], true);
    assert_eq!(value["entra"]["accepts"], true);
    assert_eq!(value["warning_codes"], json!(["long-validity"]));
    assert_eq!(value["warnings"].as_array().map(Vec::len), Some(1));
}

#[test]
fn every_kind_of_file_is_named() {
    let world = World::start(contoso());
    for (file, kind, key) in [("app.pfx", "pfx", true), ("app.pem", "pem", true), ("app.cer", "certificate", false)] {
        let value = shown(&world, file, &["--format", "json"]).ends(0).json();
        assert_eq!((&value["kind"], &value["has_private_key"]), (&kind.into(), &key.into()), "{file}");
    }
}

#[test]
fn a_file_in_a_pipe_and_in_base64_is_the_same() {
    let world = World::start(contoso());
    let show = "\"$EXOCTL\" cert show - --certificate-password-file password.txt --format json";
    for line in [format!("{show} < app.pfx"), format!("base64 < app.pfx | {show}")] {
        let value = world.shell(&line).ends(0).json();
        assert_eq!((&value["kind"], &value["subject"]), (&"pfx".into(), &"CN=app".into()), "{line}");
    }
}

#[test]
fn the_password_comes_from_all_places_under_both_names() {
    let world = World::start(contoso());
    for name in ["--certificate-password", "--password"] {
        for (place, value) in [("env", "MINE"), ("file", "password.txt"), ("command", "printf secret")] {
            let option = format!("{name}-{place}");
            let mut command = world.command(["cert", "show", "app.pfx", &option, value]);
            world.end(command.env("MINE", "secret")).ends(0).gives("CN=app");
        }
    }
    let mut command = world.command(["cert", "show", "app.pfx"]);
    world.end(command.env("EXOCTL_CERTIFICATE_PASSWORD", "secret")).ends(0).gives("CN=app");
    world.shell("\"$EXOCTL\" cert show app.pfx --certificate-password-fd 3 3< password.txt").ends(0).gives("CN=app");
}

#[test]
fn a_bare_certificate_is_shown_unless_a_key_is_required() {
    let world = World::start(contoso());
    for file in ["app.cer", "nokey.pfx"] {
        let value = shown(&world, file, &["--format", "json"]).ends(0).json();
        assert_eq!(value["has_private_key"], false, "{file}");
        assert_eq!(code(&shown(&world, file, &["--format", "json", "--require-key"])), "no-private-key", "{file}");
    }
    shown(&world, "app.pfx", &["--require-key"]).ends(0);
}

#[test]
fn every_fault_has_its_code() {
    let world = World::start(contoso());
    let whole = data("app.pfx");
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let key_alone = pem.split("-----BEGIN CERTIFICATE").next().unwrap();
    world.private("cut.pfx", &whole[..whole.len() / 2]);
    world.private("key.pem", key_alone.as_bytes());
    world.write("page.html", b"<!doctype html><title>Sign in</title>");
    for file in ["ec.pfx", "short.pfx", "mismatch.pem", "costly.pfx", "plain.pfx"] {
        world.private(file, &data(file));
    }
    for (file, expected) in [
        ("cut.pfx", "malformed"),
        ("key.pem", "no-certificate"),
        ("page.html", "not-a-certificate-file"),
        ("ec.pfx", "unsupported-key"),
        ("short.pfx", "key-too-small"),
        ("mismatch.pem", "key-cert-mismatch"),
        ("costly.pfx", "too-expensive"),
        // It has the empty password.
        ("plain.pfx", "wrong-password"),
        ("nix.pfx", "not-found"),
    ] {
        let words = ["cert", "show", file, "--certificate-password-file", "password.txt", "--format", "json"];
        assert_eq!(code(&world.exoctl(words)), expected, "{file}");
    }
    assert_eq!(code(&world.exoctl(["cert", "show", "app.pfx", "--format", "json"])), "wrong-password");
}

#[test]
fn several_certificates_are_told_apart_by_their_thumbprints() {
    let world = World::start(contoso());
    world.private("other.pfx", &data("other.pfx"));
    let mut thumbprints = Vec::new();
    let mut both = Vec::new();
    for file in ["app.pfx", "other.pfx"] {
        let add = ["cert", "add", file, "--certificate-password-file", "password.txt", "--certificate-store", "own"];
        let thumbprint = world.exoctl(add).ends(0).stdout.trim().to_owned();
        both.extend(std::fs::read(world.path(&format!("own/{thumbprint}.pem"))).unwrap());
        thumbprints.push(thumbprint);
    }
    world.private("both.pem", &both);
    let error = world.exoctl(["cert", "show", "both.pem", "--format", "json"]);
    assert_eq!(code(&error), "ambiguous");
    for thumbprint in &thumbprints {
        error.says(thumbprint);
        let words = ["cert", "show", "both.pem", "--thumbprint", thumbprint, "--format", "json"];
        assert_eq!(world.exoctl(words).ends(0).json()["thumbprint"], **thumbprint);
    }
    let zeros = "0".repeat(40);
    let words = ["cert", "show", "both.pem", "--thumbprint", &zeros, "--format", "json"];
    assert_eq!(code(&world.exoctl(words)), "not-found");
}

#[test]
fn what_cannot_sign_in_is_shown_to_people_all_the_same() {
    let world = World::start(contoso());
    for (file, says) in
        [("ec.pfx", "AADSTS5002738"), ("short.pfx", "at least 2048"), ("mismatch.pem", "cannot be used")]
    {
        let ended = shown(&world, file, &[]);
        ended.ends(11).gives("thumbprint").gives(says).says("error: ");
    }
    shown(&world, "expired.pfx", &[]).ends(0).gives("AADSTS1000502").gives("days ago");
    shown(&world, "future.pfx", &[]).ends(0).gives("refuses it before 2059-01-01");
}

#[test]
fn only_the_public_part_is_to_be_uploaded() {
    let world = World::start(contoso());
    shown(&world, "app.cer", &[]).ends(0).gives("upload        `app.cer`: app registration");
    shown(&world, "app.pem", &[]).ends(0).gives("the public part, from `exoctl cert convert app.pem --out NAME.cer`");
}

#[test]
fn a_cng_key_is_warned_about_and_refused_only_where_that_is_asked_for() {
    let world = World::start(contoso());
    let name = "Bag Attributes\n    Microsoft CSP Name: Microsoft Software Key Storage Provider\n";
    world.private("cng.pem", &[name.as_bytes(), &data("app.pem")].concat());
    let show = ["cert", "show", "cng.pem", "--format", "json"];
    let value = world.exoctl(show).ends(0).json();
    assert_eq!(value["provider"], "cng");
    assert_eq!(value["warning_codes"][0], "cng-key");
    assert_eq!(code(&world.exoctl(show.iter().chain(&["--require-csp"]))), "cng-key");
    let sign_in = ["invoke", "Get-AcceptedDomain", "--certificate-file", "cng.pem"];
    world.exoctl(sign_in).ends(0);
    world.exoctl(["check", "--certificate-file", "cng.pem"]).ends(0).gives("warn  certificate").gives("CNG");
    let requests = world.emulator().token_requests();
    let said = world.refusal(11, sign_in.iter().chain(&["--require-csp"]));
    assert!(said.contains("only keys of a classic provider (CSP) are accepted"), "{said}");
    let world = world.with_profile("certificate-file = 'cng.pem'\nrequire-csp = true");
    world.refusal(11, ["invoke", "Get-AcceptedDomain"]);
    assert_eq!(world.emulator().token_requests(), requests, "nothing more was sent");
}

#[test]
fn the_result_goes_where_it_is_wanted() {
    let world = World::start(contoso());
    shown(&world, "app.pfx", &["--format", "json", "--out", "facts.json"]).ends(0);
    assert_eq!(world.json("facts.json")["subject"], "CN=app");
    assert_eq!(shown(&world, "app.pfx", &["--format", "csv"]).code, 2);
}

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
    // A variable may hold the empty password; one that is not set holds none.
    world.private("plain.pfx", &data("plain.pfx"));
    let show = ["cert", "show", "plain.pfx", "--certificate-password-env", "MINE"];
    world.end(world.command(show).env("MINE", "")).ends(0).gives("CN=app");
    world.exoctl(show).ends(10).says("environment variable `MINE` for the password is not set");
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

/// Shows these bytes with the usual password.
fn shown_bytes(world: &World, file: &str, bytes: &[u8]) -> Ended {
    world.private(file, bytes);
    world.exoctl(["cert", "show", file, "--certificate-password-file", "password.txt", "--format", "json"])
}

#[test]
fn every_fault_has_its_code() {
    let world = World::start(contoso());
    let whole = data("app.pfx");
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let key_alone = pem.split("-----BEGIN CERTIFICATE").next().unwrap();
    // Two pairs in one file.
    let several = [add(&world, "app.pfx").1, add(&world, "other.pfx").1].concat();
    let faults: [(&str, Vec<u8>); 10] = [
        // It has the empty password.
        ("wrong-password", data("plain.pfx")),
        ("malformed", whole[..whole.len() / 2].to_vec()),
        ("unsupported-format", b"\xFE\xED\xFE\xED\0\0\0\x02\0\0\0\x01".to_vec()),
        ("unsupported-key", data("ec.pfx")),
        ("key-too-small", data("short.pfx")),
        ("key-cert-mismatch", data("mismatch.pem")),
        ("no-certificate", key_alone.into()),
        // A certificate would not help this key.
        ("unsupported-key", written_elsewhere("ec.key")),
        ("ambiguous", several),
        ("too-expensive", data("costly.pfx")),
    ];
    for (expected, bytes) in faults {
        assert_eq!(code(&shown_bytes(&world, expected, &bytes)), expected);
    }
    let bare = shown(&world, "app.cer", &["--require-key", "--format", "json"]);
    assert_eq!(code(&bare), "no-private-key");
    assert_eq!(code(&world.exoctl(["cert", "show", "app.pfx", "--format", "json"])), "wrong-password");
    assert_eq!(code(&world.exoctl(["cert", "show", "nix.pfx", "--format", "json"])), "not-found");
}

#[test]
fn a_format_that_is_not_read_is_named_with_a_way_out() {
    let world = World::start(contoso());
    for (file, names, way) in [
        ("refused-java.jks", "Java's own key stores (JKS)", "keytool -importkeystore"),
        ("chain.p7b", "PKCS#7 (.p7b)", "openssl pkcs7 -print_certs"),
        ("refused-rc4.pfx", "RC4-128", "export it again"),
        ("refused-signed.pfx", "signedData", "export it again"),
        ("refused-version4.pfx", "version 4 of PFX", "export it again"),
        ("refused-mac-sha3.pfx", "SHA3-256", "export it again"),
    ] {
        world.private(file, &written_elsewhere(file));
        world.private("their.txt", b"password\n");
        let words = ["cert", "show", file, "--certificate-password-file", "their.txt", "--format", "json"];
        let ended = world.exoctl(words);
        assert_eq!(code(&ended), "unsupported-format", "{file}");
        ended.says(names).says(way);
    }
}

#[test]
fn what_is_no_certificate_file_has_one_of_the_codes_and_is_called_what_it_is() {
    let world = World::start(contoso());
    for (bytes, expected, says) in [
        (&b""[..], "malformed", "it looks like an empty file"),
        (b"<!doctype html><title>Sign in</title>", "malformed", "it looks like a web page, perhaps of a sign-in"),
        (b"{\"error\":\"AccessDenied\"}", "malformed", "it looks like a JSON file"),
        (b"see attachment\n", "malformed", "it looks like a text without a PEM block in it"),
        (b"-----BEGIN CERTIFICATE-----\nMIIC", "malformed", "the PEM block is damaged or cut off"),
        (b"\x7FELF\x02\x01\xFF", "malformed", "it looks like a file of another kind"),
        (b"PK\x03\x04\x14\0", "unsupported-format", "the format of ZIP archives"),
        (b"ssh-ed25519 AAAAC3Nz adele@contoso.com\n", "unsupported-format", "the format of SSH keys"),
        (&written_elsewhere("leaf.csr"), "no-certificate", "there is only a request for a certificate (CSR)"),
        (&written_elsewhere("contoso.pub"), "no-certificate", "there is only a public key"),
    ] {
        let ended = shown_bytes(&world, "file", bytes);
        assert_eq!(code(&ended), expected, "{says}");
        ended.says(says);
    }
}

/// Adds a file to the store in `own`; its thumbprint, and the PEM that is there now.
#[expect(clippy::unwrap_used, reason = "a test whose files cannot be read cannot go on")]
fn add(world: &World, file: &str) -> (String, Vec<u8>) {
    world.private(file, &data(file));
    let add = ["cert", "add", file, "--certificate-password-file", "password.txt", "--certificate-store", "own"];
    let thumbprint = world.exoctl(add).ends(0).stdout.trim().to_owned();
    let pem = std::fs::read(world.path(&format!("own/{thumbprint}.pem"))).unwrap();
    (thumbprint, pem)
}

/// A file that another program wrote for the tests of the layer; its password is `password`.
#[expect(clippy::unwrap_used, reason = "a test whose files cannot be read cannot go on")]
fn written_elsewhere(file: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/exo-cert/tests/data");
    std::fs::read(folder.join(file)).unwrap()
}

#[test]
fn several_certificates_are_told_apart_by_their_thumbprints() {
    let world = World::start(contoso());
    let ((app, first), (other, second)) = (add(&world, "app.pfx"), add(&world, "other.pfx"));
    let both = [first, second].concat();
    world.private("both.pem", &both);
    let error = world.exoctl(["cert", "show", "both.pem", "--format", "json"]);
    assert_eq!(code(&error), "ambiguous");
    for thumbprint in [&app, &other] {
        error.says(thumbprint);
        let show = |wanted: &str| {
            let words = ["cert", "show", "both.pem", "--thumbprint", wanted, "--format", "json"];
            world.exoctl(words).ends(0).json()
        };
        let shown = show(thumbprint);
        assert_eq!(shown["thumbprint"], **thumbprint);
        // The other thumbprint names it as well, also as openssl prints it.
        let sha256 = shown["thumbprint_sha256"].as_str().unwrap();
        let pairs: Vec<&str> = sha256.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
        for wanted in [sha256.to_lowercase(), format!("sha256 Fingerprint={}", pairs.join(":"))] {
            assert_eq!(show(&wanted)["thumbprint"], **thumbprint, "{wanted}");
        }
        let out = format!("{thumbprint}.cer");
        world.exoctl(["cert", "convert", "both.pem", "--thumbprint", sha256, "--out", &out]).ends(0).says(thumbprint);
    }
    for zeros in ["0".repeat(40), "0".repeat(64)] {
        let words = ["cert", "show", "both.pem", "--thumbprint", &zeros, "--format", "json"];
        let ended = world.exoctl(words);
        assert_eq!(code(&ended), "not-found");
        ended.says(&zeros).says(&app).says(&other);
    }
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

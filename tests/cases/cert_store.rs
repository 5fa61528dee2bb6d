//! `exoctl cert add|list|remove`, and signing in with a thumbprint alone.

use exo_tests::{World, contoso, data};
use insta::assert_snapshot;

const THUMBPRINT: &str = "923CB0588F1E0DE79BE4392B4916B9B0136FA539";
const ADD: [&str; 5] = ["cert", "add", "app.pfx", "--certificate-password-file", "password.txt"];
const OWN: &str = ".local/share/exoctl/certificates";

/// A world whose profile names neither file nor password.
fn bare(more: &str) -> World {
    World::start(contoso()).with_profile(&format!("certificate-file\ncertificate-password-file\n{more}"))
}

#[test]
fn a_thumbprint_alone_signs_in_from_the_own_store() {
    let world = bare("");
    assert_eq!(world.exoctl(ADD).ends(0).stdout.trim(), THUMBPRINT);
    let ask = ["invoke", "Get-AcceptedDomain"];
    world.exoctl(ask.iter().chain(&["--certificate-thumbprint", THUMBPRINT])).ends(0);
    // As the dialog of Windows gives it, and by a variable.
    let pasted = "\u{200E}92 3c b0 58 8f 1e 0d e7 9b e4 39 2b 49 16 b9 b0 13 6f a5 39";
    world.end(world.command(ask).env("EXOCTL_CERTIFICATE_THUMBPRINT", pasted)).ends(0);
    let world = world
        .with_profile(&format!("certificate-file\ncertificate-password-file\ncertificate-thumbprint = '{THUMBPRINT}'"));
    world.exoctl(ask).ends(0);
    // The other thumbprint names it as well.
    let sha256 = "2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1";
    world.exoctl(ask.iter().chain(&["--certificate-thumbprint", sha256])).ends(0);
}

#[test]
fn the_own_store_may_be_elsewhere() {
    let world = bare("certificate-store = 'own'");
    world.exoctl(ADD.iter().chain(&["--certificate-store", "own"])).ends(0);
    world.exoctl(["invoke", "Get-AcceptedDomain", "--certificate-thumbprint", THUMBPRINT]).ends(0);
    let mut list = world.command(["cert", "list", "--format", "json"]);
    let list = world.end(list.env("EXOCTL_CERTIFICATE_STORE", "own"));
    assert_eq!(list.ends(0).json()[0]["thumbprint"], THUMBPRINT);
    assert_eq!(world.exoctl(["cert", "list", "--format", "json"]).ends(0).json(), serde_json::json!([]));
}

#[cfg(target_os = "linux")]
#[test]
fn a_thumbprint_alone_signs_in_from_the_folder_of_dotnet() {
    let world = bare("");
    let folder = ".dotnet/corefx/cryptography/x509stores/my";
    world.make_folder(folder);
    world.private(&format!("{folder}/{THUMBPRINT}.pfx"), &data("plain.pfx"));
    world.exoctl(["invoke", "Get-AcceptedDomain", "--certificate-thumbprint", THUMBPRINT]).ends(0);
    world.exoctl(["cert", "list", "--format", "csv"]).ends(0).gives(THUMBPRINT).gives(".NET");
    // It is read, and never written.
    world.refusal(11, ["cert", "remove", THUMBPRINT]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_thumbprint_that_is_nowhere_lists_every_place() {
    let world = bare("");
    let said = world.refusal(11, ["invoke", "Get-AcceptedDomain", "--certificate-thumbprint", THUMBPRINT]);
    assert_snapshot!(said, @r"
    error: no certificate 923CB0588F1E0DE79BE4392B4916B9B0136FA539 that could sign; asked the own store `FOLDER/.local/share/exoctl/certificates`: there is no such folder; .NET's store `FOLDER/.dotnet/corefx/cryptography/x509stores/my`: there is no such folder
      hint: `exoctl cert list` shows what is there, `exoctl cert add FILE` puts one into the own store
    ");
    world.assert_nothing_was_sent();
    let words = ["check", "--certificate-thumbprint", THUMBPRINT, "--format", "json"];
    let check = world.exoctl(words).ends(11).json();
    let lines = check["checks"].as_array().unwrap();
    let line = lines.iter().find(|line| line["what"] == "certificate").unwrap();
    assert_eq!(line["code"], "not-found", "{check}");
}

#[test]
fn what_is_no_thumbprint_is_told_before_any_store_is_asked() {
    let world = bare("");
    let said = world.refusal(
        10,
        ["invoke", "Get-AcceptedDomain", "--certificate-thumbprint", "36ee4c6c-0812-40a2-b820-b22ebd02bce3"],
    );
    assert!(said.contains("is not a thumbprint; it may be an app id"), "{said}");
}

#[cfg(unix)]
#[test]
fn the_own_store_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = bare("");
    world.exoctl(ADD).ends(0);
    let mode = |path: &str| std::fs::metadata(world.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(OWN), mode(&format!("{OWN}/{THUMBPRINT}.pem"))), (0o700, 0o600));
    world.mode(OWN, 0o755);
    let ended = world.exoctl(["invoke", "Get-AcceptedDomain", "--certificate-thumbprint", THUMBPRINT]);
    ended.ends(11).hints("chmod 700");
    world.assert_nothing_was_sent();
}

#[test]
fn what_is_added_is_listed_and_what_is_removed_is_not() {
    let world = bare("");
    world.private("other.pfx", &data("other.pfx"));
    world.exoctl(ADD).ends(0).says("sign in with --certificate-thumbprint");
    world.exoctl(["cert", "add", "other.pfx", "--certificate-password-file", "password.txt"]).ends(0);
    let subjects = || {
        let list = world.exoctl(["cert", "list", "--format", "json"]).ends(0).json();
        let mut subjects: Vec<String> =
            list.as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects(), ["CN=app", "CN=other"]);
    world.exoctl(["cert", "remove", THUMBPRINT]).ends(0).says("no longer in");
    assert_eq!(subjects(), ["CN=other"]);
    assert_eq!(world.exoctl(["cert", "remove", THUMBPRINT, "--quiet"]).code, 11);
}

#[test]
fn one_of_several_is_added_and_removed_by_either_thumbprint() {
    let world = bare("");
    let pems = ["app.pfx", "other.pfx"].map(|file| {
        world.private(file, &data(file));
        let pem = format!("{file}.pem");
        let words = ["cert", "convert", file, "--out", &pem, "--certificate-password-file", "password.txt"];
        world.exoctl(words).ends(0);
        std::fs::read(world.path(&pem)).unwrap()
    });
    world.private("both.pem", &pems.concat());
    let ended = world.exoctl(["cert", "add", "both.pem"]);
    ended.ends(11).says("several certificates have a private key").says(THUMBPRINT);
    let sha256 = "2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1";
    for wanted in [THUMBPRINT, sha256] {
        let added = world.exoctl(["cert", "add", "both.pem", "--thumbprint", wanted]);
        assert_eq!(added.ends(0).stdout.trim(), THUMBPRINT);
        let list = world.exoctl(["cert", "list", "--format", "json"]).ends(0).json();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        world.exoctl(["cert", "remove", wanted]).ends(0).says("CN=app is no longer in");
    }
}

#[test]
fn a_certificate_is_added_once() {
    let world = bare("");
    world.exoctl(ADD).ends(0);
    let ended = world.exoctl(ADD);
    ended.ends(18).says("is in the store already");
}

#[test]
fn what_cannot_sign_in_is_not_added() {
    let world = bare("");
    for file in ["nokey.pfx", "ec.pfx", "short.pfx", "mismatch.pem"] {
        world.private(file, &data(file));
        world.refusal(11, ["cert", "add", file, "--certificate-password-file", "password.txt"]);
    }
    world.refusal(11, ["cert", "add", "app.pfx"]);
}

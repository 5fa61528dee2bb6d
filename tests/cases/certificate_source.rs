//! Where the sign-in certificate may come from: one place, by flag, variable or profile.

use exo_tests::{World, contoso, data};
use insta::assert_snapshot;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];
const INVOKE: &str = "\"$EXOCTL\" invoke Get-AcceptedDomain";

/// A world whose profile names no certificate, but its password.
fn bare(more: &str) -> World {
    World::start(contoso()).with_profile(&format!("certificate-file\n{more}"))
}

#[test]
fn the_certificate_comes_through_standard_input() {
    let world = bare("");
    world.shell(&format!("{INVOKE} --certificate-file - < app.pfx")).ends(0);
    world.shell(&format!("cat app.pfx | EXOCTL_CERTIFICATE_FILE=- {INVOKE}")).ends(0);
    let world = world.with_profile("certificate-file = '-'");
    world.shell(&format!("{INVOKE} < app.pfx")).ends(0);
    world.shell(&format!("{INVOKE} < password.txt")).ends(11);
}

#[test]
fn the_certificate_comes_in_a_variable_as_base64_or_pem() {
    let world = bare("");
    let line = |flags: &str| format!("MINE=\"$(base64 < app.pfx)\" {INVOKE} {flags}");
    world.shell(&line("--certificate-env MINE")).ends(0);
    let pem = String::from_utf8(data("app.pem")).unwrap();
    for text in [pem.clone(), pem.replace('\n', "\\n"), pem.replace('\n', " ")] {
        let mut command = world.command(ASK.iter().chain(&["--certificate-env", "MINE"]));
        world.end(command.env("MINE", &text)).ends(0);
    }
    world.end(world.command(ASK).env("EXOCTL_CERTIFICATE_ENV", "MINE").env("MINE", &pem)).ends(0);
    let world = world.with_profile("certificate-file\ncertificate-env = 'MINE'");
    world.shell(&line("")).ends(0);
}

#[test]
fn the_certificate_is_what_a_command_prints() {
    let world = bare("");
    let mut flag = world.command(ASK.iter().chain(&["--certificate-command", "cat app.pfx"]));
    world.end(flag.env("PATH", "/usr/bin:/bin")).ends(0);
    let mut variable = world.command(ASK);
    variable.env("EXOCTL_CERTIFICATE_COMMAND", "base64 < app.pfx");
    world.end(variable.env("PATH", "/usr/bin:/bin")).ends(0);
    let world = world.with_profile("certificate-file\ncertificate-command = 'cat app.pfx'");
    world.end(world.command(ASK).env("PATH", "/usr/bin:/bin")).ends(0);
}

#[test]
fn a_thumbprint_chooses_within_every_source() {
    let world = bare("");
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let with = |thumbprint: &str| {
        let flags = ["--certificate-env", "MINE", "--certificate-thumbprint", thumbprint];
        world.end(world.command(ASK.iter().chain(&flags)).env("MINE", &pem))
    };
    with("92:3C:B0:58:8F:1E:0D:E7:9B:E4:39:2B:49:16:B9:B0:13:6F:A5:39").ends(0);
    with("2D65E560619787AF260EE5DF248D1025D51FC47BF2C9E146FA79497B233421B1").ends(0);
    with(&"0".repeat(64)).ends(11).says("is not there; found: 923CB0588F1E0DE79BE4392B4916B9B0136FA539");
    with(&"0".repeat(40)).ends(11).says("is not there; found: 923CB0588F1E0DE79BE4392B4916B9B0136FA539");
}

#[test]
fn two_sources_are_refused_by_their_names() {
    let world = World::start(contoso());
    let two = ["--certificate-file", "app.pfx", "--certificate-env", "MINE"];
    assert_snapshot!(world.refusal(2, ASK.iter().chain(&two)), @r"
    error: the certificate is given twice, by --certificate-file and --certificate-env
      hint: keep one of them
    ");
    let mut variables = world.command(ASK);
    variables.env("EXOCTL_CERTIFICATE_ENV", "MINE").env("EXOCTL_CERTIFICATE_COMMAND", "cat app.pfx");
    let said = world.end(&mut variables).refused(2);
    assert!(said.contains("EXOCTL_CERTIFICATE_ENV and EXOCTL_CERTIFICATE_COMMAND"), "{said}");
    let world = world.with_profile("certificate-command = 'cat app.pfx'");
    let said = world.refusal(2, ASK);
    assert!(said.contains("`certificate-file` and `certificate-command`"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn the_source_of_a_flag_hides_that_of_a_variable_and_that_of_the_profile() {
    let world = World::start(contoso());
    let mut variable = world.command(ASK);
    world.end(variable.env("EXOCTL_CERTIFICATE_FILE", "nix.pfx")).ends(11).says("`nix.pfx`");
    let mut flag = world.command(ASK.iter().chain(&["--certificate-file", "app.pfx"]));
    world.end(flag.env("EXOCTL_CERTIFICATE_ENV", "NIX")).ends(0);
    // A thumbprint that is the profile's only source is no wish about the flag's file.
    let zeros = "0".repeat(40);
    let world = world.with_profile(&format!("certificate-file\ncertificate-thumbprint = '{zeros}'"));
    world.exoctl(ASK.iter().chain(&["--certificate-file", "app.pfx"])).ends(0);
    world.exoctl(ASK).ends(11).says(&zeros);
}

#[test]
fn a_source_that_gives_nothing_is_named() {
    let world = bare("");
    assert_snapshot!(world.refusal(10, ASK.iter().chain(&["--certificate-env", "NIX"])), @r"
    error: environment variable `NIX` for the certificate is not set
      hint: the certificate comes by --certificate-file, -env, -command, or by --certificate-thumbprint alone
    ");
    let said = world.refusal(10, ASK.iter().chain(&["--certificate-command", "exit 3"]));
    assert!(said.contains("the certificate command ended with"), "{said}");
    let said = world.refusal(11, ASK.iter().chain(&["--certificate-file", "-"]));
    assert!(said.contains("an empty file"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn standard_input_holds_one_thing() {
    let world = bare("certificate-password-file");
    for words in [&["invoke", "Get-AcceptedDomain", "--certificate-file", "-"][..], &["cert", "show", "-"]] {
        let said = world.refusal(2, words.iter().chain(&["--certificate-password-fd", "0"]));
        assert!(said.contains("cannot both come from standard input"), "{said}");
    }
    world.assert_nothing_was_sent();
}

#[test]
fn what_is_endless_is_refused() {
    let world = bare("");
    let ended = world.shell(&format!("{INVOKE} --certificate-file - < /dev/zero"));
    ended.ends(10).says("4 MiB");
    world.assert_nothing_was_sent();
}

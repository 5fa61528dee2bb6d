//! A certificate that cannot be used stops everything before the network.

use exo_tests::{World, contoso, data};
use insta::assert_snapshot;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];

/// Refused with the certificate's own code, and nothing was sent.
fn refused(world: &World) -> String {
    let said = world.refusal(11, ASK);
    world.assert_nothing_was_sent();
    said
}

#[test]
fn a_wrong_pfx_password_is_named() {
    let world = World::start(contoso());
    world.private("password.txt", b"Secret\n");
    assert_snapshot!(refused(&world), @r"
    error: the password of the certificate file is wrong
      hint: check for a blank or a line end too many, and for capitals; a file that was damaged looks the same
    ");
}

#[test]
fn a_missing_password_names_the_places_where_it_may_be() {
    let world = World::start(contoso()).with_profile("certificate-password-file");
    assert_snapshot!(refused(&world), @r"
    error: the certificate file needs a password, and none was given
      hint: name the password's place: --certificate-password-file, -env, -command or -fd
    ");
}

#[test]
fn a_pfx_without_key_is_told_from_a_broken_one() {
    let world = World::start(contoso()).with_certificate("nokey.pfx");
    assert_snapshot!(refused(&world), @r"
    error: no private key: there is only the certificate
      hint: sign-in needs the private key too: give the .pfx, or a PEM file that holds key and certificate
    ");
}

#[test]
fn a_public_certificate_is_told_from_one_with_its_key() {
    let world = World::start(contoso()).with_certificate("app.cer");
    assert_snapshot!(refused(&world), @r"
    error: no private key: there is only the certificate
      hint: sign-in needs the private key too: give the .pfx, or a PEM file that holds key and certificate
    ");
}

#[test]
fn a_public_certificate_that_everybody_may_read_lacks_a_key_and_not_a_mode() {
    let world = World::start(contoso()).with_certificate("app.cer");
    world.mode("app.cer", 0o644);
    let said = refused(&world);
    assert!(said.contains("private key") && !said.contains("chmod"), "{said}");
}

#[test]
fn an_expired_certificate_is_refused_before_the_network() {
    let world = World::start(contoso()).with_certificate("expired.pfx");
    assert_snapshot!(refused(&world), @r"
    error: certificate 79146D0E8ACB926B734CB6DF6E878F1ED079A210 expired on 2025-01-01 00:00 UTC
      hint: make a new certificate, upload it to the app registration, then change the profile
    ");
}

#[test]
fn a_certificate_not_yet_valid_is_refused_before_the_network() {
    let world = World::start(contoso()).with_certificate("future.pfx");
    assert_snapshot!(refused(&world), @r"
    error: certificate 32394156E3302A0BFF5B4AB41146AD3004F51368 is not valid before 2059-01-01 00:00 UTC
      hint: check this machine's clock; a new certificate may need its first minutes to pass
    ");
}

#[test]
fn allow_expired_sends_an_expired_certificate_all_the_same() {
    let world = World::start(contoso()).with_certificate("expired.pfx");
    // The emulated service knows another certificate, so that it is the service that refuses.
    world.exoctl(ASK.iter().chain(&["--allow-expired"])).ends(12).says("AADSTS700027");
    assert_eq!(world.emulator().token_requests(), 1);
    let world = world.with_profile("certificate-file = 'expired.pfx'\nallow-expired = true");
    world.exoctl(ASK).ends(12);
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn allow_expired_sends_a_certificate_not_yet_valid_all_the_same() {
    let world = World::start(contoso()).with_certificate("future.pfx");
    world.exoctl(ASK.iter().chain(&["--allow-expired"])).ends(12);
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn an_ec_key_is_refused_with_what_works() {
    let world = World::start(contoso()).with_certificate("ec.pfx");
    assert_snapshot!(refused(&world), @r"
    error: EC P-256 keys are not accepted for sign-in; only RSA is
      hint: make an RSA certificate with `exoctl cert new`, and upload its .cer to the app registration
    ");
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let world = World::start(contoso()).with_certificate("mismatch.pem");
    assert_snapshot!(refused(&world), @r"
    error: private key does not belong to certificate 923CB0588F1E0DE79BE4392B4916B9B0136FA539
      hint: export the certificate together with its private key
    ");
}

#[test]
fn a_missing_key_file_is_named() {
    let world = World::start(contoso()).with_profile("certificate-file = 'nix.pfx'");
    let said = refused(&world);
    assert!(said.starts_with("error: `FOLDER/nix.pfx` does not exist"), "{said}");
}

#[test]
fn a_key_file_that_cannot_be_read_is_named_with_the_reason() {
    let world = World::start(contoso()).with_profile("certificate-file = 'folder.pfx'");
    world.make_folder("folder.pfx");
    let said = refused(&world);
    assert!(said.contains("`FOLDER/folder.pfx`") && said.contains("is a directory"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_key_file_without_the_right_to_read_it_is_named_with_the_reason() {
    let world = World::start(contoso());
    world.mode("app.pfx", 0o000);
    // Root reads everything; for everybody else the file is closed.
    if std::fs::File::open(world.path("app.pfx")).is_err() {
        assert!(refused(&world).contains("Permission denied"));
    }
}

#[cfg(unix)]
#[test]
fn a_key_file_that_its_group_can_read_is_refused() {
    let world = World::start(contoso());
    world.mode("app.pfx", 0o640);
    assert_snapshot!(refused(&world), @r"
    error: `FOLDER/app.pfx` can be read by others on this machine (mode 0640)
      hint: chmod 600 FOLDER/app.pfx
    ");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_everybody_can_read_is_refused_unless_that_is_allowed() {
    let world = World::start(contoso());
    world.mode("app.pfx", 0o604);
    assert!(refused(&world).contains("mode 0604"));
    world.exoctl(ASK.iter().chain(&["--allow-open-key-file"])).ends(0);
}

#[test]
fn a_file_that_is_no_certificate_is_named_for_what_it_is() {
    let world = World::start(contoso());
    world.private("app.pfx", b"{\"not\": \"a certificate\"}");
    assert_snapshot!(refused(&world), @r"
    error: not a certificate file: it looks like a JSON file
      hint: give a .pfx, .p12, .pem, .cer or .crt file
    ");
}

#[test]
fn a_truncated_pfx_is_damaged_and_not_of_another_kind() {
    let world = World::start(contoso());
    let whole = data("app.pfx");
    for part in [whole.len() / 3, whole.len() - 1] {
        world.private("app.pfx", &whole[..part]);
        let said = refused(&world);
        assert!(said.contains("damaged") && said.contains("export it again"), "{said}");
    }
}

#[test]
fn a_pem_file_with_key_and_certificate_signs_in() {
    let world = World::start(contoso()).with_certificate("app.pem");
    world.exoctl(ASK).ends(0);
}

#[test]
fn a_thumbprint_that_is_not_in_the_file_lists_what_is() {
    let world =
        World::start(contoso()).with_profile("certificate-thumbprint = '0000000000000000000000000000000000000000'");
    assert_snapshot!(refused(&world), @r"
    error: certificate 0000000000000000000000000000000000000000 is not there; found: 923CB0588F1E0DE79BE4392B4916B9B0136FA539 `CN=app` until 2060-01-01 00:00 UTC
      hint: name one of those that are there, or give another file
    ");
}

#[test]
fn a_thumbprint_chooses_the_certificate_as_people_paste_it() {
    let pasted = "92 3c b0 58 8f 1e 0d e7 9b e4 39 2b 49 16 b9 b0 13 6f a5 39";
    let world = World::start(contoso()).with_profile(&format!("certificate-thumbprint = '{pasted}'"));
    world.exoctl(ASK).ends(0);
}

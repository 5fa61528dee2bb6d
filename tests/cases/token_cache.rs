//! Tokens that outlive the run, for those who ask for it.

use exo_tests::{World, contoso};

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];

#[test]
fn nothing_is_kept_unless_it_is_asked_for() {
    let world = World::start(contoso());
    world.exoctl(["token"]).ends(0);
    world.exoctl(ASK).ends(0);
    assert_eq!(world.written(), Vec::<String>::new());
    assert_eq!(world.emulator().token_requests(), 3);
}

#[test]
fn a_kept_token_serves_the_next_run() {
    let world = World::start(contoso()).with_profile("token-cache = 'tokens'");
    for _ in 0..3 {
        world.exoctl(ASK).ends(0);
    }
    assert_eq!(world.emulator().token_requests(), 1);
    let files = world.written();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].starts_with("tokens/"), "{files:?}");
    world.exoctl(["token"]).ends(0);
    assert_eq!(world.emulator().token_requests(), 2, "the other service has a token of its own");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(world.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("tokens"), 0o700);
        assert_eq!(mode(&files[0]), 0o600);
    }
}

#[test]
fn a_check_never_uses_a_kept_token() {
    let world = World::start(contoso()).with_profile("token-cache = 'tokens'");
    world.exoctl(ASK).ends(0);
    world.exoctl(["check", "--service", "exo"]).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn another_certificate_does_not_get_the_kept_token() {
    let world = World::start(contoso()).with_profile("token-cache = 'tokens'");
    world.exoctl(ASK).ends(0);
    world.private("other.pfx", &exo_tests::data("other.pfx"));
    world.exoctl(ASK.iter().chain(&["--certificate-file", "other.pfx"])).ends(12).says("AADSTS700027");
}

#[test]
fn a_kept_token_that_was_revoked_is_replaced() {
    let world = World::start(contoso()).with_profile("token-cache = 'tokens'");
    world.exoctl(ASK).ends(0);
    world.emulator().fault(exo_tests::Fault::on_cmdlet("Get-AcceptedDomain").revoke_token());
    world.exoctl(ASK).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_open_is_refused() {
    let world = World::start(contoso());
    world.make_folder("open");
    world.mode("open", 0o755);
    let ended = world.exoctl(ASK.iter().chain(&["--token-cache", "open"]));
    let said = ended.refused(ended.code);
    assert!(said.contains("`open` is open to others"), "{said}");
    world.assert_nothing_was_sent();
}

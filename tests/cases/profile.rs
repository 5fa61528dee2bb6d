//! Profile file, variables and flags: what they must hold, and which one wins.

use exo_tests::{APP_ID, World, contoso};
use insta::assert_snapshot;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];

/// Refused as a fault of the profile, and nothing was sent.
fn refused(more: &str) -> String {
    let world = World::start(contoso()).with_profile(more);
    let said = world.refusal(10, ASK);
    world.assert_nothing_was_sent();
    said
}

#[test]
fn an_organization_that_is_a_custom_domain_is_refused() {
    assert_snapshot!(refused("organization = 'contoso.com'"), @"error: organization `contoso.com` is a custom domain; give the tenant's initial domain, such as contoso.onmicrosoft.com");
}

#[test]
fn an_organization_that_is_a_guid_is_refused() {
    assert_snapshot!(refused("organization = '7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11'"), @"error: organization `00000000-0000-0000-0000-000000000000` is a GUID; give the tenant's initial domain, such as contoso.onmicrosoft.com");
}

#[test]
fn an_organization_that_names_no_tenant_is_refused() {
    for name in ["common", "organizations", "consumers", "COMMON"] {
        let said = refused(&format!("organization = '{name}'"));
        assert!(
            said.contains(&format!("`{name}` names no tenant")) && said.contains("contoso.onmicrosoft.com"),
            "{said}"
        );
    }
}

#[test]
fn an_organization_that_is_no_domain_is_not_advised_to_be_a_guid() {
    let said = refused("organization = 'con toso.onmicrosoft.com'");
    assert!(said.contains("con toso.onmicrosoft.com") && !said.contains("GUID"), "{said}");
}

#[test]
fn a_tenant_that_names_no_tenant_is_refused() {
    let said = refused("tenant = 'common'");
    assert!(said.contains("`common` names no tenant"), "{said}");
}

#[test]
fn an_app_id_that_is_no_guid_is_refused() {
    assert_snapshot!(refused("app-id = 'ExO PowerShell CBA'"), @"error: `ExO PowerShell CBA` is not a GUID such as 36ee4c6c-0812-40a2-b820-b22ebd02bce3");
}

#[test]
fn what_is_missing_is_named_with_its_flag_variable_and_an_example() {
    assert_snapshot!(refused("organization"), @r"
    error: `--organization` is missing: give it, set EXOCTL_ORGANIZATION, or write it into the profile
      hint: for example --organization contoso.onmicrosoft.com; `exoctl demo` needs nothing
    ");
    assert_snapshot!(refused("app-id"), @r"
    error: `--app-id` is missing: give it, set EXOCTL_APP_ID, or write it into the profile
      hint: for example --app-id 36ee4c6c-0812-40a2-b820-b22ebd02bce3; `exoctl demo` needs nothing
    ");
    assert_snapshot!(refused("certificate-file"), @r"
    error: `--certificate-file` is missing: give it, set EXOCTL_CERTIFICATE_FILE, or write it into the profile
      hint: for example --certificate-file mycert.pfx; `exoctl demo` needs nothing
    ");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    assert_snapshot!(refused("organisation = 'contoso.onmicrosoft.com'"), @r"
    error: profile file `FOLDER/config.toml` is not understood: unknown field `organisation`, expected one of `app-id`, `organization`, `tenant`, `certificate-file`, `certificate-env`, `certificate-command`, `certificate-thumbprint`, `certificate-store`, `certificate-password-env`, `certificate-password-file`, `certificate-password-command`, `allow-expired`, `allow-open-key-file`, `require-csp`, `signature-algorithm`, `send-chain`, `wait-for-propagation`, `token-cache`, `credential`, `key-vault-certificate`, `key-vault-mode`, `key-vault-credential`, `key-vault-app-id`, `key-vault-host`, `managed-identity-client-id`, `managed-identity-object-id`, `managed-identity-resource-id`, `federated-token-file`, `service-connection-id`, `access-token-file`, `access-token-env`, `cloud`, `login`, `token-url`, `exchange`, `compliance`, `graph`, `exchange-scope`, `compliance-scope`, `graph-scope`, `ca-file`, `concurrency`, `max-wait`, `isolation`
      hint: see line 12; the keys are the names of the flags, such as app-id, organization, certificate-file
    ");
}

#[test]
fn a_password_is_never_written_into_a_profile() {
    let said = refused("certificate-password = 'hunter2'");
    assert!(said.contains("certificate-password") && !said.contains("hunter2"), "{said}");
}

#[test]
fn a_client_secret_is_refused_with_the_reason() {
    assert_snapshot!(refused("client-secret = 'Marked-Secret-4711'"), @r"
    error: the client secret of profile file `FOLDER/config.toml` is not used: apps sign in to Exchange with a certificate or a managed identity, and a secret that is written down is a password that will leak
      hint: make a certificate with `exoctl cert new`, attach it to the app, give it with --certificate-file; then remove the secret, from the app too
    ");
    let world = World::start(contoso());
    let flag = world.exoctl(ASK.iter().chain(&["--client-secret", "Marked-Secret-4711"]));
    assert!(flag.never_says("4711").refused(10).contains("--client-secret"));
    let variable = world.end(world.command(ASK).env("EXOCTL_CLIENT_SECRET", "Marked-Secret-4711"));
    assert!(variable.never_says("4711").refused(10).contains("EXOCTL_CLIENT_SECRET"));
    world.assert_nothing_was_sent();
}

#[test]
fn a_client_secret_of_azures_libraries_harms_only_alone() {
    let world = World::start(contoso());
    world.end(world.command(ASK).env("AZURE_CLIENT_SECRET", "Marked-Secret-4711")).ends(0);
    let world = world.with_profile("certificate-file");
    let ended = world.end(world.command(ASK).env("AZURE_CLIENT_SECRET", "Marked-Secret-4711"));
    assert!(ended.never_says("4711").refused(10).contains("AZURE_CLIENT_SECRET"));
}

#[test]
fn the_signature_algorithm_and_the_chain_are_chosen_by_flag_variable_or_profile() {
    let world = World::start(contoso());
    for name in ["RS256", "ps256"] {
        world.exoctl(ASK.iter().chain(&["--signature-algorithm", name, "--send-chain"])).ends(0);
    }
    world.end(world.command(ASK).env("EXOCTL_SIGNATURE_ALGORITHM", "RS256").env("EXOCTL_SEND_CHAIN", "1")).ends(0);
    let said = refused("signature-algorithm = 'ES256'");
    assert!(said.contains("`ES256` is not a signature algorithm; there are PS256 and RS256"), "{said}");
    World::start(contoso()).with_profile("signature-algorithm = 'RS256'\nsend-chain = true").exoctl(ASK).ends(0);
}

#[test]
fn a_profile_that_is_not_there_lists_those_that_are() {
    let world = World::start(contoso());
    assert_snapshot!(world.refusal(10, ASK.iter().chain(&["--profile", "fabrikam"])), @r"
    error: profile `fabrikam` does not exist in `FOLDER/config.toml`
      hint: there are: `default`
    ");
}

#[test]
fn a_profile_file_that_is_not_there_is_named() {
    let world = World::start(contoso());
    let said = world.refusal(10, ASK.iter().chain(&["--config", "nix.toml"]));
    assert!(said.starts_with("error: profile file `nix.toml` cannot be read"), "{said}");
}

#[test]
fn an_unknown_cloud_lists_the_clouds() {
    assert_snapshot!(refused("cloud = 'germany'"), @"error: `germany` is not a cloud; there are worldwide, gcc-high, dod, china");
}

#[test]
fn an_address_without_encryption_is_refused() {
    assert_snapshot!(refused("exchange = 'http://outlook.example.com'"), @"error: `http://outlook.example.com` is not an address such as https://outlook.office365.com (http is taken for loopback addresses only, since the request carries a credential)");
}

#[test]
fn a_password_in_two_places_is_refused() {
    let world = World::start(contoso());
    let both = ["--certificate-password-env", "PASSWORD", "--certificate-password-file", "password.txt"];
    let said = world.refusal(2, ASK.iter().chain(&both));
    assert!(said.contains("more than one way; keep one"), "{said}");
}

#[test]
fn a_password_place_that_is_empty_is_named() {
    for (place, sentence) in [
        ("certificate-password-file = 'nix.txt'", "password file `FOLDER/nix.txt` cannot be read"),
        ("certificate-password-file\ncertificate-password-env = 'NIX'", "environment variable `NIX`"),
        ("certificate-password-file\ncertificate-password-command = 'exit 3'", "the password command ended with"),
    ] {
        let said = refused(place);
        assert!(said.contains(sentence), "{said}");
    }
}

#[test]
fn a_missing_ca_file_is_named() {
    let said = refused("ca-file = 'nix.pem'");
    assert!(said.starts_with("error: CA file `FOLDER/nix.pem` cannot be read"), "{said}");
}

#[test]
fn the_password_comes_from_variable_file_command_or_descriptor() {
    let world = World::start(contoso()).with_profile("certificate-password-file");
    let with = |flags: &[&str]| world.command(ASK.iter().chain(flags));
    world.end(with(&["--certificate-password-env", "MINE"]).env("MINE", "secret")).ends(0);
    world.end(with(&[]).env("EXOCTL_CERTIFICATE_PASSWORD", "secret")).ends(0);
    world.end(&mut with(&["--certificate-password-file", "password.txt"])).ends(0);
    world.end(&mut with(&["--certificate-password-command", "printf 'secret\\nmore'"])).ends(0);
    world.end(&mut with(&["--certificate-password-insecure", "secret"])).ends(0);
}

#[cfg(unix)]
#[test]
fn the_password_comes_from_a_descriptor() {
    let world = World::start(contoso()).with_profile("certificate-password-file");
    let line = "exec \"$EXOCTL\" invoke Get-AcceptedDomain --certificate-password-fd 3 3< password.txt";
    world.shell(line).ends(0);
}

#[test]
fn a_flag_wins_over_a_variable_and_a_variable_over_the_profile() {
    let world = World::start(contoso()).with_profile("organization = 'profile.onmicrosoft.com'");
    let check = |flag: &[&str], variable: Option<&str>| {
        let mut command = world.command(["check", "--format", "json"].iter().chain(flag));
        if let Some(value) = variable {
            command.env("EXOCTL_ORGANIZATION", value);
        }
        world.end(&mut command).check("profile").1
    };
    let seen = |organization: &str| format!("app {APP_ID} in {organization}.onmicrosoft.com");
    assert_eq!(check(&[], None), seen("profile"));
    assert_eq!(check(&[], Some("variable.onmicrosoft.com")), seen("variable"));
    let flag = ["--organization", "flag.onmicrosoft.com"];
    assert_eq!(check(&flag, Some("variable.onmicrosoft.com")), seen("flag"));
    assert_eq!(check(&flag, None), seen("flag"));
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let world = World::start(contoso());
    world.end(world.command(ASK).env("EXOCTL_ORGANIZATION", "")).ends(0);
}

#[test]
fn the_password_of_a_flag_wins_over_that_of_a_variable_and_of_the_profile() {
    let world = World::start(contoso());
    world.private("wrong.txt", b"wrong\n");
    world.end(world.command(ASK).env("EXOCTL_CERTIFICATE_PASSWORD", "wrong")).ends(11);
    let flag = ["--certificate-password-file", "password.txt"];
    let mut command = world.command(ASK.iter().chain(&flag));
    world.end(command.env("EXOCTL_CERTIFICATE_PASSWORD", "wrong")).ends(0);
    let world = world.with_profile("certificate-password-file = 'wrong.txt'");
    world.end(world.command(ASK).env("EXOCTL_CERTIFICATE_PASSWORD", "secret")).ends(0);
}

#[test]
fn profiles_are_chosen_by_name_and_the_flag_wins_over_the_variable() {
    let world = World::start(contoso());
    let two = format!(
        "{}\n{}",
        world.profile(""),
        world.profile("organization = 'b.onmicrosoft.com'").replace("default", "b")
    );
    world.write("config.toml", two.as_bytes());
    let seen = |command: &mut std::process::Command| world.end(command).check("profile").1;
    let check = ["check", "--format", "json"];
    assert!(seen(world.command(check).env("EXOCTL_PROFILE", "b")).ends_with("b.onmicrosoft.com"));
    let mut flag = world.command(check.iter().chain(&["--profile", "default"]));
    assert!(seen(flag.env("EXOCTL_PROFILE", "b")).ends_with("contoso.onmicrosoft.com"));
}

#[test]
fn everything_may_come_from_flags_without_a_profile_file() {
    let world = World::start(contoso());
    let emulator = world.emulator();
    let (login, exchange) = (emulator.login_origin(), emulator.exchange_origin());
    let flags = [
        "--app-id",
        APP_ID,
        "--organization",
        "contoso.onmicrosoft.com",
        "--certificate-file",
        "app.pfx",
        "--certificate-password-file",
        "password.txt",
        "--ca-file",
        "ca.pem",
        "--login",
        &login,
        "--exchange",
        &exchange,
        "--exchange-scope",
        "https://outlook.office365.com/.default",
    ];
    let mut command = world.command(ASK.iter().copied().chain(flags));
    world.end(command.env_remove("EXOCTL_CONFIG")).ends(0);
}

#[test]
fn a_profile_in_the_configuration_folder_is_found() {
    let world = World::start(contoso());
    world.make_folder("settings/exoctl");
    let absolute =
        world.profile("").replace("'app.pfx'", "'../../app.pfx'").replace("'password.txt'", "'../../password.txt'");
    world.write("settings/exoctl/config.toml", absolute.replace("'ca.pem'", "'../../ca.pem'").as_bytes());
    let mut command = world.command(ASK);
    world.end(command.env_remove("EXOCTL_CONFIG").env("XDG_CONFIG_HOME", world.path("settings"))).ends(0);
}

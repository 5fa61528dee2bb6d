//! Every other credential, at the highest log level, with its secrets known.

use crate::secrets::{assert_no_secret, marked, silent};
use exo_tests::{MARKED, World, contoso};
use std::collections::BTreeMap;

/// What a platform gives beside addresses: texts that must never be seen.
fn secrets_of(variables: &BTreeMap<String, String>) -> Vec<String> {
    let named =
        variables.iter().filter(|(name, _)| ["TOKEN", "HEADER", "SECRET"].iter().any(|end| name.ends_with(end)));
    named.map(|(_, value)| value.clone()).collect()
}

#[test]
fn no_other_credential_lets_anything_out() {
    let tenant = contoso().surroundings().unwrap();
    let world = World::start(tenant).with_profile("certificate-file\ncertificate-password-file");
    world.write("federated-token", b"");
    let places = world.emulator().furnish(world.folder()).unwrap();
    let vault = format!("{}/certificates/signing", world.emulator().vault_url("contoso"));
    let of_vault = ["--key-vault-certificate", &vault];
    let fetched = ["--key-vault-certificate", &vault, "--key-vault-mode", "fetch"];
    let nowhere = ["--key-vault-certificate", &vault.replace("signing", "nix"), "--key-vault-mode", "fetch"];
    for (place, code, flags) in [
        ("imds", 0, &["--credential", "managed-identity"][..]),
        ("app-service", 0, &["--credential", "managed-identity"]),
        ("azure-ml", 0, &["--credential", "managed-identity"]),
        ("imds", 0, &["--credential", "federated-managed-identity"]),
        ("workload-identity", 0, &["--credential", "workload-identity"]),
        ("github-actions", 0, &["--credential", "github-actions"]),
        ("azure-pipelines", 0, &["--credential", "azure-pipelines"]),
        ("imds", 0, &of_vault),
        ("imds", 0, &fetched),
        ("imds", 11, &nowhere),
        ("github-actions", 12, &["--credential", "github-actions", "--app-id", "11111111-2222-3333-4444-555555555555"]),
    ] {
        let variables = places.get(place).unwrap();
        for command in ["check", "token"] {
            let mut command = world.command([command, "--log", "trace"].iter().chain(flags));
            let ended = world.end(command.envs(variables));
            ended.ends(code);
            assert_no_secret(&world, &ended, &flags.join(" "));
            for secret in secrets_of(variables) {
                ended.never_says(&secret);
            }
        }
    }
}

#[test]
fn a_client_secret_is_not_repeated() {
    let world = marked(World::start(contoso()));
    silent(&world, 10, &["check", "--client-secret", MARKED]);
    silent(&world, 2, &["check", "--client-secret", MARKED, "--nix"]);
    let world = world.with_profile(&format!("client-secret = '{MARKED}'"));
    silent(&world, 10, &["check", "--format", "json"]);
}

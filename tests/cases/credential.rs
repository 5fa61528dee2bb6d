//! Every way in which an app can prove itself, and how one of them is chosen.

use exo_emulator::{Machine, ManagedIdentity};
use exo_tests::{APP_ID, App, Ended, GLOBAL_READER, Service, World, contoso};
use insta::assert_snapshot;
use std::collections::BTreeMap;

const ASK: [&str; 2] = ["invoke", "Get-AcceptedDomain"];
const CHECK: [&str; 3] = ["check", "--format", "json"];
/// Leaves the certificate of the usual profile out.
const NO_CERTIFICATE: &str = "certificate-file\ncertificate-password-file";

/// A tenant with a machine, a vault, pipelines and a pod, and a profile without a certificate.
#[expect(clippy::unwrap_used, reason = "a test whose world cannot be made cannot go on")]
fn world(more: &str) -> World {
    let tenant = contoso().surroundings().unwrap();
    World::start(tenant).with_profile(&format!("{NO_CERTIFICATE}\n{more}"))
}

/// The variables that a platform gives.
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test whose world cannot be made cannot go on")]
fn variables(world: &World, place: &str) -> BTreeMap<String, String> {
    // The emulator writes it, and not the program.
    world.write("federated-token", b"");
    let mut places = world.emulator().furnish(world.folder()).unwrap();
    places.remove(place).unwrap_or_else(|| panic!("no place `{place}`"))
}

/// Runs the program on a platform.
fn on(world: &World, place: &str, words: &[&str]) -> Ended {
    world.end(world.command(words).envs(variables(world, place)))
}

#[test]
fn every_platform_signs_in_to_both_services() {
    for (place, kind, seen) in [
        ("imds", "managed-identity", "the system-assigned"),
        ("app-service", "managed-identity", "the system-assigned"),
        ("azure-ml", "managed-identity", "the system-assigned"),
        ("service-fabric", "managed-identity", "the system-assigned"),
        ("imds", "federated-managed-identity", "which vouches for the app"),
        ("workload-identity", "workload-identity", "the federated token in `"),
        ("github-actions", "github-actions", "GitHub Actions"),
        ("azure-pipelines", "azure-pipelines", "of Azure Pipelines"),
    ] {
        let world = world(&format!("credential = '{kind}'"));
        let ended = on(&world, place, &CHECK);
        ended.ends(0);
        assert_eq!(ended.check("exo session").0, "ok", "{kind} on {place}: {}", ended.shown());
        assert_eq!(ended.check("scc session").0, "ok", "{kind} on {place}: {}", ended.shown());
        assert!(ended.check("credential").1.contains(seen), "{}", ended.shown());
        assert_eq!(world.written(), Vec::<String>::new());
    }
}

#[test]
fn another_server_in_place_of_service_fabrics_is_given_no_secret() {
    let world = world("credential = 'managed-identity'");
    let mut places = variables(&world, "service-fabric");
    places.insert("IDENTITY_SERVER_THUMBPRINT".to_owned(), "00".repeat(20));
    let ended = world.end(world.command(ASK).envs(places));
    ended.ends(15).says("certificate");
    assert_eq!(world.emulator().token_requests(), 0);
}

#[test]
fn a_managed_identity_needs_no_app_id() {
    let world = world("credential = 'managed-identity'\napp-id");
    on(&world, "imds", &ASK).ends(0);
    let ended = on(&world, "imds", &["token", "--service", "exo"]);
    ended.ends(0).gives("reports-vm").never_says(APP_ID);
}

#[test]
fn one_of_several_managed_identities_is_chosen_by_any_of_its_ids() {
    let resource =
        "/subscriptions/1/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/second";
    let identity = |id: &str, name: &str, resource: &str| {
        let app = App::new(id).display_name(name).permission(Service::Exchange).role(GLOBAL_READER);
        app.managed_identity(ManagedIdentity::user_assigned(resource))
    };
    let second = identity("22222222-0000-4000-8000-000000000002", "second", resource);
    let (client_id, object_id) = ("22222222-0000-4000-8000-000000000002", second.object_id());
    let tenant =
        contoso().app(identity("11111111-0000-4000-8000-000000000001", "first", "/subscriptions/1")).app(second);
    let world = World::start(tenant.machine(Machine::new())).with_profile(&format!("{NO_CERTIFICATE}\napp-id"));
    for (key, value) in [("client-id", client_id), ("object-id", object_id.as_str()), ("resource-id", resource)] {
        let flag = format!("--managed-identity-{key}");
        for place in ["imds", "app-service"] {
            on(&world, place, &["token", "--service", "exo", &flag, value]).ends(0).gives(resource);
        }
    }
    let said = on(&world, "imds", &["token", "--service", "exo", "--managed-identity-client-id", "second"]).refused(10);
    assert!(said.contains("`second`"), "{said}");
}

#[test]
fn the_account_of_a_run_names_the_app_of_the_token() {
    let world = world("credential = 'managed-identity'\napp-id");
    on(&world, "imds", &["run", "forwarding", "--format", "csv", "--out", "results/"]);
    let id =
        on(&world, "imds", &["token", "--service", "exo", "--format", "json"]).json()["tokens"][0]["app_id"].clone();
    assert!(id.is_string());
    assert_eq!(world.json("results/run.json")["app_id"], id);
}

#[test]
fn what_vouches_for_an_app_needs_its_id_from_the_profile_or_from_the_platform() {
    let world = world("credential = 'github-actions'\napp-id");
    let said = on(&world, "github-actions", &ASK).refused(10);
    assert!(said.contains("`--app-id` is missing"), "{said}");
    let mut command = world.command(ASK);
    command.envs(variables(&world, "github-actions")).env("AZURE_CLIENT_ID", APP_ID);
    world.end(&mut command).ends(0);
    // A pod is given all four variables, so that the profile only says which tenant.
    on(&world, "workload-identity", &[ASK[0], ASK[1], "--credential", "workload-identity"]).ends(0);
}

#[test]
fn a_certificate_is_not_mixed_with_the_variables_of_azure() {
    let world = World::start(contoso());
    let with = |world: &World| {
        let mut command = world.command(ASK);
        command.env("AZURE_CLIENT_ID", APP_ID).env("AZURE_TENANT_ID", "fabrikam.com");
        world.end(command.env("AZURE_AUTHORITY_HOST", "https://login.example.com"))
    };
    with(&world).ends(0);
    let said = with(&world.with_profile("app-id")).refused(10);
    assert!(said.contains("`--app-id` is missing"), "{said}");
}

#[test]
fn a_certificate_in_a_key_vault_signs_there_or_is_fetched() {
    for mode in ["sign", "fetch"] {
        let world = world("");
        let url = format!("{}/certificates/signing", world.emulator().vault_url("contoso"));
        let words = [&CHECK[..], &["--key-vault-certificate", &url, "--key-vault-mode", mode]].concat();
        let ended = on(&world, "imds", &words);
        ended.ends(0);
        let seen = ended.check("credential").1;
        let key = if mode == "sign" { "stays there" } else { "is fetched" };
        assert!(seen.contains("/certificates/signing, whose key") && seen.contains(key), "{seen}");
        assert!(seen.contains("opened by the system-assigned"), "{seen}");
        assert!(ended.check("certificate").1.contains("RSA 2048 bits"), "{}", ended.shown());
        assert_eq!(ended.check("exo session").0, "ok");
        let asked = |what: &str| world.emulator().log().iter().any(|request| request.path.contains(what));
        assert_eq!(asked("/keys/signing/"), mode == "sign", "{mode}");
        assert_eq!(asked("/secrets/"), mode == "fetch", "{mode}");
    }
}

#[test]
fn a_key_vault_is_opened_by_whatever_the_platform_offers() {
    for (place, opener) in [
        ("imds", "managed-identity"),
        ("workload-identity", "workload-identity"),
        ("github-actions", "github-actions"),
        ("azure-pipelines", "azure-pipelines"),
        ("imds", "federated-managed-identity"),
    ] {
        let world = world(&format!("key-vault-credential = '{opener}'"));
        let url = format!("{}/certificates/signing", world.emulator().vault_url("contoso"));
        on(&world, place, &[ASK[0], ASK[1], "--key-vault-certificate", &url]).ends(0);
    }
}

#[test]
fn a_key_vault_that_refuses_says_what_is_missing() {
    let world = world("");
    let url = format!("{}/certificates/nix", world.emulator().vault_url("contoso"));
    let ended = on(&world, "imds", &[&CHECK[..], &["--key-vault-certificate", &url]].concat());
    assert_eq!(ended.check("credential").0, "failed", "{}", ended.shown());
    assert_eq!(ended.next_steps().len(), 1, "{}", ended.shown());
    let said =
        world.refusal(10, [ASK[0], ASK[1], "--key-vault-certificate", "https://evil.example.com/certificates/x"]);
    assert!(said.contains("evil.example.com"), "{said}");
    let said = world.refusal(10, [ASK[0], ASK[1], "--key-vault-certificate", &url, "--key-vault-mode", "look"]);
    assert!(said.contains("there are sign and fetch"), "{said}");
    let said =
        world.refusal(10, [ASK[0], ASK[1], "--key-vault-certificate", &url, "--key-vault-credential", "certificate"]);
    assert!(said.contains("opens no key vault") && said.contains("managed-identity"), "{said}");
}

#[test]
fn tokens_that_somebody_else_fetched_come_from_a_file_a_pipe_or_a_variable() {
    let fetching = World::start(contoso());
    let raw = |service| fetching.exoctl(["token", "--service", service, "--raw"]).ends(0).stdout.clone();
    let (exchange, compliance) = (raw("exo"), raw("scc"));
    let given = fetching.with_profile(&format!("{NO_CERTIFICATE}\napp-id"));
    given.private("tokens.txt", format!("{exchange}\n{compliance}").as_bytes());
    let asked = given.emulator().token_requests();
    let ended = given.exoctl(CHECK.iter().chain(&["--access-token-file", "tokens.txt"]));
    ended.ends(0);
    assert_eq!(ended.check("scc session").0, "ok");
    given.end(given.command(ASK.iter().chain(&["--access-token-env", "MINE"])).env("MINE", &exchange)).ends(0);
    given.shell("\"$EXOCTL\" invoke Get-AcceptedDomain --access-token-file - < tokens.txt").ends(0);
    assert_eq!(given.emulator().token_requests(), asked, "no token was asked for");
    given.private("tokens.txt", exchange.as_bytes());
    let ended = given.exoctl(["invoke", "Get-ProtectionAlert", "--access-token-file", "tokens.txt"]);
    let said = ended.refused(ended.code);
    assert!(said.contains("ps.compliance.protection.outlook.com"), "{said}");
    given.private("tokens.txt", b"\n");
    let said = given.exoctl(ASK.iter().chain(&["--access-token-file", "tokens.txt"])).refused(10);
    assert!(said.contains("there is no access token"), "{said}");
}

#[test]
fn two_kinds_at_one_level_are_refused_with_both_named() {
    let world = World::start(contoso());
    let flags = ["--certificate-file", "app.pfx", "--managed-identity-client-id", APP_ID];
    assert_snapshot!(world.refusal(2, ASK.iter().chain(&flags)), @r"
    error: --certificate-file means a certificate and its key, and --managed-identity-client-id means the managed identity of this Azure resource: an app proves itself in one way
      hint: keep one of them; a flag hides what variables and the profile say of another
    ");
    let flags = ["--credential", "managed-identity", "--federated-token-file", "x"];
    let said = world.refusal(2, ASK.iter().chain(&flags));
    assert!(said.contains("--credential managed-identity") && said.contains("--federated-token-file"), "{said}");
    let mut command = world.command(ASK);
    command.env("EXOCTL_ACCESS_TOKEN_FILE", "x").env("EXOCTL_SERVICE_CONNECTION_ID", "y");
    let said = world.end(&mut command).refused(2);
    assert!(said.contains("EXOCTL_ACCESS_TOKEN_FILE") && said.contains("EXOCTL_SERVICE_CONNECTION_ID"), "{said}");
    let world = world.with_profile("credential = 'github-actions'");
    let said = world.refusal(2, ASK);
    assert!(said.contains("`credential` github-actions") && said.contains("`certificate-file`"), "{said}");
    let twice = ["--managed-identity-client-id", APP_ID, "--managed-identity-object-id", APP_ID];
    let said = world.refusal(2, ASK.iter().chain(&twice));
    assert!(said.contains("--managed-identity-client-id and --managed-identity-object-id"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn a_kind_of_a_higher_level_hides_the_others_below() {
    let world = World::start(contoso().surroundings().unwrap());
    // The profile has a certificate; the flag wants the identity of the machine.
    on(&world, "imds", &[ASK[0], ASK[1], "--credential", "managed-identity"]).ends(0);
    let asked = world.emulator().token_requests();
    assert_eq!(asked, 0, "no certificate was sent");
    let mut command = world.command(ASK);
    world.end(command.env("EXOCTL_CREDENTIAL", "certificate")).ends(0);
    assert_eq!(world.emulator().token_requests(), 1);
}

#[test]
fn an_unknown_kind_lists_the_kinds() {
    let said = World::start(contoso()).refusal(10, ASK.iter().chain(&["--credential", "password"]));
    assert!(said.contains("`password`") && said.contains("managed-identity, workload-identity"), "{said}");
    let said = World::start(contoso()).refusal(10, ASK.iter().chain(&["--credential", "client-secret"]));
    assert!(said.contains("client secret"), "{said}");
}

#[test]
fn what_the_machine_offers_is_named_and_not_taken_unasked() {
    let world = world("");
    let said = on(&world, "github-actions", &ASK).refused(10);
    assert!(said.contains("--credential github-actions"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn a_kind_that_a_service_is_not_known_to_take_is_warned_of() {
    let world = world("credential = 'managed-identity'");
    let ended = on(&world, "imds", &CHECK);
    assert_eq!(ended.ends(0).check("scc credential").0, "warning");
    let lines = ended.json()["checks"].clone();
    assert!(!lines.as_array().unwrap().iter().any(|line| line["what"] == "exo credential"), "{lines}");
    on(&world, "imds", &["run", "purview-alerts"]).says("warning: Security & Compliance with the managed identity");
    on(&world, "imds", &["run", "purview-alerts", "--quiet"]).never_says("warning: Security");
    on(&world, "imds", &["run", "forwarding"]).never_says("warning: ");
    on(&world, "imds", &["invoke", "Get-ProtectionAlert"]).says("warning: Security & Compliance with");
    World::start(contoso()).exoctl(["run", "purview-alerts"]).never_says("warning: ");
}

#[test]
fn a_platform_that_is_not_there_is_told_with_a_way_out() {
    let world = world("");
    for (kind, says) in [
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        ("azure-pipelines", "service-connection-id"),
        ("workload-identity", "AZURE_FEDERATED_TOKEN_FILE"),
    ] {
        let said = world.exoctl(ASK.iter().chain(&["--credential", kind])).refused(10);
        assert!(said.contains(says), "{kind}: {said}");
    }
    let ended = world.exoctl(ASK.iter().chain(&["--federated-token-file", "nix"]));
    let said = ended.refused(ended.code);
    assert!(said.contains("`nix`"), "{said}");
    world.assert_nothing_was_sent();
}

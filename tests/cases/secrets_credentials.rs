//! Every other credential, at the highest log level, with its secrets known.

use crate::secrets::{marked, silent};
use exo_emulator::{ForeignToken, Machine, VaultCertificate};
use exo_tests::{MARKED, Relay, Secrets, TokenDesk, Watched, World, contoso, data, json};
use std::collections::BTreeMap;

const NO_CERTIFICATE: &str = "certificate-file\ncertificate-password-file";
const COMMANDS: [&[&str]; 5] = [
    &["check"],
    &["check", "--format", "json"],
    &["token", "--all-claims"],
    &["invoke", "Get-AcceptedDomain"],
    &["run", "mailboxes", "--format", "csv", "--out", "results", "--overwrite"],
];

/// A tenant with a machine, a vault, pipelines and a pod.
#[expect(clippy::unwrap_used, reason = "a test whose world cannot be made cannot go on")]
fn watched() -> Watched {
    let watched = Watched::start(contoso().surroundings().unwrap());
    watched.world.write("federated-token", b"");
    watched.with_profile(NO_CERTIFICATE)
}

/// The variables of a place, and those of them that are secret.
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test whose world cannot be made cannot go on")]
fn place(watched: &Watched, name: &str) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let mut places = watched.world.emulator().furnish(watched.world.folder()).unwrap();
    let variables = places.remove(name).unwrap_or_else(|| panic!("no place `{name}`"));
    let ends = ["_TOKEN", "_HEADER", "_SECRET", "_ACCESSTOKEN"];
    let is_secret = |name: &str| ends.iter().any(|end| name.ends_with(end)) || name == "SYSTEM_ACCESSTOKEN";
    let secrets = variables.iter().filter(|(name, _)| is_secret(name));
    let secrets = secrets.map(|(name, value)| (name.clone(), value.clone())).collect();
    (variables, secrets)
}

fn borrowed(variables: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Every command that signs in, with this credential, each ending well.
fn all_commands(watched: &Watched, variables: &[(&str, &str)], flags: &[&str]) {
    for words in COMMANDS {
        let ended = watched.run_with(&[words, flags].concat(), variables, &[]);
        assert_eq!(ended.code, 0, "{words:?} {flags:?}: {}", ended.shown());
        assert!(words[0] != "check" || ended.stderr.contains("TRACE"), "the log is on: {}", ended.shown());
    }
}

#[test]
fn pipelines_and_pods_let_nothing_out() {
    for (name, kind) in [
        ("github-actions", "github-actions"),
        ("azure-pipelines", "azure-pipelines"),
        ("workload-identity", "workload-identity"),
    ] {
        let watched = watched();
        let (variables, secrets) = place(&watched, name);
        assert!(name == "workload-identity" || !secrets.is_empty(), "{variables:?}");
        let watched = secrets.iter().fold(watched, |watched, (name, value)| watched.with_secret(name, value));
        let watched = if name == "workload-identity" {
            let token = watched.world.read("federated-token");
            watched.with_secret("the federated token", token.trim())
        } else {
            watched
        };
        all_commands(&watched, &borrowed(&variables), &["--credential", kind]);
        assert!(watched.assertions() > 0, "the foreign token was exchanged, and is searched for");
    }
}

#[test]
fn identities_of_machines_let_nothing_out() {
    for name in ["app-service", "azure-ml", "imds"] {
        let watched = watched();
        let relay = Relay::to(&watched.world.emulator().machine_url().unwrap_or_default());
        let (mut variables, secrets) = place(&watched, name);
        assert!(name == "imds" || !secrets.is_empty(), "{variables:?}");
        let direct = watched.world.emulator().machine_url().unwrap_or_default();
        for value in variables.values_mut() {
            *value = value.replace(&direct, &relay.url());
        }
        let watched = secrets.iter().fold(watched, |watched, (name, value)| watched.with_secret(name, value));
        for (kind, commands) in [("managed-identity", &COMMANDS[..]), ("federated-managed-identity", &COMMANDS[..3])] {
            for words in commands {
                let words = [words, &["--credential", kind][..]].concat();
                let ended = watched.run_with(&words, &borrowed(&variables), &[]);
                assert_eq!(ended.code, 0, "{words:?} on {name}: {}", ended.shown());
                let tokens = relay.members("access_token");
                assert!(!tokens.is_empty(), "the machine's tokens are known");
                let secrets = tokens.iter().fold(watched.secrets(), |all, token| all.with("a machine's token", token));
                secrets.are_not_shown(&watched.world, &ended, &words.join(" "));
            }
        }
    }
}

#[test]
fn a_key_vault_lets_out_neither_its_token_nor_the_key() {
    // The vault holds the app's own key, of which every trace is known.
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let key: String = pem.lines().skip(1).take_while(|line| !line.starts_with("-----")).collect();
    let signing = VaultCertificate::from_der("own", data("app.cer"), base64_decoded(&key)).unwrap();
    let vault = exo_emulator::Vault::new("own").certificate(signing);
    let permissions = [
        exo_emulator::VaultPermission::CertificatesGet,
        exo_emulator::VaultPermission::SecretsGet,
        exo_emulator::VaultPermission::KeysSign,
    ];
    let identity = exo_emulator::App::new("5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52")
        .managed_identity(exo_emulator::ManagedIdentity::system_assigned())
        .vault_access("own", permissions);
    let watched = Watched::start(contoso().app(identity).vault(vault)).with_profile(NO_CERTIFICATE);
    let relay = Relay::to(&watched.world.emulator().machine_url().unwrap());
    let url = format!("{}/certificates/own", watched.world.emulator().vault_url("own"));
    let machine = relay.url();
    for mode in ["sign", "fetch"] {
        for words in COMMANDS {
            let flags = ["--key-vault-certificate", &url, "--key-vault-mode", mode];
            let words = [words, &flags[..]].concat();
            let variables = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.as_str())];
            let ended = watched.run_with(&words, &variables, &[]);
            assert_eq!(ended.code, 0, "{words:?}: {}", ended.shown());
            let tokens = relay.members("access_token");
            assert!(!tokens.is_empty(), "the vault's tokens are known");
            let secrets = tokens.iter().fold(watched.secrets(), |all, token| all.with("the vault's token", token));
            secrets.are_not_shown(&watched.world, &ended, &words.join(" "));
        }
    }
    let missing = url.replace("/own", "/nix");
    let variables = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", machine.as_str())];
    let ended = watched.run_with(&["check", "--key-vault-certificate", &missing], &variables, &[]);
    assert_ne!(ended.code, 0);
}

#[test]
fn azure_arc_lets_its_key_out_to_nobody() {
    let keys = tempfile::tempdir().unwrap();
    let machine = Machine::new().arc_folder(keys.path());
    let watched = Watched::start(contoso().surroundings().unwrap().machine(machine)).with_profile(NO_CERTIFICATE);
    watched.world.write("federated-token", b"");
    let (variables, _) = place(&watched, "azure-arc");
    for words in COMMANDS {
        let words = [words, &["--credential", "managed-identity"][..]].concat();
        let ended = watched.run_with(&words, &borrowed(&variables), &[]);
        // The agent's folder is elsewhere on a real machine, so that the file is not read.
        assert_ne!(ended.code, 0, "{}", ended.shown());
        let mut secrets = watched.secrets();
        let files: Vec<_> = std::fs::read_dir(keys.path()).unwrap().flatten().collect();
        assert!(!files.is_empty(), "the key was offered: {}", ended.shown());
        for file in files {
            secrets.add("the key of Azure Arc", std::fs::read(file.path()).unwrap());
        }
        secrets.are_not_shown(&watched.world, &ended, &words.join(" "));
    }
}

#[test]
fn a_foreign_token_is_not_shown_by_whoever_refuses_it() {
    let watched = watched();
    let stranger = ForeignToken::new("https://oidc.localhost", "system:serviceaccount:nobody:nothing");
    let made = watched.world.emulator().foreign_token(&stranger).unwrap();
    let desk = TokenDesk::start({
        let made = made.clone();
        move |_| json(&format!(r#"{{"value":"{made}","oidcToken":"{made}"}}"#))
    });
    // Not the desk's answer: the emulator itself refuses it.
    let world = watched.world.with_profile(NO_CERTIFICATE);
    let secrets = Secrets::known().with("the foreign token", &made).with("the runner's token", "Marked-Runner-0815");
    let origin = desk.origin();
    let variables = [
        ("ACTIONS_ID_TOKEN_REQUEST_URL", origin.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "Marked-Runner-0815"),
        ("SYSTEM_OIDCREQUESTURI", &origin),
        ("SYSTEM_ACCESSTOKEN", "Marked-Runner-0815"),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"),
    ];
    for kind in ["github-actions", "azure-pipelines"] {
        for words in COMMANDS {
            let words = [words, &["--credential", kind, "--log", "trace"][..]].concat();
            let ended = world.end(world.command(&words).envs(variables));
            assert_eq!(ended.code, 12, "{words:?}: {}", ended.shown());
            secrets.are_not_shown(&world, &ended, &words.join(" "));
        }
    }
    assert!(
        desk.requests().iter().any(|request| request.contains("Marked-Runner-0815")),
        "the runner's token was sent"
    );
}

#[test]
fn given_tokens_let_nothing_out() {
    let watched = Watched::start(contoso());
    let tokens: Vec<String> = ["exo", "scc"]
        .map(|service| watched.run(&["token", "--service", service, "--raw"], &["stdout"]).stdout.trim().to_owned())
        .into();
    let watched = tokens.iter().fold(watched, |watched, token| watched.with_secret("a given token", token));
    let watched = watched.with_profile(&format!("{NO_CERTIFICATE}\napp-id"));
    watched.world.private("tokens.txt", tokens.join("\n").as_bytes());
    all_commands(&watched, &[], &["--access-token-file", "tokens.txt"]);
    let both = tokens.join("\n");
    all_commands(&watched, &[("MINE", &both)], &["--access-token-env", "MINE"]);
    // Given in ways that cannot be used: cut, twice on a line, as part of an answer.
    let cut: String = tokens[0].chars().take(400).collect();
    let twice = format!("{0} {0}", tokens[0]);
    for text in [cut.as_str(), &twice, "{\"access_token\":\"Marked-Password-4711\"}"] {
        let ended = watched.run_with(&["check", "--access-token-env", "MINE"], &[("MINE", text)], &[]);
        assert_ne!(ended.code, 0, "{}", ended.shown());
    }
}

#[test]
fn a_client_secret_is_not_repeated() {
    let world = marked(World::start(contoso()));
    silent(&world, 10, &["check", "--client-secret", MARKED]);
    silent(&world, 2, &["check", "--client-secret", MARKED, "--nix"]);
    for (code, variable) in [(10, "EXOCTL_CLIENT_SECRET"), (0, "AZURE_CLIENT_SECRET")] {
        let mut command = world.command(["check", "--log", "trace"]);
        let ended = world.end(command.env(variable, MARKED));
        ended.ends(code);
        Secrets::known().are_not_shown(&world, &ended, variable);
    }
    let world = world.with_profile(&format!("client-secret = '{MARKED}'"));
    silent(&world, 10, &["check", "--format", "json"]);
    let world = world.with_profile(NO_CERTIFICATE);
    let mut command = world.command(["check", "--log", "trace"]);
    let ended = world.end(command.env("AZURE_CLIENT_SECRET", MARKED));
    ended.ends(10).says("client secret");
    Secrets::known().are_not_shown(&world, &ended, "AZURE_CLIENT_SECRET alone");
}

/// What stands in the armour of a key.
fn base64_decoded(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text.bytes().filter(|c| *c != b'=').collect();
    let groups = digits.chunks(4).flat_map(|four| {
        let group = four.iter().fold(0, |sum, c| sum << 6 | value(*c)) << (6 * (4 - four.len()));
        let [_, bytes @ ..] = group.to_be_bytes();
        bytes.into_iter().take(four.len() - 1).collect::<Vec<_>>()
    });
    groups.collect()
}

#[test]
fn a_secret_in_place_of_its_name_is_not_repeated() {
    let watched = Watched::start(contoso());
    let token = watched.run(&["token", "--service", "exo", "--raw"], &["stdout"]).stdout.trim().to_owned();
    let key = String::from_utf8(data("app.pem")).unwrap_or_default();
    let watched = watched.with_profile(&format!("{NO_CERTIFICATE}\napp-id"));
    for (flag, secret) in [
        ("--access-token-env", token.as_str()),
        ("--access-token-file", &token),
        ("--federated-token-file", &token),
        ("--certificate-env", &key),
        ("--certificate-file", &key),
    ] {
        let ended = watched.run(&["check", "--app-id", exo_tests::APP_ID, flag, secret], &[]);
        assert_ne!(ended.code, 0, "{}", ended.shown());
    }
    let words = ["check", "--certificate-file", "marked.pfx", "--certificate-password-env", MARKED];
    assert_ne!(watched.run(&words, &[]).code, 0);
}

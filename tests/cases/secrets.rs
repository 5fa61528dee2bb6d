//! No secret on any stream, in any file, at any log level.

use exo_tests::{Ended, Fault, Service, World, app, bare_app, contoso, data, empty_contoso, misbehaving, wait_until};
use std::collections::{BTreeMap, BTreeSet};

const PASSWORD: &str = "Marked-Password-4711";

/// Signs in with a certificate whose password can be recognised.
fn marked(world: World) -> World {
    world.private("marked.pfx", &data("marked.pfx"));
    world.private("password.txt", PASSWORD.as_bytes());
    world.with_profile("certificate-file = 'marked.pfx'")
}

/// Texts that must never be seen: the password, tokens and assertions, pieces of the private key.
fn forbidden() -> Vec<String> {
    let traces = String::from_utf8(data("traces.txt")).unwrap_or_default();
    let mut all: Vec<String> = traces.lines().map(str::to_owned).collect();
    assert!(all.len() >= 36, "the traces of the key");
    all.extend(["eyJ", "client_assertion", "Bearer e", PASSWORD].map(str::to_owned));
    all
}

/// Nothing forbidden is in what the program said, or in what it wrote.
fn assert_no_secret(world: &World, ended: &Ended, what: &str) {
    let mut texts = vec![("stdout".to_owned(), ended.stdout.clone()), ("stderr".to_owned(), ended.stderr.clone())];
    for name in world.written() {
        let bytes = std::fs::read(world.path(&name)).unwrap_or_default();
        texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    for secret in forbidden() {
        for (place, text) in &texts {
            assert!(!text.contains(&secret), "{what}: `{secret}` is in {place}:\n{text}");
        }
    }
}

/// Runs the program at the highest log level and searches everything.
fn silent(world: &World, code: i32, words: &[&str]) -> Ended {
    let ended = world.exoctl(words.iter().chain(&["--log", "trace"]));
    ended.ends(code);
    assert_no_secret(world, &ended, &words.join(" "));
    ended
}

#[test]
fn a_secret_would_be_found() {
    let forbidden: BTreeSet<String> = forbidden().into_iter().collect();
    let key = String::from_utf8(data("app.pem")).unwrap().replace('\n', "");
    assert!(forbidden.iter().filter(|trace| key.contains(*trace)).count() >= 6, "the key of app.pem is recognised");
}

#[test]
fn check_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    let ended = silent(&world, 0, &["check"]);
    assert!(ended.stderr.contains("TRACE") || ended.stderr.contains("DEBUG"), "the log is on:\n{}", ended.stderr);
    silent(&world, 0, &["check", "--format", "json", "--out", "check.json"]);
}

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
fn token_lets_nothing_out_but_where_it_is_asked_to() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["token", "--all-claims"]);
    silent(&world, 0, &["token", "--format", "json", "--out", "claims.json"]);
    silent(&world, 0, &["invoke", "Get-AcceptedDomain", "--send-chain", "--signature-algorithm", "RS256"]);
    let ended = world.exoctl(["token", "--service", "exo", "--raw", "--log", "trace"]);
    ended.ends(0);
    let token = ended.stdout.trim().to_owned();
    assert!(!ended.stderr.contains(&token) && !ended.stderr.contains("eyJ"), "{}", ended.stderr);
    // Given back, it is not said again.
    let mut command = world.command(["check", "--log", "trace", "--access-token-env", "MINE"]);
    let ended = world.end(command.env("MINE", &token));
    assert_no_secret(&world, &ended, "a given token");
    let mut command = world.command(["check", "--log", "trace", "--access-token-env", "MINE"]);
    let ended = world.end(command.env("MINE", token.replace('.', "x")));
    ended.ends(12);
    for part in token.split('.') {
        ended.never_says(&part.chars().take(24).collect::<String>());
    }
}

#[test]
fn a_client_secret_is_not_repeated() {
    let world = marked(World::start(contoso()));
    silent(&world, 10, &["check", "--client-secret", PASSWORD]);
    silent(&world, 2, &["check", "--client-secret", PASSWORD, "--nix"]);
    let world = world.with_profile(&format!("client-secret = '{PASSWORD}'"));
    silent(&world, 10, &["check", "--format", "json"]);
}

#[test]
fn invoke_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["invoke", "Get-AcceptedDomain"]);
    silent(&world, 0, &["invoke", "Get-ProtectionAlert", "--format", "json", "--out", "alerts.json"]);
    silent(&world, 19, &["invoke", "Get-Mailbox", "nobody"]);
    silent(&world, 13, &["invoke", "Set-Mailbox", "nobody", "-DisplayName", "x", "--write"]);
}

#[test]
fn run_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 3, &["run", "mailboxes", "forwarding", "purview-alerts", "--format", "csv", "--out", "results"]);
    silent(&world, 0, &["run", "forwarding", "--in-process"]);
}

#[test]
fn a_plugin_that_fails_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    world.private("plugin.so", &misbehaving());
    for mode in ["mode=panic", "mode=abort", "mode=undeclared", "mode=look", "mode=noise"] {
        let ended = world.exoctl(["run", "./plugin.so:hazard", "--param", mode, "--log", "trace"]);
        assert_no_secret(&world, &ended, mode);
    }
}

#[test]
fn reports_roles_and_emulator_let_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["report", "list"]);
    silent(&world, 0, &["report", "show", "mailboxes"]);
    silent(&world, 0, &["roles"]);
    world.write("app.cer", &data("app.cer"));
    silent(&world, 0, &["emulator", "--certificate", "app.cer", "--for", "0"]);
}

#[test]
fn cert_show_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    silent(&world, 0, &["cert", "show", "marked.pfx", "--password-file", "password.txt"]);
    silent(&world, 0, &["cert", "show", "marked.pfx", "--password-file", "password.txt", "--format", "json"]);
    world.private("app.pem", &data("app.pem"));
    silent(&world, 0, &["cert", "show", "app.pem"]);
}

#[test]
fn cert_new_says_neither_password_nor_key() {
    let world = World::start(contoso());
    let ended = world.exoctl([
        "cert",
        "new",
        "--dns-name",
        "x",
        "--out",
        "new",
        "--generate-password",
        "new.txt",
        "--log",
        "trace",
    ]);
    let password = world.read("new.txt");
    ended.ends(0).never_says(password.trim());
    assert!(password.trim().len() >= 32, "a password that nobody guesses");
    ended.never_says("PRIVATE KEY").never_says("MII");
}

#[test]
fn a_wrong_password_is_not_repeated() {
    let world = marked(World::start(contoso()));
    let wrong = "Marked-Wrong-0815";
    for words in [
        &["invoke", "Get-AcceptedDomain", "--certificate-password-insecure", wrong][..],
        &["check", "--certificate-password-insecure", wrong],
        &["check", "--format", "json", "--certificate-password-command", "echo Marked-Wrong-0815"],
    ] {
        let ended = silent(&world, 11, words);
        if !words.contains(&"--certificate-password-command") {
            ended.never_says(wrong);
        }
    }
    let mut command = world.command(["check", "--log", "trace"]);
    world.end(command.env("EXOCTL_CERTIFICATE_PASSWORD", wrong)).ends(11).never_says(wrong);
}

#[test]
fn a_wrong_flag_beside_a_password_does_not_repeat_it() {
    let world = marked(World::start(contoso()));
    silent(&world, 2, &["check", "--certificate-password-insecure", PASSWORD, "--nix"]);
    silent(&world, 2, &["check", "--certificate-password-insecure", PASSWORD, "--nix", "--format", "json"]);
}

#[test]
fn help_does_not_show_the_environment() {
    let world = marked(World::start(contoso()));
    for words in [&["check", "--help"][..], &["run", "--help"], &["invoke", "--help"], &["check", "-h"]] {
        let mut command = world.command(words);
        let ended = world.end(command.env("EXOCTL_CERTIFICATE_PASSWORD", PASSWORD));
        ended.ends(0);
        assert_no_secret(&world, &ended, &words.join(" "));
    }
}

#[test]
fn every_way_of_giving_a_password_lets_nothing_out() {
    let world =
        marked(World::start(contoso())).with_profile("certificate-file = 'marked.pfx'\ncertificate-password-file");
    let ask = ["invoke", "Get-AcceptedDomain", "--log", "trace"];
    let run = |flags: &[&str]| world.end(world.command(ask.iter().chain(flags)).env("MARKED", PASSWORD));
    for flags in [
        &["--certificate-password-env", "MARKED"][..],
        &["--certificate-password-file", "password.txt"],
        &["--certificate-password-command", "cat password.txt"],
        &["--certificate-password-insecure", PASSWORD],
    ] {
        let ended = run(flags);
        ended.ends(0);
        assert_no_secret(&world, &ended, flags[0]);
    }
}

#[test]
fn a_service_that_fails_makes_nobody_tell_a_secret() {
    let on = || Fault::on_cmdlet("Get-AcceptedDomain").always();
    let faults = [
        on().status(401),
        on().nul_403(),
        on().throttle(Some("100")),
        on().status(500),
        on().html(),
        on().reset(),
        on().truncate(20),
        on().garbage(),
        on().redirect("https://evil.example.com/"),
        on().server_error(500, "Oops"),
        Fault::on_token().always().status(503),
        Fault::on_token().always().garbage(),
        Fault::on_token().always().reset(),
        Fault::on_token().always().aadsts(700_027),
        Fault::on_token().always().truncate(40),
        Fault::on_token().always().html(),
    ];
    for fault in faults {
        let world = marked(World::start(contoso().fault(fault.clone())));
        let ended = world.exoctl(["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--log", "trace"]);
        assert_ne!(ended.code, 0, "{fault:?}");
        assert_no_secret(&world, &ended, &format!("{fault:?}"));
    }
}

#[test]
fn a_token_that_is_renewed_is_not_logged() {
    let world = marked(World::start(empty_contoso().app(app()).mailboxes(2500).token_lifetime(1)));
    silent(&world, 0, &["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "csv"]);
}

#[test]
fn a_password_in_an_address_is_not_repeated() {
    let world = marked(World::start(contoso()));
    for flag in ["--login", "--exchange", "--compliance", "--token-url"] {
        let address = format!("https://user:{PASSWORD}@login.localhost");
        silent(&world, 10, &["check", flag, &address]);
    }
}

#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let world = marked(World::start(contoso()));
    for proxy in [format!("http://user:{PASSWORD}@127.0.0.1:9"), format!("user:{PASSWORD}@@")] {
        let mut command = world.command(["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--log", "trace"]);
        let ended = world.end(command.env("HTTPS_PROXY", &proxy));
        assert_no_secret(&world, &ended, "a proxy");
    }
}

#[test]
fn there_is_no_plain_flag_for_a_password() {
    let world = marked(World::start(contoso()));
    for word in [&["--certificate-password", PASSWORD][..], &["--certificate-password=Marked-Password-4711"]] {
        for command in [&["check"][..], &["run", "mailboxes"], &["invoke", "Get-AcceptedDomain"]] {
            let words: Vec<&str> = command.iter().chain(word).copied().collect();
            silent(&world, 2, &words);
        }
    }
    world.assert_nothing_was_sent();
}

#[test]
fn a_refused_sign_in_lets_nothing_out() {
    let ask = ["invoke", "Get-AcceptedDomain"];
    let tenants = [
        (12, empty_contoso()),
        (12, empty_contoso().app(app().service_principal(false))),
        (12, empty_contoso().app(app().enabled(false))),
        (13, empty_contoso().app(app().consented(false))),
        (13, empty_contoso().app(bare_app().permission(Service::Exchange))),
    ];
    for (code, tenant) in tenants {
        silent(&marked(World::start(tenant)), code, &ask);
    }
    let world = marked(World::start(contoso()));
    silent(&world, 12, &["check", "--organization", "fabrikam.onmicrosoft.com"]);
    silent(&world, 10, &["check", "--organization", "contoso.com"]);
}

#[test]
fn a_certificate_that_cannot_be_used_lets_nothing_out() {
    let world = marked(World::start(contoso()));
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let key_alone = pem.split("-----BEGIN CERTIFICATE").next().unwrap();
    let pfx = data("marked.pfx");
    for (name, bytes) in [
        ("key.pem", key_alone.as_bytes()),
        ("cut.pem", &pem.as_bytes()[..900]),
        ("cut.pfx", &pfx[..pfx.len() / 2]),
        ("junk.pem", key_alone.replace("PRIVATE", "SECRET").as_bytes()),
    ] {
        world.private(name, bytes);
        silent(&world, 11, &["check", "--certificate-file", name]);
        silent(&world, 11, &["invoke", "Get-AcceptedDomain", "--certificate-file", name, "--format", "json"]);
    }
    world.mode("marked.pfx", 0o644);
    silent(&world, 11, &["run", "mailboxes"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_lets_nothing_out() {
    let world = World::start(contoso().mailboxes(2500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).hang()));
    let world = marked(world);
    let words = ["run", "mailboxes", "--format", "csv", "--out", "all.csv", "--keep-partial", "--log", "trace"];
    let running = world.start_exoctl(words);
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    running.signal("INT");
    let ended = running.end();
    ended.ends(130);
    assert_no_secret(&world, &ended, "an interrupted run");
}

#[test]
fn no_source_of_the_certificate_lets_anything_out() {
    let world = marked(World::start(contoso())).with_profile("certificate-file\ncertificate-password-file");
    let pem = String::from_utf8(data("app.pem")).unwrap();
    let ask = ["invoke", "Get-AcceptedDomain", "--log", "trace"];
    for (code, flags) in [(0, ["--certificate-env", "MINE"]), (0, ["--certificate-command", "printf '%s' \"$MINE\""])] {
        let ended = world.end(world.command(ask.iter().chain(&flags)).env("MINE", &pem));
        ended.ends(code);
        assert_no_secret(&world, &ended, flags[0]);
    }
    // A key where its name should be, and a key without its certificate.
    let key = pem.split("-----BEGIN CERTIFICATE").next().unwrap_or_default();
    let mut command = world.command(ask.iter().chain(&["--certificate-env", "MINE", "--format", "json"]));
    let ended = world.end(command.env("MINE", key));
    ended.ends(11);
    assert_no_secret(&world, &ended, "a key without its certificate");
    let password = "marked.pfx --certificate-password-file password.txt";
    for line in [format!("{password} < marked.pfx"), format!("{password} --format json < marked.pfx")] {
        let line = line.replacen("marked.pfx", "\"$EXOCTL\" check --log trace --certificate-file -", 1);
        let ended = world.shell(&line);
        ended.ends(0);
        assert_no_secret(&world, &ended, &line);
    }
}

#[test]
fn the_own_store_says_neither_password_nor_key() {
    let world = marked(World::start(contoso()));
    let password = ["--certificate-password-file", "password.txt", "--log", "trace"];
    let words = [&["cert", "add", "marked.pfx"][..], &["cert", "list"], &["cert", "remove", THUMBPRINT]];
    for words in words {
        let more = if words[1] == "add" { &password[..] } else { &password[2..] };
        let ended = world.exoctl(words.iter().chain(more));
        ended.ends(0);
        for secret in forbidden() {
            ended.never_says(&secret);
        }
    }
    assert_eq!(world.written(), Vec::<String>::new(), "the key is gone with the certificate");
}

const THUMBPRINT: &str = "923CB0588F1E0DE79BE4392B4916B9B0136FA539";

//! Failures of every kind, at the highest log level.

use crate::secrets::{assert_no_secret, marked, silent};
use exo_tests::{
    Fault, MARKED, Running, Secrets, Service, Tenant, World, app, bare_app, contoso, data, empty_contoso, wait_until,
};
use std::collections::BTreeSet;
use std::path::Path;

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

/// One line that ends with each kind of failure, and how the tenant is.
fn failing() -> Vec<(i32, Tenant, &'static [&'static str])> {
    let on_any = || Fault::on_any().call(2).always();
    let on_token = || Fault::on_token().always();
    let cut = Fault::on_cmdlet("Get-Mailbox").page(2).always().warning_without_link();
    vec![
        (2, contoso(), &["run", "mailboxes", "--nix"]),
        (3, contoso(), &["run", "purview-alerts"]),
        (4, contoso().mailboxes(2500).fault(cut), &["run", "mailboxes", "--format", "csv"]),
        (5, contoso(), &["run", "purview-alerts", "send-as", "--skip-unavailable"]),
        (10, contoso(), &["check", "--organization", "contoso.com"]),
        (10, contoso(), &["check", "--profile", "nix"]),
        (11, contoso(), &["check", "--certificate-file", "nix.pfx"]),
        (11, contoso(), &["check", "--certificate-file", "expired.pfx", "--certificate-password-file", "secret.txt"]),
        (12, contoso(), &["run", "mailboxes", "--app-id", "00000000-0000-0000-0000-000000000001"]),
        (12, empty_contoso(), &["check"]),
        (13, contoso(), &["run", "send-as"]),
        (14, contoso().fault(on_any().throttle(Some("100"))), &["run", "mailboxes", "--max-wait", "1"]),
        (14, contoso().fault(on_token().throttle(Some("100"))), &["check", "--max-wait", "1"]),
        (15, contoso().fault(on_any().status(503)), &["run", "mailboxes", "--max-wait", "0"]),
        (15, contoso().fault(on_token().reset()), &["run", "mailboxes", "--max-wait", "0"]),
        (15, contoso(), &["check", "--login", "https://login.localhost:9", "--max-wait", "0"]),
        (16, contoso().fault(on_any().garbage()), &["run", "mailboxes"]),
        (16, contoso().fault(on_token().nested(100_000)), &["check"]),
        (16, contoso().fault(on_token().padded(10 << 20)), &["run", "mailboxes"]),
        (17, contoso(), &["run", "./nix.so"]),
        (18, contoso(), &["run", "mailboxes", "--out", "nix/all.csv"]),
        (19, contoso(), &["invoke", "Get-Mailbox", "nobody"]),
    ]
}

#[test]
fn every_kind_of_failure_lets_nothing_out() {
    let mut codes = Vec::new();
    for (code, tenant, words) in failing() {
        let world = marked(World::start(tenant));
        world.private("expired.pfx", &data("expired.pfx"));
        world.private("secret.txt", b"secret\n");
        silent(&world, code, words);
        let json = [words, &["--format", "json"]].concat();
        if !words.contains(&"--format") {
            let ended = world.exoctl(json.iter().chain(&["--log", "trace"]));
            assert_no_secret(&world, &ended, &json.join(" "));
        }
        codes.push(code);
    }
    codes.dedup();
    // 1 is a fault of the program, 130 an interrupt, which has a test of its own.
    let documented = documented_codes().into_iter().filter(|code| ![0, 1, 130].contains(code)).collect::<Vec<_>>();
    assert_eq!(codes, documented, "every documented exit code");
}

/// The codes of the page on exit codes, in order.
fn documented_codes() -> Vec<i32> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/reference/exit-codes.md");
    let text = std::fs::read_to_string(page).unwrap_or_default();
    let rows = text.lines().filter_map(|line| line.strip_prefix('|')?.split('|').next()?.trim().parse().ok());
    rows.collect::<BTreeSet<i32>>().into_iter().collect()
}

#[test]
fn every_code_of_the_token_service_lets_nothing_out() {
    let codes: Vec<u32> = Fault::aadsts_codes().collect();
    assert!(codes.len() >= 30, "{codes:?}");
    for code in codes {
        let world = marked(World::start(contoso().fault(Fault::on_token().always().aadsts(code))));
        for words in [&["check", "--max-wait", "0"][..], &["token", "--max-wait", "0", "--format", "json"]] {
            let ended = world.exoctl(words.iter().chain(&["--log", "trace"]));
            assert!(ended.code >= 10 && ended.code != 101, "{code}: {}", ended.shown());
            assert_no_secret(&world, &ended, &format!("AADSTS{code} {words:?}"));
        }
    }
}

/// Ways in which an answer can be wrong; none of them makes anybody wait.
fn bent(on: fn() -> Fault) -> Vec<Fault> {
    let always = [
        on().status(400),
        on().status(401),
        on().status(403),
        on().garbage(),
        on().padded(2 << 20),
        on().nested(100_000),
        on().redirect("https://evil.example.com/"),
        on().member("access_token", "7"),
        on().member("value", "7"),
        on().member("value", r#""eyJ""#),
        on().without_member("access_token"),
        on().without_member("value"),
    ];
    let once = [on().throttle(Some("0")), on().status(500).retry_after("0"), on().html().retry_after("0")];
    always.into_iter().map(Fault::always).chain(once).collect()
}

/// Signs in with a credential while the service behind it fails in each of these ways.
#[expect(clippy::unwrap_used, reason = "a test whose world cannot be made cannot go on")]
fn failing_with(place: &str, kind: &str, faults: Vec<Fault>) {
    for fault in faults {
        let world = World::start(contoso().surroundings().unwrap().fault(fault.clone()))
            .with_profile("certificate-file\ncertificate-password-file");
        world.write("federated-token", b"");
        let variables = world.emulator().furnish(world.folder()).unwrap().remove(place).unwrap();
        let url = format!("{}/certificates/signing", world.emulator().vault_url("contoso"));
        let mut words = vec!["check", "--max-wait", "0", "--log", "trace", "--credential", kind];
        if kind == "key-vault" {
            words.extend(["--key-vault-certificate", &url, "--key-vault-mode", "fetch"]);
        }
        let ended = world.end(world.command(words).envs(&variables));
        assert!(ended.code == 0 || ended.code >= 10, "{kind} {fault:?}: {}", ended.shown());
        let named = |name: &str| ["_TOKEN", "_HEADER", "ACCESSTOKEN"].iter().any(|end| name.ends_with(end));
        let known = variables.iter().filter(|(name, _)| named(name));
        let secrets = known.fold(Secrets::known(), |secrets, (name, value)| secrets.with(name, value));
        secrets.are_not_shown(&world, &ended, &format!("{kind} {fault:?}"));
    }
}

#[test]
fn a_machine_that_fails_lets_nothing_out() {
    failing_with("imds", "managed-identity", bent(Fault::on_machine));
    failing_with("app-service", "managed-identity", vec![Fault::on_machine().always().status(400)]);
}

#[test]
fn a_vault_that_fails_lets_nothing_out() {
    failing_with("imds", "key-vault", bent(Fault::on_vault));
}

#[test]
fn an_issuer_that_fails_lets_nothing_out() {
    failing_with("github-actions", "github-actions", bent(Fault::on_issuer));
    failing_with("azure-pipelines", "azure-pipelines", bent(Fault::on_issuer));
}

/// What a plugin's process could read of its parent's secrets: arguments and environment.
#[cfg(target_os = "linux")]
#[test]
fn no_child_is_given_a_secret() {
    let tenant = contoso().mailboxes(2500).fault(Fault::on_cmdlet("Get-Mailbox").page(2).hang());
    let world = marked(World::start(tenant)).with_profile(
        "certificate-file = 'marked.pfx'\ncertificate-password-file\ncertificate-password-env = 'MARKED'",
    );
    let names =
        ["MARKED", "IDENTITY_HEADER", "SYSTEM_ACCESSTOKEN", "AZURE_CLIENT_SECRET", "EXOCTL_CERTIFICATE_PASSWORD"];
    let mut command = world.command(["run", "mailboxes", "--out", "all.csv", "--format", "csv"]);
    let running = world.start_command(command.envs(names.map(|name| (name, MARKED))));
    wait_until("the second page is asked for", || world.received("Get-Mailbox") >= 2);
    if let Some(own) = Running::told_of(running.id(), "environ") {
        assert!(Secrets::known().found_in(&own).is_some(), "its own environment is seen");
    }
    let children = running.children();
    assert!(!children.is_empty(), "the plugin has a process of its own");
    for child in children {
        for what in ["environ", "cmdline"] {
            let bytes = Running::told_of(child, what).unwrap_or_default();
            assert_eq!(Secrets::known().found_in(&bytes), None, "{what} of the plugin's process");
        }
    }
    running.signal("INT");
    running.end().ends(130);
}

//! `exoctl emulator`: the offline tenant as a server, and the profile that signs in to it.

use exo_tests::{Running, World, contoso, wait_until};

/// An emulator of the program itself, ready, with the app's certificate of the tests.
fn start(world: &World, more: &[&str]) -> Running {
    world.write("app.cer", &exo_tests::data("app.cer"));
    let usual = ["emulator", "--mailboxes", "30", "--folder", "tenant", "--certificate", "app.cer", "--for", "60"];
    let running = world.start_exoctl(usual.iter().chain(more));
    wait_until("the emulator's facts", || world.path("tenant/tenant.json").exists());
    running
}

const SIGN_IN: [&str; 4] = ["--certificate-file", "app.pfx", "--certificate-password-file", "password.txt"];

#[test]
fn the_profile_that_it_writes_signs_in() {
    let world = World::start(contoso());
    let running = start(&world, &[]);
    world.exoctl(["check", "--config", "tenant/config.toml"].iter().chain(&SIGN_IN)).ends(0).gives("all is well");
    running.signal("INT");
    let ended = running.end();
    ended.ends(0).gives("ready").gives("exoctl check --config tenant/config.toml");
}

#[test]
fn a_tenant_of_another_cloud_is_signed_in_to_by_its_own_profile() {
    for (cloud, domain) in [
        ("gcc-high", "contoso.onmicrosoft.us"),
        ("dod", "contoso.onmicrosoft.us"),
        ("china", "contoso.partner.onmschina.cn"),
    ] {
        let world = World::start(contoso());
        let _running = start(&world, &["--cloud", cloud]);
        let ended = world.exoctl(["check", "--config", "tenant/config.toml"].iter().chain(&SIGN_IN));
        ended.ends(0).gives("all is well").gives(domain);
        for cmdlet in ["Get-AcceptedDomain", "Get-ProtectionAlert", "Get-EXORecipient"] {
            world
                .exoctl(["invoke", cmdlet, "--config", "tenant/config.toml"].iter().chain(&SIGN_IN))
                .ends(0)
                .says("complete");
        }
    }
}

#[test]
fn the_surroundings_are_told_in_the_tenants_facts() {
    let world = World::start(contoso());
    let _running = start(&world, &["--surroundings"]);
    let facts: serde_json::Value = serde_json::from_str(&world.read("tenant/tenant.json")).unwrap();
    for place in ["imds", "app-service", "service-fabric", "github-actions", "azure-pipelines", "workload-identity"] {
        assert!(facts["environments"][place].is_object(), "{place}: {facts:#}");
    }
    assert!(world.path("tenant/federated-token").exists());
}

#[test]
fn roles_are_chosen_by_name_and_faults_by_words() {
    let world = World::start(contoso());
    let fault = "Get-AcceptedDomain times=always status=403";
    let _running = start(&world, &["--role", "Exchange Administrator", "--fault", fault]);
    let ask = |cmdlet: &str| world.exoctl(["invoke", cmdlet, "--config", "tenant/config.toml"].iter().chain(&SIGN_IN));
    ask("Get-AcceptedDomain").ends(13);
    ask("Get-OrganizationConfig").ends(0);
    ask("Get-ProtectionAlert").ends(13);
}

#[test]
fn a_certificate_of_its_own_is_made_where_none_is_given() {
    let world = World::start(contoso());
    let mut running = world.start_exoctl(["emulator", "--mailboxes", "5", "--for", "60"]);
    wait_until("the emulator's facts", || !running.is_running() || world.path("exoctl-emulator/tenant.json").exists());
    world.exoctl(["check", "--config", "exoctl-emulator/config.toml"]).ends(0);
}

#[test]
fn mistakes_are_refused_before_anything_is_written() {
    let world = World::start(contoso());
    for (words, sentence) in [
        (["--fault", "Get-Mailbox explode"], "fault `Get-Mailbox explode`: "),
        (["--role", "Nix"], "`Nix` is not a directory role"),
        (["--set", "nonsense=1"], "setting `nonsense=1`: there is no such setting; there are: administrator, "),
    ] {
        let ended = world.exoctl(["emulator"].iter().chain(&words));
        ended.ends(2).says(sentence);
        assert_eq!(ended.stderr.matches("fault `").count(), usize::from(words[0] == "--fault"), "{}", ended.shown());
        assert_eq!(world.written(), Vec::<String>::new());
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let world = World::start(contoso());
    world.write("app.cer", &exo_tests::data("app.cer"));
    let port = world.emulator().port().to_string();
    let ended = world.exoctl(["emulator", "--certificate", "app.cer", "--port", &port]);
    ended.ends(15).says(&format!("127.0.0.1:{port}"));
    assert_eq!(world.written(), Vec::<String>::new());
}

#[test]
fn a_tenant_without_app_has_an_administrator_and_a_profile_to_be_filled() {
    let world = World::start(contoso());
    let _running = start(&world, &["--no-app", "--graph-token"]);
    let facts = world.json("tenant/tenant.json");
    assert_eq!(facts["app_id"], serde_json::Value::Null);
    assert!(facts["graph"].as_str().unwrap().starts_with("https://graph.localhost:"), "{facts}");
    let token = world.read(&format!("tenant/{}", facts["graph_token_file"].as_str().unwrap()));
    assert_eq!(token.trim().split('.').count(), 3);
    let profile = world.read("tenant/config.toml");
    assert!(profile.contains("organization = ") && !profile.contains("app-id") && !profile.contains("app.pfx"));
    let app = ["check", "--config", "tenant/config.toml", "--app-id", exo_tests::APP_ID];
    world.exoctl(app.iter().chain(&SIGN_IN)).ends(12).gives("AADSTS700016");
}

#[test]
fn an_app_may_be_in_a_state_that_lets_nobody_in() {
    for (state, code, word) in [
        ("no-certificate", 12, "AADSTS700027"),
        ("no-principal", 12, "AADSTS7000229"),
        ("no-consent", 13, "Exchange.ManageAsApp"),
    ] {
        let world = World::start(contoso());
        let _running = start(&world, &["--set", &format!("app-state={state}")]);
        let check = ["check", "--config", "tenant/config.toml"];
        world.exoctl(check.iter().chain(&SIGN_IN)).ends(code).gives(word);
    }
}

#[test]
fn it_stops_by_itself_when_its_time_is_over() {
    let world = World::start(contoso());
    world.write("app.cer", &exo_tests::data("app.cer"));
    world.exoctl(["emulator", "--certificate", "app.cer", "--for", "0"]).ends(0).gives("ready");
}

#[test]
fn the_same_seed_gives_the_same_tenant_and_another_seed_another() {
    let mailboxes = |seed: u64| {
        let world = World::start(contoso().mailboxes(120).seed(seed));
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--format", "ndjson"]).ends(0).stdout.clone()
    };
    let first = mailboxes(7);
    assert_eq!(first.lines().count(), 120);
    assert_eq!(first, mailboxes(7));
    assert_ne!(first, mailboxes(8));
}

#[test]
fn settings_are_obeyed_and_what_was_asked_is_written() {
    let world = World::start(contoso());
    let settings =
        ["--set", "exchange-redirect=eurprd05", "--set", "default-page-size=7", "--received", "received.ndjson"];
    let _running = start(&world, &settings);
    let ask = ["invoke", "Get-AcceptedDomain", "--config", "tenant/config.toml"];
    world.exoctl(ask.iter().chain(&SIGN_IN)).ends(0);
    let text = world.read("received.ndjson");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<&serde_json::Value> =
        lines.iter().filter(|line| line["path"].as_str().unwrap().contains("InvokeCommand")).collect();
    assert_eq!(calls[0]["status"], 302, "{text}");
    let last = calls.last().unwrap();
    assert_eq!((&last["status"], &last["host"]), (&200.into(), &"eurprd05.outlook.localhost".into()));
    assert_eq!(last["cmdlet"], "Get-AcceptedDomain");
    assert!(last["headers"]["authorization"].as_str().unwrap().starts_with("sha256:"));
}

//! `exoctl check` where one single thing is left out or broken: the line that says so, and what comes behind it.

use crate::check_tenant::proxy;
use exo_tests::{
    App, EXCHANGE_ADMINISTRATOR, Ended, Fault, GLOBAL_READER, Service, Tenant, TokenDesk, World, app, bare_app,
    contoso, data, empty_contoso, whole,
};

const CHECK: [&str; 3] = ["check", "--format", "json"];

/// What a check says where something is wrong.
struct Told {
    /// The line that fails first.
    first: &'static str,
    code: i32,
    /// Words of the first way out.
    next: &'static str,
    /// Other lines with their states.
    states: &'static [(&'static str, &'static str)],
}

impl Told {
    fn by(&self, ended: &Ended) {
        ended.ends(self.code);
        assert_eq!(ended.json()["first_failed"], self.first, "{}", ended.shown());
        assert_eq!(ended.json()["ok"], false);
        let steps = ended.next_steps();
        assert!(steps[0].contains(self.next), "`{}`: {}", self.next, ended.shown());
        for (what, state) in self.states {
            assert_eq!(ended.check(what).0, *state, "{what}: {}", ended.shown());
        }
    }

    fn of(&self, tenant: Tenant) -> Ended {
        let ended = World::start(tenant).exoctl(CHECK);
        self.by(&ended);
        ended
    }

    fn of_app(&self, app: App) -> Ended {
        self.of(empty_contoso().app(app))
    }
}

fn both() -> App {
    bare_app().permission(Service::Exchange).permission(Service::Compliance)
}

const REST: &[(&str, &str)] = &[
    ("tls", "ok"),
    ("tenant", "ok"),
    ("exo token", "failed"),
    ("exo permission", "not-tried"),
    ("exo session", "not-tried"),
    ("organization", "not-tried"),
    ("reports", "not-tried"),
];

#[test]
fn an_app_that_is_not_registered() {
    let told = Told { first: "app", code: 12, next: "set-up step 1", states: REST };
    let ended = told.of(empty_contoso());
    let (_, seen) = ended.check("app");
    assert!(seen.starts_with("AADSTS700016: "), "{seen}");
    assert_eq!(ended.check("certificate attached").0, "unknown", "the refusal does not tell");
    assert!(ended.check("exo session").1.contains("since `app` failed"), "{}", ended.shown());
}

#[test]
fn an_app_without_service_principal_that_is_disabled_or_for_public_clients() {
    for (app, code) in [
        (app().service_principal(false), "AADSTS7000229"),
        (app().enabled(false), "AADSTS7000112"),
        (app().public_client(true), "AADSTS700025"),
    ] {
        let ended = Told { first: "app", code: 12, next: "", states: REST }.of_app(app);
        assert!(ended.check("app").1.starts_with(&format!("{code}: ")), "{}", ended.shown());
        assert_eq!(ended.check("certificate attached").0, "unknown");
    }
}

#[test]
fn a_permission_that_is_missing_for_one_service() {
    let states =
        &[("exo consent", "unknown"), ("exo role", "not-tried"), ("exo session", "not-tried"), ("scc session", "ok")];
    let told = Told { first: "exo permission", code: 13, next: "set-up step 2", states };
    told.of_app(bare_app().permission(Service::Compliance).role(GLOBAL_READER));
    let states =
        &[("exo session", "ok"), ("organization", "ok"), ("scc consent", "unknown"), ("scc session", "not-tried")];
    let told = Told { first: "scc permission", code: 13, next: "set-up step 2", states };
    let ended = told.of_app(bare_app().permission(Service::Exchange).role(GLOBAL_READER));
    let (state, seen) = ended.check("reports");
    assert_eq!(state, "warning");
    assert!(seen.contains("1 needs a service that is closed"), "{seen}");
}

#[test]
fn a_permission_that_only_looks_like_the_one_that_is_needed() {
    let told = Told { first: "exo permission", code: 13, next: "set-up step 2", states: &[("exo token", "ok")] };
    let ended = told.of_app(bare_app().permission_v2().role(GLOBAL_READER));
    assert!(ended.check("exo permission").1.contains("`Exchange.ManageAsAppV2`"), "{}", ended.shown());
}

#[test]
fn a_consent_that_is_missing_looks_like_a_permission_and_is_told_so() {
    let states =
        &[("exo token", "ok"), ("exo consent", "unknown"), ("scc permission", "failed"), ("scc consent", "unknown")];
    let told = Told { first: "exo permission", code: 13, next: "consent", states };
    let ended = told.of_app(both().role(GLOBAL_READER).consented(false));
    assert!(ended.check("exo consent").1.contains("does not tell"), "{}", ended.shown());
}

#[test]
fn a_certificate_that_is_not_the_apps() {
    let states = &[("certificate", "ok"), ("app", "ok"), ("exo token", "failed"), ("scc token", "failed")];
    let told = Told { first: "certificate attached", code: 12, next: "set-up step 4", states };
    told.by(&World::start(contoso()).with_certificate("other.pfx").exoctl(CHECK));
}

#[test]
fn a_certificate_that_has_expired_on_the_app() {
    let expired =
        bare_app_without_certificate().certificate_der_with_dates(data("app.cer"), 1_000_000_000, 1_100_000_000);
    let app = expired.permission(Service::Exchange).permission(Service::Compliance).role(GLOBAL_READER);
    let told = Told { first: "certificate attached", code: 12, next: "expired on the app", states: &[("app", "ok")] };
    let ended = told.of_app(app);
    assert!(ended.check("certificate attached").1.contains("has expired on the app"), "{}", ended.shown());
}

#[test]
fn a_key_that_is_not_that_of_the_attached_certificate() {
    let text = "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on \
                application. [Reason - The key was found, but use of the key to verify the signature failed: the \
                signature value did not match the expected signature value.]";
    let body = format!(r#"{{"error":"invalid_client","error_description":"{text}","error_codes":[700027]}}"#);
    let desk = TokenDesk::start(move |_| whole("401 Unauthorized", "application/json", body.as_bytes()));
    let world = World::start(contoso()).with_profile(&format!("token-url = '{}'", desk.url()));
    let states = &[("tls", "ok"), ("app", "ok"), ("exo token", "failed"), ("scc token", "failed")];
    let told = Told { first: "certificate attached", code: 12, next: "the private key that belongs to", states };
    let ended = world.exoctl(CHECK);
    told.by(&ended);
    assert!(ended.check("certificate attached").1.ends_with("another key signed"), "{}", ended.shown());
    assert!(ended.check("tls").1.starts_with("none with `127.0.0.1`"), "{}", ended.shown());
    // A token endpoint of another maker has no tenants.
    assert!(!ended.stdout.contains("\"cloud\""), "{}", ended.shown());
}

fn bare_app_without_certificate() -> App {
    App::new(exo_tests::APP_ID).consented(true)
}

#[test]
fn a_certificate_that_cannot_be_used_keeps_the_network_in_view() {
    let states = &[("dns", "ok"), ("proxy", "ok"), ("tls", "ok"), ("tenant", "not-tried"), ("app", "not-tried")];
    for (file, next) in
        [("nix.pfx", "set-up step 3"), ("mismatch.pem", "together with its private key"), ("expired.pfx", "")]
    {
        let world = World::start(contoso());
        let world = if file == "nix.pfx" { world } else { world.with_certificate(file) };
        let world = world.with_profile(&format!("certificate-file = '{file}'"));
        Told { first: "certificate", code: 11, next, states }.by(&world.exoctl(CHECK));
        world.assert_nothing_was_sent();
    }
}

#[test]
fn no_directory_role_at_all() {
    let states = &[("exo permission", "ok"), ("exo consent", "ok"), ("exo session", "failed"), ("scc role", "failed")];
    let told = Told { first: "exo role", code: 13, next: "step 5", states };
    let ended = told.of_app(both());
    assert!(ended.check("exo role").1.contains("and Exchange Online refuses"), "{}", ended.shown());
}

#[test]
fn a_role_of_one_service_alone() {
    let states = &[("exo role", "ok"), ("exo session", "ok"), ("scc permission", "ok"), ("scc session", "failed")];
    let told = Told { first: "scc role", code: 13, next: "step 5", states };
    let ended = told.of_app(both().role(EXCHANGE_ADMINISTRATOR));
    assert!(ended.check("scc role").1.contains("Exchange Administrator"), "{}", ended.shown());
}

#[test]
fn a_role_group_alone_is_a_warning_that_says_why_it_works() {
    let app = both()
        .role_group(Service::Exchange, "View-Only Organization Management")
        .role_group(Service::Compliance, "Security Reader");
    let ended = World::start(empty_contoso().app(app)).exoctl(CHECK);
    ended.ends(0);
    for service in ["exo", "scc"] {
        let (state, seen) = ended.check(&format!("{service} role"));
        assert_eq!(state, "warning");
        assert!(seen.contains("cmdlets all the same"), "{seen}");
        assert_eq!(ended.check(&format!("{service} session")).0, "ok");
    }
}

#[test]
fn conditional_access_tells_nothing_of_the_app() {
    let states = &[("app", "unknown"), ("certificate attached", "unknown"), ("exo permission", "not-tried")];
    let told = Told { first: "exo token", code: 12, next: "Conditional Access", states };
    let ended = told.of_app(app().blocked(true));
    assert!(ended.check("app").1.contains("AADSTS53003"), "{}", ended.shown());
}

#[test]
fn a_clock_for_which_the_token_is_refused_comes_before_everything() {
    let refused = Fault::on_token().always().aadsts(700_024);
    let states = &[("dns", "ok"), ("app", "unknown"), ("exo token", "failed")];
    let told = Told { first: "clock", code: 12, next: "set this machine's clock", states };
    told.of(contoso().clock_skew(3600).fault(refused));
}

#[test]
fn an_organization_that_is_none_of_the_tenant() {
    for name in ["contoso.com", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"] {
        World::start(contoso()).refusal(10, ["check", "--organization", name]);
    }
    let world = World::start(contoso()).with_profile("organization = 'fabrikam.onmicrosoft.com'");
    let states = &[("tls", "ok"), ("clock", "ok"), ("cloud", "not-tried"), ("app", "not-tried")];
    Told { first: "tenant", code: 12, next: "check the tenant's name", states }.by(&world.exoctl(CHECK));
    // Another name of a tenant that there is.
    let world =
        World::start(contoso()).with_profile("organization = 'fabrikam.onmicrosoft.com'\ntenant = 'contoso.com'");
    let told = Told { first: "organization", code: 10, next: "--organization contoso.onmicrosoft.com", states: &[] };
    told.by(&world.exoctl(CHECK.iter().chain(&["--service", "exo"])));
}

#[test]
fn an_organization_that_is_left_out_is_found_and_told() {
    for tenant in ["contoso.com", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"] {
        let world = World::start(contoso()).with_profile(&format!("organization\ntenant = '{tenant}'"));
        let ended = world.exoctl(CHECK);
        let (state, seen) = ended.ends(0).check("organization");
        let found = format!("contoso.onmicrosoft.com, found by `Get-AcceptedDomain` through {tenant}");
        assert_eq!(
            (state.as_str(), seen),
            ("ok", found.replace("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11", "00000000-0000-0000-0000-000000000000"))
        );
        assert_eq!(world.received("Get-AcceptedDomain"), 1);
        assert_eq!(ended.check("scc session").0, "ok");
    }
    // The service that would tell it is closed.
    let app = bare_app().permission(Service::Compliance).role(GLOBAL_READER);
    let world = World::start(empty_contoso().app(app)).with_profile("organization\ntenant = 'contoso.com'");
    let ended = world.exoctl(CHECK.iter().chain(&["--service", "scc"]));
    let states = &[("scc permission", "ok"), ("scc session", "not-tried")];
    Told { first: "organization", code: 13, next: "--organization", states }.by(&ended);
}

/// Nothing behind the network was tried.
const NO_NETWORK: &[(&str, &str)] = &[
    ("profile", "ok"),
    ("clock", "not-tried"),
    ("certificate", "ok"),
    ("tenant", "not-tried"),
    ("exo token", "not-tried"),
];

#[test]
fn a_name_that_has_no_address() {
    // Longer than a label may be, so that no name server is asked.
    let world = World::start(contoso()).with_profile(&format!("login = 'https://{}.example'", "x".repeat(64)));
    let ended = world.exoctl(CHECK);
    Told { first: "dns", code: 15, next: "check the network, the name", states: NO_NETWORK }.by(&ended);
    assert_eq!((ended.check("proxy").0, ended.check("tls").0), ("not-tried".into(), "not-tried".into()));
    world.assert_nothing_was_sent();
}

#[test]
fn nobody_at_the_address() {
    let world = World::start(contoso()).with_profile("login = 'https://login.localhost:9'");
    let ended = world.exoctl(CHECK);
    Told { first: "tls", code: 15, next: "firewall", states: NO_NETWORK }.by(&ended);
    assert!(ended.check("tls").1.contains("could not connect to `login.localhost`"), "{}", ended.shown());
}

#[test]
fn an_authority_that_is_not_known() {
    let world = World::start(contoso()).with_profile("ca-file");
    let ended = world.exoctl(CHECK);
    Told { first: "tls", code: 15, next: "--ca-file", states: NO_NETWORK }.by(&ended);
    assert!(ended.check("tls").1.contains("it showed a certificate by `CN=exo-emulator root`"), "{}", ended.shown());
    world.assert_nothing_was_sent();
    let world = World::start(contoso()).with_profile("ca-file = 'nix.pem'");
    Told { first: "tls", code: 10, next: "PEM", states: &[("dns", "not-tried")] }.by(&world.exoctl(CHECK));
}

#[test]
fn a_proxy_that_is_not_there_or_refuses() {
    let world = World::start(contoso()).with_profile("login\nexchange\ncompliance");
    let through = |proxy: &str| world.end(world.command(CHECK).env("HTTPS_PROXY", proxy));
    let told = |code, next| Told {
        first: "proxy",
        code,
        next,
        states: &[("dns", "ok"), ("tls", "not-tried"), ("tenant", "not-tried")],
    };
    let ended = through("http://marked-secret@127.0.0.1:9");
    told(15, "HTTPS_PROXY names the proxy `127.0.0.1:9`").by(&ended);
    ended.never_says("marked-secret");
    let refusing = TokenDesk::start(|_| b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n".to_vec());
    let ended = through(&refusing.origin().replace("http://", "http://user:marked-secret@"));
    told(15, "HTTPS_PROXY names the proxy").by(&ended);
    assert!(ended.check("proxy").1.contains("status 407"), "{}", ended.shown());
    ended.never_says("marked-secret");
    let ended = through("marked-secret:// ");
    told(10, "").by_line(&ended);
    ended.never_says("marked-secret");
}

impl Told {
    /// The same for a failure without a way out of its own.
    fn by_line(&self, ended: &Ended) {
        ended.ends(self.code);
        assert_eq!(ended.json()["first_failed"], self.first, "{}", ended.shown());
    }
}

#[test]
fn a_proxy_that_opens_the_way_and_reads_along_is_named() {
    let world = World::start(contoso()).with_profile("login\nexchange\ncompliance");
    let mut command = world.command(CHECK);
    let ended = world.end(command.env("https_proxy", proxy(&world)));
    let (state, seen) = ended.check("proxy");
    assert_eq!(state, "ok", "{}", ended.shown());
    assert!(seen.contains("which https_proxy names, opens the way to `login.microsoftonline.com`"), "{seen}");
    assert!(ended.check("dns").1.starts_with("the proxy `127.0.0.1:"), "{}", ended.shown());
    let (state, seen) = ended.check("tls");
    assert_eq!(state, "warning", "{}", ended.shown());
    assert!(seen.contains("certified by `CN=exo-emulator root`, trusted by `FOLDER/ca.pem`"), "{seen}");
    // Loopback goes past every proxy.
    let world = World::start(contoso());
    let mut command = world.command(CHECK);
    let ended = world.end(command.env("HTTPS_PROXY", "http://127.0.0.1:9"));
    let (state, seen) = ended.ends(0).check("proxy");
    assert!(state == "ok" && seen.starts_with("none for `login.localhost`"), "{seen}");
}

#[test]
fn a_check_costs_seven_requests() {
    let world = World::start(contoso());
    world.exoctl(CHECK).ends(0);
    let log = world.emulator().log();
    // The tenant, two tokens, two lists of cmdlets, the way to a region, the domains.
    assert_eq!(log.len(), 7, "{:?}", log.iter().map(|request| &request.path).collect::<Vec<_>>());
}

#[test]
fn programs_read_members_whose_names_stay() {
    let ended = World::start(empty_contoso()).exoctl(CHECK);
    let value = ended.json();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&value), ["checks", "first_failed", "format_version", "next", "ok", "program_version"]);
    let line = value["checks"].as_array().unwrap().iter().find(|line| line["what"] == "app").unwrap().clone();
    assert_eq!(names(&line), ["command", "kind", "next", "portal", "seen", "state", "what"]);
    let line = value["checks"].as_array().unwrap().iter().find(|line| line["what"] == "exo token").unwrap().clone();
    assert_eq!(names(&line), ["causes", "code", "command", "kind", "next", "portal", "seen", "state", "what"]);
}

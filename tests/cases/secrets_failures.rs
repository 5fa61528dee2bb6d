//! Failures of every kind, at the highest log level.

use crate::secrets::{assert_no_secret, marked, silent};
use exo_tests::{Fault, Service, World, app, bare_app, contoso, empty_contoso};

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

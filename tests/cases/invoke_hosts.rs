//! The hosts that a call goes to: regions of both services, sovereign clouds under their real names, and no others.

use crate::check_tenant::proxy;
use exo_emulator::{Cloud, Location};
use exo_tests::{Ended, Fault, World, contoso};
use std::collections::BTreeSet;

/// The hosts that got a token, in their order.
fn hosts(world: &World) -> Vec<String> {
    let log = world.emulator().log();
    log.into_iter().filter(|call| call.headers.contains_key("authorization")).map(|call| call.host).collect()
}

/// Runs `invoke` on a tenant of a cloud, under the real names of that cloud, which a proxy leads to the emulator.
fn in_cloud(world: &World, words: &[&str]) -> Ended {
    let mut command = world.command(["invoke"].iter().chain(words).chain(&["--format", "ndjson"]));
    world.end(command.env("HTTPS_PROXY", proxy(world)))
}

#[test]
fn exchange_redirects_to_a_region_that_is_kept() {
    for location in [Location::Public, Location::Inner] {
        let world = World::start(contoso().mailboxes(2345).exchange_redirect("eurprd05").exchange_location(location));
        let words = ["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "ndjson"];
        let ended = world.exoctl(words);
        ended.ends(0).says("2345 records, complete");
        assert_eq!(ended.stdout.lines().collect::<BTreeSet<_>>().len(), 2345);
        let region = "eurprd05.outlook.localhost";
        assert_eq!(hosts(&world), ["outlook.localhost", region, region, region]);
    }
}

#[test]
fn a_region_is_found_by_every_path() {
    let world = World::start(contoso().exchange_redirect("eurprd05"));
    world.exoctl(["invoke", "Get-EXOMailbox", "-ResultSize", "1"]).ends(0);
    assert_eq!(hosts(&world), ["outlook.localhost", "eurprd05.outlook.localhost"]);
}

#[test]
fn every_sovereign_cloud_is_called_by_its_own_names() {
    for (cloud, domain, exchange, compliance) in [
        (Cloud::Worldwide, "contoso.onmicrosoft.com", "outlook.office365.com", "ps.compliance.protection.outlook.com"),
        (Cloud::GccHigh, "contoso.onmicrosoft.us", "outlook.office365.us", "ps.compliance.protection.office365.us"),
        (Cloud::Dod, "contoso.onmicrosoft.us", "outlook-dod.office365.us", "ps.compliance.protection.office365.us"),
        (
            Cloud::China,
            "contoso.partner.onmschina.cn",
            "partner.outlook.cn",
            "ps.compliance.protection.partner.outlook.cn",
        ),
    ] {
        let world = World::start(contoso().cloud(cloud).exchange_redirect("reg01"));
        let scopes = "exchange-scope\ncompliance-scope\nlogin\nexchange\ncompliance";
        let world = world.with_profile(&format!("organization = '{domain}'\ncloud = '{}'\n{scopes}", cloud.name()));
        in_cloud(&world, &["Get-AcceptedDomain"]).ends(0);
        in_cloud(&world, &["Get-ProtectionAlert"]).ends(0);
        let front = if cloud == Cloud::Dod { format!("l5.{compliance}") } else { compliance.to_owned() };
        let expected = [exchange.to_owned(), format!("reg01.{exchange}"), front, format!("eur02b.{compliance}")];
        assert_eq!(hosts(&world), expected, "{}", cloud.name());
    }
}

#[test]
fn a_redirect_out_of_the_cloud_gets_no_token() {
    let names = "exchange-scope\ncompliance-scope\nlogin\nexchange\ncompliance";
    for target in [
        "https://outlook.office365.com.evil.example/x",
        "https://evil.example:446/x",
        "https://login.microsoftonline.com/common/oauth2",
        "http://eur.outlook.office365.com/x",
        "https://eur.outlook.office365.us/x",
    ] {
        let fault: Fault = format!("Get-AcceptedDomain redirect={target}").parse().unwrap();
        let world = World::start(contoso().fault(fault)).with_profile(names);
        let ended = in_cloud(&world, &["Get-AcceptedDomain"]);
        ended.ends(16).says("which is not followed");
        assert_eq!(hosts(&world), ["outlook.office365.com"], "{target}");
    }
}

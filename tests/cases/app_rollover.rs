//! `exoctl app rollover`: a new certificate for the old one, with a working one at every moment.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::app_world::{AppWorld, TOKEN};
use exo_tests::Fault;
use serde_json::Value;

const SMALL: [&str; 2] = ["--report", "mailboxes"];

/// An app with a certificate that was made, in a tenant whose calls of Microsoft Graph begin to fail so afterwards.
fn made() -> AppWorld {
    let world = AppWorld::new();
    world.create(&SMALL).ends(0);
    world
}

/// The thumbprints that the app has.
fn thumbprints(world: &AppWorld) -> Vec<String> {
    let shown = world.run(&[&["app", "show", "--format", "json"][..], &TOKEN, &SMALL].concat()).ends(0).json();
    let keys = shown["app"]["certificates"].as_array().unwrap().clone();
    keys.iter().map(|key| key["thumbprint"].as_str().unwrap().to_owned()).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[test]
fn the_app_renews_its_certificate_by_itself() {
    let world = made();
    let old = thumbprints(&world);
    let rolled = world.run(&["app", "rollover", "--format", "json"]).ends(0).json();
    assert_eq!((text(&rolled["old"], "thumbprint"), &rolled["old"]["removed"]), (old[0].as_str(), &true.into()));
    assert_eq!(thumbprints(&world), [text(&rolled["new"], "thumbprint")]);
    assert_eq!(rolled["signed_in"], serde_json::json!(["exo"]), "what the old one could do");
    let profile = world.0.read("set.toml");
    assert!(profile.starts_with("# mine\n") && !profile.contains("'default.pfx'"), "{profile}");
    assert_eq!(profile.matches("certificate-file = ").count(), 1);
    world.run(&["run", "mailboxes"]).ends(0);
    // The old files are still there, and of no use.
    assert!(world.0.path("default.pfx").exists());
    let password = ["--certificate-password-file", "default.password"];
    world.run(&[&["run", "mailboxes", "--certificate-file", "default.pfx"][..], &password].concat()).ends(12);
    // A second change finds its own names.
    world.run(&["app", "rollover"]).ends(0).gives("removed from the app").gives("next: exoctl check --config set.toml");
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn an_administrator_renews_it_and_the_old_one_may_stay() {
    let world = made();
    let old = thumbprints(&world).remove(0);
    let keep = world.run(&[&["app", "rollover", "--keep-old"][..], &TOKEN].concat());
    keep.ends(0).gives("still attached to the app");
    let both = thumbprints(&world);
    assert!(both.len() == 2 && both.contains(&old), "{both:?}");
    world.run(&["run", "mailboxes"]).ends(0);
    world.run(&[&["app", "rollover"][..], &TOKEN].concat()).ends(0).gives("removed from the app");
    let left = thumbprints(&world);
    assert!(left.len() == 2 && left.contains(&old), "only the one that the profile named goes: {left:?}");
}

#[test]
fn a_certificate_that_is_given_takes_the_place() {
    let world = made();
    let new = ["--new-certificate-file", "app.pfx", "--new-password-file", "password.txt"];
    world.run(&[&["app", "rollover"][..], &new].concat()).ends(0).gives("923CB0588F1E0DE79BE4392B4916B9B0136FA539");
    let profile = world.0.read("set.toml");
    assert!(profile.contains("certificate-file = \"app.pfx\"\n"), "{profile}");
    assert!(profile.contains("certificate-password-file = \"password.txt\"\n"), "{profile}");
    world.run(&["run", "mailboxes"]).ends(0);
    let again = world.run(&[&["app", "rollover"][..], &new].concat());
    again.ends(2).says("the new certificate is the one that the profile names already");
}

/// Interrupts a change at each of its calls and starts it again.
fn interrupted(by: &[&str], fault: impl Fn(u32) -> Fault) {
    let whole = made();
    let before = whole.graph_calls();
    whole.run(&[&["app", "rollover"], by].concat()).ends(0);
    let calls = before + 1..=whole.graph_calls();
    assert!(calls.clone().count() >= 3);
    for number in calls.map(|number| u32::try_from(number).unwrap()) {
        let fault = fault(number);
        let world = AppWorld::failing(fault.clone());
        world.create(&SMALL).ends(0);
        let first = world.run(&[&["app", "rollover"], by].concat());
        world.run(&["token", "--service", "exo"]).ends(0);
        if first.code != 0 {
            // Whether what was asked for came about is seen at once here, and need not be waited for.
            world.run(&[&["app", "rollover", "--max-wait", "0"], by].concat()).ends(0);
            world.run(&["token", "--service", "exo"]).ends(0);
        }
        assert_eq!(thumbprints(&world).len(), 1, "{fault:?}: {}", first.shown());
        assert_eq!(world.0.json("default.setup.json").get("rollover"), None);
        let pfx = world.0.written().iter().filter(|name| name.rsplit('.').next() == Some("pfx")).count();
        assert_eq!(pfx, 2, "one new certificate, however often it is begun: {fault:?}");
    }
}

#[test]
fn interrupted_at_every_call_of_the_app_there_is_always_one_that_works() {
    interrupted(&[], |number| Fault::on_graph().call(number).status(403));
}

#[test]
fn with_every_answer_to_the_app_lost_there_is_always_one_that_works() {
    interrupted(&[], |number| Fault::on_graph().call(number).done().status(403));
}

#[test]
fn with_every_answer_to_an_administrator_lost_there_is_always_one_that_works() {
    interrupted(&TOKEN, |number| Fault::on_graph().call(number).done().status(403));
}

#[test]
fn a_certificate_that_does_not_sign_in_never_reaches_the_profile() {
    let world = made();
    let before = world.0.read("set.toml");
    let ended = world.run(&["app", "rollover", "--service", "scc", "--service", "exo", "--max-wait", "0"]);
    ended.ends(13).says("the app is set up, but signing in to Security & Compliance failed");
    assert_eq!(world.0.read("set.toml"), before);
    assert_eq!(thumbprints(&world).len(), 2, "the old one stays");
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn an_app_that_knows_not_its_registration_is_told_how_to_name_it() {
    let world = made();
    let id = world.0.json("default.setup.json")["app"]["application"].as_str().unwrap().to_owned();
    std::fs::remove_file(world.0.path("default.setup.json")).unwrap();
    world.run(&["app", "rollover"]).ends(13).hints("--registration-id");
    world.run(&["app", "rollover", "--registration-id", &id]).ends(0);
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn what_has_no_certificate_has_nothing_to_renew() {
    let world = made();
    world.run(&["app", "rollover", "--credential", "managed-identity"]).ends(2).hints("there is nothing to renew");
}

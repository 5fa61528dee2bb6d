//! `exoctl app show`: what the app has, lacks, and has too much.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::app_world::{AppWorld, TOKEN};

const MAILBOXES: [&str; 2] = ["--report", "mailboxes"];

fn show(more: &[&str]) -> Vec<String> {
    ["app", "show"].iter().chain(&TOKEN).chain(more).map(|word| (*word).to_owned()).collect()
}

fn shown(world: &AppWorld, more: &[&str]) -> exo_tests::Ended {
    let words = show(more);
    world.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Aspect and name of the items of a standing.
fn items(world: &AppWorld, more: &[&str], standing: &str) -> Vec<(String, String)> {
    let shown = shown(world, &[more, &["--format", "json"]].concat()).ends(0).json();
    let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = shown["items"].as_array().unwrap().iter().filter(|item| item["standing"] == standing);
    items.map(|item| (text(item, "aspect"), text(item, "what"))).collect()
}

#[test]
fn an_app_that_was_made_lacks_nothing_and_has_nothing_too_much() {
    let world = AppWorld::new();
    world.create(&MAILBOXES).ends(0);
    let all = shown(&world, &MAILBOXES);
    all.ends(0)
        .gives("nothing lacks")
        .gives("ok       directory role       Global Reader")
        .gives("role groups of Exchange");
    assert_eq!(items(&world, &MAILBOXES, "surplus"), []);
    assert_eq!(items(&world, &MAILBOXES, "matching").len(), 5, "{}", all.shown());
}

#[test]
fn what_lacks_for_other_reports_is_told_with_the_command() {
    let world = AppWorld::new();
    world.create(&MAILBOXES).ends(0);
    let lacking = items(&world, &["--report", "purview-alerts", "--report", "send-as"], "lacking");
    let names: Vec<&str> = lacking.iter().map(|(aspect, _)| aspect.as_str()).collect();
    assert_eq!(names, ["declared", "consent", "role"], "{lacking:?}");
    let told = shown(&world, &["--report", "purview-alerts"]);
    told.ends(0).gives("LACKING  consent").gives("next: exoctl app create --app-id ").gives(" completes the app");
}

#[test]
fn what_is_too_much_is_told() {
    let world = AppWorld::new();
    world.create(&["--role", "Global Reader", "--role", "Exchange Administrator"]).ends(0);
    let surplus = items(&world, &MAILBOXES, "surplus");
    assert!(surplus.contains(&("role".into(), "Exchange Administrator".into())), "{surplus:?}");
    assert!(surplus.iter().any(|(aspect, what)| aspect == "consent" && what.contains("Protection")), "{surplus:?}");
}

#[test]
fn a_certificate_is_shown_with_its_end_and_must_be_the_profiles() {
    let world = AppWorld::new();
    world.create(&MAILBOXES).ends(0);
    shown(&world, &MAILBOXES).ends(0).gives("(until ");
    let other = ["--certificate-file", "app.pfx", "--certificate-password-file", "password.txt"];
    let lacking = items(&world, &[&MAILBOXES[..], &other].concat(), "lacking");
    assert_eq!(lacking, [("certificate".into(), "923CB0588F1E0DE79BE4392B4916B9B0136FA539".into())]);
}

#[test]
fn an_app_that_may_not_look_at_itself_is_told_who_can() {
    let world = AppWorld::new();
    world.create(&MAILBOXES).ends(0);
    let ended = world.run(&["app", "show"]);
    ended.ends(13).hints("hand an administrator's token over").hints("exoctl token");
}

#[test]
fn without_an_app_there_is_nothing_to_show() {
    let world = AppWorld::new();
    let words = ["app", "show", "--organization", "contoso.onmicrosoft.com"];
    world.run(&words).ends(10).says("`--app-id` is missing").hints("exoctl app create");
    let gone = ["--app-id", "0b8f1d7c-1111-4222-8333-944445555666"];
    world.create(&MAILBOXES).ends(0);
    world.run(&[&["app", "show"][..], &TOKEN, &gone].concat()).ends(2).says("there is no app 0b8f1d7c-");
}

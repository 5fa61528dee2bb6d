//! `exoctl app grant`: directory roles and role groups.

use crate::app_world::{AppWorld, TOKEN};

const ORGANIZATION: &str = "View-Only Organization Management";

fn with(role: &str) -> AppWorld {
    let world = AppWorld::new();
    world.create(&["--role", role, "--report", "mailboxes"]).ends(0);
    world
}

#[test]
fn a_directory_role_is_given_once() {
    let world = with("Security Reader");
    let words = [&["app", "grant", "--role", "Global Reader"][..], &TOKEN].concat();
    world.run(&words).ends(0).gives("directory role Global Reader: given").says("made    the directory role");
    let changes = world.changes();
    world.run(&words).ends(0).gives("directory role Global Reader: held already");
    assert_eq!(world.changes(), changes);
    world.run(&["run", "mailboxes"]).ends(0);
}

#[test]
fn an_app_without_a_role_works_through_a_role_group_that_another_app_gives_it() {
    let world = with("Exchange Administrator");
    world.create(&["--profile", "reader", "--name", "reader", "--role", "none", "--service", "exo"]).ends(0);
    world.run(&["run", "mailboxes", "--profile", "reader"]).ends(13);
    let words = ["app", "grant", "--profile", "reader", "--role-group", ORGANIZATION, "--as", "default"];
    let granted = world.run(&[&words[..], &["--format", "json"]].concat()).ends(0).json();
    assert_eq!(granted["role_groups"][0]["registered"], true);
    assert_eq!(granted["role_groups"][0]["new"], true);
    world.run(&["run", "mailboxes", "--profile", "reader"]).ends(0);
    let again = world.run(&words);
    again.ends(0).gives(&format!("role group {ORGANIZATION} of Exchange Online: held already"));
    let shown = world.run(&[&["app", "show", "--profile", "reader", "--format", "json"][..], &TOKEN].concat());
    assert_eq!(shown.ends(0).json()["role_groups"][0]["groups"], serde_json::json!([ORGANIZATION]));
}

#[test]
fn an_app_that_may_not_change_role_groups_is_told_who_may() {
    let world = with("Global Reader");
    let ended = world.run(&["app", "grant", "--role-group", ORGANIZATION]);
    ended.ends(13).hints("--as").hints("Organization Management");
}

#[test]
fn a_role_group_that_is_not_there_is_named() {
    let world = with("Exchange Administrator");
    world.run(&["app", "grant", "--role-group", "Nobody's"]).ends(19).says("Nobody's");
}

#[test]
fn nothing_to_give_is_wrong() {
    let world = with("Global Reader");
    world.run(&["app", "grant"]).ends(2);
    world.run(&["app", "grant", "--role", "Global Reader"]).ends(2).says("nobody is named who may");
    world.run(&[&["app", "grant", "--role", "Mail Recipients"][..], &TOKEN].concat()).ends(2).hints("exoctl roles");
}

//! The commands that speak to Microsoft Graph, at the highest log level, with secrets that are all known.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use crate::app_world::{AppWorld, TOKEN};
use exo_tests::{Administrator, DeviceAnswer, Ended, Secrets, empty_contoso};

/// Ran the words and looked for every secret that is known by now.
fn searched(world: &AppWorld, words: &[String], code: i32) -> Ended {
    let ended = world.0.exoctl(words.iter().map(String::as_str).chain(["--log", "trace"]));
    ended.ends(code);
    let mut secrets = Secrets::known().with("the administrator's token", world.0.read("token.txt")).except("token.txt");
    for name in world.0.written() {
        let end = name.rsplit('.').next().unwrap_or_default();
        if end == "password" {
            secrets.add("a password that was made", world.0.read(&name).trim());
            secrets = secrets.except(&name);
        }
        if end == "pfx" {
            secrets.add("a key that was made", std::fs::read(world.0.path(&name)).unwrap());
            secrets = secrets.except(&name);
        }
    }
    secrets.are_not_shown(&world.0, &ended, &words.join(" "));
    ended
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn a_life_of_an_app_lets_nothing_out() {
    let world = AppWorld::new();
    for more in [&["--report", "mailboxes"][..], &["--report", "mailboxes", "--format", "json"]] {
        searched(&world, &world.creating(&[&TOKEN, more].concat()), 0);
    }
    let config = ["--config", "set.toml"];
    for (words, code) in [
        (&["app", "show", "--format", "json"][..], 0),
        (&["app", "grant", "--role", "Security Reader"], 0),
        (&["app", "rollover"], 0),
    ] {
        searched(&world, &owned(&[words, &TOKEN, &config].concat()), code);
    }
    searched(&world, &owned(&[&["app", "rollover"][..], &config].concat()), 0);
    searched(&world, &owned(&[&["app", "show"][..], &config].concat()), 13);
}

#[test]
fn a_device_code_that_we_ask_with_is_not_shown() {
    let administrator =
        Administrator::global().device_code([DeviceAnswer::Pending, DeviceAnswer::Decline]).device_interval(0);
    let world = AppWorld::of(empty_contoso().administrator(administrator));
    let words = world.creating(&["--admin-client-id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"]);
    let ended = searched(&world, &words, 12);
    // The code to type in is for the person; the other one is as good as the token.
    ended.says("enter the code ");
    assert!(!ended.stderr.contains("device_code="), "{}", ended.shown());
}

#[test]
fn a_token_in_place_of_its_name_is_not_repeated() {
    let world = AppWorld::new();
    let token = world.0.read("token.txt");
    for flag in ["--graph-token-env", "--graph-token-file"] {
        let words = world.creating(&[flag, &token]);
        let ended = world.0.exoctl(&words);
        ended.ends(10).says("is no name");
        Secrets::known().with("the token", &token).except("token.txt").are_not_shown(&world.0, &ended, flag);
    }
}

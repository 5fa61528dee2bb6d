//! Certificates, keys and passwords: no way of giving them lets anything out.

use crate::secrets::{assert_no_secret, marked, silent};
use exo_tests::{MARKED, Secrets, World, contoso, data};

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
    silent(&world, 2, &["check", "--certificate-password-insecure", MARKED, "--nix"]);
    silent(&world, 2, &["check", "--certificate-password-insecure", MARKED, "--nix", "--format", "json"]);
}

#[test]
fn help_does_not_show_the_environment() {
    let world = marked(World::start(contoso()));
    for words in [&["check", "--help"][..], &["run", "--help"], &["invoke", "--help"], &["check", "-h"]] {
        let mut command = world.command(words);
        let ended = world.end(command.env("EXOCTL_CERTIFICATE_PASSWORD", MARKED));
        ended.ends(0);
        assert_no_secret(&world, &ended, &words.join(" "));
    }
}

#[test]
fn every_way_of_giving_a_password_lets_nothing_out() {
    let world =
        marked(World::start(contoso())).with_profile("certificate-file = 'marked.pfx'\ncertificate-password-file");
    let ask = ["invoke", "Get-AcceptedDomain", "--log", "trace"];
    let run = |flags: &[&str]| world.end(world.command(ask.iter().chain(flags)).env("MARKED", MARKED));
    for flags in [
        &["--certificate-password-env", "MARKED"][..],
        &["--certificate-password-file", "password.txt"],
        &["--certificate-password-command", "cat password.txt"],
        &["--certificate-password-insecure", MARKED],
    ] {
        let ended = run(flags);
        ended.ends(0);
        assert_no_secret(&world, &ended, flags[0]);
    }
}

#[test]
fn a_password_in_an_address_is_not_repeated() {
    let world = marked(World::start(contoso()));
    for flag in ["--login", "--exchange", "--compliance", "--token-url"] {
        let address = format!("https://user:{MARKED}@login.localhost");
        silent(&world, 10, &["check", flag, &address]);
    }
}

#[test]
fn the_password_of_a_proxy_is_not_shown() {
    let world = marked(World::start(contoso()));
    for proxy in [format!("http://user:{MARKED}@127.0.0.1:9"), format!("user:{MARKED}@@")] {
        let mut command = world.command(["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--log", "trace"]);
        let ended = world.end(command.env("HTTPS_PROXY", &proxy));
        assert_no_secret(&world, &ended, "a proxy");
    }
}

#[test]
fn there_is_no_plain_flag_for_a_password() {
    let world = marked(World::start(contoso()));
    for word in [&["--certificate-password", MARKED][..], &["--certificate-password=Marked-Password-4711"]] {
        for command in [&["check"][..], &["run", "mailboxes"], &["invoke", "Get-AcceptedDomain"]] {
            let words: Vec<&str> = command.iter().chain(word).copied().collect();
            silent(&world, 2, &words);
        }
    }
    world.assert_nothing_was_sent();
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
        Secrets::known().except(".local/").are_not_shown(&world, &ended, words[1]);
    }
    assert_eq!(world.written(), Vec::<String>::new(), "the key is gone with the certificate");
}

const THUMBPRINT: &str = "923CB0588F1E0DE79BE4392B4916B9B0136FA539";

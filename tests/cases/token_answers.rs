//! What passes for a token, and what is refused: every field of a token answer missing, of another type, or hostile.

use exo_tests::{Ended, Fault, TokenDesk, World, contoso, json, whole};
use std::io::Write as _;

pub(crate) const ASK: [&str; 6] = ["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--log", "off"];

/// Runs a command that needs a token, in bounded memory and with nothing left behind.
pub(crate) fn ask(world: &World, words: &[&str]) -> Ended {
    let (ended, peak) = world.start_exoctl(words).end_with_peak();
    assert!(peak < MOST, "{peak} MiB: {}", ended.shown());
    #[cfg(target_os = "linux")]
    assert!(peak > 4, "{peak} MiB are no program");
    assert_eq!(world.written(), Vec::<String>::new(), "nothing is left behind");
    for text in [&ended.stdout, &ended.stderr] {
        let harmless = text.chars().all(|c| c == '\n' || !c.is_control());
        assert!(harmless, "nothing that a terminal obeys: {text:?}");
    }
    let longest = ended.stderr.lines().map(str::len).max().unwrap_or_default();
    // Each of the service's words is cut at a thousand characters.
    assert!(longest < 6000, "a sentence of {longest} bytes: {}", ended.shown());
    ended
}

/// A tenant whose token service answers as a fault says.
fn answered(fault: Fault) -> Ended {
    ask(&World::start(contoso().fault(fault.always())), &ASK)
}

/// The answer is not understood, for this reason, and the request can be found again.
fn not_understood(ended: &Ended, what: &str) {
    let said = ended.refused(16);
    assert!(said.contains(what), "`{what}`: {said}");
    names_the_request(&said);
}

/// The sentence tells which request it was; the service calls the client's id the correlation's.
pub(crate) fn names_the_request(said: &str) {
    let named = |name: &str| said.contains(&format!("{name} id 00000000-0000-0000-0000-000000000000"));
    assert!(named("client request") || named("correlation"), "{said}");
}

fn token(member: &str, json: &str) -> Fault {
    Fault::on_token().member(member, json)
}

/// MiB that a program may take for any answer; an honest one takes about twenty.
const MOST: u64 = 64;
/// The same where the other side never stops: no more is taken than is read.
const MOST_OF_A_FLOOD: u64 = 64;

#[test]
fn an_honest_answer_signs_in() {
    let world = World::start(contoso());
    ask(&world, &ASK).ends(0).gives("contoso.onmicrosoft.com");
}

#[test]
fn a_token_that_is_none_is_not_understood() {
    for json in ["null", "7", "true", "{}", "[\"eyJ\"]"] {
        not_understood(&answered(token("access_token", json)), "it holds no access token");
    }
    not_understood(&answered(Fault::on_token().without_member("access_token")), "it holds no access token");
    for json in [r#""""#, r#""a b""#, r#"" a""#, r#""a\nb: c""#, r#""a\r\nb: c""#, r#""\u0000""#, r#""ä""#, r#""\t""#]
    {
        not_understood(&answered(token("access_token", json)), "its access token is not one word");
    }
}

#[test]
fn a_kind_of_token_that_is_not_ours_is_not_understood() {
    not_understood(&answered(Fault::on_token().without_member("token_type")), "not a bearer token");
    for json in ["null", "7", "{}", r#""pop""#, r#""""#, r#""Bearer\u001b[2J""#] {
        not_understood(&answered(token("token_type", json)), "not a bearer token");
    }
    for json in [r#""bearer""#, r#""BEARER""#] {
        answered(token("token_type", json)).ends(0);
    }
}

#[test]
fn a_lifetime_that_is_absurd_does_not_keep_a_token_from_being_used() {
    for member in ["expires_in", "refresh_in", "ext_expires_in", "expires_on", "not_before"] {
        answered(Fault::on_token().without_member(member)).ends(0);
        for json in [
            "null",
            "{}",
            "[]",
            "true",
            "-1",
            "0",
            "0.5",
            "1e300",
            "-1e300",
            "99999999999999999999999999",
            r#""3599""#,
            r#""x""#,
            r#""""#,
            r#""-5""#,
            r#""NaN""#,
            r#""inf""#,
            "18446744073709551615",
            "9223372036854775807",
        ] {
            let ended = answered(token(member, json));
            assert_eq!(ended.code, 0, "{member} {json}: {}", ended.shown());
        }
    }
}

#[test]
fn an_answer_that_is_no_json_object_is_not_understood() {
    for body in [
        &b""[..],
        b" ",
        b"null",
        b"[]",
        b"\"a\"",
        b"7",
        b"{",
        b"{\"access_token\"",
        b"{\"access_token\":\"a\",\"token_type\":\"Bearer\"} {}",
        b"{\"access_token\":\"a\",\"token_type\":\"Bearer\"}}",
        b"\xef\xbb\xbf",
        b"\xff\xfe{\0}\0",
        b"{\"access_token\":\"\xff\xfe\xc3\x28\",\"token_type\":\"Bearer\"}",
        b"{\"access_token\":\"\\ud800\",\"token_type\":\"Bearer\"}",
        b"\0\0\0\0",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0",
        b"access_token=a&token_type=Bearer",
        b"<html><title>Sign in to the proxy</title></html>",
    ] {
        let ended = answered(Fault::on_token().answer(200, "application/json", body));
        not_understood(&ended, "it is not a JSON object");
    }
    not_understood(&answered(Fault::on_token().garbage()), "it is not a JSON object");
    not_understood(&answered(Fault::on_token().nested(100_000)), "it is not a JSON object");
    not_understood(&answered(Fault::on_token().answer(200, "application/json", "{}")), "it holds no access token");
}

#[test]
fn an_answer_that_is_too_large_is_refused_in_bounded_memory() {
    not_understood(&answered(Fault::on_token().padded(10 << 20)), "is longer than 1048576 bytes");
    // Ten mebibytes that a parser would make three hundred of.
    let dense = format!("{{\"a\":[0{}]}}", ",0".repeat(5 << 20));
    for status in [200, 400] {
        let ended = answered(Fault::on_token().answer(status, "application/json", dense.as_str()));
        names_the_request(&ended.refused(16));
    }
    let many: String = (0..400_000).fold(String::new(), |text, n| text + &format!("\"m{n}\":{n},"));
    let ended = answered(Fault::on_token().answer(200, "application/json", format!("{{{many}\"z\":1}}")));
    not_understood(&ended, "is longer than 1048576 bytes");
}

#[test]
fn an_answer_without_an_end_is_left() {
    let endless = TokenDesk::flooding();
    let world = World::start(contoso()).with_profile(&format!("token-url = '{}'", endless.url()));
    let (ended, peak) = world.start_exoctl(ASK).end_with_peak();
    names_the_request(&ended.refused(16));
    assert!(peak < MOST_OF_A_FLOOD, "{peak} MiB");
}

#[test]
fn the_label_of_an_answer_does_not_matter() {
    for label in ["text/html", "text/plain; charset=utf-16", "", "application/octet-stream", "nonsense"] {
        let ended = answered(Fault::on_token().content_type(label));
        assert_eq!(ended.code, 0, "{label}: {}", ended.shown());
    }
}

#[test]
fn a_packed_answer_is_read_with_a_label_and_without() {
    let body = br#"{"token_type":"Bearer","expires_in":3599,"access_token":"opaque"}"#;
    let packed = gzip(body);
    let labelled = whole("200 OK", "application/json\r\ncontent-encoding: gzip", &packed);
    let bare = whole("200 OK", "application/json", &packed);
    for answer in [labelled, bare] {
        let (_desk, world) = desk(move |_| answer.clone());
        // It is read, since the service refuses what it holds.
        ask(&world, &ASK).ends(12).says("401");
    }
    answered(Fault::on_token().wrong_label()).ends(0);
    let sound = gzip(&[b'x'; 5000]);
    let (cut, mut damaged) = (sound.iter().take(20).copied().collect::<Vec<_>>(), sound.clone());
    damaged[12] ^= 0xff;
    for (code, body) in [(15, cut), (16, damaged)] {
        let ended = answered(Fault::on_token().answer(200, "application/json", body));
        names_the_request(&ended.refused(code));
    }
}

#[test]
fn a_packed_flood_is_left() {
    let packed = gzip(&vec![b' '; 256 << 20]);
    assert!(packed.len() < 1 << 20);
    let (_desk, world) = desk(move |_| whole("200 OK", "application/json", &packed));
    let (ended, peak) = world.start_exoctl(ASK).end_with_peak();
    names_the_request(&ended.refused(16));
    assert!(peak < MOST_OF_A_FLOOD, "{peak} MiB");
}

#[test]
fn an_answer_that_breaks_off_is_unavailable() {
    for fault in [Fault::on_token().truncate(0), Fault::on_token().truncate(40), Fault::on_token().reset()] {
        let said = answered(fault).refused(15);
        names_the_request(&said);
    }
    let heads: [(i32, &[u8]); 6] = [
        (15, b""),
        (15, b"\r\n\r\n"),
        (15, b"HTTP/1.1 200"),
        (16, b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}"),
        (16, b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n{}"),
        (15, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}"),
    ];
    for (code, head) in heads {
        let (_desk, world) = desk(move |_| head.to_vec());
        names_the_request(&ask(&world, &ASK).refused(code));
    }
}

#[test]
fn headers_without_end_are_left() {
    let line = format!("x-{}: {}\r\n", "a".repeat(60), "b".repeat(4000));
    let (_desk, world) = desk(move |_| format!("HTTP/1.1 200 OK\r\n{}\r\n{{}}", line.repeat(2500)).into_bytes());
    names_the_request(&ask(&world, &ASK).refused(16));
}

#[test]
fn members_that_nobody_knows_or_that_come_twice_do_no_harm() {
    answered(token("scope", "[[[]]]")).ends(0);
    answered(token("id_token", r#"{"a":"\u001b[2J"}"#)).ends(0);
    answered(token("\u{1b}[2J", "7")).ends(0);
    let (_desk, world) =
        desk(|_| json(r#"{"access_token":"one","access_token":"two two","token_type":"Bearer","expires_in":3599}"#));
    not_understood(&ask(&world, &ASK), "not one word");
}

#[test]
fn check_tells_it_in_its_line_and_does_not_end_early() {
    for (fault, what) in [
        (Fault::on_token().without_member("access_token"), "it holds no access token"),
        (Fault::on_token().padded(10 << 20), "the exchange with the token service failed"),
        (Fault::on_token().nested(100_000), "it is not a JSON object"),
    ] {
        let world = World::start(contoso().fault(fault.always()));
        let ended = ask(&world, &["check", "--format", "json", "--max-wait", "0", "--log", "off"]);
        for service in ["exo token", "scc token"] {
            let (state, seen) = ended.ends(16).check(service);
            assert_eq!(state, "failed");
            assert!(seen.contains(what), "{seen}");
        }
        let said = ask(&world, &["token", "--max-wait", "0", "--log", "off"]).refused(16);
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn a_run_leaves_no_file_where_no_token_came() {
    for fault in [token("access_token", "7"), Fault::on_token().padded(10 << 20), Fault::on_token().truncate(40)] {
        let world = World::start(contoso().fault(fault.always()));
        let words = ["run", "mailboxes", "forwarding", "--out", "results", "--format", "csv", "--max-wait", "0"];
        let ended = world.exoctl(words);
        assert!(ended.code == 15 || ended.code == 16, "{}", ended.shown());
        assert_eq!(world.written(), Vec::<String>::new());
        let ended = world.exoctl(words.iter().chain(&["--token-cache", "tokens"]));
        assert!(ended.code == 15 || ended.code == 16, "{}", ended.shown());
        assert_eq!(world.written(), Vec::<String>::new());
    }
}

/// A world whose token endpoint gives these bytes.
pub(crate) fn desk(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (TokenDesk, World) {
    let desk = TokenDesk::start(answer);
    let world = World::start(contoso()).with_profile(&format!("token-url = '{}'", desk.url()));
    (desk, world)
}

/// Bytes in a gzip file.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory does not fail.
    file.write_all(bytes).ok();
    file.finish().unwrap_or_default()
}

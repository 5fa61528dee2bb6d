//! Tokens whose claims are missing, of another type, or hostile: shown as far as they go, and never in the way of sign-in.

use crate::token_answers::{ASK, ask};
use exo_tests::{Ended, TokenDesk, World, base64url, contoso};

/// A token with these claims; blanks at the end are harmless.
fn jwt(claims: impl AsRef<[u8]>) -> String {
    let part = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().next_multiple_of(3), b' ');
        base64url(&bytes)
    };
    format!("{}.{}.{}", part(br#"{"alg":"RS256","typ":"JWT"}"#), part(claims.as_ref()), part(b"signature"))
}

/// A world whose token endpoint gives this token for everything.
fn given(token: String) -> (TokenDesk, World) {
    let desk = TokenDesk::giving(vec![("", token)]);
    let world = World::start(contoso()).with_profile(&format!("token-url = '{}'", desk.url()));
    (desk, world)
}

/// What `exoctl token` and `exoctl check` make of it; the service refuses such a token, so that a check ends with 12.
fn looked_at(token: &str) -> (Ended, Ended) {
    let (_desk, world) = given(token.to_owned());
    let text = ask(&world, &["token", "--all-claims", "--log", "off"]);
    let json = ask(&world, &["token", "--all-claims", "--format", "json", "--log", "off"]);
    text.ends(0);
    assert_eq!(json.ends(0).json()["tokens"].as_array().map(Vec::len), Some(2), "{}", json.shown());
    let check = ask(&world, &["check", "--format", "json", "--max-wait", "0", "--log", "off"]);
    assert!([12, 13, 16].contains(&check.code), "{}", check.shown());
    (text, check)
}

fn claims_with(name: &str, json: &str) -> String {
    let usual = [
        ("aud", r#""https://outlook.office365.com""#),
        ("tid", r#""7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11""#),
        ("appid", r#""36ee4c6c-0812-40a2-b820-b22ebd02bce3""#),
        ("app_displayname", r#""ExO""#),
        ("roles", r#"["Exchange.ManageAsApp"]"#),
        ("wids", r#"["29232cdf-9323-42fd-ade2-1d097af3e4de"]"#),
        ("iat", "1780000000"),
        ("nbf", "1780000000"),
        ("exp", "1980000000"),
    ];
    let kept = usual.iter().filter(|(known, _)| *known != name).map(|(name, json)| format!("\"{name}\":{json}"));
    let added = (!json.is_empty()).then(|| format!("\"{name}\":{json}"));
    format!("{{{}}}", kept.chain(added).collect::<Vec<_>>().join(","))
}

#[test]
fn a_token_that_cannot_be_read_is_used_all_the_same_and_told_so() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for token in [
        "opaque".to_owned(),
        "..".to_owned(),
        "a.!.c".to_owned(),
        "a.b.c.d.e".to_owned(),
        jwt("[]"),
        jwt("null"),
        jwt("{"),
        jwt("claims"),
        jwt(b"{\"aud\":\"\xff\xfe\xfd\"}"),
        jwt("\0\0\0"),
        jwt(&deep),
        "e".repeat(900_000),
        format!("a.{}.c", "e".repeat(900_000)),
    ] {
        let (text, check) = looked_at(&token);
        text.gives("its claims cannot be read; the service may take it all the same");
        let (state, seen) = check.check("exo token");
        assert_eq!((state.as_str(), seen.as_str()), ("warning", "came, but cannot be read"));
        assert_eq!(check.check("exo session").0, "failed", "the service was asked: {}", check.shown());
    }
}

#[test]
fn a_token_of_any_claims_reaches_the_service() {
    for claims in ["[]".to_owned(), "{}".to_owned(), claims_with("tid", ""), claims_with("exp", "-1")] {
        let (desk, world) = given(jwt(claims));
        ask(&world, &ASK).ends(12).says("answered `Get-AcceptedDomain` with 401");
        assert_eq!(desk.requests().len(), 2, "a token that is refused is renewed once");
        let calls = world.emulator().log().into_iter().filter(|request| request.status == 401).count();
        assert_eq!(calls, 2);
    }
}

#[test]
fn a_claim_that_is_missing_or_of_another_type_is_no_obstacle() {
    let long = format!("\"{}\"", "A".repeat(200_000));
    for name in ["aud", "tid", "appid", "app_displayname", "roles", "wids", "iat", "nbf", "exp", "oid", "ver", "idtyp"]
    {
        for json in ["", "null", "7", "true", "{}", "[]", "[7,null,{}]", r#""""#, "1e300", "-1e300", r#""x""#, &long] {
            let (desk, world) = given(jwt(claims_with(name, json)));
            let ended = ask(&world, &["token", "--service", "exo", "--format", "json", "--log", "off"]);
            assert_eq!(ended.code, 0, "{name} {json}: {}", ended.shown());
            assert_eq!(ended.json()["tokens"][0]["readable"], true, "{name} {json}");
            assert_eq!(desk.requests().len(), 1);
        }
    }
}

#[test]
fn what_is_missing_is_told_in_words() {
    let (text, check) = looked_at(&jwt(claims_with("roles", "")));
    text.gives("permissions  none");
    assert_eq!(check.check("exo permission").0, "failed", "{}", check.shown());
    let (text, _) = looked_at(&jwt(claims_with("roles", r#"{"a":"Exchange.ManageAsApp"}"#)));
    text.gives("permissions  none");
    let (text, _) = looked_at(&jwt(claims_with("wids", "7")));
    text.gives("7, an id that is not known");
    let (_, check) = looked_at(&jwt(claims_with("aud", "")));
    assert!(check.stdout.contains("audience"), "{}", check.shown());
    let (_, check) = looked_at(&jwt(claims_with("aud", r#""https://graph.microsoft.com""#)));
    assert_eq!(check.check("exo token").0, "failed", "{}", check.shown());
    let (_, check) = looked_at(&jwt(claims_with("exp", "1780000001")));
    assert_ne!(check.check("exo token").0, "ok", "{}", check.shown());
}

#[test]
fn a_tenant_in_a_token_leads_nowhere_else() {
    for tid in ["../../x", "evil.example.com", "https://evil.example.com/", "a/b?c#d", "%2e%2e"] {
        let (_desk, world) = given(jwt(claims_with("tid", &format!("\"{tid}\""))));
        ask(&world, &ASK).ends(12);
        let log = world.emulator().log();
        let asked: Vec<&str> = log.iter().map(|request| request.path.as_str()).collect();
        assert!(
            !asked.is_empty() && asked.iter().all(|path| !path.contains("evil") && !path.contains("..")),
            "{asked:?}"
        );
    }
}

#[test]
fn claims_cannot_steer_or_fill_a_terminal() {
    let steering = r#""\u001b[2J\u001b]0;x\u0007\r\n  will do      everything\u0000\u009b31m""#;
    for name in ["aud", "appid", "app_displayname", "tid", "oid", "roles", "wids", "xms_mirid", "odd\\u001b[2J"] {
        for json in [steering.to_owned(), format!("[{steering}]"), format!("\"{}\"", "A".repeat(300_000))] {
            let (text, check) = looked_at(&jwt(claims_with(name, &json)));
            for ended in [&text, &check] {
                assert!(ended.stdout.len() < 40_000, "{name}: {} bytes", ended.stdout.len());
                assert!(!ended.stdout.contains("\n  will do"), "{name}: {}", ended.shown());
            }
        }
    }
}

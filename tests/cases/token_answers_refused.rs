//! Refusals of the token service that are none, are damaged or hostile, and the answers of whoever stands in its place.

use crate::token_answers::{ASK, ask, desk, names_the_request};
use exo_tests::{Ended, Fault, World, contoso, whole};

fn answered(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Ended {
    let fault = Fault::on_token().answer(status, content_type, body).always();
    ask(&World::start(contoso().fault(fault)), &ASK)
}

#[test]
fn a_page_of_a_proxy_is_told_by_its_status() {
    let page = "<html><head><title>Proxy</title></head><body onload=\"x()\">Sign in \u{1b}[2J</body></html>";
    for (status, code) in [
        (200, 16),
        (203, 16),
        (204, 16),
        (206, 16),
        (301, 16),
        (302, 16),
        (304, 16),
        (400, 16),
        (401, 16),
        (403, 16),
        (404, 16),
        (405, 16),
        (407, 16),
        (408, 15),
        (410, 16),
        (429, 14),
        (451, 16),
        (500, 15),
        (502, 15),
        (503, 15),
        (504, 15),
        (511, 15),
        (599, 15),
    ] {
        let ended = answered(status, "text/html; charset=utf-8", page);
        let said = ended.refused(code);
        names_the_request(&said);
        assert!(!said.contains("<html") && !said.contains("onload"), "{said}");
        assert!(status == 429 || said.contains(&status.to_string()), "{status}: {said}");
    }
}

#[test]
fn a_redirection_is_not_followed_with_the_assertion() {
    let (elsewhere, world) = desk(|_| whole("200 OK", "application/json", b"{}"));
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let target = elsewhere.url();
        let (_desk, world) =
            desk(move |_| whole(&format!("{status}\r\nlocation: {target}"), "application/json", b"{}"));
        names_the_request(&ask(&world, &ASK).refused(16));
    }
    assert_eq!(elsewhere.requests(), Vec::<String>::new());
    drop(world);
}

#[test]
fn a_refusal_of_wrong_types_is_not_understood_or_told_as_far_as_it_goes() {
    for body in [
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{",
        r#"{"error":null}"#,
        r#"{"error":7}"#,
        r#"{"error":{"code":"x","message":"y"}}"#,
        r#"{"error":["invalid_client"]}"#,
        r#"{"error_description":"AADSTS700027: only a description"}"#,
        "{\"error\":\"\\ud800\"}",
        "{\"error\":\"\u{0}\"}",
    ] {
        for status in [400, 401, 403] {
            let ended = answered(status, "application/json", body);
            assert!([12, 16].contains(&ended.code), "{body}: {}", ended.shown());
            names_the_request(&ended.refused(ended.code));
        }
    }
    for rest in [
        r#""error_description":7"#,
        r#""error_description":{"a":"AADSTS700027"}"#,
        r#""error_description":null,"error_codes":null"#,
        r#""error_codes":"700027""#,
        r#""error_codes":[-1,1e300,"x",{}]"#,
        r#""error_codes":{},"timestamp":7,"trace_id":[],"correlation_id":{},"error_uri":7,"claims":{},"suberror":9"#,
        r#""claims":"not json","suberror":"","timestamp":"yesterday""#,
    ] {
        let ended = answered(401, "application/json", format!(r#"{{"error":"invalid_client",{rest}}}"#));
        let said = ended.refused(12);
        assert!(said.contains("invalid_client"), "{said}");
    }
}

#[test]
fn words_of_a_refusal_cannot_fill_or_steer_a_terminal() {
    let long = "A".repeat(120_000);
    let steering = r"\u001b[2J\u001b]0;x\u0007\r\n\nerror: all is well\u202e\u0000\u009b31m";
    for (description, other) in [(long.as_str(), ""), (steering, ""), ("short", &long), ("short", steering)] {
        let body = format!(
            r#"{{"error":"invalid_client{other}","error_description":"AADSTS700027: {description}","error_codes":[700027],
            "trace_id":"{other}","correlation_id":"{other}","timestamp":"{other}","suberror":"{other}","error_uri":"{other}"}}"#
        );
        let ended = answered(401, "application/json", body);
        let said = ended.refused(12);
        assert!(said.contains("set-up step 4"), "{said}");
        assert_eq!(said.matches("\nerror: ").count(), 0, "{said}");
    }
}

#[test]
fn a_refusal_that_is_too_large_is_refused_in_bounded_memory() {
    let body = format!(r#"{{"error":"invalid_client","error_description":"{}"}}"#, "A".repeat(10 << 20));
    names_the_request(&answered(401, "application/json", body).refused(16));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let body = format!(r#"{{"error":"invalid_client","error_codes":{deep}}}"#);
    names_the_request(&answered(401, "application/json", body).refused(16));
}

#[test]
fn a_wait_that_is_absurd_is_not_waited_for() {
    for wait in ["99999999999999999999999", "-1", "x", "", "1e9", "Fri, 31 Dec 9999 23:59:59 GMT", "0x10", "86400"] {
        for (fault, code) in [(Fault::on_token().throttle(Some(wait)), 14), (Fault::on_token().status(503), 15)] {
            let world = World::start(contoso().fault(fault.retry_after(wait).always()));
            let ended = ask(&world, &["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--log", "off"]);
            assert_eq!(ended.code, code, "{wait}: {}", ended.shown());
            ended.refused(code);
        }
    }
}

#[test]
fn a_clock_that_is_absurd_does_no_harm() {
    for date in ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "yesterday", "", "-1"] {
        let world = World::start(contoso().fault(Fault::on_token().member("scope", "7").date(date).always()));
        let ended = ask(&world, &ASK);
        assert_eq!(ended.code, 0, "{date}: {}", ended.shown());
        let ended = ask(&world, &["check", "--format", "json", "--log", "off"]);
        // A token can be outside its time by a clock that is not.
        assert!([0, 13].contains(&ended.code), "{date}: {}", ended.shown());
    }
}

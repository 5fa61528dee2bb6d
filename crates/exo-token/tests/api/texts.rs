//! All error texts with their kinds and hints, to be read in one place.

use crate::{World, exchange};
use exo_http::{Error as HttpError, ScriptedTransport};
use exo_model::{Diagnose, TokenProvider};
use exo_token::Aadsts;
use std::fmt::Write;

#[tokio::test]
async fn every_text_fits_after_failed() {
    let mut all = String::new();
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.] Trace ID: t","error_codes":[700027],"timestamp":"2026-11-20 10:11:12Z","trace_id":"t","correlation_id":"c"}"#;
    let four =
        |status, header: &[(&str, &str)]| (0..4).fold(ScriptedTransport::new(), |s, _| s.reply(status, header, ""));
    for script in [
        ScriptedTransport::new().reply(401, &[], refusal),
        ScriptedTransport::new().reply(429, &[("retry-after", "3600")], ""),
        four(429, &[]),
        four(503, &[("retry-after", "1")]),
        ScriptedTransport::new().reply(403, &[], "<html>"),
        ScriptedTransport::new().reply(200, &[], "{}"),
        ScriptedTransport::new().error(HttpError::tls("login.example")),
        ScriptedTransport::new().error(HttpError::too_large("login.example", 100)),
    ] {
        let error = World::new(script).credential().token(&exchange()).await.unwrap_err();
        describe(&mut all, &error);
    }
    let error = World::new(ScriptedTransport::new()).builder().token_url("http://a.example/token").build().unwrap_err();
    describe(&mut all, &error);
    insta::with_settings!({filters => vec![(r"[0-9a-f]{8}-[0-9a-f-]{27}", "[guid]")]}, {
        insta::assert_snapshot!(all);
    });
}

fn describe(all: &mut String, error: &impl Diagnose) {
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    writeln!(all, "{error}\n  caused by: {source}\n  kind: {:?}", error.kind()).unwrap();
    writeln!(all, "  hint: {}", error.hint().unwrap_or_default()).unwrap();
}

#[test]
fn every_code_of_the_token_service_is_explained() {
    let mut all = String::new();
    for entry in Aadsts::ALL {
        let steps: Vec<_> = entry.steps.iter().map(|s| s.number()).collect();
        writeln!(all, "{} {:?} {}: {}", entry.code, steps, entry.cause, entry.remedy).unwrap();
    }
    insta::assert_snapshot!(all);
}

//! Bodies and headers of errors in the forms that the service gives them.

use super::*;
use exo_http::response;
use proptest::prelude::*;
use serde_json::json;

fn of(status: u16, headers: &[(&str, &str)], body: impl Into<bytes::Bytes>) -> ServiceError {
    ServiceError::of(Service::Exchange, &"Get-Mailbox".parse().unwrap(), &response(status, headers, body))
}

fn detailed(detail: &str) -> ServiceError {
    of(400, &[], json!({"error": {"code": "BadRequest", "message": "Error executing cmdlet", "details": [{"code": "Context", "message": detail}]}}).to_string())
}

fn three(error: &ServiceError) -> (Option<&str>, Option<&str>, &str) {
    (error.id.as_deref(), error.exception.as_deref(), &error.text)
}

#[test]
fn a_detail_has_an_id_a_type_and_a_text() {
    assert_eq!(
        three(&detailed("Ex6F9304|Microsoft.X.NotFoundException|no 'a|b' there")),
        (Some("Ex6F9304"), Some("Microsoft.X.NotFoundException"), "no 'a|b' there")
    );
    assert_eq!(
        three(&detailed("|Microsoft.X.AmbiguousParameterSetException|cannot be resolved")),
        (None, Some("Microsoft.X.AmbiguousParameterSetException"), "cannot be resolved")
    );
    assert_eq!(three(&detailed("plain | text | only")), (None, None, "plain | text | only"));
    assert_eq!(three(&detailed("a|b")), (None, None, "a|b"));
}

#[test]
fn a_detail_may_be_json_itself() {
    let one = json!({"Message": "m", "TypeName": "T.X", "StackTrace": null, "InnerError": null}).to_string();
    assert_eq!(three(&detailed(&one)), (None, Some("T.X"), "m"));
    let other = json!({"ClassName": "C.Y", "Message": "n", "localizedString": {"stringId": "Ex1"}}).to_string();
    assert_eq!(three(&detailed(&other)), (Some("Ex1"), Some("C.Y"), "n"));
}

#[test]
fn the_text_is_looked_for_from_the_outside_in() {
    let at = |error: Value| of(400, &[], json!({ "error": error }).to_string());
    assert_eq!(at(json!({"message": "outer"})).text, "outer");
    assert_eq!(at(json!({"message": "outer", "innererror": {"message": "inner"}})).text, "inner");
    let deep = json!({"message": "o", "innererror": {"message": "i", "type": "A.B", "internalexception": {"message": "x", "type": "C.ParameterTransformationException"}}});
    assert_eq!(three(&at(deep)), (None, Some("C.ParameterTransformationException"), "x"));
    // This one says nothing that its type does not say.
    let idle = json!({"message": "User is not allowed", "innererror": {"internalexception": {"message": "Exception of type 'A.B' was thrown.", "type": "A.B"}}});
    assert_eq!(three(&at(idle)), (None, Some("A.B"), "User is not allowed"));
    assert_eq!(of(400, &[], r#"{"Message":"bare"}"#).text, "bare");
    assert_eq!(of(400, &[], r#"{"error":"a text"}"#).text, "a text");
}

#[test]
fn facts_of_the_headers_are_kept() {
    let headers = [
        ("request-id", "r-1"),
        ("X-CalculatedBETarget", "am0p"),
        ("Date", "Sun, 22 Nov 2026 10:00:00 GMT"),
        ("x-ms-diagnostics", "2000008;reason=\"none\""),
        ("x-ExceptionType", "T.Z"),
    ];
    let error = of(401, &headers, "");
    assert_eq!(error.diagnostics_number(), Some(2_000_008));
    assert_eq!(
        (error.request_id.as_deref(), error.server.as_deref(), error.exception.as_deref()),
        (Some("r-1"), Some("am0p"), Some("T.Z"))
    );
    assert_eq!(error.name(), "Z");
    assert_eq!(of(500, &[], "").name(), "500");
    assert_eq!(detailed("x").name(), "BadRequest");
}

#[test]
fn bodies_that_are_no_json_are_told_as_far_as_they_can_be() {
    assert_eq!(of(403, &[], vec![0_u8; 100]).text, "");
    assert_eq!(of(502, &[], "<HTML><Head><Title>Bad\r\nGateway</Title></Head></HTML>").text, "Bad  Gateway");
    assert_eq!(of(502, &[], "<p>?").text, "a page of HTML");
    assert_eq!(of(429, &[], "  busy\n").text, "busy");
    assert_eq!(of(500, &[], vec![0xff, b'a']).text, "\u{fffd}a");
    assert!(!of(404, &[], "{\"a\":1}").readable);
}

#[test]
fn texts_are_cut_and_kept_on_one_line() {
    let error = detailed(&format!("|A.B|{}\n\u{1b}[31m", "ä".repeat(3000)));
    assert_eq!(error.text.chars().count(), 1001);
    assert!(error.text.ends_with('…') && !error.to_string().contains(['\n', '\u{1b}']));
}

#[test]
fn names_are_found_in_an_error_within_an_error() {
    let nested = "|Microsoft.Exchange.Configuration.CmdletProxyException|Error on proxy command 'x' to server y: Proxy method PSWS: InternalServerError: Error executing cmdlet : {\"code\":\"InternalServerError\",\"message\":\"|Microsoft.Exchange.Data.Directory.ADTransientException|no\"}";
    assert_eq!(detailed(nested).sign, Sign::Transient);
    let far = format!("|A.B|{} CmdletProxyNotAvailableFailure", "x".repeat(5000));
    assert_eq!(detailed(&far).sign, Sign::Transient);
    assert_eq!(detailed("|A.B|no").sign, Sign::None);
}

#[test]
fn a_server_that_passed_the_call_on_tells_what_the_other_said() {
    let inner = json!({"code": "NotFound", "message": "Error executing cmdlet",
        "details": [{"code": "Context", "message": "Ex6F9304|Microsoft.X.ManagementObjectNotFoundException|no 'x'"}]});
    let proxied = |inner: &str| {
        detailed(&format!(
            "|Microsoft.Exchange.Configuration.CmdletProxyException|Error on proxy command 'Remove-Mailbox -Identity {{x}}' to server Y: Server version {{15.20}}, Proxy method PSWS: NotFound: Error executing cmdlet : {inner}"
        ))
    };
    let error = proxied(&inner.to_string());
    assert_eq!(three(&error), (Some("Ex6F9304"), Some("Microsoft.X.ManagementObjectNotFoundException"), "no 'x'"));
    assert_eq!(error.code.as_deref(), Some("BadRequest"));
    // What breaks off is told as it is.
    let broken = proxied("{\"code\":\"NotFound\",\"mess");
    assert_eq!(broken.name(), "CmdletProxyException");
    assert!(broken.text.ends_with("\"mess"));
}

#[test]
fn a_refused_token_tells_the_services_cloud() {
    let challenge = "Bearer authorization_uri=\"https://login.microsoftonline.us/common/oauth2/authorize\"";
    let error = of(401, &[("WWW-Authenticate", challenge)], "");
    assert_eq!(error.sign_in_host.as_deref(), Some("login.microsoftonline.us"));
    assert!(error.hint().unwrap().ends_with("signs in at `login.microsoftonline.us`"));
    assert!(!of(401, &[], "").hint().unwrap().contains("signs in"));
    let worldwide = "Bearer authorization_uri=\"https://login.windows.net/common/oauth2/authorize\"";
    assert!(!of(401, &[("WWW-Authenticate", worldwide)], "").hint().unwrap().contains("signs in"));
}

#[test]
fn a_stack_names_no_exception_that_happened() {
    let error = json!({"error": {"message": "no", "innererror": {"stacktrace": "at X.StorageTransientException.Y()",
        "internalexception": {"type": "A.B", "StackTrace": "ADTransientException"}}}});
    assert_eq!(of(400, &[], error.to_string()).sign, Sign::None);
    let error = json!({"error": {"message": "no", "innererror": {"type": "X.StorageTransientException"}}});
    assert_eq!(of(400, &[], error.to_string()).sign, Sign::Transient);
}

#[test]
fn a_call_that_reached_another_server_is_known() {
    let text = "|Microsoft.Exchange.CmdletProxyNotAvailableFailure|Cmdlet needs proxy. Required server: AM0P000A002";
    assert!(detailed(text).elsewhere);
    assert!(detailed("Cmdlet needs proxy").elsewhere);
    assert!(of(400, &[("x-ExceptionType", "CmdletProxyNotAvailableFailure")], "").elsewhere);
    assert!(!detailed("|A.CmdletProxyException|no").elsewhere);
    assert!(detailed(text).hint().unwrap().contains("user principal name"));
}

#[test]
fn warnings_in_and_beside_an_error_are_kept() {
    let body = json!({"@adminapi.warnings": ["outer"], "error": {"code": 17, "message": "no", "@adminapi.warnings": ["in\nner", 1]}});
    let error = of(400, &[], body.to_string());
    assert_eq!(error.warnings, ["outer", "in ner"]);
    assert_eq!(error.code.as_deref(), Some("17"));
}

#[test]
fn the_first_detail_with_a_text_is_told() {
    let body =
        json!({"error": {"message": "o", "details": [{"code": "Context"}, {"message": ""}, {"message": "Ex1|A.B|c"}]}});
    assert_eq!(three(&of(400, &[], body.to_string())), (Some("Ex1"), Some("A.B"), "c"));
    let old = json!({"odata.error": {"code": "X", "message": {"lang": "en-US", "value": "old"}}});
    assert_eq!(of(400, &[], old.to_string()).text, "old");
}

#[test]
fn an_expired_page_is_known() {
    let text = "|System.Exception|Expired or Invalid pagination request. Default Expiry time is 00:30:00";
    assert_eq!(detailed(text).sign, Sign::PagesExpired);
    let elsewhere = of(404, &[], "Expired or Invalid pagination request");
    assert_eq!(elsewhere.sign, Sign::None);
}

#[test]
fn what_repeats_the_request_does_not_show_its_token() {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ";
    let body = json!({"error": {"code": token, "message": format!("sent: authorization: Bearer {token}")}});
    let header = format!("2000001;reason=\"{token}\"");
    let error = of(401, &[("x-ms-diagnostics", &header), ("request-id", token)], body.to_string());
    assert!(!format!("{error} {error:?}").contains("eyJ"), "{error:?}");
    assert_eq!(error.text, "sent: authorization: Bearer ***");
    let detail = detailed(&format!("{token}|A.B|{} {token}", "x ".repeat(495)));
    assert!(!format!("{detail} {detail:?}").contains("eyJ"), "{detail:?}");
}

proptest! {
    #[test]
    fn any_body_is_read_without_panic(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let error = of(status, &[], body);
        prop_assert!(error.text.chars().count() <= 1001);
        prop_assert!(!error.to_string().is_empty() && error.hint().is_none_or(|hint| !hint.is_empty()));
    }

    #[test]
    fn any_detail_is_read_without_panic(detail in "[|{}\":a-z .]{0,40}") {
        let error = detailed(&detail);
        prop_assert!(error.text.len() <= detail.len().max(30));
    }
}

//! An answer → a page or an error, without I/O.

use crate::scan::{ScanError, scan};
use crate::service_error::{Sign, short};
use crate::{Error, ServiceError};
use bytes::Bytes;
use exo_http::Response;
use exo_model::{CmdletName, Page, ReadPath, Service, Span};
use http::header;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use std::ops::Range;

/// What an answer is.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A success.
    Reply(Box<Reply>),
    /// Ask elsewhere.
    Redirect(String),
    /// The service refused or failed.
    Refused(Box<ServiceError>),
}

impl Outcome {
    /// Notes by which path the call went.
    pub(crate) fn on(mut self, path: ReadPath) -> Self {
        if let Self::Refused(error) = &mut self {
            error.path = path;
        }
        self
    }
}

/// A success, with what stands around its records.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) page: Page,
    pub(crate) next_link: Option<String>,
    pub(crate) context: Option<String>,
    pub(crate) warnings: Vec<String>,
    /// Failures that did not end the cmdlet.
    pub(crate) errors: Vec<String>,
    /// What the cmdlet would do, or asks to be confirmed.
    pub(crate) confirmation: Option<String>,
    /// There was no body at all.
    pub(crate) empty: bool,
}

/// Judges an answer by its status, headers and body.
pub(crate) fn read(
    service: Service,
    cmdlet: &CmdletName,
    uncertain: bool,
    answer: &Response,
) -> Result<Outcome, Error> {
    if let Some(outcome) = no_success(service, cmdlet, answer) {
        return Ok(outcome);
    }
    let found = success(answer.body());
    match found {
        Ok(Some(reply)) => Ok(Outcome::Reply(Box::new(reply))),
        // Errors under a status of success: one that the body names, or the front end's text for too many calls.
        Ok(None) => Ok(Outcome::Refused(Box::new(ServiceError::of(service, cmdlet, answer)))),
        Err(ScanError { why, at }) => {
            let told = ServiceError::of(service, cmdlet, answer);
            if told.sign == Sign::Throttled {
                return Ok(Outcome::Refused(Box::new(told)));
            }
            Err(Error::Answer { cmdlet: cmdlet.clone(), why, at, uncertain, request_id: told.request_id })
        }
    }
}

/// Judges the answer to a read by noun: a list, or one object that may stand there by itself.
///
/// Its warnings come in a header; in which form is not known, so a list of texts is taken as well as a text.
pub(crate) fn noun(cmdlet: &CmdletName, one: bool, answer: &Response) -> Result<Outcome, Error> {
    let mut outcome = read(Service::Exchange, cmdlet, false, answer)?;
    if let Outcome::Reply(reply) = &mut outcome {
        let warnings = answer.headers().get_all("x-warnings").iter().filter_map(|warnings| warnings.to_str().ok());
        for text in warnings.filter(|text| !text.trim().is_empty()) {
            let list = serde_json::from_str::<Vec<String>>(text).unwrap_or_else(|_| vec![text.to_owned()]);
            reply.warnings.extend(list.iter().map(|text| short(text)));
        }
        if one && !reply.empty && reply.page.is_empty() && !is_list(answer.body()) {
            reply.page = whole_object(answer.body());
        }
    }
    Ok(outcome)
}

/// Whether an object has the member that lists have.
fn is_list(body: &Bytes) -> bool {
    #[derive(Deserialize)]
    struct List {
        #[serde(default, deserialize_with = "present")]
        value: bool,
    }
    fn present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
        IgnoredAny::deserialize(value).map(|_| true)
    }
    serde_json::from_slice::<List>(body).is_ok_and(|list| list.value)
}

/// A page whose one record is all of the body.
fn whole_object(body: &Bytes) -> Page {
    let start = body.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let end = body.len() - body.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Page::new(body.clone(), vec![Span { start: offset(start), end: offset(end) }])
}

/// Judges an answer whose body is no list of records; a success is a page that has the body and no record.
pub(crate) fn whole(
    service: Service,
    cmdlet: &CmdletName,
    uncertain: bool,
    answer: &Response,
) -> Result<Outcome, Error> {
    if let Some(outcome) = no_success(service, cmdlet, answer) {
        return Ok(outcome);
    }
    let body = answer.body();
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let page = Page::new(body.clone(), Vec::new());
        return Ok(Outcome::Reply(Box::new(Reply { page, ..Reply::default() })));
    }
    let told = ServiceError::of(service, cmdlet, answer);
    if told.sign == Sign::Throttled {
        return Ok(Outcome::Refused(Box::new(told)));
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
    let why = match kind {
        Some(kind) if kind.starts_with(b"multipart/") => "it is in parts (multipart), although JSON was asked for",
        _ => "it is not a JSON object",
    };
    Err(Error::Answer { cmdlet: cmdlet.clone(), why, at: 0, uncertain, request_id: told.request_id })
}

/// A redirect or a refusal, as the status tells.
fn no_success(service: Service, cmdlet: &CmdletName, answer: &Response) -> Option<Outcome> {
    let status = answer.status();
    if status.is_redirection()
        && let Some(location) = answer.headers().get(header::LOCATION)
    {
        return Some(Outcome::Redirect(String::from_utf8_lossy(location.as_bytes()).into_owned()));
    }
    (!status.is_success()).then(|| Outcome::Refused(Box::new(ServiceError::of(service, cmdlet, answer))))
}

/// The reply in the body of a success; nothing if the body is an error.
fn success(body: &Bytes) -> Result<Option<Reply>, ScanError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Some(Reply { empty: true, ..Reply::default() }));
    }
    let found = scan(body)?;
    if found.error.as_ref().is_some_and(|range| body.get(range.clone()) != Some(b"null")) {
        return Ok(None);
    }
    Ok(Some(Reply {
        next_link: member::<Option<String>>(body, found.next_link, "the link to the next page is not a text")?
            .filter(|link| !link.is_empty()),
        context: member(body, found.context, "`@odata.context` is not a text")?,
        warnings: texts(body, found.warnings, "`@adminapi.warnings` is not a list of texts")?,
        errors: texts(body, found.errors, "`@adminapi.errors` is not a list of texts")?,
        confirmation: member(body, found.confirmation, "`@adminapi.confirmationmessage` is not a text")?,
        page: Page::new(body.clone(), found.records),
        empty: false,
    }))
}

fn texts(body: &Bytes, place: Option<Range<usize>>, why: &'static str) -> Result<Vec<String>, ScanError> {
    Ok(member::<Option<Vec<String>>>(body, place, why)?.unwrap_or_default())
}

/// Decodes a member that was found, or gives nothing.
fn member<T: DeserializeOwned + Default>(
    body: &Bytes,
    place: Option<Range<usize>>,
    why: &'static str,
) -> Result<T, ScanError> {
    let Some(place) = place else { return Ok(T::default()) };
    let at = place.start;
    serde_json::from_slice(body.get(place).unwrap_or_default()).map_err(|_| ScanError { why, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_http::response;

    fn judged(status: u16, headers: &[(&str, &str)], body: &'static [u8]) -> Result<Outcome, Error> {
        read(Service::Exchange, &"Get-Mailbox".parse().unwrap(), false, &response(status, headers, body))
    }

    fn reply(status: u16, body: &'static [u8]) -> Reply {
        match judged(status, &[], body) {
            Ok(Outcome::Reply(reply)) => *reply,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn three_forms_of_an_empty_success() {
        for (status, body) in [(200, b"{\"value\":[]}".as_slice()), (200, b""), (204, b""), (200, b"\r\n")] {
            let reply = reply(status, body);
            assert!(reply.page.is_empty() && reply.next_link.is_none());
            assert_eq!(reply.empty, body.len() < 3);
        }
    }

    #[test]
    fn what_stands_around_the_records_is_read() {
        let found = reply(200, br#"{"@odata.context":"c","@adminapi.warnings":["w\u00e4"],"@adminapi.errors":["e"],"odata.nextLink":"l","@adminapi.confirmationmessage":"m","value":[{}]}"#);
        assert_eq!(found.warnings, ["wä"]);
        assert_eq!(found.errors, ["e"]);
        assert_eq!(found.next_link.as_deref(), Some("l"));
        assert_eq!(found.context.as_deref(), Some("c"));
        assert_eq!(found.confirmation.as_deref(), Some("m"));
        assert_eq!(found.page.len(), 1);
        let bare = reply(200, br#"{"@adminapi.warnings":null,"@odata.nextLink":null,"error":null}"#);
        assert!(bare.warnings.is_empty() && bare.next_link.is_none());
    }

    #[test]
    fn members_of_another_kind_are_an_error() {
        for body in
            [br#"{"@odata.nextLink":1}"#.as_slice(), br#"{"@adminapi.warnings":[1]}"#, br#"{"@odata.context":{}}"#]
        {
            assert!(matches!(judged(200, &[], body), Err(Error::Answer { .. })));
        }
    }

    #[test]
    fn a_page_that_breaks_off_is_an_error_with_its_request_id() {
        let Err(Error::Answer { why, at, request_id, .. }) =
            judged(200, &[("request-id", "r-1")], br#"{"value":[{"a":1},{"#)
        else {
            panic!("it must be an error");
        };
        assert_eq!((why, at, request_id.as_deref()), ("it breaks off", 19, Some("r-1")));
        assert!(matches!(judged(200, &[], b"<html>sign in</html>"), Err(Error::Answer { .. })));
    }

    #[test]
    fn an_error_under_a_status_of_success_is_an_error() {
        let error = br#"{"value":[],"error":{"code":"InternalServerError","message":"no"}}"#;
        assert!(matches!(judged(200, &[], error), Ok(Outcome::Refused(e)) if e.text == "no"));
        let text = b"You have reached the maximum number of concurrent requests per tenant. Please wait and try again";
        assert!(matches!(judged(200, &[], text), Ok(Outcome::Refused(e)) if e.sign == Sign::Throttled));
    }

    #[test]
    fn one_object_may_stand_by_itself_or_in_a_list() {
        let cmdlet = "Get-MailboxStatistics".parse().unwrap();
        let read = |one, body: &'static str| match noun(
            &cmdlet,
            one,
            &response(200, &[("X-Warnings", r#"["w", "x"]"#)], body),
        ) {
            Ok(Outcome::Reply(reply)) => {
                assert_eq!(reply.warnings, ["w", "x"]);
                reply.page.records().map(|record| String::from_utf8_lossy(record).into_owned()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(read(true, " {\"@odata.context\":\"c\",\"A\":[]}\n"), [r#"{"@odata.context":"c","A":[]}"#]);
        assert_eq!(read(true, r#"{"value":[{"A":1}]}"#), [r#"{"A":1}"#]);
        for none in [r#"{"value":[]}"#, r#"{"value":null}"#, ""] {
            assert!(read(true, none).is_empty(), "{none}");
        }
        assert!(read(false, r#"{"A":1}"#).is_empty());
        let refused = noun(&cmdlet, true, &response(401, &[], "{}")).unwrap().on(ReadPath::PerNoun);
        assert!(matches!(refused, Outcome::Refused(e) if e.path == ReadPath::PerNoun));
        let text = noun(&cmdlet, true, &response(200, &[("x-warnings", "more results")], "{}")).unwrap();
        assert!(matches!(text, Outcome::Reply(reply) if reply.warnings == ["more results"] && reply.page.len() == 1));
        assert!(noun(&cmdlet, true, &response(200, &[], r#"{"A":"#)).is_err());
    }

    #[test]
    fn a_redirect_is_told_and_not_followed() {
        assert!(
            matches!(judged(302, &[("Location", "https://a.b/")], b""), Ok(Outcome::Redirect(to)) if to == "https://a.b/")
        );
        assert!(matches!(judged(304, &[], b""), Ok(Outcome::Refused(e)) if e.status == 304));
    }
}

//! All texts with their kinds and hints in one place, and the search for secrets in them.

use super::*;
use exo_http::response;
use std::error::Error as _;
use std::fmt::Write as _;

fn cmdlet() -> CmdletName {
    "Get-Mailbox".parse().unwrap()
}

fn refused(status: u16, headers: &[(&str, &str)], body: &str) -> Box<ServiceError> {
    let answer = response(status, headers, body.to_owned());
    Box::new(ServiceError::of(Service::Exchange, &cmdlet(), &answer))
}

#[expect(clippy::too_many_lines, reason = "a list of every error")]
fn every_error() -> Vec<Error> {
    let (cmdlet, s) = (cmdlet(), Duration::from_secs);
    let write: CmdletName = "Set-Mailbox".parse().unwrap();
    let not_found = r#"{"error":{"code":"NotFound","message":"Error executing cmdlet","details":[{"message":"Ex6F9304|Microsoft.ManagementObjectNotFoundException|object 'nobody' couldn't be found"}]}}"#;
    let diagnosed = |number: &str| refused(401, &[("x-ms-diagnostics", &format!("{number};reason=\"why\""))], "");
    let mut errors = vec![
        Error::Token(SeamError::message(ErrorKind::Authentication, "no token").hinted("get one")),
        Error::Service(refused(
            404,
            &[("request-id", "r-1"), ("X-CalculatedBETarget", "server"), ("Date", "today")],
            not_found,
        )),
        Error::Service(refused(404, &[], "")),
        Error::Service(refused(403, &[], "\0\0\0")),
        Error::Service(refused(403, &[], "The role assigned to application x isn't supported in this scenario.")),
        Error::Service(refused(405, &[], "")),
        Error::Service(refused(429, &[], "wait")),
        Error::Service(refused(502, &[], "<title>Bad gateway</title>")),
        Error::Service(Box::new(ServiceError { path: ReadPath::V2, ..*refused(403, &[], "") })),
        Error::Service(Box::new(ServiceError { path: ReadPath::PerNoun, ..*refused(404, &[], "") })),
        Error::Transport {
            cmdlet: cmdlet.clone(),
            attempts: 6,
            uncertain: false,
            source: exo_http::Error::connect("host"),
        },
        Error::Transport {
            cmdlet: write.clone(),
            attempts: 1,
            uncertain: true,
            source: exo_http::Error::reset("host"),
        },
        Error::WaitedTooLong {
            cmdlet: cmdlet.clone(),
            waited: s(590),
            wanted: s(30),
            limit: s(600),
            source: Some(refused(429, &[], "wait")),
        },
        Error::WaitedTooLong {
            cmdlet: cmdlet.clone(),
            waited: Duration::ZERO,
            wanted: s(700),
            limit: s(600),
            source: Some(refused(503, &[], "")),
        },
        Error::Answer {
            cmdlet: cmdlet.clone(),
            why: "it breaks off",
            at: 17,
            uncertain: false,
            request_id: Some("r-2".into()),
        },
        Error::Answer { cmdlet: write, why: "it is not UTF-8", at: 0, uncertain: true, request_id: None },
        Error::ForeignLink { cmdlet: cmdlet.clone(), from: "https://a".into(), to: "b".into() },
        Error::RepeatedLink { cmdlet: cmdlet.clone(), pages: 3 },
        Error::PagesExpired {
            cmdlet: cmdlet.clone(),
            pages: 2,
            source: refused(400, &[], "Expired or Invalid pagination request"),
        },
        Error::Redirect { cmdlet: cmdlet.clone(), to: "b".into(), why: "it leads to the sign-in host" },
        Error::OtherTenant { cmdlet: cmdlet.clone(), asked: "a".into(), answered: "b".into() },
        Error::Parameter { cmdlet: cmdlet.clone(), name: "P".into(), why: "it is nested deeper than 10 levels" },
        Error::Path { cmdlet: cmdlet.clone(), path: ReadPath::PerNoun, why: "it has no place for -X".into() },
        Error::OtherService { cmdlet: cmdlet.clone(), asked: Service::Compliance, session: Service::Exchange },
        Error::Shared {
            what: "the batch in which it travelled",
            cmdlet: cmdlet.clone(),
            source: Arc::new(Error::Token(SeamError::message(ErrorKind::Authentication, "no token").hinted("get one"))),
        },
        Error::Request { cmdlet, what: "the token" },
    ];
    errors.extend(
        ["2000001", "2000002", "2000003", "2000004", "2000008", "2000020"].map(|n| Error::Service(diagnosed(n))),
    );
    errors
}

#[test]
fn all_texts() {
    let mut out = String::new();
    for error in every_error() {
        writeln!(out, "{error}").unwrap();
        let mut source = error.source();
        while let Some(cause) = source {
            writeln!(out, "  caused by: {cause}").unwrap();
            source = cause.source();
        }
        writeln!(out, "  kind: {:?}", error.kind()).unwrap();
        writeln!(out, "  hint: {}\n", error.hint().as_deref().unwrap_or("-")).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn through_the_seam_an_error_keeps_its_text_kind_and_hint() {
    for error in every_error() {
        let before = (error.to_string(), error.kind(), error.hint());
        let seam = error.into_seam();
        assert_eq!((seam.to_string(), seam.kind(), seam.hint()), before);
    }
}

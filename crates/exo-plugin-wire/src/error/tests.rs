//! Every text of this crate's errors, with its kind and hint, in one snapshot.

use super::Error;
use crate::{ArgError, Failure, FailureKind, Refusal};
use exo_model::{Diagnose, Service};
use std::fmt::Write as _;

fn json() -> serde_json::Error {
    serde_json::from_str::<u8>("x").unwrap_err()
}

fn line(out: &mut String, error: &dyn Diagnose) {
    writeln!(out, "{error}\n    {:?}, exit {}", error.kind(), error.kind().exit_code()).unwrap();
    if let Some(cause) = error.source() {
        writeln!(out, "    caused by: {cause}").unwrap();
    }
    if let Some(hint) = error.hint() {
        writeln!(out, "    hint: {hint}").unwrap();
    }
}

fn errors() -> Vec<Error> {
    let arg = ArgError::Value { name: "over".into(), value: "plenty".into(), expected: "a size such as 40 GB" };
    let (report, cmdlet) = ("sizes".to_owned(), "Get-Mailbox".to_owned());
    vec![
        Error::Truncated { have: 3, want: 12 },
        Error::NotAManifest,
        Error::Format { found: 2, known: 1 },
        Error::Format { found: 0, known: 1 },
        Error::TooLarge { what: "the request", size: 300_000, limit: 262_144 },
        Error::Json { what: "the request", source: json() },
        Error::Name { what: "report", name: "Sizes".into(), form: "a-z, 0-9 and hyphens, a letter first" },
        Error::Duplicate { what: "column", name: "user".into(), inside: report.clone() },
        Error::Nothing { what: "column", inside: report.clone() },
        Error::Default { report: report.clone(), param: "over".into(), source: arg },
        Error::Bounds { report: report.clone(), param: "over".into() },
        Error::UnknownCmdlet { report: report.clone(), cmdlet: "Get-Unheard".into(), service: Service::Compliance },
        Error::CommonParameter { report: report.clone(), cmdlet, parameter: "OutVariable".into() },
        Error::NotFindings { report: report.clone() },
        Error::Parallel { report, parallel: 33 },
        Error::Must { key: "sort".into() },
    ]
}

fn refusals() -> Vec<Refusal> {
    let (report, parameter) = (|| "sizes".to_owned(), || "Filter".to_owned());
    let (cmdlet, service) = (|| "Set-Mailbox".parse().unwrap(), Service::Exchange);
    let what = || "`Set-Mailbox`".to_owned();
    vec![
        Refusal::NotDeclared { report: report(), cmdlet: cmdlet() },
        Refusal::OtherService { report: report(), cmdlet: cmdlet(), service },
        Refusal::WhichService { report: report(), cmdlet: cmdlet() },
        Refusal::ParameterNotDeclared { report: report(), cmdlet: cmdlet(), parameter: parameter() },
        Refusal::UnknownCmdlet { cmdlet: cmdlet(), service },
        Refusal::UnknownParameter { cmdlet: cmdlet(), parameter: parameter(), service },
        Refusal::Redirects { cmdlet: cmdlet(), parameter: "OutVariable".into() },
        Refusal::Secret { cmdlet: cmdlet(), parameter: "Password".into() },
        Refusal::Writes { report: report(), cmdlet: cmdlet(), what: what() },
        Refusal::NoConsent { report: report(), cmdlet: cmdlet(), what: what() },
        Refusal::TooLarge { cmdlet: cmdlet(), size: 11, unit: "levels", limit: 10 },
    ]
}

fn arguments() -> Vec<ArgError> {
    let name = || "over".to_owned();
    vec![
        ArgError::Unknown { name: name(), known: vec!["user".into(), "top".into()] },
        ArgError::Unknown { name: name(), known: vec![] },
        ArgError::Stray { word: "x".into() },
        ArgError::NoValue { name: name(), expected: "a text" },
        ArgError::Twice { name: name() },
        ArgError::Missing { name: name(), expected: "a text" },
        ArgError::Value { name: name(), value: "plenty".into(), expected: "a size such as 40 GB" },
    ]
}

#[test]
fn every_text() {
    let mut out = String::new();
    for error in &errors() {
        line(&mut out, error);
    }
    for refusal in &refusals() {
        line(&mut out, refusal);
    }
    for error in &arguments() {
        line(&mut out, error);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn failures_carry_kind_hint_and_cause_across() {
    for refusal in refusals() {
        let failure = Failure::parse(&Failure::from(&refusal).to_json());
        assert_eq!((failure.kind(), failure.hint()), (refusal.kind(), refusal.hint()));
        assert_eq!(failure.message, refusal.to_string());
        assert_eq!(failure.cmdlet, refusal.cmdlet().map(ToString::to_string));
    }
    for kind in exo_model::ErrorKind::ALL {
        let seam = exo_model::SeamError::message(*kind, "text").code("429").hinted("wait");
        let failure = Failure::parse(&Failure::from(&seam).to_json());
        assert_eq!((failure.kind(), failure.hint().as_deref()), (*kind, Some("wait")));
        assert_eq!(failure.code.as_deref(), Some("429"));
    }
}

#[test]
fn an_object_that_does_not_exist_is_told_apart_from_other_refusals() {
    let kind = |code: &str| {
        let error = exo_model::SeamError::message(exo_model::ErrorKind::Refused, "no").code(code);
        Failure::from(&error).kind
    };
    assert_eq!(kind("ManagementObjectNotFoundException"), FailureKind::NotFound);
    assert_eq!(kind("ADNoSuchObjectException"), FailureKind::NotFound);
    assert_eq!(kind("ParameterBindingException"), FailureKind::Cmdlet);
}

#[test]
fn failures_of_another_time_are_read() {
    let failure = Failure::parse(br#"{"kind":"novel","message":"m","exit":"novel","more":[1]}"#);
    assert_eq!((failure.kind, failure.exit), (FailureKind::Other, None));
    assert!(Failure::parse(b"no json").message.starts_with("a failure that cannot be read"));
}

//! The lines of a check for the app and its certificate, as far as the token service tells of them.

use crate::checklist::List;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use exo_model::Service;
use exo_token::{Aadsts, Claims, KeyReason, ServiceError};

/// Says of app and certificate what a token proves, or what the first refusal tells.
pub(super) fn lines(profile: &Profile, tokens: &[(Service, Result<Option<Claims>>)], list: &mut List) {
    let came = tokens.iter().find_map(|(_, token)| token.as_ref().ok());
    if let Some(claims) = came {
        list.ok("app", known(profile, claims.as_ref()));
        list.ok_if_there("certificate attached", "the token service took a statement that it signed".to_owned());
        return;
    }
    let Some(failure) = tokens.iter().find_map(|(_, token)| token.as_ref().err()) else { return };
    let Some(refusal) = failure.original::<exo_token::Error>().and_then(exo_token::Error::service_error) else {
        return;
    };
    let Verdict { app, attached } = Verdict::of(refusal);
    tell("app", app, failure, refusal, list);
    if list.expects("certificate attached") {
        tell("certificate attached", attached, failure, refusal, list);
    }
}

fn known(profile: &Profile, claims: Option<&Claims>) -> String {
    let text = |value: Option<&String>| value.map(String::as_str).unwrap_or_default().to_owned();
    let id =
        claims.and_then(|claims| claims.app_id.clone()).or_else(|| profile.app_id.as_ref().map(ToString::to_string));
    let name = text(claims.and_then(|claims| claims.app_display_name.as_ref()));
    let object = claims.and_then(|claims| claims.oid.as_ref()).map(|oid| format!(", service principal {oid}"));
    format!("`{name}` ({}){} signs in", id.unwrap_or_default(), object.unwrap_or_default())
}

/// What a refusal tells of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// It is in order, since the refusal is about what comes behind it.
    Good(&'static str),
    /// It is what is refused.
    Bad,
    /// Nothing.
    Nothing,
}

/// What a refusal tells of app and certificate.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    app: Told,
    attached: Told,
}

impl Verdict {
    fn of(refusal: &ServiceError) -> Self {
        let (app, attached) = match (refusal.code(), refusal.reason) {
            (Some(70_001 | 700_011 | 700_016 | 700_025 | 1_000_031 | 7_000_112 | 7_000_229), _) => {
                (Told::Bad, Told::Nothing)
            }
            (Some(700_027), Some(KeyReason::NotFound | KeyReason::Expired | KeyReason::WrongSignature)) => {
                (Told::Good("the token service knows it, since it compared the certificate with the app's"), Told::Bad)
            }
            (Some(700_027), None) => (Told::Nothing, Told::Bad),
            _ => (Told::Nothing, Told::Nothing),
        };
        Self { app, attached }
    }
}

fn tell(what: &str, told: Told, failure: &Failure, refusal: &ServiceError, list: &mut List) {
    match told {
        Told::Good(seen) => list.ok(what, seen.to_owned()),
        Told::Nothing => list.unknown(what, format!("the refusal ({}) does not tell", name(failure))),
        Told::Bad => {
            let means = match (refusal.code(), refusal.reason) {
                (Some(700_027), Some(KeyReason::Expired)) => "the certificate has expired on the app",
                (Some(700_027), Some(KeyReason::WrongSignature)) => {
                    "the certificate is one of the app's, and another key signed"
                }
                (code, _) => code.and_then(Aadsts::find).map_or("the token service refuses it", |entry| entry.cause),
            };
            let mut bad = Failure::new(failure.kind(), format!("{}: {means}", name(failure)));
            if let Some(hint) = failure.hint() {
                bad = bad.hinted(hint);
            }
            list.fail(what, &bad);
        }
    }
}

fn name(failure: &Failure) -> &str {
    failure.code().unwrap_or("without a code")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: u32, text: &str) -> Verdict {
        let body = format!(
            r#"{{"error":"invalid_client","error_description":"AADSTS{code}: {text}","error_codes":[{code}]}}"#
        );
        Verdict::of(&ServiceError::parse(401, body.as_bytes()).unwrap())
    }

    #[test]
    fn a_refusal_tells_of_the_app_or_of_the_certificate_or_of_neither() {
        for code in [700_016, 7_000_229, 7_000_112, 700_025] {
            assert_eq!(of(code, "no").app, Told::Bad, "{code}");
            assert_eq!(of(code, "no").attached, Told::Nothing, "{code}");
        }
        for text in [
            "[Reason - The key was not found.]",
            "[Reason - The key was expired.]",
            "is expired on application",
            "signature value did not match",
        ] {
            let verdict = of(700_027, text);
            assert!(matches!(verdict.app, Told::Good(_)) && verdict.attached == Told::Bad, "{text}");
        }
        assert_eq!(of(700_027, "in other words"), Verdict { app: Told::Nothing, attached: Told::Bad });
        for code in [700_024, 53_003, 90_002, 500_011, 999] {
            assert_eq!(of(code, "no"), Verdict { app: Told::Nothing, attached: Told::Nothing }, "{code}");
        }
    }
}

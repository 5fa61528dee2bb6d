//! Faults as text: a target, then words such as `page=2 times=2 throttle=0`.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::fault_shapes::{CHALLENGE, Shape};
use crate::faults::{Action, Fault, Link, Target};

const ACTIONS: &str = "throttle[=RETRY-AFTER], throttle-text[=STATUS], status=N, html, nul-403, server-error=STATUS:EXCEPTION, \
                       reset, truncate=BYTES, delay=MILLISECONDSms, expired-page, wrong-label, garbage, \
                       warning-without-link, revoke-token, redirect=URL, redirect-to=LABEL, hang, aadsts=CODE, \
                       answer=STATUS:CONTENT-TYPE:BODY, member=NAME:JSON, without=NAME, padded=BYTES, nested=DEPTH, \
                       content-type=TYPE, slow=BYTES:TIME, skew=SECONDS, repeated-link, foreign-link=HOST, \
                       other-tenant-link=TENANT, retry-after=VALUE, date=VALUE, challenge[=CLAIMS]";

/// Words that take the rest of the text.
const LAST: [&str; 3] = ["answer=", "member=", "challenge="];
/// Words that do if a date comes behind them.
const DATED: [&str; 3] = ["throttle=", "retry-after=", "date="];

impl FromStr for Fault {
    type Err = Error;

    /// Reads `TARGET [app=ID] [page=N] [method=M] [path=PART] [done] [call=N] [one-in=N[:SEED]] [times=N|always] ACTION…`, where the target is a cmdlet, `token`,
    /// `machine`, `vault`, `issuer`, `discovery`, `device-code`, `graph` or `any`.
    ///
    /// A date goes to the end of the text, since it has blanks; so does what follows `answer=`,
    /// `member=` and `challenge=`.
    fn from_str(text: &str) -> Result<Self, Error> {
        read(text).map_err(|problem| Error::Fault { text: text.to_owned(), problem })
    }
}

fn read(text: &str) -> Result<Fault, String> {
    let (target, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let mut fault = Fault::on(target_of(target)?);
    let mut acts = false;
    let mut rest = rest.trim_start();
    while !rest.is_empty() {
        let dated = DATED.iter().any(|word| rest.strip_prefix(word).is_some_and(|date| date.contains(',')));
        let to_the_end = dated || LAST.iter().any(|word| rest.starts_with(word));
        let (word, after) =
            if to_the_end { (rest, "") } else { rest.split_once(char::is_whitespace).unwrap_or((rest, "")) };
        acts |= apply(&mut fault, word)?;
        rest = after.trim_start();
    }
    if acts { Ok(fault) } else { Err(format!("names no action; there are: {ACTIONS}")) }
}

fn target_of(word: &str) -> Result<Target, String> {
    match word.to_ascii_lowercase().as_str() {
        "" => {
            Err("is empty; begin with a cmdlet, `token`, `machine`, `vault`, `issuer`, `discovery`, `device-code`, `graph` or `any`"
                .to_owned())
        }
        "token" => Ok(Target::Token),
        "any" => Ok(Target::Any),
        "machine" => Ok(Target::Machine),
        "vault" => Ok(Target::Vault),
        "issuer" => Ok(Target::Issuer),
        "discovery" => Ok(Target::Discovery),
        "graph" => Ok(Target::Graph),
        "device-code" => Ok(Target::DeviceCode),
        "exomodulefile" | "exobanner" => Ok(Target::Cmdlet(word.to_owned())),
        _ if word.contains('-') && !word.contains('=') => Ok(Target::Cmdlet(word.to_owned())),
        _ => Err(format!(
            "`{word}` is no target; name a cmdlet, `token`, `machine`, `vault`, `issuer`, `discovery`, `device-code`, `graph` or `any`"
        )),
    }
}

/// Applies one word; true if it says what happens.
fn apply(fault: &mut Fault, word: &str) -> Result<bool, String> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    match (name, value) {
        ("app", Some(value)) => fault.app = Some(value.to_owned()),
        ("method", Some(value)) => fault.method = Some(value.to_owned()),
        ("path", Some(value)) => fault.path = Some(value.to_owned()),
        ("done", None) => fault.done = true,
        ("one-in", Some(value)) => {
            let (share, seed) = value.split_once(':').unwrap_or((value, "0"));
            *fault = fault.clone().one_in(number(name, share)?, number(name, seed)?);
        }
        ("page", Some(value)) => fault.page = Some(number(name, value)?),
        ("call", Some(value)) => fault.call = number(name, value)?,
        ("times", Some("always")) => fault.times = None,
        ("times", Some(value)) => fault.times = Some(number(name, value)?),
        _ => {
            if !manner(fault, name, value)? {
                fault.action = action(name, value)?;
                if matches!(fault.action, Action::Challenge(_)) {
                    fault.times = None;
                }
            }
            return Ok(true);
        }
    }
    Ok(false)
}

/// Applies a word that says how an answer comes, whatever it is; false if it is another.
fn manner(fault: &mut Fault, name: &str, value: Option<&str>) -> Result<bool, String> {
    match (name, value) {
        ("delay", Some(value)) => fault.delay = Some(duration(name, value)?),
        ("slow", Some(value)) => {
            let (bytes, pause) = value.split_once(':').ok_or_else(|| "`slow` wants BYTES:TIME".to_owned())?;
            fault.slow = Some((number(name, bytes)?, duration(name, pause)?));
        }
        ("skew", Some(value)) => fault.skew = number(name, value)?,
        ("retry-after", Some(value)) => fault.headers.push(("retry-after", value.to_owned())),
        ("date", Some(value)) => fault.headers.push(("date", value.to_owned())),
        ("wrong-label", None) => fault.mislabelled = true,
        _ => return Ok(false),
    }
    Ok(true)
}

fn action(name: &str, value: Option<&str>) -> Result<Action, String> {
    Ok(match (name, value) {
        ("throttle", value) => Action::Throttle(value.map(ToOwned::to_owned)),
        ("throttle-text", None) => Action::ThrottleText(429),
        ("throttle-text", Some(code)) => Action::ThrottleText(status(name, code)?),
        ("status", Some(value)) => Action::Status(status(name, value)?),
        ("html", None) => Action::Html,
        ("nul-403", None) => Action::Nul403,
        ("server-error", Some(value)) => {
            let (code, exception) =
                value.split_once(':').ok_or_else(|| "`server-error` wants STATUS:EXCEPTION".to_owned())?;
            Action::ServerError { code: status(name, code)?, exception: exception.to_owned() }
        }
        ("reset", None) => Action::Reset,
        ("truncate", Some(value)) => Action::Truncate(number(name, value)?),
        ("expired-page", None) => Action::ExpiredPage,
        ("garbage", None) => Action::Garbage,
        ("warning-without-link", None) => Action::Link(Link::Missing),
        ("repeated-link", None) => Action::Link(Link::Repeated),
        ("foreign-link", Some(host)) => Action::Link(Link::Foreign(host.to_owned())),
        ("other-tenant-link", Some(tenant)) => Action::Link(Link::OtherTenant(tenant.to_owned())),
        ("revoke-token", None) => Action::RevokeToken,
        ("redirect", Some(value)) => Action::Redirect(value.to_owned()),
        ("redirect-to", Some(label)) => Action::RedirectTo(label.to_owned()),
        ("hang", None) => Action::Hang,
        ("aadsts", Some(value)) => Action::Aadsts(number(name, value)?),
        ("answer", Some(value)) => {
            let parts = value.split_once(':').and_then(|(code, rest)| Some((code, rest.split_once(':')?)));
            let (code, (kind, body)) = parts.ok_or_else(|| "`answer` wants STATUS:CONTENT-TYPE:BODY".to_owned())?;
            let body = Bytes::copy_from_slice(body.as_bytes());
            Action::Answer { status: status(name, code)?, content_type: kind.to_owned(), body }
        }
        (_, value) => return shape(name, value),
    })
}

/// The actions that bend an answer, and the challenge.
fn shape(name: &str, value: Option<&str>) -> Result<Action, String> {
    let shape = match (name, value) {
        ("member", Some(value)) => {
            let (member, json) = value.split_once(':').ok_or_else(|| "`member` wants NAME:JSON".to_owned())?;
            Shape::Member(member.to_owned(), json.to_owned())
        }
        ("without", Some(member)) => Shape::Without(member.to_owned()),
        ("padded", Some(value)) => Shape::Padded(number(name, value)?),
        ("nested", Some(value)) => Shape::Nested(number(name, value)?),
        ("content-type", Some(kind)) => Shape::Labelled(kind.to_owned()),
        ("challenge", claims) => return Ok(Action::Challenge(claims.unwrap_or(CHALLENGE).to_owned())),
        _ => return Err(format!("`{name}` is not known in this form; there are: {ACTIONS}")),
    };
    Ok(Action::Shape(shape))
}

pub(crate) fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("`{name}` wants a number, not `{value}`"))
}

fn status(name: &str, value: &str) -> Result<u16, String> {
    number(name, value).and_then(|status| {
        if (200..=599).contains(&status) {
            Ok(status)
        } else {
            Err(format!("`{name}` wants a status between 200 and 599, not `{value}`"))
        }
    })
}

pub(crate) fn duration(name: &str, value: &str) -> Result<Duration, String> {
    let (digits, unit) = match value.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (value.strip_suffix('s').unwrap_or(value), 1000),
    };
    number::<u64>(name, digits).map(|n| Duration::from_millis(n.saturating_mul(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Fault {
        text.parse().unwrap()
    }

    #[test]
    fn every_action_has_its_words() {
        let on = || Fault::on_cmdlet("Get-Mailbox");
        let pairs = [
            ("throttle", on().throttle(None)),
            ("throttle=1.5", on().throttle(Some("1.5"))),
            ("throttle=Fri, 20 Nov 2026 10:11:12 GMT", on().throttle(Some("Fri, 20 Nov 2026 10:11:12 GMT"))),
            ("throttle-text", on().throttle_text()),
            ("throttle-text=503", on().throttle_text_under(503)),
            ("status=503", on().status(503)),
            ("html", on().html()),
            ("nul-403", on().nul_403()),
            ("server-error=500:ADTransientException", on().server_error(500, "ADTransientException")),
            ("reset", on().reset()),
            ("truncate=100", on().truncate(100)),
            ("delay=200ms", on().delay(Duration::from_millis(200))),
            ("delay=2s html", on().delay(Duration::from_secs(2)).html()),
            ("expired-page", on().expired_page()),
            ("wrong-label status=404", on().wrong_label().status(404)),
            ("garbage", on().garbage()),
            ("warning-without-link", on().warning_without_link()),
            ("revoke-token", on().revoke_token()),
            ("redirect=https://x.localhost/a", on().redirect("https://x.localhost/a")),
            ("redirect-to=eurprd05", on().redirect_to("eurprd05")),
            ("hang", on().hang()),
            ("slow=10:20ms", on().slow(10, Duration::from_millis(20))),
            ("skew=-600", on().skew(-600)),
            ("repeated-link", on().repeated_link()),
            ("foreign-link=evil.example:99", on().foreign_link("evil.example:99")),
            ("other-tenant-link=fabrikam", on().other_tenant_link("fabrikam")),
            ("app=a one-in=5:9 reset", on().app("a").one_in(5, 9).reset()),
            ("answer=503:text/html:<p>a b: c</p>", on().answer(503, "text/html", "<p>a b: c</p>")),
            ("member=expires_in:[1, 2]", on().member("expires_in", "[1, 2]")),
            ("without=token_type", on().without_member("token_type")),
            ("padded=10485760", on().padded(10_485_760)),
            ("nested=100000", on().nested(100_000)),
            ("content-type=text/html", on().content_type("text/html")),
            ("status=503 retry-after=7", on().status(503).retry_after("7")),
            ("html date=Fri, 20 Nov 2026 10:11:12 GMT", on().html().date("Fri, 20 Nov 2026 10:11:12 GMT")),
            ("challenge", on().claims_challenge(CHALLENGE)),
            ("challenge={\"access_token\": {}}", on().claims_challenge("{\"access_token\": {}}")),
        ];
        for (text, fault) in pairs {
            assert_eq!(parsed(&format!("Get-Mailbox {text}")), fault, "{text}");
        }
        let graph = Fault::on_graph().method("POST").path("/applications").call(2).done().reset();
        assert_eq!(parsed("graph method=POST path=/applications call=2 done reset"), graph);
        assert_eq!(parsed("device-code html"), Fault::on_device_code().html());
        assert_eq!(parsed("token aadsts=53003"), Fault::on_token().aadsts(53_003));
        assert_eq!(parsed("any call=3 times=always reset"), Fault::on_any().call(3).always().reset());
    }

    #[test]
    fn the_readme_has_every_word() {
        let readme = include_str!("../README.md");
        for action in ACTIONS.split(", ") {
            let word = action.trim().split(['=', '[']).next().unwrap();
            assert!(readme.contains(&format!("`{word}")) || readme.contains(&format!("{word}=")), "{word}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("", "empty"),
            ("mailbox reset", "no target"),
            ("Get-Mailbox", "no action"),
            ("Get-Mailbox page=x reset", "wants a number"),
            ("Get-Mailbox status=99", "between 200 and 599"),
            ("Get-Mailbox explode", "not known"),
            ("Get-Mailbox server-error=500", "STATUS:EXCEPTION"),
            ("token answer=200:text/html", "STATUS:CONTENT-TYPE:BODY"),
            ("token member=x", "NAME:JSON"),
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}

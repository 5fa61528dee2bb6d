//! Faults as text: a target, then words such as `page=2 times=2 throttle=0`.

use std::str::FromStr;
use std::time::Duration;

use crate::error::Error;
use crate::faults::{Action, Fault, Target};

const ACTIONS: &str = "throttle[=RETRY-AFTER], throttle-text, status=N, html, nul-403, server-error=STATUS:EXCEPTION, \
                       reset, truncate=BYTES, delay=MILLISECONDSms, expired-page, wrong-label, garbage, \
                       warning-without-link, revoke-token, redirect=URL, hang, aadsts=CODE";

impl FromStr for Fault {
    type Err = Error;

    /// Reads `TARGET [page=N] [call=N] [times=N|always] ACTION…`, where the target is a cmdlet, `token` or `any`.
    ///
    /// A date after `throttle=` goes to the end of the text, since it has blanks.
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
        let dated = rest.strip_prefix("throttle=").filter(|date| date.contains(','));
        let (word, after) = match dated {
            Some(_) => (rest, ""),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        acts |= apply(&mut fault, word)?;
        rest = after.trim_start();
    }
    if acts { Ok(fault) } else { Err(format!("names no action; there are: {ACTIONS}")) }
}

fn target_of(word: &str) -> Result<Target, String> {
    match word.to_ascii_lowercase().as_str() {
        "" => Err("is empty; begin with a cmdlet, `token` or `any`".to_owned()),
        "token" => Ok(Target::Token),
        "any" => Ok(Target::Any),
        _ if word.contains('-') && !word.contains('=') => Ok(Target::Cmdlet(word.to_owned())),
        _ => Err(format!("`{word}` is no target; name a cmdlet, `token` or `any`")),
    }
}

/// Applies one word; true if it says what happens.
fn apply(fault: &mut Fault, word: &str) -> Result<bool, String> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    match (name, value) {
        ("page", Some(value)) => fault.page = Some(number(name, value)?),
        ("call", Some(value)) => fault.call = number(name, value)?,
        ("times", Some("always")) => fault.times = None,
        ("times", Some(value)) => fault.times = Some(number(name, value)?),
        ("delay", Some(value)) => {
            fault.delay = Some(duration(value)?);
            return Ok(true);
        }
        ("wrong-label", None) => {
            fault.mislabelled = true;
            return Ok(true);
        }
        _ => {
            fault.action = action(name, value)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn action(name: &str, value: Option<&str>) -> Result<Action, String> {
    Ok(match (name, value) {
        ("throttle", value) => Action::Throttle(value.map(ToOwned::to_owned)),
        ("throttle-text", None) => Action::ThrottleText,
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
        ("warning-without-link", None) => Action::WarningWithoutLink,
        ("revoke-token", None) => Action::RevokeToken,
        ("redirect", Some(value)) => Action::Redirect(value.to_owned()),
        ("hang", None) => Action::Hang,
        ("aadsts", Some(value)) => Action::Aadsts(number(name, value)?),
        _ => return Err(format!("`{name}` is not known in this form; there are: {ACTIONS}")),
    })
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
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

fn duration(value: &str) -> Result<Duration, String> {
    let (digits, unit) = match value.strip_suffix("ms") {
        Some(digits) => (digits, 1),
        None => (value.strip_suffix('s').unwrap_or(value), 1000),
    };
    number::<u64>("delay", digits).map(|n| Duration::from_millis(n.saturating_mul(unit)))
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
            ("hang", on().hang()),
        ];
        for (text, fault) in pairs {
            assert_eq!(parsed(&format!("Get-Mailbox {text}")), fault, "{text}");
        }
        assert_eq!(parsed("token aadsts=53003"), Fault::on_token().aadsts(53_003));
        assert_eq!(parsed("any call=3 times=always reset"), Fault::on_any().call(3).always().reset());
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
        ] {
            let error = text.parse::<Fault>().unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}

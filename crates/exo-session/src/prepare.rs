//! A caller's parameters → those that are sent: by what the catalogue knows of each, with secrets encrypted.

use crate::Error;
use crate::anchor::only_routes;
use crate::secrets::KnownKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exo_catalog::{Access, Cmdlet, ParameterKind};
use exo_model::{ByteArray, Invocation, Parameters, ReadPath};
use serde_json::Value;

/// The parameters of a call as the service wants them, not yet annotated.
pub(crate) fn prepared(call: &Invocation, access: Access, path: ReadPath, key: &KnownKey) -> Result<Parameters, Error> {
    let known = exo_catalog::find(&call.cmdlet);
    let refuse = |name: &str, why| Error::Parameter { cmdlet: call.cmdlet.clone(), name: name.to_owned(), why };
    let mut out = Parameters::new();
    for (name, value) in call.parameters.iter().filter(|(name, _)| !only_routes(call, name)) {
        let kind = known.and_then(|known| known.parameter(name)).map(exo_catalog::Parameter::kind);
        out.insert(name.clone(), converted(kind, value).map_err(|why| refuse(name, why))?);
    }
    for (name, secret) in &call.secrets {
        let sent = key.encrypt(secret).map_err(|why| refuse(name, why))?;
        out.insert(name.clone(), sent.into());
    }
    // Addresses of `v2.0` take the parameters of their reference and no other.
    let may_be_asked = access == Access::Write && path == ReadPath::InvokeCommand;
    if may_be_asked && known.is_some_and(asks) && !answered(call, known) {
        out.insert("Confirm".to_owned(), Value::Bool(false));
    }
    Ok(out)
}

/// A cmdlet that asks for confirmation only checks the call until `Confirm` is false, and nobody is there to answer.
fn asks(cmdlet: Cmdlet) -> bool {
    cmdlet.parameter("Confirm").is_some()
}

/// Whether the caller said what is to be done with the question, under any name of the parameter.
fn answered(call: &Invocation, cmdlet: Option<Cmdlet>) -> bool {
    let given = |parameter: &str| {
        let known = cmdlet.and_then(|cmdlet| cmdlet.parameter(parameter));
        call.parameters
            .keys()
            .any(|name| name.eq_ignore_ascii_case(parameter) || known.is_some_and(|known| known.is_called(name)))
    };
    given("Confirm") || given("WhatIf")
}

/// A value in the form for its kind of parameter.
fn converted(kind: Option<ParameterKind>, value: &Value) -> Result<Value, &'static str> {
    match (kind, value) {
        (Some(ParameterKind::SecureString | ParameterKind::Credential), value) if !value.is_null() => Err(IN_CLEAR),
        (Some(ParameterKind::DateTime), Value::String(text)) => Ok(in_utc(text)),
        (Some(ParameterKind::Bytes), Value::String(_) | Value::Array(_)) => bytes(value),
        _ => Ok(value.clone()),
    }
}

/// A time with a zone becomes one in UTC; the service reads any other text in its own way, as UTC.
///
/// A fraction of a second stays: where a run goes on at a time that the service named, rows would be lost without it.
fn in_utc(text: &str) -> Value {
    let Ok(at) = text.trim().parse::<jiff::Timestamp>() else { return text.into() };
    let text = at.strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string();
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// Numbers from 0 to 255 or base64 become bytes; so does each element of a list of those.
fn bytes(value: &Value) -> Result<Value, &'static str> {
    match value {
        Value::String(text) => Ok(ByteArray::from(STANDARD.decode(text.trim()).map_err(|_| NO_BYTES)?).into()),
        Value::Array(list) if list.iter().all(Value::is_number) => {
            let byte = |number: &Value| number.as_u64().and_then(|number| u8::try_from(number).ok());
            let bytes: Option<Vec<u8>> = list.iter().map(byte).collect();
            Ok(ByteArray::from(bytes.ok_or(NO_BYTES)?).into())
        }
        Value::Array(list) if list.iter().all(Value::is_object) => Ok(value.clone()),
        // One level only: a list of lists of lists is none of these.
        Value::Array(list) if list.iter().all(|inner| inner.is_string() || is_list_of_numbers(inner)) => {
            list.iter().map(bytes).collect()
        }
        _ => Err(NO_BYTES),
    }
}

fn is_list_of_numbers(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_number))
}

const IN_CLEAR: &str = "it is a secret, and is given as one, so that it travels encrypted";
const NO_BYTES: &str = "it is neither base64 nor a list of numbers from 0 to 255";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::invocation;
    use exo_model::{Secret, UtcTime};
    use proptest::prelude::*;
    use serde_json::json;

    fn sent(call: &Invocation) -> Result<Value, Error> {
        let access = crate::retry::access(call);
        prepared(call, access, ReadPath::InvokeCommand, &KnownKey::default())
            .map(|sent| serde_json::to_value(sent).unwrap())
    }

    fn refused(call: &Invocation) -> &'static str {
        match sent(call) {
            Err(Error::Parameter { why, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn times_with_a_zone_are_sent_in_utc() {
        let date = |text: &str| sent(&invocation("Get-MessageTraceV2").with("startdate", text)).unwrap();
        for (given, sent) in [
            ("2026-01-31T01:30:00+02:00", "2026-01-30T23:30:00"),
            ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00"),
            ("2026-01-31T00:00:00.75-01:00", "2026-01-31T01:00:00.75"),
            ("2026-01-31T00:00:10.0000000Z", "2026-01-31T00:00:10"),
            ("2026-01-31T10:20:30.123456789Z", "2026-01-31T10:20:30.1234567"),
            ("2026-01-31T00:00:00", "2026-01-31T00:00:00"),
            ("01/31/2026", "01/31/2026"),
        ] {
            assert_eq!(date(given), json!({"startdate": sent}), "{given}");
        }
        // Only where the parameter is a time.
        let name = sent(&invocation("Get-Mailbox").with("Identity", "2026-01-31T00:00:00Z")).unwrap();
        assert_eq!(name["Identity"], "2026-01-31T00:00:00Z");
    }

    #[test]
    fn bytes_are_given_as_numbers_or_base64() {
        let data = |value: Value| sent(&invocation("Import-DlpPolicyCollection").with("FileData", value));
        let expected = json!({"@odata.type": "#Exchange.ByteArrayType", "Data": [0, 255]});
        for given in [json!([0, 255]), json!("AP8="), expected.clone()] {
            assert_eq!(data(given).unwrap()["FileData"], expected);
        }
        assert_eq!(data(json!([])).unwrap()["FileData"]["Data"], json!([]));
        assert_eq!(data(json!(["AP8=", [0, 255]])).unwrap()["FileData"], json!([expected, expected]));
        for bad in [json!("%"), json!([256]), json!([-1]), json!([1.5]), json!([1, "AA=="]), json!([[[1]]])] {
            assert!(matches!(data(bad.clone()), Err(Error::Parameter { why: NO_BYTES, .. })), "{bad}");
        }
    }

    #[test]
    fn secrets_never_travel_in_clear() {
        let call = invocation("New-Mailbox").with("Name", "ana");
        assert_eq!(refused(&call.clone().with("Password", "MARKED")), IN_CLEAR);
        assert_eq!(refused(&call.clone().with("password", json!({"a": "MARKED"}))), IN_CLEAR);
        assert_eq!(sent(&call.clone().with("Password", Value::Null)).unwrap()["Password"], Value::Null);
        let secret = call.with_secret("Password", Secret::from("MARKED"));
        assert_eq!(refused(&secret), crate::secrets::NOT_SENT);
    }

    #[cfg(feature = "secure-strings")]
    #[test]
    fn secrets_travel_encrypted() {
        use crate::secure_string::tests::{decrypted, xml};
        let known = KnownKey::default();
        known.keep(xml().parse().unwrap());
        let secret = invocation("New-Mailbox").with_secret("Password", Secret::from("MARKED"));
        let sent = prepared(&secret, Access::Write, ReadPath::InvokeCommand, &known).unwrap();
        assert_eq!(decrypted(sent["Password"].as_str().unwrap()), "MARKED");
        let user = exo_model::SecretParameter::credential("ana", "MARKED".into());
        let sent = prepared(
            &invocation("Get-X").with_secret("Credential", user),
            Access::Write,
            ReadPath::InvokeCommand,
            &known,
        )
        .unwrap();
        assert_eq!(decrypted(sent["Credential"].as_str().unwrap()), r#"{"UserName":"ana","Password":"MARKED"}"#);
    }

    #[test]
    fn a_write_that_asks_is_answered() {
        let confirm = |call: &Invocation| sent(call).unwrap().get("Confirm").cloned();
        let remove = invocation("Remove-Mailbox").with("Identity", "a");
        assert_eq!(confirm(&remove), Some(json!(false)));
        for name in ["Confirm", "cf", "WhatIf", "wi"] {
            let given = remove.clone().with(name, true);
            assert_eq!(confirm(&given), (name == "Confirm").then_some(Value::Bool(true)), "{name}");
        }
        assert_eq!(confirm(&invocation("Get-Mailbox")), None);
        // Nobody knows whether it asks.
        assert_eq!(confirm(&invocation("Set-NoSuchThing")), None);
    }

    #[test]
    fn what_only_routes_is_not_sent() {
        let call = invocation("Get-MailboxStatistics").with("Identity", "a").with("usecustomrouting", true);
        assert_eq!(sent(&call).unwrap(), json!({"Identity": "a"}));
        let other = invocation("Get-Mailbox").with("UseCustomRouting", true);
        assert_eq!(sent(&other).unwrap(), json!({"UseCustomRouting": true}));
    }

    proptest! {
        #[test]
        fn any_bytes_arrive_whichever_way_they_are_written(data: Vec<u8>) {
            let of = |value: Value| bytes(&value).unwrap();
            prop_assert_eq!(of(data.clone().into()), of(STANDARD.encode(&data).into()));
        }

        #[test]
        fn any_time_is_sent_without_a_zone(seconds in -62_000_000_000_i64..253_000_000_000, hours in -12_i32..13) {
            let zone = jiff::tz::offset(i8::try_from(hours).unwrap());
            let local = jiff::Timestamp::from_second(seconds).unwrap().to_zoned(jiff::tz::TimeZone::fixed(zone));
            let given = local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
            prop_assert_eq!(in_utc(&given), Value::from(UtcTime::from_unix(seconds)));
        }
    }
}

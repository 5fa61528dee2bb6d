//! What a cmdlet answered once, kept as text, so that reports can be tried without a tenant.

use exo_model::{Diagnose as _, ErrorKind, Parameters, SeamError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The member of a recorded answer that names the object it is about.
pub const RECORDED_FOR: &str = "@for";
/// The member of a recorded answer that says that the call failed, after the records that came before.
pub const RECORDED_ERROR: &str = "@error";

/// A recording that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {number} is no JSON object: {problem}")]
#[non_exhaustive]
pub struct RecordingError {
    /// Which record, counted from 1.
    pub number: usize,
    /// What is wrong with it.
    pub problem: String,
}

/// The recorded records of one cmdlet.
///
/// A call without `Identity` is answered with those that are for no object by `@for`, or, where all are, with all. A call with `Identity` is answered with the records whose
/// member `@for` names that object; where no record has such a member, with those that one of their own names or
/// addresses makes that object. A record that holds nothing but `@for` says that there was no record for the object, one
/// with `@error` that the call failed: `{"@for":"gone@contoso.com","@error":{"kind":"refused"}}`.
///
/// ```
/// use exo_plugin_wire::Recording;
/// let recording = Recording::parse(r#"{"@for":"adele@contoso.com","ItemCount":7}"#)?;
/// let identity = [("Identity".to_owned(), "Adele@contoso.com".into())].into();
/// assert_eq!(recording.answer(&identity).map(|answer| answer.records.len()), Some(1));
/// assert_eq!(recording.answer(&[("Identity".to_owned(), "diego".into())].into()), None);
/// # Ok::<(), exo_plugin_wire::RecordingError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Recording {
    records: Vec<Recorded>,
}

/// What a call is answered: its records, and how they break off, if they do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RecordedAnswer<'a> {
    /// The records, as JSON.
    pub records: Vec<&'a str>,
    /// Why there are not more.
    pub error: Option<&'a RecordedError>,
}

/// A failure as a recording keeps it: what it was, not what the service said of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedError {
    /// What sort of failure it is.
    pub kind: ErrorKind,
    /// The service's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the report is told; a recording keeps no sentence of the service, which may name somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl From<&SeamError> for RecordedError {
    fn from(error: &SeamError) -> Self {
        Self { kind: error.kind(), code: error.service_code().map(str::to_owned), text: None }
    }
}

impl From<&RecordedError> for SeamError {
    fn from(recorded: &RecordedError) -> Self {
        let RecordedError { kind, code, text } = recorded;
        let text = text.clone().unwrap_or_else(|| match code {
            Some(code) => format!("the call failed when it was recorded: {code}"),
            None => "the call failed when it was recorded".to_owned(),
        });
        let error = Self::message(*kind, text);
        code.iter().fold(error, Self::code)
    }
}

#[derive(Debug, Clone)]
struct Recorded {
    json: String,
    of: Option<String>,
    names: Vec<String>,
    error: Option<RecordedError>,
    empty: bool,
}

impl Recording {
    /// Reads JSON objects, one after the other; or one JSON array of them, or a service's answer with its `value`.
    ///
    /// # Errors
    ///
    /// When one of them is no JSON object.
    pub fn parse(text: &str) -> Result<Self, RecordingError> {
        let mut records = Vec::new();
        for json in split(text)? {
            let number = records.len() + 1;
            let record = Recorded::read(json).map_err(|problem| RecordingError { number, problem })?;
            records.push(record);
        }
        Ok(Self { records })
    }

    /// What answers a call with these parameters; nothing if the object that it names is not recorded.
    pub fn answer(&self, parameters: &Parameters) -> Option<RecordedAnswer<'_>> {
        let identity = parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case("Identity"));
        let Some(wanted) = identity.map(|(_, value)| text_of(value)) else {
            let all_addressed = self.records.iter().all(|record| record.of.is_some());
            return Some(self.matching(|record| all_addressed || record.of.is_none()));
        };
        let is = |name: &String| name.eq_ignore_ascii_case(&wanted);
        let addressed = self.records.iter().any(|record| record.of.is_some());
        let about = |record: &&Recorded| {
            if addressed { record.of.as_ref().is_some_and(is) } else { record.names.iter().any(is) }
        };
        self.records.iter().any(|record| about(&record)).then(|| self.matching(|record| about(&record)))
    }

    /// Every record, as JSON.
    pub fn records(&self) -> impl Iterator<Item = &str> {
        self.records.iter().filter(|record| record.error.is_none()).map(|record| record.json.as_str())
    }

    fn matching(&self, wanted: impl Fn(&Recorded) -> bool) -> RecordedAnswer<'_> {
        let all = || self.records.iter().filter(|record| wanted(record));
        let given = all().filter(|record| !record.empty && record.error.is_none());
        let records = given.map(|record| record.json.as_str()).collect();
        RecordedAnswer { records, error: all().find_map(|record| record.error.as_ref()) }
    }
}

impl Recorded {
    fn read(json: &RawValue) -> Result<Self, String> {
        let members: Map<String, Value> = serde_json::from_str(json.get()).map_err(|error| error.to_string())?;
        let of = members.get(RECORDED_FOR).map(text_of);
        let present = NAMES.iter().filter_map(|name| members.get(*name));
        let names = present.filter(|value| !value.is_null()).map(text_of).collect();
        let error = members.get(RECORDED_ERROR).map(RecordedError::deserialize).transpose();
        let error = error.map_err(|error| format!("`{RECORDED_ERROR}`: {error}"))?;
        let empty = of.is_some() && members.len() == 1;
        Ok(Self { json: one_line(json.get()), of, names, error, empty })
    }
}

/// The records of a text, whichever of the three forms it has.
fn split(text: &str) -> Result<Vec<&RawValue>, RecordingError> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let wrong = |number: usize, error: &serde_json::Error| RecordingError { number, problem: error.to_string() };
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(|error| wrong(1, &error));
    }
    let mut all: Vec<&RawValue> = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter() {
        all.push(value.map_err(|error| wrong(all.len() + 1, &error))?);
    }
    if let [only] = all.as_slice()
        && let Ok(Answer { value: Some(records) }) = serde_json::from_str(only.get())
    {
        return Ok(records);
    }
    Ok(all)
}

/// A service's answer.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    value: Option<Vec<&'a RawValue>>,
}

/// The record in one line; outside of texts, which hold none, line breaks mean nothing.
fn one_line(json: &str) -> String {
    json.lines().map(str::trim).collect()
}

/// A name or an address, as a user writes it.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// By which the service finds an object.
const NAMES: &[&str] = &[
    "Identity",
    "UserPrincipalName",
    "PrimarySmtpAddress",
    "Alias",
    "Name",
    "DisplayName",
    "DistinguishedName",
    "DomainName",
    "Guid",
    "ExchangeGuid",
    "MailboxGuid",
    "ExternalDirectoryObjectId",
    "Id",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(identity: &str) -> Parameters {
        [("identity".to_owned(), identity.into())].into()
    }

    #[test]
    fn all_three_forms_are_read() {
        let lines = "{\"Name\":\"a\"}\n{\"Name\":\"b\"}\n";
        let list = "[\n  {\n \"Name\": \"a\" },\n {\"Name\":\"b\"}]";
        let answer = r#"{"@odata.context":"x","value":[{"Name":"a"},{"Name":"b"}]}"#;
        for text in [lines, list, answer] {
            let recording = Recording::parse(text).unwrap();
            assert_eq!(recording.records().count(), 2, "{text}");
            assert!(recording.records().all(|record| !record.contains('\n')));
            assert_eq!(recording.answer(&asked("B")).unwrap().records, [r#"{"Name":"b"}"#]);
        }
        assert_eq!(Recording::parse("").unwrap().answer(&Parameters::new()), Some(RecordedAnswer::default()));
    }

    #[test]
    fn what_is_no_record_is_named_by_its_place() {
        assert_eq!(Recording::parse("{}\n[1]").unwrap_err().number, 2);
        assert_eq!(Recording::parse("[{},7]").unwrap_err().number, 2);
        assert!(Recording::parse("{\"a\":1").is_err());
    }

    #[test]
    fn records_that_say_whom_they_are_for_answer_nobody_else() {
        let text = r#"{"@for":"a@x","Name":"b@x"} {"@for":"a@x","Name":"c"} {"@for":"b@x"}"#;
        let recording = Recording::parse(text).unwrap();
        assert_eq!(recording.answer(&asked("A@X")).unwrap().records.len(), 2);
        assert_eq!(recording.answer(&asked("b@x")).unwrap().records.len(), 0);
        assert_eq!(recording.answer(&asked("c")), None);
        assert_eq!(recording.answer(&Parameters::new()).unwrap().records.len(), 2);
        let recording = Recording::parse(&format!("{text} {{\"Name\":\"listed\"}}")).unwrap();
        assert_eq!(recording.answer(&Parameters::new()).unwrap().records, [r#"{"Name":"listed"}"#]);
    }

    #[test]
    fn a_call_that_failed_fails_again_after_the_records_that_came() {
        let gone = SeamError::message(ErrorKind::Refused, "object 'b@x' couldn't be found").code("XNotFoundException");
        let recorded = serde_json::to_string(&RecordedError::from(&gone)).unwrap();
        assert!(!recorded.contains("b@x"), "{recorded}");
        let text = format!(
            r#"{{"Name":"a"}} {{"@error":{{"kind":"unavailable","text":"reset"}}}} {{"@for":"b@x","@error":{recorded}}}"#
        );
        let recording = Recording::parse(&text).unwrap();
        let listed = recording.answer(&Parameters::new()).unwrap();
        assert_eq!((listed.records.len(), listed.error.unwrap().kind), (1, ErrorKind::Unavailable));
        let again = SeamError::from(recording.answer(&asked("B@x")).unwrap().error.unwrap());
        assert_eq!((again.kind(), again.service_code()), (ErrorKind::Refused, Some("XNotFoundException")));
        assert_eq!(crate::Failure::from(&again).kind, crate::FailureKind::NotFound);
        assert_eq!(SeamError::from(listed.error.unwrap()).to_string(), "reset");
        assert_eq!(recording.records().count(), 1);
        let error = Recording::parse(r#"{"@error":{"kind":"novel"}}"#).unwrap_err();
        assert!(error.problem.starts_with("`@error`: unknown variant"), "{error}");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            drop(Recording::parse(&text).map(|recording| recording.answer(&asked("x")).map(|r| r.records.len())));
        }
    }
}

//! Parameters of a cmdlet: names without regard to case, values changed to the type declared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::cmdlet_error::CmdletError;
use crate::dates;

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// Text, or null.
    Text,
    /// A Boolean.
    Switch,
    /// `Unlimited` or a number.
    ResultSize,
    /// One or several of these names, in full or by a prefix.
    Names(&'static [&'static str]),
    /// A list, a change of a list, or null.
    Many,
    /// Text that is encrypted.
    Secret,
    /// A whole number.
    Number,
    /// A time; without zone it is one of UTC.
    Date,
    /// Bytes, as numbers or in base64.
    Bytes,
    /// A table of names and values, or a list of such.
    Tables,
}

/// A cmdlet's parameters: names and types.
pub(crate) type Declared = &'static [(&'static str, Type)];

const COMMON: [&str; 9] = [
    "ErrorAction",
    "WarningAction",
    "InformationAction",
    "Verbose",
    "Debug",
    "ErrorVariable",
    "WarningVariable",
    "OutBuffer",
    "OutVariable",
];

/// How a multi-valued property is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Clear,
    Replace(Vec<String>),
    Delta { add: Vec<String>, remove: Vec<String> },
}

#[derive(Clone, Debug, PartialEq)]
enum Given {
    Text(Option<String>),
    Switch(bool),
    Unlimited,
    Size(u64),
    Names(Vec<&'static str>),
    Many(Change),
    Number(i64),
    Date(i64),
    Bytes(Vec<u8>),
    Tables(Vec<Map<String, Value>>),
}

/// The parameters of one call, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters(Vec<(&'static str, Given)>);

impl Parameters {
    pub(crate) fn read(given: &Map<String, Value>, declared: Declared) -> Result<Self, CmdletError> {
        let mut read = Vec::new();
        for (name, value) in given.iter().filter(|(name, _)| !name.contains('@')) {
            let known = declared.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            if let Some((known, kind)) = known {
                read.push((*known, convert(known, *kind, value)?));
            } else if !COMMON.iter().any(|common| common.eq_ignore_ascii_case(name)) {
                return Err(CmdletError::ambiguous());
            }
        }
        Ok(Self(read))
    }

    fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, given)| given)
    }

    /// The names of what was given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Given::Text(Some(text))) => Some(text),
            _ => None,
        }
    }

    /// The text that an object is named by; an empty one is a missing one.
    pub(crate) fn identity(&self) -> Option<&str> {
        self.text("Identity").filter(|text| !text.is_empty())
    }

    pub(crate) fn switch(&self, name: &str) -> bool {
        self.get(name) == Some(&Given::Switch(true))
    }

    pub(crate) fn switch_if_given(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            Some(Given::Switch(on)) => Some(*on),
            _ => None,
        }
    }

    /// `ResultSize` when it is a number.
    pub(crate) fn result_size(&self) -> Option<u64> {
        match self.get("ResultSize") {
            Some(Given::Size(size)) => Some(*size),
            _ => None,
        }
    }

    pub(crate) fn names(&self, name: &str) -> Option<&[&'static str]> {
        match self.get(name) {
            Some(Given::Names(names)) => Some(names),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Given::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// Milliseconds since 1970.
    pub(crate) fn date(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Given::Date(millis)) => Some(*millis),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name) {
            Some(Given::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn tables(&self, name: &str) -> Option<&[Map<String, Value>]> {
        match self.get(name) {
            Some(Given::Tables(tables)) => Some(tables),
            _ => None,
        }
    }

    /// One text or a list of such.
    pub(crate) fn texts(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Given::Many(Change::Replace(texts))) => texts,
            _ => &[],
        }
    }

    pub(crate) fn change(&self, name: &str) -> Option<&Change> {
        match self.get(name) {
            Some(Given::Many(change)) => Some(change),
            _ => None,
        }
    }
}

fn convert(name: &str, kind: Type, value: &Value) -> Result<Given, CmdletError> {
    let bad = || CmdletError::transformation(name, &value.to_string());
    match kind {
        Type::Text => match value {
            Value::Null => Ok(Given::Text(None)),
            other => scalar(other).map(|text| Given::Text(Some(text))).ok_or_else(bad),
        },
        // The value itself is in no message, whatever it is.
        Type::Secret => {
            let hidden = || CmdletError::transformation(name, "(hidden)");
            value.as_str().map(|text| Given::Text(Some(text.to_owned()))).ok_or_else(hidden)
        }
        Type::Switch => value.as_bool().map(Given::Switch).ok_or_else(bad),
        Type::ResultSize => size(value).ok_or_else(bad),
        Type::Names(known) => names(known, value).map(Given::Names).ok_or_else(bad),
        Type::Many => change(value).map(Given::Many).ok_or_else(bad),
        Type::Number => whole(value).map(Given::Number).ok_or_else(bad),
        Type::Date => value.as_str().and_then(dates::read).map(Given::Date).ok_or_else(bad),
        Type::Bytes => bytes(value).map(Given::Bytes).ok_or_else(bad),
        Type::Tables => tables(value).map(Given::Tables).ok_or_else(bad),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(if *on { "True" } else { "False" }.to_owned()),
        _ => None,
    }
}

fn size(value: &Value) -> Option<Given> {
    match value {
        Value::String(text) if text.eq_ignore_ascii_case("unlimited") => Some(Given::Unlimited),
        Value::String(text) => text.parse().ok().map(Given::Size),
        Value::Number(number) => number.as_u64().map(Given::Size),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}

/// `{"Data": …}`, with or without its type: a list of numbers up to 255, or base64.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    let members = value.as_object()?;
    let named = members.get("@odata.type").is_none_or(|kind| kind == "#Exchange.ByteArrayType");
    match members.get("Data").filter(|_| named)? {
        Value::Array(items) => items.iter().map(|item| u8::try_from(item.as_u64()?).ok()).collect(),
        Value::String(text) => STANDARD.decode(text).ok(),
        _ => None,
    }
}

/// One table, which says its type at every depth, or a list of plain ones.
fn tables(value: &Value) -> Option<Vec<Map<String, Value>>> {
    let table = |value: &Value| value.as_object().cloned();
    match value {
        Value::Array(items) => items.iter().map(table).collect(),
        other => Some(vec![table(other).filter(|_| is_typed(other))?]),
    }
}

fn is_typed(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.get("@odata.type").is_some_and(|kind| kind == "#Exchange.GenericHashTable")
                && members.values().all(is_typed)
        }
        _ => true,
    }
}

/// Names are matched by their beginnings, as the service does.
fn names(known: &'static [&'static str], value: &Value) -> Option<Vec<&'static str>> {
    let texts = match value {
        Value::Array(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>()?,
        other => scalar(other)?.split(',').map(|text| text.trim().to_owned()).collect(),
    };
    let find = |text: &String| {
        let begins = |name: &&&str| name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text));
        known.iter().find(begins).filter(|_| !text.is_empty()).copied()
    };
    texts.iter().map(find).collect()
}

fn change(value: &Value) -> Option<Change> {
    match value {
        Value::Null => Some(Change::Clear),
        Value::Object(members) => {
            let list = |name: &str| {
                let member = members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
                member.map_or_else(|| Some(Vec::new()), |(_, value)| list(value))
            };
            let known =
                |name: &String| name.contains('@') || ["add", "remove"].iter().any(|k| k.eq_ignore_ascii_case(name));
            if !members.keys().all(known) {
                return None;
            }
            Some(Change::Delta { add: list("Add")?, remove: list("Remove")? })
        }
        other => list(other).map(Change::Replace),
    }
}

fn list(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(scalar).collect(),
        other => scalar(other).map(|text| vec![text]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DECLARED: Declared = &[
        ("Identity", Type::Text),
        ("ResultSize", Type::ResultSize),
        ("Archive", Type::Switch),
        ("RecipientTypeDetails", Type::Names(&["UserMailbox", "SharedMailbox"])),
        ("EmailAddresses", Type::Many),
        ("StartDate", Type::Date),
        ("Page", Type::Number),
        ("PictureData", Type::Bytes),
        ("Settings", Type::Tables),
    ];

    fn read(value: &Value) -> Result<Parameters, CmdletError> {
        Parameters::read(value.as_object().unwrap(), DECLARED)
    }

    #[test]
    fn names_of_parameters_have_no_case_and_annotations_are_none() {
        let parameters = read(&json!({
            "identity": "a", "ErrorAction": "Stop",
            "EmailAddresses@odata.type": "#Collection(String)", "EmailAddresses": ["smtp:a@b"],
        }))
        .unwrap();
        assert_eq!(parameters.identity(), Some("a"));
        let replaced = Change::Replace(vec!["smtp:a@b".to_owned()]);
        assert_eq!(parameters.change("EmailAddresses"), Some(&replaced));
        assert!(read(&json!({"Nonsense": 1})).unwrap_err().text.contains("Parameter set"));
    }

    #[test]
    fn both_forms_of_a_change_are_read() {
        for kind in ["#Exchange.GenericHashTable", "#Exchange.StringFieldDeltaUpdateData"] {
            let value = json!({"EmailAddresses": {"@odata.type": kind, "add": ["x"], "Remove": "y"}});
            let wanted = Change::Delta { add: vec!["x".to_owned()], remove: vec!["y".to_owned()] };
            assert_eq!(read(&value).unwrap().change("EmailAddresses"), Some(&wanted));
        }
        let cleared = read(&json!({"EmailAddresses": null})).unwrap();
        assert_eq!(cleared.change("EmailAddresses"), Some(&Change::Clear));
    }

    #[test]
    fn names_go_by_prefix_and_nothing_else() {
        let names = |value: Value| {
            let parameters = read(&json!({"RecipientTypeDetails": value}))?;
            Ok::<_, CmdletError>(parameters.names("RecipientTypeDetails").unwrap().to_vec())
        };
        assert_eq!(names(json!("shared")).unwrap(), ["SharedMailbox"]);
        assert_eq!(names(json!("User, SharedMailbox")).unwrap(), ["UserMailbox", "SharedMailbox"]);
        assert_eq!(names(json!(["UserMailbox"])).unwrap(), ["UserMailbox"]);
        assert_eq!(names(json!("Mailbox")).unwrap_err().status, 400);
        assert_eq!(names(json!("")).unwrap_err().status, 400);
    }

    #[test]
    fn sizes_and_switches() {
        for (value, size) in [(json!("Unlimited"), None), (json!(5), Some(5)), (json!("7"), Some(7))] {
            assert_eq!(read(&json!({"ResultSize": value})).unwrap().result_size(), size);
        }
        assert!(read(&json!({"ResultSize": "many"})).is_err());
        assert!(read(&json!({"ResultSize": -1})).is_err());
        assert!(read(&json!({"Archive": true})).unwrap().switch("Archive"));
        assert!(read(&json!({"Archive": "yes"})).is_err());
    }

    #[test]
    fn bytes_come_as_numbers_or_in_base64() {
        let kind = "#Exchange.ByteArrayType";
        for data in [json!([0, 255, 7]), json!("AP8H")] {
            let read = read(&json!({"PictureData": {"@odata.type": kind, "Data": data}})).unwrap();
            assert_eq!(read.bytes("PictureData"), Some([0, 255, 7].as_slice()));
        }
        for bad in [json!([256]), json!("!"), json!({"Data": [1], "@odata.type": "#Other"}), json!({}), json!(null)] {
            let value = if bad.is_object() { bad } else { json!({"@odata.type": kind, "Data": bad}) };
            assert!(read(&json!({"PictureData": value})).is_err(), "{value}");
        }
    }

    #[test]
    fn tables_say_their_type_at_every_depth_and_lists_of_them_beside() {
        let kind = "#Exchange.GenericHashTable";
        let deep = json!({"@odata.type": kind, "a": "1", "b": {"@odata.type": kind, "c": true}});
        assert_eq!(read(&json!({"Settings": deep})).unwrap().tables("Settings").unwrap().len(), 1);
        let list = json!({"Settings@odata.type": "#Collection(Exchange.GenericHashTable)", "Settings": [{"a": 1}, {}]});
        assert_eq!(read(&list).unwrap().tables("Settings").unwrap().len(), 2);
        for bad in [json!({"a": 1}), json!({"@odata.type": kind, "b": {"c": 1}}), json!([1]), json!("a")] {
            assert!(read(&json!({"Settings": bad})).is_err(), "{bad}");
        }
    }

    #[test]
    fn dates_and_numbers() {
        let read_date = |text: &str| read(&json!({"StartDate": text})).map(|read| read.date("StartDate").unwrap());
        assert_eq!(read_date("2026-01-31T00:00:00").unwrap(), 1_769_817_600_000);
        assert!(read_date("yesterday").is_err());
        for value in [json!(3), json!("3")] {
            assert_eq!(read(&json!({"Page": value})).unwrap().number("Page"), Some(3));
        }
        assert!(read(&json!({"Page": 1.5})).is_err());
    }
}

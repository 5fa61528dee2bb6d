//! Parameters of a cmdlet: names without regard to case, values changed to the type declared.

use serde_json::{Map, Value};

use crate::cmdlet_error::CmdletError;

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
}

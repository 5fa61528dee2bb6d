//! What records look like: a type for each property, and which properties tell something.

use super::names;
use crate::failure::{Failure, Result};
use exo_plugin_wire::{parse_byte_size, parse_date_time, parse_time_span};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A record, as a cmdlet gave it.
pub(crate) type Record = Map<String, Value>;

/// A property as a field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    /// The service's name.
    pub(crate) property: String,
    /// The field's name.
    pub(crate) ident: String,
    /// Whether the derive finds the property by the field's name.
    pub(crate) found: bool,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
}

/// The type of a property's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Text,
    Bool,
    /// The texts `True` and `False`.
    Flag,
    Integer,
    /// Whole numbers beyond those with a sign.
    Large,
    Number,
    Size,
    Time,
    Span,
    Texts,
    Json,
}

/// Whether every record has the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Always,
    /// Null in some.
    Nullable,
    /// Absent from some.
    Absent,
}

impl Field {
    /// The field's type in Rust.
    pub(crate) fn rust(&self) -> String {
        let plain = match self.kind {
            Kind::Text => "String",
            Kind::Bool => "bool",
            Kind::Flag => "Flag",
            Kind::Integer => "i64",
            Kind::Large => "u64",
            Kind::Number => "f64",
            Kind::Size => "ByteSize",
            Kind::Time => "DateTime",
            Kind::Span => "TimeSpan",
            Kind::Texts => "Vec<String>",
            Kind::Json => "exo_plugin::serde_json::Value",
        };
        match self.presence {
            Presence::Always => plain.to_owned(),
            Presence::Nullable => format!("Option<{plain}>"),
            Presence::Absent => format!("Maybe<{plain}>"),
        }
    }

    /// Whether it can tell objects apart.
    fn is_key(&self) -> bool {
        self.kind == Kind::Text && self.presence == Presence::Always
    }
}

/// Every property that has a value in some record and a name that a manifest takes.
pub(crate) fn fields(records: &[Record]) -> Vec<Field> {
    let mut all: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (property, value) in records.iter().flatten() {
        all.entry(property).or_default().push(value);
    }
    let is_word = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric()) && name.len() <= 64;
    all.into_iter().filter(|(property, _)| is_word(property)).filter_map(|(p, v)| field(p, &v, records.len())).collect()
}

/// The fields of a report: the key first, then what was asked for or what tells something.
pub(crate) fn chosen(cmdlet: &str, records: &[Record], select: &[String]) -> Result<Vec<Field>> {
    let all = fields(records);
    let key = key(cmdlet, &all, records, select)?;
    let mut chosen = vec![key.clone()];
    let mut add = |field: &Field| {
        if chosen.len() < if select.is_empty() { USUAL } else { usize::MAX }
            && chosen.iter().all(|known| known.property != field.property)
        {
            chosen.push(field.clone());
        }
    };
    if select.is_empty() {
        TELLING.iter().filter_map(|name| all.iter().find(|field| field.property == *name)).for_each(&mut add);
        all.iter().filter(|field| field.kind != Kind::Json && !is_noise(&field.property)).for_each(&mut add);
    }
    for name in select {
        add(wanted(cmdlet, &all, name)?);
    }
    Ok(chosen)
}

/// What tells the objects of a cmdlet apart.
pub(crate) fn key_of(cmdlet: &str, records: &[Record], select: &[String]) -> Result<Field> {
    key(cmdlet, &fields(records), records, select).cloned()
}

fn wanted<'a>(cmdlet: &str, all: &'a [Field], name: &str) -> Result<&'a Field> {
    all.iter().find(|field| field.property.eq_ignore_ascii_case(name.trim())).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|field| field.property.as_str()).collect();
        Failure::usage(format!("the records of {cmdlet} have no value of `{}`", name.trim()))
            .hinted(format!("they have {}", known.join(", ")))
    })
}

/// What tells the objects apart: a text that every record has, best one that no two share.
fn key<'a>(cmdlet: &str, all: &'a [Field], records: &[Record], select: &[String]) -> Result<&'a Field> {
    let unique = |field: &&Field| {
        let mut seen = BTreeSet::new();
        records.iter().filter_map(|record| record.get(&field.property)?.as_str()).all(|text| seen.insert(text))
    };
    let of_user = select.iter().filter_map(|name| all.iter().find(|f| f.property.eq_ignore_ascii_case(name.trim())));
    let known = KEYS.iter().filter_map(|name| all.iter().find(|field| field.property == *name));
    let candidates: Vec<&Field> = of_user.chain(known).chain(all).filter(|field| field.is_key()).collect();
    let found = candidates.iter().copied().find(unique).or_else(|| candidates.first().copied());
    found.ok_or_else(|| {
        Failure::usage(format!("no property of {cmdlet} is a text in every record, so that rows would have no key"))
            .hinted("give a --fixture whose records have one, such as Identity or Name")
    })
}

fn field(property: &str, values: &[&Value], records: usize) -> Option<Field> {
    let (ident, found) = names::field(property);
    let present: Vec<&Value> = values.iter().copied().filter(|value| !value.is_null()).collect();
    if present.is_empty() || ident.is_empty() {
        return None;
    }
    let presence = match () {
        () if values.len() < records => Presence::Absent,
        () if present.len() < values.len() => Presence::Nullable,
        () => Presence::Always,
    };
    Some(Field { property: property.to_owned(), ident, found, kind: kind(&present), presence })
}

/// The one type of all values; JSON if they have no other in common.
fn kind(values: &[&Value]) -> Kind {
    let all = |test: &dyn Fn(&Value) -> bool| values.iter().all(|value| test(value));
    let text = |test: fn(&str) -> bool| move |value: &Value| value.as_str().is_some_and(test);
    let is_list = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    match () {
        () if all(&Value::is_boolean) => Kind::Bool,
        () if all(&Value::is_i64) => Kind::Integer,
        () if all(&Value::is_u64) => Kind::Large,
        () if all(&Value::is_number) => Kind::Number,
        () if all(&is_list) => Kind::Texts,
        () if all(&text(is_flag)) => Kind::Flag,
        () if all(&text(|t| parse_byte_size(t).is_some())) && values.iter().any(|v| has_unit(v)) => Kind::Size,
        () if all(&text(|t| t.contains('T') && parse_date_time(t).is_some())) => Kind::Time,
        () if all(&text(|t| t.contains(':') && parse_time_span(t).is_some())) => Kind::Span,
        () if all(&Value::is_string) => Kind::Text,
        () => Kind::Json,
    }
}

fn is_flag(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// `Unlimited` and `12` alone are no sign of a size.
fn has_unit(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("bytes)") || text.ends_with('B'))
}

/// Numbers of the service's own that tell a reader nothing.
fn is_noise(property: &str) -> bool {
    ["Guid", "Id", "DN", "Version", "Database", "Server", "Container"].iter().any(|end| property.ends_with(end))
        || ["Extension", "Custom", "Object", "Ps", "Legacy"].iter().any(|start| property.starts_with(start))
}

/// Fields of a report for which nobody asked for others.
const USUAL: usize = 6;

/// By which objects are told apart, best first.
const KEYS: &[&str] =
    &["UserPrincipalName", "PrimarySmtpAddress", "DomainName", "Name", "Identity", "User", "DisplayName", "Guid"];

/// What tells something of most objects.
const TELLING: &[&str] = &[
    "DisplayName",
    "RecipientTypeDetails",
    "TotalItemSize",
    "ItemCount",
    "LastLogonTime",
    "User",
    "Trustee",
    "AccessRights",
    "IsInherited",
    "Deny",
    "Severity",
    "Category",
    "Disabled",
    "Enabled",
    "State",
    "Status",
    "Mode",
    "Priority",
    "DomainType",
    "AutoForwardingMode",
    "ArchiveStatus",
    "LitigationHoldEnabled",
    "ProhibitSendReceiveQuota",
    "WhenCreatedUTC",
    "WhenChangedUTC",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn records(list: &Value) -> Vec<Record> {
        list.as_array().unwrap().iter().map(|record| record.as_object().unwrap().clone()).collect()
    }

    fn rust(values: &Value) -> String {
        let list: Vec<Value> = values.as_array().unwrap().iter().map(|value| json!({ "P": value })).collect();
        fields(&records(&json!(list))).first().map_or_else(|| "-".into(), Field::rust)
    }

    #[test]
    fn types_are_those_of_the_values() {
        assert_eq!(rust(&json!(["a", "b"])), "String");
        assert_eq!(rust(&json!([true, false])), "bool");
        assert_eq!(rust(&json!(["True", "False"])), "Flag");
        assert_eq!(rust(&json!([1, -2])), "i64");
        assert_eq!(rust(&json!([1, 18_446_744_073_709_551_615_u64])), "u64");
        assert_eq!(rust(&json!([1, 2.5])), "f64");
        assert_eq!(rust(&json!(["49.5 GB (53,150,220,288 bytes)", "Unlimited"])), "ByteSize");
        assert_eq!(rust(&json!(["Unlimited", "12"])), "String");
        assert_eq!(rust(&json!(["2026-01-31T08:15:00.1234567Z"])), "DateTime");
        assert_eq!(rust(&json!(["14.00:00:00", "00:15:00"])), "TimeSpan");
        assert_eq!(rust(&json!([[], ["a"]])), "Vec<String>");
        assert_eq!(rust(&json!([[1], ["a"]])), "exo_plugin::serde_json::Value");
        assert_eq!(rust(&json!(["a", 1])), "exo_plugin::serde_json::Value");
        assert_eq!(rust(&json!(["a", null])), "Option<String>");
        assert_eq!(rust(&json!([null, null])), "-");
    }

    #[test]
    fn absent_is_not_null() {
        let some = records(&json!([{"A": 1, "B": null}, {"B": 2}]));
        let types: Vec<String> = fields(&some).iter().map(Field::rust).collect();
        assert_eq!(types, ["Maybe<i64>", "Option<i64>"]);
    }

    #[test]
    fn the_key_is_a_text_that_tells_objects_apart() {
        let some = records(&json!([{"Name": "a", "Guid": "1", "Size": 1}, {"Name": "a", "Guid": "2", "Size": 2}]));
        let names = |select: &[&str]| {
            let select: Vec<String> = select.iter().map(|name| (*name).to_owned()).collect();
            chosen("Get-X", &some, &select).map(|c| c.into_iter().map(|f| f.property).collect::<Vec<_>>())
        };
        assert_eq!(names(&[]).unwrap().first().map(String::as_str), Some("Guid"));
        assert_eq!(names(&["size"]).unwrap(), ["Guid", "Size"]);
        assert!(names(&["Colour"]).unwrap_err().hint().unwrap().contains("Guid, Name, Size"));
        assert!(chosen("Get-X", &records(&json!([{"Size": 1}])), &[]).is_err());
    }

    #[test]
    fn annotations_and_odd_names_are_no_fields() {
        let some = records(&json!([{"A@data.type": "x", "@odata.id": "x", "Größe": "x", "Type": "x"}]));
        assert_eq!(fields(&some).iter().map(|f| f.ident.as_str()).collect::<Vec<_>>(), ["r#type"]);
    }
}

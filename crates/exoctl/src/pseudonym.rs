//! Other names for those of a tenant: same in, same out, nothing of the original.

use exo_plugin_wire::{parse_byte_size, parse_date_time, parse_time_span};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Replaces every text that could name somebody or something. Numbers, dates, sizes and the service's own words stay.
#[derive(Debug, Default)]
pub(crate) struct Pseudonyms {
    known: BTreeMap<String, String>,
}

impl Pseudonyms {
    /// Replaces the texts of a record.
    pub(crate) fn record(&mut self, record: &mut Map<String, Value>) {
        for (property, value) in record.iter_mut().filter(|(name, _)| !is_annotation(name)) {
            self.value(property, value);
        }
    }

    fn value(&mut self, property: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(property, text),
            Value::Array(list) => list.iter_mut().for_each(|value| self.value(property, value)),
            Value::Object(members) => members.iter_mut().for_each(|(name, value)| self.value(name, value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The text that stands for this one.
    pub(crate) fn text(&mut self, property: &str, text: &str) -> String {
        if is_harmless(property, text) {
            return text.to_owned();
        }
        if let Some((kind, address)) = text.split_once(':')
            && address.contains('@')
            && kind.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            return format!("{kind}:{}", self.text(property, address));
        }
        let number = self.known.len() + 1;
        let new = || match () {
            () if is_guid(text) => format!("00000000-0000-0000-0000-{number:012}"),
            () if text.contains('@') && !text.contains(' ') => format!("user{number}@contoso.com"),
            () if text.contains("://") => format!("https://contoso.com/{number}"),
            () => format!("{property} {number}"),
        };
        self.known.entry(text.to_lowercase()).or_insert_with(new).clone()
    }
}

/// Types of values that stand beside them.
fn is_annotation(name: &str) -> bool {
    name.contains("@data.type") || name.contains("@odata.type")
}

/// What names nobody: values that are no names, and single words of the service where its words stand.
fn is_harmless(property: &str, text: &str) -> bool {
    let word = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic() || b == b',' || b == b' ');
    text.is_empty()
        || ["true", "false", "unlimited", "none", "default"].iter().any(|known| text.eq_ignore_ascii_case(known))
        || text.parse::<f64>().is_ok() && text.len() < 4
        || text.ends_with("bytes)") && parse_byte_size(text).is_some()
        || text.contains('T') && parse_date_time(text).is_some()
        || text.contains(':') && parse_time_span(text).is_some()
        || word && WORDS.iter().any(|end| property.ends_with(end))
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// Ends of properties whose values are words of the service.
const WORDS: &[&str] = &[
    "Type",
    "TypeDetails",
    "Status",
    "State",
    "Mode",
    "Severity",
    "Category",
    "Workload",
    "AccessRights",
    "Action",
    "Level",
    "Kind",
    "Visibility",
    "InheritanceType",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn replaced(record: &Value) -> Value {
        let mut record = record.as_object().unwrap().clone();
        Pseudonyms::default().record(&mut record);
        Value::Object(record)
    }

    #[test]
    fn nothing_that_names_anybody_stays() {
        let said = replaced(&json!({
            "UserPrincipalName": "adele.vance@fabrikam.com",
            "DisplayName": "Adele Vance",
            "EmailAddresses": ["SMTP:adele.vance@fabrikam.com", "X500:/o=Fabrikam/cn=Adele"],
            "Guid": "7563b54c-541b-41f7-bc52-83c3447cab82",
            "Organization": {"Name": "Fabrikam", "Phone": "+49 30 1234567"},
            "Office": "Berlin",
            "Url": "https://fabrikam.sharepoint.com/sites/adele",
        }))
        .to_string()
        .to_lowercase();
        for name in ["adele", "vance", "fabrikam", "7563b54c", "1234567", "berlin"] {
            assert!(!said.contains(name), "{name}: {said}");
        }
        assert!(said.contains("smtp:user"), "{said}");
    }

    #[test]
    fn what_is_no_name_stays() {
        let record = json!({
            "RecipientTypeDetails": "SharedMailbox", "AccessRights": ["FullAccess, ReadPermission"],
            "TotalItemSize": "49.5 GB (53,150,220,288 bytes)", "WhenCreated": "2026-01-31T08:15:00Z", "Enabled": "True",
            "RetainDeletedItemsFor": "14.00:00:00", "ItemCount": 7, "Hidden": null, "Comment": "",
            "Size@data.type": "Microsoft.Exchange.Data.ByteQuantifiedSize",
        });
        assert_eq!(replaced(&record), record);
    }

    #[test]
    fn one_name_has_one_pseudonym_whatever_its_case() {
        let mut names = Pseudonyms::default();
        let mut texts = |text: &str| names.text("User", text);
        assert_eq!(texts("Adele@x.y"), texts("adele@X.Y"));
        assert_ne!(texts("adele@x.y"), texts("diego@x.y"));
    }
}

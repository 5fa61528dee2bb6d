//! Accounts, and small changes to records.

use exo_plugin::serde_json::Value;

pub(crate) const SELF: &str = "NT AUTHORITY\\SELF";
pub(crate) const SID: &str = "S-1-5-21-2034581724-1284409351-3912887463-1104";

/// The record with some properties changed; null stays null.
pub(crate) fn with(mut record: Value, changes: Value) -> Value {
    if let (Value::Object(record), Value::Object(changes)) = (&mut record, changes) {
        record.extend(changes);
    }
    record
}

/// The record without a property.
pub(crate) fn without(mut record: Value, property: &str) -> Value {
    record.as_object_mut().unwrap().remove(property);
    record
}

//! The reports of this library, through the table that the program uses, on a host without a tenant.

mod full_access;
mod send_as;

use exo_plugin::serde_json::Value;

const SELF: &str = "NT AUTHORITY\\SELF";
const SID: &str = "S-1-5-21-2034581724-1284409351-3912887463-1104";

/// The record with some properties changed; null stays null.
fn with(mut record: Value, changes: Value) -> Value {
    if let (Value::Object(record), Value::Object(changes)) = (&mut record, changes) {
        record.extend(changes);
    }
    record
}

/// The record without a property.
fn without(mut record: Value, property: &str) -> Value {
    record.as_object_mut().unwrap().remove(property);
    record
}

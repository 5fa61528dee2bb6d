//! Small changes to records, and what a check said.

use exo_plugin::Status;
use exo_plugin::fake::FakeRun;
use exo_plugin::serde_json::Value;

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

/// Subject and status of every finding.
pub(crate) fn told(run: &FakeRun) -> Vec<(String, Status)> {
    assert!(run.is_ok(), "{run:?}");
    run.findings().into_iter().map(|finding| (finding.subject, finding.status)).collect()
}

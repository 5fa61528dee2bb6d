//! Members of what Graph answers.

use serde_json::Value;

/// A text that is there and not empty.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The elements of a collection; none if it is not there.
pub(crate) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a member is this GUID, in whichever case.
pub(crate) fn is(object: &Value, name: &str, guid: &str) -> bool {
    text(object, name).is_some_and(|text| text.eq_ignore_ascii_case(guid))
}

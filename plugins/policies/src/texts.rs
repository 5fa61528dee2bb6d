//! Lists of texts that only describe: whatever form they come in, they must not decide whether a check can be made.

use exo_plugin::Maybe;
use exo_plugin::serde_json::Value;

/// The texts of a list or of a single text, without those that say nothing; none for null and for whatever is no text.
pub(crate) fn texts(property: &Maybe<Value>) -> Vec<&str> {
    let values = match property {
        Maybe::Value(Value::Array(values)) => values.as_slice(),
        Maybe::Value(value) => std::slice::from_ref(value),
        Maybe::Absent | Maybe::Null => &[],
    };
    values.iter().filter_map(Value::as_str).filter(|text| !text.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_plugin::serde_json::json;

    #[test]
    fn lists_come_in_several_forms() {
        assert_eq!(texts(&Maybe::Value(json!(["a", "", "b", 7]))), ["a", "b"]);
        assert_eq!(texts(&Maybe::Value(json!("a"))), ["a"]);
        for nothing in [Maybe::Absent, Maybe::Null, Maybe::Value(json!([])), Maybe::Value(json!({"a": 1}))] {
            assert!(texts(&nothing).is_empty());
        }
    }
}

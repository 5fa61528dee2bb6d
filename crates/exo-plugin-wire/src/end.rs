//! How a stream ended: its completeness, as JSON.

use crate::Error;
use exo_model::{Completeness, Gap, GapKind};
use serde_json::Value;

/// Reads the data of an `END`. A kind of gap that this version does not know counts as a failure.
///
/// ```
/// let end = exo_plugin_wire::parse_end(br#"{"pages":2,"records":3,"gaps":[{"kind":"eaten","what":"a page"}]}"#)?;
/// assert!(!end.is_complete());
/// # Ok::<(), exo_plugin_wire::Error>(())
/// ```
///
/// # Errors
///
/// When it is not the JSON of a completeness.
pub fn parse_end(data: &[u8]) -> Result<Completeness, Error> {
    let broken = |source| Error::Json { what: "the end of a stream", source };
    let mut value: Value = serde_json::from_slice(data).map_err(broken)?;
    let gaps = match value.get_mut("gaps").map(Value::take) {
        Some(Value::Array(gaps)) => gaps,
        _ => Vec::new(),
    };
    if let Some(object) = value.as_object_mut() {
        object.remove("gaps");
    }
    let mut end: Completeness = serde_json::from_value(value).map_err(broken)?;
    end.gaps = gaps.into_iter().map(gap).collect();
    Ok(end)
}

/// The data of an `END`.
///
/// # Errors
///
/// None in practice: a completeness is plain data.
pub fn write_end(end: &Completeness) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(end).map_err(|source| Error::Json { what: "the end of a stream", source })
}

/// Reads the body of a gap note. Whatever it is, something is missing: what cannot be read counts as a failure.
///
/// ```
/// let gap = exo_plugin_wire::parse_gap(br#"{"kind":"eaten","what":"a page"}"#);
/// assert_eq!((gap.kind, gap.what.as_str()), (exo_model::GapKind::Failed, "a page"));
/// ```
pub fn parse_gap(body: &[u8]) -> Gap {
    gap(serde_json::from_slice(body).unwrap_or_default())
}

fn gap(value: Value) -> Gap {
    let what = value.get("what").and_then(Value::as_str).unwrap_or("something").to_owned();
    serde_json::from_value(value).unwrap_or_else(|_| Gap::new(GapKind::Failed, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_comes_back_as_it_went() {
        let mut end = Completeness::default();
        end.pages = 3;
        end.limited = true;
        end.gaps.push(Gap::new(GapKind::Truncated, "the service has more"));
        end.warnings.push("There are more results".into());
        assert_eq!(parse_end(&write_end(&end).unwrap()).unwrap(), end);
        assert!(parse_end(br#"{"pages":0,"records":0}"#).unwrap().is_complete());
    }

    #[test]
    fn a_gap_of_another_time_is_a_gap() {
        let end = parse_end(br#"{"pages":1,"records":1,"gaps":[{"kind":"novel"},7]}"#).unwrap();
        assert_eq!(end.gaps.len(), 2);
        assert_eq!(parse_gap(b""), Gap::new(GapKind::Failed, "something"));
        assert!(parse_end(b"[]").is_err() && parse_end(b"").is_err());
    }
}

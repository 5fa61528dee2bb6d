//! The least and the most that a parameter takes.

use super::{ArgError, short, typed};
use crate::{Param, TimeSpan, parse_date_time, parse_time_span, spelling::UNLIMITED};
use exo_model::ColumnType;
use serde_json::Value;
use std::cmp::Ordering;

/// Refuses a value outside the bounds.
pub(super) fn check(param: &Param, value: &Value) -> Result<(), ArgError> {
    let compared = |bound: &Option<String>| {
        let bound = typed(param.kind, bound.as_deref()?)?;
        order(param.kind, value, &bound)
    };
    let inside =
        compared(&param.at_least) != Some(Ordering::Less) && compared(&param.at_most) != Some(Ordering::Greater);
    if inside {
        return Ok(());
    }
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Err(ArgError::Range { name: param.name.clone(), value: short(&value).into(), range: range(param).into() })
}

/// Whether the bounds of a declaration are values of its type, and of a type that has an order.
pub(crate) fn are_sound(param: &Param) -> bool {
    let sound = |bound: &Option<String>| {
        let Some(text) = bound.as_deref() else { return true };
        typed(param.kind, text).is_some_and(|bound| order(param.kind, &bound, &bound).is_some())
    };
    sound(&param.at_least) && sound(&param.at_most)
}

/// The bounds as a person reads them.
fn range(param: &Param) -> String {
    match (&param.at_least, &param.at_most) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "any".to_owned(),
    }
}

/// Which of two values of a type is greater; none for types without an order.
fn order(kind: ColumnType, a: &Value, b: &Value) -> Option<Ordering> {
    match kind {
        ColumnType::Integer => Some(integer(a)?.cmp(&integer(b)?)),
        ColumnType::Number => a.as_f64()?.partial_cmp(&b.as_f64()?),
        ColumnType::ByteSize => Some(size(a)?.cmp(&size(b)?)),
        ColumnType::Duration => seconds(a)?.partial_cmp(&seconds(b)?),
        ColumnType::DateTime => Some(parse_date_time(a.as_str()?)?.cmp(&parse_date_time(b.as_str()?)?)),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

fn size(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str().filter(|text| *text == "unlimited").map(|_| UNLIMITED))
}

fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str().and_then(parse_time_span).map(TimeSpan::as_secs_f64))
}

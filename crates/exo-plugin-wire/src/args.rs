//! Values of a report's parameters: from texts, by type, into JSON.

use crate::{Param, parse_byte_size, parse_date_time, parse_time_span, spelling::UNLIMITED};
use exo_model::{ColumnType, Diagnose, ErrorKind};
use serde_json::{Map, Value};
use std::borrow::Cow;

mod bounds;

pub(crate) use bounds::are_sound;

/// Why arguments cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the text of a variant says what its fields are")]
pub enum ArgError {
    /// No such parameter.
    #[error("there is no parameter `{name}`")]
    #[non_exhaustive]
    Unknown { name: String, known: Vec<String> },

    /// A word that belongs to no parameter.
    #[error("`{word}` belongs to no parameter; parameters begin with `--`")]
    #[non_exhaustive]
    Stray { word: String },

    /// A parameter without its value.
    #[error("parameter `{name}` needs a value: {expected}")]
    #[non_exhaustive]
    NoValue { name: String, expected: &'static str },

    /// A parameter given twice.
    #[error("parameter `{name}` is given twice")]
    #[non_exhaustive]
    Twice { name: String },

    /// A parameter that is needed.
    #[error("parameter `{name}` is needed: {expected}")]
    #[non_exhaustive]
    Missing { name: String, expected: &'static str },

    /// A text that is none of the choices.
    #[error("`{value}` is no value for parameter `{name}`, which takes one of {}", choices.join(", "))]
    #[non_exhaustive]
    Choice { name: String, value: String, choices: Vec<String> },

    /// A value below the least or above the most.
    #[error("`{value}` is no value for parameter `{name}`, which takes {range}")]
    #[non_exhaustive]
    Range { name: String, value: Box<str>, range: Box<str> },

    /// A value of another type.
    #[error("`{value}` is no value for parameter `{name}`, which takes {expected}")]
    #[non_exhaustive]
    Value { name: String, value: String, expected: &'static str },
}

impl Diagnose for ArgError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => Some("the report has no parameters".into()),
            Self::Unknown { known, .. } => Some(format!("there are: {}", known.join(", ")).into()),
            _ => None,
        }
    }
}

/// Reads the words of a command line: `--name value`, `--name=value`, and `--name` alone for a switch.
///
/// A list may be given several times, or once with commas. Defaults are filled in, so that the result is complete.
///
/// # Errors
///
/// An [`ArgError`] for the first word that cannot be used, or a parameter that is missing.
pub fn parse_words<S: AsRef<str>>(params: &[Param], words: &[S]) -> Result<Map<String, Value>, ArgError> {
    let mut given = Map::new();
    let mut words = words.iter().map(AsRef::as_ref).peekable();
    while let Some(word) = words.next() {
        let flag = word.strip_prefix("--").ok_or_else(|| ArgError::Stray { word: short(word) })?;
        let (name, inline) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
        let param = find(params, name)?;
        let text = match inline {
            Some(text) => text,
            None if param.kind == ColumnType::Bool => words.next_if(|w| truth(w).is_some()).unwrap_or("true"),
            None => words
                .next_if(|w| !w.starts_with("--"))
                .ok_or_else(|| ArgError::NoValue { name: param.name.clone(), expected: expected(param.kind) })?,
        };
        add(&mut given, param, parse_text(param, text)?)?;
    }
    complete(params, given)
}

/// Takes arguments from JSON: texts are read as on the command line, other values must be of the type.
///
/// # Errors
///
/// As [`parse_words`].
pub fn parse_json(params: &[Param], given: Map<String, Value>) -> Result<Map<String, Value>, ArgError> {
    let mut typed = Map::new();
    for (name, value) in given {
        let param = find(params, &name)?;
        let value = match value {
            Value::String(text) => parse_text(param, &text)?,
            Value::Null if param.optional => continue,
            value if fits(param.kind, &value) => allowed(param, value)?,
            value => return Err(bad(param, &value.to_string())),
        };
        add(&mut typed, param, value)?;
    }
    complete(params, typed)
}

/// Reads one value as a person writes it: `40 GB` for a size, `14d` for a span of time, `a,b` for a list.
///
/// # Errors
///
/// When the text is no value of the parameter's type.
pub fn parse_text(param: &Param, text: &str) -> Result<Value, ArgError> {
    let value = typed(param.kind, text).ok_or_else(|| bad(param, text))?;
    allowed(param, value)
}

/// A text as a value of the type.
fn typed(kind: ColumnType, text: &str) -> Option<Value> {
    match kind {
        ColumnType::String => Some(Value::from(text)),
        ColumnType::Bool => truth(text).map(Value::from),
        ColumnType::Integer => {
            text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
        }
        ColumnType::Number => text.parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from),
        ColumnType::DateTime => parse_date_time(text).map(|time| Value::from(time.to_string())),
        ColumnType::Duration => parse_time_span(text).map(|span| Value::from(span.to_string())),
        ColumnType::ByteSize => parse_byte_size(text).map(size),
        ColumnType::StringList => Some(list(text)),
        ColumnType::Json => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// The value, where it is among the choices and within the bounds.
fn allowed(param: &Param, value: Value) -> Result<Value, ArgError> {
    bounds::check(param, &value)?;
    chosen(param, value)
}

/// The choices in their own spelling, where there are choices.
fn chosen(param: &Param, value: Value) -> Result<Value, ArgError> {
    if param.choices.is_empty() {
        return Ok(value);
    }
    let choice = |text: &str| {
        let found = param.choices.iter().find(|choice| choice.eq_ignore_ascii_case(text)).cloned();
        found.map(Value::from).ok_or_else(|| ArgError::Choice {
            name: param.name.clone(),
            value: short(text),
            choices: param.choices.clone(),
        })
    };
    match value {
        Value::String(text) => choice(&text),
        Value::Array(texts) => texts.iter().map(|text| choice(text.as_str().unwrap_or_default())).collect(),
        other => Ok(other),
    }
}

fn size(bytes: u64) -> Value {
    if bytes == UNLIMITED { Value::from("unlimited") } else { Value::from(bytes) }
}

fn list(text: &str) -> Value {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect()
}

fn truth(text: &str) -> Option<bool> {
    match text.trim_start_matches('$').to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a JSON value that is no text can stand for the type.
fn fits(kind: ColumnType, value: &Value) -> bool {
    match kind {
        ColumnType::Bool => value.is_boolean(),
        ColumnType::Integer => value.is_i64() || value.is_u64(),
        ColumnType::Number | ColumnType::Duration => value.is_number(),
        ColumnType::ByteSize => value.is_u64(),
        ColumnType::StringList => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        ColumnType::Json => true,
        _ => false,
    }
}

fn add(given: &mut Map<String, Value>, param: &Param, value: Value) -> Result<(), ArgError> {
    match (given.get_mut(&param.name), value) {
        (None, value) => {
            given.insert(param.name.clone(), value);
            Ok(())
        }
        (Some(Value::Array(known)), Value::Array(more)) if param.kind == ColumnType::StringList => {
            known.extend(more);
            Ok(())
        }
        _ => Err(ArgError::Twice { name: param.name.clone() }),
    }
}

fn complete(params: &[Param], mut given: Map<String, Value>) -> Result<Map<String, Value>, ArgError> {
    for param in params {
        match &param.default {
            _ if given.contains_key(&param.name) => {}
            Some(default) => {
                given.insert(param.name.clone(), parse_text(param, default)?);
            }
            None if param.optional => {}
            None if param.kind == ColumnType::Bool => {
                given.insert(param.name.clone(), Value::Bool(false));
            }
            None => return Err(ArgError::Missing { name: param.name.clone(), expected: expected(param.kind) }),
        }
    }
    Ok(given)
}

fn find<'a>(params: &'a [Param], name: &str) -> Result<&'a Param, ArgError> {
    params.iter().find(|param| param.name == name).ok_or_else(|| ArgError::Unknown {
        name: short(name),
        known: params.iter().map(|param| param.name.clone()).collect(),
    })
}

fn bad(param: &Param, text: &str) -> ArgError {
    ArgError::Value { name: param.name.clone(), value: short(text), expected: expected(param.kind) }
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

const fn expected(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::String => "a text",
        ColumnType::Bool => "true or false",
        ColumnType::Integer => "a whole number",
        ColumnType::Number => "a number",
        ColumnType::DateTime => "a time such as 2026-01-31T08:00:00Z",
        ColumnType::Duration => "a span of time such as 14d, 36h or 14.00:00:00",
        ColumnType::ByteSize => "a size such as 40 GB",
        ColumnType::StringList => "a list such as a,b",
        _ => "JSON",
    }
}

#[cfg(test)]
mod tests;

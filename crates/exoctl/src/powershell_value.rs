//! A value as it is typed in PowerShell: `$true`, `a,b`, `@('a','b')`, `@{Add='a'; Remove='b'}`, numbers, texts.

use exo_catalog::ParameterKind;
use serde_json::{Map, Value};

/// Reads a value for a parameter of this kind; the error says what is wrong.
pub(crate) fn parse(kind: ParameterKind, text: &str) -> Result<Value, String> {
    match text.to_ascii_lowercase().as_str() {
        "$null" => return Ok(Value::Null),
        "$true" => return Ok(Value::Bool(true)),
        "$false" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if let Some(inner) = text.strip_prefix("@{") {
        return table(inner.strip_suffix('}').ok_or("the brace is not closed")?);
    }
    if let Some(inner) = text.strip_prefix("@(") {
        return list(inner.strip_suffix(')').ok_or("the bracket is not closed")?);
    }
    match kind {
        ParameterKind::Switch | ParameterKind::Bool => flag(text),
        ParameterKind::Integer => whole(text).ok_or_else(|| "it is not a whole number".into()),
        ParameterKind::Number => {
            let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            number.map(Value::Number).ok_or_else(|| "it is not a number".into())
        }
        ParameterKind::Unlimited => Ok(whole(text).unwrap_or_else(|| plain(text))),
        ParameterKind::List => list(text),
        ParameterKind::Hashtable | ParameterKind::HashtableList => Err("write it as @{Name='value'}".into()),
        ParameterKind::Credential | ParameterKind::SecureString => {
            Err("secrets are not taken from the command line".into())
        }
        ParameterKind::Bytes | ParameterKind::Object => Err("it cannot be written on the command line".into()),
        _ => Ok(plain(text)),
    }
}

fn flag(text: &str) -> Result<Value, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(Value::Bool(true)),
        "false" | "0" => Ok(Value::Bool(false)),
        _ => Err("write $true or $false".into()),
    }
}

fn whole(text: &str) -> Option<Value> {
    text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from)).ok()
}

/// Quotes around the whole are PowerShell's, not the value's; a doubled quote inside is one.
fn plain(text: &str) -> Value {
    let text = text.trim();
    for quote in ['\'', '"'] {
        let inner = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote));
        if let Some(inner) = inner {
            return Value::String(inner.replace(&format!("{quote}{quote}"), &quote.to_string()));
        }
    }
    Value::String(text.to_owned())
}

fn list(text: &str) -> Result<Value, String> {
    let items: Vec<Value> = split(text, ',')?.iter().map(|item| plain(item)).collect();
    Ok(Value::Array(if items == [Value::String(String::new())] { Vec::new() } else { items }))
}

fn table(text: &str) -> Result<Value, String> {
    let mut map = Map::new();
    for entry in split(text, ';')? {
        if entry.trim().is_empty() {
            continue;
        }
        let (name, value) = entry.split_once('=').ok_or("an entry has the form Name='value'")?;
        let items = split(value, ',')?;
        let value = if items.len() > 1 { list(value)? } else { parse(ParameterKind::String, value.trim())? };
        let name = plain(name);
        map.insert(name.as_str().unwrap_or_default().to_owned(), value);
    }
    Ok(Value::Object(map))
}

/// Cuts at a separator that stands in no quotes and no brackets.
fn split(text: &str, separator: char) -> Result<Vec<String>, String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    let mut depth = 0_u32;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.checked_sub(1).ok_or("a bracket is closed that was not opened")?,
            (None, c) if c == separator && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".into());
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_as_people_type_them() {
        let text = |t| parse(ParameterKind::String, t).unwrap();
        assert_eq!(text("$null"), json!(null));
        assert_eq!(text("a,b"), json!("a,b"), "a text keeps its comma");
        assert_eq!(text("'it''s'"), json!("it's"));
        assert_eq!(text("@{Add='a','b'; Remove=c}"), json!({"Add": ["a", "b"], "Remove": "c"}));
        assert_eq!(parse(ParameterKind::List, "a, 'b,c'").unwrap(), json!(["a", "b,c"]));
        assert_eq!(parse(ParameterKind::List, "@()").unwrap(), json!([]));
        assert_eq!(parse(ParameterKind::Unlimited, "Unlimited").unwrap(), json!("Unlimited"));
        assert_eq!(parse(ParameterKind::Integer, "-5").unwrap(), json!(-5));
        assert_eq!(parse(ParameterKind::Bool, "$false").unwrap(), json!(false));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(parse(ParameterKind::Integer, "ten").unwrap_err().contains("whole number"));
        assert!(parse(ParameterKind::List, "'a").unwrap_err().contains("quote"));
        assert!(parse(ParameterKind::String, "@{a=1").unwrap_err().contains("brace"));
        assert!(parse(ParameterKind::SecureString, "x").is_err());
    }
}

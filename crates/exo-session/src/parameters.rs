//! The body of a call: parameters as the service's open type wants them.

use crate::Error;
use exo_model::{CmdletName, Parameters};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The body of a call, in UTF-8 without mark.
pub(crate) fn body(cmdlet: &CmdletName, parameters: &Parameters) -> Result<Vec<u8>, Error> {
    let mut seen = HashSet::new();
    for (name, value) in parameters {
        let refuse = |why| Err(Error::Parameter { cmdlet: cmdlet.clone(), name: name.clone(), why });
        if !seen.insert(name.to_ascii_lowercase()) {
            return refuse("it is given twice, in two spellings");
        }
        if !fits(value, DEEPEST) {
            return refuse("it is nested deeper than 10 levels");
        }
    }
    let mut out = br#"{"CmdletInput":{"CmdletName":"#.to_vec();
    text(&mut out, cmdlet.as_str());
    out.extend_from_slice(br#","Parameters":{"#);
    for (index, (name, value)) in parameters.iter().enumerate() {
        separate(&mut out, index);
        match value {
            Value::String(filter) if FILTERS.iter().any(|f| f.eq_ignore_ascii_case(name)) => {
                text(&mut out, name);
                out.push(b':');
                text(&mut out, &quoted_constants(filter));
            }
            _ => member(&mut out, name, value, parameters.contains_key(&annotation(name))),
        }
    }
    out.extend_from_slice(b"}}}");
    Ok(out)
}

/// A member, and before it the annotation of its type where it is a list of tables.
fn member(out: &mut Vec<u8>, name: &str, value: &Value, annotated: bool) {
    if !annotated && let Some(kind) = element_type(value) {
        text(out, &annotation(name));
        out.push(b':');
        text(out, &format!("#Collection({kind})"));
        out.push(b',');
    }
    text(out, name);
    out.push(b':');
    encode(out, value, true);
}

/// A value; `named` says that an annotation can stand beside it, which it cannot in a list.
fn encode(out: &mut Vec<u8>, value: &Value, named: bool) {
    match value {
        Value::Object(table) => {
            out.push(b'{');
            if !table.contains_key(TYPE) {
                text(out, TYPE);
                out.push(b':');
                text(out, &format!("#{TABLE}"));
                if !table.is_empty() {
                    out.push(b',');
                }
            }
            members(out, table, false);
            out.push(b'}');
        }
        Value::Array(list) => {
            let tables = named && element_type(value).is_some();
            out.push(b'[');
            for (index, element) in list.iter().enumerate() {
                separate(out, index);
                match element {
                    // The type of all stands beside the list.
                    Value::Object(table) if tables => {
                        out.push(b'{');
                        members(out, table, true);
                        out.push(b'}');
                    }
                    _ => encode(out, element, false),
                }
            }
            out.push(b']');
        }
        Value::String(string) => text(out, string),
        scalar => out.extend_from_slice(scalar.to_string().as_bytes()),
    }
}

/// The members of a table, a type annotation first, as `serde_json`'s order of names has it.
fn members(out: &mut Vec<u8>, table: &Map<String, Value>, untyped: bool) {
    let wanted = table.iter().filter(|(name, _)| !untyped || *name != TYPE);
    for (index, (name, value)) in wanted.enumerate() {
        separate(out, index);
        member(out, name, value, table.contains_key(&annotation(name)));
    }
}

/// The type of a list's elements, if they are tables, and all of one type.
fn element_type(value: &Value) -> Option<&str> {
    let list = value.as_array()?;
    let kind = |element: &'_ Value| -> Option<String> {
        let named = element.as_object()?.get(TYPE).and_then(Value::as_str).unwrap_or(TABLE);
        Some(named.trim_start_matches('#').to_owned())
    };
    let first = kind(list.first()?)?;
    if !list.iter().all(|element| kind(element).as_deref() == Some(&first)) {
        return None;
    }
    let named = list.first()?.as_object()?.get(TYPE).and_then(Value::as_str);
    Some(named.map_or(TABLE, |name| name.trim_start_matches('#')))
}

/// `$true` and `$false` outside of quotes become texts, as the service's filters want them.
fn quoted_constants(filter: &str) -> String {
    let mut out = String::with_capacity(filter.len());
    let mut quoted = false;
    let mut rest = filter;
    while let Some(next) = rest.chars().next() {
        if next == '\'' {
            quoted = !quoted;
        }
        let constant =
            if quoted { None } else { CONSTANTS.iter().find_map(|(from, to)| Some((strip(rest, from)?, to))) };
        if let Some((after, to)) = constant {
            out.push_str(to);
            rest = after;
        } else {
            out.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// What follows `word`, which is compared without case and must end where it ends.
fn strip<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (ends && head.eq_ignore_ascii_case(word)).then_some(rest)
}

/// Whether a value has at most so many levels of lists and tables; no more than one beyond them are looked at.
fn fits(value: &Value, levels: usize) -> bool {
    let inside = |element: &Value| levels > 0 && fits(element, levels - 1);
    match value {
        Value::Array(list) => levels > 0 && list.iter().all(inside),
        Value::Object(table) => levels > 0 && table.values().all(inside),
        _ => true,
    }
}

fn annotation(name: &str) -> String {
    format!("{name}{TYPE}")
}

fn separate(out: &mut Vec<u8>, index: usize) {
    if index > 0 {
        out.push(b',');
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(Value::from(text).to_string().as_bytes());
}

const TYPE: &str = "@odata.type";
const TABLE: &str = "Exchange.GenericHashTable";
const DEEPEST: usize = 10;
const FILTERS: &[&str] = &["Filter", "RecipientFilter", "RecipientPreviewFilter"];
const CONSTANTS: &[(&str, &str)] = &[("$true", "'True'"), ("$false", "'False'")];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn encoded(parameters: Value) -> String {
        let parameters: Parameters = serde_json::from_value(parameters).unwrap();
        let body = body(&"Set-Mailbox".parse().unwrap(), &parameters).unwrap();
        let text = String::from_utf8(body).unwrap();
        let inner = text.strip_prefix(r#"{"CmdletInput":{"CmdletName":"Set-Mailbox","Parameters":"#).unwrap();
        inner.strip_suffix("}}").unwrap().to_owned()
    }

    #[test]
    fn parameters_are_an_object_even_when_there_are_none() {
        assert_eq!(encoded(json!({})), "{}");
    }

    #[test]
    fn scalars_and_lists_stay_what_they_are() {
        assert_eq!(
            encoded(
                json!({"A": "ü\"", "B": 18_446_744_073_709_551_615_u64, "C": true, "D": null, "E": ["x", 1], "F": []})
            ),
            r#"{"A":"ü\"","B":18446744073709551615,"C":true,"D":null,"E":["x",1],"F":[]}"#
        );
    }

    #[test]
    fn tables_are_annotated_at_every_depth() {
        assert_eq!(
            encoded(json!({"EmailAddresses": {"Add": ["smtp:a@b.c"], "Inner": {}}})),
            r##"{"EmailAddresses":{"@odata.type":"#Exchange.GenericHashTable","Add":["smtp:a@b.c"],"Inner":{"@odata.type":"#Exchange.GenericHashTable"}}}"##
        );
    }

    #[test]
    fn a_list_of_tables_has_its_type_beside_it() {
        assert_eq!(
            encoded(json!({"Rules": [{"A": 1, "T": {"B": [{"C": 2}]}}, {}]})),
            r##"{"Rules@odata.type":"#Collection(Exchange.GenericHashTable)","Rules":[{"A":1,"T":{"@odata.type":"#Exchange.GenericHashTable","B@odata.type":"#Collection(Exchange.GenericHashTable)","B":[{"C":2}]}},{}]}"##
        );
    }

    #[test]
    fn types_that_the_caller_names_are_kept() {
        let delta = r##"{"E":{"@odata.type":"#Exchange.StringFieldDeltaUpdateData","Add":["a"]}}"##;
        assert_eq!(encoded(serde_json::from_str(delta).unwrap()), delta);
        assert_eq!(
            encoded(
                json!({"F": [{"@odata.type": "#Exchange.ByteArrayType", "Data": [1]}, {"@odata.type": "#Exchange.ByteArrayType", "Data": []}]})
            ),
            r##"{"F@odata.type":"#Collection(Exchange.ByteArrayType)","F":[{"Data":[1]},{"Data":[]}]}"##
        );
        let annotated = json!({"F@odata.type": "#Collection(X)", "F": [{"Data": [1]}]});
        assert_eq!(encoded(annotated.clone()), r##"{"F":[{"Data":[1]}],"F@odata.type":"#Collection(X)"}"##);
    }

    #[test]
    fn constants_in_filters_become_texts() {
        let filter = |text: &str| encoded(json!({"filter": text}));
        assert_eq!(filter("A -eq $true -or B -eq $False"), r#"{"filter":"A -eq 'True' -or B -eq 'False'"}"#);
        assert_eq!(filter("A -eq '$true' -and B -eq $trueish"), r#"{"filter":"A -eq '$true' -and B -eq $trueish"}"#);
        assert_eq!(filter("ä -eq 'it''s' -or C -eq($TRUE)"), r#"{"filter":"ä -eq 'it''s' -or C -eq('True')"}"#);
        assert_eq!(encoded(json!({"Name": "$true"})), r#"{"Name":"$true"}"#);
    }

    /// Any JSON of a few levels.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-e]{1,3}", inner, 0..5).prop_map(|t| t.into_iter().collect()),
            ]
        })
    }

    /// A value without the annotations that were put into it.
    fn plain(value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(plain).collect(),
            Value::Object(table) => {
                let members = table.iter().filter(|(name, _)| !name.ends_with(TYPE));
                members.map(|(name, value)| (name.clone(), plain(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// Whether each table that is no element of an annotated list says what it is.
    fn annotated(value: &Value) -> bool {
        match value {
            Value::Array(list) => list.iter().all(annotated),
            Value::Object(table) => {
                table.contains_key(TYPE)
                    && table.iter().all(|(name, value)| {
                        let list = table.contains_key(&annotation(name));
                        let inside = |element: &Value| element.as_object().is_some_and(|t| !t.contains_key(TYPE));
                        if list { value.as_array().is_some_and(|l| l.iter().all(inside)) } else { annotated(value) }
                    })
            }
            _ => true,
        }
    }

    proptest! {
        #[test]
        fn any_value_arrives_with_its_tables_annotated(value in values()) {
            let sent: Value = serde_json::from_str(&encoded(json!({"P": [value.clone(), 1]}))).unwrap();
            prop_assert_eq!(&plain(&sent["P"][0]), &value);
            prop_assert!(annotated(&sent["P"][0]), "{}", sent);
        }
    }

    #[test]
    fn what_the_service_would_cut_is_refused() {
        let mut value = json!(1);
        for _ in 0..10 {
            value = json!([value]);
        }
        let cmdlet = "Set-Mailbox".parse().unwrap();
        let with = |value: Value| Parameters::from([("P".to_owned(), value)]);
        assert!(body(&cmdlet, &with(value.clone())).is_ok());
        assert!(
            matches!(body(&cmdlet, &with(json!({ "a": value }))), Err(Error::Parameter { name, .. }) if name == "P")
        );
        let twice = Parameters::from([("identity".to_owned(), json!(1)), ("Identity".to_owned(), json!(1))]);
        assert!(matches!(body(&cmdlet, &twice), Err(Error::Parameter { .. })));
    }
}

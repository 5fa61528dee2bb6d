//! `$filter` of a list: comparisons of a property with a text, joined by `and` and `or`.

use serde_json::Value;

use super::failure::Failure;

/// A filter: one of the alternatives has to hold, with all of its conditions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Filter(Vec<Vec<Condition>>);

#[derive(Debug, PartialEq, Eq)]
struct Condition {
    property: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    StartsWith,
    /// One of the texts of a list is equal.
    Any,
}

impl Filter {
    /// Reads a filter over these properties.
    pub(crate) fn parse(text: &str, properties: &[&str]) -> Result<Self, Failure> {
        let bad = || Failure::bad(format!("Invalid filter clause: '{text}' cannot be parsed."));
        let words = words(text).ok_or_else(bad)?;
        let alternatives = split(&words, "or").into_iter().map(|words| {
            split(words, "and").into_iter().map(|words| Condition::parse(words).ok_or_else(bad)).collect()
        });
        let filter = Self(alternatives.collect::<Result<_, Failure>>()?);
        let is_known = |condition: &&Condition| properties.contains(&condition.property.as_str());
        match filter.0.iter().flatten().find(|condition| !is_known(condition)) {
            Some(Condition { property, .. }) => {
                Err(Failure::bad(format!("Invalid filter clause: Could not find a property named '{property}'.")))
            }
            None => Ok(filter),
        }
    }

    /// Whether an object passes.
    pub(crate) fn takes(&self, object: &Value) -> bool {
        self.0.iter().any(|all| all.iter().all(|condition| condition.holds(object)))
    }
}

impl Condition {
    fn parse(words: &[Word]) -> Option<Self> {
        let plain: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let (property, operator, values) = match (words, plain.as_slice()) {
            ([_, operator, value], [property, ..]) if !operator.quoted => match operator.text.as_str() {
                "eq" => ((*property).to_owned(), Operator::Equal, vec![value.text.clone()]),
                "ne" => ((*property).to_owned(), Operator::Unequal, vec![value.text.clone()]),
                _ => return None,
            },
            (_, ["startswith", "(", property, ",", value, ")"]) => {
                ((*property).to_owned(), Operator::StartsWith, vec![(*value).to_owned()])
            }
            (_, [property, "in", "(", values @ .., ")"]) => {
                let values = values.iter().filter(|value| **value != ",").map(|value| (*value).to_owned()).collect();
                ((*property).to_owned(), Operator::Equal, values)
            }
            (_, [list, "(", variable, ":", same, "eq", value, ")"]) if variable == same => {
                (list.strip_suffix("/any")?.to_owned(), Operator::Any, vec![(*value).to_owned()])
            }
            _ => return None,
        };
        Some(Self { property, operator, values })
    }

    fn holds(&self, object: &Value) -> bool {
        let found = object.get(&self.property).unwrap_or(&Value::Null);
        let text = |value: &Value| match value {
            Value::String(text) => text.to_lowercase(),
            other => other.to_string(),
        };
        let is_wanted = |value: &Value| self.values.iter().any(|wanted| wanted.to_lowercase() == text(value));
        match self.operator {
            Operator::Equal => is_wanted(found),
            Operator::Unequal => !is_wanted(found),
            Operator::StartsWith => self.values.iter().any(|start| text(found).starts_with(&start.to_lowercase())),
            Operator::Any => found.as_array().is_some_and(|list| list.iter().any(is_wanted)),
        }
    }
}

#[derive(Debug)]
struct Word {
    text: String,
    quoted: bool,
}

/// The parts between the words that join them.
fn split<'w>(words: &'w [Word], joint: &str) -> Vec<&'w [Word]> {
    words.split(|word| !word.quoted && word.text.eq_ignore_ascii_case(joint)).collect()
}

/// Splits at blanks and signs outside quotes; a doubled quote inside quotes is one.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => {}
            '\'' => {
                let mut inside = String::new();
                loop {
                    let c = rest.next()?;
                    if c != '\'' {
                        inside.push(c);
                    } else if rest.next_if_eq(&'\'').is_some() {
                        inside.push('\'');
                    } else {
                        break;
                    }
                }
                words.push(Word { text: inside, quoted: true });
            }
            '(' | ')' | ',' | ':' => words.push(Word { text: c.to_string(), quoted: false }),
            first => {
                let mut word = String::from(first);
                while let Some(c) = rest.next_if(|c| !c.is_whitespace() && !"(),:'".contains(*c)) {
                    word.push(c);
                }
                words.push(Word { text: word, quoted: false });
            }
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn takes(filter: &str) -> bool {
        let object = json!({"appId": "A-1", "displayName": "It's one", "on": true, "names": ["x", "https://y/z"]});
        Filter::parse(filter, &["appId", "displayName", "on", "names"]).unwrap().takes(&object)
    }

    #[test]
    fn comparisons_have_no_case_and_are_joined() {
        assert!(takes("appId eq 'a-1'"));
        assert!(takes("displayName eq 'it''s one' and on eq true"));
        assert!(!takes("appId ne 'a-1'"));
        assert!(takes("appId eq 'b' or startswith(displayName, 'It')"));
        assert!(takes("appId in ('b','a-1')"));
        assert!(takes("names/any(n:n eq 'https://y/z')") && !takes("names/any(n:n eq 'z')"));
        assert!(!takes("appId eq 'a-1' and displayName eq 'and'"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in ["", "appId", "appId eq", "appId like 'a'", "appId eq 'a", "notes eq 'a'", "appId eq 'a' and"] {
            assert_eq!(Filter::parse(bad, &["appId"]).unwrap_err().status, 400, "{bad}");
        }
    }
}

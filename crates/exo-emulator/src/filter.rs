//! `Filter` in its simple forms: comparisons joined by `-and`.

use crate::cmdlet_error::CmdletError;

/// A parsed filter.
#[derive(Debug)]
pub(crate) struct Filter(Vec<Comparison>);

#[derive(Debug)]
struct Comparison {
    property: String,
    operator: Operator,
    /// None is `$null`.
    value: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Like,
    NotLike,
    Greater,
    Less,
}

/// Properties that may be compared; the same that `Get-Mailbox` can tell the text of.
const PROPERTIES: [&str; 19] = [
    "alias",
    "name",
    "identity",
    "id",
    "displayname",
    "userprincipalname",
    "primarysmtpaddress",
    "windowsemailaddress",
    "recipienttypedetails",
    "recipienttype",
    "forwardingaddress",
    "forwardingsmtpaddress",
    "delivertomailboxandforward",
    "litigationholdenabled",
    "hiddenfromaddresslistsenabled",
    "archivestatus",
    "exchangeguid",
    "guid",
    "externaldirectoryobjectid",
];

impl Filter {
    pub(crate) fn parse(text: &str) -> Result<Self, CmdletError> {
        let bad = || {
            let exception = "Microsoft.Exchange.Data.ParsingInvalidFilterOperator";
            CmdletError::new(400, exception, format!("Invalid filter syntax: \"{text}\"."))
        };
        let words = words(text).ok_or_else(bad)?;
        let mut comparisons = Vec::new();
        let mut rest = words.as_slice();
        loop {
            let [property, operator, value, tail @ ..] = rest else { return Err(bad()) };
            comparisons.push(comparison(property, operator, value).ok_or_else(bad)?);
            match tail {
                [] => return Ok(Self(comparisons)),
                [joint, more @ ..] if joint.text.eq_ignore_ascii_case("-and") => rest = more,
                _ => return Err(bad()),
            }
        }
    }

    /// Whether an object passes, given the text of its properties.
    pub(crate) fn takes(&self, property: impl Fn(&str) -> Option<String>) -> bool {
        self.0.iter().all(|comparison| {
            let actual = property(&comparison.property).map(|text| text.to_lowercase());
            comparison.holds(actual.as_deref())
        })
    }
}

impl Comparison {
    fn holds(&self, actual: Option<&str>) -> bool {
        let (Some(actual), Some(wanted)) = (actual, self.value.as_deref()) else {
            let equal = actual.is_none() == self.value.is_none();
            return match self.operator {
                Operator::Equal | Operator::Like => equal,
                Operator::Unequal | Operator::NotLike => !equal,
                Operator::Greater | Operator::Less => false,
            };
        };
        match self.operator {
            Operator::Equal => actual == wanted,
            Operator::Unequal => actual != wanted,
            Operator::Like => is_like(actual, wanted),
            Operator::NotLike => !is_like(actual, wanted),
            Operator::Greater => actual > wanted,
            Operator::Less => actual < wanted,
        }
    }
}

/// Wildcards stand at the start or the end only.
fn is_like(actual: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => actual.contains(rest.trim_end_matches('*')),
        (Some(rest), None) => actual.ends_with(rest),
        (None, Some(rest)) => actual.starts_with(rest),
        (None, None) => actual == pattern,
    }
}

#[derive(Debug)]
struct Word {
    text: String,
    quoted: bool,
}

fn comparison(property: &Word, operator: &Word, value: &Word) -> Option<Comparison> {
    let name = property.text.to_lowercase();
    if property.quoted || operator.quoted || !PROPERTIES.contains(&name.as_str()) {
        return None;
    }
    let operator = match operator.text.to_lowercase().as_str() {
        "-eq" => Operator::Equal,
        "-ne" => Operator::Unequal,
        "-like" => Operator::Like,
        "-notlike" => Operator::NotLike,
        "-gt" => Operator::Greater,
        "-lt" => Operator::Less,
        _ => return None,
    };
    let text = value.text.to_lowercase();
    let value = match text.as_str() {
        "$null" if !value.quoted => None,
        "$true" => Some("true".to_owned()),
        "$false" => Some("false".to_owned()),
        _ if value.quoted || !text.starts_with(['-', '$']) => Some(text),
        _ => return None,
    };
    Some(Comparison { property: name, operator, value })
}

/// Splits at blanks outside quotes; a doubled quote inside quotes is one. Parentheses are left out.
fn words(text: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() || matches!(c, '(' | ')' | '{' | '}') => {}
            quote @ ('\'' | '"') => {
                let mut inside = String::new();
                loop {
                    let c = rest.next()?;
                    if c != quote {
                        inside.push(c);
                    } else if rest.next_if_eq(&quote).is_some() {
                        inside.push(quote);
                    } else {
                        break;
                    }
                }
                words.push(Word { text: inside, quoted: true });
            }
            first => {
                let mut word = String::from(first);
                while let Some(c) = rest.next_if(|c| !c.is_whitespace() && !matches!(c, '(' | ')')) {
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

    fn takes(filter: &str, value: Option<&str>) -> bool {
        Filter::parse(filter).unwrap().takes(|_| value.map(str::to_owned))
    }

    #[test]
    fn comparisons_have_no_case() {
        assert!(takes("Alias -eq 'Ana'", Some("ana")));
        assert!(!takes("alias -ne 'ana'", Some("Ana")));
        assert!(takes("DisplayName -like '*o''brien*'", Some("Fiona O'Brien (x)")));
        assert!(takes("Alias -like 'an*'", Some("ana")));
        assert!(!takes("Alias -notlike '*na'", Some("ana")));
        assert!(takes("Alias -gt \"ana\"", Some("ben")));
        assert!(!takes("Alias -lt 'ana'", Some("ben")));
    }

    #[test]
    fn null_and_truth_have_their_words() {
        assert!(takes("ForwardingSmtpAddress -ne $null", Some("smtp:a@b")));
        assert!(!takes("ForwardingSmtpAddress -ne $null", None));
        assert!(takes("(LitigationHoldEnabled -eq 'True')", Some("True")));
        assert!(takes("LitigationHoldEnabled -eq $true -and Alias -like '*'", Some("True")));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "",
            "Alias",
            "Alias -eq",
            "Alias eq 'a'",
            "Nonsense -eq 'a'",
            "Alias -eq 'a",
            "Alias -eq 'a' -or Alias -eq 'b'",
        ] {
            assert_eq!(Filter::parse(bad).unwrap_err().status, 400, "{bad}");
        }
    }
}

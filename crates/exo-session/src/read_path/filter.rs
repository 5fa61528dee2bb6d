//! A filter in PowerShell's words (`Alias -like 'a*'`) as one of OData (`startswith(Alias,'a')`).

/// The filter in the words of OData, or why it has none there.
///
/// Microsoft documents the operators that `Get-EXO…` takes; what goes beyond them is not guessed at.
pub(super) fn odata(filter: &str) -> Result<String, String> {
    let mut words = Words { rest: filter };
    let mut out = String::with_capacity(filter.len());
    any(&mut words, &mut out, 0)?;
    match words.next()? {
        None => Ok(out),
        Some(word) => Err(format!("the filter goes on with `{}` after its end", word.shown())),
    }
}

/// A word of a filter.
#[derive(Debug, Clone, PartialEq)]
enum Word<'a> {
    Open,
    Close,
    /// A text in quotes, as it stands between them with doubled quotes made single.
    Text(String),
    /// An operator, a property, a number or a variable.
    Bare(&'a str),
}

impl Word<'_> {
    fn shown(&self) -> &str {
        match self {
            Self::Open => "(",
            Self::Close => ")",
            Self::Text(text) => text,
            Self::Bare(word) => word,
        }
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self, Self::Bare(word) if word.eq_ignore_ascii_case(operator))
    }
}

struct Words<'a> {
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Result<Option<Word<'a>>, String> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        let after = self.rest.get(first.len_utf8()..).unwrap_or_default();
        let word = match first {
            '(' | '{' => Word::Open,
            ')' | '}' => Word::Close,
            '\'' | '"' => return self.text(after, first).map(Some),
            _ => {
                let end = self.rest.find(|c: char| c.is_whitespace() || "(){}'\"".contains(c));
                let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                return Ok(Some(Word::Bare(word)));
            }
        };
        self.rest = after;
        Ok(Some(word))
    }

    fn text(&mut self, mut rest: &'a str, quote: char) -> Result<Word<'a>, String> {
        let mut text = String::new();
        loop {
            let (part, after) = rest.split_once(quote).ok_or("the filter has a quote without its end")?;
            text.push_str(part);
            let Some(more) = after.strip_prefix(quote) else {
                self.rest = after;
                return Ok(Word::Text(text));
            };
            text.push(quote);
            rest = more;
        }
    }

    fn peek(&self) -> Result<Option<Word<'a>>, String> {
        Words { rest: self.rest }.next()
    }

    fn expect(&mut self) -> Result<Word<'a>, String> {
        self.next()?.ok_or_else(|| "the filter breaks off".to_owned())
    }
}

/// Conditions that are joined.
fn any(words: &mut Words<'_>, out: &mut String, depth: u32) -> Result<(), String> {
    let mut before = None;
    loop {
        one(words, out, depth)?;
        let joint = match words.peek()? {
            Some(word) if word.is("-and") => " and ",
            Some(word) if word.is("-or") => " or ",
            _ => return Ok(()),
        };
        // Which of them binds first is not the same in both languages.
        if before.replace(joint).is_some_and(|before| before != joint) {
            return Err("the filter mixes -and with -or without brackets".to_owned());
        }
        words.next()?;
        out.push_str(joint);
    }
}

fn one(words: &mut Words<'_>, out: &mut String, depth: u32) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("the filter is nested too deep".to_owned());
    }
    match words.expect()? {
        Word::Open => {
            out.push('(');
            any(words, out, depth + 1)?;
            out.push(')');
            match words.expect()? {
                Word::Close => Ok(()),
                other => Err(format!("the filter has `{}` where a bracket should close", other.shown())),
            }
        }
        word if word.is("-not") => {
            out.push_str("not ");
            one(words, out, depth + 1)
        }
        Word::Bare(property) if is_name(property) => {
            out.push_str(&comparison(words, property)?);
            Ok(())
        }
        other => Err(format!("the filter has `{}` where a property should be", other.shown())),
    }
}

fn comparison(words: &mut Words<'_>, property: &str) -> Result<String, String> {
    let (operator, value) = (words.expect()?, words.expect()?);
    if operator.is("-like") || operator.is("-notlike") {
        let Word::Text(pattern) = &value else { return Err("the filter compares `-like` with no text".to_owned()) };
        let not = if operator.is("-notlike") { "not " } else { "" };
        return Ok(format!("{not}{}", like(property, pattern)?));
    }
    let simple = OPERATORS.iter().find(|(opath, _)| operator.is(opath));
    let (_, odata) =
        simple.ok_or_else(|| format!("the filter has `{}`, which has no counterpart", operator.shown()))?;
    let value = match value {
        Word::Text(text) => quoted(&text),
        Word::Bare(word) if word.eq_ignore_ascii_case("$null") => "null".to_owned(),
        Word::Bare(word) if word.eq_ignore_ascii_case("$true") => "true".to_owned(),
        Word::Bare(word) if word.eq_ignore_ascii_case("$false") => "false".to_owned(),
        Word::Bare(number) if number.parse::<f64>().is_ok_and(f64::is_finite) => number.to_owned(),
        other => return Err(format!("the filter has `{}` where a value should be, in quotes", other.shown())),
    };
    Ok(format!("{property} {odata} {value}"))
}

/// A pattern with stars at its ends; one in the middle has no counterpart.
fn like(property: &str, pattern: &str) -> Result<String, String> {
    let (open, inner) = pattern.strip_prefix('*').map_or((false, pattern), |inner| (true, inner));
    let (ends, inner) = inner.strip_suffix('*').map_or((false, inner), |inner| (true, inner));
    if inner.is_empty() || inner.contains('*') {
        return Err(format!("the filter has the pattern `{pattern}`, which has no counterpart"));
    }
    let function = match (open, ends) {
        (false, true) => "startswith",
        (true, false) => "endswith",
        (true, true) => "contains",
        (false, false) => return Ok(format!("({property} eq {})", quoted(inner))),
    };
    Ok(format!("{function}({property},{})", quoted(inner)))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

const OPERATORS: &[(&str, &str)] = &[("-eq", "eq"), ("-ne", "ne"), ("-gt", "gt"), ("-lt", "lt")];
const DEEPEST: u32 = 50;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn documented_operators_have_counterparts() {
        for (opath, expected) in [
            ("RecipientTypeDetails -eq 'SharedMailbox'", "RecipientTypeDetails eq 'SharedMailbox'"),
            ("Alias -LIKE 'a*' -And (Name -ne \"b\" -or X -gt 5)", "startswith(Alias,'a') and (Name ne 'b' or X gt 5)"),
            ("DisplayName -like '*O''Brien*'", "contains(DisplayName,'O''Brien')"),
            ("A -notlike '*x' -and -not (B -lt 'c')", "not endswith(A,'x') and not (B lt 'c')"),
            ("A -notlike 'x'", "not (A eq 'x')"),
            ("{ForwardingAddress -ne $null}", "(ForwardingAddress ne null)"),
            ("A -eq $TRUE -or B -eq $false", "A eq true or B eq false"),
            ("A -eq '-and (B'", "A eq '-and (B'"),
        ] {
            assert_eq!(odata(opath).as_deref(), Ok(expected), "{opath}");
        }
    }

    #[test]
    fn all_else_is_refused_in_words() {
        for (opath, part) in [
            ("", "breaks off"),
            ("Alias", "breaks off"),
            ("Alias -eq", "breaks off"),
            ("Alias -match 'a'", "-match"),
            ("Alias -like 'a*b'", "a*b"),
            ("Alias -like '*'", "pattern"),
            ("Alias -like $null", "no text"),
            ("Alias -eq bob", "bob"),
            ("Alias -eq 'a", "quote"),
            ("(Alias -eq 'a'", "breaks off"),
            ("(Alias -eq 'a' 'b')", "bracket"),
            ("Alias -eq 'a')", "after its end"),
            ("A -eq 'a' -or B -eq 'b' -and C -eq 'c'", "brackets"),
            ("-and", "-and"),
            ("a/b eq -eq 'x'", "a/b"),
        ] {
            let why = odata(opath).unwrap_err();
            assert!(why.contains(part), "{opath}: {why}");
        }
        assert!(odata(&"(".repeat(100_000)).unwrap_err().contains("deep"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in r#"[-a-z '"(){}$*0-9\x{e4}]*"#) {
            drop(odata(&text));
        }

        #[test]
        fn a_value_never_leaves_its_quotes(value in "[^*]+") {
            let doubled = value.replace('\'', "''");
            prop_assert_eq!(odata(&format!("A -eq '{doubled}'")), Ok(format!("A eq '{doubled}'")));
        }
    }
}

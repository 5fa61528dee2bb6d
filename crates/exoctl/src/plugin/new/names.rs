//! Names in a new plugin: of the crate, of its types, of fields for properties.

use crate::failure::{Failure, Result};

/// A plugin's name that Cargo, Rust and the manifest take.
pub(crate) fn checked(name: &str) -> Result<&str> {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().all(inside);
    if !good {
        return Err(Failure::usage(format!("`{}` cannot be a plugin's name", name.escape_debug()))
            .hinted("a-z, 0-9 and single hyphens inside, a letter first, 64 at most: mailbox-list"));
    }
    let taken = is_keyword(name) || RESERVED.contains(&name);
    if taken || name.starts_with("exo-plugin") {
        return Err(Failure::usage(format!("`{name}` is a name that Cargo or Rust keeps for itself"))
            .hinted(format!("add a word: {name}-report")));
    }
    Ok(name)
}

/// `mailbox-list` as a crate of Rust: `mailbox_list`.
pub(crate) fn crate_ident(name: &str) -> String {
    name.replace('-', "_")
}

/// `mailbox-list` as a type: `MailboxList`.
pub(crate) fn type_name(name: &str) -> String {
    name.split('-').map(capital).collect()
}

/// A type's name that is neither of the SDK nor used already.
pub(crate) fn free(name: String, suffix: &str, taken: &[&str]) -> String {
    if PRELUDE.contains(&name.as_str()) || taken.contains(&name.as_str()) { name + suffix } else { name }
}

/// The field for a property, and whether the derive finds the property by the field's name.
pub(crate) fn field(property: &str) -> (String, bool) {
    let snake = snake(property);
    let snake = if snake.starts_with(|c: char| c.is_ascii_digit()) { format!("property_{snake}") } else { snake };
    let found = snake.split('_').map(capital).collect::<String>() == property;
    match snake.as_str() {
        "self" | "super" | "crate" => (format!("property_{snake}"), false),
        word if is_keyword(word) => (format!("r#{snake}"), found),
        _ => (snake, found),
    }
}

/// `WhenChangedUTC` as `when_changed_utc`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut out = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after_small = before.is_some_and(|c| !c.is_ascii_uppercase());
        let before_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && before.is_some() && (after_small || before_small) {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Words of the language, those kept for later among them.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Cargo's own, crates that every library knows or that the SDK brings, and devices of Windows.
const RESERVED: &[&str] = &[
    "alloc",
    "async-trait",
    "aux",
    "build",
    "bytes",
    "con",
    "core",
    "deps",
    "examples",
    "exo-catalog",
    "exo-model",
    "futures-util",
    "incremental",
    "nul",
    "prn",
    "proc-macro",
    "sdk",
    "serde",
    "serde-json",
    "std",
    "test",
    "thiserror",
];

/// What `use exo_plugin::prelude::*` and Rust's own prelude bring, and what the report itself uses.
const PRELUDE: &[&str] = &[
    "Args",
    "Box",
    "ByteSize",
    "Clone",
    "Completeness",
    "Copy",
    "Cx",
    "DateTime",
    "Debug",
    "Default",
    "Deserialize",
    "Drop",
    "Eq",
    "Err",
    "Error",
    "FailureKind",
    "Finding",
    "Flag",
    "Fn",
    "From",
    "Into",
    "Iterator",
    "Line",
    "Maybe",
    "Misses",
    "MultiText",
    "None",
    "Ok",
    "Option",
    "Ord",
    "Page",
    "Pages",
    "Params",
    "Record",
    "Report",
    "Result",
    "Row",
    "Rows",
    "Self",
    "Send",
    "Service",
    "Severity",
    "Some",
    "Status",
    "StreamExt",
    "String",
    "Sync",
    "Text",
    "TimeSpan",
    "TryStreamExt",
    "Vec",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_plugins_are_those_that_cargo_and_the_manifest_take() {
        for good in ["a", "mailbox-list", "x1", "test-report"] {
            assert!(checked(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "..", "a b", "1a", "ä", "a\n", &"a".repeat(65)] {
            assert!(checked(bad).is_err(), "{bad}");
        }
        for kept in ["test", "std", "async", "exo-plugin", "serde-json", "nul"] {
            assert!(checked(kept).unwrap_err().text().contains("keeps for itself"), "{kept}");
        }
    }

    #[test]
    fn fields_are_found_by_the_derive_or_named() {
        assert_eq!(field("UserPrincipalName"), ("user_principal_name".to_owned(), true));
        assert_eq!(field("WhenChangedUTC"), ("when_changed_utc".to_owned(), false));
        assert_eq!(field("Type"), ("r#type".to_owned(), true));
        assert_eq!(field("Self"), ("property_self".to_owned(), false));
        assert_eq!(field("ObjectId1"), ("object_id1".to_owned(), true));
        assert_eq!(field("2ndName"), ("property_2nd_name".to_owned(), false));
    }

    #[test]
    fn types_do_not_hide_those_of_the_sdk() {
        assert_eq!(free(type_name("mailbox-list"), "Report", &[]), "MailboxList");
        assert_eq!(free(type_name("finding"), "Report", &[]), "FindingReport");
        assert_eq!(free("Mailbox".into(), "Record", &["Mailbox"]), "MailboxRecord");
    }
}

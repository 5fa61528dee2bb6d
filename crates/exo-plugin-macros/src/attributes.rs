//! What all macros read: fields, documentation, names in their several forms.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Expr, Field, Fields, Ident, Lit, Meta, Result, Token, Type};

/// The named fields of a struct, or an error that says what is wanted.
pub(crate) fn fields<'a>(item: &'a DeriveInput, derive: &str) -> Result<&'a Punctuated<Field, Token![,]>> {
    if let Data::Struct(data) = &item.data
        && let Fields::Named(fields) = &data.fields
    {
        return Ok(&fields.named);
    }
    Err(syn::Error::new_spanned(&item.ident, format!("`{derive}` is for structs with named fields")))
}

/// The first paragraph of a documentation comment, as one line.
pub(crate) fn about(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|a| a.path().is_ident("doc")).filter_map(|a| match &a.meta {
        Meta::NameValue(pair) => text_of(&pair.value),
        _ => None,
    });
    let paragraph: Vec<_> = lines
        .map(|line| line.trim().to_owned())
        .skip_while(String::is_empty)
        .take_while(|line| !line.is_empty())
        .collect();
    paragraph.join(" ").trim_end_matches('.').to_owned()
}

/// A literal text.
pub(crate) fn text_of(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        Expr::Group(group) => text_of(&group.expr),
        _ => None,
    }
}

/// Whether the last word of a type is this one.
pub(crate) fn is_called(kind: &Type, name: &str) -> bool {
    match kind {
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == name),
        Type::Group(group) => is_called(&group.elem, name),
        _ => false,
    }
}

/// An error if two fields have one name.
pub(crate) fn unique(what: &str, names: &[(&Ident, String)]) -> Result<()> {
    for (at, (ident, name)) in names.iter().enumerate() {
        if names.iter().take(at).any(|(_, other)| other == name) {
            return Err(syn::Error::new_spanned(ident, format!("{what} `{name}` is declared twice")));
        }
    }
    Ok(())
}

/// The words of a name, in small letters, whichever form it has.
fn words(name: &str) -> Vec<String> {
    let name = name.strip_prefix("r#").unwrap_or(name);
    let mut words: Vec<String> = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let after_small = at > 0 && letters.get(at - 1).is_some_and(|c| !c.is_uppercase());
        let before_small = letters.get(at + 1).is_some_and(|c| c.is_lowercase());
        if *letter == '_' || (letter.is_uppercase() && (after_small || before_small)) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| *letter != '_') {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `ArchiveGap` or `archive_gap` as `archive-gap`.
pub(crate) fn kebab(name: &str) -> String {
    words(name).join("-")
}

/// `archive_gap` as `ArchiveGap`.
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capital(word)).collect()
}

/// A field's name by a rule of serde's `rename_all`.
pub(crate) fn renamed(name: &str, rule: &str, at: Span) -> Result<String> {
    let plain = name.strip_prefix("r#").unwrap_or(name);
    Ok(match rule {
        "PascalCase" => pascal(plain),
        "camelCase" => {
            let words = words(plain);
            let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
            rest.iter().fold(first.to_owned(), |name, word| name + &capital(word))
        }
        "lowercase" | "snake_case" => plain.to_owned(),
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => plain.to_uppercase(),
        "kebab-case" => kebab(plain),
        "SCREAMING-KEBAB-CASE" => kebab(plain).to_uppercase(),
        _ => return Err(syn::Error::new(at, format!("`{rule}` is no rule of names; the service's is `PascalCase`"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_their_form() {
        assert_eq!(kebab("ArchiveGap"), "archive-gap");
        assert_eq!(kebab("SCCAlerts"), "scc-alerts");
        assert_eq!(kebab("r#type"), "type");
        assert_eq!(pascal("user_principal_name"), "UserPrincipalName");
        assert_eq!(pascal("r#type"), "Type");
        assert_eq!(renamed("item_count", "camelCase", Span::call_site()).unwrap(), "itemCount");
        assert!(renamed("a", "StrangeCase", Span::call_site()).is_err());
    }
}

//! The forms of names: kebab-case for plugins, reports and parameters, `snake_case` for columns.

use crate::Error;

/// No name is longer.
const LONGEST: usize = 64;

/// `mailbox-sizes`: letters `a-z`, digits, single hyphens inside; begins with a letter.
pub(crate) fn kebab(what: &'static str, name: &str) -> Result<(), Error> {
    form(what, name, b'-', "a-z, 0-9 and hyphens, a letter first")
}

/// `item_count`: letters `a-z`, digits, single underscores inside; begins with a letter.
pub(crate) fn snake(what: &'static str, name: &str) -> Result<(), Error> {
    form(what, name, b'_', "a-z, 0-9 and underscores, a letter first")
}

/// `ResultSize`: letters and digits.
pub(crate) fn word(what: &'static str, name: &str) -> Result<(), Error> {
    let good = !name.is_empty() && name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if good { Ok(()) } else { Err(bad(what, name, "letters and digits")) }
}

/// `1.4.2-rc.1`: what Cargo allows in a version.
pub(crate) fn version(text: &str) -> Result<(), Error> {
    let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+');
    let good = text.len() <= LONGEST && text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(letters);
    if good { Ok(()) } else { Err(bad("version", text, "1.2.3, digits first")) }
}

fn form(what: &'static str, name: &str, joint: u8, form: &'static str) -> Result<(), Error> {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == joint;
    let bytes = name.as_bytes();
    let good = bytes.len() <= LONGEST
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last() != Some(&joint)
        && bytes.iter().all(|b| inside(*b))
        && !bytes.windows(2).any(|pair| pair == [joint, joint]);
    if good { Ok(()) } else { Err(bad(what, name, form)) }
}

fn bad(what: &'static str, name: &str, form: &'static str) -> Error {
    let name = name.chars().filter(|c| !c.is_control()).take(LONGEST + 1).collect();
    Error::Name { what, name, form }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_pass() {
        for good in ["a", "mailbox-sizes", "x1"] {
            assert!(kebab("report", good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "..", "a b", "1a", "a\0", "ä", &"a".repeat(65)] {
            assert!(kebab("report", bad).is_err(), "{bad}");
        }
        assert!(snake("column", "item_count").is_ok() && snake("column", "item-count").is_err());
        assert!(version("1.4.2-rc.1+x").is_ok() && version("x").is_err() && version("1/2").is_err());
    }
}

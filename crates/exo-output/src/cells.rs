//! Where the cells of a row stand, found without building a tree.

use crate::Error;
use exo_model::Page;
use std::borrow::Cow;

/// The rows of a batch as texts, looked at once for all; where a batch is no text as a whole, each row by itself.
pub(crate) fn texts(batch: &Page) -> impl Iterator<Item = Result<&str, Error>> {
    let whole = std::str::from_utf8(batch.body()).ok();
    batch.spans().iter().zip(batch.records()).map(move |(span, row)| {
        match whole.and_then(|text| text.get(span.start as usize..span.end as usize)) {
            Some(text) => Ok(text),
            None => std::str::from_utf8(row).map_err(|e| Error::Malformed { offset: e.valid_up_to() }),
        }
    })
}

/// Walks over the values of one JSON array.
///
/// Strings are held to JSON's rule that control characters are escaped, so that a line break in a value is always
/// white space and never data.
pub(crate) struct Cells<'a> {
    text: &'a str,
    at: usize,
    seen: usize,
}

impl<'a> Cells<'a> {
    /// Begins a row, or a list in a cell.
    pub(crate) fn of(text: &'a str) -> Result<Self, Error> {
        let mut cells = Self { text, at: 0, seen: 0 };
        cells.skip_space();
        cells.take(b'[').then_some(()).ok_or_else(|| cells.malformed())?;
        Ok(cells)
    }

    /// The next cell, as it stands in the row; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<&'a str>, Error> {
        self.skip_space();
        if self.take(b']') {
            self.skip_space();
            return if self.at == self.text.len() { Ok(None) } else { Err(self.malformed()) };
        }
        if self.seen > 0 && !self.take(b',') {
            return Err(self.malformed());
        }
        self.skip_space();
        let start = self.at;
        self.at = value_end(self.text.as_bytes(), start).ok_or_else(|| self.malformed())?;
        self.seen += 1;
        self.text.get(start..self.at).map(Some).ok_or_else(|| self.malformed())
    }

    /// The next cell of a row that is known to have `columns` of them.
    pub(crate) fn expect(&mut self, columns: usize) -> Result<&'a str, Error> {
        self.next()?.ok_or(Error::Cells { expected: columns, found: self.seen })
    }

    /// Ends a row that is known to have `columns` cells.
    pub(crate) fn end(&mut self, columns: usize) -> Result<(), Error> {
        while self.next()?.is_some() {}
        if self.seen == columns { Ok(()) } else { Err(Error::Cells { expected: columns, found: self.seen }) }
    }

    fn skip_space(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(there);
        there
    }

    fn malformed(&self) -> Error {
        Error::Malformed { offset: self.at }
    }
}

/// A cell's text where it is a JSON string; other cells as they stand.
pub(crate) fn plain(cell: &str) -> Cow<'_, str> {
    let Some(inner) = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')) else {
        return Cow::Borrowed(cell);
    };
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    // Half a surrogate pair is no text; the escapes are shown then.
    serde_json::from_str(cell).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// The texts of a list, with a separator between them.
pub(crate) fn joined(list: &str, separator: &str) -> Result<String, Error> {
    let mut cells = Cells::of(list)?;
    let mut text = String::with_capacity(list.len());
    while let Some(cell) = cells.next()? {
        if cells.seen > 1 {
            text.push_str(separator);
        }
        text.push_str(&plain(cell));
    }
    Ok(text)
}

/// The offset after the value that begins at `at`.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let literal = |word: &[u8]| bytes.get(at..)?.starts_with(word).then_some(at + word.len());
    match bytes.get(at)? {
        b'"' => string_end(bytes, at),
        b'[' | b'{' => nested_end(bytes, at),
        b't' => literal(b"true"),
        b'f' => literal(b"false"),
        b'n' => literal(b"null"),
        b'-' | b'0'..=b'9' => Some(number_end(bytes, at)),
        _ => None,
    }
}

fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at += exo_model::literal_length(bytes.get(at..)?);
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => return None,
        }
    }
}

fn nested_end(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut at, mut depth) = (at, 0_usize);
    loop {
        match *bytes.get(at)? {
            b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn number_end(bytes: &[u8], at: usize) -> usize {
    let part = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|b| part(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(row: &str) -> Option<Vec<&str>> {
        let mut cells = Cells::of(row).ok()?;
        let mut found = Vec::new();
        while let Some(cell) = cells.next().ok()? {
            found.push(cell);
        }
        Some(found)
    }

    #[test]
    fn cells_are_slices_of_the_row() {
        let row = r#" [ "a,]\"" , -1.5e9,true ,null,{"a":["]}"]}, [] ] "#;
        let cells = [r#""a,]\"""#, "-1.5e9", "true", "null", r#"{"a":["]}"]}"#, "[]"];
        assert_eq!(all(row).unwrap(), cells);
        assert_eq!(all("[]").unwrap(), Vec::<&str>::new());
    }

    #[test]
    fn what_is_no_array_of_values_is_refused() {
        for bad in [
            "",
            "{}",
            "[",
            "[1",
            "[1,",
            "[1 2]",
            "[,1]",
            "[1,]",
            "[1]x",
            "[\"a\nb\"]",
            "[\"a]",
            "[\"\\",
            "[[1]",
            "[abc]",
        ] {
            assert!(all(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn one_row_that_is_no_text_does_not_spoil_the_others() {
        let page = Page::from_records([b"[1]".as_slice(), b"[\"\xff\"]", "[\"\u{e4}\"]".as_bytes()]);
        let found: Vec<_> = texts(&page).map(Result::ok).collect();
        assert_eq!(found, [Some("[1]"), None, Some("[\"\u{e4}\"]")]);
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_stands() {
        for length in 0..40 {
            let inner = "x".repeat(length);
            for (tail, ends) in
                [("\"", true), ("\\\"\"", true), ("\u{e4}\u{7f}\"", true), ("\u{1f}\"", false), ("", false)]
            {
                let text = format!("\"{inner}{tail}");
                let end = string_end(text.as_bytes(), 0);
                assert_eq!(end, ends.then_some(text.len()), "{text:?}");
            }
        }
    }

    #[test]
    fn escapes_are_resolved_and_half_pairs_shown() {
        assert_eq!(plain(r#""a\u00e9\n""#), "aé\n");
        assert_eq!(plain(r#""\ud800""#), r"\ud800");
        assert_eq!(plain("12"), "12");
        assert_eq!(joined(r#"["a","b\"",1]"#, "; ").unwrap(), "a; b\"; 1");
    }
}

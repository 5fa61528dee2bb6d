//! CSV after RFC 4180, with cells that a spreadsheet would run made harmless.

use crate::cells::{Cells, joined, plain, texts};
use crate::sink::{CHUNK, Output};
use crate::{Error, Sink, SinkOptions};
use exo_model::{Column, ColumnType, Page};
use std::borrow::Cow;
use std::io::Write;

/// Comma-separated values with a header line.
pub(crate) struct CsvSink {
    out: Output,
    columns: Vec<Column>,
    buffer: Vec<u8>,
    line_end: &'static [u8],
    begun: bool,
}

impl CsvSink {
    pub(crate) fn new(columns: &[Column], out: Box<dyn Write + Send>, options: &SinkOptions) -> Self {
        let line_end: &[u8] = if options.crlf { b"\r\n" } else { b"\n" };
        let buffer = Vec::with_capacity(2 * CHUNK);
        Self { out: Output::new(out), columns: columns.to_vec(), buffer, line_end, begun: false }
    }

    fn header(&mut self) {
        if !self.begun {
            self.begun = true;
            for (i, column) in self.columns.iter().enumerate() {
                if i > 0 {
                    self.buffer.push(b',');
                }
                field(&mut self.buffer, &defused(Cow::Borrowed(&column.name)));
            }
            self.end_line(0);
        }
    }

    fn row(&mut self, row: &str) -> Result<(), Error> {
        let start = self.buffer.len();
        let gathered = self.fields(row);
        if gathered.is_err() {
            self.buffer.truncate(start);
        }
        gathered
    }

    fn fields(&mut self, row: &str) -> Result<(), Error> {
        let start = self.buffer.len();
        let count = self.columns.len();
        let mut cells = Cells::of(row)?;
        for (i, column) in self.columns.iter().enumerate() {
            let cell = cells.expect(count)?;
            if i > 0 {
                self.buffer.push(b',');
            }
            match harmless(cell) {
                Some(text) => self.buffer.extend_from_slice(text.as_bytes()),
                None => field(&mut self.buffer, &text_of(column.kind, cell)?),
            }
        }
        cells.end(count)?;
        self.end_line(start);
        Ok(())
    }

    /// A line of one empty field would be no line to many readers.
    fn end_line(&mut self, start: usize) {
        if self.buffer.len() == start && !self.columns.is_empty() {
            self.buffer.extend_from_slice(b"\"\"");
        }
        self.buffer.extend_from_slice(self.line_end);
    }
}

impl Sink for CsvSink {
    fn rows(&mut self, batch: &Page) -> Result<(), Error> {
        self.header();
        for row in texts(batch) {
            let written = row.and_then(|row| self.row(row));
            self.out.after(&mut self.buffer, written)?;
        }
        self.out.drain(&mut self.buffer)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.header();
        self.out.drain(&mut self.buffer)?;
        self.out.flush()
    }
}

/// The text of a cell that is written as it stands, which is nearly all: nothing to unescape, to defuse or to quote.
///
/// Without an escape there is neither quote nor control character inside.
fn harmless(cell: &str) -> Option<&str> {
    let text = cell.strip_prefix('"')?.strip_suffix('"')?;
    let [first, .., last] = text.as_bytes() else { return None };
    let inside = memchr::memchr2(b'\\', b',', text.as_bytes()).is_none();
    // Above ASCII some first letters are formulas, too.
    (first.is_ascii_alphanumeric() && *last != b' ' && inside).then_some(text)
}

/// What a cell says in CSV. Numbers, `true` and `false` are no formulas, whatever they start with.
fn text_of(kind: ColumnType, cell: &str) -> Result<Cow<'_, str>, Error> {
    Ok(match cell.as_bytes().first() {
        Some(b'n') => Cow::Borrowed(""),
        Some(b'"') => defused(plain(cell)),
        Some(b'[') if kind == ColumnType::StringList => defused(Cow::Owned(joined(cell, "; ")?)),
        _ => Cow::Borrowed(cell),
    })
}

/// Puts an apostrophe before what a spreadsheet would take for a formula, and shows NUL, at which some readers stop.
fn defused(text: Cow<'_, str>) -> Cow<'_, str> {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    let text = if memchr::memchr(0, text.as_bytes()).is_some() { text.replace('\0', "\u{fffd}").into() } else { text };
    if runs { Cow::Owned(format!("'{text}")) } else { text }
}

/// Appends a field, quoted where it has to be.
fn field(buffer: &mut Vec<u8>, text: &str) {
    let special = |b: &u8| matches!(b, b',' | b'"' | b'\n' | b'\r');
    let quoted = text.as_bytes().iter().any(special) || text.starts_with(' ') || text.ends_with(' ');
    if !quoted {
        buffer.extend_from_slice(text.as_bytes());
        return;
    }
    buffer.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            buffer.push(b'"');
        }
        buffer.push(byte);
    }
    buffer.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_left_alone() {
        let text = |kind, cell| text_of(kind, cell).unwrap().into_owned();
        for (cell, expected) in [
            (r#""=1+1""#, "'=1+1"),
            (r#""+49 30""#, "'+49 30"),
            (r#""-1""#, "'-1"),
            (r#""@a""#, "'@a"),
            (r#""\tx""#, "'\tx"),
            (r#""\r=1""#, "'\r=1"),
            (r#""＝1""#, "'＝1"),
            (r#""a=1""#, "a=1"),
            (r#""a\u0000b""#, "a\u{fffd}b"),
            ("-5", "-5"),
            ("null", ""),
            ("false", "false"),
        ] {
            assert_eq!(text(ColumnType::String, cell), expected, "{cell}");
        }
        assert_eq!(text(ColumnType::Integer, "-5"), "-5");
        assert_eq!(text(ColumnType::StringList, r#"["=a","b"]"#), "'=a; b");
        assert_eq!(text(ColumnType::Json, r#"["=a","b"]"#), r#"["=a","b"]"#);
    }
}

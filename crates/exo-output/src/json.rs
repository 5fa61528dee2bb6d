//! JSON and NDJSON: the cells are copied, with the columns' names before them.

use crate::cells::{Cells, texts};
use crate::sink::{CHUNK, Output};
use crate::{Error, Sink};
use exo_model::{Column, Page};
use std::io::Write;

/// Objects, one per line, with or without an array around them.
pub(crate) struct JsonSink {
    out: Output,
    /// What stands before each cell: `{"name":` or `,"name":`.
    before: Vec<Vec<u8>>,
    buffer: Vec<u8>,
    array: bool,
    any: bool,
}

impl JsonSink {
    pub(crate) fn lines(columns: &[Column], out: Box<dyn Write + Send>) -> Self {
        let before = columns.iter().enumerate().map(|(i, column)| {
            let start = if i == 0 { '{' } else { ',' };
            format!("{start}{}:", serde_json::Value::from(column.name.as_str())).into_bytes()
        });
        let before = before.collect();
        Self { out: Output::new(out), before, buffer: Vec::with_capacity(2 * CHUNK), array: false, any: false }
    }

    pub(crate) fn array(columns: &[Column], out: Box<dyn Write + Send>) -> Self {
        Self { array: true, ..Self::lines(columns, out) }
    }

    /// Gathers one object; what was gathered of a bad row is taken back.
    fn row(&mut self, row: &str) -> Result<(), Error> {
        let start = self.buffer.len();
        let gathered = self.object(row);
        if gathered.is_err() {
            self.buffer.truncate(start);
        }
        gathered
    }

    fn object(&mut self, row: &str) -> Result<(), Error> {
        if self.array {
            self.buffer.extend_from_slice(if self.any { b",\n" } else { b"[\n" });
        }
        let count = self.before.len();
        let mut cells = Cells::of(row)?;
        for before in &self.before {
            let cell = cells.expect(count)?.as_bytes();
            self.buffer.extend_from_slice(before);
            copy(cell, &mut self.buffer);
        }
        cells.end(count)?;
        self.buffer.extend_from_slice(match (count, self.array) {
            (0, true) => b"{}",
            (0, false) => b"{}\n",
            (_, true) => b"}",
            (_, false) => b"}\n",
        });
        self.any = true;
        Ok(())
    }
}

impl Sink for JsonSink {
    fn rows(&mut self, batch: &Page) -> Result<(), Error> {
        for row in texts(batch) {
            let written = row.and_then(|row| self.row(row));
            self.out.after(&mut self.buffer, written)?;
        }
        self.out.drain(&mut self.buffer)
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.array {
            self.buffer.extend_from_slice(if self.any { b"\n]\n" } else { b"[]\n" });
        }
        self.out.drain(&mut self.buffer)?;
        self.out.flush()
    }
}

/// Copies a cell; line breaks between the tokens of a nested value are left out, so that a row stays on its line.
fn copy(cell: &[u8], buffer: &mut Vec<u8>) {
    let nested = matches!(cell.first(), Some(b'[' | b'{'));
    if nested && memchr::memchr2(b'\n', b'\r', cell).is_some() {
        buffer.extend(cell.iter().filter(|b| !matches!(b, b'\n' | b'\r')));
    } else {
        buffer.extend_from_slice(cell);
    }
}

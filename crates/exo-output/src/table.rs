//! A table for people, written as rows come.

use crate::cells::{Cells, joined, plain, texts};
use crate::sink::Output;
use crate::{Error, Sink, SinkOptions, readable, terminal};
use exo_model::{Column, ColumnType, Page};
use std::borrow::Cow;
use std::io::Write;

/// Columns with two spaces between them; the first rows are held back to find the widths.
pub(crate) struct TableSink {
    out: Output,
    columns: Vec<Column>,
    limit: Option<usize>,
    held: Vec<Vec<String>>,
    /// Known after the held rows were written.
    widths: Option<Vec<usize>>,
    buffer: Vec<u8>,
}

impl TableSink {
    pub(crate) fn new(columns: &[Column], out: Box<dyn Write + Send>, options: &SinkOptions) -> Self {
        Self {
            out: Output::new(out),
            columns: columns.to_vec(),
            limit: options.width,
            held: Vec::new(),
            widths: None,
            buffer: Vec::new(),
        }
    }

    fn row(&mut self, row: &str) -> Result<(), Error> {
        let cells = self.cells(row)?;
        match self.widths.take() {
            Some(widths) => {
                self.line(&cells, &widths);
                self.widths = Some(widths);
            }
            None => self.held.push(cells),
        }
        if self.held.len() >= HELD {
            self.begin();
        }
        Ok(())
    }

    fn cells(&self, row: &str) -> Result<Vec<String>, Error> {
        let count = self.columns.len();
        let mut cells = Cells::of(row)?;
        let mut texts = Vec::with_capacity(count);
        for column in &self.columns {
            let text = terminal::neutral(text_of(column.kind, cells.expect(count)?)?);
            // What cannot be shown need not be held; a number is shown whole.
            texts.push(match self.limit {
                Some(most) if !stands_right(column.kind) => terminal::cut(&text, most).into_owned(),
                _ => text.into_owned(),
            });
        }
        cells.end(count)?;
        Ok(texts)
    }

    /// Finds the widths, and writes the header and what was held back.
    fn begin(&mut self) {
        let held = std::mem::take(&mut self.held);
        let widths = self.measure(&held);
        let names: Vec<_> =
            self.columns.iter().map(|c| terminal::neutral(c.name.as_str().into()).into_owned()).collect();
        self.line(&names, &widths);
        let rule: Vec<_> = widths.iter().map(|width| "─".repeat(*width)).collect();
        self.line(&rule, &widths);
        for row in &held {
            self.line(row, &widths);
        }
        self.widths = Some(widths);
    }

    fn measure(&self, held: &[Vec<String>]) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|c| terminal::width(&c.name)).collect();
        for row in held {
            for (widest, text) in widths.iter_mut().zip(row) {
                *widest = terminal::width(text).max(*widest);
            }
        }
        let fixed: Vec<bool> = self.columns.iter().zip(&widths).map(|(c, width)| is_fixed(c.kind, *width)).collect();
        match self.limit {
            Some(limit) => {
                // What tells one row from another gives way last.
                let told: Vec<bool> = self.columns.iter().zip(&fixed).map(|(c, fixed)| c.key || *fixed).collect();
                fit(&mut widths, &told, limit);
                fit(&mut widths, &fixed, limit);
            }
            None => widths.iter_mut().for_each(|width| *width = (*width).min(WIDEST)),
        }
        widths
    }

    /// Gathers a line; without a limit a long text pushes the rest to the right.
    fn line(&mut self, texts: &[String], widths: &[usize]) {
        let start = self.buffer.len();
        for (i, ((text, width), column)) in texts.iter().zip(widths).zip(&self.columns).enumerate() {
            let right = stands_right(column.kind);
            // A number that is cut is another number.
            let text =
                if self.limit.is_some() && !right { terminal::cut(text, *width) } else { Cow::Borrowed(text.as_str()) };
            let pad = width.saturating_sub(terminal::width(&text));
            if i > 0 {
                self.buffer.extend_from_slice(b"  ");
            }
            let (before, after) = if right { (pad, 0) } else { (0, pad) };
            self.buffer.extend(std::iter::repeat_n(b' ', before));
            self.buffer.extend_from_slice(text.as_bytes());
            self.buffer.extend(std::iter::repeat_n(b' ', after));
        }
        while self.buffer.len() > start && self.buffer.last() == Some(&b' ') {
            self.buffer.pop();
        }
        self.buffer.push(b'\n');
    }
}

impl Sink for TableSink {
    fn rows(&mut self, batch: &Page) -> Result<(), Error> {
        for row in texts(batch) {
            let written = row.and_then(|row| self.row(row));
            self.out.after(&mut self.buffer, written)?;
        }
        self.out.drain(&mut self.buffer)
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.widths.is_none() {
            self.begin();
        }
        self.out.drain(&mut self.buffer)?;
        self.out.flush()
    }
}

/// What a cell says to people.
fn text_of(kind: ColumnType, cell: &str) -> Result<Cow<'_, str>, Error> {
    if cell == "null" {
        return Ok(Cow::Borrowed(""));
    }
    Ok(match kind {
        ColumnType::ByteSize => readable::size(cell),
        ColumnType::Duration => readable::duration(cell),
        ColumnType::StringList if cell.starts_with('[') => Cow::Owned(joined(cell, "; ")?),
        ColumnType::DateTime => match plain(cell) {
            Cow::Borrowed(text) => readable::time(text),
            Cow::Owned(text) => Cow::Owned(text),
        },
        _ => plain(cell),
    })
}

/// Numbers stand on the right and are never cut.
fn stands_right(kind: ColumnType) -> bool {
    matches!(kind, ColumnType::Integer | ColumnType::Number | ColumnType::ByteSize | ColumnType::Duration)
}

/// Half a time says nothing either; an odd text in such a column gives way all the same.
fn is_fixed(kind: ColumnType, width: usize) -> bool {
    stands_right(kind) || (matches!(kind, ColumnType::DateTime | ColumnType::Bool) && width <= 20)
}

/// Narrows the widest columns until the line fits, but none below [`NARROWEST`]; fixed ones keep their width.
fn fit(widths: &mut [usize], fixed: &[bool], limit: usize) {
    let gaps = 2 * widths.len().saturating_sub(1);
    loop {
        let over = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        let free = || fixed.iter().enumerate().filter(|(_, fixed)| !**fixed).map(|(i, _)| i);
        let Some(widest) = free().filter_map(|i| widths.get(i)).max().copied() else { return };
        if over == 0 || widest <= NARROWEST {
            return;
        }
        let next = free().filter_map(|i| widths.get(i)).filter(|w| **w < widest).max().copied();
        let level = next.unwrap_or(0).max(NARROWEST);
        let same: Vec<usize> = free().filter(|i| widths.get(*i) == Some(&widest)).collect();
        // Down to the next narrower column, or less where that is enough.
        let step = (widest - level).min(over.div_ceil(same.len()));
        for i in same {
            if let Some(width) = widths.get_mut(i) {
                *width -= step;
            }
        }
    }
}

/// Rows held back to find the widths.
const HELD: usize = 200;

/// No text column is made narrower than this.
const NARROWEST: usize = 8;

/// Without a terminal's width, a column is padded to this at most.
const WIDEST: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(widths: &[usize], fixed: &[bool], limit: usize) -> Vec<usize> {
        let mut widths = widths.to_vec();
        fit(&mut widths, fixed, limit);
        widths
    }

    #[test]
    fn the_widest_columns_give_way_first() {
        assert_eq!(fitted(&[10, 50, 20], &[false; 3], 64), [10, 30, 20]);
        assert_eq!(fitted(&[10, 50, 40], &[false; 3], 64), [10, 25, 25]);
        assert_eq!(fitted(&[10, 50], &[false, true], 58), [8, 50]);
        assert_eq!(fitted(&[10, 10], &[false; 2], 80), [10, 10]);
        assert_eq!(fitted(&[30, 30], &[false; 2], 5), [8, 8]);
        assert!(fitted(&[], &[], 5).is_empty());
    }
}

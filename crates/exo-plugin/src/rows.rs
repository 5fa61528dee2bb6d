//! Rows on their way out, collected into batches.

use crate::mailbox::Mail;
use crate::{Error, Result, Row};
use exo_model::Span;
use exo_plugin_wire::{BATCH_LIMIT, BATCH_ROWS, ROW_LIMIT};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

/// A batch goes out when it has so many bytes.
const BATCH_BYTES: usize = 128 << 10;

/// Where a report puts its rows.
pub struct Rows<R> {
    mail: Rc<Mail>,
    data: Vec<u8>,
    spans: Vec<Span>,
    of: PhantomData<fn(R)>,
}

impl<R: Row> Rows<R> {
    pub(crate) fn new(mail: Rc<Mail>) -> Self {
        Self { mail, data: Vec::new(), spans: Vec::new(), of: PhantomData }
    }

    /// Adds a row, or one by reference. It may borrow from the page that it is made of, since it is written at once.
    ///
    /// Now and then this hands a batch to the host, and waits while the result cannot be written fast enough.
    ///
    /// # Errors
    ///
    /// When the run is being cancelled, the row is larger than 1 MiB, or the host refuses the batch.
    pub fn push(&mut self, row: impl Row<Shape = R::Shape>) -> Result<()> {
        self.mail.check()?;
        let start = self.data.len();
        row.write(&mut self.data);
        let length = self.data.len() - start;
        if length > ROW_LIMIT {
            self.data.truncate(start);
            return Err(Error::limit(format!("a row has {length} bytes; {ROW_LIMIT} are allowed")));
        }
        if self.data.len() > BATCH_LIMIT {
            let last = self.data.split_off(start);
            self.flush()?;
            self.data = last;
        }
        self.spans.push(self.span(length));
        if self.spans.len() >= BATCH_ROWS || self.data.len() >= BATCH_BYTES { self.flush() } else { Ok(()) }
    }

    /// Hands over what is collected; happens by itself at the end.
    ///
    /// # Errors
    ///
    /// As [`Rows::push`].
    pub fn flush(&mut self) -> Result<()> {
        if self.spans.is_empty() {
            return Ok(());
        }
        let emitted = self.mail.emit(&self.data, &self.spans);
        self.data.clear();
        self.spans.clear();
        emitted
    }

    /// The last `length` bytes. A batch is far below 4 GiB.
    fn span(&self, length: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: offset(self.data.len() - length), end: offset(self.data.len()) }
    }
}

impl<R> fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("bytes", &self.data.len()).field("rows", &self.spans.len()).finish_non_exhaustive()
    }
}

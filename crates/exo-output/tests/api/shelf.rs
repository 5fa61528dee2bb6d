//! Streams to write to: one that keeps all, and one that fails.

use exo_model::{Column, Page};
use exo_output::{Error, Format, SinkOptions};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// Keeps what was written, for whoever holds a copy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<Vec<u8>>>);

impl Shelf {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shelf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes so many bytes and then fails.
#[derive(Debug)]
pub(crate) struct Full(pub(crate) usize, pub(crate) io::ErrorKind);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a format makes of these batches.
pub(crate) fn written(
    format: Format,
    columns: &[Column],
    batches: &[&[&str]],
    options: &SinkOptions,
) -> Result<String, Error> {
    let shelf = Shelf::default();
    let mut sink = format.sink(columns, Box::new(shelf.clone()), options);
    for batch in batches {
        sink.rows(&Page::from_records(*batch))?;
    }
    sink.finish()?;
    Ok(shelf.text())
}

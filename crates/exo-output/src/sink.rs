//! The seam behind which rows are written.

use crate::Error;
use exo_model::Page;
use std::io::Write;

/// Where rows end. Every record of a page is one row: a JSON array in the order of the declared columns.
///
/// ```
/// use exo_model::Page;
/// use exo_output::{Error, Sink};
///
/// /// Counts rows and drops them.
/// struct Count(usize);
///
/// impl Sink for Count {
///     fn rows(&mut self, batch: &Page) -> Result<(), Error> {
///         self.0 += batch.len();
///         Ok(())
///     }
///     fn finish(&mut self) -> Result<(), Error> {
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send {
    /// Writes a batch of rows.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the reader went away, [`Error::File`] or [`Error::Stream`] when nothing can be written,
    /// [`Error::Cells`] or [`Error::Malformed`] when a row is not what was declared; rows before it are written.
    fn rows(&mut self, batch: &Page) -> Result<(), Error>;

    /// Writes what is still missing, such as the end of an array, and flushes. To be called once, after the last batch.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    fn finish(&mut self) -> Result<(), Error>;
}

/// What sinks leave to the caller.
///
/// ```
/// let options = exo_output::SinkOptions::default().width(80);
/// assert_eq!(options.width, Some(80));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkOptions {
    /// The width of the terminal in columns; without one, a table cuts nothing.
    pub width: Option<usize>,
    /// Whether lines of CSV end in CR LF.
    pub crlf: bool,
}

impl SinkOptions {
    /// Cuts the lines of a table to this many columns.
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.width = Some(columns);
        self
    }

    /// Ends lines of CSV in CR LF.
    #[must_use]
    pub fn crlf(mut self) -> Self {
        self.crlf = true;
        self
    }
}

/// The stream behind a sink, with errors in our words.
pub(crate) struct Output(Box<dyn Write + Send>);

impl Output {
    pub(crate) fn new(stream: Box<dyn Write + Send>) -> Self {
        Self(stream)
    }

    /// Writes what was gathered, and empties it.
    pub(crate) fn drain(&mut self, buffer: &mut Vec<u8>) -> Result<(), Error> {
        let written = self.0.write_all(buffer).map_err(Error::of_io);
        buffer.clear();
        written
    }

    /// After each row: writes when enough is gathered, and before an error is told, so that good rows are not lost.
    pub(crate) fn after(&mut self, buffer: &mut Vec<u8>, row: Result<(), Error>) -> Result<(), Error> {
        if row.is_err() || buffer.len() >= CHUNK {
            self.drain(buffer)?;
        }
        row
    }

    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().map_err(Error::of_io)
    }
}

/// How much is gathered before it is written; a batch ends with a write all the same.
pub(crate) const CHUNK: usize = 64 * 1024;

//! The forms of a result.

use crate::csv::CsvSink;
use crate::json::JsonSink;
use crate::table::TableSink;
use crate::{Sink, SinkOptions};
use exo_model::Column;
use std::fmt;
use std::io::Write;
use std::str::FromStr;

/// The form of a result.
///
/// ```
/// use exo_output::Format;
/// let format: Format = "NDJSON".parse()?;
/// assert_eq!(format.extension(), "ndjson");
/// # Ok::<(), exo_output::UnknownFormat>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A table for people.
    Table,
    /// One array of objects.
    Json,
    /// One object per line.
    Ndjson,
    /// Comma-separated values.
    Csv,
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format; there are table, json, ndjson and csv")]
#[non_exhaustive]
pub struct UnknownFormat(pub String);

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] = &[Self::Table, Self::Json, Self::Ndjson, Self::Csv];

    /// Its name, such as `ndjson`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// How names of its files end, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            _ => self.as_str(),
        }
    }

    /// Begins a result. Nothing is written before the first row or the end.
    pub fn sink(self, columns: &[Column], out: Box<dyn Write + Send>, options: &SinkOptions) -> Box<dyn Sink> {
        match self {
            Self::Table => Box::new(TableSink::new(columns, out, options)),
            Self::Json => Box::new(JsonSink::array(columns, out)),
            Self::Ndjson => Box::new(JsonSink::lines(columns, out)),
            Self::Csv => Box::new(CsvSink::new(columns, out, options)),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| UnknownFormat(text.chars().filter(|c| !c.is_control()).take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_own_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(*format));
        }
        assert_eq!("xlsx".parse::<Format>(), Err(UnknownFormat("xlsx".to_owned())));
    }
}

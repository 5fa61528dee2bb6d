//! Whether a row is what the report declares: one pass over its bytes, without building anything.

use exo_model::{Column, ColumnType, Span};
use std::fmt;

mod scan;

use scan::{Cell, Scanner};

/// No row is longer.
pub const ROW_LIMIT: usize = 1 << 20;
/// No batch is longer.
pub const BATCH_LIMIT: usize = 1 << 20;
/// No batch has more rows. Each batch of a plugin in a child is five threads woken, so that short rows travel together.
pub const BATCH_ROWS: usize = 4096;

/// Which row of a batch is not what it should be, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct RowError {
    /// The row's place in the batch, from 0.
    pub row: usize,
    /// The column, where the fault is in a cell.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: RowProblem,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "row {} of the batch, column `{column}`: {}", self.row, self.problem),
            None => write!(f, "row {} of the batch: {}", self.row, self.problem),
        }
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowProblem {
    /// The spans do not ascend, or lie outside the data.
    #[error("its span is not inside the data, after the row before it")]
    Span,
    /// It or the batch is too large.
    #[error("it is larger than a row or a batch may be")]
    TooLarge,
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    Utf8,
    /// It is not a JSON array, or not JSON at all.
    #[error("it is not a JSON array, broken at byte {0}")]
    Json(usize),
    /// It has fewer or more cells than there are columns.
    #[error("it has another number of cells than the report has columns")]
    Arity,
    /// A cell is null in a column that is not optional.
    #[error("the cell is null, and the column is not optional")]
    Null,
    /// A cell is of another type.
    #[error("the cell is not {0}")]
    Type(&'static str),
}

/// Checks a batch: the spans, and each row against the columns.
///
/// # Errors
///
/// The first row that is not what it should be.
pub fn check_batch(data: &[u8], spans: &[Span], columns: &[Column]) -> Result<(), RowError> {
    if data.len() > BATCH_LIMIT || spans.len() > BATCH_ROWS {
        return Err(RowError { row: spans.len(), column: None, problem: RowProblem::TooLarge });
    }
    // Looked at once for all rows; where it is no text as a whole, each row is looked at by itself.
    let whole = std::str::from_utf8(data).ok();
    let mut floor = 0;
    for (row, span) in spans.iter().enumerate() {
        let range = span.start as usize..span.end as usize;
        let checked = match whole.and_then(|text| text.get(range.clone())) {
            _ if span.start < floor => Err(wrong(RowProblem::Span)),
            Some(text) => check_text(text, columns),
            None => data.get(range).map_or(Err(wrong(RowProblem::Span)), |bytes| check_row(bytes, columns)),
        };
        floor = span.end;
        checked.map_err(|error| RowError { row, ..error })?;
    }
    Ok(())
}

/// Checks one row: a JSON array with a cell of the right type per column.
///
/// ```
/// use exo_model::{Column, ColumnType};
/// use exo_plugin_wire::check_row;
/// let columns = [Column::new("user", ColumnType::String), Column::new("items", ColumnType::Integer).optional()];
/// assert!(check_row(br#"["adele", 7]"#, &columns).is_ok());
/// assert!(check_row(br#"["adele", null]"#, &columns).is_ok());
/// assert!(check_row(br#"["adele", "7"]"#, &columns).is_err());
/// ```
///
/// # Errors
///
/// What is wrong with it, and in which column; the row's number is 0.
pub fn check_row(row: &[u8], columns: &[Column]) -> Result<(), RowError> {
    let text = std::str::from_utf8(row).map_err(|_| wrong(RowProblem::Utf8))?;
    check_text(text, columns)
}

fn check_text(text: &str, columns: &[Column]) -> Result<(), RowError> {
    if text.len() > ROW_LIMIT {
        return Err(wrong(RowProblem::TooLarge));
    }
    let mut scan = Scanner::new(text);
    scan.open(b'[').map_err(wrong)?;
    for (at, column) in columns.iter().enumerate() {
        if at > 0 && !scan.comma() {
            return Err(wrong(if scan.peek() == Some(b']') { RowProblem::Arity } else { scan.broken() }));
        }
        if at == 0 && scan.peek() == Some(b']') {
            return Err(wrong(RowProblem::Arity));
        }
        let cell = scan.value().map_err(wrong)?;
        fit(column, &cell).map_err(|problem| RowError { column: Some(column.name.clone()), ..wrong(problem) })?;
    }
    if scan.comma() {
        return Err(wrong(RowProblem::Arity));
    }
    scan.open(b']').map_err(wrong)?;
    scan.end().map_err(wrong)
}

fn wrong(problem: RowProblem) -> RowError {
    RowError { row: 0, column: None, problem }
}

fn fit(column: &Column, cell: &Cell<'_>) -> Result<(), RowProblem> {
    let good = match (column.kind, cell) {
        (_, Cell::Null) if column.optional || column.kind == ColumnType::Json => true,
        (_, Cell::Null) => return Err(RowProblem::Null),
        (ColumnType::String, Cell::Text(_))
        | (ColumnType::Bool, Cell::Bool)
        | (ColumnType::Integer, Cell::Integer { .. })
        | (ColumnType::Number | ColumnType::Duration, Cell::Integer { .. } | Cell::Number)
        | (ColumnType::ByteSize, Cell::Integer { negative: false })
        | (ColumnType::StringList, Cell::Array { texts_only: true })
        | (ColumnType::Json, _) => true,
        (ColumnType::ByteSize, Cell::Text(text)) => *text == "unlimited",
        (ColumnType::DateTime, Cell::Text(text)) => {
            text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') && crate::parse_date_time(text).is_some()
        }
        _ => false,
    };
    if good { Ok(()) } else { Err(RowProblem::Type(wanted(column.kind))) }
}

const fn wanted(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::String => "a text",
        ColumnType::Bool => "true or false",
        ColumnType::Integer => "a whole number",
        ColumnType::Number => "a number",
        ColumnType::DateTime => "a time in UTC, as RFC 3339 has it",
        ColumnType::Duration => "a number of seconds",
        ColumnType::ByteSize => "a number of bytes",
        ColumnType::StringList => "a list of texts",
        _ => "of a known type",
    }
}

#[cfg(test)]
mod tests;

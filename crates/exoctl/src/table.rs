//! Small results of the program itself, through the same sinks as reports.

use crate::arguments::Results;
use crate::failure::Result;
use crate::{plan, terminal};
use exo_model::{Column, ColumnType, Page};
use exo_output::{ResultFile, SinkOptions};
use serde_json::Value;
use std::io::Write as _;

/// Columns of texts and lists.
pub(crate) fn texts(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::new(*name, ColumnType::Json).optional()).collect()
}

/// Writes rows in the form and to the place that were asked for.
pub(crate) fn write(columns: &[Column], rows: impl IntoIterator<Item = Vec<Value>>, results: &Results) -> Result<()> {
    let format = plan::format(results)?;
    let file = results.out.as_ref().map(|path| ResultFile::create(path, results.overwrite)).transpose()?;
    let mut options = SinkOptions::default();
    if let Some(width) = terminal::width().filter(|_| file.is_none()) {
        options = options.width(width);
    }
    let out: Box<dyn std::io::Write + Send> = match &file {
        Some(file) => file.writer(),
        None => Box::new(std::io::stdout()),
    };
    let mut sink = format.sink(columns, out, &options);
    let rows: Vec<String> = rows.into_iter().map(|row| Value::Array(row).to_string()).collect();
    sink.rows(&Page::from_records(&rows))?;
    sink.finish()?;
    if let Some(file) = file {
        file.commit()?;
    }
    Ok(())
}

/// Writes a text to the place that was asked for.
pub(crate) fn text(text: &str, results: &Results) -> Result<()> {
    match &results.out {
        None => terminal::result(text),
        Some(path) => {
            let mut file = ResultFile::create(path, results.overwrite)?;
            file.write_all(text.as_bytes()).map_err(terminal::unwritten)?;
            Ok(file.commit()?)
        }
    }
}

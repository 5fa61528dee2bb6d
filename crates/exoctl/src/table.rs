//! Small results of the program itself, through the same sinks as reports.

use crate::arguments::Results;
use crate::failure::Result;
use crate::{plan, terminal};
use exo_model::{Column, ColumnType, Page};
use exo_output::{ResultFile, SinkOptions};
use serde_json::Value;
use std::io::Write;

/// Columns of texts and lists.
pub(crate) fn texts(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::new(*name, ColumnType::Json).optional()).collect()
}

/// Writes rows in the form and to the place that were asked for.
pub(crate) fn write(columns: &[Column], rows: impl IntoIterator<Item = Vec<Value>>, results: &Results) -> Result<()> {
    let format = plan::format(results)?;
    let (file, out, options) = open(results)?;
    let mut sink = format.sink(columns, out, &options);
    let rows: Vec<String> = rows.into_iter().map(|row| Value::Array(row).to_string()).collect();
    sink.rows(&Page::from_records(&rows))?;
    sink.finish()?;
    if let Some(file) = file {
        file.commit()?;
    }
    Ok(())
}

/// The file that was asked for, whoever writes to it or to stdout, and how wide a table may be there.
pub(crate) fn open(results: &Results) -> Result<(Option<ResultFile>, Box<dyn Write + Send>, SinkOptions)> {
    let file = results.out.as_ref().map(|path| ResultFile::create(path, results.overwrite)).transpose()?;
    let (out, options) = terminal::out(file.as_ref());
    Ok((file, out, options))
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

//! A batch that passes the check is JSON, row by row, with a cell for each column; any other is refused.
#![no_main]

use exo_model::{Column, ColumnType, Span};
use exo_plugin_wire::{check_batch, check_row};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|data: &[u8]| {
    // The first byte chooses the columns, a line is a row.
    let Some((choice, rows)) = data.split_first() else { return };
    let columns = columns(*choice);
    let mut spans = Vec::new();
    let mut start = 0;
    for row in rows.split(|byte| *byte == b'\n') {
        let end = start + row.len();
        spans.push(Span { start: start as u32, end: end as u32 });
        start = end + 1;
    }
    let passes = check_batch(rows, &spans, &columns).is_ok();
    let mut each = true;
    for span in &spans {
        let row = &rows[span.start as usize..span.end as usize];
        let good = check_row(row, &columns).is_ok();
        each &= good;
        if good {
            // Not as values: a number may be larger than any that serde_json holds.
            let cells: Vec<&RawValue> = serde_json::from_slice(row).expect("a row is a JSON array");
            assert_eq!(cells.len(), columns.len());
            let may_be_null = |column: &Column| column.optional || column.kind == ColumnType::Json;
            assert!(cells.iter().zip(&columns).all(|(cell, column)| may_be_null(column) || cell.get() != "null"));
        }
    }
    assert!(!passes || each, "a batch passes only with all of its rows");
});

fn columns(choice: u8) -> Vec<Column> {
    let kinds = [
        ColumnType::String,
        ColumnType::Bool,
        ColumnType::Integer,
        ColumnType::Number,
        ColumnType::DateTime,
        ColumnType::Duration,
        ColumnType::ByteSize,
        ColumnType::StringList,
        ColumnType::Json,
    ];
    let kind = kinds[usize::from(choice) % kinds.len()];
    let other = kinds[usize::from(choice) / kinds.len() % kinds.len()];
    vec![Column::new("one", kind), Column::new("two", other).optional()]
}

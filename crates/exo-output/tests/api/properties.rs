//! What goes in comes out, whatever it is.

use crate::shelf::written;
use exo_model::{Column, ColumnType};
use exo_output::{Format, SinkOptions};
use proptest::prelude::*;
use serde_json::Value;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn columns() -> Vec<Column> {
    ["a", "b b", "c\"c"].into_iter().map(|name| Column::new(name, ColumnType::Json)).collect()
}

fn cells_of(object: &Value) -> Vec<Value> {
    columns().iter().map(|column| object[&column.name].clone()).collect()
}

proptest! {
    #[test]
    fn json_and_ndjson_parse_back_to_the_same_cells(
        rows in prop::collection::vec(prop::collection::vec(value(), 3), 0..6),
        pretty in any::<bool>(),
    ) {
        let texts: Vec<String> = rows.iter().map(|row| {
            if pretty { serde_json::to_string_pretty(row) } else { serde_json::to_string(row) }.unwrap()
        }).collect();
        let batch: Vec<&str> = texts.iter().map(String::as_str).collect();
        let all = |format| written(format, &columns(), &[&batch], &SinkOptions::default()).unwrap();

        let lines = all(Format::Ndjson);
        let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(objects.iter().map(cells_of).collect::<Vec<_>>(), rows.clone());

        let objects: Vec<Value> = serde_json::from_str(&all(Format::Json)).unwrap();
        prop_assert_eq!(objects.iter().map(cells_of).collect::<Vec<_>>(), rows);
    }

    #[test]
    fn no_csv_field_is_a_formula_and_every_line_is_a_record(texts in prop::collection::vec(any::<String>(), 1..6)) {
        let rows: Vec<String> = texts.iter().map(|t| serde_json::to_string(&[t, t, t]).unwrap()).collect();
        let batch: Vec<&str> = rows.iter().map(String::as_str).collect();
        let csv = written(Format::Csv, &columns(), &[&batch], &SinkOptions::default()).unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let records: Vec<_> = reader.records().map(Result::unwrap).collect();
        prop_assert_eq!(records.len(), texts.len());
        for (record, text) in records.iter().zip(&texts) {
            let field = &record[0];
            prop_assert!(!field.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{field:?}");
            let shown = text.replace('\0', "\u{fffd}");
            prop_assert!(field == shown || field.strip_prefix('\'') == Some(shown.as_str()), "{field:?} {text:?}");
        }
    }

    #[test]
    fn no_bytes_make_a_sink_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..200), wrapped in any::<bool>()) {
        let row = if wrapped { [b"[1,2,", bytes.as_slice(), b"]"].concat() } else { bytes };
        for format in Format::ALL {
            let mut sink = format.sink(&columns(), Box::new(std::io::sink()), &SinkOptions::default().width(30));
            let outcome = sink.rows(&exo_model::Page::from_records([&row]));
            prop_assert!(outcome.is_ok() || sink.finish().is_ok());
        }
    }

    #[test]
    fn no_line_of_a_table_is_wider_than_the_terminal(texts in prop::collection::vec(any::<String>(), 3), width in 28..120_usize) {
        let row = serde_json::to_string(&texts).unwrap();
        let table = written(Format::Table, &columns(), &[&[row.as_str()]], &SinkOptions::default().width(width)).unwrap();
        prop_assert_eq!(table.lines().count(), 3);
        for line in table.lines() {
            prop_assert!(unicode_width::UnicodeWidthStr::width(line) <= width, "{line:?}");
            prop_assert!(!line.contains(char::is_control));
        }
    }
}

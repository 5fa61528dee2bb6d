//! Rows that are what they should be, and rows that are not.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

const KINDS: [ColumnType; 9] = [
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

fn problem(row: &str, kind: ColumnType) -> Option<RowProblem> {
    check_row(row.as_bytes(), &[Column::new("a", kind)]).err().map(|error| error.problem)
}

/// Which kinds take a cell, in the order of [`KINDS`].
fn taken(cell: &str) -> String {
    KINDS.iter().map(|kind| if problem(&format!("[{cell}]"), *kind).is_none() { 'x' } else { '-' }).collect()
}

#[test]
fn every_kind_takes_its_own_cells() {
    let cells = [
        ("\"a\"", "x-------x"),
        ("\"\\ud83d\\ude00\\n\"", "x-------x"),
        ("true", "-x------x"),
        ("7", "--xx-xx-x"),
        ("-7", "--xx-x--x"),
        ("15394007230974001153", "--xx-xx-x"),
        ("7.5", "---x-x--x"),
        ("7e3", "---x-x--x"),
        ("\"2026-01-31T00:00:00Z\"", "x---x---x"),
        ("\"2026-01-31T00:00:00.1234567Z\"", "x---x---x"),
        ("\"2026-01-31T00:00:00+00:00\"", "x-------x"),
        ("\"2026-01-31\"", "x-------x"),
        ("\"unlimited\"", "x-----x-x"),
        ("[]", "-------xx"),
        ("[\"a\",\"b\"]", "-------xx"),
        ("[\"a\",1]", "--------x"),
        ("{\"a\":{\"b\":[1,null]}}", "--------x"),
        ("null", "--------x"),
    ];
    for (cell, kinds) in cells {
        assert_eq!(taken(cell), kinds, "{cell}");
    }
}

#[test]
fn null_belongs_into_optional_columns_only() {
    let column = Column::new("a", ColumnType::String);
    assert_eq!(check_row(b"[null]", std::slice::from_ref(&column)).unwrap_err().problem, RowProblem::Null);
    assert!(check_row(b"[null]", &[column.optional()]).is_ok());
}

#[test]
fn the_number_of_cells_is_that_of_the_columns() {
    let columns = [Column::new("a", ColumnType::Integer), Column::new("b", ColumnType::Integer)];
    for bad in ["[]", "[1]", "[1,2,3]"] {
        assert_eq!(check_row(bad.as_bytes(), &columns).unwrap_err().problem, RowProblem::Arity, "{bad}");
    }
    let error = check_row(b"[1,true]", &columns).unwrap_err();
    assert_eq!(error.column.as_deref(), Some("b"));
    assert_eq!(error.to_string(), "row 0 of the batch, column `b`: the cell is not a whole number");
}

#[test]
fn broken_json_is_refused() {
    let broken = [
        "",
        "1",
        "{}",
        "[1",
        "[1]x",
        "[1,]",
        "[,1]",
        "[01]",
        "[1.]",
        "[.5]",
        "[1e]",
        "[+1]",
        "[\"a]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\ud800\"]",
        "[\"\\ud800\\u0041\"]",
        "[\"\\udc00\"]",
        "[\"a\nb\"]",
        "[nul]",
        "[{\"a\"}]",
        "[{\"a\":}]",
        "[{1:2}]",
        "[[1}]",
    ];
    for row in broken {
        assert!(matches!(problem(row, ColumnType::Json), Some(RowProblem::Json(_) | RowProblem::Arity)), "{row}");
    }
    assert_eq!(
        check_row(b"[\"\xff\"]", &[Column::new("a", ColumnType::String)]).unwrap_err().problem,
        RowProblem::Utf8
    );
    assert!(problem(&format!("{}{}", "[".repeat(200), "]".repeat(200)), ColumnType::Json).is_some());
}

#[test]
fn batches_are_checked_span_by_span() {
    let columns = [Column::new("a", ColumnType::Integer)];
    let span = |start, end| Span { start, end };
    let data = b"[1] [2][x]";
    assert!(check_batch(data, &[span(0, 3), span(4, 7)], &columns).is_ok());
    let at = |spans: &[Span]| check_batch(data, spans, &columns).unwrap_err();
    assert_eq!(at(&[span(0, 3), span(7, 10)]).row, 1);
    for bad in [[span(4, 7), span(0, 3)], [span(0, 3), span(4, 11)], [span(0, 3), span(7, 4)], [span(0, 3), span(2, 7)]]
    {
        let error = at(&bad);
        assert_eq!((error.row, error.problem), (1, RowProblem::Span), "{bad:?}");
    }
    let large = vec![b' '; BATCH_LIMIT + 1];
    assert_eq!(check_batch(&large, &[], &columns).unwrap_err().problem, RowProblem::TooLarge);
    let many = vec![span(0, 3); BATCH_ROWS + 1];
    assert_eq!(at(&many).problem, RowProblem::TooLarge);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(".*", inner, 0..6).prop_map(|m| json!(m)),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_serde_writes_is_json(cells in proptest::collection::vec(any_json(), 1..5)) {
        let columns: Vec<_> = (0..cells.len()).map(|at| Column::new(format!("c{at}"), ColumnType::Json)).collect();
        prop_assert!(check_row(&serde_json::to_vec(&cells).unwrap(), &columns).is_ok());
        prop_assert!(check_row(&serde_json::to_vec_pretty(&cells).unwrap(), &columns).is_ok());
    }

    /// What passes here is read by a real parser, and what such a parser refuses is refused.
    #[test]
    fn it_agrees_with_serde(row in r#"\[[-0-9.eE"\\u{}a-fn, :\[\]]{0,24}\]"#) {
        let serde = serde_json::from_str::<Vec<Value>>(&row).is_ok_and(|cells| cells.len() == 1);
        let ours = check_row(row.as_bytes(), &[Column::new("a", ColumnType::Json)]).is_ok();
        // A number beyond a float's range is JSON, and serde's limit.
        prop_assert!(ours == serde || (ours && row.contains(['e', 'E'])), "{row}");
    }

    /// Strings are read eight bytes at a time; every byte counts at every place.
    #[test]
    fn it_agrees_with_serde_on_strings(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        let row = [b"[\"", &text[..], b"\"]"].concat();
        let serde = serde_json::from_slice::<[String; 1]>(&row).is_ok();
        prop_assert_eq!(check_row(&row, &[Column::new("a", ColumnType::String)]).is_ok(), serde);
    }

    #[test]
    fn it_agrees_with_serde_on_plain_strings(text in r#"[ -~]{0,20}[\x00-\x21"\\\x7f-\xff]?[ -~]{0,20}"#) {
        let row = format!("[\"{text}\"]");
        let serde = serde_json::from_str::<[String; 1]>(&row).is_ok();
        prop_assert_eq!(check_row(row.as_bytes(), &[Column::new("a", ColumnType::String)]).is_ok(), serde);
    }

    #[test]
    fn no_bytes_make_it_panic(row in proptest::collection::vec(any::<u8>(), 0..60)) {
        drop(check_row(&row, &[Column::new("a", ColumnType::Json)]));
    }
}

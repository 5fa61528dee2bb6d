//! Every format from the same batches.

use crate::shelf::{Shelf, written};
use exo_model::{Column, ColumnType, Page};
use exo_output::{Error, Format, SinkOptions};

fn columns() -> Vec<Column> {
    vec![
        Column::new("mailbox", ColumnType::String).key(),
        Column::new("items", ColumnType::Integer),
        Column::new("size", ColumnType::ByteSize).optional(),
        Column::new("last_logon", ColumnType::DateTime).optional(),
        Column::new("addresses", ColumnType::StringList),
    ]
}

const FIRST: &[&str] = &[
    r#"["adele@contoso.com",12,1610612736,"2026-08-21T10:11:12.5Z",["a@contoso.com","b@contoso.com"]]"#,
    r#"["zoë@contoso.com",-3,null,null,[]]"#,
];
const SECOND: &[&str] =
    &[r#"["=cmd|'/c calc'!A1",184467440737095516150,0,"2026-01-01T00:00:00Z",["=1","say \"hi\", all"]]"#];

fn golden(format: Format, options: &SinkOptions) -> String {
    written(format, &columns(), &[FIRST, SECOND, &[]], options).unwrap()
}

#[test]
fn ndjson() {
    assert_eq!(
        golden(Format::Ndjson, &SinkOptions::default()),
        r#"{"mailbox":"adele@contoso.com","items":12,"size":1610612736,"last_logon":"2026-08-21T10:11:12.5Z","addresses":["a@contoso.com","b@contoso.com"]}
{"mailbox":"zoë@contoso.com","items":-3,"size":null,"last_logon":null,"addresses":[]}
{"mailbox":"=cmd|'/c calc'!A1","items":184467440737095516150,"size":0,"last_logon":"2026-01-01T00:00:00Z","addresses":["=1","say \"hi\", all"]}
"#
    );
}

#[test]
fn json() {
    assert_eq!(
        golden(Format::Json, &SinkOptions::default()),
        r#"[
{"mailbox":"adele@contoso.com","items":12,"size":1610612736,"last_logon":"2026-08-21T10:11:12.5Z","addresses":["a@contoso.com","b@contoso.com"]},
{"mailbox":"zoë@contoso.com","items":-3,"size":null,"last_logon":null,"addresses":[]},
{"mailbox":"=cmd|'/c calc'!A1","items":184467440737095516150,"size":0,"last_logon":"2026-01-01T00:00:00Z","addresses":["=1","say \"hi\", all"]}
]
"#
    );
}

#[test]
fn csv() {
    let expected = "\
mailbox,items,size,last_logon,addresses
adele@contoso.com,12,1610612736,2026-08-21T10:11:12.5Z,a@contoso.com; b@contoso.com
zoë@contoso.com,-3,,,
'=cmd|'/c calc'!A1,184467440737095516150,0,2026-01-01T00:00:00Z,\"'=1; say \"\"hi\"\", all\"
";
    assert_eq!(golden(Format::Csv, &SinkOptions::default()), expected);
    assert_eq!(golden(Format::Csv, &SinkOptions::default().crlf()), expected.replace('\n', "\r\n"));
}

#[test]
fn table() {
    assert_eq!(
        golden(Format::Table, &SinkOptions::default()),
        "\
mailbox                            items    size  last_logon            addresses
─────────────────  ─────────────────────  ──────  ────────────────────  ────────────────────────────
adele@contoso.com                     12  1.5 GB  2026-08-21 10:11:12Z  a@contoso.com; b@contoso.com
zoë@contoso.com                       -3
=cmd|'/c calc'!A1  184467440737095516150     0 B  2026-01-01 00:00:00Z  =1; say \"hi\", all
"
    );
}

#[test]
fn a_table_fits_the_terminal() {
    assert_eq!(
        golden(Format::Table, &SinkOptions::default().width(84)),
        "\
mailbox                            items    size  last_logon            addresses
─────────────────  ─────────────────────  ──────  ────────────────────  ────────────
adele@contoso.com                     12  1.5 GB  2026-08-21 10:11:12Z  a@contoso.c…
zoë@contoso.com                       -3
=cmd|'/c calc'!A1  184467440737095516150     0 B  2026-01-01 00:00:00Z  =1; say \"hi…
"
    );
}

#[test]
fn results_without_rows() {
    let none = |format| written(format, &columns(), &[], &SinkOptions::default()).unwrap();
    assert_eq!(none(Format::Json), "[]\n");
    assert_eq!(none(Format::Ndjson), "");
    assert_eq!(none(Format::Csv), "mailbox,items,size,last_logon,addresses\n");
    assert_eq!(
        none(Format::Table),
        "\
mailbox  items  size  last_logon  addresses
───────  ─────  ────  ──────────  ─────────
"
    );
}

#[test]
fn odd_cells() {
    let columns = [Column::new("a \"b\"", ColumnType::String), Column::new("any", ColumnType::Json)];
    let rows: &[&str] = &[
        "[\"say \\\"x\\\"\\r\\nnext\\u0000\\u001b[31m\",\n {\"k\":\r\n [1, 2]}\n]",
        r#"["\ttab","plain"]"#,
        "[null,[]]",
    ];
    let all = |format| written(format, &columns, &[rows], &SinkOptions::default()).unwrap();
    assert_eq!(
        all(Format::Ndjson),
        r#"{"a \"b\"":"say \"x\"\r\nnext\u0000\u001b[31m","any":{"k": [1, 2]}}
{"a \"b\"":"\ttab","any":"plain"}
{"a \"b\"":null,"any":[]}
"#
    );
    assert_eq!(
        all(Format::Csv),
        "\"a \"\"b\"\"\",any\n\"say \"\"x\"\"\r\nnext\u{fffd}\u{1b}[31m\",\"{\"\"k\"\":\r\n [1, 2]}\"\n'\ttab,plain\n,[]\n"
    );
    let table = all(Format::Table);
    assert!(table.contains("say \"x\"␍␊next␀␛[31m"), "{table}");
    assert!(!table.contains(['\u{1b}', '\r', '\0', '\t']));
    assert_eq!(table.lines().count(), 2 + rows.len());
}

#[test]
fn a_line_of_one_empty_field_is_still_a_line() {
    let columns = [Column::new("name", ColumnType::String)];
    let text = written(Format::Csv, &columns, &[&["[null]", "[\"\"]"]], &SinkOptions::default()).unwrap();
    assert_eq!(text, "name\n\"\"\n\"\"\n");
}

#[test]
fn another_reader_reads_our_csv() {
    let text = golden(Format::Csv, &SinkOptions::default().crlf());
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 3);
    assert_eq!(&records[2][0], "'=cmd|'/c calc'!A1");
    assert_eq!(&records[2][4], "'=1; say \"hi\", all");
}

#[test]
fn a_table_holds_back_200_rows_and_then_streams() {
    let columns = [Column::new("n", ColumnType::Integer), Column::new("name", ColumnType::String)];
    let shelf = Shelf::default();
    let mut sink = Format::Table.sink(&columns, Box::new(shelf.clone()), &SinkOptions::default().width(40));
    sink.rows(&Page::from_records((0..199).map(|n| format!(r#"[{n},"x"]"#)))).unwrap();
    assert_eq!(shelf.text(), "");
    sink.rows(&Page::from_records([r#"[200,"abcdefgh"]"#])).unwrap();
    assert_eq!(shelf.text().lines().count(), 202);
    let long = format!(r#"[12345678,"{}"]"#, "y".repeat(50));
    sink.rows(&Page::from_records([long])).unwrap();
    assert_eq!(shelf.text().lines().last(), Some("12345678  yyyyyyy…"));
    sink.finish().unwrap();
    assert_eq!(shelf.text().lines().count(), 203);
}

#[test]
fn a_bad_row_is_refused_and_rows_before_it_are_whole() {
    let columns = [Column::new("a", ColumnType::String), Column::new("b", ColumnType::Integer)];
    for format in Format::ALL {
        for (bad, expected) in [(r#"["x"]"#, 1), (r#"["x",1,2]"#, 3), ("[]", 0)] {
            let shelf = Shelf::default();
            let mut sink = format.sink(&columns, Box::new(shelf.clone()), &SinkOptions::default());
            let error = sink.rows(&Page::from_records([r#"["good",1]"#, bad])).unwrap_err();
            assert!(matches!(error, Error::Cells { expected: 2, found, .. } if found == expected), "{format}: {error}");
            sink.finish().unwrap();
            assert!(shelf.text().contains("good"), "{format}");
            assert!(!shelf.text().contains('x'), "{format}");
        }
        let error = written(*format, &columns, &[&["{}"]], &SinkOptions::default()).unwrap_err();
        assert!(matches!(error, Error::Malformed { offset: 0, .. }), "{format}");
    }
}

#[test]
fn numbers_are_never_cut() {
    let columns = [Column::new("n", ColumnType::Integer), Column::new("name", ColumnType::String)];
    let rows: &[&str] = &[r#"[123456789012345678901234567890,"a long name indeed"]"#];
    let text = written(Format::Table, &columns, &[rows], &SinkOptions::default().width(20)).unwrap();
    assert!(text.contains("123456789012345678901234567890  a long …"), "{text}");
}

#[test]
fn the_key_of_a_row_gives_way_last() {
    let columns = [Column::new("user", ColumnType::String).key(), Column::new("remedy", ColumnType::String)];
    let rows: &[&str] = &[r#"["daniel.chen@contoso.com","ask somebody who knows about it"]"#];
    let text = written(Format::Table, &columns, &[rows], &SinkOptions::default().width(40)).unwrap();
    assert!(text.contains("daniel.chen@contoso.com  ask somebody"), "{text}");
    let narrow = written(Format::Table, &columns, &[rows], &SinkOptions::default().width(24)).unwrap();
    assert!(narrow.lines().all(|line| line.chars().count() <= 24), "{narrow}");
}

//! Every text of an error, with its kind and hint, in one place.

use crate::shelf::{Full, written};
use exo_model::{Column, ColumnType, Diagnose, Page};
use exo_output::{Error, Format, ResultFile, SinkOptions};
use std::io::ErrorKind;
use std::path::Path;

fn stream(kind: ErrorKind) -> Error {
    let columns = [Column::new("n", ColumnType::Integer)];
    let mut sink = Format::Csv.sink(&columns, Box::new(Full(0, kind)), &SinkOptions::default());
    sink.rows(&Page::from_records(["[1]"])).unwrap_err()
}

fn row(text: &str) -> Error {
    written(Format::Csv, &[Column::new("n", ColumnType::Integer)], &[&[text]], &SinkOptions::default()).unwrap_err()
}

#[test]
fn every_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let lost = ResultFile::create(&path, false).unwrap();
    let mut sink = Format::Csv.sink(&[], lost.writer(), &SinkOptions::default());
    drop(lost);
    std::fs::write(&path, "").unwrap();
    let errors = [
        stream(ErrorKind::BrokenPipe),
        stream(ErrorKind::StorageFull),
        stream(ErrorKind::PermissionDenied),
        ResultFile::create(&folder.path().join("none").join("a"), false).unwrap_err(),
        ResultFile::create(&path, false).unwrap_err(),
        ResultFile::create(Path::new(".."), false).unwrap_err(),
        sink.finish().unwrap_err(),
        row("[1,2]"),
        row("x"),
    ];
    let line = |e: &Error| format!("{} | {e} | {}\n", e.kind().exit_code(), e.hint().unwrap_or_default());
    let all: String = errors.iter().map(line).collect();
    let expected = "\
18 | the reader of the output has closed it | 
18 | failed to write the output | free some space, or choose another disk
18 | failed to write the output | choose a folder that this user may write to
18 | failed to create a file in `FOLDER/none` | create the folder first
18 | `FOLDER/a` exists already | choose another name, or allow the file to be replaced (`--overwrite`)
18 | `..` is not the name of a regular file | name a file; devices and pipes are written to through standard output
18 | failed to write `FOLDER/a` | 
17 | a row has 2 cells where 1 columns are declared | report this to the author of the plugin
17 | a row is not a JSON array of values, at byte 0 of the row | report this to the author of the plugin
";
    assert_eq!(all.replace(&*folder.path().to_string_lossy(), "FOLDER").replace('\\', "/"), expected);
}

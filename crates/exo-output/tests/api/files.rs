//! Result files: whole or not at all.

use exo_model::{Column, ColumnType, Diagnose, ErrorKind, Page};
use exo_output::{Error, Format, ResultFile, SinkOptions, check_writable};
use std::fs;
use std::io::Write;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_file_has_its_name_when_it_is_committed_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    let file = ResultFile::create(&path, false).unwrap();
    let mut sink =
        Format::Ndjson.sink(&[Column::new("n", ColumnType::Integer)], file.writer(), &SinkOptions::default());
    sink.rows(&Page::from_records(["[1]"])).unwrap();
    sink.finish().unwrap();
    assert!(!path.exists());
    file.commit().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"n\":1}\n");
    assert_eq!(names(folder.path()), ["a.ndjson"]);
    // Whoever still holds the sink writes nowhere.
    let error = sink.rows(&Page::from_records(["[2]"])).unwrap_err();
    assert!(matches!(&error, Error::File { path: named, .. } if *named == path), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"n\":1}\n");
}

#[test]
fn a_dropped_file_leaves_nothing_even_if_its_sink_lives() {
    let folder = tempfile::tempdir().unwrap();
    let file = ResultFile::create(&folder.path().join("a"), false).unwrap();
    let mut writer = file.writer();
    writer.write_all(b"half").unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    drop(file);
    assert!(names(folder.path()).is_empty());
    assert!(writer.write_all(b"more").is_err());
}

#[test]
fn an_existing_file_is_replaced_only_if_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "old").unwrap();
    let error = ResultFile::create(&path, false).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }));
    assert_eq!(error.kind(), ErrorKind::Output);

    let mut file = ResultFile::create(&path, true).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    file.commit().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
}

#[test]
fn a_name_that_was_taken_meanwhile_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let file = ResultFile::create(&path, false).unwrap();
    fs::write(&path, "somebody else's").unwrap();
    assert!(matches!(file.commit().unwrap_err(), Error::Exists { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody else's");
    assert_eq!(names(folder.path()), ["a"]);
}

#[test]
fn what_was_interrupted_can_be_kept_as_partial() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    for text in ["one", "two"] {
        let mut file = ResultFile::create(&path, false).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let kept = file.keep_partial().unwrap();
        assert_eq!(kept, folder.path().join("a.csv.partial"));
        assert_eq!(fs::read_to_string(&kept).unwrap(), text);
    }
    assert_eq!(names(folder.path()), ["a.csv.partial"]);
}

#[test]
fn a_missing_folder_and_a_folder_as_a_file_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none");
    for outcome in [ResultFile::create(&missing.join("a"), false).map(drop), check_writable(&missing.join("a"))] {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, Error::Create { folder: named, .. } if *named == missing), "{error}");
        assert_eq!(error.hint().as_deref(), Some("create the folder first"));
    }
    assert!(matches!(ResultFile::create(folder.path(), true).unwrap_err(), Error::NotAFile { .. }));
    assert!(matches!(ResultFile::create(Path::new(".."), true).unwrap_err(), Error::NotAFile { .. }));
}

#[test]
fn writability_is_tried_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    check_writable(folder.path()).unwrap();
    check_writable(&folder.path().join("a.csv")).unwrap();
    assert!(names(folder.path()).is_empty());
    fs::write(folder.path().join("b"), "").unwrap();
    check_writable(&folder.path().join("b")).unwrap();
    // A file where a folder should be.
    assert!(matches!(check_writable(&folder.path().join("b").join("c")).unwrap_err(), Error::Create { .. }));
}

#[cfg(unix)]
#[test]
fn a_result_has_the_permissions_of_an_ordinary_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    fs::write(folder.path().join("ordinary"), "").unwrap();
    ResultFile::create(&folder.path().join("ours"), false).unwrap().commit().unwrap();
    assert_eq!(mode("ours"), mode("ordinary"));
}

#[cfg(unix)]
#[test]
fn devices_are_not_replaced() {
    for overwrite in [true, false] {
        let error = ResultFile::create(Path::new("/dev/null"), overwrite).unwrap_err();
        assert!(matches!(error, Error::NotAFile { .. } | Error::Exists { .. }), "{error}");
    }
    assert!(matches!(check_writable(Path::new("/dev/null")).unwrap_err(), Error::NotAFile { .. }));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_with_its_path() {
    use crate::shelf::Full;
    let mut sink = Format::Csv.sink(
        &[Column::new("n", ColumnType::Integer)],
        Box::new(Full(3, std::io::ErrorKind::StorageFull)),
        &SinkOptions::default(),
    );
    let error = sink.rows(&Page::from_records(["[1]"])).unwrap_err();
    assert!(matches!(&error, Error::Stream { source, .. } if source.kind() == std::io::ErrorKind::StorageFull));
    assert_eq!(error.hint().as_deref(), Some("free some space, or choose another disk"));
    // The real thing: a file opened on the device that is always full.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut sink =
        Format::Ndjson.sink(&[Column::new("n", ColumnType::Integer)], Box::new(full), &SinkOptions::default());
    let error = sink.rows(&Page::from_records(["[1]"])).unwrap_err();
    assert!(matches!(&error, Error::Stream { source, .. } if source.kind() == std::io::ErrorKind::StorageFull));
}

#[test]
fn a_reader_that_went_away_is_told_apart() {
    use crate::shelf::Full;
    for format in Format::ALL {
        let stream = Box::new(Full(0, std::io::ErrorKind::BrokenPipe));
        let mut sink = format.sink(&[Column::new("n", ColumnType::Integer)], stream, &SinkOptions::default());
        let outcome = sink.rows(&Page::from_records(["[1]"])).and_then(|()| sink.finish());
        assert!(matches!(outcome.unwrap_err(), Error::Closed), "{format}");
    }
}

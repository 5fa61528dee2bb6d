//! Files with secrets in them.

use exo_cert::{Error, KeyFileError, read_key_file, write_new};
#[cfg(unix)]
use exo_model::Diagnose;
#[cfg(unix)]
use std::path::Path;

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> KeyFileError {
    match result {
        Err(Error::File(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_is_read_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.pfx");
    write_new(&path, b"key", true).unwrap();
    assert_eq!(read_key_file(&path, false).unwrap().expose(), b"key");
    assert!(matches!(refused(write_new(&path, b"other", true)), KeyFileError::Exists { .. }));
    assert_eq!(read_key_file(&path, false).unwrap().expose(), b"key");
}

#[test]
fn what_is_not_there_or_no_file_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert!(matches!(refused(read_key_file(&missing, false)), KeyFileError::NotFound { .. }));
    assert!(matches!(refused(read_key_file(folder.path(), true)), KeyFileError::Unreadable { .. }));
    let nowhere = folder.path().join("no/such/folder");
    assert!(matches!(refused(write_new(&nowhere, b"", false)), KeyFileError::Unwritable { .. }));
}

#[test]
fn what_is_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film");
    write_new(&path, &vec![0; 4 << 20], true).unwrap();
    assert_eq!(read_key_file(&path, false).unwrap().expose().len(), 4 << 20);
    let path = folder.path().join("longer-film");
    write_new(&path, &vec![0; (4 << 20) + 1], true).unwrap();
    assert!(matches!(refused(read_key_file(&path, false)), KeyFileError::TooLarge { .. }));
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_open_to_others_is_refused_and_the_chmod_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my app's.pfx");
    write_new(&path, b"key", true).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o610] {
        set_mode(&path, mode);
        let error = refused(read_key_file(&path, false));
        assert!(matches!(error, KeyFileError::OpenToOthers { mode: m, .. } if m == mode));
        let hint = error.hint().unwrap().into_owned();
        assert!(hint.starts_with("chmod 600 '/") && hint.ends_with(r"/my app'\''s.pfx'"), "{hint}");
        assert_eq!(read_key_file(&path, true).unwrap().expose(), b"key");
    }
    for mode in [0o600, 0o400] {
        set_mode(&path, mode);
        assert!(read_key_file(&path, false).is_ok());
    }
}

#[cfg(unix)]
#[test]
fn a_private_file_is_born_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.pfx");
    write_new(&path, b"key", true).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

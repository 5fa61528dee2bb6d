//! Files that other programs made, and the thumbprints that `openssl x509 -fingerprint` prints for them.

use exo_cert::{ClientCertificate, Selector};
use std::path::Path;

pub(crate) const CONTOSO: &str = "0AE9C4541F0F0036E0C16680960BCD89DB4BBBA0";
pub(crate) const FABRIKAM: &str = "FD583702EE0624BCD2F8C34C36960810AD941C7A";

pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Key and certificate in one text.
pub(crate) fn pem(name: &str) -> Vec<u8> {
    [data(&format!("{name}.key")), data(&format!("{name}.crt"))].concat()
}

pub(crate) fn fabrikam() -> ClientCertificate {
    ClientCertificate::from_bytes(&pem("fabrikam"), None).unwrap()
}

pub(crate) fn by(thumbprint: &str) -> Selector {
    thumbprint.parse().unwrap()
}

/// Puts a file there that nobody else may read.
pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) {
    exo_cert::write_new(&folder.join(name), bytes, true).unwrap();
}

#[cfg(unix)]
pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

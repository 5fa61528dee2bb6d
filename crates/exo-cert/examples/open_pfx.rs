//! Opens a certificate file and prints which certificate it is.
//!
//! `open_pfx FILE PASSWORD`

use exo_cert::ClientCertificate;
use exo_model::Secret;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, password] = arguments.as_slice() else { return Err("open_pfx FILE PASSWORD".into()) };
    let bytes = exo_cert::read_key_file(Path::new(file), true)?;
    let opened = ClientCertificate::from_bytes(bytes.expose(), Some(&Secret::from(password.as_str())))?;
    let certificate = opened.certificate();
    writeln!(std::io::stdout(), "{} {}", certificate.thumbprint(), certificate.subject())?;
    Ok(())
}

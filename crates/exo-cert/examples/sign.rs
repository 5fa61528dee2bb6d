//! Signs again and again with the key of a certificate file, and prints how many signatures a second that makes.
//!
//! `sign FILE PASSWORD SECONDS`

use exo_cert::{ClientCertificate, SignatureAlgorithm};
use exo_model::Secret;
use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, password, seconds] = arguments.as_slice() else { return Err("sign FILE PASSWORD SECONDS".into()) };
    let bytes = exo_cert::read_key_file(Path::new(file), true)?;
    let opened = ClientCertificate::from_bytes(bytes.expose(), Some(&Secret::from(password.as_str())))?;
    let time = Duration::from_secs(seconds.parse()?);
    for algorithm in [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256] {
        let begun = Instant::now();
        let mut count = 0_u32;
        while begun.elapsed() < time {
            opened.sign(algorithm, &count.to_be_bytes()).await?;
            count += 1;
        }
        let each = begun.elapsed().as_secs_f64() / f64::from(count);
        writeln!(std::io::stdout(), "{algorithm} {:.1}", 1.0 / each)?;
    }
    Ok(())
}

//! The least that reads the pages of `page_server`: the same HTTP and TLS, each piece unpacked and dropped as it comes.
//!
//! `drop_bytes FOLDER PORT`. The benchmark compares `count_mailboxes` with it.

use flate2::write::GzDecoder;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};
use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

/// Counts what it is given, keeps the head of it, and drops the rest.
#[derive(Default)]
struct Dropped {
    bytes: usize,
    head: Vec<u8>,
}

impl Write for Dropped {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let room = HEAD.saturating_sub(self.bytes).min(piece.len());
        self.head.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.bytes += piece.len();
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(folder), Some(port)) = (words.next(), words.next()) else {
        return Err("drop_bytes FOLDER PORT".into());
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read(&folder, &port))
}

async fn read(folder: &str, port: &str) -> Result<(), Box<dyn Error>> {
    let client = client(&std::fs::read(format!("{folder}/ca.pem"))?)?;
    let mut address = format!("https://localhost:{port}/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand");
    let (mut pages, mut bytes) = (0, 0);
    loop {
        let mut answer = client
            .post(&address)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "gzip")
            .header("Authorization", "Bearer none")
            .header("Prefer", "odata.maxpagesize=1000")
            .body(r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"ResultSize":"Unlimited"}}}"#)
            .send()
            .await?
            .error_for_status()?;
        let packed = answer.headers().contains_key("content-encoding");
        let mut unpacker = GzDecoder::new(Dropped::default());
        let mut plain = Dropped::default();
        while let Some(piece) = answer.chunk().await? {
            if packed {
                unpacker.write_all(&piece)?;
            } else {
                plain.write_all(&piece)?;
            }
        }
        let dropped = if packed { unpacker.finish()? } else { plain };
        pages += 1;
        bytes += dropped.bytes;
        match next_link(&String::from_utf8_lossy(&dropped.head)) {
            Some(link) => address = link,
            None => break,
        }
    }
    writeln!(io::stdout(), "{pages} pages, {bytes} bytes")?;
    Ok(())
}

fn client(ca: &[u8]) -> Result<reqwest::Client, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(pem::parse(ca)?.into_contents()))?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(config).http1_only().no_proxy().build()?)
}

fn next_link(head: &str) -> Option<String> {
    let (_, rest) = head.split_once("\"@odata.nextLink\":\"")?;
    rest.split_once('"').map(|(link, _)| link.to_owned())
}

/// The link stands within so many bytes.
const HEAD: usize = 2000;

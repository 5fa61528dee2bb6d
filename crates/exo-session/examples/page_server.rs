//! A service that has nothing to do but send: pages of mailboxes made beforehand, over TLS on this machine.
//!
//! `page_server FOLDER ROWS plain|gzip` writes its CA to `FOLDER/ca.pem`, then prints `ready PORT`. Benchmarks measure the
//! clients that read from it, so that neither making rows nor packing them is what takes the time.

use flate2::{Compression, write::GzEncoder};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};

/// Rows in a page.
const PAGE: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(folder), Some(rows), Some(form)) = (words.next(), words.next(), words.next()) else {
        return Err("page_server FOLDER ROWS plain|gzip".into());
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(
        &folder,
        rows.parse()?,
        form == "gzip",
    ))
}

async fn serve(folder: &str, rows: usize, packed: bool) -> Result<(), Box<dyn Error>> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    std::fs::write(format!("{folder}/ca.pem"), made.cert.pem())?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let answers: Result<Vec<_>, _> =
        (0..rows.div_ceil(PAGE)).map(|number| answer(number, rows, port, packed)).collect();
    let answers = Arc::new(answers?);
    writeln!(std::io::stdout(), "ready {port}")?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (acceptor, answers) = (acceptor.clone(), Arc::clone(&answers));
        // A client that goes away ends its connection, and nothing else.
        tokio::spawn(async move { drop(connection(acceptor, stream, &answers).await) });
    }
}

/// Answers requests until the client hangs up.
async fn connection(acceptor: TlsAcceptor, stream: TcpStream, answers: &[Vec<u8>]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = acceptor.accept(stream).await?;
    let mut received = Vec::new();
    loop {
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
            continue;
        };
        let head = String::from_utf8_lossy(received.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let after = |mark: &str| {
            let digits = head.split_once(mark).map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
            digits.and_then(|digits: String| digits.parse::<usize>().ok()).unwrap_or_default()
        };
        let whole = end + 4 + after("content-length: ");
        if received.len() < whole {
            stream.read_buf(&mut received).await?;
            continue;
        }
        received.drain(..whole);
        stream.write_all(answers.get(after("skiptoken=")).map_or(b"".as_slice(), Vec::as_slice)).await?;
        stream.flush().await?;
    }
}

/// Head and body of the answer that holds a page.
fn answer(number: usize, rows: usize, port: u16, packed: bool) -> std::io::Result<Vec<u8>> {
    let tenant = "adminapi/beta/contoso.onmicrosoft.com";
    let mut body = format!(
        "{{\"@odata.context\":\"https://localhost:{port}/{tenant}/$metadata#Collection(Exchange.GenericHashTable)\",\
         \"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[],"
    );
    let (first, end) = (number * PAGE, rows.min((number + 1) * PAGE));
    if end < rows {
        let link = format!("https://localhost:{port}/{tenant}/InvokeCommand?%24skiptoken={}", number + 1);
        write!(body, "\"@odata.nextLink\":\"{link}\",").map_err(std::io::Error::other)?;
    }
    body.push_str("\"value\":[");
    for row in first..end {
        body.push_str(if row == first { "" } else { "," });
        push_row(&mut body, row).map_err(std::io::Error::other)?;
    }
    body.push_str("]}");
    let mut body = body.into_bytes();
    if packed {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&body)?;
        body = encoder.finish()?;
    }
    let label = if packed { "Content-Encoding: gzip\r\n" } else { "" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8\r\n\
         request-id: 3b9b1a7e-0c5e-4c1d-8a35-2f0b7d6c9e02\r\n{label}Content-Length: {length}\r\n\r\n"
    );
    Ok([head.as_bytes(), &body].concat())
}

/// A mailbox of about 500 bytes, with annotations, and an escape in every eighth name.
fn push_row(body: &mut String, row: usize) -> std::fmt::Result {
    let (first, last) = (FIRST[row % FIRST.len()], LAST[row / FIRST.len() % LAST.len()]);
    let guid = (row as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let (kind, hidden) = if row.is_multiple_of(9) { ("SharedMailbox", true) } else { ("UserMailbox", false) };
    write!(
        body,
        "{{\"Identity\":\"user{row}\",\"UserPrincipalName\":\"user{row}@contoso.onmicrosoft.com\",\
         \"DisplayName\":\"{first} {last}\",\"RecipientTypeDetails\":\"{kind}\",\
         \"ExchangeGuid@data.type\":\"System.Guid\",\"ExchangeGuid@odata.type\":\"#Guid\",\
         \"ExchangeGuid\":\"{:08x}-{:04x}-{:04x}-9d9e-{:012x}\",\
         \"EmailAddresses@odata.type\":\"#Collection(String)\",\
         \"EmailAddresses\":[\"SMTP:user{row}@contoso.com\",\"smtp:user{row}@contoso.onmicrosoft.com\"],\
         \"ForwardingAddress\":null,\"HiddenFromAddressListsEnabled\":{hidden},\"Priority\":{},\
         \"WhenCreatedUTC@data.type\":\"System.DateTime\",\"WhenCreatedUTC\":\"2026-03-02T08:15:{:02}.0000000Z\"}}",
        guid & 0xffff_ffff,
        guid >> 32 & 0xffff,
        guid >> 48 & 0xffff,
        guid >> 64 & 0xffff_ffff_ffff,
        row % 7,
        row % 60,
    )
}

const FIRST: [&str; 8] = ["Adele", "Ben", "Carla", "J\\u00f6rg", "Dora", "Emil", "Frida", "Gus"];
const LAST: [&str; 7] = ["Vance", "Walters", "Young", "Archer", "Brown", "Carter", "Dreyfus"];

//! Writes four columns of all mailboxes to a CSV file, page by page: signs in with a certificate, and follows the links.
//!
//! `mailboxes_csv FOLDER OUT`, of a tenant that `exoctl emulator --folder FOLDER` serves. The benchmark `people` compares a
//! script in Python with it.

use exo_cert::ClientCertificate;
use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{Clock, Cloud, Fields, Invocation, Invoker, Next, Page, Secret, Service};
use exo_session::Session;
use exo_token::{AppCredential, CertificateAssertion};
use serde_json::Value;
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What is read of a record.
const COLUMNS: [&str; 4] = ["UserPrincipalName", "DisplayName", "RecipientTypeDetails", "WhenMailboxCreated"];

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out] = words.as_slice() else { return Err("mailboxes_csv FOLDER OUT".into()) };
    let session = session(Path::new(folder))?;
    let mut file = File::create(out)?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(write(&session, &mut file))
}

/// A session with the tenant that the files of a folder describe.
fn session(folder: &Path) -> Result<Session, Box<dyn Error>> {
    let facts: Value = serde_json::from_slice(&fs::read(folder.join("tenant.json"))?)?;
    let fact = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
    let password = Secret::from(fs::read_to_string(folder.join("password.txt"))?.trim());
    let certificate = ClientCertificate::from_bytes(&fs::read(folder.join("app.pfx"))?, Some(&password))?;

    let transport = HttpsTransport::builder().extra_ca_pem(&fs::read(folder.join("ca.pem"))?).build()?;
    let (transport, clock): (Arc<dyn Transport>, Arc<dyn Clock>) = (Arc::new(transport), Arc::new(SystemClock::new()));
    let (tenant, app) = (fact("organization").parse()?, fact("app_id").parse()?);
    let source = CertificateAssertion::new(certificate)?;
    let credential = AppCredential::builder(Arc::clone(&transport), Arc::clone(&clock), tenant, app, source);
    let tokens = Arc::new(credential.login(fact("login_localhost").parse()?).build()?.cached());

    let mut endpoints = Cloud::Worldwide.endpoints();
    endpoints.exchange = fact("exchange").parse()?;
    let organization = fact("organization").parse()?;
    let session = Session::builder(Service::Exchange, organization, tokens, transport, clock);
    Ok(session.endpoints(endpoints).build())
}

async fn write(session: &Session, out: &mut File) -> Result<(), Box<dyn Error>> {
    let call =
        Invocation::new(Service::Exchange, "Get-Mailbox".parse()?).with("ResultSize", "Unlimited").select(COLUMNS);
    let mut text = COLUMNS.join(",").into_bytes();
    text.extend(b"\r\n");
    let (mut pages, mut bytes) = (session.invoke(call).await?, 0);
    loop {
        match pages.next().await? {
            Next::Page(page) => {
                push_rows(&mut text, &page)?;
                bytes += page.body().len();
            }
            Next::End(end) if end.is_complete() => {
                out.write_all(&text)?;
                return Ok(writeln!(std::io::stdout(), "{} {bytes}", end.records)?);
            }
            Next::End(end) => return Err(format!("not complete: {:?}", end.gaps).into()),
        }
        out.write_all(&text)?;
        text.clear();
    }
}

fn push_rows(text: &mut Vec<u8>, page: &Page) -> Result<(), Box<dyn Error>> {
    let fields = Fields::new(COLUMNS);
    for record in page.texts()? {
        for cell in fields.of(record)? {
            push_cell(text, &cell.text().unwrap_or_default());
            text.push(b',');
        }
        text.pop();
        text.extend(b"\r\n");
    }
    Ok(())
}

/// A cell, in quotes where it holds what separates cells (RFC 4180).
fn push_cell(text: &mut Vec<u8>, cell: &str) {
    // All bytes are looked at, since that is done many at a time.
    let separates = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if cell.bytes().fold(false, |found, byte| found | separates(byte)) {
        text.push(b'"');
        text.extend(cell.replace('"', "\"\"").into_bytes());
        text.push(b'"');
    } else {
        text.extend(cell.as_bytes());
    }
}

//! Writes four columns of all mailboxes to a CSV file, page by page, with a token from a file.
//!
//! `mailboxes_csv EXCHANGE_URL ORGANIZATION CA_FILE TOKEN_FILE OUT`.

use exo_http::{HttpsTransport, SystemClock};
use exo_model::{
    AccessToken, Cloud, Invocation, Invoker, Next, Page, SeamError, Secret, Service, TokenProvider, TokenRequest,
};
use exo_session::Session;
use std::borrow::Cow;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A token that somebody else has fetched.
#[derive(Debug)]
struct Given(AccessToken);

#[async_trait::async_trait]
impl TokenProvider for Given {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(self.0.clone())
    }
}

/// What is read of a record; a text without escapes is borrowed from the page.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mailbox<'a> {
    #[serde(borrow)]
    user_principal_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    display_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    recipient_type_details: Option<Cow<'a, str>>,
    #[serde(borrow)]
    when_mailbox_created: Option<Cow<'a, str>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [exchange, organization, ca, token, out] = words.as_slice() else {
        return Err("mailboxes_csv EXCHANGE_URL ORGANIZATION CA_FILE TOKEN_FILE OUT".into());
    };
    let secret = Secret::new(fs::read_to_string(token)?.trim().to_owned());
    let token = AccessToken::new(secret, SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000));
    let mut endpoints = Cloud::Worldwide.endpoints();
    endpoints.exchange = exchange.parse()?;
    let transport = Arc::new(HttpsTransport::builder().extra_ca_pem(&fs::read(ca)?).build()?);
    let (tokens, clock) = (Arc::new(Given(token)), Arc::new(SystemClock::new()));
    let session = Session::builder(Service::Exchange, organization.parse()?, tokens, transport, clock)
        .endpoints(endpoints)
        .build();
    let mut file = BufWriter::with_capacity(1 << 16, File::create(out)?);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(write(&session, &mut file))?;
    file.flush()?;
    Ok(())
}

async fn write(session: &Session, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let columns = ["UserPrincipalName", "DisplayName", "RecipientTypeDetails", "WhenMailboxCreated"];
    write!(out, "{}\r\n", columns.join(","))?;
    let call =
        Invocation::new(Service::Exchange, "Get-Mailbox".parse()?).with("ResultSize", "Unlimited").select(columns);
    let mut pages = session.invoke(call).await?;
    loop {
        match pages.next().await? {
            Next::Page(page) => rows(&page, out)?,
            Next::End(end) if end.is_complete() => return Ok(()),
            Next::End(end) => return Err(format!("not complete: {:?}", end.gaps).into()),
        }
    }
}

fn rows(page: &Page, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    for record in page.records() {
        let row: Mailbox<'_> = serde_json::from_slice(record)?;
        let cells = [row.user_principal_name, row.display_name, row.recipient_type_details, row.when_mailbox_created];
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                out.write_all(b",")?;
            }
            push_cell(out, cell.as_deref().unwrap_or_default())?;
        }
        out.write_all(b"\r\n")?;
    }
    Ok(())
}

/// A cell, in quotes where it holds what separates cells (RFC 4180).
fn push_cell(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', '"', '\r', '\n']) {
        write!(out, "\"{}\"", text.replace('"', "\"\""))
    } else {
        out.write_all(text.as_bytes())
    }
}

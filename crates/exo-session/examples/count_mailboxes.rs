//! Streams all mailboxes through a session and counts them, in memory that does not depend on how many there are.
//!
//! `count_mailboxes FOLDER PORT`, of the service that `page_server` is.

use exo_http::{HttpsTransport, SystemClock};
use exo_model::{
    AccessToken, Cloud, Invocation, Invoker, Next, SeamError, Secret, Service, TokenProvider, TokenRequest,
};
use exo_session::Session;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A token that nobody checks.
#[derive(Debug)]
struct Unchecked;

#[async_trait::async_trait]
impl TokenProvider for Unchecked {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        Ok(AccessToken::new(Secret::new("none".to_owned()), end))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(folder), Some(port)) = (words.next(), words.next()) else {
        return Err("count_mailboxes FOLDER PORT".into());
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(count(&folder, &port))
}

async fn count(folder: &str, port: &str) -> Result<(), Box<dyn Error>> {
    let ca = std::fs::read(format!("{folder}/ca.pem"))?;
    let transport = Arc::new(HttpsTransport::builder().extra_ca_pem(&ca).build()?);
    let mut endpoints = Cloud::Worldwide.endpoints();
    endpoints.exchange = format!("https://localhost:{port}").parse()?;
    let organization = "contoso.onmicrosoft.com".parse()?;
    let clock = Arc::new(SystemClock::new());
    let session = Session::builder(Service::Exchange, organization, Arc::new(Unchecked), transport, clock)
        .endpoints(endpoints)
        .build();
    let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse()?).with("ResultSize", "Unlimited");
    let mut pages = session.invoke(call).await?;
    let (mut records, mut bytes) = (0, 0);
    loop {
        match pages.next().await? {
            Next::Page(page) => {
                records += page.len();
                bytes += page.records().map(<[u8]>::len).sum::<usize>();
            }
            Next::End(end) => {
                let complete = end.is_complete();
                writeln!(std::io::stdout(), "{records} mailboxes, {bytes} bytes, complete: {complete}")?;
                return Ok(());
            }
        }
    }
}

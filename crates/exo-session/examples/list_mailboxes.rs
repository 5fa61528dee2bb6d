//! Lists the mailboxes of a tenant, with a token provider of one's own.
//!
//! `list_mailboxes ORGANIZATION TOKEN_FILE`

use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{AccessToken, Invocation, Invoker, Next, SeamError, Secret, Service, TokenProvider, TokenRequest};
use exo_session::Session;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A token that somebody else has fetched.
#[derive(Debug)]
struct Given(String);

#[async_trait::async_trait]
impl TokenProvider for Given {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::from(self.0.trim()), SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000)))
    }
}

/// Writes each mailbox as a line of JSON.
pub(crate) async fn list(
    (organization, token): (&str, String),
    transport: Arc<dyn Transport>,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let (tokens, clock) = (Arc::new(Given(token)), Arc::new(SystemClock::new()));
    let session = Session::builder(Service::Exchange, organization.parse()?, tokens, transport, clock).build();
    let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse()?).select(["UserPrincipalName"]);
    let mut pages = session.invoke(call).await?;
    loop {
        match pages.next().await? {
            Next::Page(page) => {
                for record in page.records() {
                    writeln!(out, "{}", String::from_utf8_lossy(record))?;
                }
            }
            Next::End(end) if end.is_complete() => return Ok(()),
            Next::End(end) => return Err(format!("not complete: {:?}", end.gaps).into()),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [organization, token] = words.as_slice() else { return Err("list_mailboxes ORGANIZATION TOKEN_FILE".into()) };
    let transport = Arc::new(HttpsTransport::builder().build()?);
    list((organization, std::fs::read_to_string(token)?), transport, &mut std::io::stdout()).await
}

//! The least that reads the same pages as `exoctl run mailboxes`: one connection, no spans, no rows, everything dropped.
//!
//! The benchmark compares the program with it. `bare_client FOLDER`, a folder that `exoctl emulator` wrote.

use exo_cert::ClientCertificate;
use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{Clock, Scope, Secret, TokenProvider, TokenRequest};
use exo_token::{AppCredential, CertificateAssertion};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// What the report reads of each mailbox; the benchmark fails if it is not what the report declares.
const SELECT: &str = include_str!("bare_client.select");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("bare_client FOLDER")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(read(Path::new(&folder)))
}

async fn read(folder: &Path) -> Result<(), Box<dyn Error>> {
    let facts: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("tenant.json"))?)?;
    let fact = |name: &str| facts[name].as_str().map(str::to_owned).ok_or(format!("no {name}"));
    let transport: Arc<dyn Transport> =
        Arc::new(HttpsTransport::builder().extra_ca_pem(&std::fs::read(folder.join("ca.pem"))?).no_proxy().build()?);
    let token = sign_in(folder, &transport, &fact("login")?, &fact("app_id")?, &fact("organization")?).await?;
    let organization = fact("organization")?;
    let select = SELECT.trim().replace('\n', ",");
    let mut address = format!("{}/adminapi/beta/{organization}/InvokeCommand?$select={select}", fact("exchange")?);
    let mut bytes = 0;
    let mut pages = 0;
    loop {
        let request = http::Request::post(&address)
            .header("Authorization", format!("Bearer {}", token.expose()))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .header("Accept-Encoding", "gzip")
            .header("Prefer", "odata.maxpagesize=1000")
            .header(
                "X-AnchorMailbox",
                format!("UPN:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{organization}"),
            )
            .body(r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"ResultSize":"Unlimited"}}}"#.into())?;
        let response = transport.send(request).await?;
        if !response.status().is_success() {
            return Err(format!("the service answered {}", response.status()).into());
        }
        bytes += response.body().len();
        pages += 1;
        match next_link(response.body()) {
            Some(link) => address = link,
            None => break,
        }
    }
    let mut stdout = std::io::stdout();
    std::io::Write::write_all(&mut stdout, format!("{pages} pages, {bytes} bytes\n").as_bytes())?;
    Ok(())
}

async fn sign_in(
    folder: &Path,
    transport: &Arc<dyn Transport>,
    login: &str,
    app_id: &str,
    organization: &str,
) -> Result<Secret, Box<dyn Error>> {
    let password = std::fs::read_to_string(folder.join("password.txt"))?;
    let password = Secret::from(password.trim_end());
    let certificate = ClientCertificate::from_bytes(&std::fs::read(folder.join("app.pfx"))?, Some(&password))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let source = CertificateAssertion::new(certificate)?;
    let credential =
        AppCredential::builder(Arc::clone(transport), clock, organization.parse()?, app_id.parse()?, source)
            .login(login.parse()?)
            .build()?;
    let request = TokenRequest::new(Scope::new("https://outlook.office365.com/.default"));
    Ok(credential.token(&request).await?.secret().clone())
}

/// The link stands before the records, or behind them; a search through the bytes finds it in both places.
fn next_link(body: &[u8]) -> Option<String> {
    let name: &[u8] = br#""@odata.nextLink":"#;
    let find = |part: &[u8]| part.windows(name.len()).position(|window| window == name);
    let head = body.get(..2000).unwrap_or(body);
    let start = find(head).or_else(|| {
        let from = body.len().saturating_sub(2000);
        find(body.get(from..)?).map(|at| at + from)
    })? + name.len();
    let rest = body.get(start..)?;
    let quote = rest.iter().position(|byte| *byte == b'"')? + 1;
    let text = rest.get(quote..)?;
    let end = text.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(text.get(..end)?.to_vec()).ok()
}

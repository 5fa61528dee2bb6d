//! Signs in to any authorization server that takes `private_key_jwt` (RFC 7523), with a certificate's key.
//!
//! `private_key_jwt TOKEN-URL AUDIENCE CLIENT-ID PFX PASSWORD-FILE SCOPE PS256|RS256`

use exo_cert::{ClientCertificate, SignatureAlgorithm};
use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{Clock, Scope, Secret, TokenProvider, TokenRequest};
use exo_token::{AppCredential, CertificateAssertion};
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, audience, client, pfx, password, scope, algorithm] = arguments.as_slice() else {
        return Err("private_key_jwt TOKEN-URL AUDIENCE CLIENT-ID PFX PASSWORD-FILE SCOPE PS256|RS256".into());
    };
    let password = std::fs::read_to_string(password)?;
    let password = Secret::from(password.trim_end());
    let certificate = ClientCertificate::from_bytes(&std::fs::read(pfx)?, Some(&password))?;
    let algorithm = match algorithm.as_str() {
        "PS256" => SignatureAlgorithm::Ps256,
        "RS256" => SignatureAlgorithm::Rs256,
        other => return Err(format!("{other} is not PS256 or RS256").into()),
    };
    let transport: Arc<dyn Transport> = Arc::new(HttpsTransport::builder().no_proxy().build()?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    // The tenant names nothing here: the whole address of the token endpoint is given.
    let tenant = "contoso.onmicrosoft.com".parse()?;
    let source = CertificateAssertion::new(certificate)?.algorithm(algorithm)?;
    let credential = AppCredential::builder(transport, Arc::clone(&clock), tenant, client.parse()?, source)
        .token_url(url)
        .assertion_audience(audience)
        .build()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = runtime.block_on(credential.token(&TokenRequest::new(Scope::new(scope))))?;
    let life = token.expires_at().duration_since(clock.now())?.as_secs();
    let length = token.secret().expose().len();
    Ok(std::io::stdout().write_all(format!("a token of {length} characters, good for {life} seconds\n").as_bytes())?)
}

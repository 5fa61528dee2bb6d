//! A script, a clock that stands still, and credentials that use them.

use exo_cert::ClientCertificate;
use exo_http::{FakeClock, Request, ScriptedTransport};
use exo_model::{Scope, TokenRequest};
use exo_token::{AppCredential, AppCredentialBuilder, AssertionSource, CertificateAssertion};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const NOW: u64 = 1_780_000_000;
pub(crate) const PEM: &[u8] = include_bytes!("../data/app.pem");
pub(crate) const ENDPOINT: &str = "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token";
pub(crate) const ISSUED: &str =
    r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"marked-token"}"#;
/// Half of every range of chance.
pub(crate) const HALF: fn() -> u32 = || 1 << 31;

/// A script, a clock, and credentials that use them.
pub(crate) struct World {
    pub(crate) transport: Arc<ScriptedTransport>,
    pub(crate) clock: Arc<FakeClock>,
}

impl World {
    pub(crate) fn new(script: ScriptedTransport) -> Self {
        Self { transport: Arc::new(script), clock: Arc::new(FakeClock::at(NOW)) }
    }

    pub(crate) fn builder(&self) -> AppCredentialBuilder {
        self.vouched_by(CertificateAssertion::new(app_certificate()).unwrap())
    }

    pub(crate) fn vouched_by(&self, source: impl AssertionSource + 'static) -> AppCredentialBuilder {
        AppCredential::builder(
            Arc::clone(&self.transport) as _,
            Arc::clone(&self.clock) as _,
            "contoso.onmicrosoft.com".parse().unwrap(),
            "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
            source,
        )
        .random(HALF)
    }

    pub(crate) fn credential(&self) -> AppCredential {
        self.builder().build().unwrap()
    }

    pub(crate) fn waits(&self) -> Vec<f64> {
        self.clock.slept().iter().map(std::time::Duration::as_secs_f64).collect()
    }
}

pub(crate) fn app_certificate() -> ClientCertificate {
    ClientCertificate::from_bytes(PEM, None).unwrap()
}

pub(crate) fn exchange() -> TokenRequest {
    TokenRequest::new(Scope::new("https://outlook.office365.com/.default"))
}

pub(crate) fn compliance() -> TokenRequest {
    TokenRequest::new(Scope::new("https://ps.compliance.protection.outlook.com/.default"))
}

/// A token with these claims, as far as anybody but its audience can see.
pub(crate) fn jwt(claims: &serde_json::Value) -> String {
    use base64::Engine;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("eyJhbGciOiJSUzI1NiJ9.{claims}.c2ln")
}

/// The fields of a form, decoded.
pub(crate) fn form(request: &Request) -> BTreeMap<String, String> {
    let body = std::str::from_utf8(request.body()).unwrap();
    body.split('&').map(|field| field.split_once('=').unwrap()).map(|(n, v)| (n.to_owned(), decoded(v))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Header and claims of the assertion in a request.
pub(crate) fn assertion(request: &Request) -> (serde_json::Value, serde_json::Value) {
    use base64::Engine;
    let jwt = form(request).remove("client_assertion").unwrap();
    let part = |index: usize| {
        let bytes =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

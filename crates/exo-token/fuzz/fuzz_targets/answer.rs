//! Whatever a token endpoint answers, there is a token that can stand in a header, or an error that can be shown.
#![no_main]

use exo_model::{Diagnose, Scope, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{AppCredential, AssertionSource, Audience, openid};
use exo_token_fuzz::{Answers, Still, check, now};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
struct Vouched;

#[async_trait::async_trait]
impl AssertionSource for Vouched {
    async fn assertion(&self, _: &Audience<'_>) -> Result<Secret, SeamError> {
        Ok(Secret::from("MARKED"))
    }
}

fuzz_target!(|data: &[u8]| {
    let tenant: exo_model::TenantName = "contoso.onmicrosoft.com".parse().expect("a tenant");
    let app = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().expect("an app");
    let credential =
        AppCredential::builder(Arc::new(Answers::read(data)), Arc::new(Still), tenant.clone(), app, Vouched)
            .random(|| 0)
            .wait_for_propagation(Duration::from_secs(30))
            .build()
            .expect("a credential");
    match now(credential.token(&TokenRequest::new(Scope::new("https://outlook.office365.com/.default")))) {
        Ok(token) => {
            let text = token.secret().expose();
            assert!(!text.is_empty() && http::HeaderValue::from_str(&format!("Bearer {text}")).is_ok());
        }
        Err(error) => {
            check(&error);
            drop(error.hint());
        }
    }
    let login = exo_model::Cloud::Worldwide.endpoints().login;
    if let Err(error) = now(openid::tenant_id(&Answers::read(data), &login, &tenant)) {
        check(&error);
    }
});

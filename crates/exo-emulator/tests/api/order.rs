//! The order in which the token endpoint looks: of two mistakes, the one that is looked at first is told.

use exo_emulator::{App, Tenant};
use serde_json::{Value, json};

use crate::client::*;

/// A request that can be wrong in any number of places.
struct Attempt {
    app: App,
    tenant: &'static str,
    header: Value,
    claims: Value,
    signer: &'static Identity,
    fields: Vec<(&'static str, String)>,
}

impl Attempt {
    fn good() -> Self {
        let signer = identity();
        let (header, claims) = (signer.header(), claims());
        Self { app: full_app(), tenant: TENANT, header, claims, signer, fields: fields("", EXCHANGE_SCOPE) }
    }

    /// Signs and sends; gives the code of the refusal.
    fn code(&mut self) -> u64 {
        let assertion = self.signer.jwt(&self.header, &self.claims);
        self.set("client_assertion", &assertion);
        self.code_unsigned()
    }

    /// Sends what is there.
    fn code_unsigned(&self) -> u64 {
        let emulator = start(Tenant::contoso().app(self.app.clone()));
        let reply = post_form(&emulator, &format!("/{}/oauth2/v2.0/token", self.tenant), &form(&self.fields));
        reply.json()["error_codes"][0].as_u64().unwrap()
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some((_, known)) = self.fields.iter_mut().find(|(known, _)| *known == name) {
            value.clone_into(known);
        }
    }

    fn remove_claim(&mut self, name: &str) {
        self.claims.as_object_mut().unwrap().remove(name);
    }
}

fn stranger() -> &'static Identity {
    static STRANGER: std::sync::OnceLock<Identity> = std::sync::OnceLock::new();
    STRANGER.get_or_init(Identity::make)
}

#[test]
fn policy_is_looked_at_after_the_scope_and_that_after_the_principal() {
    let mut attempt = Attempt::good();
    attempt.app = attempt.app.blocked(true);
    assert_eq!(attempt.code(), 53_003);
    attempt.set("scope", "https://nowhere.example.com/.default");
    assert_eq!(attempt.code(), 500_011);
    attempt.set("scope", "https://nowhere.example.com");
    assert_eq!(attempt.code(), 1_002_012);
    attempt.app = attempt.app.enabled(false);
    assert_eq!(attempt.code(), 7_000_112);
    attempt.app = attempt.app.service_principal(false);
    assert_eq!(attempt.code(), 7_000_229);
    attempt.claims["exp"] = json!(now() - 1000);
    assert_eq!(attempt.code(), 700_024);
}

#[test]
fn an_assertion_is_looked_at_from_its_form_to_its_time() {
    let mut attempt = Attempt::good();
    attempt.claims["exp"] = json!(now() - 1000);
    assert_eq!(attempt.code(), 700_024);
    attempt.signer = stranger();
    assert_eq!(attempt.code(), 700_027);
    attempt.header.as_object_mut().unwrap().remove("x5t#S256");
    assert_eq!(attempt.code(), 5_002_723);
    attempt.claims["aud"] = json!("https://login.example.com/");
    assert_eq!(attempt.code(), 700_023);
    attempt.claims["sub"] = json!("somebody");
    assert_eq!(attempt.code(), 700_021);
    attempt.remove_claim("iss");
    assert_eq!(attempt.code(), 90_014);
    attempt.header["alg"] = json!("HS256");
    assert_eq!(attempt.code(), 5_002_738);
    attempt.set("client_assertion", "x");
    assert_eq!(attempt.code_unsigned(), 50_027);
}

#[test]
fn the_request_is_looked_at_from_its_form_to_its_credential() {
    let mut attempt = Attempt::good();
    attempt.set("client_assertion", "x");
    assert_eq!(attempt.code_unsigned(), 50_027);
    attempt.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    attempt.set("client_assertion", "");
    assert_eq!(attempt.code_unsigned(), 7_000_218);
    attempt.set("client_assertion", "x");
    attempt.app = attempt.app.public_client(true);
    assert_eq!(attempt.code_unsigned(), 700_025);
    attempt.set("client_id", "11111111-0812-40a2-b820-b22ebd02bce3");
    assert_eq!(attempt.code_unsigned(), 700_016);
    attempt.tenant = "fabrikam.com";
    assert_eq!(attempt.code_unsigned(), 90_002);
    attempt.tenant = "fabrikam";
    assert_eq!(attempt.code_unsigned(), 900_023);
    attempt.set("grant_type", "password");
    assert_eq!(attempt.code_unsigned(), 70_003);
    attempt.set("grant_type", "");
    assert_eq!(attempt.code_unsigned(), 900_144);
}

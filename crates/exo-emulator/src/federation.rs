//! Federated credentials: whether another issuer's token proves an app.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

mod foreign_keys;
mod runners;
mod settings;

pub(crate) use foreign_keys::ForeignKeys;
pub(crate) use runners::{GITHUB, answer, is_runner_path, pipelines_issuer};
pub(crate) use settings::{EXCHANGE_AUDIENCE, Runner, RunnerKind, exchange_audience};
pub use settings::{FederatedCredential, ForeignToken};

use crate::app::App;
use crate::clock::Civil;
use crate::token_error::Refusal;
use crate::world::World;

/// Whether an assertion names another issuer than the app itself.
pub(crate) fn is_foreign(assertion: &str) -> bool {
    Token::parse(assertion).is_some_and(|token| token.text("iss").is_some_and(|issuer| issuer.starts_with("https://")))
}

/// Checks another issuer's token against the app's federated credentials.
pub(crate) fn verify(world: &World, app: &App, assertion: &str) -> Result<(), Refusal> {
    let token = Token::parse(assertion).ok_or_else(|| Refusal::new(50_027, "JWT token is invalid or malformed."))?;
    let age = world.age();
    let known: Vec<_> = app.federated.iter().filter(|known| known.visible_after <= age).collect();
    token.check_kind(&known)?;
    token.check_algorithm()?;
    token.check_trust(&known)?;
    if !world.foreign_keys.verify(token.message, &token.signature) {
        return Err(Refusal::new(700_027, "Client assertion failed signature validation."));
    }
    token.check_times(world.clock.now(), world.tenant.assertion_tolerance)
}

struct Token<'a> {
    message: &'a str,
    header: Value,
    claims: Value,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (message, signature) = text.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            message,
            header: read(header)?,
            claims: read(claims)?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The audience: text, or a list of one as Kubernetes has it.
    fn audience(&self) -> Option<&str> {
        match self.claims.get("aud") {
            Some(Value::Array(list)) if list.len() == 1 => list.first().and_then(Value::as_str),
            _ => self.text("aud"),
        }
    }

    /// Refuses the token service's own access tokens, unless an app says that it trusts them.
    fn check_kind(&self, trusted: &[&FederatedCredential]) -> Result<(), Refusal> {
        let issuer = self.text("iss").unwrap_or_default();
        let own = ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"];
        let is_trusted = trusted.iter().any(|known| known.issuer == issuer);
        if own.iter().any(|known| issuer.starts_with(known)) && !is_trusted {
            return Err(Refusal::new(700_222, "AAD-issued tokens may not be used for federated identity flows."));
        }
        Ok(())
    }

    fn check_algorithm(&self) -> Result<(), Refusal> {
        let name = self.header.get("alg").and_then(Value::as_str).unwrap_or_default();
        if name == "RS256" {
            return Ok(());
        }
        let text = format!("Invalid JWT token. '{name}' is not a supported signature algorithm.");
        Err(Refusal::new(5_002_738, text))
    }

    fn check_trust(&self, trusted: &[&FederatedCredential]) -> Result<(), Refusal> {
        let missing = |name| {
            let text = format!("The required field '{name}' is missing from the credential.");
            Refusal::new(90_014, text)
        };
        let issuer = self.text("iss").ok_or_else(|| missing("iss"))?;
        let subject = self.text("sub").ok_or_else(|| missing("sub"))?;
        let audience = self.audience().ok_or_else(|| missing("aud"))?;
        if trusted.is_empty() {
            let text = format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. \
                 Assertion Subject: '{subject}'. Assertion Audience: '{audience}'. {HELP}"
            );
            return Err(Refusal::new(70_021, text));
        }
        let by_issuer: Vec<_> = trusted.iter().filter(|known| known.issuer == issuer).collect();
        let unmatched = |code, what: &str, value: &str| {
            let text = format!(
                "No matching federated identity record found for presented assertion {what} '{value}'. Check your \
                 federated identity credential Subject, Audience and Issuer against the presented assertion. {HELP}"
            );
            Refusal::new(code, text)
        };
        if by_issuer.is_empty() {
            return Err(unmatched(700_211, "issuer", issuer));
        }
        let mut by_subject = by_issuer.iter().filter(|known| known.subject == subject).peekable();
        if by_subject.peek().is_none() {
            return Err(unmatched(700_213, "subject", subject));
        }
        if by_subject.any(|known| known.audience == audience) {
            return Ok(());
        }
        Err(unmatched(700_212, "audience", audience))
    }

    fn check_times(&self, now: i64, tolerance: i64) -> Result<(), Refusal> {
        let time = |name: &str| self.claims.get(name).and_then(Value::as_i64);
        let start = time("nbf").or_else(|| time("iat")).unwrap_or(0);
        let end = time("exp").unwrap_or(0);
        if start <= now.saturating_add(tolerance) && end >= now.saturating_sub(tolerance) {
            return Ok(());
        }
        let shown = |time: i64| format!("{}.0000000Z", Civil::from_unix(time).iso());
        let text = format!(
            "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry \
             time of assertion {}.",
            shown(now),
            shown(start),
            shown(end)
        );
        Err(Refusal::new(700_024, text))
    }
}

const HELP: &str = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";

//! Trust in tokens of other issuers, and the tokens that the emulator makes in their place.

use std::time::Duration;

use crate::app::App;
use crate::cloud::Cloud;
use crate::tenant::Tenant;

/// A federated credential of an app: whose tokens it may bring instead of an assertion of its own.
///
/// ```
/// use exo_emulator::{App, FederatedCredential};
///
/// let app = App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3").federated(FederatedCredential::new(
///     "https://token.actions.githubusercontent.com",
///     "repo:contoso/reports:ref:refs/heads/main",
/// ));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FederatedCredential {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) visible_after: i64,
}

impl FederatedCredential {
    /// Trust in the tokens of `issuer` for `subject`; both are compared to the letter.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            audience: EXCHANGE_AUDIENCE.to_owned(),
            visible_after: 0,
        }
    }

    /// The audience that the token must have; `api://AzureADTokenExchange` if not said.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// How long after the tenant's start the token service learns of the credential; at once if not said.
    #[must_use]
    pub fn visible_after(mut self, delay: Duration) -> Self {
        self.visible_after = i64::try_from(delay.as_secs()).unwrap_or(i64::MAX);
        self
    }
}

/// A token of another issuer that the emulator makes, such as the one that Kubernetes puts into a file.
///
/// ```
/// use exo_emulator::ForeignToken;
///
/// let token = ForeignToken::new("https://oidc.localhost", "system:serviceaccount:reports:exoctl").lifetime(300);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignToken {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) issued: i64,
    pub(crate) lifetime: i64,
    pub(crate) stranger: bool,
}

impl ForeignToken {
    /// A token for the exchange that lives ten minutes by the tenant's clock.
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            audience: EXCHANGE_AUDIENCE.to_owned(),
            issued: 0,
            lifetime: 600,
            stranger: false,
        }
    }

    /// The audience.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// How many seconds after now the token begins; negative for the past.
    #[must_use]
    pub const fn issued(mut self, seconds: i64) -> Self {
        self.issued = seconds;
        self
    }

    /// How many seconds the token lives.
    #[must_use]
    pub const fn lifetime(mut self, seconds: i64) -> Self {
        self.lifetime = seconds;
        self
    }

    /// Signs with a key that the issuer does not have.
    #[must_use]
    pub const fn signed_by_a_stranger(mut self) -> Self {
        self.stranger = true;
        self
    }
}

/// The runner of a pipeline, which is given tokens on request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    pub(crate) kind: RunnerKind,
    pub(crate) subject: String,
}

/// Whose runner it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunnerKind {
    Github,
    /// Azure Pipelines, for a service connection.
    Pipelines {
        connection: String,
    },
}

impl App {
    /// Adds a federated credential.
    #[must_use]
    pub fn federated(mut self, credential: FederatedCredential) -> Self {
        self.federated.push(credential);
        self
    }
}

impl Tenant {
    /// Plays a job of GitHub Actions whose tokens have this subject, such as `repo:OWNER/REPO:ref:refs/heads/main`.
    #[must_use]
    pub fn github_job(mut self, subject: impl Into<String>) -> Self {
        self.runners.push(Runner { kind: RunnerKind::Github, subject: subject.into() });
        self
    }

    /// Plays a job of Azure Pipelines that may use a service connection, whose tokens have this subject.
    #[must_use]
    pub fn pipelines_job(mut self, connection: impl Into<String>, subject: impl Into<String>) -> Self {
        let kind = RunnerKind::Pipelines { connection: connection.into() };
        self.runners.push(Runner { kind, subject: subject.into() });
        self
    }
}

/// The audience of tokens that are meant for the exchange of a cloud.
pub(crate) const fn exchange_audience(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Worldwide | Cloud::Gcc => EXCHANGE_AUDIENCE,
        Cloud::GccHigh | Cloud::Dod => "api://AzureADTokenExchangeUSGov",
        Cloud::China => "api://AzureADTokenExchangeChina",
    }
}

/// That of the worldwide cloud, with which the others begin.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

impl ForeignToken {
    /// The claims at a time of the tenant's clock; the audience as a list, as Kubernetes has it.
    pub(crate) fn claims(&self, now: i64, id: &str) -> serde_json::Value {
        let start = now.saturating_add(self.issued);
        serde_json::json!({
            "iss": self.issuer,
            "sub": self.subject,
            "aud": [self.audience],
            "iat": start,
            "nbf": start,
            "exp": start.saturating_add(self.lifetime),
            "jti": id,
        })
    }
}

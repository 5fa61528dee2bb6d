//! Certificate, tokens and sessions of a profile, composed.

use crate::environment;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use exo_cert::ClientCertificate;
use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{AccessToken, Clock, ErrorKind, Service, TokenProvider, TokenRequest};
use exo_session::{Budget, Session};
use exo_snapshot::Collector;
use exo_token::{AppCredential, Cached, CertificateAssertion, Claims};
use std::sync::Arc;

/// A profile whose certificate is open, ready to ask for tokens and to run cmdlets.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Who signs in, and where.
    pub(crate) profile: Profile,
    /// What proves it.
    pub(crate) certificate: ClientCertificate,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    credential: Arc<AppCredential>,
    tokens: Arc<dyn TokenProvider>,
    budget: Budget,
}

impl Connection {
    /// Opens and checks the certificate; nothing is sent.
    pub(crate) async fn open(profile: Profile) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let certificate = profile.certificate.open().await?;
        if !profile.certificate.allow_expired {
            certificate.check_validity(clock.now())?;
        }
        let transport = transport(&profile)?;
        let mut assertion = CertificateAssertion::new(certificate.clone())?;
        if let Some(algorithm) = profile.signing.algorithm {
            assertion = assertion.algorithm(algorithm)?;
        }
        if profile.signing.with_chain {
            assertion = assertion.with_chain();
        }
        let mut credential = AppCredential::builder(
            Arc::clone(&transport),
            Arc::clone(&clock),
            profile.tenant.clone(),
            profile.app_id.clone(),
            assertion,
        )
        .login(profile.endpoints.login.clone());
        if let Some(url) = &profile.token_url {
            credential = credential.token_url(url);
        }
        let credential = credential.longest_wait(profile.max_wait).wait_for_propagation(profile.propagation).build()?;
        let credential = Arc::new(credential);
        let tokens = Arc::new(Cached::new(Arc::clone(&credential), Arc::clone(&clock)));
        let budget = Budget::new(profile.concurrency).longest_wait(profile.max_wait);
        Ok(Self { profile, certificate, transport, clock, credential, tokens, budget })
    }

    /// The time as everything here sees it.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.clock.now()
    }

    /// By how many seconds the token service's clock is ahead of this machine's, if it told the time.
    pub(crate) fn clock_ahead_seconds(&self) -> Option<i64> {
        self.credential.clock_ahead_seconds()
    }

    /// A token for a service.
    pub(crate) async fn token(&self, service: Service) -> Result<AccessToken> {
        let request = TokenRequest::new(self.profile.endpoints.scope(service).clone());
        Ok(self.tokens.token(&request).await?)
    }

    /// What the token for a service says; `None` where it cannot be read, which is no failure.
    pub(crate) async fn claims(&self, service: Service) -> Result<Option<Claims>> {
        let token = self.token(service).await?;
        Ok(Claims::decode(&token).ok())
    }

    /// A session with a service; nothing is sent.
    pub(crate) async fn session(&self, service: Service) -> Result<Session> {
        let mut session = Session::builder(
            service,
            self.profile.organization.clone(),
            Arc::clone(&self.tokens),
            Arc::clone(&self.transport),
            Arc::clone(&self.clock),
        )
        .endpoints(self.profile.endpoints.clone())
        .budget(self.budget.clone())
        .client_name("exoctl", env!("CARGO_PKG_VERSION"));
        // The service prefers the tenant's GUID in its addresses, and the token knows it.
        let tenant = self.claims(service).await?.and_then(|claims| claims.tid?.parse().ok());
        if let Some(tenant) = tenant {
            session = session.tenant(tenant);
        }
        Ok(session.build())
    }

    /// The collector over sessions with these services.
    pub(crate) async fn collector(&self, services: impl IntoIterator<Item = Service>) -> Result<Collector> {
        let mut collector = Collector::new();
        for service in services {
            collector = collector.session(service, Arc::new(self.session(service).await?));
        }
        Ok(collector)
    }
}

fn transport(profile: &Profile) -> Result<Arc<dyn Transport>> {
    let mut builder = HttpsTransport::builder().user_agent(concat!("exoctl/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &profile.ca_file {
        let pem = std::fs::read(path).map_err(|error| {
            Failure::new(ErrorKind::Profile, format!("CA file `{}` cannot be read: {error}", path.display()))
                .hinted("give the certificates of the authorities to trust, in PEM form")
        })?;
        builder = builder.extra_ca_pem(&pem);
    }
    builder = match environment::proxy() {
        Some(proxy) => builder.proxy(&proxy.url).proxy_bypass(&proxy.except),
        None => builder.no_proxy(),
    };
    Ok(Arc::new(builder.build()?))
}

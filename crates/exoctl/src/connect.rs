//! Certificate, tokens and sessions of a profile, composed.

use crate::environment;
use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::profile::{CertificateSource, Profile};
use exo_cert::{ClientCertificate, Thumbprint};
use exo_http::{HttpsTransport, SystemClock, Transport};
use exo_model::{AccessToken, Clock, ErrorKind, Secret, Service, TokenProvider, TokenRequest};
use exo_session::{Budget, Session};
use exo_snapshot::Collector;
use exo_token::{CertificateCredential, Claims};
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
    tokens: Arc<dyn TokenProvider>,
    budget: Budget,
}

impl Connection {
    /// Opens and checks the certificate; nothing is sent.
    pub(crate) fn open(profile: Profile) -> Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let certificate = open_certificate(&profile.certificate)?;
        if !profile.certificate.allow_expired {
            certificate.check_validity(clock.now())?;
        }
        let transport = transport(&profile)?;
        let mut credential = CertificateCredential::builder(
            Arc::clone(&transport),
            Arc::clone(&clock),
            profile.tenant.clone(),
            profile.app_id.clone(),
            certificate.clone(),
        )
        .login(profile.endpoints.login.clone());
        if let Some(url) = &profile.token_url {
            credential = credential.token_url(url);
        }
        let credential = credential.longest_wait(profile.max_wait).build()?;
        let tokens: Arc<dyn TokenProvider> = Arc::new(credential.cached());
        let budget = Budget::new(profile.concurrency).longest_wait(profile.max_wait);
        Ok(Self { profile, certificate, transport, clock, tokens, budget })
    }

    /// The time as everything here sees it.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.clock.now()
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

/// The certificate of a profile; asks the person for a password where one is needed and none was named.
fn open_certificate(source: &CertificateSource) -> Result<ClientCertificate> {
    let bytes = exo_cert::read_key_file(&source.file, source.allow_open_key_file).or_else(|error| {
        // A file without a key may be read by everybody; what is wrong with it is the missing key.
        let public = exo_cert::read_key_file(&source.file, true)?;
        let lacks_key = ClientCertificate::from_bytes(public.expose(), None);
        Err(if matches!(lacks_key, Err(exo_cert::Error::NoPrivateKey { .. })) { return Ok(public) } else { error })
    })?;
    let password = source.password.read()?;
    let wanted: Option<Thumbprint> = match &source.thumbprint {
        None => None,
        Some(text) => {
            let wrong = |error: exo_cert::ThumbprintError| Failure::new(ErrorKind::Profile, error.to_string());
            Some(text.parse().map_err(wrong)?)
        }
    };
    let open = |password: Option<&Secret>| match &wanted {
        Some(thumbprint) => ClientCertificate::from_bytes_selecting(bytes.expose(), password, thumbprint),
        None => ClientCertificate::from_bytes(bytes.expose(), password),
    };
    match open(password.as_ref()) {
        Err(error) if password.is_none() && needs_password(&error) => {
            let question = format!("Password of {}: ", source.file.display());
            match PasswordSource::prompt(&question) {
                Some(password) => Ok(open(Some(&password))?),
                None => Err(Failure::from(error)
                    .hinted("name the password's place: --certificate-password-file, -env, -command or -fd")),
            }
        }
        other => Ok(other?),
    }
}

/// Whether a password would help, or another one.
pub(crate) fn needs_password(error: &exo_cert::Error) -> bool {
    matches!(error, exo_cert::Error::Pfx(exo_cert::PfxError::PasswordMissing | exo_cert::PfxError::WrongPassword))
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

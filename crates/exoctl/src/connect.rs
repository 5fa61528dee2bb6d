//! Credential, tokens and sessions of a profile, composed.

use crate::credential::{Credential, Keyless, Signing, Vault};
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use crate::{environment, organization};
use exo_cert::ClientCertificate;
use exo_http::{HttpsTransport, Sight, SystemClock, Transport};
use exo_model::{
    AccessToken, AppId, Clock, ErrorKind, Organization, Origin, Secret, Service, TenantId, TokenProvider, TokenRequest,
};
use exo_onboard::Graph;
use exo_session::{Budget, Session};
use exo_snapshot::Collector;
use exo_token::{
    AppCredential, AssertionSource, AzurePipelines, Cached, CertificateAssertion, Claims, FederatedManagedIdentity,
    FederatedTokenFile, GitHubActions, GivenToken, Identity, KeyVault, ManagedIdentity, ManagedIdentityHost, TokenFile,
    TokenOwner,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

/// A profile whose credential is open, ready to ask for tokens and to run cmdlets.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// Who signs in, and where.
    pub(crate) profile: Profile,
    /// The certificate, where one proves the app.
    pub(crate) certificate: Option<ClientCertificate>,
    outside: Outside,
    app: Option<Arc<AppCredential>>,
    tokens: Arc<dyn TokenProvider>,
    budget: Budget,
    organization: Arc<OnceCell<Organization>>,
    /// What a session has learned holds for whoever asks for it next.
    sessions: Arc<Mutex<BTreeMap<Service, Session>>>,
}

/// The network and the time.
#[derive(Debug, Clone)]
pub(crate) struct Outside {
    transport: Arc<dyn Transport>,
    network: HttpsTransport,
    clock: Arc<dyn Clock>,
}

impl Outside {
    /// The network as the profile and the environment want it; nothing is sent.
    pub(crate) fn of(profile: &Profile) -> Result<Self> {
        let network = network(profile.ca_file.as_deref())?;
        Ok(Self { transport: Arc::new(network.clone()), network, clock: Arc::new(SystemClock::new()) })
    }

    /// Looks at the way to a server; no request is sent.
    pub(crate) async fn look(&self, to: &Origin) -> Sight {
        self.network.look(to).await
    }
}

/// What gives tokens, and what is known of it.
struct Proof {
    tokens: Arc<dyn TokenProvider>,
    /// The exchange at the token service, where there is one.
    app: Option<Arc<AppCredential>>,
    certificate: Option<ClientCertificate>,
    /// Tells credentials of one kind apart; `None` where tokens are not worth keeping.
    which: Option<String>,
}

impl Connection {
    /// Opens and checks the credential; nothing is sent, except to a key vault.
    pub(crate) async fn open(profile: Profile) -> Result<Self> {
        let outside = Outside::of(&profile)?;
        Self::through(outside, profile).await
    }

    /// The same through a network that is there already.
    pub(crate) async fn through(outside: Outside, profile: Profile) -> Result<Self> {
        let proof = prove(&profile, &outside).await?;
        let tokens = kept(&profile, &outside, &proof)?;
        Ok(Self::over(profile, outside, Proof { tokens, ..proof }))
    }

    /// The same with a certificate that is open already, whatever the profile names.
    pub(crate) fn with_certificate(profile: Profile, certificate: ClientCertificate) -> Result<Self> {
        let outside = Outside::of(&profile)?;
        let (signing, allow_expired) = match &profile.credential {
            Credential::Certificate(source, signing) => (*signing, source.allow_expired),
            Credential::KeyVault(vault) => (vault.signing, vault.allow_expired),
            Credential::Keyless(_) | Credential::Given(_) => (Signing::default(), false),
        };
        let proof = signed(&profile, &outside, certificate, signing, allow_expired)?;
        Ok(Self::over(profile, outside, proof))
    }

    fn over(profile: Profile, outside: Outside, proof: Proof) -> Self {
        let tokens = Arc::new(Cached::new(proof.tokens, Arc::clone(&outside.clock)));
        let budget = Budget::new(profile.concurrency).longest_wait(profile.max_wait);
        let (certificate, app) = (proof.certificate, proof.app);
        Self {
            profile,
            certificate,
            outside,
            app,
            tokens,
            budget,
            organization: Arc::default(),
            sessions: Arc::default(),
        }
    }

    /// The time as everything here sees it.
    pub(crate) fn now(&self) -> std::time::SystemTime {
        self.outside.clock.now()
    }

    /// The network as everything here uses it.
    pub(crate) fn transport(&self) -> &dyn Transport {
        &*self.outside.transport
    }

    /// Microsoft Graph, as the app sees it.
    pub(crate) fn graph(&self) -> Graph {
        let (transport, clock) = (Arc::clone(&self.outside.transport), Arc::clone(&self.outside.clock));
        Graph::new(transport, clock, Arc::clone(&self.tokens), &self.profile.endpoints).patience(self.profile.max_wait)
    }

    /// By how many seconds the token service's clock is ahead of this machine's, if it told the time.
    pub(crate) fn clock_ahead_seconds(&self) -> Option<i64> {
        self.app.as_ref()?.clock_ahead_seconds()
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

    /// The session with a service; nothing is sent. It is the same for everybody, with what it has learned.
    pub(crate) async fn session(&self, service: Service) -> Result<Session> {
        let mut sessions = self.sessions.lock().await;
        if let Some(session) = sessions.get(&service) {
            return Ok(session.clone());
        }
        // The service prefers the tenant's GUID in its addresses, and the token knows it.
        let tenant = self.claims(service).await?.and_then(|claims| claims.tid?.parse().ok());
        let session = self.open_session(service, self.organization().await?.clone(), tenant);
        sessions.insert(service, session.clone());
        Ok(session)
    }

    /// The organization: as it was given, or as the service tells it, once.
    pub(crate) async fn organization(&self) -> Result<&Organization> {
        match &self.profile.organization {
            Some(organization) => Ok(organization),
            None => self.organization.get_or_try_init(|| Box::pin(organization::find(self))).await,
        }
    }

    /// A session that has learned nothing yet.
    pub(crate) fn open_session(
        &self,
        service: Service,
        organization: Organization,
        tenant: Option<TenantId>,
    ) -> Session {
        let session = Session::builder(
            service,
            organization,
            Arc::clone(&self.tokens),
            Arc::clone(&self.outside.transport),
            Arc::clone(&self.outside.clock),
        )
        .endpoints(self.profile.endpoints.clone())
        .budget(self.budget.clone())
        .client_name("exoctl", env!("CARGO_PKG_VERSION"));
        match tenant {
            Some(tenant) => session.tenant(tenant),
            None => session,
        }
        .build()
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

/// From the credential to what gives tokens: the one place that knows every kind.
async fn prove(profile: &Profile, outside: &Outside) -> Result<Proof> {
    match &profile.credential {
        Credential::Certificate(source, signing) => {
            let certificate = source.open().await?;
            signed(profile, outside, certificate, *signing, source.allow_expired)
        }
        Credential::KeyVault(vault) => {
            let certificate = from_vault(profile, outside, vault).await?;
            signed(profile, outside, certificate, vault.signing, vault.allow_expired)
        }
        Credential::Keyless(keyless) => vouched(profile, outside, keyless, profile.app_id.as_ref()),
        Credential::Given(place) => {
            let clock = Arc::clone(&outside.clock);
            let mut tokens = place.read()?.into_iter();
            let first = tokens.next().unwrap_or_else(|| Secret::from(""));
            let given = tokens.try_fold(GivenToken::new(&first, clock)?, |given, more| given.and(&more))?;
            Ok(Proof { tokens: Arc::new(given), app: None, certificate: None, which: None })
        }
    }
}

/// An app whose certificate signs.
fn signed(
    profile: &Profile,
    outside: &Outside,
    certificate: ClientCertificate,
    signing: Signing,
    allow_expired: bool,
) -> Result<Proof> {
    if !allow_expired {
        certificate.check_validity(outside.clock.now())?;
    }
    let mut assertion = CertificateAssertion::new(certificate.clone())?;
    if let Some(algorithm) = signing.algorithm {
        assertion = assertion.algorithm(algorithm)?;
    }
    if signing.with_chain {
        assertion = assertion.with_chain();
    }
    let which = certificate.certificate().thumbprint().to_string();
    let proof = exchanged(profile, outside, app_id(profile)?, assertion, which)?;
    Ok(Proof { certificate: Some(certificate), ..proof })
}

/// The certificate of a key vault: with its key, or with one that signs there.
async fn from_vault(profile: &Profile, outside: &Outside, vault: &Vault) -> Result<ClientCertificate> {
    let usual = || environment::variable("AZURE_CLIENT_ID").and_then(|id| id.parse().ok());
    let app = vault.app_id.clone().or_else(usual).or_else(|| profile.app_id.clone());
    let opener = Arc::new(Cached::new(
        vouched(profile, outside, &vault.opener, app.as_ref())?.tokens,
        Arc::clone(&outside.clock),
    ));
    let vault_of =
        KeyVault::new(Arc::clone(&outside.transport), Arc::clone(&outside.clock), opener, vault.certificate.clone())
            .longest_wait(profile.max_wait);
    Ok(if vault.fetch { vault_of.fetched().await? } else { vault_of.remote().await? })
}

/// A managed identity, or an app that the platform vouches for.
fn vouched(profile: &Profile, outside: &Outside, keyless: &Keyless, app: Option<&AppId>) -> Result<Proof> {
    let app = || app.cloned().ok_or_else(no_app_id);
    let (transport, clock) = (Arc::clone(&outside.transport), Arc::clone(&outside.clock));
    let audience = &profile.endpoints.federated_audience;
    match keyless {
        Keyless::ManagedIdentity(identity) => {
            let tokens = Arc::new(managed(profile, outside, identity)?);
            // The host keeps them by itself.
            Ok(Proof { tokens, app: None, certificate: None, which: None })
        }
        Keyless::TokenFile(path) => {
            let source = FederatedTokenFile::new(path);
            // A wrong path is told before anything is sent.
            source.read(clock.now())?;
            exchanged(profile, outside, app()?, source, path.display().to_string())
        }
        Keyless::GitHubActions => {
            let source = GitHubActions::from_variables(transport, clock, environment::variable, audience)?;
            exchanged(profile, outside, app()?, source.longest_wait(profile.max_wait), "job".to_owned())
        }
        Keyless::AzurePipelines(connection) => {
            let source = AzurePipelines::from_variables(transport, clock, environment::variable, connection)?;
            exchanged(profile, outside, app()?, source.longest_wait(profile.max_wait), connection.clone())
        }
        Keyless::Vouched(identity) => {
            let source = FederatedManagedIdentity::new(managed(profile, outside, identity)?, audience);
            exchanged(profile, outside, app()?, source, identity.to_string())
        }
    }
}

/// A managed identity of this host, which is never behind a proxy.
fn managed(profile: &Profile, outside: &Outside, identity: &Identity) -> Result<ManagedIdentity> {
    let host = ManagedIdentityHost::from_variables(environment::variable)?;
    let mut transport = HttpsTransport::builder().no_proxy().connect_timeout(Duration::from_secs(2));
    // Service Fabric's endpoint has a certificate that no authority vouches for; the platform tells its thumbprint.
    if let Some(thumbprint) = host.thumbprint() {
        transport = transport.pinned_certificate(*thumbprint.as_bytes());
    }
    Ok(ManagedIdentity::new(Arc::new(transport.build()?), Arc::clone(&outside.clock), host)
        .longest_wait(profile.max_wait)
        .identity(identity.clone())?)
}

/// An app that hands an assertion over for a token.
fn exchanged(
    profile: &Profile,
    outside: &Outside,
    app_id: AppId,
    source: impl AssertionSource + 'static,
    which: String,
) -> Result<Proof> {
    let (transport, clock) = (Arc::clone(&outside.transport), Arc::clone(&outside.clock));
    let mut credential = AppCredential::builder(transport, clock, profile.tenant.clone(), app_id, source)
        .login(profile.endpoints.login.clone())
        .longest_wait(profile.max_wait)
        .wait_for_propagation(profile.propagation);
    if let Some(url) = &profile.token_url {
        credential = credential.token_url(url);
    }
    let app = Arc::new(credential.build()?);
    Ok(Proof { tokens: Arc::clone(&app) as _, app: Some(app), certificate: None, which: Some(which) })
}

/// The same tokens, from the folder that keeps them where one was asked for.
fn kept(profile: &Profile, outside: &Outside, proof: &Proof) -> Result<Arc<dyn TokenProvider>> {
    let tokens = Arc::clone(&proof.tokens);
    let (Some(folder), Some(which), Some(app_id)) = (&profile.token_cache, &proof.which, &profile.app_id) else {
        return Ok(tokens);
    };
    let owner = TokenOwner::new(&profile.endpoints.login, &profile.tenant, app_id, profile.credential.kind(), which);
    Ok(Arc::new(TokenFile::open(tokens, Arc::clone(&outside.clock), folder, owner)?))
}

fn app_id(profile: &Profile) -> Result<AppId> {
    profile.app_id.clone().ok_or_else(no_app_id)
}

fn no_app_id() -> Failure {
    Failure::new(ErrorKind::Profile, "`--app-id` is missing: no app is named that the credential could vouch for")
        .hinted("for example --app-id 36ee4c6c-0812-40a2-b820-b22ebd02bce3")
}

/// The network, with the authorities of this file trusted beside the system's.
pub(crate) fn network(ca_file: Option<&Path>) -> Result<HttpsTransport> {
    let mut builder = HttpsTransport::builder().user_agent(concat!("exoctl/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = ca_file {
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
    Ok(builder.build()?)
}

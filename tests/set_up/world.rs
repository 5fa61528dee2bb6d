//! An emulated tenant, an administrator with a token, and a clock that both sides share.

use crate::cutting::Cutting;
use bytes::Bytes;
use exo_cert::ClientCertificate;
use exo_emulator::{Emulator, Tenant};
use exo_http::{HttpsTransport, SystemClock, Transport as _};
use exo_model::{
    AccessToken, AppId, Clock, Cloud, Endpoints, Invocation, Invoker as _, Next, SeamError, Secret, Service,
    TokenProvider, TokenRequest,
};
use exo_onboard::{Error, Event, Graph, Kept, Observer, Prover, Ready, Role, Wanted, create};
use exo_session::Session;
use exo_token::{AppCredential, CertificateAssertion};
use serde_json::Value;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

pub(crate) static OLD: LazyLock<ClientCertificate> = LazyLock::new(|| pfx(include_bytes!("../data/app.pfx")));
pub(crate) static NEW: LazyLock<ClientCertificate> = LazyLock::new(|| pfx(include_bytes!("../data/other.pfx")));

fn pfx(bytes: &[u8]) -> ClientCertificate {
    ClientCertificate::from_bytes(bytes, Some(&Secret::from("secret"))).unwrap()
}

pub(crate) fn global_reader() -> Role {
    Role::new("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader").unwrap()
}

pub(crate) fn wanted() -> Wanted {
    named("ExO reports")
}

pub(crate) fn named(display_name: &str) -> Wanted {
    Wanted::new(display_name, OLD.certificate().clone()).roles([global_reader()])
}

/// The machine's clock, which whoever sleeps moves ahead, together with the tenant's.
#[derive(Debug)]
pub(crate) struct Shared {
    emulator: Arc<Emulator>,
    ahead: Mutex<Duration>,
}

#[async_trait::async_trait]
impl Clock for Shared {
    fn now(&self) -> SystemTime {
        SystemClock::new().now() + *self.ahead.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
        self.emulator.advance_clock(i64::try_from(whole).unwrap());
        *self.ahead.lock().unwrap() += Duration::from_secs(whole);
        tokio::task::yield_now().await;
    }
}

/// One token, whatever is asked for.
#[derive(Debug)]
struct Given(Secret);

#[async_trait::async_trait]
impl TokenProvider for Given {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(self.0.clone(), SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000)))
    }
}

/// A token by the one, or by the other.
#[derive(Debug)]
struct Either(Arc<dyn TokenProvider>, Arc<dyn TokenProvider>);

#[async_trait::async_trait]
impl TokenProvider for Either {
    async fn token(&self, wanted: &TokenRequest) -> Result<AccessToken, SeamError> {
        match self.0.token(wanted).await {
            Ok(token) => Ok(token),
            Err(_) => self.1.token(wanted).await,
        }
    }
}

/// Remembers what was kept last.
#[derive(Debug, Default)]
pub(crate) struct Memory(pub(crate) Mutex<Option<Kept>>);

impl Observer for Memory {
    fn event(&self, _: &Event<'_>) {}

    fn keep(&self, kept: &Kept) -> Result<(), SeamError> {
        *self.0.lock().unwrap() = Some(kept.clone());
        Ok(())
    }
}

/// Signs in with a certificate, and has one harmless cmdlet answered.
#[derive(Debug)]
pub(crate) struct SignIn<'w> {
    world: &'w World,
    certificate: ClientCertificate,
}

#[async_trait::async_trait]
impl Prover for SignIn<'_> {
    async fn prove(&self, app_id: &AppId, service: Service) -> Result<(), SeamError> {
        let session = self.world.session(app_id, &self.certificate, service);
        let cmdlet = if service == Service::Exchange { "Get-OrganizationConfig" } else { "Get-ProtectionAlert" };
        let mut pages = session.invoke(Invocation::new(service, cmdlet.parse().unwrap()).limit(1)).await?;
        while let Next::Page(_) = pages.next().await? {}
        Ok(())
    }
}

/// The tenant and the way to it.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) emulator: Arc<Emulator>,
    https: Arc<HttpsTransport>,
    pub(crate) graph: Arc<Cutting>,
    pub(crate) clock: Arc<Shared>,
    pub(crate) memory: Memory,
}

impl World {
    pub(crate) fn start(tenant: Tenant) -> Self {
        let emulator = Arc::new(Emulator::start(tenant).unwrap());
        let https = || HttpsTransport::builder().extra_ca_pem(emulator.ca_pem().as_bytes()).no_proxy().build().unwrap();
        Self {
            https: Arc::new(https()),
            graph: Arc::new(Cutting::new(https())),
            clock: Arc::new(Shared { emulator: Arc::clone(&emulator), ahead: Mutex::default() }),
            memory: Memory::default(),
            emulator,
        }
    }

    /// A tenant without an app, whose directory and token service learn of a change after so many seconds.
    pub(crate) fn late(seconds: u64) -> Self {
        let lag = Duration::from_secs(seconds);
        Self::start(Tenant::contoso().replication(lag).token_replication(lag))
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        let mut endpoints = Cloud::Worldwide.endpoints();
        endpoints.login = self.emulator.login_origin().parse().unwrap();
        endpoints.graph = self.emulator.graph_origin().parse().unwrap();
        endpoints.exchange = self.emulator.exchange_origin().parse().unwrap();
        endpoints.compliance = self.emulator.compliance_origin().parse().unwrap();
        endpoints.compliance_region = endpoints.compliance.clone();
        endpoints
    }

    fn tokens_of(&self, app_id: &AppId, certificate: &ClientCertificate) -> Arc<dyn TokenProvider> {
        let assertion = CertificateAssertion::new(certificate.clone()).unwrap();
        let tenant = "contoso.onmicrosoft.com".parse().unwrap();
        let (https, clock) = (self.https.clone(), Arc::clone(&self.clock));
        let credential = AppCredential::builder(https, clock, tenant, app_id.clone(), assertion);
        Arc::new(credential.login(self.emulator.login_origin().parse().unwrap()).build().unwrap())
    }

    /// A session of an app, with a new token.
    pub(crate) fn session(&self, app_id: &AppId, certificate: &ClientCertificate, service: Service) -> Session {
        let tokens = self.tokens_of(app_id, certificate);
        let (organization, clock) = ("contoso.onmicrosoft.com".parse().unwrap(), Arc::clone(&self.clock));
        Session::builder(service, organization, tokens, self.https.clone(), clock).endpoints(self.endpoints()).build()
    }

    pub(crate) fn sign_in(&self, certificate: &ClientCertificate) -> SignIn<'_> {
        SignIn { world: self, certificate: certificate.clone() }
    }

    /// Microsoft Graph as the administrator sees it.
    pub(crate) fn administrator(&self) -> Graph {
        self.graph_of(Arc::new(Given(self.emulator.administrator_token().unwrap().into())))
    }

    /// Microsoft Graph as the app sees it, with whichever of its certificates works.
    pub(crate) fn app(&self, app_id: &AppId) -> Graph {
        self.graph_of(Arc::new(Either(self.tokens_of(app_id, &OLD), self.tokens_of(app_id, &NEW))))
    }

    fn graph_of(&self, tokens: Arc<dyn TokenProvider>) -> Graph {
        let scope = Cloud::Worldwide.endpoints().graph_scope();
        Graph::new(self.graph.clone(), self.clock.clone(), tokens, &self.endpoints()).scope(scope)
    }

    /// One run with a sign-in at its end; `None` if the program ended on the way.
    pub(crate) async fn create(&self, wanted: &Wanted) -> Option<Result<Ready, Error>> {
        self.create_with(wanted, Some(&self.sign_in(&OLD))).await
    }

    /// One run, from what was kept last; `None` if the program ended on the way.
    pub(crate) async fn create_with(
        &self,
        wanted: &Wanted,
        prover: Option<&dyn Prover>,
    ) -> Option<Result<Ready, Error>> {
        let kept = self.memory.0.lock().unwrap().clone().unwrap_or_default();
        let graph = self.administrator();
        tokio::select! {
            biased;
            () = self.graph.killed() => None,
            outcome = create(&graph, wanted, kept, &self.memory, prover) => Some(outcome),
        }
    }

    /// What Graph shows of the app when everybody knows everything, without ids and name.
    pub(crate) async fn truth(&self, display_name: &str) -> Value {
        self.clock.sleep(Duration::from_mins(10)).await;
        let app_id = self.memory.0.lock().unwrap().as_ref().and_then(Kept::app_id).unwrap();
        let state = exo_onboard::show(&self.administrator(), &app_id).await.unwrap();
        let mut state = serde_json::to_value(state).unwrap();
        for id in ["/app_id", "/application", "/display_name", "/service_principal/id"] {
            *state.pointer_mut(id).unwrap() = Value::Null;
        }
        for key in state["certificates"].as_array_mut().unwrap() {
            key["key_id"] = Value::Null;
        }
        let all = self.list("/applications?$select=displayName&$top=999").await;
        let named = all.iter().filter(|app| app["displayName"] == display_name).count();
        serde_json::json!({ "state": state, "apps of the name": named })
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let token = self.emulator.administrator_token().unwrap();
        let request = http::Request::get(format!("{}/v1.0{path}", self.emulator.graph_origin()))
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new())
            .unwrap();
        let answer: Value = serde_json::from_slice(self.https.send(request).await.unwrap().body()).unwrap();
        answer["value"].as_array().unwrap().clone()
    }
}

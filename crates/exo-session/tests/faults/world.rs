//! A tenant that serves on a real socket, and sessions whose clock runs a thousand times as fast.

use crate::plan::{Plan, Stream, app_id};
use exo_emulator::{App, Emulator, Limits, ManagedIdentity, RetryAfter, Service, Tenant};
use exo_http::{HttpsTransport, Transport};
use exo_model::{
    AccessToken, Clock, Cloud, Endpoints, SeamError, Secret, Service as Asked, TokenProvider, TokenRequest,
};
use exo_session::{Budget, Session};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

/// A clock that is wrong by some time and runs fast, so that waits cost next to nothing.
#[derive(Debug)]
pub(crate) struct Fast {
    began: Instant,
    at: SystemTime,
}

const FASTER: u32 = 1_000;

impl Fast {
    #[expect(clippy::disallowed_methods, reason = "the other side has the machine's time")]
    pub(crate) fn ahead_by(seconds: i64) -> Self {
        let apart = Duration::from_secs(seconds.unsigned_abs());
        let now = SystemTime::now();
        Self { began: Instant::now(), at: if seconds < 0 { now - apart } else { now + apart } }
    }
}

#[async_trait::async_trait]
impl Clock for Fast {
    fn now(&self) -> SystemTime {
        self.at + self.began.elapsed() * FASTER
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / FASTER).await;
    }
}

/// Tokens of one app, kept until one is refused.
#[derive(Debug)]
struct Tokens {
    transport: Arc<HttpsTransport>,
    machine: String,
    app: String,
    kept: Mutex<HashMap<String, AccessToken>>,
}

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, wanted: &TokenRequest) -> Result<AccessToken, SeamError> {
        let mut kept = self.kept.lock().await;
        let refused = wanted.rejected.as_ref().map(|token| token.secret().expose());
        let resource = wanted.scope.resource().to_owned();
        if let Some(token) = kept.get(&resource).filter(|token| Some(token.secret().expose()) != refused) {
            return Ok(token.clone());
        }
        let uri = format!(
            "{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}&client_id={}",
            self.machine, self.app
        );
        let request = http::Request::builder().uri(uri).header("metadata", "true");
        let answer = self.transport.send(request.body(bytes::Bytes::new()).unwrap()).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
        let secret = Secret::new(body["access_token"].as_str().unwrap().to_owned());
        let token = AccessToken::new(secret, SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000));
        kept.insert(resource, token.clone());
        Ok(token)
    }
}

/// The tenant and what all of its readers share.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    transport: Arc<HttpsTransport>,
    clock: Arc<dyn Clock>,
    pub(crate) budget: Budget,
}

/// May do all that the streams do.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

impl World {
    pub(crate) fn start(plan: &Plan) -> Self {
        let emulator = Emulator::start(tenant(plan)).unwrap();
        let ca = emulator.ca_pem().as_bytes();
        let transport = HttpsTransport::builder().extra_ca_pem(ca).timeout(plan.timeout).build().unwrap();
        Self {
            transport: Arc::new(transport),
            clock: Arc::new(Fast::ahead_by(plan.skew)),
            budget: Budget::new(plan.budget),
            emulator,
        }
    }

    fn endpoints(&self) -> Endpoints {
        let mut endpoints = Cloud::Worldwide.endpoints();
        endpoints.login = self.emulator.login_origin().parse().unwrap();
        endpoints.exchange = self.emulator.exchange_origin().parse().unwrap();
        endpoints.compliance = self.emulator.compliance_origin().parse().unwrap();
        endpoints.compliance_region = endpoints.compliance.clone();
        endpoints
    }

    /// A session of the stream's own app, which shares the tenant's budget with all others.
    pub(crate) fn session(&self, stream: &Stream) -> Session {
        let tokens = Tokens {
            transport: Arc::clone(&self.transport),
            machine: self.emulator.machine_url().unwrap(),
            app: app_id(stream.number),
            kept: Mutex::default(),
        };
        let (organization, clock) = ("contoso.onmicrosoft.com".parse().unwrap(), Arc::clone(&self.clock));
        Session::builder(asked(stream.service), organization, Arc::new(tokens), self.transport.clone(), clock)
            .endpoints(self.endpoints())
            .budget(self.budget.caller())
            .build()
    }

    /// What the generator says that a cmdlet gives.
    pub(crate) fn truth(&self, stream: &Stream, identity: Option<&str>) -> Vec<String> {
        let parameters = identity.map_or_else(|| "{}".to_owned(), |name| format!(r#"{{"Identity":"{name}"}}"#));
        self.emulator.rows(stream.service, stream.cmdlet, &parameters, stream.select).unwrap()
    }

    /// The addresses of the first mailboxes.
    pub(crate) fn addresses(&self, many: usize) -> Vec<String> {
        let rows = self.emulator.rows(Service::Exchange, "Get-Mailbox", "{}", Some("PrimarySmtpAddress")).unwrap();
        let address = |row: &String| {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            row["PrimarySmtpAddress"].as_str().unwrap().to_owned()
        };
        rows.iter().take(many).map(address).collect()
    }

    /// Calls of a stream that the service took on.
    pub(crate) fn taken_on(&self, stream: &Stream) -> u64 {
        self.emulator.app_usage(&app_id(stream.number)).unwrap().granted
    }
}

pub(crate) fn asked(service: Service) -> Asked {
    if service == Service::Compliance { Asked::Compliance } else { Asked::Exchange }
}

fn tenant(plan: &Plan) -> Tenant {
    let form = match plan.form % 4 {
        0 => RetryAfter::Seconds,
        1 => RetryAfter::Decimal,
        2 => RetryAfter::Date,
        _ => RetryAfter::Absent,
    };
    let mut limits = Limits::new().retry_after(form);
    if let Some((most, each)) = plan.concurrent {
        limits = limits.concurrent(most).each_item_counts(each);
    }
    if let Some((most, length)) = plan.window {
        limits = limits.window(most, length);
    }
    let mut tenant = Tenant::contoso()
        .mailboxes(plan.mailboxes)
        .seed(plan.seed)
        .limits(limits)
        .latency(Duration::ZERO, plan.latency);
    for stream in &plan.streams {
        let id = app_id(stream.number);
        let app = App::new(&id)
            .permission(Service::Exchange)
            .permission(Service::Compliance)
            .role(GLOBAL_ADMINISTRATOR)
            .managed_identity(ManagedIdentity::user_assigned(format!("/subscriptions/s/identities/{id}")));
        tenant = stream.faults.iter().cloned().fold(tenant.app(app), Tenant::fault);
    }
    tenant
}

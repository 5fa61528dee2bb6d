//! A tenant that serves on a real socket, and sessions whose clock runs a thousand times as fast.

use crate::plan::{Plan, Stream, app_id};
use exo_cert::ClientCertificate;
use exo_emulator::{App, Emulator, Limits, RetryAfter, Service, Tenant};
use exo_http::{HttpsTransport, Transport};
use exo_model::{Clock, Cloud, Endpoints, Service as Asked, TokenProvider};
use exo_session::{Budget, Session};
use exo_token::{AppCredential, CertificateAssertion};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A clock that is wrong by some time and on which waits cost next to nothing.
#[derive(Debug)]
pub(crate) struct Fast {
    began: Instant,
    at: SystemTime,
    /// By how much it runs faster than the machine's, as sessions' do: what signs in is judged by the time of day.
    runs: u32,
}

const FASTER: u32 = 1_000;

impl Fast {
    #[expect(clippy::disallowed_methods, reason = "the other side has the machine's time")]
    fn ahead_by(seconds: i64, runs: u32) -> Self {
        let apart = Duration::from_secs(seconds.unsigned_abs());
        let now = SystemTime::now();
        Self { began: Instant::now(), at: if seconds < 0 { now - apart } else { now + apart }, runs }
    }
}

#[async_trait::async_trait]
impl Clock for Fast {
    fn now(&self) -> SystemTime {
        self.at + self.began.elapsed() * self.runs
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / FASTER).await;
    }
}

/// The tenant and what all of its readers share.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    watch: Arc<dyn Clock>,
    certificate: ClientCertificate,
    pub(crate) budget: Budget,
}

/// The certificate of all apps, and its key.
const APP: &[u8] = include_bytes!("../../../exo-token/tests/data/app.pem");

/// May do all that the streams do.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

impl World {
    pub(crate) fn start(plan: &Plan) -> Self {
        let certificate = ClientCertificate::from_bytes(APP, None).unwrap();
        let emulator = Emulator::start(tenant(plan, certificate.certificate().der())).unwrap();
        let ca = emulator.ca_pem().as_bytes();
        let transport = HttpsTransport::builder().extra_ca_pem(ca).timeout(plan.timeout).build().unwrap();
        Self {
            transport: Arc::new(transport),
            clock: Arc::new(Fast::ahead_by(plan.skew, FASTER)),
            watch: Arc::new(Fast::ahead_by(plan.skew, 1)),
            certificate,
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
        let source = CertificateAssertion::new(self.certificate.clone()).unwrap();
        let (tenant, app) = ("contoso.onmicrosoft.com".parse().unwrap(), app_id(stream.number).parse().unwrap());
        let (transport, watch) = (Arc::clone(&self.transport), Arc::clone(&self.watch));
        let credential = AppCredential::builder(transport, watch, tenant, app, source);
        let login = self.emulator.login_origin().parse().unwrap();
        let tokens: Arc<dyn TokenProvider> = Arc::new(credential.login(login).build().unwrap().cached());
        let (organization, clock) = ("contoso.onmicrosoft.com".parse().unwrap(), Arc::clone(&self.clock));
        Session::builder(asked(stream.service), organization, tokens, Arc::clone(&self.transport), clock)
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

fn tenant(plan: &Plan, certificate: &[u8]) -> Tenant {
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
            .certificate_der(certificate);
        tenant = stream.faults.iter().cloned().fold(tenant.app(app), Tenant::fault);
    }
    tenant
}

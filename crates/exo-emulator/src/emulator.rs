//! A running tenant: started, asked where it is, stopped when dropped.

use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

use crate::app::seconds;
use crate::certificates::ServerIdentity;
use crate::credential::CertificateSource;
use crate::error::Error;
use crate::faults::Fault;
use crate::guid::Guid;
use crate::population::Population;
use crate::received::Received;
use crate::server;
use crate::tenant::Tenant;
use crate::world::World;

/// A tenant that listens on a port of this machine, until it is dropped.
pub struct Emulator {
    pub(crate) world: Arc<World>,
    port: u16,
    ca_pem: String,
    pub(crate) thumbprint: String,
    machine_port: Option<u16>,
    runtime: Option<Runtime>,
}

impl Emulator {
    /// Starts a tenant on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Those of [`Emulator::start_on`].
    pub fn start(tenant: Tenant) -> Result<Self, Error> {
        Self::start_on(tenant, 0)
    }

    /// Starts a tenant on a given port of 127.0.0.1; 0 is any free one.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if a registered certificate is not readable, [`Error::Setting`] if an app's id is
    /// not a GUID, [`Error::Listen`] if the port is taken, and [`Error::Keys`] or [`Error::Runtime`] if the
    /// machine refuses randomness or threads.
    pub fn start_on(tenant: Tenant, port: u16) -> Result<Self, Error> {
        if let Some(app) = tenant.apps.iter().find(|app| Guid::parse(&app.id).is_none()) {
            return Err(Error::Setting { what: "app id", value: app.id.clone() });
        }
        let world = Arc::new(World::new(tenant)?);
        let identity = ServerIdentity::make()?;
        let (listener, port) = bind(port)?;
        let machine = if world.tenant.has_managed_identity() { Some(bind(0)?) } else { None };
        let machine_port = machine.as_ref().map(|(_, port)| *port);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("exo-emulator")
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
        let enter = |listener, port| {
            let _entered = runtime.enter();
            TcpListener::from_std(listener).map_err(|source| Error::Listen { port, source })
        };
        let tls = TlsAcceptor::from(identity.config);
        drop(runtime.spawn(server::serve(enter(listener, port)?, tls, Arc::clone(&world))));
        if let Some((listener, port)) = machine {
            drop(runtime.spawn(server::serve_plainly(enter(listener, port)?, Arc::clone(&world))));
        }
        let ServerIdentity { ca_pem, thumbprint, .. } = identity;
        Ok(Self { world, port, ca_pem, thumbprint, machine_port, runtime: Some(runtime) })
    }

    /// The port that everything is served on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The origin of the token service.
    pub fn login_origin(&self) -> String {
        format!("https://login.localhost:{}", self.port)
    }

    /// The origin of the token service for a program that cannot resolve names under `.localhost`.
    pub fn plain_login_origin(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The origin of Exchange Online.
    pub fn exchange_origin(&self) -> String {
        format!("https://outlook.localhost:{}", self.port)
    }

    /// The origin of the front door of Security & Compliance.
    pub fn compliance_origin(&self) -> String {
        format!("https://ps.compliance.localhost:{}", self.port)
    }

    /// The origin of Microsoft Graph.
    pub fn graph_origin(&self) -> String {
        format!("https://graph.localhost:{}", self.port)
    }

    /// The certificate of the authority that a client has to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The origin of the machine that has managed identities, plain HTTP; none if the tenant has none.
    pub fn machine_url(&self) -> Option<String> {
        self.machine_port.map(|port| format!("http://127.0.0.1:{port}"))
    }

    /// The tenant as it was started.
    pub fn tenant(&self) -> &Tenant {
        &self.world.tenant
    }

    /// How many calls of a cmdlet came, each page counted.
    pub fn received(&self, cmdlet: &str) -> u64 {
        self.world.journal.cmdlets(cmdlet)
    }

    /// How many token requests came.
    pub fn token_requests(&self) -> u64 {
        self.world.journal.tokens()
    }

    /// The latest requests, at most 10,000, in the order in which they were answered.
    pub fn log(&self) -> Vec<Received> {
        self.world.journal.latest()
    }

    /// Registers one more certificate on an app, which the token service knows after so much time.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if there is no such app, [`Error::Certificate`] if the certificate is not readable or the
    /// tenant's policy does not allow it.
    pub fn register_certificate(
        &self,
        app: &str,
        der: impl Into<Vec<u8>>,
        visible_after: Duration,
    ) -> Result<(), Error> {
        let visible_after = seconds(visible_after);
        self.world.register(app, &CertificateSource { der: der.into(), dates: None, visible_after })
    }

    /// Moves the tenant's clock ahead by so many seconds; back if they are negative.
    ///
    /// Tokens expire by this clock, and what becomes visible after some time does so by it.
    pub fn advance_clock(&self, seconds: i64) {
        self.world.clock.advance(seconds);
    }

    /// The password that a cmdlet gave a mailbox in a secure string; none if none did.
    pub fn password_of(&self, mailbox: &str) -> Option<String> {
        let position = Population::of(&self.world.tenant).find(mailbox)?;
        self.world.overlay.password(position)
    }

    /// The photo that a cmdlet gave a mailbox; none if none did.
    pub fn photo_of(&self, mailbox: &str) -> Option<Vec<u8>> {
        self.world.photos.of(Population::of(&self.world.tenant).find(mailbox)?)
    }

    /// Makes a new key for secure strings; the one before it is still taken, older ones are not.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if the machine refuses to make a key.
    pub fn rotate_secure_string_key(&self) -> Result<(), Error> {
        let refused = || Error::Setting { what: "key for secure strings", value: "RSA".to_owned() };
        self.world.secure_text.rotate().ok_or_else(refused)
    }

    /// Adds a fault while the tenant runs.
    pub fn fault(&self, fault: Fault) {
        self.world.faults.add(fault);
    }
}

/// Opens a port of 127.0.0.1, and says which.
fn bind(port: u16) -> Result<(StdListener, u16), Error> {
    let listen = |source| Error::Listen { port, source };
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(listen)?;
    listener.set_nonblocking(true).map_err(listen)?;
    let port = listener.local_addr().map_err(listen)?.port();
    Ok((listener, port))
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("tenant", &self.world.tenant.initial_domain)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Not the waiting kind: it may be dropped inside another runtime.
            runtime.shutdown_background();
        }
    }
}

//! An emulated tenant with an app and its certificate, and the profile that signs in to it.

use crate::failure::{Failure, Result};
use crate::lines::Lines;
use exo_cert::{CerFormat, Certificate, PfxEncryption, SelfSigned};
use exo_emulator::{Administrator, App, Cloud, DeviceAnswer, Emulator, Fault, Service, Tenant};
use exo_http::SystemClock;
use exo_model::{Clock, ErrorKind, Secret};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What tenant to emulate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// Mailboxes.
    pub(crate) mailboxes: u64,
    /// Another tenant for another number.
    pub(crate) seed: u64,
    /// The port, a free one if none is named.
    pub(crate) port: Option<u16>,
    /// A certificate to register in place of a new one.
    pub(crate) certificate: Option<PathBuf>,
    /// No app is registered; the certificate is nobody's yet.
    pub(crate) no_app: bool,
    /// A token of the administrator is written, too.
    pub(crate) graph_token: bool,
    /// Template ids of the app's directory roles.
    pub(crate) roles: Vec<String>,
    /// Failures to produce.
    pub(crate) faults: Vec<Fault>,
    /// The sovereign cloud that the tenant lives in.
    pub(crate) cloud: Cloud,
    /// Every other way in which the app can prove itself.
    pub(crate) surroundings: bool,
    /// How the tenant behaves, as `NAME=VALUE`.
    pub(crate) settings: Vec<String>,
    /// Where every request is written, a line of JSON each.
    pub(crate) received: Option<PathBuf>,
}

/// A tenant that serves, and the folder with what signs in to it.
#[derive(Debug)]
pub(crate) struct Offline {
    /// The server; it stops when dropped.
    pub(crate) emulator: Emulator,
    /// The profile file.
    pub(crate) config: PathBuf,
    /// The certificate that the app has.
    pub(crate) certificate: Certificate,
}

impl Offline {
    /// Makes a certificate, starts the tenant, writes authority and profile into the folder.
    pub(crate) fn start(wish: &Wish, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
        let made = match &wish.certificate {
            Some(_) => None,
            None => Some(SelfSigned::builder("exoctl.localhost").days(90).generate(SystemClock::new().now())?),
        };
        let certificate = match (&made, &wish.certificate) {
            (Some(made), _) => made.certificate().clone(),
            (None, Some(path)) => Certificate::from_bytes(&std::fs::read(path).map_err(|error| {
                Failure::new(
                    ErrorKind::Certificate,
                    format!("certificate file `{}` cannot be read: {error}", path.display()),
                )
            })?)?,
            (None, None) => return Err(Failure::new(ErrorKind::Fault, "there is no certificate")),
        };
        let emulator = serve(wish, &certificate)?;
        if let Some(made) = made {
            let password = Secret::new(exo_http::RequestId::random().to_string());
            write(&folder.join("password.txt"), format!("{}\n", password.expose()).as_bytes(), true)?;
            write(&folder.join("app.pfx"), made.to_pfx(&password, PfxEncryption::Aes256)?.expose(), true)?;
            write(&folder.join("app.cer"), &made.to_cer(CerFormat::Der), false)?;
        }
        write(&folder.join("ca.pem"), emulator.ca_pem().as_bytes(), false)?;
        let config = folder.join("config.toml");
        write(&config, profile(&emulator, wish).as_bytes(), false)?;
        if wish.graph_token {
            let token = emulator.administrator_token().unwrap_or_default();
            write(&folder.join(GRAPH_TOKEN), format!("{token}\n").as_bytes(), true)?;
        }
        let places = emulator.furnish(folder).map_err(|error| unwritten(folder, &error))?;
        let facts = facts(&emulator, wish, &certificate, &json!(places));
        write(&folder.join("tenant.json"), facts.as_bytes(), false)?;
        Ok(Self { emulator, config, certificate })
    }
}

fn serve(wish: &Wish, certificate: &Certificate) -> Result<Emulator> {
    let mut app = App::new(APP_ID)
        .display_name("exoctl on an emulated tenant")
        .certificate_der(certificate.der().to_vec())
        .permission(Service::Exchange)
        .permission(Service::Compliance)
        .consented(true);
    for role in &wish.roles {
        app = app.role(role);
    }
    let administrator = Administrator::global().device_code([DeviceAnswer::Approve]);
    let mut tenant = Tenant::contoso().cloud(wish.cloud).mailboxes(wish.mailboxes).seed(wish.seed);
    tenant = tenant.administrator(administrator);
    if !wish.no_app {
        tenant = tenant.app(app);
    }
    for fault in &wish.faults {
        tenant = tenant.fault(fault.clone());
    }
    for setting in &wish.settings {
        tenant = tenant.set(setting).map_err(|error| unstarted(&error))?;
    }
    if let Some(file) = &wish.received {
        tenant = tenant.record(file);
    }
    if wish.surroundings {
        tenant = tenant.surroundings().map_err(|error| unstarted(&error))?;
    }
    let started = match wish.port {
        Some(port) => Emulator::start_on(tenant, port),
        None => Emulator::start(tenant),
    };
    started.map_err(|error| unstarted(&error).hinted("leave out --port for a free one"))
}

fn unstarted(error: &exo_emulator::Error) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::new(ErrorKind::Unavailable, format!("the emulated tenant cannot start: {error}{cause}"))
}

fn profile(emulator: &Emulator, wish: &Wish) -> String {
    let mut text = Lines::default();
    text.line(format_args!("# signs in to an emulated tenant; of no use when it has stopped\n[profiles.default]"));
    let mut key = |name: &str, value: &str| text.line(format_args!("{name} = {}", json!(value)));
    if !wish.no_app {
        key("app-id", APP_ID);
    }
    key("organization", emulator.tenant().initial_domain());
    if !matches!(wish.cloud, Cloud::Worldwide | Cloud::Gcc) {
        key("cloud", wish.cloud.name());
    }
    if wish.certificate.is_none() && !wish.no_app {
        key("certificate-file", "app.pfx");
        key("certificate-password-file", "password.txt");
    }
    key("login", &emulator.login_origin());
    key("exchange", &emulator.exchange_origin());
    key("compliance", &emulator.compliance_origin());
    key("graph", &emulator.graph_origin());
    key("exchange-scope", &scope(emulator, Service::Exchange));
    key("compliance-scope", &scope(emulator, Service::Compliance));
    key("ca-file", "ca.pem");
    text.into_text()
}

/// What tokens for a service are asked for in the tenant's cloud.
fn scope(emulator: &Emulator, service: Service) -> String {
    format!("{}/.default", emulator.tenant().audience(service))
}

fn facts(emulator: &Emulator, wish: &Wish, certificate: &Certificate, places: &serde_json::Value) -> String {
    let facts = json!({
        "app_id": (!wish.no_app).then_some(APP_ID),
        "organization": emulator.tenant().initial_domain(),
        "tenant_id": emulator.tenant().id(),
        "login": emulator.login_origin(),
        "login_localhost": emulator.plain_login_origin(),
        "exchange": emulator.exchange_origin(),
        "compliance": emulator.compliance_origin(),
        "graph": emulator.graph_origin(),
        "graph_token_file": wish.graph_token.then_some(GRAPH_TOKEN),
        "exchange_scope": scope(emulator, Service::Exchange),
        "compliance_scope": scope(emulator, Service::Compliance),
        "thumbprint": certificate.thumbprint().to_string(),
        "thumbprint_sha256": certificate.sha256_thumbprint().to_string(),
        "machine": emulator.machine_url(),
        "environments": places,
    });
    format!("{facts:#}\n")
}

/// Replaces the file of an earlier tenant; whole or not at all is enough for what a start makes anew.
fn write(path: &Path, bytes: &[u8], private: bool) -> Result<()> {
    if path.exists() {
        std::fs::remove_file(path).map_err(|error| unwritten(path, &error))?;
    }
    Ok(exo_cert::write_new(path, bytes, private)?)
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(ErrorKind::Output, format!("`{}` cannot be written: {error}", path.display()))
}

/// The file with the administrator's token for Microsoft Graph.
const GRAPH_TOKEN: &str = "graph-token.txt";
/// The app of the emulated tenant.
pub(crate) const APP_ID: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";

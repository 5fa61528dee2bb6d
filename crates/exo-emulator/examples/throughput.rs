//! How many pages of 1000 mailboxes the emulator serves per second, plain and packed, whole and selected, and what of
//! processor time and memory that takes, where the system tells.
//!
//! `cargo run --release -p exo-emulator --example throughput [MAILBOXES]`

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_emulator::{App, Emulator, Service, Tenant};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type Failure = Box<dyn std::error::Error>;

const APP: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
const ANCHOR: &str = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com";

#[expect(clippy::print_stdout, reason = "an example tells what it measured")]
fn main() -> Result<(), Failure> {
    let mailboxes = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
    let certificate = rcgen::CertificateParams::new(Vec::new())?.self_signed(&key)?;
    let app = App::new(APP)
        .certificate_der(certificate.der().to_vec())
        .permission(Service::Exchange)
        .role("29232cdf-9323-42fd-ade2-1d097af3e4de");
    let begun = Instant::now();
    let emulator = Emulator::start(Tenant::contoso().mailboxes(mailboxes).app(app))?;
    println!("started in {:?}", begun.elapsed());
    let token = sign_in(&emulator, certificate.der(), &key)?;
    for (name, packed, select) in [
        ("plain", false, ""),
        ("gzip", true, ""),
        ("plain, six properties", false, SELECT),
        ("gzip, six properties", true, SELECT),
    ] {
        let (begun, before) = (Instant::now(), Spent::now());
        let mut run = Run::open(&emulator, &token, packed)?;
        let mut path = format!("/adminapi/beta/{}/InvokeCommand{select}", emulator.tenant().id());
        let (mut pages, mut bytes) = (0_u32, 0);
        loop {
            let (length, next) = run.page(&path)?;
            pages += 1;
            bytes += length;
            match next {
                Some(next) => path = next,
                None => break,
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "{name}: {pages} pages, {:.1} pages/s, {:.2} ms/page, {} kB/page on the wire{}",
            f64::from(pages) / seconds,
            seconds * 1000.0 / f64::from(pages),
            bytes / pages as usize / 1024,
            Spent::now().since(&before).map(|spent| format!("; {spent}")).unwrap_or_default(),
        );
    }
    Ok(())
}

/// Processor time in hundredths of a second, of the emulator's threads and of the others, and the most memory in KiB.
struct Spent(Option<(u64, u64, u64)>);

impl Spent {
    fn now() -> Self {
        Self(Self::read())
    }

    fn read() -> Option<(u64, u64, u64)> {
        let (mut served, mut asked) = (0, 0);
        for thread in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
            let line = std::fs::read_to_string(thread.path().join("stat")).ok()?;
            let (name, rest) = line.rsplit_once(')')?;
            let ticks: u64 =
                rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
            *(if name.contains("exo-emulator") { &mut served } else { &mut asked }) += ticks;
        }
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some((served, asked, peak.trim().trim_end_matches("kB").trim().parse().ok()?))
    }

    fn since(&self, before: &Self) -> Option<String> {
        let ((served, asked, peak), (served_before, asked_before, _)) = (self.0?, before.0?);
        let seconds = |ticks: u64| f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)) / 100.0;
        Some(format!(
            "emulator {:.2} s, asking {:.2} s of processor time, {} MiB at most in both",
            seconds(served.saturating_sub(served_before)),
            seconds(asked.saturating_sub(asked_before)),
            peak / 1024
        ))
    }
}

const SELECT: &str =
    "?$select=PrimarySmtpAddress,DisplayName,RecipientTypeDetails,ExchangeGuid,EmailAddresses,WhenMailboxCreated";

fn sign_in(emulator: &Emulator, der: &[u8], key: &rcgen::KeyPair) -> Result<String, Failure> {
    let thumbprint = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, der));
    let header = serde_json::json!({"alg": "PS256", "x5t#S256": thumbprint});
    let tenant = emulator.tenant().id();
    let claims = serde_json::json!({
        "aud": format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"),
        "iss": APP, "sub": APP, "exp": 4_000_000_000_u32,
    });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    let pair = RsaKeyPair::from_pkcs8(&key.serialize_der())?;
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)?;
    let assertion = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    let form = format!(
        "client_id={APP}&scope=https://outlook.office365.com/.default&grant_type=client_credentials\
         &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
    );
    let mut connection = Connection::open(emulator, "login.localhost")?;
    let path = format!("/{tenant}/oauth2/v2.0/token");
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = connection.post(&path, headers, &form)?;
    let answer: serde_json::Value = serde_json::from_slice(&body)?;
    Ok(answer["access_token"].as_str().ok_or("no token")?.to_owned())
}

struct Run {
    connection: Connection,
    headers: String,
    packed: bool,
}

impl Run {
    fn open(emulator: &Emulator, token: &str, packed: bool) -> Result<Self, Failure> {
        let encoding = if packed { "Accept-Encoding: gzip\r\n" } else { "" };
        let headers = format!(
            "Content-Type: application/json\r\nAuthorization: Bearer {token}\r\nX-AnchorMailbox: {ANCHOR}\r\n\
             Prefer: odata.maxpagesize=1000\r\n{encoding}"
        );
        Ok(Self { connection: Connection::open(emulator, "outlook.localhost")?, headers, packed })
    }

    /// The bytes of a page as they came, and the path of the next.
    fn page(&mut self, path: &str) -> Result<(usize, Option<String>), Failure> {
        let call = r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"ResultSize":"Unlimited"}}}"#;
        let body = self.connection.post(path, &self.headers, call)?;
        let mut head = vec![0; 1024.min(body.len())];
        if self.packed {
            flate2::read::GzDecoder::new(body.as_slice()).read_exact(&mut head)?;
        } else {
            let length = head.len();
            head.copy_from_slice(body.get(..length).unwrap_or_default());
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let link = head.split_once("\"@odata.nextLink\":\"").and_then(|(_, rest)| rest.split_once('"'));
        let next = link.and_then(|(link, _)| link.split_once("/adminapi"));
        Ok((body.len(), next.map(|(_, path)| format!("/adminapi{path}"))))
    }
}

struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

impl Connection {
    fn open(emulator: &Emulator, host: &str) -> Result<Self, Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(emulator.ca_pem().as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned())?;
        let client = ClientConnection::new(Arc::new(config), name)?;
        let socket = TcpStream::connect(("127.0.0.1", emulator.port()))?;
        socket.set_nodelay(true)?;
        let host = format!("{host}:{}", emulator.port());
        Ok(Self { stream: StreamOwned::new(client, socket), host })
    }

    fn post(&mut self, path: &str, headers: &str, body: &str) -> Result<Vec<u8>, Failure> {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n", self.host, body.len());
        self.stream.write_all(head.as_bytes())?;
        self.stream.write_all(body.as_bytes())?;
        let mut raw = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        let end = loop {
            let read = self.stream.read(&mut buffer)?;
            raw.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if let Some(end) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = String::from_utf8_lossy(raw.get(..end).unwrap_or_default()).to_ascii_lowercase();
        let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.split_once('\r'));
        let length: usize = length.ok_or("no length")?.0.parse()?;
        let mut body = raw.split_off(end);
        let already = body.len();
        body.resize(length, 0);
        self.stream.read_exact(body.get_mut(already..).unwrap_or_default())?;
        Ok(body)
    }
}

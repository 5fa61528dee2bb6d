//! The smallest HTTPS client that can see what is wrong with an answer, and an app that can sign.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_emulator::{App, Emulator, Service, Tenant};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

pub(crate) const APP: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
pub(crate) const TENANT: &str = "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11";
pub(crate) const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
pub(crate) const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
pub(crate) const ANCHOR: &str = "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com";

/// An answer, as bytes came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Sends one request over a connection of its own.
pub(crate) fn send(
    emulator: &Emulator,
    host: &str,
    head: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Reply> {
    send_to((emulator.port(), emulator.ca_pem()), host, head, headers, body)
}

/// The same, for a server of which only port and authority are at hand.
pub(crate) fn send_to(
    (port, ca): (u16, &str),
    host: &str,
    head: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> std::io::Result<Reply> {
    let socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(Duration::from_secs(20)))?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(trusting(ca), name).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let mut text = format!("{head} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    let length = body.len().to_string();
    text.extend(["Content-Length: ", length.as_str(), "\r\n\r\n", body]);
    stream.write_all(text.as_bytes())?;
    let mut raw = Vec::new();
    if let Err(error) = stream.read_to_end(&mut raw)
        && (raw.is_empty() || error.kind() != std::io::ErrorKind::UnexpectedEof)
    {
        return Err(error);
    }
    if raw.is_empty() {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(parse(&raw))
}

/// The SHA-1 thumbprint of the certificate that the server shows.
pub(crate) fn sent_thumbprint(emulator: &Emulator) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", emulator.port())).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(trusting(emulator.ca_pem()), name).unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).unwrap();
    }
    let shown = connection.peer_certificates().unwrap()[0].as_ref();
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, shown);
    sha1.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
}

pub(crate) fn trusting(ca: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

pub(crate) fn parse(raw: &[u8]) -> Reply {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(raw[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = BTreeMap::<String, String>::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let known = headers.entry(name.to_ascii_lowercase()).or_default();
        known.push_str(if known.is_empty() { "" } else { ", " });
        known.push_str(value);
    }
    Reply { status, headers, body: raw[end + 4..].to_vec() }
}

/// A certificate with its key, made once.
pub(crate) struct Identity {
    pub(crate) der: Vec<u8>,
    pair: RsaKeyPair,
}

pub(crate) fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(Identity::make)
}

impl Identity {
    pub(crate) fn make() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["contoso.org".to_owned()]).unwrap();
        let der = parameters.self_signed(&key).unwrap().der().to_vec();
        Self { der, pair: RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap() }
    }

    pub(crate) fn sha1(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    /// The thumbprint as administrators know it.
    pub(crate) fn thumbprint(&self) -> String {
        self.sha1().iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
    }

    pub(crate) fn sha256(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, &self.der).as_ref().to_vec()
    }

    /// A JWT with this header and these claims.
    pub(crate) fn jwt(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        self.sign(&format!("{}.{}", part(header), part(claims)), header)
    }

    /// Signs two ready parts with the algorithm of the header.
    pub(crate) fn sign(&self, message: &str, header: &Value) -> String {
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(self.signature(message, header)))
    }

    /// The signature alone.
    pub(crate) fn signature(&self, message: &str, header: &Value) -> Vec<u8> {
        let encoding: &'static dyn RsaEncoding = match header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_SHA256,
            Some("RS384") => &RSA_PKCS1_SHA384,
            Some("RS512") => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair.sign(encoding, &random, message.as_bytes(), &mut signature).unwrap();
        signature
    }

    pub(crate) fn header(&self) -> Value {
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(self.sha256())})
    }
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

pub(crate) fn claims() -> Value {
    json!({
        "aud": format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/token"),
        "exp": now() + 600, "iat": now(), "iss": APP, "jti": "j", "nbf": now() - 60, "sub": APP,
    })
}

pub(crate) fn assertion() -> String {
    let identity = identity();
    identity.jwt(&identity.header(), &claims())
}

/// The app that most tests use.
pub(crate) fn app() -> App {
    App::new(APP).certificate_der(identity().der.clone())
}

pub(crate) fn full_app() -> App {
    app().permission(Service::Exchange).permission(Service::Compliance).role(EXCHANGE_ADMINISTRATOR).role(GLOBAL_READER)
}

pub(crate) fn start(tenant: Tenant) -> Emulator {
    Emulator::start(tenant).unwrap()
}

pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

pub(crate) const EXCHANGE_SCOPE: &str = "https://outlook.office365.com/.default";
pub(crate) const COMPLIANCE_SCOPE: &str = "https://ps.compliance.protection.outlook.com/.default";

/// The fields of a good token request.
pub(crate) fn fields(assertion: &str, scope: &str) -> Vec<(&'static str, String)> {
    vec![
        ("client_id", APP.to_owned()),
        ("scope", scope.to_owned()),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
        ("client_assertion", assertion.to_owned()),
        ("grant_type", "client_credentials".to_owned()),
    ]
}

pub(crate) fn form(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    fields.join("&")
}

/// Posts a form to a path of the token service.
pub(crate) fn post_form(emulator: &Emulator, path: &str, body: &str) -> Reply {
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("client-request-id", "5b4e6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33"),
    ];
    send(emulator, "login.localhost", &format!("POST {path}"), &headers, body).unwrap()
}

/// The same by another name of the token service, with an assertion made for it.
pub(crate) fn ask_at(emulator: &Emulator, host: &str, assertion: &str, scope: &str) -> Reply {
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    send(emulator, host, &path, &headers, &form(&fields(assertion, scope))).unwrap()
}

/// An assertion for the token endpoint of a host.
pub(crate) fn assertion_for(host: &str) -> String {
    let mut claims = claims();
    claims["aud"] = json!(format!("https://{host}/{TENANT}/oauth2/v2.0/token"));
    identity().jwt(&identity().header(), &claims)
}

pub(crate) fn ask(emulator: &Emulator, assertion: &str, scope: &str) -> Reply {
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    post_form(emulator, &path, &form(&fields(assertion, scope)))
}

pub(crate) fn token(emulator: &Emulator, scope: &str) -> String {
    let reply = ask(emulator, &assertion(), scope);
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.json()["access_token"].as_str().unwrap().to_owned()
}

/// The claims of a token.
pub(crate) fn decoded(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

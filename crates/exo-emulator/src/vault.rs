//! Key Vault: certificates, their secrets, and keys that sign without leaving.

use aws_lc_rs::digest;
use serde_json::json;

mod objects;
mod pfx;
mod settings;
mod sign;

pub use settings::{Vault, VaultCertificate, VaultContent, VaultPermission};

use crate::answer::Answer;
use crate::cloud::Cloud;
use crate::form::Form;
use crate::request::Request;
use crate::world::World;

/// The vault that a request is for, and the audience that its tokens must have.
pub(crate) struct Door<'w> {
    vault: &'w Vault,
    audience: &'static str,
    login: &'static str,
}

impl<'w> Door<'w> {
    /// Looks the host up; under the plain loopback names the path says that the first vault is meant.
    pub(crate) fn of(world: &'w World, request: &Request) -> Option<Self> {
        if world.tenant.vaults.is_empty() {
            return None;
        }
        let host = request.host().to_ascii_lowercase();
        let (suffix, audience) = of_cloud(world.tenant.cloud);
        let vaults = &world.tenant.vaults;
        let plain = ["localhost", "127.0.0.1"].contains(&host.as_str());
        if plain && PATHS.iter().any(|path| request.path.starts_with(path)) {
            return vaults.first().map(|vault| Self { vault, audience, login: "localhost" });
        }
        let names = [(suffix, world.tenant.cloud.login_host()), (LOOPBACK, "login.localhost")];
        names.into_iter().find_map(|(suffix, login)| {
            let name = host.strip_suffix(suffix)?.strip_suffix('.')?;
            let vault = vaults.iter().find(|vault| vault.name.eq_ignore_ascii_case(name))?;
            Some(Self { vault, audience, login })
        })
    }
}

/// Whether tokens with this audience are for the key vaults of a cloud.
pub(crate) fn is_audience(cloud: Cloud, audience: &str) -> bool {
    audience == APPLICATION || audience == of_cloud(cloud).1
}

/// The name that a cloud's vaults are under, and the audience of tokens for them.
const fn of_cloud(cloud: Cloud) -> (&'static str, &'static str) {
    match cloud {
        Cloud::Worldwide | Cloud::Gcc => ("vault.azure.net", "https://vault.azure.net"),
        Cloud::GccHigh | Cloud::Dod => ("vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net"),
        Cloud::China => ("vault.azure.cn", "https://vault.azure.cn"),
    }
}

/// The names of vaults in the server's certificate.
pub(crate) fn certificate_names() -> impl Iterator<Item = String> {
    let real = [Cloud::Worldwide, Cloud::GccHigh, Cloud::China].map(|cloud| of_cloud(cloud).0);
    real.into_iter().chain([LOOPBACK]).map(|suffix| format!("*.{suffix}"))
}

/// Answers a request to a vault.
pub(crate) fn answer(world: &World, request: &Request, door: &Door<'_>) -> Answer {
    let call = Call { world, request, door };
    let answer = match call.respond() {
        Ok(answer) | Err(answer) => answer,
    };
    answer
        .with("cache-control", "no-cache")
        .with("x-ms-keyvault-region", "westeurope")
        .with("x-ms-keyvault-service-version", "1.9.2624.1")
        .with("x-ms-request-id", world.fresh_guid())
}

/// One request to one vault.
struct Call<'a> {
    world: &'a World,
    request: &'a Request,
    door: &'a Door<'a>,
}

impl Call<'_> {
    fn respond(&self) -> Result<Answer, Answer> {
        let app = self.caller()?;
        let query = Form::parse(&self.request.query);
        if !query.get("api-version").is_some_and(is_known_version) {
            return Err(refused(400, "BadParameter", "The query parameter 'api-version' is missing or not supported."));
        }
        let segments: Vec<&str> = self.request.segments().into_iter().filter(|word| !word.is_empty()).collect();
        match (self.request.method.as_str(), segments.as_slice()) {
            ("GET", ["certificates", name, version @ ..]) => self.certificate(app, name, version.first().copied()),
            ("GET", ["secrets", name, version @ ..]) => self.secret(app, name, version.first().copied()),
            ("POST", ["keys", name, "sign"]) => self.sign(app, name, None),
            ("POST", ["keys", name, version, "sign"]) => self.sign(app, name, Some(version)),
            ("GET", ["keys", name, version @ ..]) => self.key(app, name, version.first().copied()),
            _ => Err(refused(404, "NotFound", "The resource that was asked for is not here.")),
        }
    }

    /// Which app is calling.
    fn caller(&self) -> Result<usize, Answer> {
        let given = self.request.header("authorization").and_then(|value| value.split_once(' '));
        let Some((_, token)) = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
            return Err(self.challenge("AKV10000: Request is missing a Bearer or PoP token."));
        };
        let Some(issued) = self.world.tokens.find(token.trim()) else {
            return Err(self.challenge("AKV10032: The token is not one that the tenant's token service issued."));
        };
        // Compared to the letter: the vault refuses its own address, and a slash at the end.
        if issued.audience != self.door.audience && issued.audience != APPLICATION {
            let text =
                format!("AKV10022: Invalid audience. Expected {}, found: {}.", self.door.audience, issued.audience);
            return Err(self.challenge(&text));
        }
        if issued.expires <= self.world.clock.now() {
            return Err(self.challenge("AKV10005: The token has expired."));
        }
        Ok(issued.app)
    }

    fn challenge(&self, text: &str) -> Answer {
        let Door { audience, login, .. } = self.door;
        let port = self.request.authority.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
        let authority = format!("https://{login}{port}/{}", self.world.tenant.id);
        refused(401, "Unauthorized", text)
            .with("www-authenticate", format!("Bearer authorization=\"{authority}\", resource=\"{audience}\""))
    }

    fn check(&self, app: usize, permission: VaultPermission) -> Result<(), Answer> {
        let Vault { name, by_role, firewall, .. } = self.door.vault;
        let Some(app) = self.world.app(app) else {
            return Err(self.challenge("AKV10000: Request is missing a Bearer or PoP token."));
        };
        let tenant = &self.world.tenant.id;
        let caller = format!("appid={};oid={};iss=https://sts.windows.net/{tenant}/", app.id, app.object_id());
        let (message, inner) = if *firewall {
            let message = format!(
                "Client address is not authorized and caller is not a trusted service.\r\nClient address: \
                 127.0.0.1\r\nCaller: {caller}\r\nVault: {name};location=westeurope"
            );
            (message, "ForbiddenByFirewall")
        } else if app.may_in_vault(name, permission) {
            return Ok(());
        } else if *by_role {
            let message = format!(
                "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or \
                 role definitions were changed recently, please observe propagation time.\r\nCaller: \
                 {caller}\r\nAction: '{}'\r\nAssignment: (not found)\r\nVault: {name};location=westeurope",
                permission.action()
            );
            (message, "ForbiddenByRbac")
        } else {
            let message = format!(
                "The user, group or application '{caller}' does not have {} permission on key vault \
                 '{name};location=westeurope'. For help resolving this issue, please see \
                 https://go.microsoft.com/fwlink/?linkid=2125287",
                permission.words()
            );
            (message, "AccessDenied")
        };
        Err(refused_within(403, "Forbidden", &message, inner))
    }

    /// A version of a certificate, the latest if none is named.
    fn find(&self, kind: &str, name: &str, version: Option<&str>) -> Result<&VaultCertificate, Answer> {
        let named = |known: &&VaultCertificate| {
            known.name.eq_ignore_ascii_case(name)
                && version.is_none_or(|version| known.version.eq_ignore_ascii_case(version))
        };
        self.door.vault.certificates.iter().rev().find(named).ok_or_else(|| {
            let message = format!(
                "A {kind} with (name/id) {name}{} was not found in this key vault. If you recently deleted this \
                 {kind} you may be able to recover it using the correct recovery command. For help resolving this \
                 issue, please see https://go.microsoft.com/fwlink/?linkid=2125182",
                version.map(|version| format!("/{version}")).unwrap_or_default()
            );
            let code = match kind {
                "certificate" => "CertificateNotFound",
                "secret" => "SecretNotFound",
                _ => "KeyNotFound",
            };
            refused(404, code, &message)
        })
    }

    /// The address of an object of this vault.
    fn url(&self, kind: &str, certificate: &VaultCertificate) -> String {
        let VaultCertificate { name, version, .. } = certificate;
        format!("https://{}/{kind}/{name}/{version}", self.request.authority)
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer::json(status, json!({ "error": { "code": code, "message": message } }).to_string())
}

fn refused_within(status: u16, code: &str, message: &str, inner: &str) -> Answer {
    let error = json!({ "code": code, "message": message, "innererror": { "code": inner } });
    Answer::json(status, json!({ "error": error }).to_string())
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Versions have numbers from 7.0 on, and dates since 2025.
fn is_known_version(version: &str) -> bool {
    version.starts_with("7.") || version.starts_with("20") && version >= "2025-07-01"
}

/// The first digits of some bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).map(char::from).take(digits).collect()
}

const LOOPBACK: &str = "vault.localhost";
const PATHS: [&str; 3] = ["/certificates/", "/secrets/", "/keys/"];
/// Key Vault itself, as an application.
const APPLICATION: &str = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";

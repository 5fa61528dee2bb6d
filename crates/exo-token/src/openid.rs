//! What the sign-in hosts say of a tenant without being asked for a token: its GUID, its region, its cloud.

use crate::{Error, exchange, json};
use bytes::Bytes;
use exo_http::{Request, RequestId, Response, Transport};
use exo_model::{Cloud, Origin, TenantId, TenantName};
use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use std::time::SystemTime;

/// What the OpenID configuration says of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantInfo {
    /// The tenant's GUID.
    pub id: TenantId,
    /// The cloud that it lives in.
    pub cloud: Cloud,
    /// Its region: `WW`, `NA`, `EU`, `AS` and others; `USGov` in both clouds of the US government.
    pub region: Option<String>,
    /// What kind of government tenant it is: `GCC`, `DODCON` (GCC High) or `DOD`; nothing for others.
    pub sub_region: Option<String>,
    /// The host of its token endpoint.
    pub token_host: Option<String>,
}

impl TenantInfo {
    /// Whether it is a tenant of GCC, which lives in the worldwide cloud.
    pub fn is_gcc(&self) -> bool {
        self.sub_region.as_deref().is_some_and(|region| region.eq_ignore_ascii_case("GCC"))
    }

    fn read(members: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let id = id_of(members)?;
        let token_host = text("token_endpoint").and_then(|url| Some(url.parse::<Uri>().ok()?.host()?.to_owned()));
        let short = |name: &str| text(name).map(|t| t.chars().filter(|c| !c.is_control()).take(40).collect::<String>());
        let (region, sub_region) = (short("tenant_region_scope"), short("tenant_region_sub_scope"));
        let cloud = cloud_of(region.as_deref(), sub_region.as_deref(), token_host.as_deref());
        Some(Self { id, cloud, region, sub_region, token_host })
    }
}

/// Where a tenant was found when several clouds were asked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Found {
    /// The tenants of that name; one name can belong to different tenants of different clouds.
    pub tenants: Vec<TenantInfo>,
    /// The sign-in hosts that did not say whether they know it, with the reason.
    pub silent: Vec<(Origin, Error)>,
}

impl Found {
    /// The tenant of this cloud.
    pub fn within(&self, cloud: Cloud) -> Option<&TenantInfo> {
        self.tenants.iter().find(|tenant| tenant.cloud == cloud)
    }

    /// Why signing in to this cloud cannot work, and what to do; `None` if the tenant is there.
    pub fn wrong_cloud(&self, tenant: &TenantName, chosen: Cloud) -> Option<String> {
        if self.within(chosen).is_some() {
            return None;
        }
        let clouds: Vec<_> = self.tenants.iter().map(|found| format!("`{}`", found.cloud)).collect();
        Some(match clouds.as_slice() {
            [] if self.silent.is_empty() => {
                format!("tenant `{tenant}` is in no cloud; check its name, a domain must be one that it has verified")
            }
            [] => format!(
                "tenant `{tenant}` is not in cloud `{chosen}`, as far as could be asked ({} did not answer)",
                self.silent.iter().map(|(host, _)| host.host()).collect::<Vec<_>>().join(", ")
            ),
            [cloud] => format!("tenant `{tenant}` lives in cloud {cloud}, not in `{chosen}`; choose {cloud}"),
            several => format!(
                "there are tenants `{tenant}` in the clouds {}, but not in `{chosen}`; choose the one that is yours, or give its GUID",
                several.join(" and ")
            ),
        })
    }
}

/// The sign-in hosts of all clouds, each once.
pub fn login_hosts() -> Vec<Origin> {
    let mut hosts = Vec::new();
    for cloud in Cloud::ALL {
        let login = cloud.endpoints().login;
        if !hosts.contains(&login) {
            hosts.push(login);
        }
    }
    hosts
}

/// Finds a tenant's GUID in the OpenID configuration; a name that is the GUID already is given back unasked.
///
/// # Errors
///
/// [`Error::Refused`] if the tenant does not exist in this cloud; otherwise what keeps the answer from coming or from
/// being understood.
pub async fn tenant_id(transport: &dyn Transport, login: &Origin, tenant: &TenantName) -> Result<TenantId, Error> {
    match tenant.id() {
        Some(id) => Ok(id),
        None => ask(transport, login, tenant, id_of).await,
    }
}

/// What a sign-in host says of a tenant.
///
/// # Errors
///
/// [`Error::Refused`] if the tenant does not exist in this cloud; otherwise what keeps the answer from coming or from
/// being understood.
pub async fn discover(transport: &dyn Transport, login: &Origin, tenant: &TenantName) -> Result<TenantInfo, Error> {
    ask(transport, login, tenant, TenantInfo::read).await
}

/// Asks these sign-in hosts, such as [`login_hosts`], which of them know a tenant.
pub async fn find_cloud(transport: &dyn Transport, logins: &[Origin], tenant: &TenantName) -> Found {
    let mut found = Found { tenants: Vec::new(), silent: Vec::new() };
    for login in logins {
        match discover(transport, login, tenant).await {
            // A host may speak for a tenant of another cloud, which then is found twice.
            Ok(info) if found.tenants.contains(&info) => {}
            Ok(info) => found.tenants.push(info),
            Err(error) if is_unknown(&error) => {}
            Err(error) => found.silent.push((login.clone(), error)),
        }
    }
    found
}

/// Whether a host has said that it does not know the tenant.
fn is_unknown(error: &Error) -> bool {
    let Error::Refused { error } = error else { return false };
    error.error == "invalid_tenant" || error.codes.iter().any(|code| matches!(code, 90_002 | 90_038))
}

/// What becomes of the region's words and the token endpoint's host; a worldwide tenant where neither says otherwise.
fn cloud_of(region: Option<&str>, sub_region: Option<&str>, token_host: Option<&str>) -> Cloud {
    let is = |text: Option<&str>, word: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(word));
    if is(sub_region, "DOD") {
        Cloud::Dod
    } else if is(sub_region, "DODCON") || is(sub_region, "USGov") || is(region, "USGov") {
        Cloud::GccHigh
    } else if token_host.is_some_and(|host| CHINA.iter().any(|name| host.eq_ignore_ascii_case(name))) {
        Cloud::China
    } else {
        Cloud::Worldwide
    }
}

async fn ask<T>(
    transport: &dyn Transport,
    login: &Origin,
    tenant: &TenantName,
    read: impl Fn(&Map<String, Value>) -> Option<T>,
) -> Result<T, Error> {
    let request_id = RequestId::random();
    let response = transport.send(request(login, tenant, request_id)?).await.map_err(|source| Error::Transport {
        attempts: 1,
        client_request_id: request_id.to_string(),
        source,
    })?;
    if response.status() != StatusCode::OK {
        // Nothing is waited for here, so that the time does not matter.
        let asked = exchange::Asked { host: login.host(), id: request_id, secret: None };
        return Err(exchange::failure(&response, &asked, SystemTime::UNIX_EPOCH));
    }
    members(&response).and_then(|members| read(&members)).ok_or_else(|| Error::NotUnderstood {
        host: login.host().to_owned(),
        status: 200,
        what: "it names no tenant",
        client_request_id: request_id.to_string(),
    })
}

fn request(login: &Origin, tenant: &TenantName, id: RequestId) -> Result<Request, Error> {
    let url = format!("{login}/{tenant}/v2.0/.well-known/openid-configuration");
    let uri = url.parse().map_err(|_| Error::TokenUrl { text: url, why: "it is not a URL".to_owned() })?;
    let mut request = exchange::question(Bytes::new());
    *request.uri_mut() = uri;
    exchange::identify(request.headers_mut(), id);
    Ok(request)
}

fn members(response: &Response) -> Option<Map<String, Value>> {
    json::object(response.body()).ok()
}

/// The first segment of the token endpoint's or the issuer's path.
fn id_of(members: &Map<String, Value>) -> Option<TenantId> {
    ["token_endpoint", "issuer"].iter().find_map(|name| {
        let uri: Uri = members.get(*name)?.as_str()?.parse().ok()?;
        uri.path().split('/').nth(1)?.parse().ok()
    })
}

/// China's sign-in host, by its present and its old name.
const CHINA: &[&str] = &["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"];

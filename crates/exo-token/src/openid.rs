//! What the sign-in host says of a tenant without being asked for a token.

use crate::{Error, exchange};
use bytes::Bytes;
use exo_http::{Request, RequestId, Response, Transport};
use exo_model::{Origin, TenantId, TenantName};
use http::{StatusCode, Uri};
use serde_json::{Map, Value};
use std::time::SystemTime;

/// Finds a tenant's GUID in the OpenID configuration; a name that is the GUID already is given back unasked.
///
/// # Errors
///
/// [`Error::Refused`] if the tenant does not exist in this cloud; otherwise what keeps the answer from coming or from
/// being understood.
pub async fn tenant_id(transport: &dyn Transport, login: &Origin, tenant: &TenantName) -> Result<TenantId, Error> {
    if let Some(id) = tenant.id() {
        return Ok(id);
    }
    let request_id = RequestId::random();
    let response = transport.send(request(login, tenant, request_id)?).await.map_err(|source| Error::Transport {
        attempts: 1,
        client_request_id: request_id.to_string(),
        source,
    })?;
    if response.status() != StatusCode::OK {
        // Nothing is waited for here, so that the time does not matter.
        return Err(exchange::failure(&response, request_id, SystemTime::UNIX_EPOCH));
    }
    read(&response).ok_or_else(|| Error::NotUnderstood {
        status: 200,
        what: "it names no tenant",
        client_request_id: request_id.to_string(),
    })
}

fn request(login: &Origin, tenant: &TenantName, id: RequestId) -> Result<Request, Error> {
    let url = format!("{login}/{tenant}/v2.0/.well-known/openid-configuration");
    let uri = url.parse().map_err(|_| Error::TokenUrl { text: url, why: "it is not a URL".to_owned() })?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri;
    exchange::identify(request.headers_mut(), id);
    Ok(request)
}

fn read(response: &Response) -> Option<TenantId> {
    let members: Map<String, Value> = serde_json::from_slice(response.body()).ok()?;
    ["token_endpoint", "issuer"].iter().find_map(|name| {
        let uri: Uri = members.get(*name)?.as_str()?.parse().ok()?;
        uri.path().split('/').nth(1)?.parse().ok()
    })
}

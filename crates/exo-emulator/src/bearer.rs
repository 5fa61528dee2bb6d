//! Who is calling: the bearer token of a request, or the 401 that it deserves.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::access_token::Issued;
use crate::answer::Answer;
use crate::app::Service;
use crate::cloud::Cloud;
use crate::request::Request;
use crate::resource;
use crate::world::World;

/// A caller whose token is good for the service.
pub(crate) struct Caller {
    pub(crate) issued: Arc<Issued>,
    pub(crate) token: String,
}

/// Checks the token; `service` is none where a token of either will do.
pub(crate) fn caller(
    world: &World,
    request: &Request,
    shown: Service,
    service: Option<Service>,
) -> Result<Caller, Answer> {
    let cloud = world.tenant.cloud;
    let Some(token) = token(request) else {
        return Err(Answer::empty(401).with("www-authenticate", "Basic Realm=\"\""));
    };
    let Some(issued) = world.tokens.find(token) else {
        if token.split('.').count() != 3 && shown == Service::Compliance {
            return Err(Answer::text(500, ""));
        }
        return Err(refuse((shown, cloud), "2000001", "The token is invalid.", "invalid_token"));
    };
    if issued.expires <= world.clock.now() {
        return Err(refuse((shown, cloud), "2000002", "The token has expired.", "invalid_token"));
    }
    let audiences = [Service::Exchange, Service::Compliance].map(|s| (s, resource::is_for(world, &issued.audience, s)));
    let fits = audiences
        .iter()
        .any(|(of, is)| *is && (world.tenant.shared_tokens || service.is_none_or(|wanted| wanted == *of)));
    if !fits {
        let reason = "The audience claim value is invalid for the current resource.";
        return Err(refuse((shown, cloud), "2000003", reason, "invalid_resource"));
    }
    if issued.roles.is_empty() {
        let reason = "The token contains no permissions, or permissions can not be understood.";
        return Err(refuse((shown, cloud), "2000008", reason, "invalid_grant"));
    }
    Ok(Caller { issued, token: token.to_owned() })
}

/// The 401 of a service of another cloud, which knows no token of this tenant.
pub(crate) fn elsewhere(request: &Request, service: Service, cloud: Cloud) -> Answer {
    let reason = if token(request).is_some() { "The token is invalid." } else { "The request has no token." };
    refuse((service, cloud), "2000001", reason, "invalid_token")
}

/// The 401 that demands a token with these claims.
pub(crate) fn challenged(cloud: Cloud, claims: &str) -> Answer {
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}\", error=\"insufficient_claims\", claims=\"{}\"",
        authorization_uri(cloud),
        STANDARD.encode(claims)
    );
    Answer::empty(401).with("www-authenticate", challenge)
}

/// The 401 of a token for another tenant than the one that the path names.
pub(crate) fn wrong_tenant(service: Service, cloud: Cloud) -> Answer {
    let reason = "The tenant in the token is not the one of the request.";
    refuse((service, cloud), "2000004", reason, "invalid_tenant")
}

/// The 401 of a token that was good until now.
pub(crate) fn revoked(service: Service, cloud: Cloud) -> Answer {
    refuse((service, cloud), "2000001", "The token was revoked.", "invalid_token")
}

/// The bearer token of a request, whatever it is worth.
pub(crate) fn token(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn authorization_uri(cloud: Cloud) -> String {
    // The worldwide services name the token service by its older name.
    let host = if cloud.shares_login_with(Cloud::Worldwide) { "login.windows.net" } else { cloud.login_host() };
    format!("https://{host}/common/oauth2/authorize")
}

fn refuse((service, cloud): (Service, Cloud), number: &str, reason: &str, category: &str) -> Answer {
    let challenge = format!(
        "Bearer client_id=\"{}\", trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
         token_types=\"app_asserted_user_v1 service_asserted_app_v1\", \
         authorization_uri=\"{}\", error=\"invalid_token\"",
        service.application_id(),
        authorization_uri(cloud)
    );
    Answer::empty(401)
        .with("www-authenticate", challenge)
        .with("www-authenticate", "Basic Realm=\"\"")
        .with("x-ms-diagnostics", format!("{number};reason=\"{reason}\";error_category=\"{category}\""))
}

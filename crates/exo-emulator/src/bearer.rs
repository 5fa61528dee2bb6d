//! Who is calling: the bearer token of a request, or the 401 that it deserves.

use std::sync::Arc;

use crate::access_token::Issued;
use crate::answer::Answer;
use crate::app::Service;
use crate::request::Request;
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
    let Some(token) = bearer(request) else {
        return Err(Answer::empty(401).with("www-authenticate", "Basic Realm=\"\""));
    };
    let Some(issued) = world.tokens.find(token) else {
        if token.split('.').count() != 3 && shown == Service::Compliance {
            return Err(Answer::text(500, ""));
        }
        return Err(refuse(shown, "2000001", "The token is invalid.", "invalid_token"));
    };
    if issued.expires <= world.clock.now() {
        return Err(refuse(shown, "2000002", "The token has expired.", "invalid_token"));
    }
    let audiences = [Service::Exchange, Service::Compliance].map(|s| (s, is_for(&issued.audience, s)));
    let fits = audiences
        .iter()
        .any(|(of, is)| *is && (world.tenant.shared_tokens || service.is_none_or(|wanted| wanted == *of)));
    if !fits {
        let reason = "The audience claim value is invalid for the current resource.";
        return Err(refuse(shown, "2000003", reason, "invalid_resource"));
    }
    if issued.roles.is_empty() {
        let reason = "The token contains no permissions, or permissions can not be understood.";
        return Err(refuse(shown, "2000008", reason, "invalid_grant"));
    }
    Ok(Caller { issued, token: token.to_owned() })
}

/// The 401 of a token that was good until now.
pub(crate) fn revoked(service: Service) -> Answer {
    refuse(service, "2000001", "The token was revoked.", "invalid_token")
}

fn bearer(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_for(audience: &str, service: Service) -> bool {
    let audience = audience.trim_end_matches('/').to_ascii_lowercase();
    let other_name = service == Service::Exchange && audience == "https://outlook.office.com";
    other_name || audience == service.audience() || audience == service.application_id()
}

fn refuse(service: Service, number: &str, reason: &str, category: &str) -> Answer {
    let challenge = format!(
        "Bearer client_id=\"{}\", trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
         token_types=\"app_asserted_user_v1 service_asserted_app_v1\", \
         authorization_uri=\"https://login.windows.net/common/oauth2/authorize\", error=\"invalid_token\"",
        service.application_id()
    );
    Answer::empty(401)
        .with("www-authenticate", challenge)
        .with("www-authenticate", "Basic Realm=\"\"")
        .with("x-ms-diagnostics", format!("{number};reason=\"{reason}\";error_category=\"{category}\""))
}

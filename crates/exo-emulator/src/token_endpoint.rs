//! The token endpoint: a form with a client assertion in, an access token or a refusal out.

use crate::access_token::{self, Grant};
use crate::answer::Answer;
use crate::app::{App, Service};
use crate::clock::Civil;
use crate::cloud::Cloud;
use crate::form::Form;
use crate::guid::Guid;
use crate::hosts;
use crate::request::Request;
use crate::requested_claims::RequestedClaims;
use crate::resource;
use crate::token_error::{About, Refusal};
use crate::verify_assertion::{self, Expected};
use crate::world::World;
use crate::{federation, spoil, token_fault};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Which form of the endpoint was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `/oauth2/token`, with `resource`.
    V1,
    /// `/oauth2/v2.0/token`, with `scope`.
    V2,
}

/// Answers a token request; faults strike only those that would have been granted.
pub(crate) async fn answer(world: &World, request: &Request, tenant: &str, version: Version) -> Answer {
    world.journal.count_token();
    let endpoint = Endpoint { world, request, tenant, version };
    let wanted = match endpoint.check() {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(world, request, &refusal),
    };
    let Some(fault) = world.faults.strike(None, None, world.tenant.apps.get(wanted.app).map(|app| app.id.as_str()))
    else {
        return endpoint.issue(&wanted);
    };
    spoil::wait(&fault).await;
    let answer = token_fault::answer(world, request, &fault).unwrap_or_else(|| endpoint.issue(&wanted));
    spoil::finish(&fault, answer)
}

/// Prints a refusal.
pub(crate) fn refused(world: &World, request: &Request, refusal: &Refusal) -> Answer {
    let trace = world.fresh_guid();
    let correlation = correlation(request).unwrap_or_else(|| world.fresh_guid());
    let timestamp = Civil::from_unix(world.clock.now()).token_service();
    let body = refusal.body(&About {
        trace: &trace,
        correlation: &correlation,
        timestamp: &timestamp,
        host: &request.authority,
    });
    common(Answer::json(refusal.status, body), &trace)
}

/// The id that the client gave its request: in a header, in the query, or in the form.
fn correlation(request: &Request) -> Option<String> {
    let header = ["client-request-id", "x-ms-client-request-id"].iter().find_map(|name| request.header(name));
    let field = |text: &str| Form::parse(text).get("client-request-id").map(ToOwned::to_owned);
    header
        .map(ToOwned::to_owned)
        .or_else(|| field(&request.query))
        .or_else(|| field(&String::from_utf8_lossy(&request.body)))
}

fn common(answer: Answer, trace: &str) -> Answer {
    answer
        .with("cache-control", "no-store, no-cache")
        .with("pragma", "no-cache")
        .with("expires", "-1")
        .with("strict-transport-security", "max-age=31536000; includeSubDomains")
        .with("x-content-type-options", "nosniff")
        .with("x-ms-request-id", trace)
        .with("x-ms-ests-server", "2.1.12529.16 - EMULATED")
        .with("x-ms-clitelem", "1,0,0,,")
}

struct Endpoint<'a> {
    world: &'a World,
    request: &'a Request,
    tenant: &'a str,
    version: Version,
}

/// What a request is about to be granted.
struct Wanted {
    app: usize,
    audience: String,
    service: Option<Service>,
    claims: RequestedClaims,
}

impl Endpoint<'_> {
    /// Looks at everything, in the order in which the service is taken to look.
    fn check(&self) -> Result<Wanted, Refusal> {
        let form = self.form()?;
        let claims = RequestedClaims::parse(form.get("claims"))?;
        self.check_tenant(&form)?;
        let client_id = form.get("client_id").ok_or_else(|| absent("client_id"))?;
        let (number, app) = self.find_app(client_id)?;
        let assertion = credential(&form, app)?;
        if federation::is_foreign(assertion) {
            federation::verify(self.world, app, assertion)?;
        } else {
            self.check_own_assertion(assertion, client_id, number)?;
        }
        check_principal(app, &self.world.tenant.display_name)?;
        let audience = resource::audience(&form, self.version)?;
        let service = resource::service_of(self.world, &audience)?;
        if app.blocked {
            return Err(Refusal::plain(53_003));
        }
        Ok(Wanted { app: number, audience, service, claims })
    }

    /// Checks an assertion that the app signed with one of its certificates.
    fn check_own_assertion(&self, assertion: &str, client_id: &str, app: usize) -> Result<(), Refusal> {
        let world = self.world;
        let id = verify_assertion::verify(
            assertion,
            &Expected {
                client_id,
                keys: &world.keys_of(app),
                audience: &|audience| self.is_own_audience(audience),
                now: world.clock.now(),
                age: world.age(),
                tolerance: world.tenant.assertion_tolerance,
            },
        )?;
        if !world.tenant.single_use_assertions {
            return Ok(());
        }
        let id = id.ok_or_else(|| verify_assertion::missing("jti"))?;
        if world.is_new_assertion(&format!("{client_id} {id}")) {
            return Ok(());
        }
        Err(Refusal::new(50_012, "Authentication failed. The 'jti' of the client assertion was used before."))
    }

    fn form(&self) -> Result<Form, Refusal> {
        let form = if self.request.is_form() {
            Form::parse(&String::from_utf8_lossy(&self.request.body))
        } else {
            Form::default()
        };
        match form.get("grant_type") {
            None => Err(absent("grant_type")),
            Some("client_credentials") => Ok(form),
            Some(other) => {
                let text = format!("The app requested an unsupported grant type '{other}'.");
                Err(Refusal::new(70_003, text))
            }
        }
    }

    fn check_tenant(&self, form: &Form) -> Result<(), Refusal> {
        check_tenant_name(self.world, self.tenant)?;
        let own = self.world.tenant.cloud;
        if hosts::is_login(self.request.host(), own) {
            return Ok(());
        }
        if form.get("client_assertion").is_some() {
            return Err(Refusal::plain(700_023));
        }
        if self.asked_worldwide() {
            let text = format!(
                "The specified tenant '{}' belongs to the National Cloud '{own}'. Current cloud instance \
                 'microsoftonline.com' does not federate with it.",
                self.tenant
            );
            return Err(Refusal::new(90_038, text));
        }
        Err(unknown_tenant(self.tenant))
    }

    /// Whether a tenant of a national cloud was looked for in the worldwide one, which knows of it.
    fn asked_worldwide(&self) -> bool {
        Cloud::of_login(self.request.host()) == Some(Cloud::Worldwide)
    }

    fn find_app(&self, id: &str) -> Result<(usize, &App), Refusal> {
        let tenant = &self.world.tenant;
        tenant.find_app(id).and_then(|number| Some((number, tenant.apps.get(number)?))).ok_or_else(|| {
            let text = format!(
                "Application with identifier '{id}' was not found in the directory '{}'. This can happen if the \
                     application has not been installed by the administrator of the tenant or consented to by any \
                     user in the tenant. You may have sent your authentication request to the wrong tenant.",
                tenant.display_name
            );
            Refusal::new(700_016, text)
        })
    }

    /// Whether an assertion was made for this tenant's endpoint, in any of the forms in use.
    fn is_own_audience(&self, audience: &str) -> bool {
        let Some(rest) = audience.trim_end_matches('/').strip_prefix("https://") else {
            return false;
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (tenant, form) = path.split_once('/').unwrap_or((path, ""));
        let forms = ["", "v2.0", "oauth2/token", "oauth2/v2.0/token"];
        hosts::is_login(hosts::without_port(authority), self.world.tenant.cloud)
            && self.world.tenant.is_called(tenant)
            && forms.iter().any(|known| known.eq_ignore_ascii_case(form))
    }

    fn issue(&self, wanted: &Wanted) -> Answer {
        let Wanted { app, audience, service, claims } = wanted;
        let grant = Grant::new(self.world, *app, audience, *service).requested(claims.clone());
        let life = grant.life();
        let Some(token) = access_token::issue(grant) else {
            return refused(self.world, self.request, &Refusal::plain(90_033));
        };
        let now = self.world.clock.now();
        let body = match self.version {
            Version::V2 => serde_json::json!({
                "token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token,
            }),
            Version::V1 => serde_json::json!({
                "token_type": "Bearer",
                "expires_in": life.to_string(),
                "ext_expires_in": life.to_string(),
                "expires_on": (now + i64::from(life)).to_string(),
                "not_before": (now - 301).to_string(),
                "resource": audience,
                "access_token": token,
            }),
        };
        common(Answer::json(200, body.to_string()), &self.world.fresh_guid())
    }
}

/// Refuses a tenant name that is malformed or not this tenant's.
pub(crate) fn check_tenant_name(world: &World, name: &str) -> Result<(), Refusal> {
    let is_domain = name.contains('.')
        && name
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    if !is_domain && Guid::parse(name).is_none() {
        let text =
            format!("Specified tenant identifier '{name}' is neither a valid DNS name, nor a valid external domain.");
        return Err(Refusal::new(900_023, text));
    }
    if name.chars().all(|c| c == '0' || c == '-') {
        let text =
            format!("Requested tenant identifier '{name}' is not valid. Tenant identifiers may not be an empty GUID.");
        return Err(Refusal::new(900_021, text));
    }
    if world.tenant.is_called(name) { Ok(()) } else { Err(unknown_tenant(name)) }
}

fn unknown_tenant(name: &str) -> Refusal {
    let text = format!(
        "Tenant '{name}' not found. Check to make sure you have the correct tenant ID and are signing into the correct \
         cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for \
         the tenant."
    );
    Refusal::new(90_002, text)
}

fn credential<'f>(form: &'f Form, app: &App) -> Result<&'f str, Refusal> {
    let (assertion, secret) = (form.get("client_assertion"), form.get("client_secret"));
    if app.public_client && (assertion.is_some() || secret.is_some()) {
        return Err(Refusal::plain(700_025));
    }
    let Some(assertion) = assertion else {
        return Err(if secret.is_some() {
            let text = format!("Invalid client secret provided for app '{}'.", app.id);
            Refusal::new(7_000_215, text)
        } else {
            Refusal::plain(7_000_218)
        });
    };
    match form.get("client_assertion_type") {
        None => Err(absent("client_assertion_type")),
        Some(ASSERTION_TYPE) => Ok(assertion),
        Some(_) => Err(Refusal::new(50_027, "The client assertion type is not supported.")),
    }
}

fn check_principal(app: &App, directory: &str) -> Result<(), Refusal> {
    let id = &app.id;
    if !app.service_principal {
        let text = format!("The client application {id} is missing service principal in the tenant {directory}.");
        return Err(Refusal::new(7_000_229, text));
    }
    if !app.enabled {
        let text = format!("Application '{id}' ({}) is disabled.", app.display_name);
        return Err(Refusal::new(7_000_112, text));
    }
    Ok(())
}

/// The refusal of a request that lacks a parameter.
pub(crate) fn absent(parameter: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{parameter}'.");
    Refusal::new(900_144, text)
}

//! The token endpoint: a form with a client assertion in, an access token or a refusal out.

use std::sync::Arc;

use crate::access_token::{self, Grant};
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Civil;
use crate::cloud::Cloud;
use crate::directory::{Eye, Resource};
use crate::form::Form;
use crate::guid::Guid;
use crate::hosts;
use crate::request::Request;
use crate::requested_claims::RequestedClaims;
use crate::resource;
use crate::token_error::{About, Refusal};
use crate::verify_assertion::{self, Expected};
use crate::world::World;
use crate::{device_code, federation, spoil, token_fault};

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
    world.clock.advance(world.tenant.graph.clock_step);
    let form = form(request);
    if form.get("grant_type") == Some(device_code::GRANT_TYPE) {
        return device_code::poll(world, request, tenant, &form).await;
    }
    let endpoint = Endpoint { world, request, tenant, version, form };
    let wanted = match endpoint.check() {
        Ok(wanted) => wanted,
        Err(refusal) => return refused(world, request, &refusal),
    };
    let app = world.app(wanted.app);
    let Some(fault) = world.faults.strike(None, None, app.as_ref().map(|app| app.id.as_str())) else {
        return endpoint.issue(&wanted);
    };
    spoil::wait(&fault).await;
    let answer = token_fault::answer(world, request, &fault).unwrap_or_else(|| endpoint.issue(&wanted));
    spoil::finish(&fault, answer)
}

/// The fields of the body, none if it is no form.
fn form(request: &Request) -> Form {
    if request.is_form() { Form::parse(&String::from_utf8_lossy(&request.body)) } else { Form::default() }
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

/// The headers that every answer of the token service has.
pub(crate) fn common(answer: Answer, trace: &str) -> Answer {
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
    form: Form,
}

/// What a request is about to be granted.
struct Wanted {
    app: usize,
    audience: String,
    resource: Option<&'static Resource>,
    claims: RequestedClaims,
}

impl Endpoint<'_> {
    /// Looks at everything, in the order in which the service is taken to look.
    fn check(&self) -> Result<Wanted, Refusal> {
        let form = &self.form;
        self.check_grant_type()?;
        let claims = RequestedClaims::parse(form.get("claims"))?;
        self.check_tenant()?;
        let client_id = form.get("client_id").ok_or_else(|| absent("client_id"))?;
        let (number, app) = self.find_app(client_id)?;
        let assertion = self.credential(&app)?;
        if federation::is_foreign(assertion) {
            federation::verify(self.world, &app, assertion)?;
        } else {
            self.check_own_assertion(assertion, client_id)?;
        }
        self.check_principal(&app)?;
        let audience = resource::audience(form, self.version)?;
        let resource = resource::owner_of(self.world, &audience)?;
        if app.blocked {
            return Err(Refusal::plain(53_003));
        }
        Ok(Wanted { app: number, audience, resource, claims })
    }

    /// Checks an assertion that the app signed with one of its certificates.
    fn check_own_assertion(&self, assertion: &str, client_id: &str) -> Result<(), Refusal> {
        let world = self.world;
        let keys = world.directory.read().keys_of(client_id, world.clock.now_millis());
        let id = verify_assertion::verify(
            assertion,
            &Expected {
                client_id,
                keys: &keys,
                audience: &|audience| self.is_own_audience(audience),
                now: world.clock.now(),
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

    fn check_grant_type(&self) -> Result<(), Refusal> {
        match self.form.get("grant_type") {
            None => Err(absent("grant_type")),
            Some("client_credentials") => Ok(()),
            Some(other) => {
                let text = format!("The app requested an unsupported grant type '{other}'.");
                Err(Refusal::new(70_003, text))
            }
        }
    }

    fn check_tenant(&self) -> Result<(), Refusal> {
        check_tenant_name(self.world, self.tenant)?;
        let own = self.world.tenant.cloud;
        if hosts::is_login(self.request.host(), own) {
            return Ok(());
        }
        if self.form.get("client_assertion").is_some() {
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

    fn find_app(&self, id: &str) -> Result<(usize, Arc<App>), Refusal> {
        let directory = self.world.directory.read();
        let found = directory.client(id, self.world.clock.now_millis());
        found.and_then(|number| Some((number, directory.app(number)?))).ok_or_else(|| {
            let text = format!(
                "Application with identifier '{id}' was not found in the directory '{}'. This can happen if the \
                     application has not been installed by the administrator of the tenant or consented to by any \
                     user in the tenant. You may have sent your authentication request to the wrong tenant.",
                self.world.tenant.display_name
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

    /// The assertion that is to prove the app.
    fn credential(&self, app: &App) -> Result<&str, Refusal> {
        let (assertion, secret) = (self.form.get("client_assertion"), self.form.get("client_secret"));
        let now = self.world.clock.now_millis();
        let directory = self.world.directory.read();
        let registered = directory.application_of(&app.id, Eye::Tokens, now);
        let is_public = registered.map_or(app.public_client, |application| application.public_client);
        if is_public && (assertion.is_some() || secret.is_some()) {
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
        match self.form.get("client_assertion_type") {
            None => Err(absent("client_assertion_type")),
            Some(ASSERTION_TYPE) => Ok(assertion),
            Some(_) => Err(Refusal::new(50_027, "The client assertion type is not supported.")),
        }
    }

    fn check_principal(&self, app: &App) -> Result<(), Refusal> {
        let id = &app.id;
        let directory = self.world.directory.read();
        let now = self.world.clock.now_millis();
        let Some(principal) = directory.principal_of(id, Eye::Tokens, now) else {
            let tenant = &self.world.tenant.display_name;
            let text = format!("The client application {id} is missing service principal in the tenant {tenant}.");
            return Err(Refusal::new(7_000_229, text));
        };
        if !principal.is_enabled(now) {
            let text = format!("Application '{id}' ({}) is disabled.", principal.display_name);
            return Err(Refusal::new(7_000_112, text));
        }
        Ok(())
    }

    fn issue(&self, wanted: &Wanted) -> Answer {
        let Wanted { app, audience, resource, claims } = wanted;
        let grant = Grant::new(self.world, *app, audience, *resource).requested(claims.clone());
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

/// The refusal of a request that lacks a parameter.
pub(crate) fn absent(parameter: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{parameter}'.");
    Refusal::new(900_144, text)
}

//! The token endpoint: a form with a client assertion in, an access token or a refusal out.

use crate::access_token::{self, Grant};
use crate::answer::Answer;
use crate::app::{App, Service};
use crate::clock::Civil;
use crate::form::Form;
use crate::guid::Guid;
use crate::hosts;
use crate::request::Request;
use crate::token_error::{About, Refusal};
use crate::verify_assertion::{self, Expected};
use crate::world::World;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Which form of the endpoint was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// `/oauth2/token`, with `resource`.
    V1,
    /// `/oauth2/v2.0/token`, with `scope`.
    V2,
}

/// Answers a token request.
pub(crate) fn answer(world: &World, request: &Request, tenant: &str, version: Version) -> Answer {
    let endpoint = Endpoint { world, request, tenant, version };
    match endpoint.token() {
        Ok(granted) => endpoint.granted(&granted),
        Err(refusal) => refused(world, request, &refusal),
    }
}

/// Prints a refusal.
pub(crate) fn refused(world: &World, request: &Request, refusal: &Refusal) -> Answer {
    let trace = world.fresh_guid();
    let sent = ["client-request-id", "x-ms-client-request-id"]
        .iter()
        .find_map(|name| request.header(name))
        .map(ToOwned::to_owned);
    let correlation = sent.unwrap_or_else(|| world.fresh_guid());
    let timestamp = Civil::from_unix(world.clock.now()).token_service();
    let body = refusal.body(&About {
        trace: &trace,
        correlation: &correlation,
        timestamp: &timestamp,
        host: &request.authority,
    });
    common(Answer::json(refusal.status, body), &trace)
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

struct Granted {
    token: String,
    audience: String,
}

impl Endpoint<'_> {
    fn token(&self) -> Result<Granted, Refusal> {
        let form = self.form()?;
        self.check_tenant(&form)?;
        let client_id = form.get("client_id").ok_or_else(|| absent("client_id"))?;
        let (number, app) = self.find_app(client_id)?;
        let assertion = credential(&form, app)?;
        let clock_now = self.world.clock.now();
        verify_assertion::verify(
            assertion,
            &Expected {
                client_id,
                keys: self.world.keys_of(number),
                audience: &|audience| self.is_own_audience(audience),
                now: clock_now,
                tolerance: self.world.tenant.assertion_tolerance,
            },
        )?;
        check_principal(app, &self.world.tenant.display_name)?;
        let audience = self.audience(&form)?;
        let service = self.service_of(&audience)?;
        if app.blocked {
            let text = "Access has been blocked by Conditional Access policies. The access policy does not allow \
                        token issuance.";
            return Err(Refusal::new(53_003, text));
        }
        let grant = Grant { tenant: &self.world.tenant, app: number, audience: &audience, service, now: clock_now };
        let token = access_token::issue(&grant, &self.world.token_key, &self.world.tokens)
            .ok_or_else(|| Refusal::new(90_033, "A transient error has occurred. Please try again."))?;
        Ok(Granted { token, audience })
    }

    fn form(&self) -> Result<Form, Refusal> {
        let kind = self.request.header("content-type").unwrap_or_default();
        let is_form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
        let form = if self.request.method == "POST" && is_form {
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
        if hosts::is_login(self.request.host()) {
            return Ok(());
        }
        if form.get("client_assertion").is_some() {
            let text = "Client assertion audience claim does not match Realm issuer.";
            return Err(Refusal::new(700_023, text));
        }
        Err(unknown_tenant(self.tenant))
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
        hosts::is_login(hosts::without_port(authority))
            && self.world.tenant.is_called(tenant)
            && forms.iter().any(|known| known.eq_ignore_ascii_case(form))
    }

    fn audience(&self, form: &Form) -> Result<String, Refusal> {
        if self.version == Version::V1 {
            return form.get("resource").map(ToOwned::to_owned).ok_or_else(|| absent("resource"));
        }
        if form.get("resource").is_some() {
            let text = "The 'resource' request parameter is not supported. Use 'scope' instead.";
            return Err(Refusal::new(901_002, text));
        }
        let scope = form.get("scope").ok_or_else(|| absent("scope"))?;
        let ignored = ["openid", "profile", "offline_access"];
        let wanted: Vec<&str> = scope.split_whitespace().filter(|s| !ignored.contains(s)).collect();
        let [one] = wanted.as_slice() else {
            let text = format!(
                "The provided request must include a 'scope' input parameter for one resource. The scope {scope} is \
                 not valid."
            );
            return Err(Refusal::new(70_011, text));
        };
        let resource = one.strip_suffix("/.default").filter(|r| !r.is_empty() && !r.contains('%'));
        resource.map(ToOwned::to_owned).ok_or_else(|| {
            let text = format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
                 with /.default suffixed to the resource identifier (application ID URI)."
            );
            Refusal::new(1_002_012, text)
        })
    }

    /// The application whose permission counts for an audience; none for Microsoft Graph.
    fn service_of(&self, audience: &str) -> Result<Option<Service>, Refusal> {
        let name = audience.trim_end_matches('/').to_ascii_lowercase();
        match name.as_str() {
            "https://outlook.office365.com" | "https://outlook.office.com" => Ok(Some(Service::Exchange)),
            "https://ps.compliance.protection.outlook.com" => Ok(Some(self.world.tenant.compliance_owner)),
            "https://graph.microsoft.com" | GRAPH => Ok(None),
            id if id == Service::Exchange.application_id() => Ok(Some(Service::Exchange)),
            id if id == Service::Compliance.application_id() => Ok(Some(Service::Compliance)),
            _ => {
                let text = format!(
                    "The resource principal named {audience} was not found in the tenant named {}. This can happen if \
                     the application has not been installed by the administrator of the tenant or consented to by any \
                     user in the tenant.",
                    self.world.tenant.display_name
                );
                Err(Refusal::new(500_011, text))
            }
        }
    }

    fn granted(&self, granted: &Granted) -> Answer {
        let Granted { token, audience } = granted;
        let life = self.world.tenant.token_lifetime;
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
        let text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
        return Err(Refusal::new(700_025, text));
    }
    let Some(assertion) = assertion else {
        return Err(if secret.is_some() {
            let text = format!("Invalid client secret provided for app '{}'.", app.id);
            Refusal::new(7_000_215, text)
        } else {
            let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            Refusal::new(7_000_218, text)
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

fn absent(parameter: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{parameter}'.");
    Refusal::new(900_144, text)
}

//! The lines of a check for the tenant and its cloud: whether it exists, its id, and where it lives.

use super::clock;
use crate::checklist::List;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::profile::Profile;
use exo_http::{Request, Response, SystemClock, Transport};
use exo_model::{Clock as _, Cloud, ErrorKind, TenantId, TenantName};
use exo_token::Error;
use exo_token::openid::{self, Found, TenantInfo};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What became of looking the tenant up.
pub(super) enum Looked {
    /// It is there, as far as is known.
    There {
        /// The id of the organization's, where it was asked for.
        tenant: Option<TenantId>,
        /// By how many seconds the sign-in host's clock is ahead of this machine's, if it told the time.
        ahead: Option<i64>,
    },
    /// There is none of this name, or it is in another cloud, so that no token will come.
    Nowhere,
}

/// Looks the tenant up where nobody needs a token to ask.
pub(super) async fn look(connection: &Connection, list: &mut List) -> Looked {
    let profile = &connection.profile;
    let watch = Watch { transport: connection.transport(), ahead: Mutex::default() };
    // A token endpoint of another maker has no tenants.
    if profile.token_url.is_some() {
        return Looked::There { tenant: None, ahead: None };
    }
    let tenant = match openid::discover(&watch, &profile.endpoints.login, &profile.tenant).await {
        Ok(info) => {
            list.ok("tenant", format!("{} is {}", profile.tenant, info.id));
            if !known(profile, &info, list) {
                clock::line(watch.ahead(), false, list);
                return Looked::Nowhere;
            }
            Some(of_organization(connection, info.id).await)
        }
        Err(error @ Error::Refused { .. }) => {
            clock::line(watch.ahead(), false, list);
            nowhere(connection, error, list).await;
            return Looked::Nowhere;
        }
        // Whoever keeps this answer away keeps the token away, too, and that line says more.
        Err(error) => {
            list.warn("tenant", format!("cannot be looked up: {error}"), "the token service is asked all the same");
            list.unknown("cloud", "the tenant cannot be looked up".to_owned());
            None
        }
    };
    Looked::There { tenant, ahead: watch.ahead() }
}

/// There is no such tenant, or it is in another cloud.
async fn nowhere(connection: &Connection, error: Error, list: &mut List) {
    match elsewhere(connection).await {
        Some((true, failure)) => {
            list.ok("tenant", format!("{} exists", connection.profile.tenant));
            list.fail("cloud", &failure);
        }
        Some((false, failure)) => list.fail("tenant", &failure),
        None => list.fail("tenant", &Failure::from(error)),
    }
}

/// The tenant that the organization belongs to, which the token must be of; the token may be asked for by another name.
async fn of_organization(connection: &Connection, asked: TenantId) -> TenantId {
    let profile = &connection.profile;
    let Some(organization) = profile.organization.as_ref().map(TenantName::from) else { return asked };
    if organization == profile.tenant {
        return asked;
    }
    let id = openid::tenant_id(connection.transport(), &profile.endpoints.login, &organization).await;
    // What cannot be looked up is left to the service to tell.
    id.unwrap_or(asked)
}

/// Whether the tenant is where the profile looks for it.
fn known(profile: &Profile, info: &TenantInfo, list: &mut List) -> bool {
    let cloud = if info.is_gcc() { "worldwide (GCC)" } else { info.cloud.as_str() };
    let region = info.region.as_ref().map(|region| format!(", region {region}")).unwrap_or_default();
    if info.cloud == profile.cloud {
        list.ok("cloud", format!("{cloud}{region}"));
        return true;
    }
    let region = info.region.as_ref().map(|region| format!(" (region {region})")).unwrap_or_default();
    let seen = format!("the tenant{region} lives in cloud `{}`, not in `{}`", info.cloud, profile.cloud);
    let way = choose(info.cloud);
    // Who gave a sign-in host of his own may know better.
    let own_host = profile.endpoints.login != profile.cloud.endpoints().login;
    if own_host {
        list.warn("cloud", seen, &way);
    } else {
        list.fail("cloud", &Failure::new(ErrorKind::Profile, seen).hinted(way));
    }
    own_host
}

/// The clouds that know the tenant, where this one does not; whether there is any.
async fn elsewhere(connection: &Connection) -> Option<(bool, Failure)> {
    let profile = &connection.profile;
    // Who gave a sign-in host of his own does not want others asked.
    if profile.endpoints.login != profile.cloud.endpoints().login {
        return None;
    }
    let found = openid::find_cloud(connection.transport(), &openid::login_hosts(), &profile.tenant).await;
    let sentence = found.wrong_cloud(&profile.tenant, profile.cloud)?;
    let failure = Failure::new(ErrorKind::Profile, sentence).hinted(way_out(&found));
    Some((!found.tenants.is_empty(), failure))
}

fn choose(cloud: Cloud) -> String {
    format!("give --cloud {cloud}, or `cloud = \"{cloud}\"` in the profile")
}

fn way_out(found: &Found) -> String {
    match found.tenants.as_slice() {
        [] => "check --tenant and --organization; a domain must be one that the tenant has verified".to_owned(),
        [only] => choose(only.cloud),
        several => {
            let clouds: Vec<_> = several.iter().map(|tenant| format!("--cloud {}", tenant.cloud)).collect();
            format!("give {}, whichever is yours", clouds.join(" or "))
        }
    }
}

/// Passes everything on, and compares clocks with whoever answers.
#[derive(Debug)]
struct Watch<'a> {
    transport: &'a dyn Transport,
    ahead: Mutex<Option<i64>>,
}

impl Watch<'_> {
    fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl Transport for Watch<'_> {
    async fn send(&self, request: Request) -> Result<Response, exo_http::Error> {
        let answer = self.transport.send(request).await?;
        let date = answer.headers().get("date").and_then(|date| exo_http::http_date(date.to_str().ok()?));
        let ahead = date.map(|date| seconds(date) - seconds(SystemClock::new().now()));
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = ahead;
        Ok(answer)
    }
}

/// Whole seconds since 1970.
fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

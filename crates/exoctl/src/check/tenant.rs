//! The line of a check for the tenant: whether it exists, its id, and the cloud that it lives in.

use crate::checklist::List;
use crate::connect::Connection;
use crate::failure::Failure;
use crate::profile::Profile;
use exo_model::{Cloud, ErrorKind, TenantId, TenantName};
use exo_token::Error;
use exo_token::openid::{self, Found, TenantInfo};

/// What became of looking the tenant up.
pub(super) enum Looked {
    /// It is there; the id of the organization's, where it was asked for.
    There(Option<TenantId>),
    /// There is none of this name, or it is in another cloud, so that no token will come.
    Nowhere,
}

/// Looks the tenant up where nobody needs a token to ask.
pub(super) async fn look(connection: &Connection, list: &mut List) -> Looked {
    let profile = &connection.profile;
    // A token endpoint of another maker has no tenants.
    if profile.token_url.is_some() {
        return Looked::There(None);
    }
    match openid::discover(connection.transport(), &profile.endpoints.login, &profile.tenant).await {
        Ok(info) if known(profile, &info, list) => Looked::There(Some(of_organization(connection, info.id).await)),
        Ok(_) => Looked::Nowhere,
        Err(error @ Error::Refused { .. }) => {
            list.fail("tenant", &elsewhere(connection).await.unwrap_or_else(|| Failure::from(error)));
            Looked::Nowhere
        }
        // Whoever keeps this answer away keeps the token away, too, and that line says more.
        Err(error) => {
            list.warn("tenant", format!("cannot be looked up: {error}"), "the token service is asked all the same");
            Looked::There(None)
        }
    }
}

/// The tenant that the organization belongs to, which the token must be of; the token may be asked for by another name.
async fn of_organization(connection: &Connection, asked: TenantId) -> TenantId {
    let profile = &connection.profile;
    let organization = TenantName::from(&profile.organization);
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
        list.ok("tenant", format!("{} is {}, cloud {cloud}{region}", profile.tenant, info.id));
        return true;
    }
    let seen =
        format!("{} ({}{region}) lives in cloud `{}`, not in `{}`", profile.tenant, info.id, info.cloud, profile.cloud);
    let way = choose(info.cloud);
    // Who gave a sign-in host of his own may know better.
    let own_host = profile.endpoints.login != profile.cloud.endpoints().login;
    if own_host {
        list.warn("tenant", seen, &way);
    } else {
        list.fail("tenant", &Failure::new(ErrorKind::Profile, seen).hinted(way));
    }
    own_host
}

/// The clouds that know the tenant, where this one does not.
async fn elsewhere(connection: &Connection) -> Option<Failure> {
    let profile = &connection.profile;
    // Who gave a sign-in host of his own does not want others asked.
    if profile.endpoints.login != profile.cloud.endpoints().login {
        return None;
    }
    let found = openid::find_cloud(connection.transport(), &openid::login_hosts(), &profile.tenant).await;
    let sentence = found.wrong_cloud(&profile.tenant, profile.cloud)?;
    Some(Failure::new(ErrorKind::Profile, sentence).hinted(way_out(&found)))
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

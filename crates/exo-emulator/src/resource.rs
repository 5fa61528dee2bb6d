//! What a token is asked for: from `scope` or `resource` to the application whose permission counts.

use crate::app::Service;
use crate::directory::{Eye, GRAPH, Resource};
use crate::form::Form;
use crate::token_endpoint::{Version, absent};
use crate::token_error::Refusal;
use crate::vault;
use crate::world::World;

/// The audience that a request asks for.
pub(crate) fn audience(form: &Form, version: Version) -> Result<String, Refusal> {
    if version == Version::V1 {
        return form.get("resource").map(ToOwned::to_owned).ok_or_else(|| absent("resource"));
    }
    if form.get("resource").is_some() {
        return Err(Refusal::plain(901_002));
    }
    let scope = form.get("scope").ok_or_else(|| absent("scope"))?;
    let ignored = ["openid", "profile", "offline_access"];
    let wanted: Vec<&str> = scope.split_whitespace().filter(|s| !ignored.contains(s)).collect();
    let [one] = wanted.as_slice() else {
        let text = format!(
            "The provided request must include a 'scope' input parameter for one resource. The scope {scope} is not \
             valid."
        );
        return Err(Refusal::new(70_011, text));
    };
    let resource = one.strip_suffix("/.default").filter(|r| !r.is_empty() && !r.contains('%'));
    resource.map(ToOwned::to_owned).ok_or_else(|| {
        let text = format!(
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with \
             /.default suffixed to the resource identifier (application ID URI)."
        );
        Refusal::new(1_002_012, text)
    })
}

/// The application whose permissions count for an audience; none for key vaults.
pub(crate) fn owner_of(world: &World, audience: &str) -> Result<Option<&'static Resource>, Refusal> {
    let tenant = &world.tenant;
    let name = audience.trim_end_matches('/').to_ascii_lowercase();
    if vault::is_audience(tenant.cloud, &name) {
        return Ok(None);
    }
    let owner = if is_for(world, &name, Service::Exchange) {
        Some(Resource::of(Service::Exchange))
    } else if name == Service::Compliance.application_id() {
        Some(Resource::of(Service::Compliance))
    } else if is_for(world, &name, Service::Compliance) {
        Some(Resource::of(tenant.compliance_owner))
    } else {
        is_graph(world, &name).then_some(&GRAPH)
    };
    let now = world.clock.now_millis();
    let is_there = |owner: &&Resource| world.directory.read().principal_of(owner.app_id, Eye::Tokens, now).is_some();
    owner.filter(is_there).map(Some).ok_or_else(|| {
        let text = format!(
            "The resource principal named {audience} was not found in the tenant named {}. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant.",
            tenant.display_name
        );
        Refusal::new(500_011, text)
    })
}

/// Whether an audience is Microsoft Graph of the tenant's cloud.
pub(crate) fn is_graph(world: &World, audience: &str) -> bool {
    let name = audience.trim_end_matches('/').to_ascii_lowercase();
    name == GRAPH.app_id || name.strip_prefix("https://") == Some(world.tenant.cloud.graph_host())
}

/// Whether an audience is a service's, by any name that the tenant's cloud has for it.
pub(crate) fn is_for(world: &World, audience: &str, service: Service) -> bool {
    let cloud = world.tenant.cloud;
    let audience = audience.trim_end_matches('/').to_ascii_lowercase();
    let host = audience.strip_prefix("https://").unwrap_or_default();
    let other_name = service == Service::Exchange && cloud.exchange_hosts().contains(&host);
    other_name || audience == cloud.audience(service) || audience == service.application_id()
}

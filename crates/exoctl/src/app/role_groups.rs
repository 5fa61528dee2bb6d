//! The role groups of a service that an app is a member of, as far as it may look.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use exo_model::{ErrorKind, InvalidCmdletName, Invocation, Invoker, Next, Service};
use exo_onboard::Principal;
use serde_json::Value;

/// The names of the role groups, in the service's order.
pub(super) async fn of(own: &Connection, service: Service, principal: &Principal) -> Result<Vec<String>> {
    let session = own.session(service).await?;
    let known = records(&session, service, "Get-ServicePrincipal", None).await?;
    let ours = [principal.app_id.as_str(), principal.object_id.as_str()].map(str::to_ascii_lowercase);
    let Some(record) = known.iter().find(|record| ids(record).any(|id| ours.contains(&id))) else {
        // Whom the service does not know is in no group.
        return Ok(Vec::new());
    };
    let all: Vec<String> = ids(record).chain(ours.iter().cloned()).collect();
    let mut member_of = Vec::new();
    for group in records(&session, service, "Get-RoleGroup", None).await? {
        let Some(name) = group["Name"].as_str() else { continue };
        let members = records(&session, service, "Get-RoleGroupMember", Some(name)).await?;
        if members.iter().any(|member| ids(member).any(|id| all.contains(&id))) {
            member_of.push(name.to_owned());
        }
    }
    Ok(member_of)
}

/// Every record of a cmdlet that reads.
async fn records(invoker: &dyn Invoker, service: Service, cmdlet: &str, identity: Option<&str>) -> Result<Vec<Value>> {
    let name = cmdlet.parse().map_err(|error: InvalidCmdletName| Failure::new(ErrorKind::Fault, error.to_string()))?;
    let call = Invocation::new(service, name);
    let call = identity.into_iter().fold(call, |call, identity| call.with("Identity", identity));
    let mut pages = invoker.invoke(call).await?;
    let mut records = Vec::new();
    while let Next::Page(page) = pages.next().await? {
        records.extend(page.records().filter_map(|record| serde_json::from_slice::<Value>(record).ok()));
    }
    Ok(records)
}

/// The ids of a record; names are left out, since somebody else may have the same.
fn ids(record: &Value) -> impl Iterator<Item = String> {
    let texts = IDENTITIES.iter().filter_map(|name| record[name].as_str());
    texts.filter(|text| text.parse::<exo_model::AppId>().is_ok()).map(str::to_ascii_lowercase)
}

/// Where records of service principals and members have ids; which of them are filled differs by service.
const IDENTITIES: &[&str] =
    &["ObjectId", "AppId", "ServiceId", "ExternalDirectoryObjectId", "Guid", "Id", "Identity", "Name"];

//! Who calls Microsoft Graph, and what they may do: the permissions of the token, and the roles of the person.

use std::sync::Arc;

use super::failure::Failure;
use crate::access_token::Issued;
use crate::bearer;
use crate::request::Request;
use crate::resource;
use crate::world::World;

/// A caller whose token is good for Microsoft Graph.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) issued: Arc<Issued>,
    /// The object id of the app's service principal, if no person calls.
    pub(crate) principal: Option<String>,
    pub(crate) app_id: String,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    ReadApps,
    /// Changes an application or service principal; `own` if the caller made it.
    WriteApps {
        own: bool,
    },
    /// Grants or takes an app role of a resource.
    Grant {
        of_graph: bool,
    },
    ReadRoles,
    AssignRole,
    ReadOrganization,
    ReadDomains,
}

const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const APPLICATION: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const CLOUD_APPLICATION: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
const PRIVILEGED_ROLE: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";

impl Caller {
    /// The caller of a request, by its token.
    pub(crate) fn of(world: &World, request: &Request) -> Result<Self, Failure> {
        let refused = |message: &str| Failure::new(401, "InvalidAuthenticationToken", message);
        let token = bearer::token(request).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| refused("Access token is empty."))?;
        let issued = world.tokens.find(token);
        let issued = issued.ok_or_else(|| refused("CompactToken parsing failed with error code: 80049217"))?;
        if issued.expires <= world.clock.now() {
            return Err(refused("Lifetime validation failed, the token is expired."));
        }
        if !resource::is_graph(world, &issued.audience) {
            return Err(refused("Access token validation failure. Invalid audience."));
        }
        let app = world.app(issued.app).ok_or_else(|| refused("Access token validation failure."))?;
        let principal = issued.delegated.is_none().then(|| app.object_id());
        Ok(Self { principal, app_id: app.id.clone(), issued })
    }

    /// Refuses a caller who may not do that.
    pub(crate) fn check(&self, deed: Deed) -> Result<(), Failure> {
        if self.has_permission(deed) && self.has_role(deed) { Ok(()) } else { Err(Failure::denied()) }
    }

    fn has_permission(&self, deed: Deed) -> bool {
        let names = match &self.issued.delegated {
            Some(delegated) => &delegated.scopes,
            None => &self.issued.roles,
        };
        let any = |wanted: &[&str]| wanted.iter().any(|name| names.iter().any(|held| held.eq_ignore_ascii_case(name)));
        let is_app = self.issued.delegated.is_none();
        // A tool that acts wholly as the person, as the Azure CLI does.
        if !is_app && any(&["Directory.AccessAsUser.All"]) {
            return true;
        }
        let reads = any(&[
            "Application.Read.All",
            "Application.ReadWrite.All",
            "Directory.Read.All",
            "Directory.ReadWrite.All",
        ]);
        match deed {
            Deed::ReadApps => reads || is_app && any(&["Application.ReadWrite.OwnedBy"]),
            Deed::WriteApps { own } => {
                any(&["Application.ReadWrite.All"]) || is_app && own && any(&["Application.ReadWrite.OwnedBy"])
            }
            Deed::Grant { .. } => any(&["AppRoleAssignment.ReadWrite.All"]) && reads,
            Deed::ReadRoles => any(&[
                "RoleManagement.Read.Directory",
                "RoleManagement.ReadWrite.Directory",
                "RoleManagement.Read.All",
                "Directory.Read.All",
                "Directory.ReadWrite.All",
            ]),
            Deed::AssignRole => any(&["RoleManagement.ReadWrite.Directory"]),
            Deed::ReadOrganization => any(&["Organization.Read.All", "Directory.Read.All", "User.Read"]),
            Deed::ReadDomains => any(&["Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All"]),
        }
    }

    /// Whether the person behind the token has a directory role for it; an app needs none.
    fn has_role(&self, deed: Deed) -> bool {
        if self.issued.delegated.is_none() {
            return true;
        }
        let wanted: &[&str] = match deed {
            Deed::ReadApps | Deed::ReadRoles | Deed::ReadOrganization | Deed::ReadDomains => return true,
            Deed::WriteApps { .. } => &[GLOBAL, APPLICATION, CLOUD_APPLICATION],
            Deed::Grant { of_graph: false } => &[GLOBAL, APPLICATION, CLOUD_APPLICATION, PRIVILEGED_ROLE],
            Deed::Grant { of_graph: true } | Deed::AssignRole => &[GLOBAL, PRIVILEGED_ROLE],
        };
        self.issued.wids.iter().any(|held| wanted.iter().any(|role| role.eq_ignore_ascii_case(held)))
    }
}

//! What the app should be when the set-up is done.

use crate::{ObjectId, SameName};
use exo_cert::Certificate;
use exo_model::{IdError, Service};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A directory role, by its template id, which is the id of its definition in every tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// The template's id.
    pub template_id: ObjectId,
    /// What people call it.
    pub name: String,
}

impl Role {
    /// A role by its template id and name.
    ///
    /// # Errors
    /// The id is not a GUID.
    pub fn new(template_id: &str, name: impl Into<String>) -> Result<Self, IdError> {
        Ok(Self { template_id: template_id.parse()?, name: name.into() })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// What the app should be when the set-up is done.
///
/// ```
/// use exo_cert::Certificate;
/// use exo_model::Service;
/// use exo_onboard::{Role, Wanted};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let pem = include_bytes!("../../exo-cert/tests/data/contoso.crt");
/// let wanted = Wanted::new("Reports", Certificate::from_bytes(pem)?)
///     .services([Service::Exchange])
///     .roles([Role::new("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader")?]);
/// # drop(wanted);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Wanted {
    /// What people see in the portal.
    pub display_name: String,
    /// The certificate that the app will sign in with.
    pub certificate: Certificate,
    /// The services that it will sign in to, each once.
    pub services: Vec<Service>,
    /// The directory roles that it will hold, each once.
    pub roles: Vec<Role>,
    /// What to do when there are apps of the same name.
    pub same_name: SameName,
}

impl Wanted {
    /// An app for both services, without a role.
    pub fn new(display_name: impl Into<String>, certificate: Certificate) -> Self {
        Self {
            display_name: display_name.into(),
            certificate,
            services: Service::ALL.to_vec(),
            roles: Vec::new(),
            same_name: SameName::default(),
        }
    }

    /// The services that the app will sign in to.
    #[must_use]
    pub fn services(mut self, services: impl IntoIterator<Item = Service>) -> Self {
        self.services = services.into_iter().collect();
        self.services.sort_unstable();
        self.services.dedup();
        self
    }

    /// The directory roles that the app will hold.
    #[must_use]
    pub fn roles(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.roles.clear();
        for role in roles {
            if self.roles.iter().all(|known| known.template_id != role.template_id) {
                self.roles.push(role);
            }
        }
        self
    }

    /// What to do when there are apps of the same name; to stop and tell, by default.
    #[must_use]
    pub fn same_name(mut self, choice: SameName) -> Self {
        self.same_name = choice;
        self
    }
}

//! Managed identities, and the machine that has them.

use std::path::PathBuf;

use crate::app::App;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::tenant::Tenant;

/// A managed identity: an identity without a credential, for which the machine itself gives out tokens.
///
/// Its client id, permissions and roles are those of the [`App`] that it is put on, as each managed identity is a
/// service principal of the tenant.
///
/// ```
/// use exo_emulator::{App, ManagedIdentity, Service};
///
/// let identity = App::new("5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52")
///     .permission(Service::Exchange)
///     .managed_identity(ManagedIdentity::system_assigned());
/// ```
#[derive(Clone, Debug)]
pub struct ManagedIdentity {
    pub(crate) system_assigned: bool,
    pub(crate) resource_id: String,
    pub(crate) object_id: Option<String>,
}

impl ManagedIdentity {
    /// The identity that came with the machine, and that is used when none is named.
    pub fn system_assigned() -> Self {
        Self { system_assigned: true, resource_id: MACHINE.to_owned(), object_id: None }
    }

    /// An identity of its own, which was given to the machine; `resource_id` is its path in Azure.
    pub fn user_assigned(resource_id: impl Into<String>) -> Self {
        Self { system_assigned: false, resource_id: resource_id.into(), object_id: None }
    }

    /// The path in Azure: of the machine for a system-assigned identity, else of the identity.
    #[must_use]
    pub fn resource_id(mut self, path: impl Into<String>) -> Self {
        self.resource_id = path.into();
        self
    }

    /// The object id of the service principal; made from the client id if not given.
    #[must_use]
    pub fn object_id(mut self, id: impl Into<String>) -> Self {
        self.object_id = Some(id.into());
        self
    }
}

/// How the machine answers those who ask it for the token of a managed identity.
///
/// ```
/// use exo_emulator::{Machine, Tenant};
///
/// let tenant = Tenant::contoso().machine(Machine::new().token_lifetime(3600).old_dates(true));
/// ```
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) token_lifetime: u32,
    pub(crate) old_dates: bool,
    pub(crate) arc_folder: Option<PathBuf>,
    pub(crate) arc_challenge: ArcChallenge,
}

/// What the challenge of Azure Arc names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArcChallenge {
    /// A fresh `.key` file in the folder.
    #[default]
    KeyFile,
    /// A fresh file in the folder whose name ends otherwise.
    OtherExtension,
    /// A fresh `.key` file of more than 4,096 bytes.
    TooLong,
    /// A `.key` file that is not there.
    Missing,
    /// A fresh `.key` file in another folder than was agreed.
    OtherFolder(PathBuf),
    /// Nothing.
    NoRealm,
}

impl Machine {
    /// A virtual machine whose tokens live for a day.
    pub const fn new() -> Self {
        Self { token_lifetime: 86_399, old_dates: false, arc_folder: None, arc_challenge: ArcChallenge::KeyFile }
    }

    /// How many seconds a managed identity's tokens live.
    #[must_use]
    pub const fn token_lifetime(mut self, seconds: u32) -> Self {
        self.token_lifetime = seconds;
        self
    }

    /// Whether App Service and Azure ML print `expires_on` as very old hosts do: `05/22/2021 17:18:21 +00:00`.
    #[must_use]
    pub const fn old_dates(mut self, old: bool) -> Self {
        self.old_dates = old;
        self
    }

    /// Makes the machine one of Azure Arc, whose challenges name files in this folder.
    #[must_use]
    pub fn arc_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.arc_folder = Some(folder.into());
        self
    }

    /// What the challenge of Azure Arc names; a fresh `.key` file in the folder if not said.
    #[must_use]
    pub fn arc_challenge(mut self, challenge: ArcChallenge) -> Self {
        self.arc_challenge = challenge;
        self
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// Makes this a managed identity instead of a registration: its id is the client id.
    #[must_use]
    pub fn managed_identity(mut self, identity: ManagedIdentity) -> Self {
        self.managed_identity = Some(identity);
        self
    }

    /// The object id of the app's service principal in the tenant.
    pub fn object_id(&self) -> String {
        let given = self.managed_identity.as_ref().and_then(|identity| identity.object_id.clone());
        given
            .or_else(|| self.principal_id.clone())
            .unwrap_or_else(|| Guid::hashed(mix_text(0x5350, &self.id), 0).to_string())
    }
}

impl Tenant {
    /// How the machine of the managed identities answers.
    #[must_use]
    pub fn machine(mut self, machine: Machine) -> Self {
        self.machine = machine;
        self
    }

    pub(crate) fn has_managed_identity(&self) -> bool {
        self.apps.iter().any(|app| app.managed_identity.is_some())
    }
}

const MACHINE: &str = "/subscriptions/0b1f6480-1917-4b9b-9b5a-0b4bd3c4d5e6/resourcegroups/reports/providers/\
                       Microsoft.Compute/virtualMachines/reports-vm";

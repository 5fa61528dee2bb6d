//! What Azure's own variables say of an app that another issuer vouches for.

use crate::environment;
use exo_token::CredentialKind;

/// App, tenant and sign-in host, as the platform tells them; nothing for credentials of other kinds.
///
/// They may be there for other programs, so that a certificate or an identity is not mixed with them.
#[derive(Debug, Default)]
pub(crate) struct AzureVariables {
    /// The app.
    pub(crate) app_id: Option<String>,
    /// Its tenant.
    pub(crate) tenant: Option<String>,
    /// The sign-in host.
    pub(crate) authority: Option<String>,
}

impl AzureVariables {
    /// What they say for a kind of credential.
    pub(crate) fn of(kind: CredentialKind) -> Self {
        if !super::is_federated(kind) {
            return Self::default();
        }
        let first = |names: [&str; 2]| names.into_iter().find_map(environment::variable);
        Self {
            app_id: first(["AZURE_CLIENT_ID", "AZURESUBSCRIPTION_CLIENT_ID"]),
            tenant: first(["AZURE_TENANT_ID", "AZURESUBSCRIPTION_TENANT_ID"]),
            authority: environment::variable("AZURE_AUTHORITY_HOST").map(|host| host.trim_end_matches('/').to_owned()),
        }
    }

    /// A way to sign in that this machine offers and nobody has chosen, with what shows it.
    pub(crate) fn offer() -> Option<(CredentialKind, &'static str)> {
        let offers = [
            (CredentialKind::WorkloadIdentityFile, "AZURE_FEDERATED_TOKEN_FILE"),
            (CredentialKind::GitHubActions, "ACTIONS_ID_TOKEN_REQUEST_URL"),
            (CredentialKind::AzurePipelines, "SYSTEM_OIDCREQUESTURI"),
            (CredentialKind::ManagedIdentity, "IDENTITY_ENDPOINT"),
            (CredentialKind::ManagedIdentity, "MSI_ENDPOINT"),
        ];
        offers.into_iter().find(|(_, name)| environment::variable(name).is_some())
    }
}

//! The options of the credentials that are no certificate of this machine.

use clap::Args;
use std::path::PathBuf;

/// What proves the app, where that is not a certificate file or store. Variables are `EXOCTL_` and the name.
// The variables are read where the levels of settings are weighed, not by the parser: a kind that a flag names hides
// what the variables say of another.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Other credentials (each also as EXOCTL_… variable)")]
pub(crate) struct CredentialKeys {
    /// certificate, key-vault, managed-identity, workload-identity, github-actions, azure-pipelines,
    /// federated-managed-identity or access-token [default: what the other options tell, else certificate].
    #[arg(long, value_name = "KIND")]
    pub(crate) credential: Option<String>,

    /// Certificate in Azure Key Vault, as `https://NAME.vault.azure.net/certificates/NAME`.
    #[arg(long, value_name = "URL")]
    pub(crate) key_vault_certificate: Option<String>,

    /// sign: the key stays in the vault; fetch: certificate and key come from it [default: sign].
    #[arg(long, value_name = "MODE", hide_short_help = true)]
    pub(crate) key_vault_mode: Option<String>,

    /// What opens the vault: managed-identity, workload-identity, github-actions, azure-pipelines or
    /// federated-managed-identity [default: what the other options tell, else managed-identity].
    #[arg(long, value_name = "KIND", hide_short_help = true)]
    pub(crate) key_vault_credential: Option<String>,

    /// The app that opens the vault, where it is another than the one that signs in.
    #[arg(long, value_name = "GUID", hide_short_help = true)]
    pub(crate) key_vault_app_id: Option<String>,

    /// An address of the vault that is none of Azure's, such as a private endpoint's.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub(crate) key_vault_host: Option<String>,

    /// The user-assigned managed identity with this client id; the system-assigned one without.
    #[arg(long, value_name = "GUID")]
    pub(crate) managed_identity_client_id: Option<String>,

    /// The same by the object id of its service principal.
    #[arg(long, value_name = "GUID", hide_short_help = true)]
    pub(crate) managed_identity_object_id: Option<String>,

    /// The same by the id of its resource.
    #[arg(long, value_name = "ID", hide_short_help = true)]
    pub(crate) managed_identity_resource_id: Option<String>,

    /// Token of another issuer for workload identity [default: `AZURE_FEDERATED_TOKEN_FILE`].
    #[arg(long, value_name = "FILE")]
    pub(crate) federated_token_file: Option<PathBuf>,

    /// Service connection of Azure Pipelines [default: `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`].
    #[arg(long, value_name = "GUID")]
    pub(crate) service_connection_id: Option<String>,

    /// Access tokens that somebody else has fetched, one a line, one for each service; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) access_token_file: Option<PathBuf>,

    /// The same from the environment variable of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) access_token_env: Option<String>,
}

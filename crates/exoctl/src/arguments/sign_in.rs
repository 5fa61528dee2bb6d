//! The sign-in options, shared by all commands that sign in.

use super::CredentialKeys;
use clap::Args;
use clap::builder::FalseyValueParser;
use std::path::PathBuf;

/// Who signs in, where, and with what. The long names are those of Microsoft's `Connect-ExchangeOnline`.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Sign-in")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct SignIn {
    /// Application (client) id of the app registration.
    #[arg(long, env = "EXOCTL_APP_ID", value_name = "GUID")]
    pub(crate) app_id: Option<String>,

    /// The tenant's initial domain, such as contoso.onmicrosoft.com; found through --tenant where left out.
    #[arg(long, env = "EXOCTL_ORGANIZATION", value_name = "DOMAIN")]
    pub(crate) organization: Option<String>,

    /// Domain or GUID for the token, where it differs from the organization.
    #[arg(long, env = "EXOCTL_TENANT", value_name = "DOMAIN|GUID")]
    pub(crate) tenant: Option<String>,

    /// Certificate with its private key: PFX, or PEM with both; - for standard input [env: `EXOCTL_CERTIFICATE_FILE`].
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate_file: Option<PathBuf>,

    /// Certificate and key stand in this environment variable, as base64 or PEM [env: `EXOCTL_CERTIFICATE_ENV`].
    #[arg(long, value_name = "NAME")]
    pub(crate) certificate_env: Option<String>,

    /// Certificate and key are what this command prints [env: `EXOCTL_CERTIFICATE_COMMAND`].
    #[arg(long, value_name = "COMMAND")]
    pub(crate) certificate_command: Option<String>,

    /// Alone: the certificate in a store. Beside one of the above: which certificate of it.
    /// [env: `EXOCTL_CERTIFICATE_THUMBPRINT`]
    #[arg(long, value_name = "HEX")]
    pub(crate) certificate_thumbprint: Option<String>,

    /// The folder of this program's own store, in place of the usual one.
    #[arg(long, env = "EXOCTL_CERTIFICATE_STORE", value_name = "FOLDER", hide_short_help = true)]
    pub(crate) certificate_store: Option<PathBuf>,

    /// The password of the certificate file is in this environment variable [default: `EXOCTL_CERTIFICATE_PASSWORD`].
    #[arg(long, value_name = "NAME")]
    pub(crate) certificate_password_env: Option<String>,

    /// The password is the first line of this file.
    #[arg(long, env = "EXOCTL_CERTIFICATE_PASSWORD_FILE", value_name = "FILE")]
    pub(crate) certificate_password_file: Option<PathBuf>,

    /// The password is the first line that this command prints.
    #[arg(long, env = "EXOCTL_CERTIFICATE_PASSWORD_COMMAND", value_name = "COMMAND")]
    pub(crate) certificate_password_command: Option<String>,

    /// The password is the first line read from this file descriptor.
    #[arg(long, value_name = "N")]
    pub(crate) certificate_password_fd: Option<u32>,

    /// The password itself: everybody on this machine can read it in the list of processes.
    #[arg(long, value_name = "PASSWORD", hide_short_help = true)]
    pub(crate) certificate_password_insecure: Option<String>,

    /// Send an expired or not yet valid certificate all the same.
    #[arg(long)]
    pub(crate) allow_expired: bool,

    /// Take a key file that others can read.
    #[arg(long)]
    pub(crate) allow_open_key_file: bool,

    /// Refuse a CNG key, as tools on Windows PowerShell 5.1 do, instead of warning about it.
    #[arg(long)]
    pub(crate) require_csp: bool,

    /// Sign assertions with PS256 or RS256 and no other [default: PS256, and RS256 where that is refused].
    #[arg(long, env = "EXOCTL_SIGNATURE_ALGORITHM", value_name = "NAME", hide_short_help = true)]
    pub(crate) signature_algorithm: Option<String>,

    /// Send the certificate's chain along (x5c), for apps that trust a subject name and its issuer.
    #[arg(long, env = "EXOCTL_SEND_CHAIN", value_parser = FalseyValueParser::new(), hide_short_help = true)]
    pub(crate) send_chain: bool,

    /// Ask again for this long while a certificate, an app or a federated credential that is new is not known
    /// everywhere; 300 seconds if none are named.
    #[arg(
        long,
        env = "EXOCTL_WAIT_FOR_PROPAGATION",
        value_name = "SECONDS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "300"
    )]
    pub(crate) wait_for_propagation: Option<u64>,

    /// Refused: a client secret does not sign in to Exchange.
    #[arg(long, env = "EXOCTL_CLIENT_SECRET", hide_env = true, hide = true)]
    pub(crate) client_secret: Option<String>,

    /// Keep tokens in this folder, so that the next run need not ask for one: who reads it can do all that the app may.
    #[arg(long, env = "EXOCTL_TOKEN_CACHE", value_name = "FOLDER", hide_short_help = true)]
    pub(crate) token_cache: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) credential: CredentialKeys,

    #[command(flatten)]
    pub(crate) places: Places,
}

/// Where the services are, when they are not where the cloud says.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Network")]
pub(crate) struct Places {
    /// Sovereign cloud: worldwide (with GCC), gcc-high, dod or china.
    #[arg(long, env = "EXOCTL_CLOUD", value_name = "CLOUD")]
    pub(crate) cloud: Option<String>,

    /// Sign-in address in place of the cloud's.
    #[arg(long, env = "EXOCTL_LOGIN", value_name = "URL", hide_short_help = true)]
    pub(crate) login: Option<String>,

    /// The whole URL of the token endpoint.
    #[arg(long, env = "EXOCTL_TOKEN_URL", value_name = "URL", hide_short_help = true)]
    pub(crate) token_url: Option<String>,

    /// Exchange Online's address in place of the cloud's.
    #[arg(long, env = "EXOCTL_EXCHANGE", value_name = "URL", hide_short_help = true)]
    pub(crate) exchange: Option<String>,

    /// Security & Compliance's address in place of the cloud's.
    #[arg(long, env = "EXOCTL_COMPLIANCE", value_name = "URL", hide_short_help = true)]
    pub(crate) compliance: Option<String>,

    /// Microsoft Graph's address in place of the cloud's.
    #[arg(long, env = "EXOCTL_GRAPH", value_name = "URL", hide_short_help = true)]
    pub(crate) graph: Option<String>,

    /// Token scope for Exchange Online.
    #[arg(long, env = "EXOCTL_EXCHANGE_SCOPE", value_name = "SCOPE", hide_short_help = true)]
    pub(crate) exchange_scope: Option<String>,

    /// Token scope for Security & Compliance.
    #[arg(long, env = "EXOCTL_COMPLIANCE_SCOPE", value_name = "SCOPE", hide_short_help = true)]
    pub(crate) compliance_scope: Option<String>,

    /// Token scope for Microsoft Graph.
    #[arg(long, env = "EXOCTL_GRAPH_SCOPE", value_name = "SCOPE", hide_short_help = true)]
    pub(crate) graph_scope: Option<String>,

    /// Trust these certificate authorities, too (PEM).
    #[arg(long, env = "EXOCTL_CA_FILE", value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Calls in flight to the tenant at most, over both services; how many it takes is learned [default: 10].
    #[arg(long, env = "EXOCTL_CONCURRENCY", value_name = "N")]
    pub(crate) concurrency: Option<u16>,

    /// Seconds to wait for a throttled or unavailable service, summed over one call [default: 600].
    #[arg(long, env = "EXOCTL_MAX_WAIT", value_name = "SECONDS")]
    pub(crate) max_wait: Option<u64>,
}

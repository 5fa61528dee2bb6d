//! The command line of `exoctl app`.

use super::{Results, SignIn};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `app`.
#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Set an app up: registration, permissions, certificate, consent, roles, and a profile that signs in
    #[command(after_help = "\
Examples:
  exoctl app create --organization contoso.onmicrosoft.com --plan      what it would do; sends nothing
  exoctl app create --organization contoso.onmicrosoft.com --graph-token-command \\
    \"az account get-access-token --resource-type ms-graph --query accessToken --output tsv\"
  exoctl app create --organization contoso.onmicrosoft.com --report forwarding --admin-client-id GUID
  exoctl app create --certificate-file mycert.pfx --role \"Security Reader\" --graph-token-env GRAPH_TOKEN
  exoctl app create --organization contoso.onmicrosoft.com --portal    the same by hand, step by step

The app gets the least directory roles that the chosen reports need, all bundled ones by default.
A second run finds what is there and changes nothing; one that was interrupted goes on where it stopped.
Without a certificate one is made and kept, with its password, beside the profile file.")]
    Create(Box<AppCreateArgs>),
    /// What the app has, what it lacks for the chosen reports, and what it has too much
    #[command(after_help = "\
Examples:
  exoctl app show --graph-token-env GRAPH_TOKEN
  exoctl app show --report mailboxes --format json --graph-token-env GRAPH_TOKEN")]
    Show(Box<AppShowArgs>),
    /// Replace the app's certificate: the new one beside the old one, proven, then the old one removed
    #[command(after_help = "\
Examples:
  exoctl app rollover                                       by the app itself, with the certificate that it has
  exoctl app rollover --new-certificate-file new.pfx --new-password-file new.password
  exoctl app rollover --graph-token-env GRAPH_TOKEN         by an administrator, also where the old one has expired
  exoctl app rollover --keep-old                            leaves the old one on the app

The profile names the new certificate once it has signed in to every service; until then the old one stays in use.")]
    Rollover(Box<AppRolloverArgs>),
    /// Give the app a directory role, or make it a member of a role group
    #[command(after_help = "\
Examples:
  exoctl app grant --role \"Security Reader\" --graph-token-env GRAPH_TOKEN
  exoctl app grant --role-group \"Report Readers\" --service exo

A role group is changed by cmdlets of the service, which the profile's app runs, or another one named by --as.")]
    Grant(Box<AppGrantArgs>),
}

/// Who may change the directory.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Administrator")]
pub(crate) struct AdministratorFlags {
    /// Sign in by device code to this app of yours: one that lets people in as a public client and may ask for the
    /// permissions of Microsoft Graph that `--plan` lists.
    #[arg(long, env = "EXOCTL_ADMIN_CLIENT_ID", value_name = "GUID")]
    pub(crate) admin_client_id: Option<String>,

    /// An administrator's token for Microsoft Graph is in this environment variable.
    #[arg(long, value_name = "NAME")]
    pub(crate) graph_token_env: Option<String>,

    /// The token is in this file; - for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) graph_token_file: Option<PathBuf>,

    /// The token is what this command prints.
    #[arg(long, value_name = "COMMAND")]
    pub(crate) graph_token_command: Option<String>,

    /// The token is read from this file descriptor.
    #[arg(long, value_name = "N")]
    pub(crate) graph_token_fd: Option<u32>,
}

/// What the app is for, which decides its permissions and roles.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Purpose")]
pub(crate) struct PurposeFlags {
    /// A report that the app shall run, repeatable [default: all bundled reports].
    #[arg(long = "report", value_name = "REPORT")]
    pub(crate) reports: Vec<String>,

    /// A service that the app shall sign in to, exo or scc, repeatable [default: those that the reports need].
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// A directory role by name or template id in place of the least ones, repeatable; none for no role.
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,
}

/// Arguments of `app create`.
#[derive(Debug, Args)]
pub(crate) struct AppCreateArgs {
    /// What the app is called in the portal.
    #[arg(long, value_name = "NAME", default_value = "exoctl")]
    pub(crate) name: String,

    /// Print every call with its body and send nothing.
    #[arg(long, conflicts_with = "portal")]
    pub(crate) plan: bool,

    /// Print the steps by hand in the portal, filled in, and send nothing.
    #[arg(long)]
    pub(crate) portal: bool,

    /// Make another app though there is one of this name; --app-id completes that one instead.
    #[arg(long, conflicts_with = "app_id")]
    pub(crate) beside: bool,

    #[command(flatten)]
    pub(crate) made: NewCertificateFlags,

    #[command(flatten)]
    pub(crate) purpose: PurposeFlags,

    #[command(flatten)]
    pub(crate) administrator: AdministratorFlags,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Where a certificate is written that is made, and how long it is good.
#[derive(Debug, Args, Clone)]
#[command(next_help_heading = "New certificate")]
pub(crate) struct NewCertificateFlags {
    /// Where to write a new certificate: this path with .pfx and .cer added [default: beside the profile file].
    #[arg(long, value_name = "PATH")]
    pub(crate) certificate_out: Option<PathBuf>,

    /// Days of validity of a new certificate.
    #[arg(long, value_name = "DAYS", default_value_t = 365)]
    pub(crate) days: u32,
}

/// Arguments of `app show`.
#[derive(Debug, Args)]
pub(crate) struct AppShowArgs {
    #[command(flatten)]
    pub(crate) purpose: PurposeFlags,

    #[command(flatten)]
    pub(crate) administrator: AdministratorFlags,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Arguments of `app rollover`.
#[derive(Debug, Args)]
pub(crate) struct AppRolloverArgs {
    /// Take this certificate with its key in place of a new one: PFX, or PEM with both.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_certificate_file: Option<PathBuf>,

    /// The password of the new certificate is the first line of this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,

    /// The password of the new certificate is in this environment variable.
    #[arg(long, value_name = "NAME", conflicts_with = "new_password_file")]
    pub(crate) new_password_env: Option<String>,

    /// A service that the new certificate must sign in to, exo or scc, repeatable [default: those of the old one].
    #[arg(long = "service", value_name = "SERVICE")]
    pub(crate) services: Vec<String>,

    /// Object id of the app registration, where the app itself makes the change and `app create` has not set it up.
    #[arg(long, value_name = "GUID")]
    pub(crate) registration_id: Option<String>,

    /// Leave the old certificate on the app.
    #[arg(long)]
    pub(crate) keep_old: bool,

    #[command(flatten)]
    pub(crate) made: NewCertificateFlags,

    #[command(flatten)]
    pub(crate) administrator: AdministratorFlags,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Arguments of `app grant`.
#[derive(Debug, Args)]
pub(crate) struct AppGrantArgs {
    /// A directory role by name or template id, repeatable.
    #[arg(long = "role", value_name = "ROLE", required_unless_present = "role_groups")]
    pub(crate) roles: Vec<String>,

    /// A role group of the service, repeatable.
    #[arg(long = "role-group", value_name = "GROUP")]
    pub(crate) role_groups: Vec<String>,

    /// The service of the role groups: exo or scc.
    #[arg(long, value_name = "SERVICE", default_value = "exo")]
    pub(crate) service: String,

    /// The profile whose app changes the role group [default: the app itself].
    #[arg(long = "as", value_name = "PROFILE")]
    pub(crate) acting: Option<String>,

    #[command(flatten)]
    pub(crate) administrator: AdministratorFlags,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

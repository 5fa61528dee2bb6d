//! The command line.

mod app;
mod cert;
mod credential;
mod plugin;
mod roles;
mod sign_in;

pub(crate) use app::{
    AdministratorFlags, AppCommand, AppCreateArgs, AppGrantArgs, AppRolloverArgs, AppShowArgs, NewCertificateFlags,
    PurposeFlags,
};
pub(crate) use cert::{
    CertAddArgs, CertCommand, CertConvertArgs, CertListArgs, CertNewArgs, CertRemoveArgs, CertShowArgs, Form,
};
pub(crate) use credential::CredentialKeys;
pub(crate) use plugin::{PluginAddArgs, PluginCheckArgs, PluginCommand, PluginNewArgs, PluginPackArgs};
pub(crate) use roles::RolesArgs;
pub(crate) use sign_in::{Places, SignIn};

use crate::failure::{Failure, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};
use exo_model::Service;
use exo_plugin_host::Isolation;
use std::path::PathBuf;

/// App-only sign-in and reports for Exchange Online and Security & Compliance.
#[derive(Debug, Parser)]
#[command(name = "exoctl", version, about, arg_required_else_help = true, max_term_width = 110)]
#[command(after_help = "\
Examples:
  exoctl demo                                 see it all on an emulated tenant
  exoctl app create --plan                    set an app up, once; with --plan it only tells how
  exoctl check                                why does sign-in not work?
  exoctl token                                what the tokens say
  exoctl run mailboxes --format csv --out .   a report as a file
  exoctl run --all --out results              all bundled reports
  exoctl invoke Get-Mailbox -ResultSize 10    one cmdlet, in PowerShell's own words

Settings come from flags, then EXOCTL_… variables, then the profile file.

Exit codes:
  0 complete   3 findings   4 incomplete   5 both   130 interrupted
  2 wrong arguments   10 profile   11 certificate   12 sign-in refused
  13 permission or role missing   14 throttled   15 not available
  16 answer not understood   17 plugin   18 output   19 arguments refused")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// Options of all commands.
#[derive(Debug, Args, Clone)]
pub(crate) struct Global {
    /// Named settings in the profile file.
    #[arg(long, global = true, env = "EXOCTL_PROFILE", value_name = "NAME", help_heading = "Settings")]
    pub(crate) profile: Option<String>,

    /// The profile file, in place of the one in the configuration folder.
    #[arg(long, global = true, env = "EXOCTL_CONFIG", value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,

    /// Log to stderr: error, warn, info, debug or trace. Secrets are never logged.
    #[arg(
        long,
        global = true,
        env = "EXOCTL_LOG",
        value_name = "LEVEL",
        default_value = "warn",
        help_heading = "Settings"
    )]
    pub(crate) log: LogLevel,

    /// No progress on stderr, errors only.
    #[arg(long, short, global = true, help_heading = "Settings")]
    pub(crate) quiet: bool,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// An emulated tenant, a certificate, sign-in, all reports: nothing to register
    Demo(DemoArgs),
    /// Run reports and write their results
    #[command(after_help = "\
Examples:
  exoctl run mailboxes
  exoctl run forwarding send-as --format csv --out results
  exoctl run mailbox-sizes --param over=\"40 GB\" --format ndjson --out .
  exoctl run ./target/debug/libmy_reports.so:my-report      the edit loop of an author
  exoctl run ./target/debug/libmy_reports.so --emulated     the same without a tenant")]
    Run(RunArgs),
    /// The reports there are
    Report {
        /// What to do with them.
        #[command(subcommand)]
        command: ReportCommand,
    },
    /// Plugins: write a report of your own, ship it, add those of other people
    Plugin {
        /// What to do with them.
        #[command(subcommand)]
        command: PluginCommand,
    },
    /// Run one cmdlet, in PowerShell's own words
    #[command(after_help = "\
Examples:
  exoctl invoke Get-Mailbox -ResultSize 10 -RecipientTypeDetails SharedMailbox
  exoctl invoke Get-MailboxStatistics adele@contoso.com --format json
  exoctl invoke Get-ProtectionAlert --service scc --select Name,Severity,Disabled --format csv
  exoctl invoke Set-Mailbox adele@contoso.com -HiddenFromAddressListsEnabled $true --write")]
    Invoke(InvokeArgs),
    /// Why it does not work: clock, network, certificate, app, permission, role, both services, cmdlets
    Check(CheckArgs),
    /// What the tokens say: app, permissions, roles, and what they will not do
    #[command(after_help = "\
Examples:
  exoctl token
  exoctl token --service exo --format json
  exoctl token --service exo --raw | your-tool      the token itself")]
    Token(TokenArgs),
    /// The app that signs in: set it up, look at it, renew its certificate, give it roles
    App {
        /// What to do.
        #[command(subcommand)]
        command: AppCommand,
    },
    /// Certificates: make one, look at one, change its form, keep it in a store
    Cert {
        /// What to do.
        #[command(subcommand)]
        command: CertCommand,
    },
    /// The role table, and who may run what
    #[command(after_help = "\
Examples:
  exoctl roles                                            the app-only article's table, then and now
  exoctl roles --cmdlet Get-Mailbox,Get-TransportRule     which roles open both
  exoctl roles --cmdlet 'Get-QuarantineMessage -EntityType'
  exoctl roles --report mailboxes --report forwarding     the least for these reports
  exoctl roles --role 'Global Reader'                     what a role opens")]
    Roles(RolesArgs),
    /// The offline tenant as a server
    Emulator(EmulatorArgs),
}

/// Where results go, and in which form.
#[derive(Debug, Args, Clone, Default)]
#[command(next_help_heading = "Results")]
pub(crate) struct Results {
    /// table, json, ndjson or csv [default: table].
    #[arg(long, short, env = "EXOCTL_FORMAT", value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// A file or an existing folder; stdout without it.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,

    /// Replace result files that exist.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RunArgs {
    /// Reports by name; or PATH-OF-A-PLUGIN, with `:report` where it has several.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,

    /// All bundled reports.
    #[arg(long, conflicts_with = "reports")]
    pub(crate) all: bool,

    /// A parameter of the reports, repeatable; `exoctl report show` lists them.
    #[arg(long = "param", short, value_name = "[REPORT.]NAME=VALUE")]
    pub(crate) parameters: Vec<String>,

    /// Exit with 3 from this severity of findings on: info, low, medium, high, critical or never.
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    pub(crate) fail_on: String,

    /// Leave out the reports that the app's roles do not open, and run the others.
    #[arg(long)]
    pub(crate) skip_unavailable: bool,

    /// Compare nothing beforehand with what the services offer: run all, and let them decide.
    #[arg(long, conflicts_with = "skip_unavailable")]
    pub(crate) no_preflight: bool,

    /// Keep what an interrupted report has written, as NAME.partial.
    #[arg(long)]
    pub(crate) keep_partial: bool,

    /// Let plugins run cmdlets that change things, where their manifest declares it.
    #[arg(long)]
    pub(crate) allow_writes: bool,

    /// End a report that takes longer than so many seconds, with 17; it has no end by default.
    #[arg(long, value_name = "SECONDS")]
    pub(crate) time_limit: Option<u64>,

    /// Run plugins in a thread of this program, for debugging: they can then read everything it holds.
    #[arg(long)]
    pub(crate) in_process: bool,

    /// Ask an emulated tenant that lives as long as the run, in place of yours.
    #[arg(long)]
    pub(crate) emulated: bool,

    /// Sign in nowhere and read records from this folder, a file such as Get-Mailbox.jsonl per cmdlet.
    #[arg(long, value_name = "FOLDER", conflicts_with = "emulated")]
    pub(crate) fixtures: Option<PathBuf>,

    /// Write what the cmdlets answer into this new folder, as fixtures; identities are replaced.
    #[arg(long, value_name = "FOLDER", conflicts_with = "fixtures")]
    pub(crate) record: Option<PathBuf>,

    /// How plugins are confined: auto (all that the system has), required (all or exit with 17) or process (not) [default: auto].
    #[arg(long, env = "EXOCTL_ISOLATION", value_name = "LEVEL")]
    pub(crate) isolation: Option<Isolation>,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Arguments of `report`.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// List the reports
    List {
        #[command(flatten)]
        results: Results,
    },
    /// Show what a report reads, takes and gives
    Show {
        /// The report's name, or the path of a plugin.
        #[arg(value_name = "REPORT")]
        report: String,

        #[command(flatten)]
        results: Results,
    },
}

/// Arguments of `invoke`.
#[derive(Debug, Args)]
pub(crate) struct InvokeArgs {
    /// The service, where the cmdlet exists in both: exo or scc.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,

    /// Only these properties, separated by commas.
    #[arg(long, value_name = "PROPERTIES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,

    /// The service's path: invoke, noun (as Get-EXO… reads) or v2; chosen if left out.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// Keep the annotations that stand beside the values (`Priority@data.type`).
    #[arg(long)]
    pub(crate) annotations: bool,

    /// Let a cmdlet run that changes things.
    #[arg(long)]
    pub(crate) write: bool,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,

    /// The cmdlet and its parameters: `Get-Mailbox -ResultSize 10`
    #[arg(value_name = "CMDLET", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Check each cmdlet that these reports need, too; without any, whether the bundled reports can run.
    #[arg(value_name = "REPORT")]
    pub(crate) reports: Vec<String>,

    /// Check only this service: exo or scc.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Arguments of `token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Only the token for this service: exo or scc.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,

    /// Print the token itself and nothing else: whoever has it can do all that the app may do until it ends.
    #[arg(long, conflicts_with = "out")]
    pub(crate) raw: bool,

    /// List every claim of the tokens with its meaning, too.
    #[arg(long)]
    pub(crate) all_claims: bool,

    #[command(flatten)]
    pub(crate) results: Results,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// The service that was named, or both.
pub(crate) fn services(named: Option<&str>) -> Result<Vec<Service>> {
    let Some(name) = named else { return Ok(Service::ALL.to_vec()) };
    let service = name.parse().map_err(|error: exo_model::UnknownService| Failure::usage(error.to_string()))?;
    Ok(vec![service])
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Mailboxes in the tenant.
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub(crate) mailboxes: u64,

    /// Another tenant for another number.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) seed: u64,

    /// Where to leave certificate, profile and results [default: a new folder exoctl-demo].
    #[arg(long, short, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `emulator`.
#[derive(Debug, Args)]
pub(crate) struct EmulatorArgs {
    /// Mailboxes in the tenant.
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub(crate) mailboxes: u64,

    /// Another tenant for another number.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) seed: u64,

    /// Port on loopback [default: a free one].
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// Certificate of the app (.cer or .pem) to register in place of a new one.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,

    /// Register no app, so that one can be set up from nothing; the profile has no app either.
    #[arg(long, conflicts_with_all = ["roles", "surroundings"])]
    pub(crate) no_app: bool,

    /// Write a token of the tenant's administrator for Microsoft Graph into graph-token.txt, which only its owner may read.
    #[arg(long)]
    pub(crate) graph_token: bool,

    /// Where to write certificate, authority and profile [default: a new folder exoctl-emulator].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    /// Directory roles of the app by name or template id, repeatable [default: Global Reader, Exchange Administrator].
    #[arg(long = "role", value_name = "ROLE")]
    pub(crate) roles: Vec<String>,

    /// The sovereign cloud that the tenant lives in: worldwide, gcc, gcc-high, dod or china.
    #[arg(long, value_name = "CLOUD", default_value = "worldwide")]
    pub(crate) cloud: String,

    /// Serve every other way of signing in, too: managed identity, key vault, pipelines, a pod. The variables that each
    /// is found by stand in tenant.json.
    #[arg(long)]
    pub(crate) surroundings: bool,

    /// A failure to produce, repeatable: `Get-Mailbox page=2 times=2 throttle=0`.
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<String>,

    /// How the tenant behaves, repeatable: `concurrent=8`, `latency=40ms..60ms`; a name that is none lists all.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) settings: Vec<String>,

    /// Write every request that comes into this file, a line of JSON each.
    #[arg(long, value_name = "FILE")]
    pub(crate) received: Option<PathBuf>,

    /// Stop by itself after this many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
}

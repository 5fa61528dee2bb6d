//! The options of `exoctl plugin`.

use super::{Results, SignIn};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `plugin`.
#[derive(Debug, Subcommand)]
pub(crate) enum PluginCommand {
    /// Write a new plugin: a crate with a report, its fixture and its tests
    #[command(after_help = "\
Examples:
  exoctl plugin new mailbox-list
  exoctl plugin new full-mailboxes --cmdlet Get-Mailbox --cmdlet Get-MailboxStatistics
  exoctl plugin new alert-list --cmdlet Get-ProtectionAlert --select Name,Severity,Disabled
  exoctl plugin new transport-rules --cmdlet Get-TransportRule --fixture rules.json

Then, in the new folder:
  cargo test
  cargo build
  exoctl run ./target/debug/libmailbox_list.so --emulated")]
    New(Box<PluginNewArgs>),
    /// Look at a built plugin as those who are to run it will: its file, its manifest, its reports on fixtures
    #[command(after_help = "\
Examples:
  exoctl plugin check ./target/release/libmailbox_list.so
  exoctl plugin check ./target/release/libmailbox_list.so --fixtures fixtures

Exit codes: 0 all is well, 17 something is not.")]
    Check(PluginCheckArgs),
    /// Put libraries of one plugin, each for another system, into one file to ship
    #[command(after_help = "\
Examples:
  exoctl plugin pack target/release/libfull_mailboxes.so
  exoctl plugin pack linux/libfull_mailboxes.so macos/libfull_mailboxes.dylib --include LICENSE --out dist/

Then sign it with minisign (https://jedisct1.github.io/minisign/):
  minisign -G -p publisher.pub              once: the secret key stays at home, this one goes to your users
  minisign -Sm full-mailboxes-1.0.0.exoplugin -t \"full-mailboxes 1.0.0\"
and ship the package with its signature, for
  exoctl plugin add full-mailboxes-1.0.0.exoplugin --key publisher.pub")]
    Pack(PluginPackArgs),
    /// Look at what a plugin asks for, and let it run by the names of its reports
    #[command(after_help = "\
Examples:
  exoctl plugin add full-mailboxes-1.0.0.exoplugin --key RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
  exoctl plugin add full-mailboxes-1.1.0.exoplugin       a newer one of a publisher who is known
  exoctl plugin add target/release/libfull_mailboxes.so --unsigned")]
    Add(PluginAddArgs),
    /// List the plugins that were added
    List {
        #[command(flatten)]
        results: Results,
    },
    /// Take a plugin out
    Remove {
        /// The plugin's name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Arguments of `plugin new`.
#[derive(Debug, Args)]
pub(crate) struct PluginNewArgs {
    /// The plugin's name: a-z, 0-9 and hyphens.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// A cmdlet that lists the objects; a second one is asked about each of them [default: Get-Mailbox].
    #[arg(long = "cmdlet", value_name = "CMDLET")]
    pub(crate) cmdlets: Vec<String>,

    /// The service, where a cmdlet exists in both: exo or scc.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,

    /// Only these properties, separated by commas [default: a few that tell something].
    #[arg(long, value_name = "PROPERTIES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,

    /// Records to draw the types from, one file for each cmdlet: JSON or a JSON object per line.
    #[arg(long = "fixture", value_name = "FILE", conflicts_with = "live")]
    pub(crate) fixtures: Vec<PathBuf>,

    /// Sign in with the profile and draw the types from a page of your tenant; identities are replaced.
    #[arg(long)]
    pub(crate) live: bool,

    /// Where to write the crate [default: a new folder NAME].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,

    /// Build with the SDK of this checkout of exoctl, in place of a copy in the new folder.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) sdk: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) sign_in: SignIn,
}

/// Arguments of `plugin pack`.
#[derive(Debug, Args)]
pub(crate) struct PluginPackArgs {
    /// The plugin as it was built, a file for each system.
    #[arg(value_name = "LIBRARY", required = true)]
    pub(crate) libraries: Vec<PathBuf>,

    /// A file for people, repeatable: a licence, a list of dependencies.
    #[arg(long = "include", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// The package, or an existing folder for it [default: NAME-VERSION.exoplugin here].
    #[arg(long, short, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,

    /// Replace a package that exists.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// Arguments of `plugin add`.
#[derive(Debug, Args)]
pub(crate) struct PluginAddArgs {
    /// A package (.exoplugin), or a library.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The publisher's public key in minisign's format, or the file that holds it; known publishers need none.
    #[arg(long, value_name = "KEY", conflicts_with = "unsigned")]
    pub(crate) key: Option<String>,

    /// The signature [default: FILE.minisig].
    #[arg(long, value_name = "FILE", conflicts_with = "unsigned")]
    pub(crate) signature: Option<PathBuf>,

    /// Take it though nobody has signed it.
    #[arg(long)]
    pub(crate) unsigned: bool,

    /// Let its reports change things where they declare it; `exoctl run` must allow it, too.
    #[arg(long)]
    pub(crate) allow_writes: bool,

    /// Do not ask.
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Arguments of `plugin check`.
#[derive(Debug, Args)]
pub(crate) struct PluginCheckArgs {
    /// The built library.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Run its reports on this folder, a file such as Get-Mailbox.jsonl per cmdlet.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) fixtures: Option<PathBuf>,

    /// A parameter of the reports, repeatable.
    #[arg(long = "param", short, value_name = "[REPORT.]NAME=VALUE")]
    pub(crate) parameters: Vec<String>,

    #[command(flatten)]
    pub(crate) results: Results,
}

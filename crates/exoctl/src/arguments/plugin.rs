//! The options of `exoctl plugin`.

use super::SignIn;
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

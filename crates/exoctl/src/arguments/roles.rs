//! The options of `exoctl roles`.

use super::Results;
use clap::Args;

/// Arguments of `roles`.
#[derive(Debug, Args)]
pub(crate) struct RolesArgs {
    /// Which roles open these cmdlets? Several with commas; parameters as in `'Get-Mailbox -Archive'`.
    #[arg(long, value_name = "CMDLET[,…]", value_delimiter = ',')]
    pub(crate) cmdlet: Vec<String>,

    /// Which roles open all cmdlets of this report? A name, or PATH[:report] of a plugin; several times for several.
    #[arg(long, value_name = "REPORT")]
    pub(crate) report: Vec<String>,

    /// What does this role open? A directory role by name or template id, a role group, or a management role.
    #[arg(long, value_name = "ROLE", conflicts_with_all = ["cmdlet", "report"])]
    pub(crate) role: Option<String>,

    /// What is unsupported for apps, whatever their roles, and what to use instead.
    #[arg(long, conflicts_with_all = ["cmdlet", "report", "role"])]
    pub(crate) limits: bool,

    /// Only this service: exo or scc.
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,

    #[command(flatten)]
    pub(crate) results: Results,
}

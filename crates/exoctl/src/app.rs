//! `exoctl app`: the app that signs in, set up and looked after through Microsoft Graph.

mod access;
mod certificate;
mod create;
mod grant;
mod narrator;
mod next;
mod planned;
mod prover;
mod purpose;
mod rollover;
mod setup;
mod setup_file;
mod show;
mod stopped;

use crate::arguments::{AppCommand, Global, Results};
use crate::failure::{Failure, Result};
use crate::plan;
use exo_output::Format;

/// Runs the command.
pub(crate) async fn run(command: &AppCommand, global: &Global) -> Result<()> {
    match command {
        AppCommand::Create(args) => Box::pin(create::run(args, global)).await,
        AppCommand::Show(args) => Box::pin(show::run(args, global)).await,
        AppCommand::Rollover(args) => Box::pin(rollover::run(args, global)).await,
        AppCommand::Grant(args) => Box::pin(grant::run(args, global)).await,
    }
}

/// Whether the result is one object of JSON rather than lines; other forms do not fit it.
fn is_for_programs(results: &Results) -> Result<bool> {
    match plan::format(results)? {
        Format::Table => Ok(false),
        Format::Json => Ok(true),
        other => Err(Failure::usage(format!("an app cannot be written as {other}")).hinted("table or json")),
    }
}

/// No app is named, by flag or profile.
fn no_app() -> Failure {
    crate::profile::missing("app-id", "EXOCTL_APP_ID", "36ee4c6c-0812-40a2-b820-b22ebd02bce3")
        .hinted("`exoctl app create` makes one")
}

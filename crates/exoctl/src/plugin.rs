//! `exoctl plugin`: reports of other people, and of your own.

mod new;

use crate::arguments::{Global, PluginCommand};
use crate::exit::Exit;
use crate::failure::Result;

/// Runs the command.
pub(crate) async fn run(command: &PluginCommand, global: &Global) -> Result<Exit> {
    match command {
        PluginCommand::New(args) => new::run(args, global).await.map(|()| Exit::Complete),
    }
}

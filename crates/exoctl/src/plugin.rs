//! `exoctl plugin`: reports of other people, and of your own.

mod add;
mod check;
mod new;
mod pack;

use crate::arguments::{Global, PluginCommand, Results};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::{bundled, table, terminal};
use exo_model::ErrorKind;
use exo_plugin_host::{Pinned, PluginStore};
use serde_json::json;

/// Runs the command.
pub(crate) async fn run(command: &PluginCommand, global: &Global) -> Result<Exit> {
    match command {
        PluginCommand::New(args) => new::run(args, global).await,
        PluginCommand::Check(args) => return check::run(args).await,
        PluginCommand::Pack(args) => pack::run(args, global),
        PluginCommand::Add(args) => add::run(args, global),
        PluginCommand::List { results } => list(results),
        PluginCommand::Remove { name } => remove(name, global),
    }?;
    Ok(Exit::Complete)
}

fn list(results: &Results) -> Result<()> {
    let store = store()?;
    let rows = store.list()?.into_iter().map(|pinned| {
        let state = match store.open(&pinned) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.to_string(),
        };
        let Pinned { name, version, reports, writes, publisher, added, sha256, .. } = pinned;
        let access = if writes { "write" } else { "read" };
        let publisher = publisher.map_or_else(|| "unsigned".to_owned(), |key| key.to_string());
        [json!(name), json!(version), json!(reports), json!(access), json!(publisher), json!(added)]
            .into_iter()
            .chain([json!(sha256), json!(state)])
            .collect()
    });
    let columns = table::texts(&["plugin", "version", "reports", "access", "publisher", "added", "sha256", "state"]);
    table::write(&columns, rows, results)
}

fn remove(name: &str, global: &Global) -> Result<()> {
    let removed = store()?.remove(name)?;
    if !global.quiet {
        terminal::say(&format!("{} {} is no longer there", removed.name, removed.version));
    }
    Ok(())
}

fn store() -> Result<PluginStore> {
    bundled::store().ok_or_else(|| {
        Failure::new(ErrorKind::Profile, "there is no folder for plugins, as no home is known")
            .hinted("set HOME, or LOCALAPPDATA on Windows")
    })
}

//! `exoctl roles`: the role table, and which roles open a cmdlet.

use crate::arguments::RolesArgs;
use crate::failure::{Failure, Result};
use crate::powershell::unknown_cmdlet;
use crate::table;
use exo_model::{CmdletName, Service};
use exo_rbac::Answer;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) fn run(args: &RolesArgs) -> Result<()> {
    match &args.cmdlet {
        None => all(args),
        Some(name) => for_cmdlet(name, args),
    }
}

/// The table of the app-only article as it was and as it is today.
fn all(args: &RolesArgs) -> Result<()> {
    let columns = table::texts(&["role", "template_id", "exo", "scc", "exo_2022", "scc_2022", "access"]);
    let rows = exo_rbac::DirectoryRole::ALL.iter().map(|role| {
        let mark = |yes: bool| Value::from(if yes { "yes" } else { "-" });
        vec![
            json!(role.name),
            json!(role.template_id),
            mark(role.today.contains(Service::Exchange)),
            mark(role.today.contains(Service::Compliance)),
            mark(role.article.contains(Service::Exchange)),
            mark(role.article.contains(Service::Compliance)),
            json!(if role.reads_only { "read" } else { "read, write" }),
        ]
    });
    table::write(&columns, rows, &args.results)
}

fn for_cmdlet(name: &str, args: &RolesArgs) -> Result<()> {
    let name: CmdletName =
        name.parse().map_err(|error: exo_model::InvalidCmdletName| Failure::usage(error.to_string()))?;
    if exo_catalog::find(&name).is_none() {
        return Err(unknown_cmdlet(&name));
    }
    let columns = table::texts(&["service", "role", "answer", "because"]);
    let rows = exo_rbac::roles_for_cmdlet(&name).into_iter().map(|option| {
        let answer = match &option.answer {
            Answer::Yes { .. } => "yes",
            Answer::Maybe { .. } => "maybe",
            Answer::No { .. } => "no",
        };
        vec![json!(option.service), json!(option.role.name), json!(answer), json!(option.answer.to_string())]
    });
    table::write(&columns, rows, &args.results)
}

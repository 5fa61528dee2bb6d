//! `exoctl roles`: the role table, which roles open something, and what a role opens.

mod limits;
mod opened;
mod openers;
mod wanted;

use crate::arguments::{self, RolesArgs};
use crate::failure::Result;
use crate::table;
use exo_model::Service;
use exo_rbac::DirectoryRole;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) fn run(args: &RolesArgs) -> Result<()> {
    let services = arguments::services(args.service.as_deref())?;
    if let Some(role) = &args.role {
        return opened::run(role, &services, &args.results);
    }
    if args.limits {
        return limits::run(&services, &args.results);
    }
    if args.cmdlet.is_empty() && args.report.is_empty() {
        return all(&services, args);
    }
    openers::run(&wanted::needs(args, &services)?, &args.results)
}

/// The table of the app-only article as it was and as it is today.
fn all(services: &[Service], args: &RolesArgs) -> Result<()> {
    let columns = table::texts(&["role", "template_id", "exo", "scc", "exo_2022", "scc_2022", "changed", "access"]);
    let opens = |role: &&DirectoryRole| services.iter().any(|service| role.today.contains(*service));
    let rows = DirectoryRole::ALL.iter().filter(opens).map(|role| {
        let mark = |yes: bool| Value::from(if yes { "yes" } else { "no" });
        vec![
            json!(role.name),
            json!(role.template_id),
            mark(role.today.contains(Service::Exchange)),
            mark(role.today.contains(Service::Compliance)),
            mark(role.article.contains(Service::Exchange)),
            mark(role.article.contains(Service::Compliance)),
            json!(change(role)),
            json!(access(role)),
        ]
    });
    table::write(&columns, rows, &args.results)
}

/// How the article of today differs from that of 2022.
fn change(role: &DirectoryRole) -> String {
    match role.added {
        Some(day) => format!("added {day}"),
        None if role.today == role.article => "no".into(),
        None => "changed".into(),
    }
}

fn access(role: &DirectoryRole) -> &'static str {
    if role.reads_only {
        "read"
    } else if role.any_exchange_task {
        "read, write; all of exo"
    } else {
        "read, write"
    }
}

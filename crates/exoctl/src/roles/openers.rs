//! `exoctl roles --cmdlet` and `--report`: which roles of all three kinds open what is needed, and the least of them.

use crate::arguments::Results;
use crate::failure::Result;
use crate::{table, terminal};
use exo_rbac::{GroupOption, GroupWay, Least, Need, Openers, Sureness, least, openers};
use serde_json::{Value, json};

/// Prints a row for each role that opens one of the needs, then in words the least for all of them.
pub(super) fn run(needs: &[Need], results: &Results) -> Result<()> {
    let least = least(needs);
    let mut distinct: Vec<&Need> = Vec::new();
    for need in needs {
        if !distinct.contains(&need) {
            distinct.push(need);
        }
    }
    let columns = table::texts(&["service", "cmdlet", "kind", "role", "answer", "least", "because"]);
    let rows = distinct.iter().flat_map(|need| rows(need, &least));
    table::write(&columns, rows.map(Row::into_values), results)?;
    say(&least);
    Ok(())
}

/// The least in words, after the result.
fn say(least: &Least) {
    terminal::say(&format!("the least: {least}"));
    if !least.groups.is_empty() {
        terminal::say("or, without any Entra role:");
    }
    for way in &least.groups {
        terminal::say(&format!("  {way}"));
    }
    for limit in &least.limits {
        terminal::say(&format!("warning: {limit}"));
    }
}

/// A line of the result.
struct Row {
    need: Need,
    kind: &'static str,
    /// Nothing where no role opens it.
    role: Option<&'static str>,
    answer: Sureness,
    least: bool,
    because: String,
}

impl Row {
    fn into_values(self) -> Vec<Value> {
        let least = if self.least { "yes" } else { "no" };
        vec![
            json!(self.need.service),
            json!(self.need.to_string()),
            json!(self.kind),
            json!(self.role),
            json!(self.answer.as_str()),
            json!(least),
            json!(self.because),
        ]
    }
}

fn rows(need: &Need, least: &Least) -> Vec<Row> {
    let found = openers(need);
    let way = least.groups.iter().find(|way| way.service == need.service);
    let mut rows = of_directory(need, &found, least);
    rows.extend(of_groups(need, &found, way));
    rows.extend(of_management(need, &found, way));
    if rows.is_empty() {
        let why = least.beyond.iter().find(|(cmdlet, _)| *cmdlet == need.cmdlet).map(|(_, answer)| answer);
        rows.push(Row {
            need: need.clone(),
            kind: "none",
            role: None,
            answer: why.map_or(Sureness::No, exo_rbac::Answer::sureness),
            least: false,
            because: why.map_or_else(|| "no source names a role".into(), ToString::to_string),
        });
    }
    rows
}

fn of_directory(need: &Need, found: &Openers, least: &Least) -> Vec<Row> {
    let row = |option: &exo_rbac::RoleOption| Row {
        need: need.clone(),
        kind: "directory role",
        role: Some(option.role.name),
        answer: option.answer.sureness(),
        least: least.roles.contains(&option.role),
        because: option.answer.to_string(),
    };
    found.directory_roles.iter().map(row).collect()
}

fn of_groups(need: &Need, found: &Openers, way: Option<&GroupWay>) -> Vec<Row> {
    let surest = found.role_groups.iter().map(|option| option.holds.sureness()).min();
    // What could at most be is of use where nothing is surer.
    let shown = |option: &&GroupOption| option.holds.sureness() <= Sureness::Likely || is_in_doubt(surest);
    let row = |option: &GroupOption| {
        let through = option.through.map(|role| format!("{role}, which it has, ")).unwrap_or_default();
        Row {
            need: need.clone(),
            kind: "role group",
            role: Some(option.group.name()),
            answer: option.holds.sureness(),
            least: way.is_some_and(|way| way.built_in.contains(&option.group)),
            because: format!("{through}{}", option.holds),
        }
    };
    found.role_groups.iter().filter(shown).map(row).collect()
}

fn of_management(need: &Need, found: &Openers, way: Option<&GroupWay>) -> Vec<Row> {
    let surest = found.management_roles.iter().map(|(_, holds)| holds.sureness()).min();
    let shown =
        found.management_roles.iter().filter(|(_, holds)| holds.sureness() <= Sureness::Likely || is_in_doubt(surest));
    let row = |(role, holds): &(exo_rbac::ManagementRole, exo_rbac::Holds)| Row {
        need: need.clone(),
        kind: "management role",
        role: Some(role.name()),
        answer: holds.sureness(),
        least: way.is_some_and(|way| way.custom.contains(role)),
        because: holds.to_string(),
    };
    shown.map(row).collect()
}

fn is_in_doubt(surest: Option<Sureness>) -> bool {
    surest.is_some_and(|surest| surest > Sureness::Likely)
}

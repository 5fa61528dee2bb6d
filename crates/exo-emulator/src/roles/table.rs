//! Which management role has which cmdlet and parameter, as far as anything is known of it.

use std::collections::HashMap;

use super::source::{Source, lines, names};
use crate::app::Service;
use crate::cmdlets;

const EXCHANGE: &str = include_str!("exchange_entries.txt");
const COMPLIANCE: &str = include_str!("compliance_entries.txt");

/// What is known of a role and a cmdlet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// The role has it.
    Has(Source),
    /// The role does not have it.
    Lacks(Source),
    /// Nobody says.
    Unknown,
}

/// How a statement ties a cmdlet to the roles that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    In,
    NotIn,
    AtMost,
    Only,
}

#[derive(Clone, Debug)]
struct Statement {
    /// None for the cmdlet itself.
    parameter: Option<&'static str>,
    relation: Relation,
    roles: Vec<&'static str>,
    source: Source,
}

/// Roles that only read, by their names.
const READING: Source =
    Source::inferred("View-Only and reader roles hold cmdlets that read; nothing published contradicts it");

const APPLICATIONS: Source =
    Source::documented("Role Based Access Control for Applications in Exchange Online: mailbox data, no cmdlets");

/// All statements, by cmdlet in lower case.
#[derive(Debug)]
pub(crate) struct RoleTable {
    exchange: HashMap<String, Vec<Statement>>,
    compliance: HashMap<String, Vec<Statement>>,
}

impl RoleTable {
    pub(crate) fn read() -> Self {
        Self { exchange: statements(EXCHANGE), compliance: statements(COMPLIANCE) }
    }

    /// Whether a cmdlet is one that is answered, or one that a statement is about.
    pub(crate) fn knows(&self, service: Service, cmdlet: &str) -> bool {
        cmdlets::find(service, cmdlet).is_some() || self.of(service).contains_key(&cmdlet.to_ascii_lowercase())
    }

    const fn of(&self, service: Service) -> &HashMap<String, Vec<Statement>> {
        match service {
            Service::Exchange => &self.exchange,
            Service::Compliance => &self.compliance,
        }
    }

    /// What is known of a role and a cmdlet, or of a role and a parameter of a cmdlet that it has.
    pub(crate) fn cell(&self, service: Service, role: &str, (cmdlet, parameter): (&str, Option<&str>)) -> Cell {
        let stated = self.of(service).get(&cmdlet.to_ascii_lowercase()).into_iter().flatten();
        let mut lacks = None;
        for statement in stated.filter(|statement| same(statement.parameter, parameter)) {
            let is_named = statement.roles.iter().any(|named| named.eq_ignore_ascii_case(role));
            let alone = statement.roles.len() == 1;
            match (statement.relation, is_named) {
                (Relation::In | Relation::Only, true) => return Cell::Has(statement.source),
                // It has to be in some role, and only one is left.
                (Relation::AtMost, true) if alone => return Cell::Has(statement.source),
                (Relation::NotIn, true) | (Relation::Only | Relation::AtMost, false) => {
                    lacks = lacks.or(Some(statement.source));
                }
                _ => {}
            }
        }
        if role.starts_with("Application ") {
            return Cell::Lacks(APPLICATIONS);
        }
        let changes = parameter.is_none() && !is_reading(cmdlet) && only_reads(role);
        lacks.or_else(|| changes.then_some(READING)).map_or(Cell::Unknown, Cell::Lacks)
    }
}

/// Whether a cmdlet only reads.
pub(crate) fn is_reading(cmdlet: &str) -> bool {
    let verb = cmdlet.split('-').next().unwrap_or_default();
    ["Get", "Test", "Search"].iter().any(|v| v.eq_ignore_ascii_case(verb))
}

/// Whether a role has cmdlets that read and no others.
fn only_reads(role: &str) -> bool {
    let last = role.rsplit(' ').next().unwrap_or_default();
    role.starts_with("View-Only ") || ["Reader", "Viewer", "View"].contains(&last)
}

fn same(stated: Option<&str>, asked: Option<&str>) -> bool {
    match (stated, asked) {
        (Some(stated), Some(asked)) => stated.eq_ignore_ascii_case(asked),
        (None, None) => true,
        _ => false,
    }
}

fn statements(text: &'static str) -> HashMap<String, Vec<Statement>> {
    let mut book: HashMap<String, Vec<Statement>> = HashMap::new();
    for line in lines::<4>(text) {
        let [cmdlet, parameter, relation, roles] = line.fields;
        let Some(relation) = relation_of(relation) else { continue };
        let parameter = Some(parameter).filter(|name| *name != "-");
        let statement = Statement { parameter, relation, roles: names(roles), source: line.source };
        book.entry(cmdlet.to_ascii_lowercase()).or_default().push(statement);
    }
    book
}

fn relation_of(word: &str) -> Option<Relation> {
    match word {
        "in" => Some(Relation::In),
        "not in" => Some(Relation::NotIn),
        "at most" => Some(Relation::AtMost),
        "only" => Some(Relation::Only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::roles::published::groups;
    use crate::roles::source::{Certainty, count};

    fn cell(role: &str, cmdlet: &str) -> Cell {
        RoleTable::read().cell(Service::Exchange, role, (cmdlet, None))
    }

    #[test]
    fn the_tables_are_read_whole_and_name_roles_that_there_are() {
        let table = RoleTable::read();
        for (service, book, text) in
            [(Service::Exchange, &table.exchange, EXCHANGE), (Service::Compliance, &table.compliance, COMPLIANCE)]
        {
            let all: Vec<&Statement> = book.values().flatten().collect();
            assert_eq!(all.len(), count(text), "{service:?}");
            assert!(all.iter().all(|statement| !statement.roles.is_empty() && !statement.source.text.is_empty()));
            let mut known: BTreeSet<&str> =
                groups(service).into_iter().flat_map(|group| group.roles.unwrap_or_default()).collect();
            // In no role group by default.
            known.extend(crate::roles::published::all(service));
            let stray = all.iter().flat_map(|statement| &statement.roles).find(|role| !known.contains(**role));
            assert_eq!(stray, None, "{service:?}");
        }
    }

    #[test]
    fn what_is_stated_holds_and_the_rest_is_not_known() {
        let certainty = |cell| match cell {
            Cell::Has(source) => (Some(true), Some(source.certainty)),
            Cell::Lacks(source) => (Some(false), Some(source.certainty)),
            Cell::Unknown => (None, None),
        };
        let all = |role, cmdlet| certainty(cell(role, cmdlet));
        assert_eq!(all("View-Only Recipients", "get-mailbox"), (Some(true), Some(Certainty::Seen)));
        assert_eq!(all("Security Reader", "Get-Mailbox"), (Some(false), Some(Certainty::Seen)));
        assert_eq!(all("Mail Recipients", "Get-Mailbox"), (None, None));
        assert_eq!(all("View-Only Recipients", "Get-RecipientPermission"), (Some(false), Some(Certainty::Seen)));
        assert_eq!(all("Mail Recipients", "Get-RecipientPermission"), (None, None));
        assert_eq!(all("Mailbox Import Export", "Get-RecoverableItems"), (Some(true), Some(Certainty::Documented)));
        assert_eq!(all("Mail Recipients", "Get-RecoverableItems"), (Some(false), Some(Certainty::Documented)));
        assert_eq!(all("View-Only Recipients", "Set-User"), (Some(false), Some(Certainty::Inferred)));
        assert_eq!(all("Journaling", "Set-User"), (None, None));
        // The only role that is left by the export.
        assert_eq!(all("Organization Configuration", "Get-ResourceConfig"), (Some(true), Some(Certainty::Seen)));
    }

    #[test]
    fn a_parameter_has_cells_of_its_own() {
        let table = RoleTable::read();
        let cell = |role, cmdlet, parameter| table.cell(Service::Exchange, role, (cmdlet, Some(parameter)));
        assert!(matches!(cell("Security Reader", "Get-QuarantineMessage", "EntityType"), Cell::Lacks(_)));
        assert_eq!(cell("Security Reader", "Get-QuarantineMessage", "Page"), Cell::Unknown);
        let compliance =
            |role, parameter| table.cell(Service::Compliance, role, ("New-ComplianceSearchAction", Some(parameter)));
        assert!(matches!(compliance("Search And Purge", "Purge"), Cell::Has(_)));
        assert!(matches!(compliance("Compliance Search", "purge"), Cell::Lacks(_)));
    }

    #[test]
    fn readers_are_known_by_their_names() {
        for role in ["View-Only Manage Alerts", "Security Reader", "Service Assurance View", "Priority Cleanup Viewer"]
        {
            assert!(only_reads(role), "{role}");
        }
        for role in ["Reviewer", "Review", "Manage Alerts", "Data Connector Admin"] {
            assert!(!only_reads(role), "{role}");
        }
    }
}

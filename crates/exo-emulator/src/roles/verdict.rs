//! What the emulator makes of a directory role and a cmdlet, and why: what a test compares a client's prediction with.

use super::directory_roles::{self, TABLE};
use super::source::{Certainty, Source};
use super::table::Cell;
use super::{Access, Rights, published};
use crate::app::Service;
use crate::emulator::Emulator;

/// Whether a directory role opens a cmdlet, and where that is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the cmdlet is granted.
    pub granted: bool,
    /// How sure that is; none where nobody knows and a setting decides.
    pub certainty: Option<Certainty>,
    /// Where it is known from; empty where nobody knows.
    pub source: &'static str,
    /// The directory role and the role group behind it; empty where it opens nothing.
    pub path: Vec<&'static str>,
}

const ANY_TASK: Source = Source::documented(
    "App-only authentication in Exchange Online PowerShell: enough for any task in Exchange Online PowerShell",
);

const NOT_FOR_APPS: Source =
    Source::documented("App-only authentication in Exchange Online PowerShell: cmdlets that are not supported");

impl Emulator {
    /// What a service answers to an app that has this one directory role, by template id, and calls this cmdlet.
    ///
    /// ```
    /// use exo_emulator::{Certainty, Emulator, Service, Tenant};
    ///
    /// let emulator = Emulator::start(Tenant::contoso())?;
    /// let global_reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
    /// let verdict = emulator.verdict(Service::Exchange, global_reader, "Get-RecipientPermission");
    /// assert!(!verdict.granted && verdict.certainty == Some(Certainty::Seen));
    /// assert!(verdict.source.contains("issue 9428"));
    /// # Ok::<(), exo_emulator::Error>(())
    /// ```
    pub fn verdict(&self, service: Service, template_id: &str, cmdlet: &str) -> Verdict {
        let rights = Rights::none(&self.world, service);
        let role = directory_roles::find(template_id);
        let Some((role, link)) = role.and_then(|role| Some((role, rights.link(role)?))) else {
            return Verdict { granted: false, certainty: Some(TABLE.certainty), source: TABLE.text, path: Vec::new() };
        };
        let group = published::groups(service).into_iter().find(|group| group.display_name == link.group);
        let link_source = group.map_or(link.source, |group| least(group.source, link.source));
        let path = vec![role.name, link.group];
        let known = |granted, source: Source| Verdict {
            granted,
            certainty: Some(source.certainty),
            source: source.text,
            path: path.clone(),
        };
        let holdings = self.world.books.now(service).holdings("", &[link.group]);
        let rights = Rights { holdings, ..rights };
        if rights.is_switched_off(cmdlet) {
            return known(false, NOT_FOR_APPS);
        }
        let granted = rights.access(cmdlet) == Access::Granted;
        let cells: Vec<(Cell, bool)> =
            rights.holdings.iter().map(|holding| (rights.cell(holding, (cmdlet, None)), holding.any_task)).collect();
        let any_task = cells.iter().any(|(cell, any)| *any && *cell == Cell::Unknown);
        let has = cells.iter().filter_map(|(cell, _)| if let Cell::Has(source) = cell { Some(*source) } else { None });
        // The surest of those that have it; of those that lack it, the least sure.
        let has = has.max_by_key(|source| source.certainty).or_else(|| any_task.then_some(ANY_TASK));
        if let Some(source) = has {
            return known(granted, least(source, link_source));
        }
        if cells.iter().any(|(cell, _)| *cell == Cell::Unknown) {
            return Verdict { granted, certainty: None, source: "", path };
        }
        let lacks =
            cells.iter().filter_map(|(cell, _)| if let Cell::Lacks(source) = cell { Some(*source) } else { None });
        let lacks = lacks.min_by_key(|source| source.certainty).unwrap_or(TABLE);
        known(granted, least(lacks, link_source))
    }
}

/// A chain is as sure as its weakest link, and that one is named.
const fn least(cell: Source, link: Source) -> Source {
    match (cell.certainty, link.certainty) {
        (Certainty::Documented, Certainty::Seen | Certainty::Inferred) | (Certainty::Seen, Certainty::Inferred) => link,
        _ => cell,
    }
}

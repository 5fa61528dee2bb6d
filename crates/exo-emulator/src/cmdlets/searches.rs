//! Searches for content in Security & Compliance, which are not supported for apps: what was told of them, no more.

use std::sync::{Mutex, PoisonError};

use super::{Call, Output, owned};
use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Type};
use crate::roles::ContentSearch;
use crate::rows::Row;

pub(super) const READ: Declared = &[("Identity", Type::Text), ("Case", Type::Text), ("ResultSize", Type::ResultSize)];
pub(super) const NEW: Declared = &[
    ("Name", Type::Text),
    ("Case", Type::Text),
    ("Confirm", Type::Switch),
    ("ContentMatchQuery", Type::Text),
    ("Description", Type::Text),
    ("ExchangeLocation", Type::Many),
    ("Force", Type::Switch),
    ("SharePointLocation", Type::Many),
    ("WhatIf", Type::Switch),
];
pub(super) const START: Declared = &[
    ("Identity", Type::Text),
    ("Confirm", Type::Switch),
    ("Force", Type::Switch),
    ("RetryOnError", Type::Switch),
    ("WhatIf", Type::Switch),
];
pub(super) const REMOVE: Declared = &[("Identity", Type::Text), ("Confirm", Type::Switch), ("WhatIf", Type::Switch)];
pub(super) const READ_ACTIONS: Declared = &[
    ("Identity", Type::Text),
    ("Case", Type::Text),
    ("Details", Type::Switch),
    ("Export", Type::Switch),
    ("Preview", Type::Switch),
    ("Purge", Type::Switch),
    ("ResultSize", Type::ResultSize),
];
pub(super) const NEW_ACTION: Declared = &[
    ("SearchName", Type::Many),
    ("ActionName", Type::Text),
    ("Confirm", Type::Switch),
    ("Export", Type::Switch),
    ("Force", Type::Switch),
    ("Preview", Type::Switch),
    ("Purge", Type::Switch),
    ("PurgeType", Type::Names(&["SoftDelete", "HardDelete"])),
    ("WhatIf", Type::Switch),
];

const CMDLETS: [&str; 6] = [
    "Get-ComplianceSearch",
    "New-ComplianceSearch",
    "Start-ComplianceSearch",
    "Remove-ComplianceSearch",
    "Get-ComplianceSearchAction",
    "New-ComplianceSearchAction",
];

/// Whether a cmdlet is one of these.
pub(crate) fn is_one(service: Service, cmdlet: &str) -> bool {
    service == Service::Compliance && CMDLETS.iter().any(|known| known.eq_ignore_ascii_case(cmdlet))
}

/// A search, or what was made of one.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    search: String,
    kind: &'static str,
    /// Whether a person made it, and not an app.
    by_person: bool,
}

/// The searches and their actions since the tenant started.
#[derive(Debug)]
pub(crate) struct Searches(Mutex<(Vec<Entry>, Vec<Entry>)>);

impl Default for Searches {
    fn default() -> Self {
        let entry = |name: &str, kind| {
            let (name, search) = (name.to_owned(), "Quarterly".to_owned());
            Entry { name, search, kind, by_person: true }
        };
        Self(Mutex::new((vec![entry("Quarterly", "Search")], vec![entry("Quarterly_Preview", "Preview")])))
    }
}

impl Call<'_> {
    /// Refuses what needs another kind of session.
    fn searches_only(&self) -> Result<(), CmdletError> {
        if self.world.tenant.unsettled.roles.content_search == ContentSearch::SearchOnlySession {
            return Ok(());
        }
        let text = "To use this cmdlet, open a new session: run Connect-IPPSSession with -EnableSearchOnlySession.";
        Err(CmdletError::new(400, "System.InvalidOperationException", text))
    }

    /// Looks at searches and actions, and changes them.
    fn searches<T>(&self, work: impl FnOnce(&mut Vec<Entry>, &mut Vec<Entry>) -> T) -> T {
        let mut kept = self.world.searches.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (searches, actions) = &mut *kept;
        work(searches, actions)
    }

    fn search(&self, name: &str) -> Result<Entry, CmdletError> {
        self.searches(|searches, _| named(searches, name).cloned()).ok_or_else(|| CmdletError::not_found(name))
    }
}

fn named<'e>(entries: &'e [Entry], name: &str) -> Option<&'e Entry> {
    entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
}

pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    call.searches_only()?;
    let found = match call.parameters.identity() {
        Some(name) => vec![call.search(name)?],
        None => call.searches(|searches, _| searches.clone()),
    };
    Ok(owned(found, write))
}

/// What an app made finds nothing.
fn write(entry: &Entry, out: &mut Row<'_>) {
    out.texts([("Name", &entry.name), ("Identity", &entry.name), ("SearchName", &entry.search)]);
    out.texts([("JobType", entry.kind), ("Status", if entry.by_person { "Completed" } else { "NotStarted" })]);
    out.int32("Items", if entry.by_person { 1204 } else { 0 });
    out.boolean("IsValid", true);
}

pub(super) fn new<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    call.searches_only()?;
    let name = call.required("Name")?;
    if call.search(name).is_ok() {
        return Err(CmdletError::object_exists(name));
    }
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Creating compliance search \"{name}\".")));
    }
    let made = Entry { name: name.to_owned(), search: name.to_owned(), kind: "Search", by_person: false };
    call.searches(|searches, _| searches.push(made.clone()));
    Ok(owned(vec![made], write))
}

/// Fails without a reason, as was reported of sessions of apps.
pub(super) fn start<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    call.searches_only()?;
    let _known = call.search(call.required("Identity")?)?;
    Err(null_reference())
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    call.searches_only()?;
    let known = call.search(call.required("Identity")?)?;
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Removing compliance search \"{}\".", known.name)));
    }
    call.searches(|searches, _| searches.retain(|entry| entry.name != known.name));
    Ok(Output::Done)
}

/// The list works, and so does asking for what an app made; asking for what somebody else made does not.
pub(super) fn actions<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let all = call.searches(|_, actions| actions.clone());
    let Some(name) = call.parameters.identity() else { return Ok(owned(all, write)) };
    match named(&all, name) {
        None => Err(CmdletError::not_found(name)),
        Some(entry) if entry.by_person => Err(null_reference()),
        Some(entry) => Ok(owned(vec![entry.clone()], write)),
    }
}

pub(super) fn new_action<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    call.searches_only()?;
    let name = call.parameters.texts("SearchName").first().ok_or_else(|| CmdletError::missing("SearchName"))?;
    let search = call.search(name)?.name;
    let kinds = ["Export", "Purge"];
    let kind = kinds.into_iter().find(|kind| call.parameters.switch(kind)).unwrap_or("Preview");
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Creating an action of compliance search \"{search}\".")));
    }
    let made = Entry { name: format!("{search}_{kind}"), search, kind, by_person: false };
    if call.searches(|_, actions| named(actions, &made.name).is_some()) {
        return Err(CmdletError::object_exists(&made.name));
    }
    call.searches(|_, actions| actions.push(made.clone()));
    Ok(owned(vec![made], write))
}

fn null_reference() -> CmdletError {
    CmdletError::new(500, "System.NullReferenceException", "Object reference not set to an instance of an object.")
}

//! All that is missing for some reports, as one message with the least that would do.

use crate::failure::Failure;
use exo_model::{Diagnose, ErrorKind};
use exo_rbac::{Access, Need, Preflight};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What keeps these reports away: the sentence, each thing that is missing as a cause, and the way out.
pub(super) fn failure(preflight: &Preflight, sentence: String, more: &str) -> Failure {
    let mut things: BTreeMap<&Need, (&Access, Vec<&str>)> = BTreeMap::new();
    for (report, access) in preflight.closed() {
        things.entry(&access.need).or_insert_with(|| (access, Vec::new())).1.push(report);
    }
    let several = preflight.reports.len() > 1;
    let below = things.iter().rev().fold(None, |below, (need, (access, reports))| {
        let of = if several { format!(" of {}", quoted(reports)) } else { String::new() };
        Some(Box::new(Thing { text: format!("`{need}`{of}: {access}"), below }))
    });
    Failure::from(Missing { sentence, hint: way_out(preflight) + more, below })
}

/// The least roles, and the role groups that would do instead.
pub(crate) fn way_out(preflight: &Preflight) -> String {
    let Some(add) = &preflight.add else { return String::new() };
    let groups: Vec<_> = add.groups.iter().map(|group| format!("; or in {group}")).collect();
    format!("set-up step 5: {add}{}", groups.concat())
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What all that is missing has in common.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
struct Missing {
    sentence: String,
    hint: String,
    #[source]
    below: Option<Box<Thing>>,
}

/// One of the things that are missing, with the others below it.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Thing {
    text: String,
    #[source]
    below: Option<Box<Self>>,
}

impl Diagnose for Missing {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Authorization
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(self.hint.clone().into())
    }
}

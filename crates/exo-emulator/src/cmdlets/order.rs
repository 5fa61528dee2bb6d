//! `SortBy`: the mailboxes in the order of a property, worked out once and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::cmdlet_error::CmdletError;
use crate::population::{Mailbox, Population};

/// What the order goes by: properties that nothing changes.
const PROPERTIES: [&str; 3] = ["Alias", "Name", "PrimarySmtpAddress"];

fn text(property: &str, mailbox: &Mailbox<'_>) -> String {
    match property {
        "Alias" => mailbox.alias.clone(),
        "Name" => mailbox.name(),
        _ => mailbox.address(),
    }
}

/// The orders that were asked for, each four bytes for a mailbox.
#[derive(Debug, Default)]
pub(crate) struct Orders(Mutex<HashMap<&'static str, Arc<Vec<u32>>>>);

impl Orders {
    /// All positions, in the order of a property, compared as `Filter` compares.
    pub(super) fn by(&self, people: Population<'_>, property: &str) -> Result<Arc<Vec<u32>>, CmdletError> {
        let known = PROPERTIES.iter().find(|name| name.eq_ignore_ascii_case(property));
        let name = *known.ok_or_else(|| CmdletError::transformation("SortBy", property))?;
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let order = orders.entry(name).or_insert_with(|| {
            let count = u32::try_from(people.count()).unwrap_or(u32::MAX);
            let mut all: Vec<(String, u32)> = (0..count)
                .map(|position| (text(name, &people.at(u64::from(position))).to_lowercase(), position))
                .collect();
            all.sort_unstable();
            Arc::new(all.into_iter().map(|(_, position)| position).collect())
        });
        Ok(Arc::clone(order))
    }
}

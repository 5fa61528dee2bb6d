//! `Get-Label` and `Set-Label` of Security & Compliance, with settings that are tables.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};

use super::{Call, Output, short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};

pub(super) const READ: Declared = &[("Identity", Type::Text), ("IncludeDetailedLabelActions", Type::Switch)];
pub(super) const WRITE: Declared = &[
    ("Identity", Type::Text),
    ("AdvancedSettings", Type::Tables),
    ("Confirm", Type::Switch),
    ("WhatIf", Type::Switch),
];

const LABELS: [&str; 4] = ["Public", "General", "Confidential", "Highly Confidential"];

/// The settings that labels were given since the tenant started.
#[derive(Debug, Default)]
pub(crate) struct Labels(Mutex<HashMap<usize, Map<String, Value>>>);

pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let kept = call.world.labels.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let names = |number: usize| LABELS.get(number).map(|name| (*name).to_owned()).into_iter().collect();
    short(call, LABELS.len(), names, move |number, out| {
        let Ok(place) = usize::try_from(number) else { return };
        let Some(name) = LABELS.get(place) else { return };
        out.texts([("Name", name), ("DisplayName", name), ("Identity", name), ("Comment", "")]);
        let settings = kept.get(&place).cloned().unwrap_or_default();
        let shown = |(key, value): (&String, &Value)| {
            format!("[{key}, {}]", value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned))
        };
        out.list("Settings", &settings.iter().map(shown).collect::<Vec<_>>());
        out.int32("Priority", number);
        out.boolean("Disabled", false);
        out.guid("Guid", Guid::hashed(160, number));
    })
}

pub(super) fn write<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
    let place = LABELS.iter().position(|name| name.eq_ignore_ascii_case(identity));
    let place = place.ok_or_else(|| CmdletError::not_found(identity))?;
    if call.asks_only() {
        return Ok(Output::Confirm(format!("Setting label \"{identity}\".")));
    }
    let given = call.parameters.tables("AdvancedSettings").unwrap_or_default().iter().flatten();
    let given = given.filter(|(key, _)| !key.contains('@')).map(|(key, value)| (key.clone(), value.clone()));
    let mut kept = call.world.labels.0.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry(place).or_default().extend(given);
    Ok(Output::Done)
}

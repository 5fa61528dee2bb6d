//! `Search-UnifiedAuditLog`: events computed from their time, given in sessions whose place the service remembers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::{Call, Output, Short};
use crate::cmdlet_error::CmdletError;
use crate::dates;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::parameters::{Declared, Type};
use crate::population::Population;
use crate::rows::Row;

pub(super) const PARAMETERS: Declared = &[
    ("EndDate", Type::Date),
    ("Formatted", Type::Switch),
    ("FreeText", Type::Text),
    ("HighCompleteness", Type::Switch),
    ("IPAddresses", Type::Many),
    ("ObjectIds", Type::Many),
    ("Operations", Type::Many),
    ("RecordType", Type::Names(&["ExchangeAdmin", "ExchangeItem", "SharePoint", "AzureActiveDirectory"])),
    ("ResultSize", Type::Number),
    ("SessionCommand", Type::Names(&["Initialize", "ReturnLargeSet", "ReturnNextPreviewPage"])),
    ("SessionId", Type::Text),
    ("SiteIds", Type::Many),
    ("StartDate", Type::Date),
    ("UserIds", Type::Many),
];

const KINDS: [(&str, &str); 5] = [
    ("ExchangeAdmin", "Set-Mailbox"),
    ("ExchangeItem", "HardDelete"),
    ("ExchangeItem", "MailItemsAccessed"),
    ("SharePoint", "FileAccessed"),
    ("AzureActiveDirectory", "UserLoggedIn"),
];
/// Topics of the facts about events.
const KIND: u64 = 120;
const USER: u64 = 121;
const MOST_AT_ONCE: i64 = 5000;

/// How many records each session has given, and what it was about.
#[derive(Debug, Default)]
pub(crate) struct AuditSessions(Mutex<HashMap<String, (u64, u64)>>);

impl AuditSessions {
    /// Takes so many of the records that are left of a session; a session about something else begins anew.
    fn take(&self, id: &str, about: u64, wanted: u64, all: u64) -> std::ops::Range<u64> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.entry(id.to_owned()).or_insert((about, 0));
        if session.0 != about {
            *session = (about, 0);
        }
        let first = session.1.min(all);
        session.1 = (first + wanted).min(all);
        first..session.1
    }
}

/// All events of a tenant: eight a day for each mailbox.
#[derive(Clone, Copy)]
struct Events<'a> {
    people: Population<'a>,
}

impl Events<'_> {
    fn step(self) -> u64 {
        (10_800_000 / self.people.count().max(1)).max(1)
    }

    fn kind(self, number: u64) -> (&'static str, &'static str) {
        let place = usize::try_from(self.people.fact(KIND, number) % 5).unwrap_or(0);
        KINDS.get(place).copied().unwrap_or(("ExchangeAdmin", "Set-Mailbox"))
    }

    fn user(self, number: u64) -> String {
        self.people.at(self.people.fact(USER, number) % self.people.count().max(1)).address()
    }

    /// The numbers of the events that a call is about, the latest first.
    fn wanted(self, call: &Call<'_>, (start, end): (i64, i64)) -> Vec<u64> {
        if self.people.count() == 0 {
            return Vec::new();
        }
        let parameters = call.parameters;
        let one_of = |name: &str, value: &str| {
            let wanted = parameters.texts(name);
            wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(value))
        };
        let is_wanted = |number: &u64| {
            let (kind, operation) = self.kind(*number);
            parameters.names("RecordType").is_none_or(|kinds| kinds.contains(&kind))
                && one_of("Operations", operation)
                && (parameters.texts("UserIds").is_empty() || one_of("UserIds", &self.user(*number)))
        };
        let (start, end) = (u64::try_from(start).unwrap_or(0), u64::try_from(end).unwrap_or(0));
        let numbers = start.div_ceil(self.step())..end.div_ceil(self.step());
        numbers.rev().filter(is_wanted).collect()
    }
}

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let parameters = call.parameters;
    let date = |name: &str| parameters.date(name).ok_or_else(|| CmdletError::missing(name));
    let period = (date("StartDate")?, date("EndDate")?.min(call.world.clock.now_millis()));
    let size = match parameters.number("ResultSize") {
        None => 100,
        Some(size @ 1..=MOST_AT_ONCE) => u64::try_from(size).unwrap_or(100),
        Some(size) => return Err(CmdletError::transformation("ResultSize", &size.to_string())),
    };
    let events = Events { people: call.people() };
    let wanted = events.wanted(call, period);
    let total = wanted.len() as u64;
    let command = parameters.names("SessionCommand").and_then(|names| names.first()).copied();
    let (places, spread) = match (parameters.text("SessionId"), command) {
        (None, Some(_)) => return Err(CmdletError::ambiguous()),
        (None, None) | (Some(_), None | Some("Initialize")) => (0..size.min(total), false),
        (Some(id), Some(command)) => {
            let large = command == "ReturnLargeSet";
            let twice = if large && call.world.tenant.unsettled.audit_repeats { total / 10 } else { 0 };
            let most = if large { 50_000 } else { 5000 };
            let about = mix_text(120, &format!("{command} {period:?} {total}"));
            (call.world.audit_sessions.take(id, about, size, (total + twice).min(most)), large)
        }
    };
    let found: Vec<(u64, u64)> = places
        .filter_map(|place| {
            let at = usize::try_from(if spread { shuffled(place, total) } else { place }).ok()?;
            Some((place + 1, *wanted.get(at)?))
        })
        .collect();
    let rows = (0..found.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        if let Some((index, event)) = usize::try_from(number).ok().and_then(|place| found.get(place)) {
            events.write(*event, *index, total, out);
        }
    };
    Ok(Output::Listed(Box::new(Short { rows, write }), Vec::new()))
}

/// The record that a large set has at a place: in no order, and beyond the last every tenth again.
fn shuffled(place: u64, total: u64) -> u64 {
    const STEPS: [u64; 2] = [7919, 7907];
    let place = if place < total { place } else { (place - total) * 10 };
    let step = STEPS.into_iter().find(|step| !total.is_multiple_of(*step)).unwrap_or(1);
    place * step % total.max(1)
}

impl Events<'_> {
    fn write(self, number: u64, index: u64, total: u64, out: &mut Row<'_>) {
        let (kind, operation) = self.kind(number);
        let millis = i64::try_from(number.saturating_mul(self.step())).unwrap_or(i64::MAX);
        let id = Guid::hashed(self.people.fact(KIND, 0), number).to_string();
        let user = self.user(number);
        out.texts([("RecordType", kind), ("UserIds", &user), ("Operations", operation)]);
        out.instant("CreationDate", millis);
        out.lazy("AuditData", || {
            let data = json!({
                "CreationTime": dates::utc(millis).trim_end_matches('Z'), "Id": id, "Operation": operation,
                "UserId": user, "Workload": "Exchange", "ResultStatus": "True", "Version": 1,
            });
            data.to_string()
        });
        out.int32("ResultIndex", index);
        out.int32("ResultCount", total);
        out.text("Identity", &id);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_set_has_every_record_once_and_then_every_tenth_again() {
        for total in [1_u64, 10, 7919, 12_345] {
            let mut places: Vec<u64> = (0..total).map(|place| shuffled(place, total)).collect();
            assert!(total < 3 || !places.is_sorted());
            places.sort_unstable();
            assert!(places.iter().copied().eq(0..total), "{total}");
        }
        assert_eq!(shuffled(101, 100), shuffled(10, 100));
    }

    #[test]
    fn a_session_remembers_its_place_and_what_it_is_about() {
        let sessions = AuditSessions::default();
        assert_eq!(sessions.take("a", 1, 5, 8), 0..5);
        assert_eq!(sessions.take("b", 1, 5, 8), 0..5);
        assert_eq!(sessions.take("a", 1, 5, 8), 5..8);
        assert!(sessions.take("a", 1, 5, 8).is_empty());
        assert_eq!(sessions.take("a", 2, 5, 8), 0..5);
    }
}

//! Cmdlets whose pages have numbers: `Get-QuarantineMessage`, `Get-MailDetailATPReport`, `Get-MessageTrace`.
//!
//! There is no link and no total; a short page is the last.

use super::mail::{Delivery, Mail};
use super::{Call, Output, Short, message_trace};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Parameters, Type};
use crate::rows::Row;

const TYPES: &[&str] = &["Bulk", "Spam", "Phish", "HighConfPhish", "Malware", "TransportRule", "SPOMalware"];

pub(super) const QUARANTINE: Declared = &[
    ("Direction", Type::Names(&["Inbound", "Outbound"])),
    ("EndReceivedDate", Type::Date),
    ("EntityType", Type::Names(&["Email", "SharePointOnline", "Teams", "DataLossPrevention"])),
    ("Identity", Type::Text),
    ("MessageId", Type::Text),
    ("MyItems", Type::Switch),
    ("Page", Type::Number),
    ("PageSize", Type::Number),
    ("QuarantineTypes", Type::Names(TYPES)),
    ("RecipientAddress", Type::Many),
    ("SenderAddress", Type::Many),
    ("StartReceivedDate", Type::Date),
    ("Subject", Type::Text),
    ("Type", Type::Names(TYPES)),
];

pub(super) const THREATS: Declared = &[
    ("Direction", Type::Many),
    ("Domain", Type::Many),
    ("EndDate", Type::Date),
    ("EventType", Type::Many),
    ("MessageId", Type::Many),
    ("MessageTraceId", Type::Text),
    ("Page", Type::Number),
    ("PageSize", Type::Number),
    ("RecipientAddress", Type::Many),
    ("SenderAddress", Type::Many),
    ("StartDate", Type::Date),
    ("Status", Type::Many),
];

pub(super) const TRACE: Declared = &[
    ("EndDate", Type::Date),
    ("FromIP", Type::Text),
    ("MessageId", Type::Many),
    ("MessageTraceId", Type::Text),
    ("Page", Type::Number),
    ("PageSize", Type::Number),
    ("RecipientAddress", Type::Many),
    ("SenderAddress", Type::Many),
    ("StartDate", Type::Date),
    ("Status", Type::Many),
    ("ToIP", Type::Text),
];

/// The part of a whole that a call wants: how many rows come before it, and how many it has at most.
fn part(parameters: &Parameters, usual: i64, most: i64) -> Result<(usize, usize), CmdletError> {
    let number = |name: &str, value: Option<i64>, least: i64| match value {
        Some(value) if value < least => Err(CmdletError::transformation(name, &value.to_string())),
        other => Ok(other),
    };
    let page = number("Page", parameters.number("Page"), 1)?.unwrap_or(1);
    // A size beyond the most is taken without complaint.
    let size = number("PageSize", parameters.number("PageSize"), 0)?.unwrap_or(usual).min(most);
    let before = (page - 1).saturating_mul(size);
    Ok((usize::try_from(before).unwrap_or(usize::MAX), usize::try_from(size).unwrap_or(0)))
}

/// Messages as the first version of the trace gives them.
pub(super) fn trace<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mail = Mail::of(call.people());
    let (before, size) = part(call.parameters, 1000, 5000)?;
    let period = message_trace::period(call, 10, 10)?;
    let mut found = message_trace::deliveries(call, mail, period, before.saturating_add(size))?;
    found.drain(..before.min(found.len()));
    Ok(Output::Listed(message_trace::table(mail, found), Vec::new()))
}

/// Messages in which something was found.
pub(super) fn threats<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mail = Mail::of(call.people());
    let (before, size) = part(call.parameters, 1000, 5000)?;
    let period = message_trace::period(call, 10, 10)?;
    let found = message_trace::deliveries(call, mail, period, usize::MAX)?;
    let bad = found.into_iter().filter(|delivery| delivery.status == "FilteredAsSpam");
    let found: Vec<Delivery> = bad.skip(before).take(size).collect();
    let rows = (0..found.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some(delivery) = usize::try_from(number).ok().and_then(|place| found.get(place)) else { return };
        out.instant("Date", delivery.received);
        out.text("MessageId", &delivery.message_id());
        out.guid("MessageTraceId", mail.trace_id(delivery.number));
        out.texts([("Domain", "contoso.com"), ("Direction", "Inbound"), ("EventType", "Advanced phish filter")]);
        out.texts([("SenderAddress", &delivery.sender), ("RecipientAddress", &delivery.recipient)]);
        out.texts([("Action", "DeliverToJunk"), ("FileName", ""), ("MalwareName", "")]);
        out.text("Subject", &delivery.subject());
    };
    Ok(Output::Listed(Box::new(Short { rows, write }), Vec::new()))
}

/// What is held back: the latest of the messages with that fate, one for every five mailboxes.
pub(super) fn quarantine<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mail = Mail::of(call.people());
    let most = i64::from(call.world.tenant.unsettled.numbered_most);
    let (before, size) = part(call.parameters, 100, most)?;
    let now = call.world.clock.now_millis();
    let held = usize::try_from(call.people().count() / 5 + 1).unwrap_or(usize::MAX);
    let all = mail.between(now - 30 * 86_400_000, now).rev().flat_map(|number| mail.deliveries(number));
    let held = all.filter(|delivery| delivery.status == "Quarantined").take(held).map(Held::of);
    let wanted = Wanted::of(call, mail);
    let found: Vec<Held> = held.filter(|held| wanted.takes(held)).skip(before).take(size).collect();
    if let (Some(identity), true) = (call.parameters.identity(), found.is_empty()) {
        return Err(CmdletError::not_found(identity));
    }
    let domain = call.world.tenant.initial_domain.clone();
    let rows = (0..found.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        if let Some(held) = usize::try_from(number).ok().and_then(|place| found.get(place)) {
            held.write(mail, &domain, out);
        }
    };
    Ok(Output::Listed(Box::new(Short { rows, write }), Vec::new()))
}

/// A message in quarantine.
struct Held {
    delivery: Delivery,
    kind: &'static str,
}

impl Held {
    fn of(delivery: Delivery) -> Self {
        let place = usize::try_from(delivery.number / 3 % 6).unwrap_or(0);
        Self { kind: TYPES.get(place).copied().unwrap_or("Spam"), delivery }
    }

    /// `{network message id}\{recipient GUID}`.
    fn identity(&self, mail: Mail<'_>) -> String {
        let recipient = Guid::hashed(115, crate::mix::mix_text(115, &self.delivery.recipient));
        format!("{}\\{recipient}", mail.trace_id(self.delivery.number))
    }

    fn write(&self, mail: Mail<'_>, domain: &str, out: &mut Row<'_>) {
        let Self { delivery, kind } = self;
        out.text("Identity", &self.identity(mail));
        out.instant("ReceivedTime", delivery.received);
        out.text("Organization", domain);
        out.text("MessageId", &delivery.message_id());
        out.text("SenderAddress", &delivery.sender);
        out.list("RecipientAddress", &[&delivery.recipient]);
        out.text("Subject", &delivery.subject());
        out.int32("Size", mail.size(delivery.number));
        out.texts([("Type", kind), ("QuarantineTypes", kind), ("PolicyType", "HostedContentFilterPolicy")]);
        out.texts([("PolicyName", "Default"), ("TagName", "All"), ("EntityType", "Email"), ("Direction", "Inbound")]);
        out.instant("Expires", delivery.received + 30 * 86_400_000);
        out.booleans([("Released", false), ("Reported", false), ("PermissionToRelease", true)]);
        out.text("ReleaseStatus", "NOTRELEASED");
        out.empty_lists(["ReleasedUser", "QuarantinedUser"]);
    }
}

/// What a call wants of the quarantine.
struct Wanted<'c> {
    parameters: &'c Parameters,
    mail: Mail<'c>,
}

impl<'c> Wanted<'c> {
    const fn of(call: &'c Call<'_>, mail: Mail<'c>) -> Self {
        Self { parameters: call.parameters, mail }
    }

    fn takes(&self, held: &Held) -> bool {
        let Self { parameters, mail } = self;
        let one_of = |name: &str, value: &str| {
            let wanted = parameters.texts(name);
            wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(value))
        };
        let kinds = ["Type", "QuarantineTypes"].into_iter().filter_map(|name| parameters.names(name));
        let received = held.delivery.received;
        one_of("SenderAddress", &held.delivery.sender)
            && one_of("RecipientAddress", &held.delivery.recipient)
            && kinds.into_iter().all(|kinds| kinds.contains(&held.kind))
            && parameters.names("EntityType").is_none_or(|kinds| kinds.contains(&"Email"))
            && parameters.names("Direction").is_none_or(|ways| ways.contains(&"Inbound"))
            && parameters.date("StartReceivedDate").is_none_or(|start| received >= start)
            && parameters.date("EndReceivedDate").is_none_or(|end| received <= end)
            && parameters.identity().is_none_or(|identity| identity.eq_ignore_ascii_case(&held.identity(*mail)))
    }
}

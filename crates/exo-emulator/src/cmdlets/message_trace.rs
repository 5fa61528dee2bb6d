//! `Get-MessageTraceV2`, which names in a warning where to go on, and `Get-MessageTraceDetailV2`.

use super::mail::{Delivery, Mail};
use super::{Call, Output, Short};
use crate::cmdlet_error::CmdletError;
use crate::dates;
use crate::parameters::{Declared, Type};
use crate::rows::Row;
use crate::unsettled::TraceSeam;

pub(super) const PARAMETERS: Declared = &[
    ("EndDate", Type::Date),
    ("FromIP", Type::Text),
    ("MessageId", Type::Many),
    ("MessageTraceId", Type::Text),
    ("RecipientAddress", Type::Many),
    ("ResultSize", Type::Number),
    ("SenderAddress", Type::Many),
    ("StartDate", Type::Date),
    ("StartingRecipientAddress", Type::Text),
    ("Status", Type::Many),
    ("Subject", Type::Text),
    ("SubjectFilterType", Type::Names(&["Contains", "EndsWith", "StartsWith"])),
    ("ToIP", Type::Text),
];

pub(super) const DETAIL: Declared = &[
    ("Action", Type::Many),
    ("EndDate", Type::Date),
    ("Event", Type::Many),
    ("MessageId", Type::Text),
    ("MessageTraceId", Type::Text),
    ("RecipientAddress", Type::Text),
    ("SenderAddress", Type::Text),
    ("StartDate", Type::Date),
];

const DAY: i64 = 86_400_000;
const USUAL: usize = 1000;
const MOST: i64 = 5000;

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mail = Mail::of(call.people());
    let (start, end) = period(call, 90, 10)?;
    let most = match call.parameters.number("ResultSize") {
        None => USUAL,
        Some(size @ 1..=MOST) => usize::try_from(size).unwrap_or(USUAL),
        Some(size) => return Err(CmdletError::transformation("ResultSize", &size.to_string())),
    };
    let mut found = deliveries(call, mail, (start, end), most + 1)?;
    let more = found.len() > most;
    found.truncate(most);
    let warning = found.last().filter(|_| more).map(|last| seam(call, start, last, most));
    Ok(Output::Listed(table(mail, found), warning.into_iter().collect()))
}

/// The time that a call is about: the last two days, or what it says, so many days back and long at most.
pub(super) fn period(call: &Call<'_>, back: i64, longest: i64) -> Result<(i64, i64), CmdletError> {
    let now = call.world.clock.now_millis();
    let end = call.parameters.date("EndDate").unwrap_or(now);
    let start = call.parameters.date("StartDate").unwrap_or(end - 2 * DAY);
    let exception = "Microsoft.Exchange.Management.ReportingTask.InvalidExpressionException";
    let wrong = |text: String| Err(CmdletError::new(400, exception, text));
    if start > end {
        return wrong("The StartDate must not be later than the EndDate.".to_owned());
    }
    if start < now - (back + 1) * DAY {
        return wrong(format!("The StartDate must be within the last {back} days."));
    }
    if end - start > longest * DAY {
        return wrong(format!("The time between StartDate and EndDate must not exceed {longest} days."));
    }
    Ok((start, end.min(now)))
}

/// The deliveries of a time that the call wants, the latest first, so many at most.
pub(super) fn deliveries(
    call: &Call<'_>,
    mail: Mail<'_>,
    (start, end): (i64, i64),
    most: usize,
) -> Result<Vec<Delivery>, CmdletError> {
    let parameters = call.parameters;
    let only = match parameters.text("MessageTraceId") {
        Some(id) => Some(mail.find(id).ok_or_else(|| CmdletError::transformation("MessageTraceId", id))?),
        None => None,
    };
    let is_one_of = |name: &str, value: &str| {
        let wanted = parameters.texts(name);
        wanted.is_empty() || wanted.iter().any(|one| matches(one, value))
    };
    let subject = parameters.text("Subject").map(str::to_lowercase);
    let is_wanted = |delivery: &Delivery| {
        is_one_of("SenderAddress", &delivery.sender)
            && is_one_of("RecipientAddress", &delivery.recipient)
            && is_one_of("Status", delivery.status)
            && is_one_of("MessageId", &delivery.message_id())
            && parameters.text("FromIP").is_none_or(|ip| ip == delivery.source_ip())
            && subject.as_ref().is_none_or(|words| delivery.subject().to_lowercase().contains(words))
    };
    // What came before in the rows of the last instant is left out by the address to begin with.
    let seam = call.world.tenant.unsettled.trace_seam;
    let asked_end = parameters.date("EndDate");
    let starts = |delivery: &Delivery| match parameters.text("StartingRecipientAddress") {
        Some(first) if Some(delivery.received) == asked_end => {
            let place = delivery.recipient.as_str().cmp(&first.to_lowercase());
            place.is_gt() || (place.is_eq() && seam != TraceSeam::Beyond)
        }
        _ => true,
    };
    let numbers = mail.between(start, end).rev().filter(|number| only.is_none_or(|only| only == *number));
    let all = numbers.flat_map(|number| mail.deliveries(number));
    Ok(all.filter(|delivery| starts(delivery) && is_wanted(delivery)).take(most).collect())
}

/// Whether a value is the one wanted, which may begin or end with a star.
fn matches(wanted: &str, value: &str) -> bool {
    let (wanted, value) = (wanted.to_lowercase(), value.to_lowercase());
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(end), _) => value.ends_with(end),
        (_, Some(start)) => value.starts_with(start),
        _ => wanted == value,
    }
}

/// The warning of a result that was cut.
fn seam(call: &Call<'_>, start: i64, last: &Delivery, size: usize) -> String {
    let end = match call.world.tenant.unsettled.trace_seam {
        TraceSeam::Second => last.received.div_euclid(1000) * 1000 + if last.received % 1000 == 0 { 0 } else { 1000 },
        TraceSeam::Instant | TraceSeam::Beyond => last.received,
    };
    format!(
        "There are more results, use the following command to get more. \r\nGet-MessageTraceV2 -StartDate \"{}\" \
         -EndDate \"{}\" -StartingRecipientAddress \"{}\" -ResultSize {size}",
        dates::utc(start),
        dates::utc(end),
        last.recipient
    )
}

/// The rows of deliveries.
pub(super) fn table<'a>(mail: Mail<'a>, found: Vec<Delivery>) -> Box<dyn super::Table + 'a> {
    let domain = mail.people.at(0).tenant().initial_domain.clone();
    let rows = (0..found.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some(delivery) = usize::try_from(number).ok().and_then(|place| found.get(place)) else { return };
        out.text("Organization", &domain);
        out.text("MessageId", &delivery.message_id());
        out.instant("Received", delivery.received);
        out.texts([("SenderAddress", &delivery.sender), ("RecipientAddress", &delivery.recipient)]);
        out.text("Subject", &delivery.subject());
        out.text("Status", delivery.status);
        out.null("ToIP");
        out.text("FromIP", &delivery.source_ip());
        out.int32("Size", mail.size(delivery.number));
        out.guid("MessageTraceId", mail.trace_id(delivery.number));
        out.int32("Index", number);
    };
    Box::new(Short { rows, write })
}

/// What happened to one message for one recipient.
pub(super) fn detail<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let mail = Mail::of(call.people());
    let id = call.parameters.text("MessageTraceId").ok_or_else(|| CmdletError::missing("MessageTraceId"))?;
    let to = call.parameters.text("RecipientAddress").ok_or_else(|| CmdletError::missing("RecipientAddress"))?;
    let number = mail.find(id).ok_or_else(|| CmdletError::transformation("MessageTraceId", id))?;
    let found = mail.deliveries(number).into_iter().find(|delivery| delivery.recipient.eq_ignore_ascii_case(to));
    let Some(delivery) = found else { return Ok(Output::Listed(table(mail, Vec::new()), Vec::new())) };
    let last = match delivery.status {
        "Delivered" | "FilteredAsSpam" => "Deliver",
        "Failed" => "Fail",
        "Quarantined" => "Quarantine",
        _ => "Defer",
    };
    let wanted = call.parameters.texts("Event").to_vec();
    let is_wanted = |name: &&str| wanted.is_empty() || wanted.iter().any(|one| one.eq_ignore_ascii_case(name));
    let events: Vec<&'static str> = ["Receive", "Spam Diagnostics", last].into_iter().filter(is_wanted).collect();
    let rows = (0..events.len() as u64).collect();
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some(event) = usize::try_from(number).ok().and_then(|place| events.get(place)) else { return };
        out.instant("Date", delivery.received + i64::try_from(number).unwrap_or(0) * 700);
        out.text("Event", event);
        out.texts([("Action", ""), ("Data", "<root />")]);
        out.text("Detail", &format!("Message {} at AM0PR02MB0001", event.to_lowercase()));
        out.text("MessageId", &delivery.message_id());
        out.guid("MessageTraceId", mail.trace_id(delivery.number));
        out.texts([("SenderAddress", &delivery.sender), ("RecipientAddress", &delivery.recipient)]);
    };
    Ok(Output::Listed(Box::new(Short { rows, write }), Vec::new()))
}

//! The mail of a tenant: messages computed from their number, which is also the time at which each came.

use crate::guid::Guid;
use crate::mix::mix;
use crate::population::Population;
use crate::words::OUTSIDE;

/// Topics of the facts about messages.
const RECIPIENTS: u64 = 110;
const SENDER: u64 = 111;
const STATUS: u64 = 112;
const SIZE: u64 = 113;

/// All messages that a tenant ever had and will have: four a day for each mailbox.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mail<'a> {
    pub(super) people: Population<'a>,
}

/// One message to one recipient.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) number: u64,
    pub(super) received: i64,
    pub(super) sender: String,
    pub(super) recipient: String,
    pub(super) status: &'static str,
}

impl<'a> Mail<'a> {
    pub(super) const fn of(people: Population<'a>) -> Self {
        Self { people }
    }

    /// Milliseconds between two messages.
    fn step(self) -> u64 {
        (21_600_000 / self.people.count().max(1)).max(1)
    }

    /// The numbers of the messages that came between two times, both included, in milliseconds since 1970.
    pub(super) fn between(self, start: i64, end: i64) -> std::ops::RangeInclusive<u64> {
        let (start, end) = (u64::try_from(start).unwrap_or(0), u64::try_from(end).unwrap_or(0));
        if self.people.count() == 0 || end < start {
            return std::ops::RangeInclusive::new(1, 0);
        }
        start.div_ceil(self.step())..=end / self.step()
    }

    pub(super) fn received(self, number: u64) -> i64 {
        i64::try_from(number.saturating_mul(self.step())).unwrap_or(i64::MAX)
    }

    /// A message, once for each of its recipients, in the order of their addresses.
    pub(super) fn deliveries(self, number: u64) -> Vec<Delivery> {
        let people = self.people;
        let all = people.count().max(1);
        let fact = people.fact(RECIPIENTS, number);
        let count = (1 + fact % 3).min(all);
        let sender = self.sender(number);
        let delivery = |place: u64| Delivery {
            number,
            received: self.received(number),
            sender: sender.clone(),
            recipient: people.at((fact / 3 + place) % all).address(),
            status: status(mix(people.fact(STATUS, number), place)),
        };
        let mut deliveries: Vec<Delivery> = (0..count).map(delivery).collect();
        deliveries.sort_unstable_by(|one, other| one.recipient.cmp(&other.recipient));
        deliveries
    }

    fn sender(self, number: u64) -> String {
        let fact = self.people.fact(SENDER, number);
        if fact.is_multiple_of(3) {
            return self.people.at(fact / 3 % self.people.count().max(1)).address();
        }
        let domain = usize::try_from(fact / 3 % OUTSIDE.len() as u64).ok().and_then(|place| OUTSIDE.get(place));
        format!("sender{}@{}", fact / 7 % 5000, domain.copied().unwrap_or("example.net"))
    }

    pub(super) fn size(self, number: u64) -> u64 {
        4000 + self.people.fact(SIZE, number) % 400_000
    }

    /// The id under which a message is traced; its number can be read back.
    pub(super) fn trace_id(self, number: u64) -> Guid {
        Guid::positioned(self.people.fact(RECIPIENTS, 0), number)
    }

    /// The number of the message with this id.
    pub(super) fn find(self, trace_id: &str) -> Option<u64> {
        Guid::parse(trace_id)?.position(self.people.fact(RECIPIENTS, 0))
    }
}

fn status(fact: u64) -> &'static str {
    match fact % 100 {
        0..85 => "Delivered",
        85..90 => "FilteredAsSpam",
        90..94 => "Quarantined",
        94..97 => "Failed",
        97 => "Pending",
        98 => "Expanded",
        _ => "GettingStatus",
    }
}

impl Delivery {
    pub(super) fn message_id(&self) -> String {
        format!("<{:x}.{:x}@mail.{}>", self.number, self.received, self.sender.rsplit('@').next().unwrap_or_default())
    }

    pub(super) fn subject(&self) -> String {
        const WORDS: [&str; 6] = ["Invoice", "Meeting", "R\u{e9}sum\u{e9}", "Your order", "Re: Status", "Newsletter"];
        let word = usize::try_from(self.number % 6).ok().and_then(|place| WORDS.get(place)).copied();
        format!("{} {}", word.unwrap_or_default(), self.number % 10_000)
    }

    pub(super) fn source_ip(&self) -> String {
        format!("203.0.113.{}", self.number % 250 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Tenant;

    #[test]
    fn messages_are_found_by_time_and_by_id() {
        let tenant = Tenant::contoso().mailboxes(50);
        let mail = Mail::of(Population::of(&tenant));
        let (start, end) = (1_790_000_000_000, 1_790_086_400_000);
        let numbers: Vec<u64> = mail.between(start, end).collect();
        assert!((200..=201).contains(&numbers.len()), "{}", numbers.len());
        assert!(numbers.iter().all(|number| (start..=end).contains(&mail.received(*number))));
        let id = mail.trace_id(numbers[7]).to_string();
        assert_eq!(mail.find(&id), Some(numbers[7]));
        let several = numbers.iter().filter(|number| mail.deliveries(**number).len() > 1).count();
        assert!(several > 80, "{several}");
        assert_eq!(mail.between(end, start).count(), 0);
        let nobody = Tenant::contoso().mailboxes(0);
        assert_eq!(Mail::of(Population::of(&nobody)).between(start, end).count(), 0);
    }
}

//! The mailboxes of a tenant: each computed from the seed and its position, and found again from its names.

use crate::guid::Guid;
use crate::mix::mix;
use crate::tenant::Tenant;
use crate::words::{FIRST, LAST, OUTSIDE, ROOMS, SITES, TEAMS, THINGS, address_form};

/// What kind of mailbox it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Shared,
    Room,
    Equipment,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "UserMailbox",
            Self::Shared => "SharedMailbox",
            Self::Room => "RoomMailbox",
            Self::Equipment => "EquipmentMailbox",
        }
    }
}

/// The identifiers that a mailbox has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id {
    /// Of the object in Exchange's own directory.
    Object = 0x11,
    /// Of the mailbox.
    Exchange = 0x22,
    /// Of the object in Entra.
    Directory = 0x33,
    /// Of the archive.
    Archive = 0x44,
}

/// All mailboxes of a tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Population<'a> {
    tenant: &'a Tenant,
}

const SLOTS: u64 = (FIRST.len() * LAST.len()) as u64;
/// Shares no factor with `SLOTS`, so that steps of it visit every pair of names once.
const STEP: u64 = 7919;

impl<'a> Population<'a> {
    pub(crate) const fn of(tenant: &'a Tenant) -> Self {
        Self { tenant }
    }

    pub(crate) const fn count(self) -> u64 {
        self.tenant.mailboxes
    }

    /// A made-up fact about the mailbox at a position; `topic` keeps facts apart.
    pub(crate) const fn fact(self, topic: u64, position: u64) -> u64 {
        mix(self.tenant.seed.wrapping_mul(0x0100_0001).wrapping_add(topic), position)
    }

    /// Whether the mailbox is one of every `share`, spread evenly and differently per topic.
    pub(crate) const fn is_one_in(self, share: u64, topic: u64, position: u64) -> bool {
        (position + self.fact(topic, share) % share).is_multiple_of(share)
    }

    pub(crate) const fn kind(self, position: u64) -> Kind {
        match self.fact(1, position) % 100 {
            0..80 => Kind::User,
            80..92 => Kind::Shared,
            92..97 => Kind::Room,
            _ => Kind::Equipment,
        }
    }

    pub(crate) fn id(self, id: Id, position: u64) -> Guid {
        Guid::positioned(mix(self.tenant.seed, id as u64), position)
    }

    pub(crate) fn at(self, position: u64) -> Mailbox<'a> {
        let kind = self.kind(position);
        let (display_name, alias) = match kind {
            Kind::User => self.person(position),
            Kind::Shared => self.place(&TEAMS, position),
            Kind::Room => self.place(&ROOMS, position),
            Kind::Equipment => self.place(&THINGS, position),
        };
        Mailbox { people: self, position, kind, display_name, alias }
    }

    /// The position of the mailbox that somebody means.
    pub(crate) fn find(self, identity: &str) -> Option<u64> {
        let identity = identity.trim();
        if let Some(guid) = Guid::parse(identity) {
            return [Id::Object, Id::Exchange, Id::Directory].into_iter().find_map(|id| {
                let seed = mix(self.tenant.seed, id as u64);
                guid.position(seed).filter(|position| *position < self.count())
            });
        }
        let identity = identity.to_ascii_lowercase();
        if let Some(name) = identity.strip_prefix("cn=") {
            return self.find(name.split(",ou=").next()?);
        }
        let address = identity.strip_prefix("smtp:").unwrap_or(&identity);
        let alias = match address.split_once('@') {
            Some((alias, domain)) if self.tenant.is_called(domain) => alias,
            Some(_) => return None,
            None => address,
        };
        let position = self.by_alias(alias)?;
        (position < self.count() && self.at(position).alias == alias).then_some(position)
    }

    fn by_alias(self, alias: &str) -> Option<u64> {
        let (front, back) = alias.rsplit_once('.')?;
        if back.bytes().all(|byte| byte.is_ascii_digit()) {
            return back.parse().ok();
        }
        let family = back.trim_end_matches(|c: char| c.is_ascii_digit());
        let round: u64 = match back.strip_prefix(family) {
            Some("") | None => 0,
            Some(digits) => digits.parse::<u64>().ok()?.checked_sub(1)?,
        };
        let first = FIRST.iter().position(|name| address_form(name) == front)? as u64;
        let last = LAST.iter().position(|name| address_form(name) == family)? as u64;
        let slot = first * LAST.len() as u64 + last;
        let steps = (slot + SLOTS - self.offset()) % SLOTS * inverse(STEP, SLOTS) % SLOTS;
        round.checked_mul(SLOTS)?.checked_add(steps)
    }

    const fn offset(self) -> u64 {
        self.fact(2, 0) % SLOTS
    }

    fn person(self, position: u64) -> (String, String) {
        let slot = (position % SLOTS * STEP + self.offset()) % SLOTS;
        let round = position / SLOTS;
        let first = pick(&FIRST, slot / LAST.len() as u64);
        let last = pick(&LAST, slot);
        let mut alias = address_form(first);
        alias.push('.');
        alias.push_str(&address_form(last));
        if round > 0 {
            alias.push_str(&(round + 1).to_string());
        }
        (format!("{first} {last}"), alias)
    }

    fn place(self, words: &[(&str, &str)], position: u64) -> (String, String) {
        let (shown, form) = pick(words, self.fact(3, position));
        let (site, site_form) = pick(&SITES, self.fact(4, position));
        (format!("{shown} {site} {position}"), format!("{form}.{site_form}.{position}"))
    }
}

/// The element at `place`, counted around.
fn pick<T: Copy>(words: &[T], place: u64) -> T {
    words[usize::try_from(place % words.len() as u64).unwrap_or(0)]
}

/// The number that undoes a multiplication by `value`, modulo `modulus`.
fn inverse(value: u64, modulus: u64) -> u64 {
    let (mut old, mut new) = (modulus, value % modulus);
    let (mut old_factor, mut new_factor) = (0_u64, 1_u64);
    while new != 0 {
        let quotient = old / new;
        (old, new) = (new, old - quotient * new);
        let product = quotient % modulus * new_factor % modulus;
        (old_factor, new_factor) = (new_factor, (old_factor + modulus - product) % modulus);
    }
    old_factor
}

/// One mailbox, by its names; everything else is a fact of the population.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox<'a> {
    pub(crate) people: Population<'a>,
    pub(crate) position: u64,
    pub(crate) kind: Kind,
    pub(crate) display_name: String,
    pub(crate) alias: String,
}

/// Where a mailbox forwards to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Forwarding {
    None,
    /// To a recipient of the tenant, by name.
    Recipient(String),
    /// To an address, inside or outside.
    Address(String),
}

impl<'a> Mailbox<'a> {
    pub(crate) fn fact(&self, topic: u64) -> u64 {
        self.people.fact(topic, self.position)
    }

    pub(crate) fn is_one_in(&self, share: u64, topic: u64) -> bool {
        self.people.is_one_in(share, topic, self.position)
    }

    pub(crate) const fn tenant(&self) -> &'a Tenant {
        self.people.tenant
    }

    pub(crate) fn id(&self, id: Id) -> Guid {
        self.people.id(id, self.position)
    }

    pub(crate) fn address(&self) -> String {
        format!("{}@{}", self.alias, self.tenant().domain)
    }

    /// The name of the object: an alias on older mailboxes, the directory's id on younger ones.
    pub(crate) fn name(&self) -> String {
        if self.fact(5) % 10 < 3 { self.alias.clone() } else { self.id(Id::Directory).to_string() }
    }

    pub(crate) fn distinguished_name(&self) -> String {
        format!(
            "CN={},OU={},OU=Microsoft Exchange Hosted Organizations,DC=EURPR02A001,DC=PROD,DC=OUTLOOK,DC=COM",
            self.name(),
            self.tenant().initial_domain
        )
    }

    /// When it was made, in seconds since 1970: between 2015 and 2025.
    pub(crate) fn created(&self) -> i64 {
        1_420_070_400 + i64::try_from(self.fact(6) % 347_155_200).unwrap_or(0)
    }

    pub(crate) fn forwarding(&self) -> Forwarding {
        let person = matches!(self.kind, Kind::User | Kind::Shared);
        if !person || !self.is_one_in(48, 7) {
            return Forwarding::None;
        }
        let other = self.people.at(self.fact(8) % self.people.count().max(1));
        match self.fact(9) % 5 {
            0 | 1 => Forwarding::Recipient(other.name()),
            2 => Forwarding::Address(format!("smtp:{}", other.address())),
            _ => {
                let domain = pick(&OUTSIDE, self.fact(10));
                Forwarding::Address(format!("smtp:{}@{domain}", self.alias))
            }
        }
    }

    /// The quota of the mailbox, from which the others follow; none is unlimited.
    pub(crate) fn quota(&self) -> Option<u64> {
        const GIB: u64 = 1 << 30;
        if self.is_one_in(250, 11) {
            return None;
        }
        match (self.kind, self.fact(12) % 10) {
            (Kind::User, 0) => Some(2 * GIB),
            (Kind::User, 1..=6) => Some(100 * GIB),
            _ => Some(50 * GIB),
        }
    }

    pub(crate) fn has_archive(&self) -> bool {
        matches!(self.kind, Kind::User) && self.fact(13).is_multiple_of(4)
    }

    /// Positions of people who were given something on this mailbox.
    pub(crate) fn delegates(&self, topic: u64) -> Vec<u64> {
        let count = match self.kind {
            Kind::Shared => 1 + self.fact(topic) % 4,
            Kind::User if self.fact(topic).is_multiple_of(33) => 1,
            _ => 0,
        };
        let all = self.people.count().max(1);
        let wanted = (0..count).map(|n| mix(self.fact(topic), n) % all);
        let mut found: Vec<u64> = wanted
            .filter(|position| self.people.kind(*position) == Kind::User)
            .filter(|position| *position != self.position)
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_mailbox_is_found_by_each_of_its_names() {
        let tenant = Tenant::contoso().mailboxes(80_000).seed(7);
        let people = Population::of(&tenant);
        for position in (0..80_000).step_by(97).chain([0, 33_640, 67_280, 79_999]) {
            let mailbox = people.at(position);
            for identity in [
                mailbox.alias.clone(),
                mailbox.address(),
                format!("{}@contoso.onmicrosoft.com", mailbox.alias.to_uppercase()),
                mailbox.name(),
                mailbox.distinguished_name(),
                mailbox.id(Id::Object).to_string(),
                mailbox.id(Id::Exchange).to_string(),
                mailbox.id(Id::Directory).to_string(),
            ] {
                assert_eq!(people.find(&identity), Some(position), "{identity}");
            }
        }
        for stranger in ["nobody", "nobody@contoso.com", "", ".", "a.b", "anna.kowalski@example.net"] {
            assert_eq!(people.find(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn nobody_beyond_the_count_is_found() {
        let tenant = Tenant::contoso().mailboxes(100);
        let larger = Tenant::contoso().mailboxes(101);
        let last = Population::of(&larger).at(100);
        for identity in [last.address(), last.id(Id::Exchange).to_string()] {
            assert_eq!(Population::of(&tenant).find(&identity), None);
        }
    }

    #[test]
    fn addresses_are_unique_and_the_mixture_is_as_told() {
        let tenant = Tenant::contoso().mailboxes(40_000).seed(3);
        let people = Population::of(&tenant);
        let all: Vec<Mailbox<'_>> = (0..40_000).map(|position| people.at(position)).collect();
        let aliases: HashSet<&str> = all.iter().map(|mailbox| mailbox.alias.as_str()).collect();
        assert_eq!(aliases.len(), all.len());
        let share = |kind| all.iter().filter(|m| m.kind == kind).count() * 100 / all.len();
        assert!((78..=81).contains(&share(Kind::User)), "{}", share(Kind::User));
        assert!((11..=13).contains(&share(Kind::Shared)));
        let forwards = all.iter().filter(|m| m.forwarding() != Forwarding::None).count();
        assert!((600..=900).contains(&forwards), "{forwards}");
    }

    #[test]
    fn the_seed_decides() {
        let (one, two) = (Tenant::contoso().seed(1), Tenant::contoso().seed(2));
        assert_ne!(Population::of(&one).at(0).alias, Population::of(&two).at(0).alias);
        assert_eq!(Population::of(&one).at(5).alias, Population::of(&one.clone()).at(5).alias);
    }
}

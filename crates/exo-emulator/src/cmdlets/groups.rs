//! Members of groups.

use super::view::View;
use super::{Call, Output, Short, recipient};
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Type};
use crate::rows::Row;

pub(super) const MEMBERS: Declared = &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)];

/// How many members the largest group has.
const LARGEST: u64 = 2500;
/// Topics of the facts about groups.
const SIZE: u64 = 90;
const MEMBER: u64 = 91;

/// The members of a group `team-N`, there being one for every twenty mailboxes.
pub(super) fn members<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
    let people = call.people();
    let local = identity.split_once('@').map_or(identity, |(local, _)| local).to_ascii_lowercase();
    let number = local.strip_prefix("team-").and_then(|digits| digits.parse::<u64>().ok());
    let groups = people.count() / 20 + 1;
    let number = number.filter(|number| *number < groups).ok_or_else(|| CmdletError::not_found(identity))?;
    let all = people.count();
    let size = if number == 0 { LARGEST } else { 1 + people.fact(SIZE, number) % 60 }.min(all);
    let first = people.fact(MEMBER, number) % all.max(1);
    let rows = (0..size).map(|place| (first + place) % all.max(1)).collect();
    let changes = call.world.overlay.snapshot();
    let write = move |position: u64, out: &mut Row<'_>| {
        recipient::write(&View::of(people, position, &changes), out);
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

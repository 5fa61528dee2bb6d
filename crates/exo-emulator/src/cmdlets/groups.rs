//! Members of groups and permissions on folders: what the documented endpoints read beside mailboxes.

use super::view::View;
use super::{Call, Output, Short, recipient};
use crate::cmdlet_error::CmdletError;
use crate::population::Kind;
use crate::rows::Row;

/// How many members the largest group has.
const LARGEST: u64 = 2500;
/// Topics of the facts about groups and folders.
const SIZE: u64 = 90;
const MEMBER: u64 = 91;
const SHARED_WITH: u64 = 92;

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

/// Who may do what in a folder, named as `user@contoso.com:\Calendar`.
pub(super) fn folder_permissions<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
    let (owner, folder) = identity.split_once(":\\").unwrap_or((identity, ""));
    let people = call.people();
    let position = people.find(owner).ok_or_else(|| CmdletError::not_found(owner))?;
    let known = ["", "Calendar", "Inbox", "Contacts", "Sent Items", "Tasks"];
    let folder = known.into_iter().find(|known| known.eq_ignore_ascii_case(folder));
    let folder = folder.ok_or_else(|| CmdletError::not_found(identity))?;
    let mailbox = people.at(position);
    let calendar = folder == "Calendar";
    let mut entries = vec![
        ("Default".to_owned(), if calendar { "AvailabilityOnly" } else { "None" }),
        ("Anonymous".to_owned(), "None"),
    ];
    if calendar && mailbox.kind == Kind::User {
        let others = mailbox.delegates(SHARED_WITH).into_iter();
        entries.extend(others.map(|position| (people.at(position).display_name, "Editor")));
    }
    if let Some(user) = call.parameters.text("User") {
        entries.retain(|(name, _)| name.eq_ignore_ascii_case(user));
    }
    let rows = (0..entries.len() as u64).collect();
    let label = format!("{}:\\{folder}", mailbox.name());
    let shown = if folder.is_empty() { "Top of Information Store" } else { folder };
    let write = move |number: u64, out: &mut Row<'_>| {
        let Some((user, rights)) = usize::try_from(number).ok().and_then(|n| entries.get(n)) else { return };
        out.texts([("Identity", &label), ("FolderName", shown), ("User", user)]);
        out.list("AccessRights", &[*rights]);
        out.null("SharingPermissionFlags");
        out.boolean("IsValid", true);
        out.text("ObjectState", "New");
    };
    Ok(Output::Rows(Box::new(Short { rows, write })))
}

//! `Get-`, `Add-`, `Remove-` and `Update-RoleGroupMember`, of both services.

use super::role_groups::{group, place};
use super::view::View;
use super::{Call, Output, owned, people};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Change, Declared, Type};
use crate::roles::{Book, Member};
use crate::rows::Row;

pub(super) const READ: Declared = &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)];
pub(super) const ONE: Declared = &[
    ("Identity", Type::Text),
    ("BypassSecurityGroupManagerCheck", Type::Switch),
    ("Confirm", Type::Switch),
    ("Member", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const COMPLIANCE_ONE: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("Member", Type::Text), ("WhatIf", Type::Switch)];
pub(super) const ALL: Declared = &[
    ("Identity", Type::Text),
    ("BypassSecurityGroupManagerCheck", Type::Switch),
    ("Confirm", Type::Switch),
    ("Members", Type::Many),
    ("WhatIf", Type::Switch),
];
pub(super) const COMPLIANCE_ALL: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("Members", Type::Many), ("WhatIf", Type::Switch)];

/// The members of a role group; who has it by a directory role is hidden, but for the group behind that role.
pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let book = call.book();
    let members = group(&book, call.required("Identity")?)?.members.clone();
    let changes = call.world.overlay.snapshot();
    let people = call.people();
    Ok(owned(members, move |member, out| match member {
        Member::Person(position) => people::write_user(&View::of(people, *position, &changes), out),
        Member::Principal(id) => {
            let found = book.principal(id);
            let names = [id, found.map_or(id, |known| &known.display_name)];
            write(names, ("ServicePrincipal", found.map(|known| known.guid)), out);
        }
        Member::Linked(name) => {
            let found = book.group(name).and_then(|place| book.groups.get(place));
            write([name, name], ("Group", found.map(|known| known.guid)), out);
        }
    }))
}

fn write([name, display_name]: [&String; 2], (kind, guid): (&str, Option<Guid>), out: &mut Row<'_>) {
    out.texts([("Identity", name), ("Id", name), ("Name", name), ("DisplayName", display_name)]);
    out.texts([("RecipientType", kind), ("RecipientTypeDetails", kind)]);
    match guid {
        Some(guid) => out.guid("Guid", guid),
        None => out.no_guid("Guid"),
    }
    out.boolean("IsValid", true);
}

pub(super) fn add<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (identity, wanted) = (call.required("Identity")?, call.required("Member")?);
    call.change(&format!("Adding \"{wanted}\" to role group \"{identity}\"."), |book| {
        let place = place(book, identity)?;
        let member = member(call, book, wanted)?;
        if let Some(group) = book.groups.get_mut(place) {
            if group.members.contains(&member) {
                return Err(CmdletError::already_member(&shown(call, &member), &group.name));
            }
            group.members.push(member);
        }
        Ok(Output::Done)
    })
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (identity, wanted) = (call.required("Identity")?, call.required("Member")?);
    call.change(&format!("Removing \"{wanted}\" from role group \"{identity}\"."), |book| {
        let place = place(book, identity)?;
        let member = member(call, book, wanted)?;
        if let Some(group) = book.groups.get_mut(place) {
            if !group.members.contains(&member) {
                return Err(CmdletError::not_member(&shown(call, &member), &group.name));
            }
            group.members.retain(|known| *known != member);
        }
        Ok(Output::Done)
    })
}

/// Replaces all members, or adds and removes some of them.
pub(super) fn update<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Updating the members of role group \"{identity}\"."), |book| {
        let place = place(book, identity)?;
        let named = |names: &[String]| names.iter().map(|name| member(call, book, name)).collect::<Result<Vec<_>, _>>();
        let mut members = book.groups.get(place).map(|group| group.members.clone()).unwrap_or_default();
        let added = match call.parameters.change("Members") {
            None => Vec::new(),
            Some(Change::Clear) => {
                members.clear();
                Vec::new()
            }
            Some(Change::Replace(all)) => {
                members.clear();
                named(all)?
            }
            Some(Change::Delta { add, remove }) => {
                let gone = named(remove)?;
                members.retain(|known| !gone.contains(known));
                named(add)?
            }
        };
        for member in added {
            if !members.contains(&member) {
                members.push(member);
            }
        }
        if let Some(group) = book.groups.get_mut(place) {
            group.members = members;
        }
        Ok(Output::Done)
    })
}

/// Who is meant: a service principal of this service, a person, or a group behind a directory role.
pub(super) fn member(call: &Call<'_>, book: &Book, identity: &str) -> Result<Member, CmdletError> {
    if let Some(principal) = book.principal(identity) {
        return Ok(Member::Principal(principal.object_id.clone()));
    }
    if let Some(position) = call.people().find(identity) {
        return Ok(Member::Person(position));
    }
    let linked = group(book, identity).map(|group| Member::Linked(group.name.clone()));
    linked.map_err(|_| CmdletError::not_found(identity))
}

/// The name that a member is shown by.
pub(super) fn shown(call: &Call<'_>, member: &Member) -> String {
    match member {
        Member::Principal(name) | Member::Linked(name) => name.clone(),
        Member::Person(position) => call.people().at(*position).name(),
    }
}

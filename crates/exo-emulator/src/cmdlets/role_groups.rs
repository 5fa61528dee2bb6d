//! `Get-`, `New-`, `Set-` and `Remove-RoleGroup`, of both services.

use super::role_group_members::{member, shown};
use super::{Call, Output, management_roles, owned, scopes};
use crate::cmdlet_error::CmdletError;
use crate::filter::Filter;
use crate::parameters::{Declared, Type};
use crate::roles::{Assignee, Book, Group};
use crate::rows::Row;

pub(super) const READ: Declared = &[
    ("Identity", Type::Text),
    ("Filter", Type::Text),
    ("ResultSize", Type::ResultSize),
    ("ShowPartnerLinked", Type::Switch),
];
pub(super) const NEW: Declared = &[
    ("Name", Type::Text),
    ("Confirm", Type::Switch),
    ("CustomRecipientWriteScope", Type::Text),
    ("Description", Type::Text),
    ("DisplayName", Type::Text),
    ("Force", Type::Switch),
    ("ManagedBy", Type::Many),
    ("Members", Type::Many),
    ("Roles", Type::Many),
    ("WhatIf", Type::Switch),
];
/// Security & Compliance knows neither scopes nor owners of a role group.
pub(super) const COMPLIANCE_NEW: Declared = &[
    ("Name", Type::Text),
    ("Confirm", Type::Switch),
    ("Description", Type::Text),
    ("DisplayName", Type::Text),
    ("Force", Type::Switch),
    ("Members", Type::Many),
    ("Roles", Type::Many),
    ("WhatIf", Type::Switch),
];
pub(super) const SET: Declared = &[
    ("Identity", Type::Text),
    ("BypassSecurityGroupManagerCheck", Type::Switch),
    ("Confirm", Type::Switch),
    ("Description", Type::Text),
    ("DisplayName", Type::Text),
    ("Force", Type::Switch),
    ("ManagedBy", Type::Many),
    ("Name", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const COMPLIANCE_SET: Declared = &[
    ("Identity", Type::Text),
    ("Confirm", Type::Switch),
    ("Description", Type::Text),
    ("DisplayName", Type::Text),
    ("Force", Type::Switch),
    ("Name", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const REMOVE: Declared = &[
    ("Identity", Type::Text),
    ("BypassSecurityGroupManagerCheck", Type::Switch),
    ("Confirm", Type::Switch),
    ("Force", Type::Switch),
    ("WhatIf", Type::Switch),
];
pub(super) const COMPLIANCE_REMOVE: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("Force", Type::Switch), ("WhatIf", Type::Switch)];

pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let book = call.book();
    let filter = call.parameters.text("Filter").map(Filter::parse).transpose()?;
    let mut found = match call.parameters.identity() {
        Some(identity) => vec![group(&book, identity)?.clone()],
        None => book.groups.clone(),
    };
    found.retain(|group| filter.as_ref().is_none_or(|filter| filter.takes(|name| property(group, name))));
    Ok(rows(call, &book, found))
}

pub(super) fn new<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name")?;
    let parameters = call.parameters;
    call.change(&format!("Creating role group \"{name}\"."), |book| {
        if book.group(name).is_some() {
            return Err(CmdletError::object_exists(name));
        }
        let mut group = book.fresh_group(name);
        describe(call, &mut group);
        for wanted in parameters.texts("Members") {
            let member = member(call, book, wanted)?;
            if !group.members.contains(&member) {
                group.members.push(member);
            }
        }
        let scope = parameters.text("CustomRecipientWriteScope").map(|name| scopes::find(book, name)).transpose()?;
        let scope = scope.map(|scope| scope.name.clone());
        for role in parameters.texts("Roles") {
            book.assign(management_roles::find(call, role)?, &group, scope.as_deref());
        }
        book.groups.push(group.clone());
        Ok(rows(call, book, vec![group]))
    })
}

pub(super) fn set<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Setting role group \"{identity}\"."), |book| {
        let place = place(book, identity)?;
        if let Some(name) = call.parameters.text("Name") {
            if book.group(name).is_some_and(|other| other != place) {
                return Err(CmdletError::object_exists(name));
            }
            if let Some(group) = book.groups.get_mut(place) {
                name.clone_into(&mut group.name);
            }
        }
        if let Some(group) = book.groups.get_mut(place) {
            describe(call, group);
        }
        Ok(Output::Done)
    })
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Removing role group \"{identity}\"."), |book| {
        let place = place(book, identity)?;
        let group = book.groups.remove(place);
        if group.is_built_in {
            let text = format!("The role group \"{}\" is built in and can't be removed.", group.name);
            return Err(CmdletError::new(400, "System.InvalidOperationException", text));
        }
        book.assignments.retain(|assignment| assignment.assignee != Assignee::Group(group.guid));
        Ok(Output::Done)
    })
}

/// What both making and changing can say.
fn describe(call: &Call<'_>, group: &mut Group) {
    let parameters = call.parameters;
    let texts = [("DisplayName", &mut group.display_name), ("Description", &mut group.description)];
    for (name, text) in texts {
        if let Some(given) = parameters.text(name) {
            given.clone_into(text);
        }
    }
    if parameters.has("ManagedBy") {
        group.managed_by = parameters.texts("ManagedBy").to_vec();
    }
}

/// Where the group is that goes by this name.
pub(super) fn place(book: &Book, identity: &str) -> Result<usize, CmdletError> {
    book.group(identity).ok_or_else(|| CmdletError::not_found(identity))
}

pub(super) fn group<'b>(book: &'b Book, identity: &str) -> Result<&'b Group, CmdletError> {
    let found = book.group(identity).and_then(|place| book.groups.get(place));
    found.ok_or_else(|| CmdletError::not_found(identity))
}

/// The text of a property that `Filter` may name.
fn property(group: &Group, name: &str) -> Option<String> {
    match name {
        "name" | "identity" | "id" => Some(group.name.clone()),
        "displayname" => Some(group.display_name.clone()),
        "guid" => Some(group.guid.to_string()),
        _ => None,
    }
}

/// A group with the names of its roles, assignments and members.
struct Described {
    group: Group,
    roles: Vec<String>,
    assignments: Vec<String>,
    members: Vec<String>,
}

fn rows<'a>(call: &Call<'a>, book: &Book, groups: Vec<Group>) -> Output<'a> {
    let described = groups.into_iter().map(|group| {
        let roles = book.roles_of(&group).map(|assignment| assignment.role.clone()).collect();
        let assignments = book.roles_of(&group).map(|assignment| assignment.name.clone()).collect();
        let members = group.members.iter().map(|member| shown(call, member)).collect();
        Described { group, roles, assignments, members }
    });
    owned(described.collect(), write)
}

fn write(described: &Described, out: &mut Row<'_>) {
    let Described { group, roles, assignments, members } = described;
    out.texts([("Name", &group.name), ("Identity", &group.name), ("Id", &group.name)]);
    out.texts([("DisplayName", &group.display_name), ("Description", &group.description)]);
    out.list("Roles", roles);
    out.list("RoleAssignments", assignments);
    out.list("Members", members);
    out.list("ManagedBy", &group.managed_by);
    out.text("LinkedGroup", "");
    out.text("RoleGroupType", "Standard");
    out.empty_lists(["Capabilities"]);
    out.guid("Guid", group.guid);
    out.guid("ExchangeObjectId", group.guid);
    out.boolean("IsValid", true);
    out.text("ObjectState", "Unchanged");
}

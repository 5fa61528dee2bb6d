//! `Get-`, `New-`, `Set-` and `Remove-ServicePrincipal`: the records of apps, one for each service.

use super::{Call, Output, owned};
use crate::cmdlet_error::CmdletError;
use crate::directory::Eye;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::roles::{Assignee, Book, Member, Principal};
use crate::rows::Row;

pub(super) const READ: Declared = &[("Identity", Type::Text), ("Organization", Type::Text)];
pub(super) const NEW: Declared = &[
    ("AppId", Type::Text),
    ("Confirm", Type::Switch),
    ("DisplayName", Type::Text),
    ("ObjectId", Type::Text),
    ("ServiceId", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const SET: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("DisplayName", Type::Text), ("WhatIf", Type::Switch)];
pub(super) const REMOVE: Declared = &[("Identity", Type::Text), ("Confirm", Type::Switch), ("WhatIf", Type::Switch)];

pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let book = call.book();
    let found = match call.parameters.identity() {
        Some(identity) => vec![find(&book, identity)?.clone()],
        None => book.principals.clone(),
    };
    Ok(owned(found, write))
}

/// Makes a record. Whether the object id is that of the app's service principal nobody looks at: with another one, such
/// as that of the registration, the record is made and opens nothing.
pub(super) fn new<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let app_id = call.required("AppId")?;
    // `ServiceId` is what `ObjectId` was called before.
    let object_id = call.required("ObjectId").or_else(|missing| call.required("ServiceId").map_err(|_| missing))?;
    let directory = call.world.directory.read();
    let known = directory.principal_of(app_id, Eye::Tokens, call.world.clock.now_millis());
    let display_name = call.parameters.text("DisplayName").or_else(|| known.map(|known| known.display_name.as_str()));
    let principal = Principal {
        guid: Guid::parse(&call.world.fresh_guid()).unwrap_or_else(|| Guid::hashed(0, 0)),
        app_id: app_id.to_owned(),
        object_id: object_id.to_owned(),
        display_name: display_name.unwrap_or(object_id).to_owned(),
    };
    drop(directory);
    call.change(&format!("Adding service principal \"{app_id}\"."), |book| {
        if [app_id, object_id].iter().any(|id| book.principal(id).is_some()) {
            return Err(CmdletError::object_exists(object_id));
        }
        book.principals.push(principal.clone());
        Ok(owned(vec![principal], write))
    })
}

pub(super) fn set<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Setting service principal \"{identity}\"."), |book| {
        let object_id = find(book, identity)?.object_id.clone();
        if let Some(name) = call.parameters.text("DisplayName") {
            for principal in book.principals.iter_mut().filter(|principal| principal.object_id == object_id) {
                name.clone_into(&mut principal.display_name);
            }
        }
        Ok(Output::Done)
    })
}

/// Removes a record, and with it what it was a member of and what was assigned to it.
pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Removing service principal \"{identity}\"."), |book| {
        let object_id = find(book, identity)?.object_id.clone();
        book.principals.retain(|principal| principal.object_id != object_id);
        book.assignments.retain(|assignment| assignment.assignee != Assignee::App(object_id.clone()));
        for group in &mut book.groups {
            group.members.retain(|member| *member != Member::Principal(object_id.clone()));
        }
        Ok(Output::Done)
    })
}

pub(super) fn find<'b>(book: &'b Book, identity: &str) -> Result<&'b Principal, CmdletError> {
    book.principal(identity).ok_or_else(|| CmdletError::not_found(identity))
}

fn write(principal: &Principal, out: &mut Row<'_>) {
    let Principal { guid, app_id, object_id, display_name } = principal;
    out.texts([("DisplayName", display_name), ("AppId", app_id), ("ObjectId", object_id), ("ServiceId", object_id)]);
    out.texts([("Name", object_id), ("Identity", object_id), ("Id", object_id)]);
    out.guid("Guid", *guid);
    out.boolean("IsValid", true);
    out.text("ObjectState", "Unchanged");
}

//! `Get-`, `New-` and `Remove-ManagementScope` of Exchange Online: which recipients a role may change.

use super::{Call, Output, owned};
use crate::cmdlet_error::CmdletError;
use crate::filter::Filter;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::roles::{Book, Scope};
use crate::rows::Row;

pub(super) const READ: Declared = &[("Identity", Type::Text), ("Orphan", Type::Switch)];
pub(super) const NEW: Declared = &[
    ("Name", Type::Text),
    ("Confirm", Type::Switch),
    ("Force", Type::Switch),
    ("RecipientRestrictionFilter", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const REMOVE: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("Force", Type::Switch), ("WhatIf", Type::Switch)];

pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let book = call.book();
    let mut found = match call.parameters.identity() {
        Some(identity) => vec![find(&book, identity)?.clone()],
        None => book.scopes.clone(),
    };
    if call.parameters.switch("Orphan") {
        found.retain(|scope| !is_used(&book, scope));
    }
    Ok(owned(found, write))
}

pub(super) fn new<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (name, filter) = (call.required("Name")?, call.required("RecipientRestrictionFilter")?);
    let _understood = Filter::parse(filter)?;
    call.change(&format!("Creating management scope \"{name}\"."), |book| {
        if find(book, name).is_ok() {
            return Err(CmdletError::object_exists(name));
        }
        let guid = Guid::parse(&call.world.fresh_guid()).unwrap_or_else(|| Guid::hashed(0, 0));
        let scope = Scope { guid, name: name.to_owned(), filter: filter.to_owned() };
        book.scopes.push(scope.clone());
        Ok(owned(vec![scope], write))
    })
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Removing management scope \"{identity}\"."), |book| {
        let scope = find(book, identity)?.clone();
        if is_used(book, &scope) {
            let text = format!("The management scope \"{}\" is in use by a role assignment.", scope.name);
            return Err(CmdletError::new(400, "System.InvalidOperationException", text));
        }
        book.scopes.retain(|known| known.guid != scope.guid);
        Ok(Output::Done)
    })
}

fn is_used(book: &Book, scope: &Scope) -> bool {
    let names = |name: &String| name.eq_ignore_ascii_case(&scope.name);
    book.assignments.iter().any(|assignment| assignment.scope.as_ref().is_some_and(names))
}

pub(super) fn find<'b>(book: &'b Book, identity: &str) -> Result<&'b Scope, CmdletError> {
    let is_called = |known: &&Scope| {
        known.name.eq_ignore_ascii_case(identity) || known.guid.to_string().eq_ignore_ascii_case(identity)
    };
    book.scopes.iter().find(is_called).ok_or_else(|| CmdletError::not_found(identity))
}

fn write(scope: &Scope, out: &mut Row<'_>) {
    out.texts([("Name", &scope.name), ("Identity", &scope.name), ("Id", &scope.name)]);
    out.texts([("ScopeRestrictionType", "RecipientScope"), ("RecipientFilter", &scope.filter), ("RecipientRoot", "")]);
    out.boolean("Exclusive", false);
    out.guid("Guid", scope.guid);
    out.boolean("IsValid", true);
}

//! `Get-`, `New-` and `Remove-ManagementRoleAssignment` of Exchange Online.

use super::{Call, Output, management_roles, owned, role_groups, scopes, service_principals};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};
use crate::roles::{Assignee, Assignment, Book};
use crate::rows::Row;

pub(super) const READ: Declared = &[
    ("Identity", Type::Text),
    ("Delegating", Type::Switch),
    ("Enabled", Type::Switch),
    ("GetEffectiveUsers", Type::Switch),
    ("Role", Type::Text),
    ("RoleAssignee", Type::Text),
    ("RoleAssigneeType", Type::Text),
];
pub(super) const NEW: Declared = &[
    ("Name", Type::Text),
    ("App", Type::Text),
    ("Confirm", Type::Switch),
    ("CustomRecipientWriteScope", Type::Text),
    ("CustomResourceScope", Type::Text),
    ("Force", Type::Switch),
    ("Role", Type::Text),
    ("SecurityGroup", Type::Text),
    ("WhatIf", Type::Switch),
];
pub(super) const REMOVE: Declared =
    &[("Identity", Type::Text), ("Confirm", Type::Switch), ("Force", Type::Switch), ("WhatIf", Type::Switch)];

/// The assignments that all that was said leaves; none is delegating, and all are enabled.
pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let (book, parameters) = (call.book(), call.parameters);
    let role = parameters.text("Role").map(|role| management_roles::find(call, role)).transpose()?;
    let assignee = parameters.text("RoleAssignee").map(|name| assignee(&book, name)).transpose()?;
    let kind = parameters.text("RoleAssigneeType");
    let none = parameters.switch("Delegating") || parameters.switch_if_given("Enabled") == Some(false);
    let named = parameters.identity().map(|identity| find(&book, identity)).transpose()?.map(|found| found.guid);
    let is_wanted = |assignment: &&Assignment| {
        !none
            && named.is_none_or(|guid| assignment.guid == guid)
            && role.is_none_or(|role| assignment.role == role)
            && assignee.as_ref().is_none_or(|wanted| assignment.assignee == *wanted)
            && kind.is_none_or(|kind| kind_of(&assignment.assignee).eq_ignore_ascii_case(kind))
    };
    let found = book.assignments.iter().filter(is_wanted).map(|assignment| shown(&book, assignment)).collect();
    Ok(owned(found, write))
}

/// Gives a role to a service principal or to a role group.
pub(super) fn new<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let parameters = call.parameters;
    let role = management_roles::find(call, call.required("Role")?)?;
    let holder = match (parameters.text("App"), parameters.text("SecurityGroup")) {
        (Some(app), None) => Ok(app),
        (None, Some(group)) => Ok(group),
        _ => Err(CmdletError::ambiguous()),
    }?;
    call.change(&format!("Assigning role \"{role}\" to \"{holder}\"."), |book| {
        let assignee = if parameters.has("App") {
            Assignee::App(service_principals::find(book, holder)?.object_id.clone())
        } else {
            Assignee::Group(role_groups::group(book, holder)?.guid)
        };
        let scope = parameters.text("CustomResourceScope").or_else(|| parameters.text("CustomRecipientWriteScope"));
        let scope = scope.map(|name| scopes::find(book, name)).transpose()?.map(|scope| scope.name.clone());
        let name = parameters.text("Name").map_or_else(|| format!("{role}-{}", title(book, &assignee)), str::to_owned);
        if book.assignments.iter().any(|known| known.name.eq_ignore_ascii_case(&name)) {
            return Err(CmdletError::object_exists(&name));
        }
        let guid = Guid::parse(&call.world.fresh_guid()).unwrap_or_else(|| Guid::hashed(0, 0));
        let assignment = Assignment { guid, name, role: role.to_owned(), assignee, scope };
        book.assignments.push(assignment.clone());
        Ok(owned(vec![shown(book, &assignment)], write))
    })
}

pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    call.change(&format!("Removing role assignment \"{identity}\"."), |book| {
        let guid = find(book, identity)?.guid;
        book.assignments.retain(|assignment| assignment.guid != guid);
        Ok(Output::Done)
    })
}

fn find<'b>(book: &'b Book, identity: &str) -> Result<&'b Assignment, CmdletError> {
    let is_called = |known: &&Assignment| {
        known.name.eq_ignore_ascii_case(identity) || known.guid.to_string().eq_ignore_ascii_case(identity)
    };
    book.assignments.iter().find(is_called).ok_or_else(|| CmdletError::not_found(identity))
}

/// Whoever goes by this name, group or service principal.
fn assignee(book: &Book, identity: &str) -> Result<Assignee, CmdletError> {
    match role_groups::group(book, identity) {
        Ok(group) => Ok(Assignee::Group(group.guid)),
        Err(_) => Ok(Assignee::App(service_principals::find(book, identity)?.object_id.clone())),
    }
}

fn title(book: &Book, assignee: &Assignee) -> String {
    match assignee {
        Assignee::App(id) => id.clone(),
        Assignee::Group(guid) => {
            book.groups.iter().find(|group| group.guid == *guid).map(|group| group.name.clone()).unwrap_or_default()
        }
    }
}

const fn kind_of(assignee: &Assignee) -> &'static str {
    match assignee {
        Assignee::App(_) => "ServicePrincipal",
        Assignee::Group(_) => "RoleGroup",
    }
}

/// An assignment with the name of whoever has it.
struct Shown {
    assignment: Assignment,
    assignee: String,
}

fn shown(book: &Book, assignment: &Assignment) -> Shown {
    Shown { assignment: assignment.clone(), assignee: title(book, &assignment.assignee) }
}

fn write(shown: &Shown, out: &mut Row<'_>) {
    let Shown { assignment, assignee } = shown;
    out.texts([("Name", &assignment.name), ("Identity", &assignment.name), ("Id", &assignment.name)]);
    out.texts([("Role", &assignment.role), ("RoleAssignee", assignee), ("RoleAssigneeName", assignee)]);
    out.text("RoleAssigneeType", kind_of(&assignment.assignee));
    out.texts([("AssignmentMethod", "Direct"), ("RoleAssignmentDelegationType", "Regular")]);
    out.texts([("EffectiveUserName", "All Group Members"), ("RecipientReadScope", "Organization")]);
    out.texts([("ConfigReadScope", "OrganizationConfig"), ("ConfigWriteScope", "OrganizationConfig")]);
    let is_app = matches!(assignment.assignee, Assignee::App(_));
    let write_scope = match (&assignment.scope, is_app) {
        (None, _) => "Organization",
        (Some(_), true) => "CustomResourceScope",
        (Some(_), false) => "CustomRecipientScope",
    };
    out.text("RecipientWriteScope", write_scope);
    let scope = assignment.scope.as_deref();
    out.maybe_text("CustomRecipientWriteScope", scope.filter(|_| !is_app));
    out.maybe_text("CustomResourceScope", scope.filter(|_| is_app));
    out.boolean("Enabled", true);
    out.guid("Guid", assignment.guid);
    out.boolean("IsValid", true);
    out.text("ObjectState", "Unchanged");
}

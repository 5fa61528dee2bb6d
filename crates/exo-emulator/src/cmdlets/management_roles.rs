//! `Get-ManagementRole` and `Get-ManagementRoleEntry`: what the table of the emulator says, as the service tells it.

use super::{Call, Cmdlet, Output, owned};
use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::parameters::{Declared, Type};
use crate::roles;
use crate::rows::Row;

pub(super) const READ: Declared =
    &[("Identity", Type::Text), ("Cmdlet", Type::Text), ("CmdletParameters", Type::Many), ("RoleType", Type::Text)];
pub(super) const ENTRIES: Declared =
    &[("Identity", Type::Text), ("Parameters", Type::Many), ("ResultSize", Type::ResultSize)];

/// The roles that there are, or those that have a cmdlet with all of these parameters.
pub(super) fn read<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let parameters = call.parameters;
    let mut found = match parameters.identity() {
        Some(identity) => vec![find(call, identity)?],
        None => roles::all(call.service),
    };
    if let Some(wanted) = parameters.text("RoleType") {
        found.retain(|role| kind(role).eq_ignore_ascii_case(wanted));
    }
    if let Some(cmdlet) = parameters.text("Cmdlet") {
        let wanted = parameters.texts("CmdletParameters");
        // In Security & Compliance nothing comes of it.
        let answers = call.service == Service::Exchange && call.world.role_table.knows(call.service, cmdlet);
        found.retain(|role| answers && wanted.iter().all(|name| has(call, role, (cmdlet, Some(name)))));
        found.retain(|role| has(call, role, (cmdlet, None)));
    }
    let service = call.service;
    let entries: Vec<Vec<String>> = found
        .iter()
        .map(|role| entries_of(call, role).map(|(cmdlet, names)| entry(cmdlet, &names)).collect())
        .collect();
    Ok(owned(found.into_iter().zip(entries).collect(), move |(role, entries), out| {
        out.texts([("Name", role), ("Identity", role), ("Id", role), ("Description", ""), ("Parent", "")]);
        out.text("RoleType", &kind(role));
        // In Security & Compliance the list was empty.
        out.list("RoleEntries", if service == Service::Exchange { entries.as_slice() } else { &[] });
        out.booleans([("IsRootRole", true), ("IsEndUserRole", false), ("IsDeprecated", false)]);
        out.guid("Guid", Guid::hashed(mix_text(154, role), service as u64));
        out.boolean("IsValid", true);
    }))
}

/// The cmdlets of a role, or of all roles: `Mail Recipients\Get-*`, `*\Set-Mailbox`.
pub(super) fn entries<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity")?;
    let (role, name) = identity.split_once('\\').ok_or_else(|| CmdletError::not_found(identity))?;
    let wanted = call.parameters.texts("Parameters");
    let mut found = Vec::new();
    for known in roles::all(call.service).into_iter().filter(|known| is_like(known, role)) {
        for (cmdlet, parameters) in entries_of(call, known).filter(|(cmdlet, _)| is_like(cmdlet.name, name)) {
            let has = |wanted: &String| parameters.iter().any(|name| name.eq_ignore_ascii_case(wanted));
            if wanted.iter().all(has) {
                found.push((known, cmdlet.name, parameters));
            }
        }
    }
    if found.is_empty() && !identity.contains('*') {
        return Err(CmdletError::not_found(identity));
    }
    Ok(owned(found, |(role, cmdlet, parameters), out: &mut Row<'_>| {
        out.texts([("Name", cmdlet), ("Role", role), ("Type", "Cmdlet")]);
        out.lazy("Identity", || format!("{role}\\{cmdlet}"));
        out.text("PSSnapinName", SNAP_IN);
        out.list("Parameters", parameters);
        out.boolean("IsValid", true);
    }))
}

const SNAP_IN: &str = "Microsoft.Exchange.Management.PowerShell.E2010";

/// The role of that name.
pub(super) fn find(call: &Call<'_>, name: &str) -> Result<&'static str, CmdletError> {
    let known = roles::all(call.service).into_iter().find(|known| known.eq_ignore_ascii_case(name));
    known.ok_or_else(|| CmdletError::not_found(name))
}

/// The cmdlets that a role has, each with its parameters.
fn entries_of<'c>(
    call: &'c Call<'_>,
    role: &'static str,
) -> impl Iterator<Item = (&'static Cmdlet, Vec<&'static str>)> + 'c {
    let cmdlets = super::of(call.service).filter(move |cmdlet| has(call, role, (cmdlet.name, None)));
    cmdlets.map(move |cmdlet| {
        let names = cmdlet.parameters.iter().map(|(name, _)| *name);
        (cmdlet, names.filter(|name| has(call, role, (cmdlet.name, Some(name)))).collect())
    })
}

fn has(call: &Call<'_>, role: &str, what: (&str, Option<&str>)) -> bool {
    roles::has(call.world, call.service, role, what)
}

fn entry(cmdlet: &Cmdlet, parameters: &[&str]) -> String {
    let parameters: Vec<String> = parameters.iter().map(|name| format!(" -{name}")).collect();
    format!("({SNAP_IN}) {}{}", cmdlet.name, parameters.concat())
}

/// The type of a role: its name without blanks and signs.
fn kind(role: &str) -> String {
    role.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Whether a name fits a pattern in which `*` stands for anything.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.to_ascii_lowercase(), pattern.to_ascii_lowercase());
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let mut last = "";
    for piece in pieces {
        let Some((_, behind)) = rest.split_once(piece).filter(|_| !piece.is_empty()).or(Some(("", rest))) else {
            return false;
        };
        if !piece.is_empty() && !rest.contains(piece) {
            return false;
        }
        rest = behind;
        last = piece;
    }
    last.is_empty() || name.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, fits) in [
            ("*", true),
            ("Get-Mailbox", true),
            ("get-mail*", true),
            ("*Mailbox", true),
            ("*-Mail*", true),
            ("Get-*box", true),
            ("Get-Mail", false),
            ("*Mail", false),
            ("Set-*", false),
            ("*x*y*", false),
        ] {
            assert_eq!(is_like("Get-Mailbox", pattern), fits, "{pattern}");
        }
    }

    #[test]
    fn a_type_is_a_name_without_signs() {
        assert_eq!(kind("View-Only Recipients"), "ViewOnlyRecipients");
    }
}

//! The cmdlets that there are, and what one gives.

mod alerts;
mod audit;
mod clients;
mod folders;
mod groups;
mod labels;
mod mail;
mod mailbox;
mod management_roles;
mod message_trace;
mod numbered;
mod order;
mod organization;
mod outbound_spam;
mod people;
mod permissions;
mod recipient;
mod role_assignments;
mod role_group_members;
mod role_groups;
mod scopes;
pub(crate) mod searches;
mod service_principals;
mod set_mailbox;
mod statistics;
mod view;

use std::sync::Arc;

use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Parameters};
use crate::population::{Mailbox, Population};
use crate::roles::Book;
use crate::rows::Row;
use crate::world::World;

pub(crate) use audit::AuditSessions;
pub(crate) use folders::FolderRights;
pub(crate) use labels::Labels;
pub(crate) use order::Orders;
pub(crate) use people::Photos;
pub(crate) use permissions::groups as permission_groups;
pub(crate) use searches::Searches;
pub(crate) use set_mailbox::Overlay;

/// One cmdlet of one service.
pub(crate) struct Cmdlet {
    pub(crate) name: &'static str,
    service: Service,
    pub(crate) parameters: Declared,
    pub(crate) run: Run,
}

/// One call, ready to run.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a World,
    pub(crate) service: Service,
    pub(crate) parameters: &'a Parameters,
    /// The filters of which a recipient has to pass one to be changed; none where any may be.
    pub(crate) filters: Option<Vec<String>>,
}

impl<'a> Call<'a> {
    const fn people(&self) -> Population<'a> {
        Population::of(&self.world.tenant)
    }

    /// The mailbox that `Identity` names.
    fn mailbox(&self) -> Result<Mailbox<'a>, CmdletError> {
        let identity = self.parameters.identity().ok_or_else(|| CmdletError::missing("Identity"))?;
        let position = self.people().find(identity).ok_or_else(|| CmdletError::not_found(identity))?;
        Ok(self.people().at(position))
    }

    /// Whether only what would be done is asked for.
    fn asks_only(&self) -> bool {
        self.parameters.switch("Confirm") || self.parameters.switch("WhatIf")
    }

    /// A text that has to be there.
    fn required(&self, name: &str) -> Result<&'a str, CmdletError> {
        self.parameters.text(name).filter(|text| !text.is_empty()).ok_or_else(|| CmdletError::missing(name))
    }

    /// The service's role groups, service principals and assignments as they are now.
    fn book(&self) -> Arc<Book> {
        self.world.books.now(self.service)
    }

    /// Changes the role groups, service principals or assignments, or only says what would be done.
    fn change(
        &self,
        what: &str,
        change: impl FnOnce(&mut Book) -> Result<Output<'a>, CmdletError>,
    ) -> Result<Output<'a>, CmdletError> {
        if self.asks_only() {
            return change(&mut Book::clone(&self.book())).map(|_| Output::Confirm(what.to_owned()));
        }
        self.world.books.change(self.service, change)
    }
}

/// What a call gives.
pub(crate) enum Output<'a> {
    Rows(Box<dyn Table + 'a>),
    /// All rows at once, without a link to more, and what is to be said of them.
    Listed(Box<dyn Table + 'a>, Vec<String>),
    /// No rows, and a warning why.
    Warned(String),
    /// It is done, and there is nothing to say.
    Done,
    /// It was not done; this is what would be asked.
    Confirm(String),
}

/// Rows that are written when a page needs them; each unit has some.
pub(crate) trait Table {
    fn units(&self) -> u64;

    fn rows(&self, unit: u64) -> u64;

    fn write(&self, unit: u64, row: u64, out: &mut Row<'_>);
}

/// A table of so many rows, each written by its number.
struct Short<F> {
    rows: Vec<u64>,
    write: F,
}

impl<F: Fn(u64, &mut Row<'_>)> Table for Short<F> {
    fn units(&self) -> u64 {
        self.rows.len() as u64
    }

    fn rows(&self, _unit: u64) -> u64 {
        1
    }

    fn write(&self, unit: u64, _row: u64, out: &mut Row<'_>) {
        if let Some(number) = usize::try_from(unit).ok().and_then(|unit| self.rows.get(unit)) {
            (self.write)(*number, out);
        }
    }
}

/// A table of what was put together for the call.
struct Owned<T, F> {
    items: Vec<T>,
    write: F,
}

impl<T, F: Fn(&T, &mut Row<'_>)> Table for Owned<T, F> {
    fn units(&self) -> u64 {
        self.items.len() as u64
    }

    fn rows(&self, _unit: u64) -> u64 {
        1
    }

    fn write(&self, unit: u64, _row: u64, out: &mut Row<'_>) {
        if let Some(item) = usize::try_from(unit).ok().and_then(|unit| self.items.get(unit)) {
            (self.write)(item, out);
        }
    }
}

fn owned<'a, T: 'a, F: Fn(&T, &mut Row<'_>) + 'a>(items: Vec<T>, write: F) -> Output<'a> {
    Output::Rows(Box::new(Owned { items, write }))
}

/// The rows of a short list that `Identity` leaves, by any of their names.
fn short<'a, F>(
    call: &Call<'a>,
    count: usize,
    names: impl Fn(usize) -> Vec<String>,
    write: F,
) -> Result<Output<'a>, CmdletError>
where
    F: Fn(u64, &mut Row<'_>) + 'a,
{
    let wanted = call.parameters.identity();
    let is_wanted =
        |number: &usize| wanted.is_none_or(|w| names(*number).iter().any(|name| name.eq_ignore_ascii_case(w)));
    let rows: Vec<u64> = (0..count).filter(is_wanted).map(|number| number as u64).collect();
    match wanted {
        Some(identity) if rows.is_empty() => Err(CmdletError::not_found(identity)),
        _ => Ok(Output::Rows(Box::new(Short { rows, write }))),
    }
}

const CMDLETS: &[Cmdlet] = &[
    exchange("Get-Mailbox", mailbox::PARAMETERS, mailbox::run),
    exchange("Set-Mailbox", set_mailbox::PARAMETERS, set_mailbox::run),
    exchange("Get-Recipient", recipient::PARAMETERS, mailbox::recipients),
    exchange("Get-MailboxStatistics", statistics::PARAMETERS, statistics::run),
    exchange("Get-MailboxPermission", permissions::MAILBOX, permissions::mailbox),
    exchange("Get-RecipientPermission", permissions::RECIPIENT, permissions::recipient),
    exchange("Get-MailboxFolderStatistics", folders::STATISTICS, folders::statistics),
    exchange("Get-MailboxFolderPermission", folders::READ, folders::permissions),
    exchange("Add-MailboxFolderPermission", folders::WRITE, folders::add),
    exchange("Set-MailboxFolderPermission", folders::WRITE, folders::set),
    exchange("Remove-MailboxFolderPermission", folders::REMOVE, folders::remove),
    exchange("Get-CASMailbox", clients::CAS, clients::protocols),
    exchange("Get-MobileDevice", clients::DEVICES, clients::all),
    exchange("Get-MobileDeviceStatistics", clients::DEVICES, clients::statistics),
    exchange("Get-InboxRule", people::RULES, people::inbox_rules),
    exchange("Get-User", people::USERS, people::users),
    exchange("Set-UserPhoto", people::PHOTO, people::set_photo),
    exchange("Get-RoleGroup", role_groups::READ, role_groups::read),
    exchange("New-RoleGroup", role_groups::NEW, role_groups::new),
    exchange("Set-RoleGroup", role_groups::SET, role_groups::set),
    exchange("Remove-RoleGroup", role_groups::REMOVE, role_groups::remove),
    exchange("Get-RoleGroupMember", role_group_members::READ, role_group_members::read),
    exchange("Add-RoleGroupMember", role_group_members::ONE, role_group_members::add),
    exchange("Remove-RoleGroupMember", role_group_members::ONE, role_group_members::remove),
    exchange("Update-RoleGroupMember", role_group_members::ALL, role_group_members::update),
    exchange("Get-ServicePrincipal", service_principals::READ, service_principals::read),
    exchange("New-ServicePrincipal", service_principals::NEW, service_principals::new),
    exchange("Set-ServicePrincipal", service_principals::SET, service_principals::set),
    exchange("Remove-ServicePrincipal", service_principals::REMOVE, service_principals::remove),
    exchange("Get-ManagementRole", management_roles::READ, management_roles::read),
    exchange("Get-ManagementRoleEntry", management_roles::ENTRIES, management_roles::entries),
    exchange("Get-ManagementRoleAssignment", role_assignments::READ, role_assignments::read),
    exchange("New-ManagementRoleAssignment", role_assignments::NEW, role_assignments::new),
    exchange("Remove-ManagementRoleAssignment", role_assignments::REMOVE, role_assignments::remove),
    exchange("Get-ManagementScope", scopes::READ, scopes::read),
    exchange("New-ManagementScope", scopes::NEW, scopes::new),
    exchange("Remove-ManagementScope", scopes::REMOVE, scopes::remove),
    exchange("Get-DistributionGroupMember", groups::MEMBERS, groups::members),
    exchange("Get-DynamicDistributionGroupMember", groups::MEMBERS, groups::members),
    exchange("Get-MessageTrace", numbered::TRACE, numbered::trace),
    exchange("Get-MessageTraceV2", message_trace::PARAMETERS, message_trace::run),
    exchange("Get-MessageTraceDetailV2", message_trace::DETAIL, message_trace::detail),
    exchange("Get-QuarantineMessage", numbered::QUARANTINE, numbered::quarantine),
    exchange("Get-MailDetailATPReport", numbered::THREATS, numbered::threats),
    exchange("Search-UnifiedAuditLog", audit::PARAMETERS, audit::run),
    exchange("Get-AcceptedDomain", organization::DOMAINS, organization::accepted_domains),
    exchange("Get-OrganizationConfig", &[], organization::configuration),
    exchange("Get-HostedOutboundSpamFilterPolicy", outbound_spam::POLICIES, outbound_spam::policies),
    exchange("Get-HostedOutboundSpamFilterRule", outbound_spam::RULES, outbound_spam::rules),
    compliance("Get-Label", labels::READ, labels::read),
    compliance("Set-Label", labels::WRITE, labels::write),
    compliance("Get-ProtectionAlert", alerts::PARAMETERS, alerts::run),
    compliance("Get-RoleGroup", role_groups::READ, role_groups::read),
    compliance("New-RoleGroup", role_groups::COMPLIANCE_NEW, role_groups::new),
    compliance("Set-RoleGroup", role_groups::COMPLIANCE_SET, role_groups::set),
    compliance("Remove-RoleGroup", role_groups::COMPLIANCE_REMOVE, role_groups::remove),
    compliance("Get-RoleGroupMember", role_group_members::READ, role_group_members::read),
    compliance("Add-RoleGroupMember", role_group_members::COMPLIANCE_ONE, role_group_members::add),
    compliance("Remove-RoleGroupMember", role_group_members::COMPLIANCE_ONE, role_group_members::remove),
    compliance("Update-RoleGroupMember", role_group_members::COMPLIANCE_ALL, role_group_members::update),
    compliance("Get-ServicePrincipal", service_principals::READ, service_principals::read),
    compliance("New-ServicePrincipal", service_principals::NEW, service_principals::new),
    compliance("Set-ServicePrincipal", service_principals::SET, service_principals::set),
    compliance("Remove-ServicePrincipal", service_principals::REMOVE, service_principals::remove),
    compliance("Get-ManagementRole", management_roles::READ, management_roles::read),
    compliance("Get-ComplianceSearch", searches::READ, searches::read),
    compliance("New-ComplianceSearch", searches::NEW, searches::new),
    compliance("Start-ComplianceSearch", searches::START, searches::start),
    compliance("Remove-ComplianceSearch", searches::REMOVE, searches::remove),
    compliance("Get-ComplianceSearchAction", searches::READ_ACTIONS, searches::actions),
    compliance("New-ComplianceSearchAction", searches::NEW_ACTION, searches::new_action),
];

/// What runs when a cmdlet is called.
type Run = for<'a> fn(&Call<'a>) -> Result<Output<'a>, CmdletError>;

const fn exchange(name: &'static str, parameters: Declared, run: Run) -> Cmdlet {
    Cmdlet { name, service: Service::Exchange, parameters, run }
}

const fn compliance(name: &'static str, parameters: Declared, run: Run) -> Cmdlet {
    Cmdlet { name, service: Service::Compliance, parameters, run }
}

/// The cmdlets of a service.
pub(crate) fn of(service: Service) -> impl Iterator<Item = &'static Cmdlet> {
    CMDLETS.iter().filter(move |known| known.service == service)
}

/// The cmdlet of that name in a service.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Cmdlet> {
    of(service).find(|known| known.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_every_cmdlet() {
        let readme = include_str!("../README.md");
        for cmdlet in CMDLETS {
            assert!(readme.contains(&format!("`{}`", cmdlet.name)), "{}", cmdlet.name);
        }
    }
}

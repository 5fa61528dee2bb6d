//! The cmdlets that there are, and what one gives.

mod alerts;
mod audit;
mod clients;
mod folders;
mod groups;
mod labels;
mod mail;
mod mailbox;
mod message_trace;
mod numbered;
mod order;
mod organization;
mod outbound_spam;
mod people;
mod permissions;
mod recipient;
mod set_mailbox;
mod statistics;
mod view;

use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Parameters};
use crate::population::{Mailbox, Population};
use crate::rows::Row;
use crate::world::World;

pub(crate) use audit::AuditSessions;
pub(crate) use folders::FolderRights;
pub(crate) use labels::Labels;
pub(crate) use order::Orders;
pub(crate) use people::Photos;
pub(crate) use permissions::groups as permission_groups;
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
    pub(crate) parameters: &'a Parameters,
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
    exchange("Get-RoleGroup", people::GROUPS, people::role_groups),
    exchange("Get-RoleGroupMember", people::MEMBERS, people::role_group_members),
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

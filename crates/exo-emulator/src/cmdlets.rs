//! The cmdlets that there are, and what one gives.

mod alerts;
mod groups;
mod mailbox;
mod order;
mod organization;
mod outbound_spam;
mod permissions;
mod recipient;
mod set_mailbox;
mod statistics;
mod view;

use crate::app::Service;
use crate::cmdlet_error::CmdletError;
use crate::parameters::{Declared, Parameters, Type};
use crate::population::{Mailbox, Population};
use crate::rows::Row;
use crate::world::World;

pub(crate) use order::Orders;
pub(crate) use permissions::groups as permission_groups;
pub(crate) use set_mailbox::Overlay;

/// One cmdlet of one service.
pub(crate) struct Cmdlet {
    pub(crate) name: &'static str,
    service: Service,
    pub(crate) parameters: Declared,
    pub(crate) run: for<'a> fn(&Call<'a>) -> Result<Output<'a>, CmdletError>,
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

const CMDLETS: [Cmdlet; 14] = [
    Cmdlet { name: "Get-Mailbox", service: Service::Exchange, parameters: mailbox::PARAMETERS, run: mailbox::run },
    Cmdlet {
        name: "Set-Mailbox",
        service: Service::Exchange,
        parameters: set_mailbox::PARAMETERS,
        run: set_mailbox::run,
    },
    Cmdlet {
        name: "Get-Recipient",
        service: Service::Exchange,
        parameters: recipient::PARAMETERS,
        run: mailbox::recipients,
    },
    Cmdlet {
        name: "Get-MailboxStatistics",
        service: Service::Exchange,
        parameters: &[
            ("Identity", Type::Text),
            ("Archive", Type::Switch),
            ("IncludeMoveHistory", Type::Switch),
            ("IncludeMoveReport", Type::Switch),
            ("IncludeSoftDeletedRecipients", Type::Switch),
        ],
        run: statistics::run,
    },
    Cmdlet {
        name: "Get-MailboxPermission",
        service: Service::Exchange,
        parameters: &[
            ("Identity", Type::Text),
            ("User", Type::Text),
            ("Owner", Type::Switch),
            ("GroupMailbox", Type::Switch),
            ("IncludeSoftDeletedUserPermissions", Type::Switch),
            ("IncludeUnresolvedPermissions", Type::Switch),
            ("IncludeUserWithDisplayName", Type::Switch),
            ("ReadFromDomainController", Type::Switch),
            ("ResultSize", Type::ResultSize),
            ("SoftDeletedMailbox", Type::Switch),
        ],
        run: permissions::mailbox,
    },
    Cmdlet {
        name: "Get-RecipientPermission",
        service: Service::Exchange,
        parameters: &[
            ("Identity", Type::Text),
            ("Trustee", Type::Text),
            ("AccessRights", Type::Names(&["SendAs"])),
            ("IncludeTrusteeWithPrimarySmtpAddress", Type::Switch),
            ("ReadFromDomainController", Type::Switch),
            ("ResultSize", Type::ResultSize),
        ],
        run: permissions::recipient,
    },
    Cmdlet {
        name: "Get-MailboxFolderPermission",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text), ("User", Type::Text), ("ResultSize", Type::ResultSize)],
        run: groups::folder_permissions,
    },
    Cmdlet {
        name: "Get-DistributionGroupMember",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)],
        run: groups::members,
    },
    Cmdlet {
        name: "Get-DynamicDistributionGroupMember",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)],
        run: groups::members,
    },
    Cmdlet {
        name: "Get-AcceptedDomain",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text), ("ResultSize", Type::ResultSize)],
        run: organization::accepted_domains,
    },
    Cmdlet {
        name: "Get-OrganizationConfig",
        service: Service::Exchange,
        parameters: &[],
        run: organization::configuration,
    },
    Cmdlet {
        name: "Get-HostedOutboundSpamFilterPolicy",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text)],
        run: outbound_spam::policies,
    },
    Cmdlet {
        name: "Get-HostedOutboundSpamFilterRule",
        service: Service::Exchange,
        parameters: &[("Identity", Type::Text), ("State", Type::Names(&["Enabled", "Disabled"]))],
        run: outbound_spam::rules,
    },
    Cmdlet {
        name: "Get-ProtectionAlert",
        service: Service::Compliance,
        parameters: &[("Identity", Type::Text), ("IncludeRuleXml", Type::Switch)],
        run: alerts::run,
    },
];

/// The cmdlets of a service.
pub(crate) fn of(service: Service) -> impl Iterator<Item = &'static Cmdlet> {
    const TABLE: &[Cmdlet] = &CMDLETS;
    TABLE.iter().filter(move |known| known.service == service)
}

/// The cmdlet of that name in a service.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Cmdlet> {
    of(service).find(|known| known.name.eq_ignore_ascii_case(name))
}

//! What an app may do: directory role, role group, management role, cmdlet and parameter, each with its source.
//!
//! Written from Microsoft's documents and from what was seen in live organizations; where neither says anything,
//! a setting of the tenant decides.

mod book;
mod directory_roles;
mod published;
mod settings;
mod source;
mod table;
mod verdict;

use crate::access_token::Issued;
use crate::app::Service;
use crate::cmdlets::searches;
use crate::world::World;

pub(crate) use book::{Assignee, Assignment, Book, Books, Group, Member, Principal, Scope};
pub(crate) use published::all;
pub(crate) use settings::RoleSettings;
pub use settings::{ContentSearch, RefusedParameter};
pub use source::Certainty;
pub(crate) use table::{RoleTable, is_reading};
pub use verdict::Verdict;

use book::Holding;
use directory_roles::{DirectoryRole, Link};
use table::Cell;

/// The id that stands on every app-only token beside the roles, and is none.
pub(crate) const MARKER: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

/// The answer to "may this app do that here".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It may.
    Granted,
    /// Nothing opens the service to the app.
    NoRole,
    /// The service is open, the cmdlet is not.
    NotThisCmdlet,
}

/// What a caller may do in one service, now.
pub(crate) struct Rights<'w> {
    table: &'w RoleTable,
    service: Service,
    settings: RoleSettings,
    holdings: Vec<Holding>,
}

impl<'w> Rights<'w> {
    /// The rights by the roles in the token (`wids`) and by what no token shows: role groups and assignments.
    pub(crate) fn of(world: &'w World, issued: &Issued, service: Service) -> Self {
        let Some(app) = world.app(issued.app) else { return Self::none(world, service) };
        let none = Self::none(world, service);
        let roles = issued.wids.iter().filter_map(|id| directory_roles::find(id));
        let linked: Vec<&str> = roles.filter_map(|role| none.link(role)).map(|link| link.group).collect();
        let holdings = world.books.now(service).holdings(&app.object_id(), &linked);
        Self { holdings, ..none }
    }

    const fn none(world: &'w World, service: Service) -> Self {
        let settings = world.tenant.unsettled.roles;
        Self { table: &world.role_table, service, settings, holdings: Vec::new() }
    }

    /// The role group that a directory role opens the service by.
    fn link(&self, role: &DirectoryRole) -> Option<Link> {
        let counts = self.service == Service::Exchange || self.settings.directory_roles_in_compliance;
        role.link(self.service).filter(|_| counts)
    }

    /// Whether anything opens the service.
    pub(crate) const fn is_open(&self) -> bool {
        !self.holdings.is_empty()
    }

    pub(crate) fn access(&self, cmdlet: &str) -> Access {
        if self.is_open() && self.is_switched_off(cmdlet) {
            return Access::NotThisCmdlet;
        }
        match (self.is_open(), self.holding(cmdlet).next()) {
            (false, _) => Access::NoRole,
            (true, Some(_)) => Access::Granted,
            (true, None) => Access::NotThisCmdlet,
        }
    }

    /// Whether a caller who may run a cmdlet may pass this parameter to it.
    pub(crate) fn may_pass(&self, cmdlet: &str, parameter: &str) -> bool {
        let lacks = |holding: &Holding| matches!(self.cell(holding, (cmdlet, Some(parameter))), Cell::Lacks(_));
        self.holding(cmdlet).any(|holding| !lacks(holding))
    }

    /// The filters of which an object has to pass one to be changed by a cmdlet; none where any object may be.
    pub(crate) fn filters(&self, cmdlet: &str) -> Option<Vec<String>> {
        self.holding(cmdlet).map(|holding| holding.filter.clone()).collect()
    }

    /// Whether the service has no such cmdlet for apps, whatever their roles.
    fn is_switched_off(&self, cmdlet: &str) -> bool {
        self.settings.content_search == ContentSearch::Refused && searches::is_one(self.service, cmdlet)
    }

    /// What of all that is held has the cmdlet.
    fn holding(&self, cmdlet: &str) -> impl Iterator<Item = &Holding> {
        self.holdings.iter().filter(move |holding| match self.cell(holding, (cmdlet, None)) {
            Cell::Has(_) => true,
            Cell::Lacks(_) => false,
            Cell::Unknown => holding.any_task || self.settings.unknown_granted,
        })
    }

    fn cell(&self, holding: &Holding, what: (&str, Option<&str>)) -> Cell {
        holding.role.as_ref().map_or(Cell::Unknown, |role| self.table.cell(self.service, role, what))
    }
}

/// Whether a role has a cmdlet, or a parameter of one, alone.
pub(crate) fn has(world: &World, service: Service, role: &str, what: (&str, Option<&str>)) -> bool {
    match world.role_table.cell(service, role, what) {
        Cell::Has(_) => true,
        Cell::Lacks(_) => false,
        // Of a parameter nobody says anything unless it is special.
        Cell::Unknown => what.1.is_some() || world.tenant.unsettled.roles.unknown_granted,
    }
}

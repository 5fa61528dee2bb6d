//! Role groups, service principals, assignments and scopes of one service, as they are now.

use std::sync::{Arc, PoisonError, RwLock};

use super::directory_roles::DIRECTORY_ROLES;
use super::published::{self, PublishedGroup};
use crate::app::{App, Service};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::population::Population;
use crate::tenant::Tenant;

/// The record of an app's service principal in one service.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) guid: Guid,
    pub(crate) app_id: String,
    pub(crate) object_id: String,
    pub(crate) display_name: String,
}

/// Who is in a role group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    /// A service principal, by its object id.
    Principal(String),
    /// The person with the mailbox at this position.
    Person(u64),
    /// A group behind a directory role, by its name.
    Linked(String),
}

/// A role group; its roles are the assignments to it.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) guid: Guid,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) description: String,
    /// Whether its roles are known; what is not published cannot be.
    pub(crate) is_published: bool,
    pub(crate) is_built_in: bool,
    pub(crate) members: Vec<Member>,
    pub(crate) managed_by: Vec<String>,
}

/// Who holds a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Assignee {
    Group(Guid),
    /// A service principal, by its object id.
    App(String),
}

/// A management role held by somebody.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) guid: Guid,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) assignee: Assignee,
    /// The name of the scope that objects have to be in to be changed.
    pub(crate) scope: Option<String>,
}

/// A management scope: the recipients that pass a filter.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) guid: Guid,
    pub(crate) name: String,
    pub(crate) filter: String,
}

/// A role as somebody holds it.
#[derive(Clone, Debug)]
pub(crate) struct Holding {
    /// None for the roles of a group that are not published.
    pub(crate) role: Option<String>,
    /// Whether it comes with the group that is enough for any task in Exchange Online.
    pub(crate) any_task: bool,
    /// The filter that objects have to pass to be changed.
    pub(crate) filter: Option<String>,
}

/// Everything about roles that changes while a service runs.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) service: Service,
    /// Whether names of groups differ by case.
    names_have_case: bool,
    pub(crate) principals: Vec<Principal>,
    pub(crate) groups: Vec<Group>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) scopes: Vec<Scope>,
}

/// Topic of the facts that say who is in a role group.
const MEMBER: u64 = 150;
/// The group whose directory roles are marked as enough for any task in Exchange Online.
const ANY_TASK: &str = "Organization Management";

impl Book {
    fn begin(service: Service, tenant: &Tenant) -> Self {
        let mut book = Self {
            service,
            names_have_case: service == Service::Compliance && tenant.unsettled.roles.names_have_case,
            principals: Vec::new(),
            groups: Vec::new(),
            assignments: Vec::new(),
            scopes: Vec::new(),
        };
        for group in published::groups(service) {
            book.publish(group, tenant);
        }
        if service == Service::Exchange {
            book.link(tenant);
        }
        for app in &tenant.apps {
            for (_, name) in app.role_groups.iter().filter(|(of, _)| *of == service) {
                book.join(app, name);
            }
        }
        book
    }

    /// A group that is there from the beginning, some people in it.
    fn publish(&mut self, published: PublishedGroup, tenant: &Tenant) {
        let mut group = self.fresh_group(&published.name);
        published.display_name.clone_into(&mut group.display_name);
        group.is_published = published.roles.is_some();
        group.is_built_in = true;
        if self.service == Service::Exchange && group.is_published {
            group.members = people(tenant, self.groups.len() as u64);
        }
        let roles = published.roles.unwrap_or_default();
        for role in roles {
            self.assign(role, &group, None);
        }
        self.groups.push(group);
    }

    /// The groups behind the directory roles, each in its role group; who is in them is hidden.
    fn link(&mut self, tenant: &Tenant) {
        for role in DIRECTORY_ROLES {
            let Some(link) = role.link(Service::Exchange) else { continue };
            let Some(through) = link.through else { continue };
            let number = mix_text(MEMBER, &format!("{through}{}", tenant.id)) % 2_000_000_000;
            let name = format!("{through}_{number}");
            let mut group = self.fresh_group(&name);
            group.is_built_in = true;
            self.groups.push(group);
            if let Some(parent) = self.groups.iter_mut().find(|group| group.display_name == link.group) {
                parent.members.push(Member::Linked(name));
            }
        }
    }

    /// Puts an app into a group, which is made if it is not there; nobody knows the roles of such a group.
    fn join(&mut self, app: &App, name: &str) {
        let object_id = app.object_id();
        if self.principal(&object_id).is_none() {
            self.principals.push(Principal {
                guid: Guid::hashed(mix_text(151, &object_id), self.service as u64),
                app_id: app.id.clone(),
                object_id: object_id.clone(),
                display_name: app.display_name.clone(),
            });
        }
        let plain = |name: &str| name.to_ascii_lowercase().replace([' ', '-'], "");
        let known = self
            .groups
            .iter()
            .position(|group| [&group.name, &group.display_name].iter().any(|known| plain(known) == plain(name)));
        let place = known.unwrap_or_else(|| {
            let mut group = self.fresh_group(name);
            group.is_published = false;
            self.groups.push(group);
            self.groups.len() - 1
        });
        if let Some(group) = self.groups.get_mut(place) {
            group.members.push(Member::Principal(object_id));
        }
    }

    /// A group without roles and members.
    pub(crate) fn fresh_group(&self, name: &str) -> Group {
        Group {
            guid: Guid::hashed(mix_text(152, name), self.service as u64),
            name: name.to_owned(),
            display_name: name.to_owned(),
            description: String::new(),
            is_published: true,
            is_built_in: false,
            members: Vec::new(),
            managed_by: Vec::new(),
        }
    }

    /// Gives a role to a group.
    pub(crate) fn assign(&mut self, role: &str, group: &Group, scope: Option<&str>) {
        let name = format!("{role}-{}", group.name);
        self.assignments.push(Assignment {
            guid: Guid::hashed(mix_text(153, &name), self.service as u64),
            name,
            role: role.to_owned(),
            assignee: Assignee::Group(group.guid),
            scope: scope.map(ToOwned::to_owned),
        });
    }

    /// A service principal by any of its names.
    pub(crate) fn principal(&self, identity: &str) -> Option<&Principal> {
        self.principals.iter().find(|known| {
            [&known.app_id, &known.object_id, &known.display_name, &known.guid.to_string()]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(identity))
        })
    }

    /// The place of a role group that goes by this name; Security & Compliance takes it with and without spaces.
    pub(crate) fn group(&self, identity: &str) -> Option<usize> {
        let same = |name: &String| name.eq_ignore_ascii_case(identity) && (!self.names_have_case || name == identity);
        let is_called = |known: &Group| {
            [&known.name, &known.display_name].into_iter().any(same)
                || known.guid.to_string().eq_ignore_ascii_case(identity)
        };
        self.groups.iter().position(is_called)
    }

    /// The roles of a group, in the order in which it got them.
    pub(crate) fn roles_of(&self, group: &Group) -> impl Iterator<Item = &Assignment> {
        let assignee = Assignee::Group(group.guid);
        self.assignments.iter().filter(move |assignment| assignment.assignee == assignee)
    }

    /// What a service principal holds, in the groups behind its directory roles and in those that it is a member of.
    pub(crate) fn holdings(&self, object_id: &str, linked: &[&str]) -> Vec<Holding> {
        let me = |member: &Member| matches!(member, Member::Principal(id) if id.eq_ignore_ascii_case(object_id));
        let mut held = Vec::new();
        for group in &self.groups {
            let is_linked = group.is_built_in && linked.contains(&group.display_name.as_str());
            if !is_linked && !group.members.iter().any(me) {
                continue;
            }
            let any_task = self.service == Service::Exchange && group.display_name == ANY_TASK;
            if !group.is_published {
                held.push(Holding { role: None, any_task, filter: None });
            }
            held.extend(self.roles_of(group).filter_map(|assignment| self.holding(assignment, any_task)));
        }
        let own = self.assignments.iter().filter(
            |assignment| matches!(&assignment.assignee, Assignee::App(id) if id.eq_ignore_ascii_case(object_id)),
        );
        held.extend(own.filter_map(|assignment| self.holding(assignment, false)));
        held
    }

    /// What an assignment is good for; the roles for applications open mailboxes to other interfaces, and no cmdlet.
    fn holding(&self, assignment: &Assignment, any_task: bool) -> Option<Holding> {
        if assignment.role.starts_with("Application ") {
            return None;
        }
        let filter = assignment.scope.as_ref().map(|name| {
            let scope = self.scopes.iter().find(|scope| scope.name.eq_ignore_ascii_case(name));
            scope.map_or_else(String::new, |scope| scope.filter.clone())
        });
        Some(Holding { role: Some(assignment.role.clone()), any_task, filter })
    }
}

/// A few people of the tenant, by chance.
fn people(tenant: &Tenant, number: u64) -> Vec<Member> {
    let people = Population::of(tenant);
    let all = people.count();
    let count = (1 + people.fact(MEMBER, number) % 4).min(all);
    (0..count).map(|place| Member::Person((people.fact(MEMBER, number) / 4 + place) % all.max(1))).collect()
}

/// The books of both services, which share names and nothing else.
#[derive(Debug)]
pub(crate) struct Books {
    exchange: RwLock<Arc<Book>>,
    compliance: RwLock<Arc<Book>>,
}

impl Books {
    pub(crate) fn begin(tenant: &Tenant) -> Self {
        let book = |service| RwLock::new(Arc::new(Book::begin(service, tenant)));
        Self { exchange: book(Service::Exchange), compliance: book(Service::Compliance) }
    }

    const fn of(&self, service: Service) -> &RwLock<Arc<Book>> {
        match service {
            Service::Exchange => &self.exchange,
            Service::Compliance => &self.compliance,
        }
    }

    /// The book of a service as it is now.
    pub(crate) fn now(&self, service: Service) -> Arc<Book> {
        Arc::clone(&self.of(service).read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the book of a service, wholly or not at all.
    pub(crate) fn change<T>(
        &self,
        service: Service,
        change: impl FnOnce(&mut Book) -> Result<T, CmdletError>,
    ) -> Result<T, CmdletError> {
        let mut book = self.of(service).write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Book::clone(&book);
        let done = change(&mut changed)?;
        *book = Arc::new(changed);
        Ok(done)
    }
}

//! What the roles of a token mean for a cmdlet or a parameter of a service that is open to it.

use super::{Asked, Grants};
use crate::holding::{Known, directory_roles, groups_that_hold, reported_missing};
use crate::{Answer, DirectoryRole, Doubt, Grant, Holds, RoleGroup, Why, management_role};
use exo_catalog::Access;
use exo_model::{CmdletName, Service};

/// What the directory roles of a token mean for a cmdlet.
pub(super) fn cmdlet(grants: &Grants, asked: &Asked<'_>) -> Answer {
    let roles = grants.roles_in(asked.service);
    let name = || asked.name.clone();
    let read_only = roles.iter().all(|role| role.reads_only) && grants.others.is_empty();
    if read_only && asked.cmdlet.access() == Access::Write {
        return Answer::No { why: Why::ReadOnlyRoles { cmdlet: name(), roles } };
    }
    let known = Known::of(asked.service, asked.cmdlet);
    let case = Case::new(asked, None, roles);
    if let Some(answer) = case.settled(&known) {
        return answer;
    }
    let why =
        case.reported().or_else(|| case.held(&known)).or_else(|| case.by_group()).or_else(|| case.doubted(&known));
    Answer::Maybe { why: why.unwrap_or_else(|| Why::Unpublished { cmdlet: name() }) }
}

/// What they mean for a parameter, where anything is known of it.
pub(super) fn parameter(grants: &Grants, asked: &Asked<'_>, parameter: &'static str) -> Option<Answer> {
    let any = directory_roles(asked.service, asked.cmdlet.name(), parameter);
    let has = |wanted: &&str| {
        grants.roles.iter().any(|role| role.name == *wanted) || grants.others.iter().any(|name| name == wanted)
    };
    if !any.is_empty() && !any.iter().any(has) {
        let why = Why::DirectoryRoleNeeded { cmdlet: asked.name.clone(), parameter: parameter.to_owned(), any };
        return Some(Answer::Maybe { why });
    }
    let case = Case::new(asked, Some(parameter), grants.roles_in(asked.service));
    let known = Known::of_parameter(asked.service, asked.cmdlet, parameter);
    let maybe = |why| Answer::Maybe { why };
    if known.is_empty() {
        return case.reported().map(maybe);
    }
    case.settled(&known).or_else(|| case.held(&known).map(maybe))
}

/// What was asked, and the directory roles that may answer it.
struct Case<'a> {
    asked: &'a Asked<'a>,
    parameter: Option<&'static str>,
    roles: Vec<&'static DirectoryRole>,
    /// The management roles that they are known to give.
    held: Vec<(&'static DirectoryRole, &'static str)>,
}

impl<'a> Case<'a> {
    fn new(asked: &'a Asked<'a>, parameter: Option<&'static str>, roles: Vec<&'static DirectoryRole>) -> Self {
        let of = |role: &&'static DirectoryRole| {
            let role = *role;
            role.management_roles(asked.service).map(move |held| (role, held.name()))
        };
        let held = roles.iter().flat_map(of).collect();
        Self { asked, parameter, roles, held }
    }

    /// What Microsoft's documentation settles: the two roles that are enough for any task, and what is in certain roles only.
    fn settled(&self, known: &Known) -> Option<Answer> {
        let needs = known.only();
        let possible = self.held.iter().any(|(_, held)| known.holds(held) <= Holds::Possible);
        if !needs.is_empty() && !possible {
            let roles = needs.iter().filter_map(|name| management_role(self.asked.service, name));
            let mut groups: Vec<_> = roles.flat_map(|role| role.role_groups().map(RoleGroup::name)).collect();
            groups.sort_unstable();
            groups.dedup();
            let (cmdlet, parameter) = self.what();
            return Some(Answer::Maybe { why: Why::OtherRole { cmdlet, parameter, needs, groups } });
        }
        let any_task =
            |role: &&'static DirectoryRole| self.asked.service == Service::Exchange && role.any_exchange_task;
        let roles: Vec<_> = self.roles.iter().copied().filter(any_task).collect();
        let disputed = !needs.is_empty() && !self.held.iter().any(|(_, held)| needs.contains(held));
        if roles.is_empty() || disputed {
            return None;
        }
        Some(Answer::Yes { by: Grant { roles, service: self.asked.service, cmdlet: Some(self.asked.name.clone()) } })
    }

    /// What was reported not to work for any of the roles.
    fn reported(&self) -> Option<Why> {
        let missing =
            self.roles.iter().all(|role| reported_missing(role.name, self.asked.cmdlet.name(), self.parameter));
        missing.then(|| self.unlikely(Vec::new(), Doubt::Reported))
    }

    /// The management role that is known to hold it, the surest first.
    fn held(&self, known: &Known) -> Option<Why> {
        let all = self.held.iter().map(|(role, held)| (known.holds(held), *role, *held));
        let (holds, role, through) = all.min_by_key(|(holds, _, _)| *holds)?;
        let (cmdlet, parameter) = self.what();
        if holds <= Holds::Reported {
            return Some(Why::Likely { cmdlet, parameter, role, through, by_group: false, holds });
        }
        if known.disputes(through) {
            return Some(Why::Disputed { cmdlet, through, needs: known.only() });
        }
        (holds == Holds::Possible).then(|| Why::Bounded { cmdlet, role, through, at_most: known.at_most().to_vec() })
    }

    /// The role group that holds it, by a management role that nobody names.
    fn by_group(&self) -> Option<Why> {
        let groups = groups_that_hold(self.asked.service, self.asked.cmdlet.name());
        let linked = self.roles.iter().filter_map(|role| Some((*role, role.group(self.asked.service)?.group)));
        let (role, through) = linked.into_iter().find(|(_, group)| groups.contains(group))?;
        let (cmdlet, parameter) = self.what();
        Some(Why::Likely { cmdlet, parameter, role, through, by_group: true, holds: Holds::Documented })
    }

    /// What speaks against all management roles.
    fn doubted(&self, known: &Known) -> Option<Why> {
        let mut held = self.held.iter().map(|(_, held)| *held).peekable();
        held.peek()?;
        let mut doubts =
            held.map(|held| Some(known.doubt(held)).filter(|_| known.holds(held) == Holds::Doubtful).flatten());
        let first = doubts.next()??;
        doubts.all(|doubt| doubt.is_some()).then(|| self.unlikely(known.at_most().to_vec(), first))
    }

    fn unlikely(&self, needs: Vec<&'static str>, doubt: Doubt) -> Why {
        let (cmdlet, parameter) = self.what();
        Why::Unlikely { cmdlet, parameter, roles: self.roles.clone(), needs, doubt }
    }

    fn what(&self) -> (CmdletName, Option<String>) {
        (self.asked.name.clone(), self.parameter.map(ToOwned::to_owned))
    }
}

//! Which roles would open what is needed, of all three kinds; and what a role opens.

use crate::holding::{Known, directory_roles as directory_roles_of, groups_that_hold};
use crate::limits::limit;
use crate::{
    Answer, DirectoryRole, Grants, Holds, Limit, ManagementRole, Need, RoleGroup, Sureness, management_roles,
    role_groups,
};
use exo_catalog::{Cmdlet, find};
use exo_model::{CmdletName, Service};

/// A directory role that would, or may, open a cmdlet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleOption {
    /// The role.
    pub role: &'static DirectoryRole,
    /// The service that runs the cmdlet.
    pub service: Service,
    /// Yes, or what is known.
    pub answer: Answer,
}

/// A role group that holds a cmdlet, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupOption {
    /// The group.
    pub group: RoleGroup,
    /// Its management role that holds the cmdlet, where one is known.
    pub through: Option<ManagementRole>,
    /// How that is known.
    pub holds: Holds,
}

/// Everything that would, or may, open a need; of each kind the surest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Openers {
    /// Directory roles.
    pub directory_roles: Vec<RoleOption>,
    /// Role groups that exist.
    pub role_groups: Vec<GroupOption>,
    /// Management roles, for a role group of one's own.
    pub management_roles: Vec<(ManagementRole, Holds)>,
    /// Directory roles of which the service looks for one in the directory itself, whatever the role groups; mostly none.
    pub in_directory: Vec<&'static str>,
    /// Microsoft lists it as unsupported for apps, whatever their roles.
    pub limit: Option<&'static Limit>,
}

/// The directory roles that open a service.
///
/// ```
/// use exo_model::Service;
/// assert_eq!(exo_rbac::roles_for(Service::Exchange).count(), 8);
/// assert_eq!(exo_rbac::roles_for(Service::Compliance).count(), 5);
/// ```
pub fn roles_for(service: Service) -> impl Iterator<Item = &'static DirectoryRole> {
    DirectoryRole::ALL.iter().filter(move |role| role.today.contains(service))
}

/// The directory roles that would, or may, open a cmdlet, in both services, the surest first; those that a source speaks against are
/// left out.
///
/// ```
/// let options = exo_rbac::roles_for_cmdlet(&"Get-AcceptedDomain".parse()?);
/// assert!(options[0].answer.is_yes());
/// assert!(options.iter().any(|option| option.role.name == "Global Reader"));
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn roles_for_cmdlet(cmdlet: &CmdletName) -> Vec<RoleOption> {
    let of = |service: &Service| directory_roles(&Need::new(*service, cmdlet.clone()));
    let mut options: Vec<_> = Service::ALL.iter().flat_map(of).collect();
    options.sort_by_key(|option| option.answer.sureness());
    options
}

/// Everything that would, or may, open a cmdlet with its parameters.
///
/// ```
/// use exo_model::Service;
/// use exo_rbac::{Holds, Need, openers};
/// let found = openers(&Need::new(Service::Exchange, "Get-AddressList".parse()?));
/// assert!(found.directory_roles.is_empty());
/// assert_eq!(found.management_roles[0].0.name(), "Address Lists");
/// assert_eq!(found.management_roles[0].1, Holds::Documented);
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn openers(need: &Need) -> Openers {
    let mut openers = Openers {
        directory_roles: directory_roles(need),
        role_groups: Vec::new(),
        management_roles: Vec::new(),
        in_directory: in_directory(need),
        limit: limit(need.service, &need.cmdlet),
    };
    let Some(cmdlet) = in_service(need) else { return openers };
    let holding = Holding::of(need, cmdlet);
    let held = management_roles(need.service).into_iter().filter(|role| !role.is_retired());
    openers.management_roles =
        held.map(|role| (role, holding.by_role(role))).filter(|(_, holds)| *holds <= Holds::Possible).collect();
    openers.management_roles.sort_by_key(|(role, holds)| (*holds, !role.reads_only()));
    openers.role_groups = role_groups(need.service).map(|group| holding.by_group(group)).collect();
    openers.role_groups.retain(|option| option.holds <= Holds::Possible);
    openers.role_groups.sort_by_key(|option| (option.holds, option.group.roles().count()));
    openers
}

/// The cmdlets that some management roles hold, or held at most, by their names; nothing of those of which no source says anything.
///
/// ```
/// use exo_model::Service;
/// let role = exo_rbac::management_role(Service::Exchange, "View-Only Configuration").ok_or("no such role")?;
/// let known = exo_rbac::known_cmdlets(&[role]);
/// assert!(known.iter().any(|(cmdlet, _)| cmdlet.name() == "Get-TransportRule"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn known_cmdlets(roles: &[ManagementRole]) -> Vec<(Cmdlet, Holds)> {
    let best = |cmdlet: Cmdlet| {
        let of = |role: &ManagementRole| {
            let service = role.service();
            cmdlet.services().contains(service).then(|| Known::of(service, cmdlet).holds(role.name()))
        };
        roles.iter().filter_map(of).min().filter(|holds| *holds <= Holds::Possible)
    };
    exo_catalog::all()
        .filter(|cmdlet| !cmdlet.module_only())
        .filter_map(|cmdlet| Some((cmdlet, best(cmdlet)?)))
        .collect()
}

fn directory_roles(need: &Need) -> Vec<RoleOption> {
    let of = |role: &'static DirectoryRole| {
        let answer = Grants::of_role(need.service, role).roles_open(need);
        RoleOption { role, service: need.service, answer }
    };
    let mut options: Vec<_> = roles_for(need.service).map(of).collect();
    options.retain(|option| option.answer.sureness() <= Sureness::Possible);
    options.sort_by_key(|option| option.answer.sureness());
    options
}

/// The directory roles that a parameter of a need asks for in the directory itself.
pub(crate) fn in_directory(need: &Need) -> Vec<&'static str> {
    let Some(cmdlet) = in_service(need) else { return Vec::new() };
    let of = |name: &String| {
        let name = cmdlet.parameter(name).map_or(name.as_str(), |known| known.name());
        directory_roles_of(need.service, cmdlet.name(), name)
    };
    need.parameters.iter().map(of).find(|roles| !roles.is_empty()).unwrap_or_default()
}

pub(crate) fn in_service(need: &Need) -> Option<Cmdlet> {
    let known = find(&need.cmdlet)?;
    Some(known.of_service().unwrap_or(known)).filter(|cmdlet| cmdlet.services().contains(need.service))
}

/// What is known of a cmdlet and of its parameters.
struct Holding {
    cmdlet: Known,
    parameters: Vec<Known>,
    groups: Vec<&'static str>,
}

impl Holding {
    /// What is known of a need, where it is one of this service.
    fn in_service(need: &Need, service: Service) -> Option<Self> {
        in_service(need).filter(|_| need.service == service).map(|cmdlet| Self::of(need, cmdlet))
    }

    fn of(need: &Need, cmdlet: Cmdlet) -> Self {
        let parameter = |name: &String| {
            let name = cmdlet.parameter(name).map_or(name.as_str(), |known| known.name());
            Some(Known::of_parameter(need.service, cmdlet, name)).filter(|known| !known.is_empty())
        };
        Self {
            cmdlet: Known::of(need.service, cmdlet),
            parameters: need.parameters.iter().filter_map(parameter).collect(),
            groups: groups_that_hold(need.service, cmdlet.name()).into_iter().chain(any_task(need)).collect(),
        }
    }

    /// How sure it is that a role holds the cmdlet with all parameters: who holds a parameter holds its cmdlet.
    fn by_role(&self, role: ManagementRole) -> Holds {
        match self.parameters.iter().map(|known| known.holds(role.name())).max() {
            Some(holds @ (Holds::Documented | Holds::Doubtful)) => holds,
            Some(_) => self.cmdlet.holds(role.name()).max(Holds::Unknown),
            None => self.cmdlet.holds(role.name()),
        }
    }

    fn by_group(&self, group: RoleGroup) -> GroupOption {
        if self.groups.contains(&group.name()) {
            return GroupOption { group, through: None, holds: Holds::Documented };
        }
        let roles = group.management_roles().filter(|role| !role.is_retired());
        let best = roles.map(|role| (self.by_role(role), role)).min_by_key(|(holds, _)| *holds);
        let (holds, role) = best.map_or((Holds::Unknown, None), |(holds, role)| (holds, Some(role)));
        GroupOption { group, through: role, holds }
    }
}

impl ManagementRole {
    /// How sure it is that it holds a cmdlet with its parameters.
    ///
    /// ```
    /// use exo_model::Service;
    /// use exo_rbac::{Holds, Need};
    /// let role = exo_rbac::management_role(Service::Exchange, "View-Only Recipients").ok_or("no such role")?;
    /// assert_eq!(role.holds(&Need::new(Service::Exchange, "Get-Mailbox".parse()?)), Holds::Seen);
    /// assert_eq!(role.holds(&Need::new(Service::Exchange, "Set-Mailbox".parse()?)), Holds::Doubtful);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn holds(self, need: &Need) -> Holds {
        match Holding::in_service(need, self.service()) {
            Some(holding) => holding.by_role(self),
            None => Holds::Doubtful,
        }
    }
}

impl RoleGroup {
    /// How sure it is that it holds a cmdlet with its parameters.
    pub fn holds(self, need: &Need) -> Holds {
        match Holding::in_service(need, self.service()) {
            Some(holding) => holding.by_group(self).holds,
            None => Holds::Doubtful,
        }
    }
}

/// The role groups behind the directory roles that are enough for any task in Exchange Online, where that holds for a need.
fn any_task(need: &Need) -> Option<&'static str> {
    let role = DirectoryRole::ALL.iter().find(|role| role.any_exchange_task && need.service == Service::Exchange)?;
    let open = Grants::of_role(need.service, role).roles_open(need).is_yes();
    role.exchange_group.filter(|_| open).map(|link| link.group)
}

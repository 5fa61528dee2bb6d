//! What an app is for: the services and the least directory roles that its reports need.

use super::prover::AsTheApp;
use crate::arguments::PurposeFlags;
use crate::bundled::{self, Found};
use crate::failure::{Failure, Result};
use exo_model::{CmdletName, ErrorKind, Service};
use exo_onboard::Role;
use exo_rbac::{DirectoryRole, Least, Need};
use std::fmt;

/// What an app is for.
#[derive(Debug, Clone)]
pub(super) struct Purpose {
    /// The reports that were named; none where all bundled ones are meant.
    pub(super) named: Vec<String>,
    /// The services that it signs in to.
    pub(super) services: Vec<Service>,
    /// The directory roles that it needs, or that were named.
    pub(super) roles: Vec<Role>,
    /// Why roles that change something are among them, though reports only read.
    pub(super) because: Vec<Because>,
    /// What the reports call.
    pub(super) needed: Vec<Need>,
    /// What is not known to be opened by the roles; nothing more is asked for because of it.
    pub(super) unsure: Vec<Unsure>,
}

/// What a role is for that none of the lesser ones opens.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Because {
    /// The role.
    pub(super) role: &'static str,
    /// The cmdlets.
    pub(super) cmdlets: Vec<String>,
    /// The reports that call them.
    pub(super) reports: Vec<String>,
}

/// A cmdlet that the roles open only perhaps, or not at all, as far as any source tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsure {
    /// The cmdlet.
    pub(super) cmdlet: CmdletName,
    /// What is known of it.
    pub(super) why: String,
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, cmdlets, reports) = (self.role, self.cmdlets.join(", "), self.reports.join(", "));
        write!(
            f,
            "{role}: no lesser role is known to open {cmdlets} (called by {reports}); --report or --role ask for less"
        )
    }
}

impl Purpose {
    /// What the flags ask for; the bundled reports where they name none.
    pub(super) fn of(flags: &PurposeFlags) -> Result<Self> {
        let reports = reports(&flags.reports)?;
        let needed = needed(&reports);
        let services = services(&flags.services, &needed)?;
        let within: Vec<Need> = needed.into_iter().filter(|need| services.contains(&need.service)).collect();
        let named = flags.reports.clone();
        if !flags.roles.is_empty() {
            let roles = named_roles(&flags.roles)?;
            return Ok(Self { named, services, roles, because: Vec::new(), needed: within, unsure: Vec::new() });
        }
        let least = exo_rbac::least(&within);
        let roles = least.roles.iter().map(|role| known(role)).collect::<Result<_>>()?;
        let because = because(&least, &reports);
        let open = least.unsure.into_iter().chain(least.beyond);
        let unsure = open.map(|(cmdlet, answer)| Unsure { cmdlet, why: answer.to_string() }).collect();
        Ok(Self { named, services, roles, because, needed: within, unsure })
    }

    /// What stays open after the app has signed in: what a service does not offer, and what is not known of one that
    /// was not asked.
    pub(super) fn open_after(&self, prover: &AsTheApp) -> Vec<Unsure> {
        let lacking = prover.lacking(&self.needed).into_iter().map(|cmdlet| {
            let known =
                self.unsure.iter().find(|unsure| unsure.cmdlet == cmdlet).map(|unsure| format!(": {}", unsure.why));
            Unsure { why: format!("the service does not offer it to the app{}", known.unwrap_or_default()), cmdlet }
        });
        let unasked = |unsure: &&Unsure| {
            self.needed.iter().any(|need| need.cmdlet == unsure.cmdlet && !prover.has_seen(need.service))
        };
        lacking.chain(self.unsure.iter().filter(unasked).cloned()).collect()
    }

    /// The names of the roles.
    pub(super) fn role_names(&self) -> Vec<&str> {
        self.roles.iter().map(|role| role.name.as_str()).collect()
    }
}

fn reports(named: &[String]) -> Result<Vec<Found>> {
    if named.is_empty() {
        return bundled::all();
    }
    let mut all = Vec::new();
    for name in named {
        all.extend(bundled::find(name)?);
    }
    Ok(all)
}

/// Every cmdlet that the reports declare, with its parameters.
fn needed(reports: &[Found]) -> Vec<Need> {
    let mut all = Vec::new();
    for declared in reports.iter().flat_map(|found| &found.report.needs) {
        for cmdlet in &declared.cmdlets {
            let need = Need::new(declared.service, cmdlet.name.clone());
            all.push(cmdlet.parameters.iter().fold(need, Need::with));
        }
    }
    all
}

fn services(named: &[String], needed: &[Need]) -> Result<Vec<Service>> {
    let mut services = Vec::new();
    for name in named {
        services.extend(crate::arguments::services(Some(name))?);
    }
    if services.is_empty() {
        services.extend(needed.iter().map(|need| need.service));
    }
    services.sort_unstable();
    services.dedup();
    Ok(services)
}

/// The roles that change something, each with what asks for it.
fn because(least: &Least, reports: &[Found]) -> Vec<Because> {
    let roles = least.roles.iter().zip(&least.because).filter(|(role, _)| !role.reads_only);
    let of = |(role, cmdlets): (&&'static DirectoryRole, &Vec<CmdletName>)| {
        let calls = |found: &&Found| found.report.cmdlets().any(|(_, need)| cmdlets.contains(&need.name));
        Because {
            role: role.name,
            cmdlets: cmdlets.iter().map(ToString::to_string).collect(),
            reports: reports.iter().filter(calls).map(|found| found.report.name.clone()).collect(),
        }
    };
    roles.map(of).collect()
}

/// The roles that were named, by name or template id; `none` alone means no role.
pub(super) fn named_roles(named: &[String]) -> Result<Vec<Role>> {
    if let [only] = named
        && only.eq_ignore_ascii_case("none")
    {
        return Ok(Vec::new());
    }
    named.iter().map(|name| named_role(name)).collect()
}

fn named_role(name: &str) -> Result<Role> {
    if let Some(role) = DirectoryRole::by_name(name).or_else(|| DirectoryRole::by_template_id(name)) {
        return known(role);
    }
    // Other roles of the directory open neither service by themselves; whoever names one by its id means it.
    match exo_rbac::role_name(name) {
        Some(title) => role(name, title),
        None => Err(Failure::usage(format!("`{name}` is not a directory role that opens a service"))
            .hinted("`exoctl roles` lists them; another one can be named by its template id")),
    }
}

fn known(found: &DirectoryRole) -> Result<Role> {
    role(found.template_id, found.name)
}

fn role(template_id: &str, name: &str) -> Result<Role> {
    Role::new(template_id, name).map_err(|error| Failure::new(ErrorKind::Fault, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_by_name_or_template_id() {
        let named = |names: &[&str]| named_roles(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let reader = named(&["Global Reader"]).unwrap();
        assert_eq!(named(&["F2EF992C-3AFB-46B9-B7CF-A126EE74C451"]).unwrap()[0].name, "Global Reader");
        assert_eq!(reader[0].template_id.as_str(), "f2ef992c-3afb-46b9-b7cf-a126ee74c451");
        assert!(named(&["none"]).unwrap().is_empty());
        assert!(named(&["fe930be7-5e62-47db-91af-98c3a49a38b1"]).unwrap()[0].name.starts_with("User Admin"));
        assert_eq!(named(&["none", "Global Reader"]).unwrap_err().kind(), ErrorKind::Usage);
        assert_eq!(named(&["Mail Recipients"]).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn a_service_that_is_named_leaves_the_other_one_out() {
        let needed = [Need::new(Service::Exchange, "Get-Mailbox".parse().unwrap())];
        assert_eq!(services(&[], &needed).unwrap(), [Service::Exchange]);
        assert_eq!(services(&["scc".into(), "EXO".into(), "exo".into()], &needed).unwrap(), Service::ALL);
    }
}

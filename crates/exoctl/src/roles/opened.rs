//! `exoctl roles --role`: what a directory role, a role group or a management role opens, as far as that is known.

use super::wanted::of_report;
use crate::arguments::Results;
use crate::bundled::{self, Found};
use crate::failure::{Failure, Result};
use crate::{table, terminal};
use exo_model::Service;
use exo_rbac::{
    Answer, Certainty, DirectoryRole, Grants, GroupLink, ManagementRole, Need, PERMISSION, RoleGroup, Sureness,
    known_cmdlets, management_role, management_roles, role_group, role_groups,
};
use serde_json::{Value, json};

/// Prints what everything of this name opens.
pub(super) fn run(name: &str, services: &[Service], results: &Results) -> Result<()> {
    let reports = bundled::all().unwrap_or_else(|failure| {
        terminal::say(&format!("without reports: {}", failure.text()));
        Vec::new()
    });
    let mut rows = Rows { rows: Vec::new(), reports };
    let role = DirectoryRole::by_name(name).or_else(|| DirectoryRole::by_template_id(name));
    if let Some(role) = role {
        rows.of_directory_role(role, services);
    }
    for service in services {
        let linked = role.and_then(|role| role.group(*service)).map(|link| link.group);
        match role_group(*service, name) {
            Some(group) if linked == Some(group.name()) => {}
            Some(group) => rows.of_group(group),
            None if role.is_none() => rows.rows.extend(management_role(*service, name).map(Row::of_role_itself)),
            None => {}
        }
    }
    let held: Vec<_> = rows.rows.iter().filter_map(|row| row.role).collect();
    for role in held {
        rows.of_management_role(role);
    }
    if rows.rows.is_empty() {
        return Err(unknown(name, services));
    }
    let columns = table::texts(&["service", "kind", "name", "answer", "because"]);
    table::write(&columns, rows.rows.into_iter().map(Row::into_values), results)
}

/// A line of the result.
struct Row {
    services: Vec<Service>,
    kind: &'static str,
    name: String,
    answer: Sureness,
    because: String,
    /// The management role that was asked for, whose cmdlets and reports are still to be told.
    role: Option<ManagementRole>,
}

impl Row {
    fn new(
        service: Service,
        kind: &'static str,
        name: impl Into<String>,
        answer: Sureness,
        because: impl Into<String>,
    ) -> Self {
        Self { services: vec![service], kind, name: name.into(), answer, because: because.into(), role: None }
    }

    fn of_role_itself(role: ManagementRole) -> Self {
        let groups: Vec<_> = role.role_groups().map(RoleGroup::name).collect();
        let because = match groups.as_slice() {
            _ if role.is_retired() => "left over from Unified Messaging".to_owned(),
            [] => "in no role group by default".to_owned(),
            groups => format!("by default in {}", groups.join(", ")),
        };
        let row = Self::new(role.service(), "management role", role.name(), Sureness::Yes, because);
        // What is left over holds nothing any more.
        Self { role: Some(role).filter(|role| !role.is_retired()), ..row }
    }

    fn into_values(self) -> Vec<Value> {
        let services: Vec<&str> = self.services.iter().map(|service| service.as_str()).collect();
        vec![
            json!(services.join(" ")),
            json!(self.kind),
            json!(self.name),
            json!(self.answer.as_str()),
            json!(self.because),
        ]
    }
}

/// The lines so far, and the reports that a role may be enough for.
struct Rows {
    rows: Vec<Row>,
    reports: Vec<Found>,
}

impl Rows {
    fn of_directory_role(&mut self, role: &'static DirectoryRole, services: &[Service]) {
        for service in services.iter().copied() {
            let grants = grants(service, role);
            if !role.today.contains(service) {
                let because = format!("the app-only article does not name it for {}", service.title());
                self.rows.push(Row::new(service, "sign-in", role.name, Sureness::Doubtful, because));
                continue;
            }
            let since = role.added.map(|day| format!(" since {day}")).unwrap_or_default();
            let because = format!("{}{since}", grants.opens(service));
            self.rows.push(Row::new(service, "sign-in", role.name, Sureness::Yes, because));
            if let Some(link) = role.group(service) {
                self.of_link(service, link);
            }
            if service == Service::Exchange && role.any_exchange_task {
                self.rows.push(Row::new(
                    service,
                    "cmdlet",
                    "any",
                    Sureness::Yes,
                    "enough for any task by the app-only article",
                ));
            } else {
                let held: Vec<_> = role.management_roles(service).collect();
                self.cmdlets(service, &held, |need| {
                    let answer = grants.need(need);
                    (answer.sureness(), answer.to_string())
                });
            }
        }
        let answer = |need: &Need| grants(need.service, role).need(need);
        self.reports(services, |need| {
            let answer: Answer = answer(need);
            (answer.sureness(), answer.to_string())
        });
    }

    /// The role group behind a directory role, and its management roles.
    fn of_link(&mut self, service: Service, link: GroupLink) {
        let (answer, how) = match link.certainty {
            Certainty::Documented => (Sureness::Yes, "stated by Microsoft"),
            Certainty::Observed => (Sureness::Likely, "seen in organizations"),
            _ => (Sureness::Possible, "concluded from the name, or from one source outside Microsoft"),
        };
        let through = link.through.map(|stem| format!(", through {stem}_<number>")).unwrap_or_default();
        self.rows.push(Row::new(service, "role group", link.group, answer, format!("{how}{through}")));
        if let Some(group) = role_group(service, link.group) {
            self.management_roles(group, answer);
        }
    }

    fn of_group(&mut self, group: RoleGroup) {
        let service = group.service();
        let because = match (group.is_published(), group.powershell_name()) {
            (false, _) => "its management roles are not published".to_owned(),
            (true, None) => "exists by default".to_owned(),
            (true, Some(name)) => format!("exists by default; {name} in PowerShell"),
        };
        self.rows.push(Row::new(service, "role group", group.name(), Sureness::Yes, because));
        if !group.is_published() {
            return;
        }
        self.management_roles(group, Sureness::Yes);
        let held: Vec<_> = group.management_roles().collect();
        let holds = |need: &Need| (group.holds(need).sureness(), group.holds(need).to_string());
        self.cmdlets(service, &held, holds);
        self.reports(&[service], |need| of_other_service(need, service).unwrap_or_else(|| holds(need)));
    }

    fn of_management_role(&mut self, role: ManagementRole) {
        let holds = |need: &Need| (role.holds(need).sureness(), role.holds(need).to_string());
        self.cmdlets(role.service(), &[role], holds);
        self.reports(&[role.service()], |need| of_other_service(need, role.service()).unwrap_or_else(|| holds(need)));
    }

    fn management_roles(&mut self, group: RoleGroup, answer: Sureness) {
        let because = match group.service() {
            Service::Compliance => format!("in {} by default, as of 2026-07", group.name()),
            _ => format!("in {} by default, as of 2022-04", group.name()),
        };
        let row = |role: ManagementRole| Row::new(group.service(), "management role", role.name(), answer, &because);
        self.rows.extend(group.management_roles().filter(|role| !role.is_retired()).map(row));
    }

    /// The cmdlets that are known to be held, not those that could be.
    fn cmdlets(&mut self, service: Service, held: &[ManagementRole], answer: impl Fn(&Need) -> (Sureness, String)) {
        for (cmdlet, holds) in known_cmdlets(held) {
            let need = cmdlet.name().parse().ok().map(|name| Need::new(service, name));
            let Some(need) = need.filter(|_| holds.sureness() <= Sureness::Likely) else { continue };
            let (answer, because) = answer(&need);
            self.rows.push(Row::new(service, "cmdlet", cmdlet.name(), answer, because));
        }
    }

    /// The bundled reports that call one of the services, each as sure as its least sure cmdlet.
    fn reports(&mut self, services: &[Service], answer: impl Fn(&Need) -> (Sureness, String)) {
        for found in &self.reports {
            let needs: Vec<Need> = of_report(&found.report).collect();
            if !needs.iter().any(|need| services.contains(&need.service)) {
                continue;
            }
            let least_sure =
                needs.iter().map(|need| (need, answer(need))).reduce(|a, b| if b.1.0 > a.1.0 { b } else { a });
            let Some((need, (answer, because))) = least_sure else { continue };
            let mut of: Vec<Service> = needs.iter().map(|need| need.service).collect();
            of.dedup();
            let because =
                if because.contains(need.cmdlet.as_str()) { because } else { format!("{}: {because}", need.cmdlet) };
            let row = Row::new(need.service, "report", &found.report.name, answer, because);
            self.rows.push(Row { services: of, ..row });
        }
    }
}

fn of_other_service(need: &Need, service: Service) -> Option<(Sureness, String)> {
    (need.service != service).then(|| (Sureness::No, format!("it is of {}", need.service.title())))
}

/// What a token with this role alone grants.
fn grants(service: Service, role: &DirectoryRole) -> Grants {
    Grants::from_claims(service, &[PERMISSION.to_owned()], &[role.template_id.to_owned()])
}

fn unknown(name: &str, services: &[Service]) -> Failure {
    if let Some(known) = exo_rbac::role_name(name)
        .or_else(|| exo_rbac::directory_role_names().find(|known| known.eq_ignore_ascii_case(name)))
    {
        let text = format!("the directory role {known} is not supported for app-only sign-in");
        return Failure::usage(text)
            .hinted("`exoctl roles` lists the roles that are; a role group may still let the app in");
    }
    let names = services.iter().flat_map(|service| {
        let groups = role_groups(*service).map(RoleGroup::name);
        groups.chain(management_roles(*service).into_iter().map(ManagementRole::name))
    });
    let similar = exo_catalog::closest_of(name, names.chain(exo_rbac::directory_role_names()));
    let failure = Failure::usage(format!("`{name}` is no directory role, role group or management role"));
    match similar.as_slice() {
        [] => failure.hinted("`exoctl roles` lists the directory roles"),
        similar => failure.hinted(format!("did you mean {}?", similar.join(", "))),
    }
}

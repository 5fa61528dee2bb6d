//! `exoctl app grant`: directory roles by Microsoft Graph, role groups by the service's own cmdlets.

use super::narrator::Narrator;
use super::purpose::named_roles;
use super::setup::Setup;
use super::{access, is_for_programs, no_app};
use crate::arguments::{AppGrantArgs, Global, SignIn};
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::{administrator, table, terminal};
use exo_model::{AppId, ErrorKind, SeamError, Service};
use exo_onboard::{Changes, Joined, Kept, ObjectId, Principal, Role, Step};
use serde_json::{Value, json};

/// Runs the command.
pub(super) async fn run(args: &AppGrantArgs, global: &Global) -> Result<()> {
    let for_programs = is_for_programs(&args.results)?;
    let setup = Setup::of(&args.sign_in, global)?;
    let app_id = setup.app_id(&args.sign_in)?.ok_or_else(no_app)?;
    let roles = named_roles(&args.roles)?;
    let service = crate::arguments::services(Some(&args.service))?.into_iter().next().unwrap_or(Service::Exchange);
    let made = assign(args, &setup, &app_id, &roles, global.quiet).await?;
    let groups = join(args, global, &setup, &app_id, service).await?;
    let granted = Granted { app_id: &app_id, roles: &roles, made, service, groups };
    let text = if for_programs { format!("{:#}\n", granted.for_programs()) } else { granted.for_people() };
    table::text(&text, &args.results)
}

/// Directory roles, by an administrator; gives the steps that changed something.
async fn assign(args: &AppGrantArgs, setup: &Setup, app_id: &AppId, roles: &[Role], quiet: bool) -> Result<Vec<Step>> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let privileges = [&[exo_onboard::Privilege::ReadApps], access::TO_ASSIGN].concat();
    let graph = access::of_an_administrator(&args.administrator, setup, &privileges).await?;
    let graph = graph.ok_or_else(administrator::nobody)?;
    let kept = setup.file().kept()?.filter(|kept| kept.app_id().as_ref() == Some(app_id));
    let narrator = Narrator::of(setup, quiet);
    let changes = Changes::new().assign(roles.iter().cloned());
    narrator.watch(exo_onboard::grant(&graph, &changes, kept.unwrap_or_else(|| Kept::of(app_id)), &narrator)).await
}

/// A role group, and what was done for it.
type Membership = (String, Joined);

/// Role groups, by an app that may change them.
async fn join(
    args: &AppGrantArgs,
    global: &Global,
    setup: &Setup,
    app_id: &AppId,
    service: Service,
) -> Result<Vec<Membership>> {
    if args.role_groups.is_empty() {
        return Ok(Vec::new());
    }
    let principal = principal(args, setup, app_id).await?;
    let acting = match &args.acting {
        Some(name) => Profile::resolve(&SignIn::default(), global.config.as_deref(), Some(name))?,
        None => Profile::of(&args.sign_in, &setup.settings)?,
    };
    let session = Connection::open(acting).await?.session(service).await?;
    let mut done = Vec::new();
    for group in &args.role_groups {
        let joined = exo_onboard::join(&session, service, &principal, group).await;
        let joined = joined.map_err(|error| may_not(error, group, args.acting.is_none()))?;
        if !global.quiet {
            let word = if joined.joined { "made" } else { "found" };
            terminal::say(&format!("{word:7} membership in role group {group} of {}", service.title()));
        }
        done.push((group.clone(), joined));
    }
    Ok(done)
}

/// The app as the service knows it; its object id stands in what was kept, or in its own token.
async fn principal(args: &AppGrantArgs, setup: &Setup, app_id: &AppId) -> Result<Principal> {
    let kept = setup.file().kept()?.filter(|kept| kept.app_id().as_ref() == Some(app_id));
    if let Some(id) = kept.as_ref().and_then(Kept::service_principal) {
        return Ok(Principal::new(app_id.clone(), id.clone(), "exoctl"));
    }
    let own = Connection::open(Profile::of(&args.sign_in, &setup.settings)?).await?;
    let claims = own.claims(Service::Exchange).await?;
    let name =
        claims.as_ref().and_then(|claims| claims.app_display_name.clone()).unwrap_or_else(|| "exoctl".to_owned());
    let id: Option<ObjectId> = claims.and_then(|claims| claims.oid?.parse().ok());
    id.map(|id| Principal::new(app_id.clone(), id, name)).ok_or_else(|| {
        Failure::new(ErrorKind::Answer, "the app's token does not tell the id of its service principal")
            .hinted("`exoctl app show` with an administrator's token tells it")
    })
}

fn may_not(error: exo_onboard::Error, group: &str, is_the_app: bool) -> Failure {
    let failure = Failure::from(SeamError::from(error));
    if failure.kind() != ErrorKind::Authorization {
        return failure;
    }
    let who = if is_the_app {
        "the app may not change role groups, and as a rule should not"
    } else {
        "that app may not change role groups"
    };
    failure.hinted(format!(
        "{who}: name the profile of an app that holds Organization Management with --as, or add the app to `{group}` by hand"
    ))
}

/// What the app was given.
struct Granted<'a> {
    app_id: &'a AppId,
    roles: &'a [Role],
    made: Vec<Step>,
    service: Service,
    groups: Vec<Membership>,
}

impl Granted<'_> {
    fn is_new(&self, role: &Role) -> bool {
        self.made.contains(&Step::Role(role.clone()))
    }

    fn for_people(&self) -> String {
        let mut out = Lines::default();
        let word = |new: bool| if new { "given" } else { "held already" };
        for role in self.roles {
            out.line(format_args!("directory role {}: {}", role.name, word(self.is_new(role))));
        }
        for (group, joined) in &self.groups {
            out.line(format_args!("role group {group} of {}: {}", self.service.title(), word(joined.joined)));
        }
        out.line(format_args!(
            "app {}; a role takes some minutes to be in its tokens, and a role group to be in force",
            self.app_id
        ));
        out.into_text()
    }

    fn for_programs(&self) -> Value {
        json!({
            "app_id": self.app_id.to_string(),
            "roles": self.roles.iter().map(|role| json!({"role": role, "new": self.is_new(role)})).collect::<Vec<_>>(),
            "role_groups": self.groups.iter().map(|(group, joined)| json!({
                "service": self.service, "group": group, "registered": joined.registered, "new": joined.joined,
            })).collect::<Vec<_>>(),
        })
    }
}

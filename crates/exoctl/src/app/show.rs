//! `exoctl app show`: what the app has, what it lacks for the chosen reports, and what it has too much.

use super::purpose::Purpose;
use super::setup::Setup;
use super::{access, certificate, is_for_programs, no_app};
use crate::arguments::{AppShowArgs, Global};
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::table;
use exo_http::SystemClock;
use exo_model::{Clock as _, ErrorKind, Service};
use exo_onboard::{AppState, Graph, Item, Needed, Principal, Standing};
use serde_json::{Value, json};

/// Runs the command.
pub(super) async fn run(args: &AppShowArgs, global: &Global) -> Result<()> {
    let for_programs = is_for_programs(&args.results)?;
    let setup = Setup::of(&args.sign_in, global)?;
    let purpose = Purpose::of(&args.purpose)?;
    let app_id = setup.app_id(&args.sign_in)?.ok_or_else(no_app)?;
    // The app's own view needs its certificate; an administrator's does not.
    let own = own(args, &setup).await;
    let graph = match access::of_an_administrator(&args.administrator, &setup, access::TO_LOOK).await? {
        Some(graph) => graph,
        None => own_graph(&own)?,
    };
    let state = exo_onboard::show(&graph, &app_id).await.map_err(|error| refused(error, args))?;
    let mut needed = Needed::new(purpose.services.iter().copied(), purpose.roles.iter().cloned());
    if let Some(certificate) = own.as_ref().ok().and_then(|own| own.certificate.as_ref()) {
        needed = needed.certificate(certificate.certificate().thumbprint());
    }
    let seen = Seen {
        items: state.compare(&needed, SystemClock::new().now()),
        groups: groups(own.as_ref().ok(), &state, &purpose).await,
        state,
        purpose: &purpose,
        options: &setup.options,
    };
    let text = if for_programs { format!("{:#}\n", seen.for_programs()) } else { seen.for_people() };
    table::text(&text, &args.results)
}

/// The profile's app, where it can be signed in as.
async fn own(args: &AppShowArgs, setup: &Setup) -> Result<Connection> {
    certificate::is_named(&args.sign_in, setup)?;
    Connection::open(Profile::of(&args.sign_in, &setup.settings)?).await
}

fn own_graph(own: &Result<Connection>) -> Result<Graph> {
    match own {
        Ok(connection) => Ok(connection.graph()),
        Err(failure) => Err(Failure::new(failure.kind(), failure.text())
            .hinted("an administrator can look in the app's place: --graph-token-env, -file, -command or -fd, or --admin-client-id")),
    }
}

/// An app without any permission of Microsoft Graph cannot look at itself, and should have none.
fn refused(error: exo_onboard::Error, args: &AppShowArgs) -> Failure {
    let failure = Failure::from(exo_model::SeamError::from(error));
    let is_own = crate::administrator::Administrator::of(&args.administrator).is_ok_and(|named| named.is_none());
    if is_own && failure.kind() == ErrorKind::Authorization {
        return failure.hinted(
            "the app may not look at itself, and need not: hand an administrator's token over with --graph-token-env, -file, \
             -command or -fd, or sign in with --admin-client-id; `exoctl token` shows what the app's own token says",
        );
    }
    failure
}

/// The role groups of a service that the app is a member of, or why that is not known.
struct Groups {
    service: Service,
    of: std::result::Result<Vec<String>, String>,
}

/// Asks each service, as the app itself.
async fn groups(own: Option<&Connection>, state: &AppState, purpose: &Purpose) -> Vec<Groups> {
    let mut all = Vec::new();
    for service in purpose.services.iter().copied() {
        let of = match (own, principal(state)) {
            (Some(own), Some(principal)) => {
                memberships(own, service, &principal).await.map_err(|failure| failure.text())
            }
            (None, _) => Err("the app cannot be signed in as".to_owned()),
            (_, None) => Err("the app has no service principal".to_owned()),
        };
        all.push(Groups { service, of });
    }
    all
}

async fn memberships(own: &Connection, service: Service, principal: &Principal) -> Result<Vec<String>> {
    let session = own.session(service).await?;
    let groups = exo_onboard::memberships(&session, service, principal).await;
    groups.map_err(|error| Failure::from(exo_model::SeamError::from(error)))
}

fn principal(state: &AppState) -> Option<Principal> {
    let object_id = state.service_principal.as_ref()?.id.parse().ok()?;
    Some(Principal::new(state.app_id.parse().ok()?, object_id, state.display_name.clone()))
}

/// Everything that was seen.
struct Seen<'a> {
    state: AppState,
    items: Vec<Item>,
    groups: Vec<Groups>,
    purpose: &'a Purpose,
    options: &'a str,
}

impl Seen<'_> {
    fn count(&self, standing: Standing) -> usize {
        self.items.iter().filter(|item| item.standing == standing).count()
    }

    fn for_people(&self) -> String {
        let mut out = Lines::default();
        out.line(format_args!("app {} ({})\n", self.state.app_id, self.state.display_name));
        let width = self.items.iter().map(|item| item.aspect.to_string().len()).max().unwrap_or_default();
        for item in &self.items {
            let mark = match item.standing {
                Standing::Matching => "ok     ",
                Standing::Lacking => "LACKING",
                Standing::Surplus => "surplus",
            };
            let note = item.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            out.line(format_args!("{mark}  {:width$}  {}{note}", item.aspect.to_string(), item.what));
        }
        for groups in &self.groups {
            let seen = match &groups.of {
                Ok(names) if names.is_empty() => "none".to_owned(),
                Ok(names) => names.join(", "),
                Err(why) => format!("not known: {why}"),
            };
            out.line(format_args!("role groups of {}: {seen}", groups.service.title()));
        }
        for unsure in &self.purpose.unsure {
            out.line(format_args!("to be seen: {}: {}", unsure.cmdlet, unsure.why));
        }
        match self.count(Standing::Lacking) {
            0 => out.line(format_args!("\nnothing lacks")),
            lacking => out.line(format_args!(
                "\n{lacking} lacking; next: exoctl app create --app-id {}{} completes the app",
                self.state.app_id, self.options
            )),
        }
        out.into_text()
    }

    fn for_programs(&self) -> Value {
        json!({
            "app": self.state,
            "items": self.items,
            "lacking": self.count(Standing::Lacking),
            "surplus": self.count(Standing::Surplus),
            "role_groups": self.groups.iter().map(|groups| match &groups.of {
                Ok(names) => json!({"service": groups.service, "groups": names}),
                Err(why) => json!({"service": groups.service, "groups": null, "why": why}),
            }).collect::<Vec<_>>(),
            "unsure": self.purpose.unsure.iter()
                .map(|u| json!({"cmdlet": u.cmdlet.as_str(), "why": u.why})).collect::<Vec<_>>(),
        })
    }
}

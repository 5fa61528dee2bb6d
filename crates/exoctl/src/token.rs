//! `exoctl token`: signs in, and shows what the tokens say; a token itself only where it is asked for.

mod facts;
mod obstacle;

use crate::arguments::{Global, TokenArgs, services};
use crate::connect::Connection;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::profile::Profile;
use crate::{plan, table, terminal, times};
use exo_model::Service;
use exo_output::Format;
use facts::Facts;
use serde_json::{Value, json};

/// Runs the command.
pub(crate) async fn run(args: &TokenArgs, global: &Global) -> Result<Exit> {
    let services = services(args.service.as_deref())?;
    let format = plan::format(&args.results)?;
    if !matches!(format, Format::Table | Format::Json) {
        return Err(Failure::usage(format!("a token cannot be shown as {format}")).hinted("table or json"));
    }
    let raw_of = args.raw.then(|| only(&services)).transpose()?;
    let profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
    let connection = Connection::open(profile).await?;
    if let Some(service) = raw_of {
        return raw(&connection, service).await.map(|()| Exit::Complete);
    }
    let mut all = Vec::new();
    for service in services {
        all.push(Seen::look(&connection, service).await);
    }
    show(all, format, args)
}

/// The one service whose token is printed.
fn only(services: &[Service]) -> Result<Service> {
    match services {
        [service] => Ok(*service),
        _ => Err(Failure::usage("--raw prints one token, and each service has its own")
            .hinted("give --service exo or --service scc")),
    }
}

/// The token itself, alone on stdout.
async fn raw(connection: &Connection, service: Service) -> Result<()> {
    let token = connection.token(service).await?;
    if terminal::result_is_watched() {
        terminal::say(&format!(
            "warning: until {} whoever sees this screen can do in {} all that the app may do",
            times::rfc3339(token.expires_at()),
            service.title()
        ));
    }
    terminal::result(token.secret().expose())?;
    terminal::result("\n")
}

/// A token, or why there is none.
enum Seen {
    Token(Box<Facts>),
    Refused(Service, Failure),
}

impl Seen {
    async fn look(connection: &Connection, service: Service) -> Self {
        match connection.token(service).await {
            Ok(token) => Self::Token(Box::new(Facts::of(connection, service, &token))),
            Err(failure) => Self::Refused(service, failure),
        }
    }

    fn for_people(&self, every_claim: bool) -> String {
        match self {
            Self::Token(facts) => facts.for_people(every_claim),
            Self::Refused(service, failure) => {
                let mut out = Lines::default();
                out.line(format_args!("{}\n  no token: {}", service.title(), failure.text()));
                for cause in failure.causes() {
                    out.line(format_args!("    caused by: {cause}"));
                }
                if let Some(hint) = failure.hint() {
                    out.line(format_args!("    hint: {hint}"));
                }
                out.into_text()
            }
        }
    }

    fn for_programs(&self) -> Value {
        match self {
            Self::Token(facts) => facts.for_programs(),
            Self::Refused(service, failure) => json!({"service": service, "error": failure.value()}),
        }
    }

    fn refusal(self) -> Option<Failure> {
        match self {
            Self::Token(_) => None,
            Self::Refused(_, failure) => Some(failure),
        }
    }
}

/// If no token came at all, the first refusal is the end; else what came and what did not are shown side by side.
fn show(all: Vec<Seen>, format: Format, args: &TokenArgs) -> Result<Exit> {
    let text = match format {
        Format::Json => {
            let tokens: Vec<Value> = all.iter().map(Seen::for_programs).collect();
            format!("{:#}\n", json!({ "tokens": tokens }))
        }
        _ => all.iter().map(|seen| seen.for_people(args.all_claims)).collect::<Vec<_>>().join("\n"),
    };
    let count = all.len();
    let mut refused: Vec<Failure> = all.into_iter().filter_map(Seen::refusal).collect();
    if refused.len() == count && !refused.is_empty() {
        return Err(refused.swap_remove(0));
    }
    table::text(&text, &args.results)?;
    Ok(refused.first().map_or(Exit::Complete, |failure| Exit::Shown(failure.kind())))
}

//! `exoctl emulator`: the offline tenant as a server.

use crate::arguments::EmulatorArgs;
use crate::failure::{Failure, Result};
use crate::offline::{Offline, Wish};
use crate::terminal;
use exo_emulator::{Fault, Tenant};
use exo_rbac::DirectoryRole;
use std::path::PathBuf;
use std::time::Duration;

/// Serves until it is interrupted, or for as long as was asked.
pub(crate) async fn run(args: &EmulatorArgs) -> Result<()> {
    let wish = Wish {
        mailboxes: args.mailboxes,
        seed: args.seed,
        port: args.port,
        certificate: args.certificate.clone(),
        no_app: args.no_app,
        graph_token: args.graph_token,
        roles: roles(&args.roles)?,
        faults: args.faults.iter().map(|text| fault(text)).collect::<Result<_>>()?,
        cloud: args.cloud.parse().map_err(|error| Failure::usage(format!("{error}")))?,
        surroundings: args.surroundings,
        settings: args.settings.clone(),
        received: args.received.clone(),
    };
    for setting in &wish.settings {
        // A mistake is found before anything is written.
        Tenant::contoso().set(setting).map_err(|error| Failure::usage(format!("{error}")))?;
    }
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from("exoctl-emulator"));
    let offline = Offline::start(&wish, &folder)?;
    let config = offline.config.display();
    let text = format!(
        "emulated tenant {} with {} mailboxes\n  sign-in     {}\n  exchange    {}\n  compliance  {}\n  graph       {}\n  profile     {config}\n\
         {}ready\n",
        offline.emulator.tenant().initial_domain(),
        args.mailboxes,
        offline.emulator.login_origin(),
        offline.emulator.exchange_origin(),
        offline.emulator.compliance_origin(),
        offline.emulator.graph_origin(),
        if args.no_app { String::new() } else { format!("try: exoctl check --config {config}\n") },
    );
    terminal::result(&text)?;
    let end = async {
        match args.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = end => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    drop(offline);
    Ok(())
}

/// Roles by template id, or by the name of the role table.
fn roles(given: &[String]) -> Result<Vec<String>> {
    if given.is_empty() {
        return Ok(usual_roles());
    }
    let mut ids = Vec::new();
    for role in given.iter().filter(|role| !role.eq_ignore_ascii_case("none")) {
        let known = DirectoryRole::by_name(role).or_else(|| DirectoryRole::by_template_id(role));
        let unknown =
            || Failure::usage(format!("`{role}` is not a directory role")).hinted("`exoctl roles` lists them");
        ids.push(known.ok_or_else(unknown)?.template_id.to_owned());
    }
    Ok(ids)
}

fn fault(text: &str) -> Result<Fault> {
    text.parse().map_err(|error| Failure::usage(format!("{error}")))
}

/// What reads both services, and the one list of grants that Global Reader may not see.
pub(crate) fn usual_roles() -> Vec<String> {
    ["Global Reader", "Exchange Administrator"]
        .iter()
        .filter_map(|name| DirectoryRole::by_name(name))
        .map(|role| role.template_id.to_owned())
        .collect()
}

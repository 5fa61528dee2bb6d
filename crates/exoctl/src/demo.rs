//! `exoctl demo`: the main job from nothing to results, on an emulated tenant.

use crate::arguments::{CheckArgs, DemoArgs, Global, Results, RunArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::offline::{Offline, Wish};
use crate::{check, emulator, run, terminal};
use exo_model::ErrorKind;
use std::path::{Path, PathBuf};

/// Certificate, sign-in, all reports, results to look at.
pub(crate) async fn run(args: &DemoArgs, global: &Global) -> Result<()> {
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("exoctl-demo"));
    let results = folder.join("results");
    show("1. An emulated tenant starts on this machine; an app is registered there with a certificate made just now.")?;
    let wish = Wish { mailboxes: args.mailboxes, seed: args.seed, roles: emulator::usual_roles(), ..Wish::default() };
    let offline = Offline::start(&wish, &folder)?;
    show(&format!(
        "   {} mailboxes in {}; certificate {} in {}",
        args.mailboxes,
        offline.emulator.tenant().initial_domain(),
        offline.certificate.thumbprint(),
        folder.join("app.pfx").display()
    ))?;
    let global = Global { config: Some(offline.config.clone()), profile: None, ..global.clone() };
    show("\n2. The app signs in with the certificate: `exoctl check`\n")?;
    let checked = check::run(&CheckArgs::bare(), &global).await?;
    if checked != Exit::Complete {
        return Err(Failure::new(ErrorKind::Fault, "the demo's own tenant did not let the demo in"));
    }
    show("\n3. All reports run and write their results: `exoctl run --all --format csv --out …`\n")?;
    let all = RunArgs {
        all: true,
        ..RunArgs::bare(Results { format: Some("csv".into()), out: Some(results.clone()), overwrite: true })
    };
    let ended = run::run(&all, &global).await?;
    show("\n4. Some of them as tables: `exoctl run forwarding exo-outbound-autoforward purview-alerts`")?;
    let some = ["forwarding", "exo-outbound-autoforward", "purview-alerts"].map(str::to_owned).to_vec();
    run::run(&RunArgs { reports: some, ..RunArgs::bare(Results::default()) }, &global).await?;
    show(&closing(&results, ended))
}

impl CheckArgs {
    fn bare() -> Self {
        Self {
            reports: Vec::new(),
            service: None,
            results: Results::default(),
            sign_in: crate::arguments::SignIn::default(),
        }
    }
}

impl RunArgs {
    fn bare(results: Results) -> Self {
        Self {
            reports: Vec::new(),
            all: false,
            parameters: Vec::new(),
            fail_on: "high".into(),
            skip_unavailable: false,
            no_preflight: false,
            keep_partial: false,
            allow_writes: false,
            time_limit: None,
            in_process: false,
            emulated: false,
            fixtures: None,
            record: None,
            isolation: None,
            results,
            sign_in: crate::arguments::SignIn::default(),
        }
    }
}

fn closing(results: &Path, ended: Exit) -> String {
    format!(
        "\nThe results are in {0}, and {0}/run.json says what was asked and what came.\n\
         On a real tenant the run would have ended with exit code {1}: 0 complete, 3 findings, 4 incomplete, 5 both.\n\
         Next: `exoctl emulator` keeps such a tenant running to try things on; the README has the five steps to your own.",
        results.display(),
        ended.code()
    )
}

fn show(text: &str) -> Result<()> {
    terminal::result(&format!("{text}\n"))
}

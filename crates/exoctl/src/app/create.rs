//! `exoctl app create`: from nothing to a profile that signs in.

use super::narrator::Narrator;
use super::next::Summary;
use super::prover::AsTheApp;
use super::purpose::Purpose;
use super::setup::Setup;
use super::{access, certificate, planned};
use crate::arguments::{AppCreateArgs, Global};
use crate::failure::Result;
use crate::{administrator, table};
use exo_cert::Certificate;
use exo_onboard::{Graph, Ready, SameName, Wanted};

/// Runs the command.
pub(super) async fn run(args: &AppCreateArgs, global: &Global) -> Result<()> {
    let setup = Setup::of(&args.sign_in, global)?;
    let purpose = Purpose::of(&args.purpose)?;
    if args.plan {
        return planned::calls(args, &setup, &purpose).await;
    }
    if args.portal {
        return planned::by_hand(args, &setup, &purpose).await;
    }
    let for_programs = super::is_for_programs(&args.results)?;
    let keys = setup.keys(&args.sign_in)?;
    certificate::is_named(&args.sign_in, &setup)?;
    let privileges = [access::TO_SET_UP, if purpose.roles.is_empty() { &[] } else { access::TO_ASSIGN }].concat();
    let graph = access::of_an_administrator(&args.administrator, &setup, &privileges).await?;
    let graph = graph.ok_or_else(administrator::nobody)?;
    let obtained = certificate::obtain(&args.sign_in, &args.made, &setup).await?;
    keys.and(obtained.keys.clone()).write(&setup.config, &setup.name)?;
    // What was written is read again: the rest is done with the profile as it stands.
    let setup = Setup::of(&args.sign_in, global)?;
    let wanted = wanted(args, &setup, &purpose, obtained.certificate.certificate().clone())?;
    let profile = certificate::profile(&args.sign_in, &setup)?;
    let prover = AsTheApp::new(profile, obtained.certificate.clone(), &purpose.roles);
    let ready = set_up(&graph, &wanted, &setup, &prover, global.quiet).await?;
    let summary = Summary {
        setup: &setup,
        purpose: &purpose,
        obtained: &obtained,
        ready: &ready,
        name: &args.name,
        open: purpose.open_after(&prover),
    };
    let text = if for_programs { format!("{:#}\n", summary.for_programs()) } else { summary.for_people() };
    table::text(&text, &args.results)
}

/// Every step and the proof.
async fn set_up(graph: &Graph, wanted: &Wanted, setup: &Setup, prover: &AsTheApp, quiet: bool) -> Result<Ready> {
    let narrator = Narrator::of(setup, quiet);
    let kept = setup.file().kept()?.unwrap_or_default();
    narrator.watch(exo_onboard::create(graph, wanted, kept, &narrator, Some(prover))).await
}

/// The app as it shall be.
pub(super) fn wanted(
    args: &AppCreateArgs,
    setup: &Setup,
    purpose: &Purpose,
    certificate: Certificate,
) -> Result<Wanted> {
    let app_id = setup.app_id(&args.sign_in)?;
    let same_name = match app_id {
        Some(app_id) => SameName::Adopt(app_id),
        None if args.beside => SameName::Beside,
        None => SameName::Tell,
    };
    Ok(Wanted::new(&args.name, certificate)
        .services(purpose.services.iter().copied())
        .roles(purpose.roles.iter().cloned())
        .same_name(same_name))
}

//! The set-up itself: every step in order, then the proof.

use crate::judge::Facts;
use crate::prover::{Prover, prove_all};
use crate::work::Work;
use crate::{Error, Graph, Kept, ObjectId, Observer, SameName, Step, Wanted};
use exo_model::{AppId, Service};
use std::time::Duration;

/// An app that is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ready {
    /// Its application (client) id: what a profile needs.
    pub app_id: AppId,
    /// The id of the registration.
    pub application: ObjectId,
    /// The id of the service principal, by which Exchange knows it.
    pub service_principal: ObjectId,
    /// The steps that changed something; none if all was there.
    pub made: Vec<Step>,
    /// The services that it was seen to sign in to.
    pub signed_in: Vec<Service>,
}

/// Sets the app up: what is there is left alone, what lacks is made, and nothing is made twice.
///
/// A run that was interrupted anywhere goes on when it is called again with what the observer kept last.
/// Without a prover the app is not signed in to.
///
/// # Errors
///
/// Whatever kept a step from being done. What was done before stands.
pub async fn create(
    graph: &Graph,
    wanted: &Wanted,
    kept: Kept,
    observer: &dyn Observer,
    prover: Option<&dyn Prover>,
) -> Result<Ready, Error> {
    let work = Work { graph, observer };
    let mut facts = facts(wanted, kept);
    let made = work.ensure_all(steps(wanted, &facts.kept), &mut facts).await?;
    let kept = facts.kept;
    let (Some(app_id), Some(application), Some(service_principal)) =
        (kept.app_id(), kept.application().cloned(), kept.service_principal().cloned())
    else {
        return Err(Error::NotYet { step: Step::Application, waited: Duration::ZERO, last: None });
    };
    let mut signed_in = Vec::new();
    if let Some(prover) = prover {
        signed_in.clone_from(&wanted.services);
        prove_all(work, prover, &kept, &wanted.services).await?;
    }
    Ok(Ready { app_id, application, service_principal, made, signed_in })
}

/// What is known before the first step. An app that was chosen stands above one that was begun.
pub(crate) fn facts(wanted: &Wanted, kept: Kept) -> Facts<'_> {
    let kept = match &wanted.same_name {
        SameName::Adopt(app_id) if kept.app_id().as_ref() != Some(app_id) => Kept::of(app_id),
        _ => kept,
    };
    Facts {
        name: &wanted.display_name,
        services: &wanted.services,
        certificate: Some(&wanted.certificate),
        ..Facts::of(kept)
    }
}

/// The steps of a whole set-up, in order; signing in is not among them, for it is no call of Graph.
pub(crate) fn steps(wanted: &Wanted, kept: &Kept) -> Vec<Step> {
    let new = kept.app_id().is_none() && !kept.is_begun();
    let name = (new && wanted.same_name == SameName::Tell).then_some(Step::Name);
    let first = [Step::Application, Step::Permissions, Step::Certificate, Step::ServicePrincipal];
    let resources = wanted.services.iter().copied().map(Step::Resource);
    let consents = wanted.services.iter().copied().map(Step::Consent);
    let roles = wanted.roles.iter().cloned().map(Step::Role);
    name.into_iter().chain(first).chain(resources).chain(consents).chain(roles).collect()
}

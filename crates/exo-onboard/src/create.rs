//! The set-up itself: every step in order, then the proof.

use crate::judge::Facts;
use crate::prover::{Prover, may_pass};
use crate::work::{Outcome, Pauses, Work};
use crate::{Error, Event, Graph, Kept, ObjectId, Observer, SameName, Step, Wanted};
use exo_model::{AppId, Service};
use std::collections::BTreeMap;
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
    let mut made = Vec::new();
    for step in facts.steps() {
        if work.ensure(&step, &mut facts).await? == Outcome::Made {
            made.push(step);
        }
    }
    let Facts { kept, .. } = facts;
    let (Some(app_id), Some(application), Some(service_principal)) =
        (kept.app_id(), kept.application().cloned(), kept.service_principal().cloned())
    else {
        return Err(Error::NotYet { step: Step::Application, waited: Duration::ZERO, last: None });
    };
    let mut signed_in = Vec::new();
    if let Some(prover) = prover {
        for service in &wanted.services {
            prove(work, prover, &kept, *service).await?;
            signed_in.push(*service);
        }
    }
    Ok(Ready { app_id, application, service_principal, made, signed_in })
}

/// What is known before the first step. An app that was chosen stands above one that was begun.
pub(crate) fn facts(wanted: &Wanted, kept: Kept) -> Facts<'_> {
    let kept = match &wanted.same_name {
        SameName::Adopt(app_id) if kept.app_id().as_ref() != Some(app_id) => Kept::of(app_id),
        _ => kept,
    };
    Facts { wanted, kept, resources: BTreeMap::new() }
}

/// Signs in, again and again while what was made lately may not be known everywhere.
pub(crate) async fn prove(work: Work<'_>, prover: &dyn Prover, kept: &Kept, service: Service) -> Result<(), Error> {
    let step = Step::SignIn(service);
    let Some(app_id) = kept.app_id() else {
        return Err(Error::NotYet { step, waited: Duration::ZERO, last: None });
    };
    work.observer.event(&Event::Begun { step: &step });
    let mut pauses = Pauses::default();
    loop {
        let Err(source) = prover.prove(&app_id, service).await else { break };
        let recent = kept.changed_within(ROLES_ARRIVE, work.graph.clock().now());
        let goes_on =
            recent && may_pass(&source) && work.pause(&mut pauses, &step, Some(&source), Duration::ZERO).await;
        if !goes_on {
            return Err(Error::SignIn { app_id, service, waited: pauses.waited, source });
        }
    }
    work.observer.event(&Event::Made { step: &step });
    Ok(())
}

/// For how long after a change a service may not know of it: longer than the directory itself takes.
const ROLES_ARRIVE: Duration = Duration::from_hours(1);

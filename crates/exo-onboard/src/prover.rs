//! The proof that it works: signing in as the app.

use crate::patience::{Pauses, Wait};
use crate::work::Work;
use crate::{Error, Event, Kept, Step};
use exo_model::{AppId, Diagnose as _, ErrorKind, SeamError, Service};
use std::time::Duration;

/// Whoever can sign in as the app, to prove that the set-up works.
///
/// Given from outside: this crate knows neither the token endpoint nor the sessions.
///
/// ```
/// use exo_model::{AppId, SeamError, Service};
/// use exo_onboard::Prover;
///
/// /// Believes without seeing.
/// #[derive(Debug)]
/// struct Trusting;
///
/// #[async_trait::async_trait]
/// impl Prover for Trusting {
///     async fn prove(&self, _: &AppId, _: Service) -> Result<(), SeamError> {
///         Ok(())
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait Prover: Send + Sync + std::fmt::Debug {
    /// Gets a new token with the app's certificate, opens a session and has a harmless cmdlet answered.
    ///
    /// A token of an earlier attempt must not be used again: roles are fixed when it is issued.
    ///
    /// # Errors
    ///
    /// Whatever kept the app out, with its kind and the service's code. Codes and kinds that pass with time are tried
    /// again by the caller.
    async fn prove(&self, app_id: &AppId, service: Service) -> Result<(), SeamError>;
}

/// Signs in to each service.
pub(crate) async fn prove_all(
    work: Work<'_>,
    prover: &dyn Prover,
    kept: &Kept,
    services: &[Service],
) -> Result<(), Error> {
    for service in services {
        prove(work, prover, kept, *service).await?;
    }
    Ok(())
}

/// Signs in, again and again while what was made lately may not be known everywhere.
async fn prove(work: Work<'_>, prover: &dyn Prover, kept: &Kept, service: Service) -> Result<(), Error> {
    let step = Step::SignIn(service);
    let Some(app_id) = kept.app_id() else {
        return Err(Error::NotYet { step, waited: Duration::ZERO, last: None });
    };
    work.observer.event(&Event::Begun { step: &step });
    let mut pauses = Pauses::default();
    let recent = kept.changed_within(ROLES_ARRIVE, work.graph.clock().now());
    loop {
        let Err(source) = prover.prove(&app_id, service).await else { break };
        let again = recent && may_pass(&source);
        if !again || !work.pause(&mut pauses, &step, Some(&source), Wait::Growing).await {
            return Err(Error::SignIn { app_id, service, waited: pauses.waited, source });
        }
    }
    work.observer.event(&Event::Made { step: &step });
    Ok(())
}

/// Whether a refusal may pass once a new app, certificate, consent or role is known everywhere.
fn may_pass(error: &SeamError) -> bool {
    let unknown_yet = ["AADSTS700016", "AADSTS7000229", "AADSTS700027"];
    // A token without the permission or the role is how the service sees an app whose consent is on its way.
    error.service_code().is_some_and(|code| unknown_yet.contains(&code))
        || matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Throttled | ErrorKind::Unavailable)
}

/// For how long after a change a service may not know of it: longer than the directory itself takes.
const ROLES_ARRIVE: Duration = Duration::from_hours(1);

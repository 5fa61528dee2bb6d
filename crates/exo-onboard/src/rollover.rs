//! A new certificate in the place of the old one, with a working one at every moment.

use crate::judge::Facts;
use crate::key::Retire;
use crate::own_keys::OwnKeys;
use crate::prover::{Prover, prove_all};
use crate::work::{Outcome, Work};
use crate::{Error, Graph, Kept, Observer, Step};
use exo_cert::{Certificate, ClientCertificate, Thumbprint};
use exo_model::Service;

/// Who changes the app's certificates.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum By {
    /// An administrator, whose token Graph is asked with.
    Administrator,
    /// The app itself, with its own token and no permission: it signs with a certificate that it has.
    ///
    /// In a run that goes on, the old certificate may be gone: Graph's tokens have to come from either of the two.
    #[non_exhaustive]
    App {
        /// The certificate that works now.
        current: Box<ClientCertificate>,
        /// The new one, with its key.
        next: Box<ClientCertificate>,
    },
}

impl By {
    /// The app itself, with the certificate that works now and the new one.
    pub fn app(current: ClientCertificate, next: ClientCertificate) -> Self {
        Self::App { current: Box::new(current), next: Box::new(next) }
    }
}

/// A change of certificates.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rollover {
    /// The new certificate. Whoever runs this again after an interruption gives the same one.
    pub new: Certificate,
    /// The certificates that go, once the new one has been seen to work.
    pub retire: Retire,
    /// The services that it must be seen to work for.
    pub services: Vec<Service>,
    /// Who makes the change.
    pub by: By,
}

impl Rollover {
    /// A new certificate in the place of these, by an administrator, proven for both services.
    pub fn new(new: Certificate, retire: Retire) -> Self {
        Self { new, retire, services: Service::ALL.to_vec(), by: By::Administrator }
    }

    /// The services that it must be seen to work for.
    #[must_use]
    pub fn services(mut self, services: impl IntoIterator<Item = Service>) -> Self {
        self.services = services.into_iter().collect();
        self
    }

    /// Who makes the change.
    #[must_use]
    pub fn by(mut self, who: By) -> Self {
        self.by = who;
        self
    }
}

/// What a change of certificates did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RolledOver {
    /// The steps that changed something.
    pub made: Vec<Step>,
    /// Certificates that should go and are still there, since the app cannot find their ids: an administrator can.
    pub left: Vec<Thumbprint>,
}

/// Attaches the new certificate beside the old one, has it proven, and only then removes the old one.
///
/// Interrupted anywhere and called again with the same certificate and what was kept last, it goes on.
/// The prover signs in with the new certificate.
///
/// # Errors
///
/// Whatever kept a step from being done. Until the new certificate has been seen to work, the old one stays.
pub async fn rollover(
    graph: &Graph,
    change: &Rollover,
    kept: Kept,
    observer: &dyn Observer,
    prover: &dyn Prover,
) -> Result<RolledOver, Error> {
    let work = Work { graph, observer };
    match &change.by {
        By::Administrator => by_administrator(work, change, kept, prover).await,
        By::App { current, next } => OwnKeys { work, change, current, next, prover }.roll(kept).await,
    }
}

async fn by_administrator(
    work: Work<'_>,
    change: &Rollover,
    kept: Kept,
    prover: &dyn Prover,
) -> Result<RolledOver, Error> {
    let mut facts = Facts { certificate: Some(&change.new), retire: &change.retire, ..Facts::of(kept) };
    let mut made = work.ensure_all(vec![Step::Application, Step::Certificate], &mut facts).await?;
    prove_all(work, prover, &facts.kept, &change.services).await?;
    if work.ensure(&Step::Retire, &mut facts).await? == Outcome::Made {
        made.push(Step::Retire);
    }
    let new = change.new.thumbprint();
    for gone in facts.kept.keys().into_iter().filter(|known| *known != new && change.retire.retires(Some(*known))) {
        facts.kept.forget_key(gone);
    }
    work.keep(&facts.kept)?;
    Ok(RolledOver { made, left: Vec::new() })
}

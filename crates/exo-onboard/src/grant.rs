//! More rights for an app that exists, or fewer: directory roles and consents.

use crate::judge::Facts;
use crate::work::Work;
use crate::{Error, Graph, Kept, Observer, Role, Step};
use exo_model::Service;

/// What is to change of an app's rights.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Changes {
    /// Directory roles to assign.
    pub assign: Vec<Role>,
    /// Directory roles to take away.
    pub unassign: Vec<Role>,
    /// Services whose permission is declared and consented to.
    pub consent: Vec<Service>,
    /// Services whose consent is taken back.
    pub revoke: Vec<Service>,
}

impl Changes {
    /// No change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Assigns directory roles.
    #[must_use]
    pub fn assign(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.assign.extend(roles);
        self
    }

    /// Takes directory roles away.
    #[must_use]
    pub fn unassign(mut self, roles: impl IntoIterator<Item = Role>) -> Self {
        self.unassign.extend(roles);
        self
    }

    /// Declares the permission of services, and consents to it.
    #[must_use]
    pub fn consent(mut self, services: impl IntoIterator<Item = Service>) -> Self {
        self.consent.extend(services);
        self
    }

    /// Takes the consent of services back.
    #[must_use]
    pub fn revoke(mut self, services: impl IntoIterator<Item = Service>) -> Self {
        self.revoke.extend(services);
        self
    }

    /// What is given comes first, so that what is taken leaves no gap.
    fn steps(&self) -> Vec<Step> {
        let declared = (!self.consent.is_empty()).then_some(Step::Permissions);
        let resources = [&self.consent[..], &self.revoke].concat();
        let first = [Step::Application].into_iter().chain(declared).chain([Step::ServicePrincipal]);
        first
            .chain(resources.into_iter().map(Step::Resource))
            .chain(self.consent.iter().copied().map(Step::Consent))
            .chain(self.assign.iter().cloned().map(Step::Role))
            .chain(self.unassign.iter().cloned().map(Step::Unassign))
            .chain(self.revoke.iter().copied().map(Step::Revoke))
            .collect()
    }
}

/// Changes the rights of an app; gives the steps that changed something.
///
/// ```
/// use exo_onboard::{Changes, Error, Graph, Kept, Quiet, Role, Step, grant};
///
/// async fn only_read(graph: &Graph, kept: Kept) -> Result<Vec<Step>, Box<dyn std::error::Error>> {
///     let changes = Changes::new()
///         .assign([Role::new("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader")?])
///         .unassign([Role::new("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator")?]);
///     Ok(grant(graph, &changes, kept, &Quiet).await?)
/// }
/// # drop(only_read);
/// ```
///
/// # Errors
///
/// [`Error::Gone`] if there is no such app; whatever kept a step from being done.
pub async fn grant(graph: &Graph, changes: &Changes, kept: Kept, observer: &dyn Observer) -> Result<Vec<Step>, Error> {
    let mut facts = Facts { services: &changes.consent, ..Facts::of(kept) };
    Work { graph, observer }.ensure_all(changes.steps(), &mut facts).await
}

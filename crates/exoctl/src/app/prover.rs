//! The proof that an app works: what a run would do first.

use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use exo_cert::ClientCertificate;
use exo_model::{AppId, CmdletName, ErrorKind, SeamError, Service};
use exo_onboard::{Prover, Role};
use exo_rbac::Need;
use exo_session::Offer;
use exo_token::Claims;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Signs in as the app, each time anew.
#[derive(Debug)]
pub(super) struct AsTheApp {
    /// The profile, whatever app it names.
    pub(super) profile: Profile,
    /// The certificate that is to prove the app.
    pub(super) certificate: ClientCertificate,
    /// Template ids of the roles that its tokens must name.
    pub(super) roles: Vec<String>,
    /// Whether roles let the app in; else a token with the permission is all that can be had.
    pub(super) has_roles: bool,
    /// What each service was seen to offer.
    pub(super) offers: Mutex<BTreeMap<Service, Arc<Offer>>>,
}

impl AsTheApp {
    /// An app with this certificate, which holds these roles.
    pub(super) fn new(profile: Profile, certificate: ClientCertificate, roles: &[Role]) -> Self {
        let has_roles = !roles.is_empty();
        let roles = roles.iter().map(|role| role.template_id.to_string()).collect();
        Self { profile, certificate, roles, has_roles, offers: Mutex::default() }
    }

    /// What of these cmdlets a service was not seen to offer; nothing where it was not asked.
    pub(super) fn lacking(&self, needed: &[Need]) -> Vec<CmdletName> {
        let offers = self.offers.lock().unwrap_or_else(PoisonError::into_inner);
        let lacks =
            |need: &&Need| offers.get(&need.service).is_some_and(|offer| offer.parameters(&need.cmdlet).is_none());
        needed.iter().filter(lacks).map(|need| need.cmdlet.clone()).collect()
    }

    /// Whether a service was asked what it offers.
    pub(super) fn has_seen(&self, service: Service) -> bool {
        self.offers.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&service)
    }

    async fn try_once(&self, app_id: &AppId, service: Service) -> Result<()> {
        // A token that was kept may be older than the roles.
        let profile = Profile { app_id: Some(app_id.clone()), token_cache: None, ..self.profile.clone() };
        let connection = Connection::with_certificate(profile, self.certificate.clone())?;
        if let Some(claims) = connection.claims(service).await? {
            self.named(&claims, service)?;
        }
        if self.has_roles {
            let offer = connection.session(service).await?.offered().await?;
            self.offers.lock().unwrap_or_else(PoisonError::into_inner).insert(service, offer);
        }
        Ok(())
    }

    /// Permission and roles are frozen when a token is issued, and in no token before they are known everywhere.
    fn named(&self, claims: &Claims, service: Service) -> Result<()> {
        let refused = |what: &str| {
            let text = format!("the token for {} does not name {what}", service.title());
            Err(Failure::new(ErrorKind::Authorization, text)
                .hinted("what was granted takes some minutes to be known everywhere; run the same command again"))
        };
        if !claims.has_role(exo_rbac::PERMISSION) {
            return refused(exo_rbac::PERMISSION);
        }
        let named = |role: &&String| !claims.directory_roles().any(|id| id.eq_ignore_ascii_case(role));
        match self.roles.iter().find(named) {
            Some(role) => refused(&format!("the directory role {}", exo_rbac::role_name(role).unwrap_or(role))),
            None => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl Prover for AsTheApp {
    async fn prove(&self, app_id: &AppId, service: Service) -> std::result::Result<(), SeamError> {
        self.try_once(app_id, service).await.map_err(Failure::into_seam)
    }
}

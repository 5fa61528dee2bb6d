//! One service before a run: what its token grants, and what it offers.

use super::token;
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use exo_model::{Diagnose as _, ErrorKind, Service};
use exo_rbac::{Grants, Offer};
use exo_token::Claims;

/// What is known of a service before a cmdlet is sent.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) service: Service,
    /// What the token says; nothing where it cannot be read.
    pub(crate) grants: Option<Grants>,
    /// What the service offers, or why that is not known.
    pub(crate) offer: Result<Offer>,
}

impl Look {
    /// Looks at the token, and where nothing there makes a refusal certain, asks the service.
    pub(super) async fn whole(connection: &Connection, service: Service) -> Result<Self> {
        let claims = connection.claims(service).await?;
        if let Some(claims) = &claims {
            let findings = token::explain(connection, service, claims, None);
            if let Some(finding) = findings.iter().find(|finding| finding.is_certain() && !token::is_of_time(finding)) {
                return Err(token::certain(finding, &format!("{}: ", service.title())));
            }
        }
        Self::at(connection, service, claims.as_ref()).await
    }

    /// Asks the service what it offers to the app: one call in a session's life.
    ///
    /// A refusal is one; an answer that does not come leaves the token to tell.
    pub(crate) async fn at(connection: &Connection, service: Service, claims: Option<&Claims>) -> Result<Self> {
        let grants = claims.map(|claims| Grants::from_claims(service, &claims.roles, &claims.wids));
        let offer = match connection.session(service).await?.offered().await {
            Ok(offer) => Ok(as_data(service, &offer)),
            Err(error) if matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Authentication) => {
                return Err(error.into());
            }
            Err(error) => Err(Failure::from(error)),
        };
        Ok(Self { service, grants, offer })
    }

    /// Says that the offer is not known.
    pub(super) fn note(&self) -> Option<String> {
        let why = self.offer.as_ref().err()?.in_a_line();
        let service = self.service.title();
        Some(format!("warning: which cmdlets {service} offers is not known, the token alone tells: {why}"))
    }
}

fn as_data(service: Service, offer: &exo_session::Offer) -> Offer {
    offer.cmdlets().fold(Offer::new(service), |known, name| match offer.parameters(name) {
        Some(parameters) if !parameters.is_empty() => known.with(name.clone(), parameters),
        // A list that names a cmdlet alone says nothing of its parameters.
        _ => known.with_name(name.clone()),
    })
}

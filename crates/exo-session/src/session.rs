//! A session: an organization and a service, ready to run cmdlets.

use crate::builder::SessionBuilder;
use crate::exchange::Exchange;
use crate::own_paging::{Chain, Way};
use crate::pages::Run;
use crate::{Each, Error, Offer, exchange, offer};
use exo_http::Transport;
use exo_model::{Clock, Invocation, Invoker, Organization, Pages, SeamError, Service, TokenProvider};
use std::fmt;
use std::sync::Arc;

/// An organization and a service, ready to run cmdlets.
///
/// Opening one sends nothing: every call carries its own token and stands for itself. A clone is the same session.
///
/// ```
/// # use exo_http::Transport;
/// # use exo_model::{Clock, TokenProvider};
/// # use std::sync::Arc;
/// use exo_model::Service;
/// use exo_session::{Budget, Session};
///
/// # fn open(tokens: Arc<dyn TokenProvider>, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Result<Session, exo_model::IdError> {
/// let organization = "contoso.onmicrosoft.com".parse()?;
/// let session = Session::builder(Service::Exchange, organization, tokens, transport, clock)
///     .budget(Budget::new(4))
///     .client_name("inventory", "1.2.0")
///     .build();
/// # Ok(session)
/// # }
/// ```
#[derive(Clone)]
pub struct Session {
    exchange: Arc<Exchange>,
}

impl Session {
    /// A session with what it cannot be without.
    pub fn builder(
        service: Service,
        organization: Organization,
        tokens: Arc<dyn TokenProvider>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> SessionBuilder {
        SessionBuilder::new(service, organization, exchange::Seams { tokens, transport, clock })
    }

    pub(crate) fn new(exchange: Exchange) -> Self {
        Self { exchange: Arc::new(exchange) }
    }

    /// The service whose cmdlets it runs.
    pub fn service(&self) -> Service {
        self.exchange.caller.service
    }

    /// The host of the tenant's region, once the service has redirected a call there.
    pub fn region(&self) -> Option<String> {
        let host = self.exchange.host();
        (host != self.exchange.hosts.first).then(|| host.host().to_owned())
    }

    /// Runs many calls, side by side as far as the budget lets them, or in batches where that is asked for.
    pub fn each<I>(&self, invocations: I) -> Each
    where
        I: IntoIterator<Item = Invocation>,
        I::IntoIter: Send + 'static,
    {
        Each::new(Arc::clone(&self.exchange), Box::new(invocations.into_iter()))
    }

    /// The cmdlets that the service offers to this app, and their parameters.
    ///
    /// Asked once per session, whoever asks how often, and the answer is kept; a failure is not. Nothing else depends on
    /// it: a call may be made without having looked. It costs one answer of about two megabytes.
    ///
    /// # Errors
    ///
    /// Those of a call; the cmdlet that they name is `Get-Command`, by which PowerShell asks the same. An app without a
    /// directory role is refused here.
    pub async fn offered(&self) -> Result<Arc<Offer>, Error> {
        offer::kept(&self.exchange).await
    }
}

#[async_trait::async_trait]
impl Invoker for Session {
    async fn invoke(&self, invocation: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        // The service's own list brings its key along, which a caller need not have.
        if self.exchange.caller.public_key.is_missing_for(&invocation) {
            self.offered().await.map_err(Error::into_seam)?;
        }
        if let Some(way) = Way::of(&invocation) {
            let chain = Chain::new(Arc::clone(&self.exchange), invocation, way).map_err(Error::into_seam)?;
            return Ok(Box::new(chain));
        }
        let call = self.exchange.call(&invocation).map_err(Error::into_seam)?;
        Ok(Box::new(Run::new(Arc::clone(&self.exchange), call)))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("service", &self.exchange.caller.service)
            .field("organization", &self.exchange.caller.organization)
            .field("host", &self.exchange.host())
            .finish_non_exhaustive()
    }
}

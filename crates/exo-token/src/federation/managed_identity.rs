//! A managed identity that vouches for an app.

use super::check;
use crate::{AssertionSource, Audience};
use exo_model::{Scope, SeamError, Secret, TokenProvider, TokenRequest};

/// A managed identity whose token vouches for an app, which may be one of another tenant.
///
/// The app needs a federated credential whose issuer is the identity's tenant
/// (`https://login.microsoftonline.com/TENANT/v2.0`) and whose subject is the object id of the identity.
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_model::Cloud;
/// use exo_token::{FederatedManagedIdentity, ManagedIdentity, ManagedIdentityHost};
/// use std::sync::Arc;
///
/// let transport = Arc::new(HttpsTransport::builder().no_proxy().build()?);
/// let host = ManagedIdentityHost::virtual_machine();
/// let identity = ManagedIdentity::new(transport, Arc::new(SystemClock::new()), host);
/// let audience = Cloud::Worldwide.endpoints().federated_audience;
/// let source = FederatedManagedIdentity::new(identity, &audience);
/// # drop(source);
/// # Ok::<(), exo_http::Error>(())
/// ```
#[derive(Debug)]
pub struct FederatedManagedIdentity {
    provider: Box<dyn TokenProvider>,
    scope: Scope,
}

impl FederatedManagedIdentity {
    /// The tokens of this provider for this audience, such as `api://AzureADTokenExchange`.
    ///
    /// The provider should be without a cache, so that each exchange has a token as new as the host gives it; how long it
    /// waits for one is its own affair ([`ManagedIdentity::longest_wait`](crate::ManagedIdentity::longest_wait)).
    pub fn new(provider: impl TokenProvider + 'static, audience: &str) -> Self {
        Self { provider: Box::new(provider), scope: Scope::new(format!("{audience}/.default")) }
    }
}

#[async_trait::async_trait]
impl AssertionSource for FederatedManagedIdentity {
    async fn assertion(&self, audience: &Audience<'_>) -> Result<Secret, SeamError> {
        let token = self.provider.token(&TokenRequest::new(self.scope.clone())).await?;
        check("the managed identity", token.secret().clone(), audience.now).map_err(SeamError::new)
    }
}

//! The proof that it works: signing in as the app.

use exo_model::{AppId, SeamError, Service};

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

/// Whether a refusal may pass once a new app, certificate, consent or role is known everywhere.
pub(crate) fn may_pass(error: &SeamError) -> bool {
    use exo_model::{Diagnose as _, ErrorKind};
    let code = error.service_code().unwrap_or_default();
    let unknown_yet = ["AADSTS700016", "AADSTS7000229", "AADSTS700027"].contains(&code);
    // A token without the permission or the role is how the service sees an app whose consent is on its way.
    unknown_yet || matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Throttled | ErrorKind::Unavailable)
}

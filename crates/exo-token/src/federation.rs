//! Workload identity federation: the token of another issuer vouches for the app, unchanged.

mod azure_pipelines;
mod error;
mod file;
mod github_actions;
mod issuer;
mod managed_identity;

pub use azure_pipelines::AzurePipelines;
pub use error::FederationError;
pub use file::FederatedTokenFile;
pub use github_actions::GitHubActions;
pub use managed_identity::FederatedManagedIdentity;

use crate::Claims;
use exo_model::Secret;
use std::time::SystemTime;

/// What can be seen of a token without its issuer: that it is one, and that it has not expired.
fn check(issuer: &str, token: Secret, now: SystemTime) -> Result<Secret, FederationError> {
    let claims = Claims::of_jwt(token.expose())
        .map_err(|_| FederationError::NotAToken { issuer: issuer.to_owned(), what: "it is not a JWT" })?;
    match claims.exp {
        Some(expired_at) if expired_at <= now => {
            Err(FederationError::Expired { issuer: issuer.to_owned(), expired_at })
        }
        _ => Ok(token),
    }
}

//! The steps of a set-up, in words.

use crate::{Permission, Role};
use exo_model::Service;
use serde::Serialize;
use std::fmt;

/// One step, which looks first and then makes what lacks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// See whether the name is free.
    Name,
    /// Register the app.
    Application,
    /// Declare the permissions that the app needs.
    Permissions,
    /// Attach the certificate.
    Certificate,
    /// Make the app's service principal, which holds its rights in the tenant.
    ServicePrincipal,
    /// Find the service principal of a service, or make it.
    Resource(Service),
    /// Consent to the permission, as an administrator.
    Consent(Service),
    /// Assign a directory role.
    Role(Role),
    /// Remove certificates that another one took the place of.
    Retire,
    /// Take a consent back.
    Revoke(Service),
    /// Take a directory role away.
    Unassign(Role),
    /// Sign in as the app.
    SignIn(Service),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("whether the name is free"),
            Self::Application => f.write_str("the app registration"),
            Self::Permissions => f.write_str("the declared permissions"),
            Self::Certificate => f.write_str("the certificate"),
            Self::ServicePrincipal => f.write_str("the service principal"),
            Self::Resource(service) => write!(f, "the service principal of {}", Permission::of(*service).resource),
            Self::Consent(service) => {
                let permission = Permission::of(*service);
                write!(f, "the consent to {} of {}", permission.value, permission.resource)
            }
            Self::Role(role) => write!(f, "the directory role {role}"),
            Self::Retire => f.write_str("the removal of the old certificate"),
            Self::Revoke(service) => {
                let permission = Permission::of(*service);
                write!(f, "the end of the consent to {} of {}", permission.value, permission.resource)
            }
            Self::Unassign(role) => write!(f, "the end of the directory role {role}"),
            Self::SignIn(service) => write!(f, "signing in to {}", service.title()),
        }
    }
}

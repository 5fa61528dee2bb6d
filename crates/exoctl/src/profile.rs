//! From flags, environment and profile file to one checked profile.

use crate::arguments::SignIn;
use crate::credential::{AzureVariables, Credential, Levels};
use crate::failure::{Failure, Result};
use crate::profile_file::Settings;
use crate::site::Site;
use crate::{client_secret, credential};
use exo_model::{AppId, Cloud, Endpoints, ErrorKind, Organization, TenantName};
use exo_plugin_host::Isolation;
use exo_token::CredentialKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Who signs in, where, and with what: everything checked that can be checked without a file or the network.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The app; a managed identity or a token that somebody else has fetched tells it by itself.
    pub(crate) app_id: Option<AppId>,
    /// The tenant's initial domain; found through the tenant where nobody gives it.
    pub(crate) organization: Option<Organization>,
    /// The tenant as the token endpoint is told it.
    pub(crate) tenant: TenantName,
    /// What proves the app.
    pub(crate) credential: Credential,
    /// For how long something new that the token service does not know yet is asked for again.
    pub(crate) propagation: Duration,
    /// The folder that keeps tokens beyond this run, if one is to.
    pub(crate) token_cache: Option<PathBuf>,
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// Addresses and scopes.
    pub(crate) endpoints: Endpoints,
    /// The whole URL of the token endpoint, if it was given.
    pub(crate) token_url: Option<String>,
    /// More certificate authorities to trust.
    pub(crate) ca_file: Option<PathBuf>,
    /// Calls in flight at most.
    pub(crate) concurrency: usize,
    /// Waits of one call at most, summed.
    pub(crate) max_wait: Duration,
    /// How plugins are confined, where the command line does not say.
    pub(crate) isolation: Isolation,
}

impl Profile {
    /// Merges flags (with their variables) over the profile file, and checks the result.
    pub(crate) fn resolve(sign_in: &SignIn, config: Option<&Path>, name: Option<&str>) -> Result<Self> {
        client_secret::refuse(sign_in.client_secret.as_ref())?;
        Self::of(sign_in, &Settings::load(config, name)?)
    }

    /// The same over a profile that was read already, or that is still to be written.
    pub(crate) fn of(sign_in: &SignIn, settings: &Settings) -> Result<Self> {
        let levels = Levels::of(sign_in, settings);
        let named = levels.kind()?;
        let kind = named.unwrap_or(CredentialKind::Certificate);
        let azure = AzureVariables::of(kind);
        let site = Site::resolve(sign_in, settings, &azure)?;
        let app_id = text(sign_in.app_id.as_ref(), settings.app_id.as_ref()).or(azure.app_id);
        if app_id.is_none() && credential::needs_app_id(kind) {
            return Err(missing("app-id", "EXOCTL_APP_ID", "36ee4c6c-0812-40a2-b820-b22ebd02bce3"));
        }
        let credential = levels.credential(kind)?.ok_or_else(no_credential)?;
        let places = &sign_in.places;
        Ok(Self {
            app_id: app_id.map(|id| checked(&id)).transpose()?,
            organization: site.organization,
            tenant: site.tenant,
            credential,
            propagation: settings.propagation(sign_in),
            token_cache: sign_in.token_cache.clone().or_else(|| settings.token_cache.clone()),
            cloud: site.cloud,
            endpoints: site.endpoints,
            token_url: text(places.token_url.as_ref(), settings.token_url.as_ref()),
            ca_file: site.ca_file,
            concurrency: usize::from(places.concurrency.or(settings.concurrency).unwrap_or(10).clamp(1, 64)),
            max_wait: site.max_wait,
            isolation: settings.isolation.unwrap_or_default(),
        })
    }

    /// The organization, or the tenant through which it is to be found.
    pub(crate) fn place(&self) -> String {
        self.organization.as_ref().map_or_else(|| format!("tenant {}", self.tenant), ToString::to_string)
    }

    /// The app, and what is said where only the token will tell it.
    pub(crate) fn app(&self) -> String {
        match &self.app_id {
            Some(id) => format!("app {id}"),
            None => self.credential.kind().title().to_owned(),
        }
    }
}

pub(crate) fn missing(flag: &str, variable: &str, example: &str) -> Failure {
    let text = format!("`--{flag}` is missing: give it, set {variable}, or write it into the profile");
    Failure::new(ErrorKind::Profile, text)
        .hinted(format!("for example --{flag} {example}; `exoctl demo` needs nothing"))
}

/// Nobody says what proves the app; what this machine offers is named, and not taken unasked.
fn no_credential() -> Failure {
    if let Some(refusal) = client_secret::alone() {
        return refusal;
    }
    let failure = missing("certificate-file", "EXOCTL_CERTIFICATE_FILE", "mycert.pfx");
    match AzureVariables::offer() {
        Some((kind, variable)) => {
            failure.hinted(format!("{variable} is set: --credential {kind} signs in with {}", kind.title()))
        }
        None => failure,
    }
}

impl Settings {
    fn propagation(&self, flags: &SignIn) -> Duration {
        Duration::from_secs(flags.wait_for_propagation.or(self.wait_for_propagation).unwrap_or_default())
    }
}

/// The flag or variable that is filled, else what the profile says.
pub(crate) fn text(flag: Option<&String>, setting: Option<&String>) -> Option<String> {
    // A variable that is set to nothing is not set.
    let filled = |value: &&String| !value.trim().is_empty();
    flag.filter(filled).or(setting.filter(filled)).cloned()
}

/// A value of the profile that is wrong is the profile's fault, whatever the type says.
pub(crate) fn checked<T: FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T> {
    value.parse().map_err(|error| Failure::new(ErrorKind::Profile, format!("{error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> SignIn {
        SignIn {
            app_id: Some("36ee4c6c-0812-40a2-b820-b22ebd02bce3".into()),
            organization: Some("contoso.onmicrosoft.com".into()),
            certificate_file: Some("a.pfx".into()),
            ..SignIn::default()
        }
    }

    #[test]
    fn the_tenant_is_the_organization_unless_it_is_given() {
        let empty = Path::new("/dev/null");
        let profile = Profile::resolve(&flags(), Some(empty), None).unwrap();
        assert_eq!(profile.tenant.as_str(), "contoso.onmicrosoft.com");
        let given = SignIn { tenant: Some("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11".into()), ..flags() };
        assert!(Profile::resolve(&given, Some(empty), None).unwrap().tenant.id().is_some());
    }

    #[test]
    fn an_organization_is_the_tenant_where_that_is_an_initial_domain() {
        let empty = Path::new("/dev/null");
        let with = |tenant: &str| {
            let given = SignIn { tenant: Some(tenant.into()), organization: None, ..flags() };
            Profile::resolve(&given, Some(empty), None).unwrap().organization
        };
        assert_eq!(with("contoso.onmicrosoft.com").unwrap().as_str(), "contoso.onmicrosoft.com");
        assert_eq!(with("contoso.com"), None);
        assert_eq!(with("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"), None);
        let neither = SignIn { organization: None, ..flags() };
        assert_eq!(Profile::resolve(&neither, Some(empty), None).unwrap_err().kind(), ErrorKind::Profile);
    }

    #[test]
    fn a_compliance_address_is_also_the_base_of_its_regions() {
        let mut flags = flags();
        flags.places.compliance = Some("https://ps.compliance.localhost:8443".into());
        let profile = Profile::resolve(&flags, Some(Path::new("/dev/null")), None).unwrap();
        assert_eq!(profile.endpoints.compliance_region.to_string(), "https://ps.compliance.localhost:8443");
    }

    #[test]
    fn what_is_wrong_is_a_fault_of_the_profile() {
        for wrong in ["contoso.com", "common", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"] {
            let given = SignIn { organization: Some(wrong.into()), ..flags() };
            let failure = Profile::resolve(&given, Some(Path::new("/dev/null")), None).unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::Profile, "{wrong}");
        }
    }
}

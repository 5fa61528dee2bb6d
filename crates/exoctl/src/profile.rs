//! From flags, environment and profile file to one checked profile.

use crate::arguments::{Places, SignIn};
use crate::certificate_source::{CertificateSource, Named, Place};
use crate::client_secret;
use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::profile_file::Settings;
use exo_cert::SignatureAlgorithm;
use exo_model::{AppId, Cloud, Endpoints, ErrorKind, Organization, Origin, Scope, TenantName};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Who signs in, where, and with what: everything checked that can be checked without a file or the network.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// The app.
    pub(crate) app_id: AppId,
    /// The tenant's initial domain.
    pub(crate) organization: Organization,
    /// The tenant as the token endpoint is told it.
    pub(crate) tenant: TenantName,
    /// The certificate.
    pub(crate) certificate: CertificateSource,
    /// How it signs.
    pub(crate) signing: Signing,
    /// For how long something new that the token service does not know yet is asked for again.
    pub(crate) propagation: Duration,
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
}

/// How assertions are signed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signing {
    /// In this way and no other.
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// With the certificate's chain.
    pub(crate) with_chain: bool,
}

impl Profile {
    /// Merges flags (with their variables) over the profile file, and checks the result.
    pub(crate) fn resolve(sign_in: &SignIn, config: Option<&Path>, name: Option<&str>) -> Result<Self> {
        client_secret::refuse(sign_in.client_secret.as_ref())?;
        let settings = Settings::load(config, name)?;
        let missing = |flag: &str, variable: &str, example: &str| {
            let text = format!("`--{flag}` is missing: give it, set {variable}, or write it into the profile");
            Failure::new(ErrorKind::Profile, text)
                .hinted(format!("for example --{flag} {example}; `exoctl demo` needs nothing"))
        };
        let organization = text(sign_in.organization.as_ref(), settings.organization.as_ref())
            .ok_or_else(|| missing("organization", "EXOCTL_ORGANIZATION", "contoso.onmicrosoft.com"))?;
        let organization: Organization = checked(&organization)?;
        let app_id = text(sign_in.app_id.as_ref(), settings.app_id.as_ref())
            .ok_or_else(|| missing("app-id", "EXOCTL_APP_ID", "36ee4c6c-0812-40a2-b820-b22ebd02bce3"))?;
        let tenant = text(sign_in.tenant.as_ref(), settings.tenant.as_ref());
        let tenant = tenant.map_or_else(|| Ok(TenantName::from(&organization)), |tenant| checked(&tenant))?;
        let certificate = settings.certificate(sign_in)?;
        let certificate = certificate.ok_or_else(|| {
            client_secret::alone()
                .unwrap_or_else(|| missing("certificate-file", "EXOCTL_CERTIFICATE_FILE", "mycert.pfx"))
        })?;
        let places = &sign_in.places;
        Ok(Self {
            app_id: checked(&app_id)?,
            organization,
            tenant,
            certificate,
            signing: settings.signing(sign_in)?,
            propagation: settings.propagation(sign_in),
            endpoints: settings.endpoints(places)?,
            token_url: text(places.token_url.as_ref(), settings.token_url.as_ref()),
            ca_file: places.ca_file.clone().or_else(|| settings.ca_file.clone()),
            concurrency: usize::from(places.concurrency.or(settings.concurrency).unwrap_or(4).clamp(1, 64)),
            max_wait: Duration::from_secs(places.max_wait.or(settings.max_wait).unwrap_or(600)),
        })
    }
}

impl Settings {
    /// The certificate, if anybody names one.
    fn certificate(&self, flags: &SignIn) -> Result<Option<CertificateSource>> {
        let from_flags = Named {
            file: flags.certificate_file.clone(),
            variable: flags.certificate_env.clone(),
            command: flags.certificate_command.clone(),
            thumbprint: flags.certificate_thumbprint.clone(),
        };
        let from_file = Named {
            file: self.certificate_file.clone(),
            variable: self.certificate_env.clone(),
            command: self.certificate_command.clone(),
            thumbprint: self.certificate_thumbprint.clone(),
        };
        let Some((place, thumbprint)) = Place::choose([from_flags, Named::in_environment(), from_file])? else {
            return Ok(None);
        };
        Ok(Some(CertificateSource {
            place,
            thumbprint,
            password: self.password(flags)?,
            store: flags.certificate_store.clone().or_else(|| self.certificate_store.clone()),
            allow_expired: flags.allow_expired || self.allow_expired,
            allow_open_key_file: flags.allow_open_key_file || self.allow_open_key_file,
            require_csp: flags.require_csp || self.require_csp,
        }))
    }

    fn signing(&self, flags: &SignIn) -> Result<Signing> {
        let named = text(flags.signature_algorithm.as_ref(), self.signature_algorithm.as_ref());
        let algorithm = named.map(|name| algorithm(&name)).transpose()?;
        Ok(Signing { algorithm, with_chain: flags.send_chain || self.send_chain })
    }

    fn propagation(&self, flags: &SignIn) -> Duration {
        Duration::from_secs(flags.wait_for_propagation.or(self.wait_for_propagation).unwrap_or_default())
    }

    /// One source of the password; flags hide all of the profile's.
    fn password(&self, flags: &SignIn) -> Result<PasswordSource> {
        let from_flags = PasswordSource::choose(
            flags.certificate_password_env.clone(),
            flags.certificate_password_file.clone(),
            flags.certificate_password_command.clone(),
            flags.certificate_password_fd,
            flags.certificate_password_insecure.clone(),
        )?;
        if let Some(source) = from_flags {
            return Ok(source);
        }
        if let Some(usual) = PasswordSource::usual() {
            return Ok(usual);
        }
        let from_file = PasswordSource::choose(
            self.certificate_password_env.clone(),
            self.certificate_password_file.clone(),
            self.certificate_password_command.clone(),
            None,
            None,
        )?;
        Ok(from_file.unwrap_or(PasswordSource::None))
    }

    fn endpoints(&self, places: &Places) -> Result<Endpoints> {
        let cloud = match text(places.cloud.as_ref(), self.cloud.as_ref()) {
            None => Cloud::default(),
            Some(name) => {
                Cloud::ALL.iter().copied().find(|c| c.as_str().eq_ignore_ascii_case(&name)).ok_or_else(|| {
                    let known = Cloud::ALL.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ");
                    Failure::new(ErrorKind::Profile, format!("`{name}` is not a cloud; there are {known}"))
                })?
            }
        };
        let mut endpoints = cloud.endpoints();
        if let Some(login) = origin(places.login.as_ref(), self.login.as_ref())? {
            endpoints.login = login;
        }
        if let Some(exchange) = origin(places.exchange.as_ref(), self.exchange.as_ref())? {
            endpoints.exchange = exchange;
        }
        if let Some(compliance) = origin(places.compliance.as_ref(), self.compliance.as_ref())? {
            endpoints.compliance_region = compliance.clone();
            endpoints.compliance = compliance;
        }
        if let Some(scope) = text(places.exchange_scope.as_ref(), self.exchange_scope.as_ref()) {
            endpoints.exchange_scope = Scope::new(scope);
        }
        if let Some(scope) = text(places.compliance_scope.as_ref(), self.compliance_scope.as_ref()) {
            endpoints.compliance_scope = Scope::new(scope);
        }
        Ok(endpoints)
    }
}

fn text(flag: Option<&String>, setting: Option<&String>) -> Option<String> {
    // A variable that is set to nothing is not set.
    let filled = |value: &&String| !value.trim().is_empty();
    flag.filter(filled).or(setting.filter(filled)).cloned()
}

fn algorithm(name: &str) -> Result<SignatureAlgorithm> {
    let known = [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256];
    known.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::new(ErrorKind::Profile, format!("`{name}` is not a signature algorithm; there are PS256 and RS256"))
    })
}

fn origin(flag: Option<&String>, setting: Option<&String>) -> Result<Option<Origin>> {
    text(flag, setting).map(|address| checked(&address)).transpose()
}

/// A value of the profile that is wrong is the profile's fault, whatever the type says.
fn checked<T: FromStr<Err: std::fmt::Display>>(value: &str) -> Result<T> {
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

//! A certificate of this machine, as flags, variables and profile describe it.

use super::Signing;
use crate::arguments::SignIn;
use crate::certificate_source::{CertificateSource, Named, Place};
use crate::failure::{Failure, Result};
use crate::password::PasswordSource;
use crate::profile::text;
use crate::profile_file::Settings;
use exo_cert::SignatureAlgorithm;
use exo_model::ErrorKind;

impl SignIn {
    /// What the flags say of the certificate.
    pub(super) fn named(&self) -> Named {
        Named {
            file: self.certificate_file.clone(),
            variable: self.certificate_env.clone(),
            command: self.certificate_command.clone(),
            thumbprint: self.certificate_thumbprint.clone(),
        }
    }
}

impl Settings {
    /// What the profile says of the certificate.
    pub(super) fn named(&self) -> Named {
        Named {
            file: self.certificate_file.clone(),
            variable: self.certificate_env.clone(),
            command: self.certificate_command.clone(),
            thumbprint: self.certificate_thumbprint.clone(),
        }
    }

    /// The certificate, if anybody names one.
    pub(super) fn certificate(&self, flags: &SignIn) -> Result<Option<CertificateSource>> {
        let levels = [flags.named(), Named::in_environment(), self.named()];
        let Some((place, thumbprint)) = Place::choose(levels)? else {
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

    /// How it signs.
    pub(super) fn signing(&self, flags: &SignIn) -> Result<Signing> {
        let named = text(flags.signature_algorithm.as_ref(), self.signature_algorithm.as_ref());
        let algorithm = named.map(|name| algorithm(&name)).transpose()?;
        Ok(Signing { algorithm, with_chain: flags.send_chain || self.send_chain })
    }

    /// One source of the password; flags hide all of the profile's.
    pub(crate) fn password(&self, flags: &SignIn) -> Result<PasswordSource> {
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
}

fn algorithm(name: &str) -> Result<SignatureAlgorithm> {
    let known = [SignatureAlgorithm::Ps256, SignatureAlgorithm::Rs256];
    known.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::new(ErrorKind::Profile, format!("`{name}` is not a signature algorithm; there are PS256 and RS256"))
    })
}

//! Why a person's sign-in gave no token, and the way out.

use crate::{Error, ServiceError};
use exo_model::{AppId, Diagnose, ErrorKind, SeamError};
use std::borrow::Cow;
use std::time::Duration;

/// Why a person's sign-in by device code gave no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceCodeError {
    /// The person said no.
    #[error("the sign-in by device code was declined")]
    Declined,

    /// Nobody confirmed the code in time.
    #[error("nobody confirmed the device code within {} minutes", after.as_secs().div_ceil(60))]
    #[non_exhaustive]
    Expired {
        /// How long it could be confirmed.
        after: Duration,
    },

    /// The sign-in service refused.
    #[error("the sign-in service refused the sign-in by device code to app {client_id}: {error}")]
    #[non_exhaustive]
    Refused {
        /// The app that was signed in to.
        client_id: AppId,
        /// In the service's own words.
        error: Box<ServiceError>,
    },

    /// A service wants another kind of token, which the person was not asked for.
    #[error("the service demands a token with other claims than a sign-in by device code gives")]
    Claims,

    /// The exchange with the sign-in service failed.
    #[error(transparent)]
    #[non_exhaustive]
    Exchange {
        /// What was wrong.
        source: Error,
    },
}

impl Diagnose for DeviceCodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Exchange { source } => source.kind(),
            _ => ErrorKind::Authentication,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Declined => {
                Some("start again, and confirm the app that the page names if it is the right one".into())
            }
            Self::Expired { .. } => Some("start again, and enter the new code at once".into()),
            Self::Refused { error, .. } => Some(remedy(error)),
            Self::Claims => Some(OTHERWISE.into()),
            Self::Exchange { source } => source.hint(),
        }
    }
}

impl From<DeviceCodeError> for SeamError {
    fn from(error: DeviceCodeError) -> Self {
        let code = match &error {
            DeviceCodeError::Refused { error, .. } => {
                Some(error.code().map_or_else(|| error.error.clone(), |code| format!("AADSTS{code}")))
            }
            DeviceCodeError::Exchange { source } => source.service_error().map(|error| error.error.clone()),
            _ => None,
        };
        let seam = Self::new(error);
        match code {
            Some(code) => seam.code(code),
            None => seam,
        }
    }
}

/// What to do; the codes mean another thing to a person than to an app with a certificate.
fn remedy(error: &ServiceError) -> Cow<'static, str> {
    match error.code() {
        Some(53_000..=53_003 | 530_032 | 530_035) => {
            format!("a policy of the tenant blocks this way of signing in, as many do with device codes: {OTHERWISE}")
                .into()
        }
        Some(7_000_218) => {
            "turn on `Allow public client flows` in the registration of the app that you sign in to".into()
        }
        Some(65_001 | 65_004 | 90_094) => {
            "the app needs consent to the permissions that it asks for: sign in as an administrator who may give it, or add the delegated permissions to the app and grant admin consent once".into()
        }
        Some(700_016) => {
            "give the application (client) id of an app that is registered in this tenant, or one that was consented to".into()
        }
        Some(50_020 | 50_034) => "sign in with an account of this tenant".into(),
        Some(50_076 | 50_079) => "start again, and answer what the page asks for beside the password".into(),
        Some(50_105) => "assign the account to the app's enterprise application, or sign in with one that is".into(),
        // Tenants and clouds are the same for persons and apps.
        Some(90_002 | 90_038 | 900_021 | 900_023 | 900_382 | 900_432) => error.remedy(),
        _ => format!("look the code up in Microsoft's list of AADSTS codes; {OTHERWISE}").into(),
    }
}

/// The other door.
const OTHERWISE: &str = "sign in in a way that the tenant allows and hand the token over, such as what `az account get-access-token` prints";

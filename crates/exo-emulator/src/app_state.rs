//! Apps that were set up halfway, or more than halfway: the states in which an administrator may leave one.

use std::str::FromStr;

use crate::app::{App, Service};
use crate::clock::Clock;
use crate::error::Error;
use crate::tenant::Tenant;
use crate::vault::VaultCertificate;

/// What is wrong with the first app of a tenant when it starts.
///
/// ```
/// use exo_emulator::{App, AppState, Service, Tenant};
///
/// let app = App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3").permission(Service::Exchange);
/// let tenant = Tenant::contoso().app(app).app_state(AppState::NoRole).app_state(AppState::Disabled);
/// assert_eq!("no-role".parse::<AppState>()?, AppState::NoRole);
/// # Ok::<(), exo_emulator::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppState {
    /// No app was registered at all.
    NoApp,
    /// It has no certificate.
    NoCertificate,
    /// Its certificate is another one, of which nobody has the key.
    OtherCertificate,
    /// The dates of its certificate on the registration have ended.
    ExpiredCertificate,
    /// It has no service principal, and hence neither permission nor role.
    NoPrincipal,
    /// Its service principal is disabled.
    Disabled,
    /// It asks for permissions, and nobody consented.
    NoConsent,
    /// It was not granted the permission on Exchange Online.
    NoExchangeConsent,
    /// It was not granted the permission on Exchange Online Protection.
    NoComplianceConsent,
    /// It has no directory role.
    NoRole,
    /// Two other apps have the same name.
    Namesakes,
    /// It was granted permissions that no report needs, and is a Global Administrator.
    TooMuch,
}

impl AppState {
    /// All of them, each with its name in settings.
    pub const ALL: [(&'static str, Self); 12] = [
        ("no-app", Self::NoApp),
        ("no-certificate", Self::NoCertificate),
        ("other-certificate", Self::OtherCertificate),
        ("expired-certificate", Self::ExpiredCertificate),
        ("no-principal", Self::NoPrincipal),
        ("disabled", Self::Disabled),
        ("no-consent", Self::NoConsent),
        ("no-exchange-consent", Self::NoExchangeConsent),
        ("no-compliance-consent", Self::NoComplianceConsent),
        ("no-role", Self::NoRole),
        ("namesakes", Self::Namesakes),
        ("too-much", Self::TooMuch),
    ];

    fn apply(self, app: &mut App, now: i64) -> Result<(), Error> {
        const DAY: i64 = 86_400;
        match self {
            Self::NoApp | Self::Namesakes => {}
            Self::NoCertificate => app.certificates.clear(),
            Self::OtherCertificate => {
                app.certificates.clear();
                *app = app.clone().certificate_der(VaultCertificate::generate("other")?.der());
            }
            Self::ExpiredCertificate => {
                for certificate in &mut app.certificates {
                    certificate.dates = Some((now - 400 * DAY, now - 35 * DAY));
                }
            }
            Self::NoPrincipal => {
                app.service_principal = false;
                app.consented = false;
                app.roles.clear();
            }
            Self::Disabled => app.enabled = false,
            Self::NoConsent => app.consented = false,
            Self::NoExchangeConsent => app.withheld.push(Service::Exchange),
            Self::NoComplianceConsent => app.withheld.push(Service::Compliance),
            Self::NoRole => app.roles.clear(),
            Self::TooMuch => {
                let graph = "00000003-0000-0000-c000-000000000000";
                *app = app
                    .clone()
                    .permission_on(Service::Exchange.application_id(), "full_access_as_app")
                    .permission_on(graph, "Mail.Read")
                    .permission_on(graph, "Directory.ReadWrite.All")
                    .role("62e90394-69f5-4237-9190-012177145e10");
            }
        }
        Ok(())
    }
}

impl FromStr for AppState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        found
            .map(|(_, state)| *state)
            .ok_or_else(|| Error::Setting { what: "state of the app", value: text.to_owned() })
    }
}

impl Tenant {
    /// What is wrong with the first app when the tenant starts; may be said several times.
    #[must_use]
    pub fn app_state(mut self, state: AppState) -> Self {
        self.app_states.push(state);
        self
    }

    /// The tenant with its first app as it is to be.
    pub(crate) fn in_its_states(mut self) -> Result<Self, Error> {
        let now = Clock::ahead_by(self.clock_ahead).now();
        let states = std::mem::take(&mut self.app_states);
        for state in &states {
            match (state, self.apps.first_mut()) {
                (_, None) => {}
                (AppState::NoApp, Some(_)) => drop(self.apps.remove(0)),
                (AppState::Namesakes, Some(app)) => {
                    let name = app.display_name.clone();
                    self.apps.extend(NAMESAKES.map(|id| App::new(id).display_name(&name)));
                }
                (state, Some(app)) => state.apply(app, now)?,
            }
        }
        self.app_states = states;
        Ok(self)
    }
}

/// Apps that have nothing in common with the first but its name.
const NAMESAKES: [&str; 2] = ["8a3f1c52-97d4-4be0-a6c1-5d2e7f904b38", "d41b06e7-2c85-4f93-b17a-e0695ac83f12"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_changes_the_app_or_its_company() {
        let certificate = VaultCertificate::generate("own").unwrap();
        let app = App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3")
            .certificate_der(certificate.der())
            .permission(Service::Exchange)
            .permission(Service::Compliance)
            .role("29232cdf-9323-42fd-ade2-1d097af3e4de");
        let tenant = Tenant::contoso().app(app);
        let usual = format!("{:?}", tenant.apps);
        for (name, state) in AppState::ALL {
            let changed = tenant.clone().app_state(name.parse().unwrap()).in_its_states().unwrap();
            assert_eq!(changed.app_states, [state]);
            // A certificate's Debug tells its length, which the other one shares at times.
            let is_other = changed.apps.first().map(|app| app.certificates[..].iter().map(|c| c.der.clone()).collect())
                != Some(vec![certificate.der()]);
            assert!(format!("{:?}", changed.apps) != usual || is_other, "{name}");
        }
        assert!("half".parse::<AppState>().unwrap_err().to_string().contains("half"));
    }
}

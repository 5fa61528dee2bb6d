//! An app registration of the emulated tenant, with its service principal.

use std::time::Duration;

use crate::cloud::Cloud;
use crate::credential::CertificateSource;
use crate::federation::FederatedCredential;
use crate::guid::Guid;
use crate::load::Limits;
use crate::machine::ManagedIdentity;
use crate::mix::mix_text;
use crate::vault::VaultPermission;

/// One of the two services behind the admin API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Service {
    /// Exchange Online.
    Exchange,
    /// Security & Compliance.
    Compliance,
}

impl Service {
    /// The application id of the service itself, as the challenge of a 401 names it.
    pub const fn application_id(self) -> &'static str {
        match self {
            Self::Exchange => "00000002-0000-0ff1-ce00-000000000000",
            Self::Compliance => "00000007-0000-0ff1-ce00-000000000000",
        }
    }

    /// The audience of a token for this service in the worldwide cloud, whatever host the service was called by.
    pub const fn audience(self) -> &'static str {
        Cloud::Worldwide.audience(self)
    }
}

/// The application permission behind everything but the documented endpoints.
pub(crate) const MANAGE: &str = "Exchange.ManageAsApp";
/// The application permission behind the documented endpoints.
pub(crate) const MANAGE_V2: &str = "Exchange.ManageAsAppV2";

/// An app registration: who may sign in, and what it was granted.
///
/// ```
/// use exo_emulator::{App, Service};
///
/// let app = App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3")
///     .display_name("Nightly reports")
///     .permission(Service::Exchange)
///     .role("29232cdf-9323-42fd-ade2-1d097af3e4de");
/// ```
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, in any combination")]
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) certificates: Vec<CertificateSource>,
    /// Each with the time after which it shows, in seconds since the start.
    pub(crate) permissions: Vec<(Service, i64)>,
    pub(crate) manage_v2: bool,
    /// Permissions on other resources: the application id, and the permission's name.
    pub(crate) more_permissions: Vec<(String, String)>,
    pub(crate) consented: bool,
    /// Services whose permission is asked for, and was not granted.
    pub(crate) withheld: Vec<Service>,
    /// Template ids, each with the time after which it shows.
    pub(crate) roles: Vec<(String, i64)>,
    pub(crate) role_groups: Vec<(Service, String)>,
    pub(crate) service_principal: bool,
    pub(crate) enabled: bool,
    pub(crate) public_client: bool,
    pub(crate) blocked: bool,
    pub(crate) managed_identity: Option<ManagedIdentity>,
    /// The object id of the service principal, where it is not made from the app's id.
    pub(crate) principal_id: Option<String>,
    pub(crate) federated: Vec<FederatedCredential>,
    pub(crate) vault_access: Vec<(String, Vec<VaultPermission>)>,
    pub(crate) limits: Limits,
}

impl App {
    /// An app that is registered and consented, without certificate, permission or role.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            display_name: "ExO PowerShell CBA".to_owned(),
            certificates: Vec::new(),
            permissions: Vec::new(),
            manage_v2: false,
            more_permissions: Vec::new(),
            consented: true,
            withheld: Vec::new(),
            roles: Vec::new(),
            role_groups: Vec::new(),
            service_principal: true,
            enabled: true,
            public_client: false,
            blocked: false,
            managed_identity: None,
            principal_id: None,
            federated: Vec::new(),
            vault_access: Vec::new(),
            limits: Limits::new(),
        }
    }

    /// The name shown in the token.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = name.into();
        self
    }

    /// Registers a certificate, as DER; it is valid on the app as long as by itself.
    #[must_use]
    pub fn certificate_der(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.certificates.push(CertificateSource { der: der.into(), dates: None, visible_after: 0 });
        self
    }

    /// Registers a certificate that the token service does not know until so much time has gone by since the start.
    #[must_use]
    pub fn certificate_visible_after(mut self, der: impl Into<Vec<u8>>, delay: Duration) -> Self {
        let visible_after = seconds(delay);
        self.certificates.push(CertificateSource { der: der.into(), dates: None, visible_after });
        self
    }

    /// Registers a certificate, as DER, with the dates (seconds since 1970) of the key credential.
    #[must_use]
    pub fn certificate_der_with_dates(mut self, der: impl Into<Vec<u8>>, start: i64, end: i64) -> Self {
        self.certificates.push(CertificateSource { der: der.into(), dates: Some((start, end)), visible_after: 0 });
        self
    }

    /// Grants `Exchange.ManageAsApp` on the application of a service.
    #[must_use]
    pub fn permission(mut self, service: Service) -> Self {
        self.permissions.push((service, 0));
        self
    }

    /// Grants `Exchange.ManageAsAppV2` on Exchange Online, which opens the documented endpoints of `v2.0`.
    #[must_use]
    pub const fn permission_v2(mut self) -> Self {
        self.manage_v2 = true;
        self
    }

    /// Grants another permission: the application id of the resource, and the name of the permission there.
    ///
    /// Known are Office 365 Exchange Online, Microsoft Exchange Online Protection and Microsoft Graph with some of
    /// their permissions; a name that is none of them grants nothing.
    #[must_use]
    pub fn permission_on(mut self, resource: impl Into<String>, permission: impl Into<String>) -> Self {
        self.more_permissions.push((resource.into(), permission.into()));
        self
    }

    /// The same as [`App::permission`], in no token that is issued before so much time has gone by since the start.
    #[must_use]
    pub fn permission_visible_after(mut self, service: Service, delay: Duration) -> Self {
        self.permissions.push((service, seconds(delay)));
        self
    }

    /// Whether an administrator consented to the permissions; without that a token has no `roles`.
    #[must_use]
    pub const fn consented(mut self, consented: bool) -> Self {
        self.consented = consented;
        self
    }

    /// Assigns a directory role, by its template id.
    #[must_use]
    pub fn role(mut self, template_id: impl Into<String>) -> Self {
        self.roles.push((template_id.into(), 0));
        self
    }

    /// The same, in no token that is issued before so much time has gone by since the start.
    #[must_use]
    pub fn role_visible_after(mut self, template_id: impl Into<String>, delay: Duration) -> Self {
        self.roles.push((template_id.into(), seconds(delay)));
        self
    }

    /// Makes the service principal a member of a role group of a service; no token shows it.
    #[must_use]
    pub fn role_group(mut self, service: Service, name: impl Into<String>) -> Self {
        self.role_groups.push((service, name.into()));
        self
    }

    /// The same with another object id of its service principal.
    #[must_use]
    pub(crate) fn with_principal_id(mut self, id: String) -> Self {
        self.principal_id = Some(id);
        self
    }

    /// The object id of the app's registration, by which Microsoft Graph calls it.
    pub fn registration_id(&self) -> String {
        Guid::hashed(mix_text(0x4150, &self.id), 0).to_string()
    }

    /// Whether the app has a service principal in this tenant.
    #[must_use]
    pub const fn service_principal(mut self, exists: bool) -> Self {
        self.service_principal = exists;
        self
    }

    /// Whether the service principal is enabled.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Whether the registration is for public clients only, which may not use a credential.
    #[must_use]
    pub const fn public_client(mut self, public: bool) -> Self {
        self.public_client = public;
        self
    }

    /// Whether Conditional Access for workload identities blocks the app.
    #[must_use]
    pub const fn blocked(mut self, blocked: bool) -> Self {
        self.blocked = blocked;
        self
    }
}

/// Whole seconds of a delay.
pub(crate) fn seconds(delay: Duration) -> i64 {
    i64::try_from(delay.as_secs()).unwrap_or(i64::MAX)
}

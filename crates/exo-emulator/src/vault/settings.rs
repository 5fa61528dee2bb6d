//! A key vault as a test describes it: certificates, what their secrets hold, and who may do what.

use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use rcgen::PKCS_RSA_SHA256;

use crate::app::App;
use crate::certificates;
use crate::error::Error;
use crate::tenant::Tenant;

/// A key vault with its certificates.
///
/// ```
/// use exo_emulator::{App, Tenant, Vault, VaultCertificate, VaultPermission};
///
/// let signing = VaultCertificate::generate("signing")?;
/// let app = App::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3")
///     .certificate_der(signing.der())
///     .vault_access("contoso", [VaultPermission::CertificatesGet, VaultPermission::KeysSign]);
/// let tenant = Tenant::contoso().app(app).vault(Vault::new("contoso").certificate(signing));
/// # Ok::<(), exo_emulator::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vault {
    pub(crate) name: String,
    pub(crate) certificates: Vec<VaultCertificate>,
    pub(crate) by_role: bool,
    pub(crate) firewall: bool,
}

impl Vault {
    /// An empty vault, served as `NAME.vault.localhost` and `NAME.vault.azure.net`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), certificates: Vec::new(), by_role: false, firewall: false }
    }

    /// Puts a certificate in; the latest of a name is its current version.
    #[must_use]
    pub fn certificate(mut self, certificate: VaultCertificate) -> Self {
        self.certificates.push(certificate);
        self
    }
}

impl Vault {
    /// Whether permissions are Azure roles instead of the vault's access policies; a refusal says so.
    #[must_use]
    pub const fn by_role(mut self, by_role: bool) -> Self {
        self.by_role = by_role;
        self
    }

    /// Whether a firewall keeps this machine out.
    #[must_use]
    pub const fn firewall(mut self, firewall: bool) -> Self {
        self.firewall = firewall;
        self
    }
}

/// The form in which a vault hands a certificate out with its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum VaultContent {
    /// A PKCS#12 file without password, in base64.
    #[default]
    Pfx,
    /// PEM: the key, then the certificate.
    Pem,
}

/// What an app may do with what is in a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VaultPermission {
    /// Look at certificates.
    CertificatesGet,
    /// Read secrets, and with them exportable keys.
    SecretsGet,
    /// Look at the public part of keys.
    KeysGet,
    /// Sign with keys.
    KeysSign,
}

/// One version of a certificate in a vault, with its key.
#[derive(Clone)]
pub struct VaultCertificate {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) der: Vec<u8>,
    pub(crate) pkcs8: Vec<u8>,
    pub(crate) content: VaultContent,
    pub(crate) exportable: bool,
    pub(crate) enabled: bool,
}

impl VaultCertificate {
    /// A certificate with a new RSA key of 2,048 bits, made by the vault.
    ///
    /// # Errors
    ///
    /// [`Error::Keys`] if the machine refuses randomness.
    pub fn generate(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        let keys = |error: rcgen::Error| Error::Keys(Box::new(error));
        let key = rcgen::KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(keys)?;
        let parameters = certificates::parameters(&name, Vec::new())?;
        let certificate = parameters.self_signed(&key).map_err(keys)?;
        Self::from_der(name, certificate.der().to_vec(), key.serialize_der())
    }

    /// A certificate that was imported: DER, and its RSA key as PKCS#8.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] if the key is no RSA key in PKCS#8.
    pub fn from_der(
        name: impl Into<String>,
        certificate: impl Into<Vec<u8>>,
        pkcs8: impl Into<Vec<u8>>,
    ) -> Result<Self, Error> {
        let (name, der, pkcs8) = (name.into(), certificate.into(), pkcs8.into());
        let Ok(pair) = KeyPair::from_pkcs8(&pkcs8) else {
            return Err(Error::Setting { what: "key of the vault's certificate", value: name });
        };
        let version = super::hex(&super::sha256(pair.public_key().as_ref()), 32);
        let content = VaultContent::default();
        Ok(Self { name, version, der, pkcs8, content, exportable: true, enabled: true })
    }

    /// The certificate, to register it on an app.
    pub fn der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// The version: 32 hexadecimal digits.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The form of the secret that belongs to the certificate.
    #[must_use]
    pub const fn content(mut self, content: VaultContent) -> Self {
        self.content = content;
        self
    }

    /// Whether the key may leave the vault; if not, the secret holds only the public part.
    #[must_use]
    pub const fn exportable(mut self, exportable: bool) -> Self {
        self.exportable = exportable;
        self
    }

    /// Whether the version is enabled; a disabled one neither signs nor is handed out.
    #[must_use]
    pub const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }
}

impl std::fmt::Debug for VaultCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaultCertificate")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("content", &self.content)
            .field("exportable", &self.exportable)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

impl App {
    /// Lets the app do something in a vault.
    #[must_use]
    pub fn vault_access(
        mut self,
        vault: impl Into<String>,
        permissions: impl IntoIterator<Item = VaultPermission>,
    ) -> Self {
        self.vault_access.push((vault.into(), permissions.into_iter().collect()));
        self
    }

    pub(crate) fn may_in_vault(&self, vault: &str, permission: VaultPermission) -> bool {
        self.vault_access
            .iter()
            .any(|(name, permissions)| name.eq_ignore_ascii_case(vault) && permissions.contains(&permission))
    }
}

impl Tenant {
    /// Adds a key vault.
    #[must_use]
    pub fn vault(mut self, vault: Vault) -> Self {
        self.vaults.push(vault);
        self
    }
}

//! Where a managed identity's tokens come from: which of Azure's hosts this is, and how it is asked.

use super::error::ManagedIdentityError;
use exo_cert::Thumbprint;
use exo_model::{AppId, Secret};
use http::Uri;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

/// The sorts of hosts that give out tokens of managed identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostKind {
    /// A virtual machine or scale set, and whatever else offers the instance metadata service (IMDS).
    VirtualMachine,
    /// App Service, Functions, Container Apps and Automation.
    AppService,
    /// Azure Machine Learning, and App Service as it was before 2019.
    MachineLearning,
    /// A node of a Service Fabric cluster, whose server is known by its certificate's thumbprint.
    ServiceFabric,
    /// A machine outside of Azure that is connected by Azure Arc.
    Arc,
}

impl HostKind {
    /// Microsoft's name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::VirtualMachine => "Azure virtual machine (IMDS)",
            Self::AppService => "App Service, Functions, Container Apps or Automation",
            Self::MachineLearning => "Azure Machine Learning or old App Service",
            Self::ServiceFabric => "Service Fabric",
            Self::Arc => "Azure Arc",
        }
    }
}

impl fmt::Display for HostKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// Where the tokens of managed identities come from on this machine, as a value.
///
/// ```
/// use exo_token::{HostKind, ManagedIdentityHost};
///
/// let lookup = |name: &str| match name {
///     "IDENTITY_ENDPOINT" => Some("http://localhost:42356/msi/token".to_owned()),
///     "IDENTITY_HEADER" => Some("secret".to_owned()),
///     _ => None,
/// };
/// assert_eq!(ManagedIdentityHost::from_variables(lookup)?.kind(), HostKind::AppService);
/// assert_eq!(ManagedIdentityHost::from_variables(|_| None)?.kind(), HostKind::VirtualMachine);
/// # Ok::<(), exo_token::ManagedIdentityError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManagedIdentityHost {
    kind: HostKind,
    url: Uri,
    /// What only processes of this host know.
    secret: Option<Secret>,
    /// Where Azure Arc's agent leaves its keys.
    folder: Option<PathBuf>,
    /// The only certificate that the server may show.
    thumbprint: Option<Thumbprint>,
    /// Which identity is meant where none is named.
    default_id: Option<AppId>,
}

impl ManagedIdentityHost {
    /// The host as the platform describes it in variables; where it says nothing, a machine of Azure Arc if its agent is
    /// installed, and a virtual machine otherwise.
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Variables`] for a host that is not supported, [`ManagedIdentityError::Address`] for an
    /// address to which no secret may go.
    pub fn from_variables(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ManagedIdentityError> {
        let agent = arc_agent(lookup("ProgramFiles").as_deref()).is_file();
        Self::from_signs(lookup, agent)
    }

    /// The host by its variables, and by whether Azure Arc's agent is installed: a service need not have its variables.
    fn from_signs(lookup: impl Fn(&str) -> Option<String>, agent: bool) -> Result<Self, ManagedIdentityError> {
        let given = |name: &'static str| lookup(name).filter(|value| !value.trim().is_empty());
        match (given("IDENTITY_ENDPOINT"), given("IDENTITY_HEADER")) {
            (Some(url), Some(header)) => match given("IDENTITY_SERVER_THUMBPRINT") {
                Some(thumbprint) => Self::service_fabric(&url, Secret::new(header), &thumbprint),
                None => Self::app_service(&url, Secret::new(header)),
            },
            (Some(url), None) if given("IMDS_ENDPOINT").is_some() => {
                Self::arc(&url, arc_folder(given("ProgramData").as_deref()))
            }
            (Some(_), None) => Err(ManagedIdentityError::Variables { why: NO_HEADER }),
            (None, _) => match (given("MSI_ENDPOINT"), given("MSI_SECRET")) {
                (Some(url), Some(secret)) => {
                    let host = Self::machine_learning(&url, Secret::new(secret))?;
                    let default_id = given("DEFAULT_IDENTITY_CLIENT_ID").and_then(|id| id.parse().ok());
                    Ok(Self { default_id, ..host })
                }
                (Some(_), None) => Err(ManagedIdentityError::Variables { why: CLOUD_SHELL }),
                (None, _) => match given("AZURE_POD_IDENTITY_AUTHORITY_HOST") {
                    Some(url) => Self::virtual_machine_at(&url),
                    None if agent => Self::arc(Self::ARC_ENDPOINT, arc_folder(given("ProgramData").as_deref())),
                    None => Ok(Self::virtual_machine()),
                },
            },
        }
    }

    /// A virtual machine, at the address that all of them share.
    pub fn virtual_machine() -> Self {
        Self::of(HostKind::VirtualMachine, Uri::from_static(IMDS))
    }

    /// What behaves like a virtual machine at another address, such as `http://127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Address`] if it is not one, or not of this machine.
    pub fn virtual_machine_at(origin: &str) -> Result<Self, ManagedIdentityError> {
        let text = format!("{}{IMDS_PATH}", origin.trim().trim_end_matches('/'));
        Ok(Self::of(HostKind::VirtualMachine, local("AZURE_POD_IDENTITY_AUTHORITY_HOST", &text)?))
    }

    /// App Service, Functions, Container Apps or Automation: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Address`] if it is not one, or not of this machine.
    pub fn app_service(endpoint: &str, header: Secret) -> Result<Self, ManagedIdentityError> {
        let host = Self::of(HostKind::AppService, local("IDENTITY_ENDPOINT", endpoint)?);
        Ok(Self { secret: Some(header), ..host })
    }

    /// Azure Machine Learning or old App Service: `MSI_ENDPOINT` and `MSI_SECRET`.
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Address`] if it is not one, or not of this machine.
    pub fn machine_learning(endpoint: &str, secret: Secret) -> Result<Self, ManagedIdentityError> {
        let host = Self::of(HostKind::MachineLearning, local("MSI_ENDPOINT", endpoint)?);
        Ok(Self { secret: Some(secret), ..host })
    }

    /// A node of a Service Fabric cluster: `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`, and `IDENTITY_SERVER_THUMBPRINT`, to
    /// which the transport must be pinned (see [`thumbprint`](Self::thumbprint)).
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Address`] if it is not one, [`ManagedIdentityError::Variables`] if the thumbprint is none.
    pub fn service_fabric(endpoint: &str, header: Secret, thumbprint: &str) -> Result<Self, ManagedIdentityError> {
        let url = local("IDENTITY_ENDPOINT", endpoint)?;
        if url.scheme_str() != Some("https") {
            let why = "Service Fabric's server is known by its certificate, so that it must be https";
            return Err(ManagedIdentityError::Address { variable: "IDENTITY_ENDPOINT", text: url.to_string(), why });
        }
        let thumbprint = thumbprint.parse().map_err(|_| ManagedIdentityError::Variables { why: NO_THUMBPRINT })?;
        let host = Self::of(HostKind::ServiceFabric, url);
        Ok(Self { secret: Some(header), thumbprint: Some(thumbprint), ..host })
    }

    /// Azure Arc's agent: its address ([`ARC_ENDPOINT`](Self::ARC_ENDPOINT) unless `IDENTITY_ENDPOINT` says otherwise),
    /// and the folder in which it leaves its keys (see [`arc_folder`]).
    ///
    /// # Errors
    ///
    /// [`ManagedIdentityError::Address`] if it is not one, or not of this machine.
    pub fn arc(endpoint: &str, folder: impl Into<PathBuf>) -> Result<Self, ManagedIdentityError> {
        let host = Self::of(HostKind::Arc, local("IDENTITY_ENDPOINT", endpoint)?);
        Ok(Self { folder: Some(folder.into()), ..host })
    }

    /// Where Azure Arc's agent listens unless it is told otherwise.
    pub const ARC_ENDPOINT: &'static str = "http://localhost:40342/metadata/identity/oauth2/token";

    /// Which sort of host this is.
    pub fn kind(&self) -> HostKind {
        self.kind
    }

    /// The address that tokens are asked from.
    pub fn address(&self) -> String {
        exo_http::redact::address(&self.url)
    }

    /// The certificate that the server must show: the transport is to be pinned to it, by
    /// `HttpsTransport::builder().pinned_certificate(*thumbprint.as_bytes())`.
    pub fn thumbprint(&self) -> Option<Thumbprint> {
        self.thumbprint
    }

    pub(super) fn default_id(&self) -> Option<&AppId> {
        self.default_id.as_ref()
    }

    pub(super) fn url(&self) -> &Uri {
        &self.url
    }

    pub(super) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    fn of(kind: HostKind, url: Uri) -> Self {
        Self { kind, url, secret: None, folder: None, thumbprint: None, default_id: None }
    }
}

/// The folder in which Azure Arc's agent leaves its keys; on Windows below `ProgramData`.
pub fn arc_folder(program_data: Option<&str>) -> PathBuf {
    if cfg!(windows) {
        PathBuf::from(program_data.unwrap_or(r"C:\ProgramData")).join(r"AzureConnectedMachineAgent\Tokens")
    } else {
        PathBuf::from("/var/opt/azcmagent/tokens")
    }
}

/// The program of Azure Arc's agent; on Windows below `ProgramFiles`.
fn arc_agent(program_files: Option<&str>) -> PathBuf {
    if cfg!(windows) {
        PathBuf::from(program_files.unwrap_or(r"C:\Program Files")).join(r"AzureConnectedMachineAgent\himds.exe")
    } else {
        PathBuf::from("/opt/azcmagent/bin/himds")
    }
}

/// An address of this machine, or one on https: what is sent there is a secret, and a token comes back.
fn local(variable: &'static str, text: &str) -> Result<Uri, ManagedIdentityError> {
    let text = text.trim();
    let shown = || text.split(['?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default().to_owned();
    let fail = |why| ManagedIdentityError::Address { variable, text: shown(), why };
    let uri: Uri = text.parse().map_err(|_| fail("it is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(fail("it must begin with http:// or https:// and a host"));
    };
    if authority.as_str().contains('@') {
        return Err(fail("user and password do not belong here"));
    }
    match scheme {
        "https" => Ok(uri),
        "http" if is_near(authority.host()) => Ok(uri),
        "http" => Err(fail("http is taken for loopback and link-local addresses only, since a secret goes there")),
        _ => Err(fail("the scheme must be http or https")),
    }
}

/// Loopback, or the link-local network that no router passes on, on which IMDS and App Service are.
fn is_near(host: &str) -> bool {
    let name = host.to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback() || matches!(address, IpAddr::V4(v4) if is_link_local(v4)))
}

fn is_link_local(address: Ipv4Addr) -> bool {
    address.is_link_local()
}

const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const IMDS_PATH: &str = "/metadata/identity/oauth2/token";

const NO_THUMBPRINT: &str =
    "IDENTITY_SERVER_THUMBPRINT, by which Service Fabric's server is known, is not a certificate's thumbprint";
const NO_HEADER: &str =
    "IDENTITY_ENDPOINT is set, but neither IDENTITY_HEADER (App Service) nor IMDS_ENDPOINT (Azure Arc)";
const CLOUD_SHELL: &str = "MSI_ENDPOINT is set without MSI_SECRET, as in Cloud Shell, whose tokens are those of a user";

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "346078CBA8362CF6E34CD1A53411D5C312DE40D0";

    fn of(variables: &[(&str, &str)]) -> Result<ManagedIdentityHost, ManagedIdentityError> {
        ManagedIdentityHost::from_variables(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn each_host_is_known_by_its_variables() {
        let url = "http://127.0.0.1:1/token";
        let cases: &[(&[(&str, &str)], HostKind)] = &[
            (&[], HostKind::VirtualMachine),
            (&[("IDENTITY_ENDPOINT", " "), ("MSI_ENDPOINT", "")], HostKind::VirtualMachine),
            (&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9/")], HostKind::VirtualMachine),
            (&[("IDENTITY_ENDPOINT", url), ("IDENTITY_HEADER", "h")], HostKind::AppService),
            (&[("IDENTITY_ENDPOINT", url), ("IMDS_ENDPOINT", "http://localhost:40342")], HostKind::Arc),
            (&[("MSI_ENDPOINT", url), ("MSI_SECRET", "s")], HostKind::MachineLearning),
            (
                &[
                    ("IDENTITY_ENDPOINT", "https://10.0.0.4:2377/token"),
                    ("IDENTITY_HEADER", "h"),
                    ("IDENTITY_SERVER_THUMBPRINT", PRINT),
                ],
                HostKind::ServiceFabric,
            ),
            (
                &[("IDENTITY_ENDPOINT", url), ("IDENTITY_HEADER", "h"), ("MSI_ENDPOINT", url), ("MSI_SECRET", "s")],
                HostKind::AppService,
            ),
        ];
        for (variables, kind) in cases {
            assert_eq!(of(variables).unwrap().kind(), *kind, "{variables:?}");
        }
        let given = of(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:9/")]).unwrap();
        assert_eq!(given.address(), "http://127.0.0.1:9/metadata/identity/oauth2/token");
    }

    #[test]
    fn an_agent_without_variables_is_asked_where_it_listens() {
        let of = |variables: &[(&str, &str)]| {
            let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
            ManagedIdentityHost::from_signs(lookup, true).unwrap()
        };
        let arc = of(&[]);
        assert_eq!((arc.kind(), arc.address().as_str()), (HostKind::Arc, ManagedIdentityHost::ARC_ENDPOINT));
        assert_eq!(arc.folder(), Some(arc_folder(None).as_path()));
        let url = "http://127.0.0.1:1";
        assert_eq!(of(&[("AZURE_POD_IDENTITY_AUTHORITY_HOST", url)]).kind(), HostKind::VirtualMachine);
        assert_eq!(of(&[("IDENTITY_ENDPOINT", url), ("IDENTITY_HEADER", "h")]).kind(), HostKind::AppService);
    }

    #[test]
    fn what_is_not_supported_is_named() {
        let url = ("IDENTITY_ENDPOINT", "https://10.0.0.4:2377/token");
        let said = |variables: &[(&str, &str)]| of(variables).unwrap_err().to_string();
        let fabric = |url, thumbprint| [url, ("IDENTITY_HEADER", "h"), ("IDENTITY_SERVER_THUMBPRINT", thumbprint)];
        assert!(said(&fabric(url, "00")).contains("not a certificate's thumbprint"));
        let plain = ("IDENTITY_ENDPOINT", "http://localhost/token");
        assert!(said(&fabric(plain, PRINT)).contains("must be https"));
        assert_eq!(of(&fabric(url, PRINT)).unwrap().thumbprint().unwrap().to_string(), PRINT);
        assert!(said(&[url]).contains("IDENTITY_HEADER"));
        assert!(said(&[("MSI_ENDPOINT", "http://localhost:50342/oauth2/token")]).contains("Cloud Shell"));
    }

    #[test]
    fn a_secret_goes_unprotected_to_this_machine_only() {
        let to = |url| ManagedIdentityHost::app_service(url, Secret::from("marked"));
        for good in
            ["http://localhost:1/t", "http://127.1.2.3/t", "http://[::1]:8/t", "http://169.254.129.2:8081/msi/token"]
        {
            assert!(to(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/t",
            "http://10.0.0.4/t",
            "http://169.254.1.1.evil.example/t",
            "http://localhost.evil.example/t",
            "ftp://localhost/t",
            "http://marked@localhost/t",
            "http://[fe80::1]/t",
        ] {
            let error = to(bad).unwrap_err();
            assert!(matches!(error, ManagedIdentityError::Address { .. }), "{bad}");
            assert!(!format!("{error} {error:?}").contains("marked"), "{bad}");
        }
    }
}

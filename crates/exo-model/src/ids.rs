//! Tenants, apps and organizations, parsed and checked.

use std::fmt;
use std::str::FromStr;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not a GUID.
    #[error("`{text}` is not a GUID such as 36ee4c6c-0812-40a2-b820-b22ebd02bce3")]
    #[non_exhaustive]
    NotAGuid {
        /// What was given.
        text: String,
    },
    /// Neither a domain nor a GUID.
    #[error("`{text}` is neither a domain of the tenant nor its GUID")]
    #[non_exhaustive]
    NotATenant {
        /// What was given.
        text: String,
    },
    /// `common`, `organizations` and `consumers` need a user who signs in.
    #[error(
        "`{text}` names no tenant; an app signs in to one tenant, so give its initial domain, such as contoso.onmicrosoft.com"
    )]
    #[non_exhaustive]
    NoTenant {
        /// What was given.
        text: String,
    },
    /// A GUID where the initial domain is needed.
    #[error("organization `{text}` is a GUID; give the tenant's initial domain, such as contoso.onmicrosoft.com")]
    #[non_exhaustive]
    OrganizationIsGuid {
        /// What was given.
        text: String,
    },
    /// Not a domain at all.
    #[error("organization `{text}` is not a domain; give the tenant's initial domain, such as contoso.onmicrosoft.com")]
    #[non_exhaustive]
    OrganizationIsNoDomain {
        /// What was given.
        text: String,
    },
    /// A custom domain where the initial domain is needed.
    #[error(
        "organization `{text}` is a custom domain; give the tenant's initial domain, such as contoso.onmicrosoft.com"
    )]
    #[non_exhaustive]
    OrganizationIsCustomDomain {
        /// What was given.
        text: String,
    },
}

/// The directory's GUID, in lower case.
///
/// ```
/// let id: exo_model::TenantId = "7B0F6A52-4C1D-4A6E-9D53-2F1F6F0C8E11".parse()?;
/// assert_eq!(id.as_str(), "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11");
/// # Ok::<(), exo_model::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantId(String);

/// The application (client) id of the app registration, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppId(String);

/// How the token endpoint is told the tenant: by GUID or by any of its verified domains.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantName(String);

/// The tenant's initial domain, as Exchange asks for it: `contoso.onmicrosoft.com`.
///
/// A custom domain gets a token but breaks page runs and permissions later, so it is refused here.
/// Source: Microsoft's app-only authentication article, note on the Organization parameter.
///
/// ```
/// use exo_model::{IdError, Organization};
/// assert!("contoso.onmicrosoft.com".parse::<Organization>().is_ok());
/// assert!(matches!("contoso.com".parse::<Organization>(), Err(IdError::OrganizationIsCustomDomain { .. })));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Organization(String);

impl TenantId {
    /// The GUID in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AppId {
    /// The GUID in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TenantName {
    /// The domain or GUID, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant's GUID, if that is what was given.
    pub fn id(&self) -> Option<TenantId> {
        self.0.parse().ok()
    }
}

impl Organization {
    /// The domain in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Organization> for TenantName {
    fn from(organization: &Organization) -> Self {
        Self(organization.0.clone())
    }
}

impl From<&TenantId> for TenantName {
    fn from(id: &TenantId) -> Self {
        Self(id.0.clone())
    }
}

impl FromStr for TenantId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        guid(text).map(Self).ok_or_else(|| IdError::NotAGuid { text: shown(text) })
    }
}

impl FromStr for AppId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        guid(text).map(Self).ok_or_else(|| IdError::NotAGuid { text: shown(text) })
    }
}

impl FromStr for TenantName {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let name = text.trim().to_ascii_lowercase();
        if NO_TENANT.contains(&name.as_str()) {
            return Err(IdError::NoTenant { text: shown(text) });
        }
        if let Some(id) = guid(&name) {
            return Ok(Self(id));
        }
        if is_domain(&name) { Ok(Self(name)) } else { Err(IdError::NotATenant { text: shown(text) }) }
    }
}

impl FromStr for Organization {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let name = text.trim().to_ascii_lowercase();
        if NO_TENANT.contains(&name.as_str()) {
            return Err(IdError::NoTenant { text: shown(text) });
        }
        if guid(&name).is_some() {
            return Err(IdError::OrganizationIsGuid { text: shown(text) });
        }
        if !is_domain(&name) {
            return Err(IdError::OrganizationIsNoDomain { text: shown(text) });
        }
        let initial = INITIAL_SUFFIXES
            .iter()
            .any(|suffix| name.strip_suffix(suffix).is_some_and(|label| !label.is_empty() && !label.contains('.')));
        if initial { Ok(Self(name)) } else { Err(IdError::OrganizationIsCustomDomain { text: shown(text) }) }
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Organization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The 8-4-4-4-12 form, in lower case; braces around it are taken off.
fn guid(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    let hex = groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()));
    (hex && lengths == [8, 4, 4, 4, 12]).then(|| text.to_ascii_lowercase())
}

/// Labels of letters, digits and hyphens, two at least.
fn is_domain(name: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// What of a wrong input is repeated in a message: enough to recognise it.
fn shown(text: &str) -> String {
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let mut short: String = clean.chars().take(80).collect();
    if clean.chars().count() > 80 {
        short.push('…');
    }
    short
}

/// The words the endpoint takes where a user signs in.
const NO_TENANT: &[&str] = &["common", "organizations", "consumers"];

/// What the initial domains of the clouds end in.
const INITIAL_SUFFIXES: &[&str] = &[".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn", ".onmicrosoft.cn"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_is_an_initial_domain_of_any_cloud() {
        for good in
            ["contoso.onmicrosoft.com", " Contoso.OnMicrosoft.com ", "a.onmicrosoft.us", "b.partner.onmschina.cn"]
        {
            assert!(good.parse::<Organization>().is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_not_an_initial_domain_is_named() {
        let kind = |text: &str| text.parse::<Organization>().unwrap_err();
        assert!(matches!(kind("contoso.com"), IdError::OrganizationIsCustomDomain { .. }));
        assert!(matches!(kind("mail.contoso.onmicrosoft.com"), IdError::OrganizationIsCustomDomain { .. }));
        assert!(matches!(kind("7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"), IdError::OrganizationIsGuid { .. }));
        assert!(matches!(kind("common"), IdError::NoTenant { .. }));
        assert!(matches!(kind("contoso"), IdError::OrganizationIsNoDomain { .. }));
        assert!(matches!(kind(".onmicrosoft.com"), IdError::OrganizationIsNoDomain { .. }));
    }

    #[test]
    fn a_tenant_is_named_by_domain_or_guid() {
        assert!("contoso.com".parse::<TenantName>().unwrap().id().is_none());
        assert!("7B0F6A52-4C1D-4A6E-9D53-2F1F6F0C8E11".parse::<TenantName>().unwrap().id().is_some());
        assert!(matches!("organizations".parse::<TenantName>(), Err(IdError::NoTenant { .. })));
        assert!(matches!("a/b.c".parse::<TenantName>(), Err(IdError::NotATenant { .. })));
    }

    #[test]
    fn a_long_or_strange_input_is_cut_in_the_message() {
        let text = format!("{}\n", "x".repeat(500));
        let message = text.parse::<AppId>().unwrap_err().to_string();
        assert!(message.len() < 200 && !message.contains('\n'));
    }
}

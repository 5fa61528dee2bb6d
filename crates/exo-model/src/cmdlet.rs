//! A cmdlet's name, and a cmdlet with its parameters, ready to run.

use crate::{ReadPath, SecretParameter, Service};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A text that is not a cmdlet's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cmdlet's name, such as Get-Mailbox")]
#[non_exhaustive]
pub struct InvalidCmdletName(pub String);

/// `Get-Mailbox`: a verb, a hyphen, a noun. Compared without case, kept as written.
///
/// ```
/// use exo_model::CmdletName;
/// let name: CmdletName = "get-mailbox".parse()?;
/// assert_eq!(name, "Get-Mailbox".parse()?);
/// assert_eq!(name.verb(), "get");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
#[derive(Debug, Clone)]
pub struct CmdletName(String);

impl CmdletName {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the hyphen, as written.
    pub fn verb(&self) -> &str {
        self.0.split_once('-').map_or("", |(verb, _)| verb)
    }
}

impl FromStr for CmdletName {
    type Err = InvalidCmdletName;

    fn from_str(text: &str) -> Result<Self, InvalidCmdletName> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric());
        match text.split_once('-') {
            Some((verb, noun)) if word(verb) && word(noun) && text.len() <= 100 => Ok(Self(text.to_owned())),
            _ => Err(InvalidCmdletName(text.chars().take(100).collect())),
        }
    }
}

impl fmt::Display for CmdletName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for CmdletName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for CmdletName {}

impl PartialOrd for CmdletName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CmdletName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |name: &Self| name.0.to_ascii_lowercase();
        lower(self).cmp(&lower(other))
    }
}

impl std::hash::Hash for CmdletName {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

/// The parameters of a call by name, in the order of their names.
pub type Parameters = BTreeMap<String, Value>;

/// A cmdlet of a service with its parameters, ready to run.
///
/// ```
/// use exo_model::{Invocation, Service};
/// let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse()?)
///     .with("RecipientTypeDetails", "SharedMailbox")
///     .select(["UserPrincipalName"])
///     .limit(10);
/// assert_eq!(call.parameters["RecipientTypeDetails"], "SharedMailbox");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invocation {
    /// Where it runs.
    pub service: Service,
    /// The service's cmdlet.
    pub cmdlet: CmdletName,
    /// PowerShell names and JSON values; the session encodes them for the service.
    pub parameters: Parameters,
    /// Parameters that travel encrypted; apart from the others, so that whoever writes those down writes no secret.
    pub secrets: BTreeMap<String, SecretParameter>,
    /// The properties wanted of each record; empty means all.
    pub select: Vec<String>,
    /// Records wanted at most; counted by the session, since the service's `ResultSize` ends no run.
    pub limit: Option<u64>,
    /// Records wanted in a page, 1 to 1000; the session's default where absent.
    pub page_size: Option<u16>,
    /// The path it must go by; the session chooses where absent.
    pub path: Option<ReadPath>,
}

impl Invocation {
    /// A call without parameters.
    pub fn new(service: Service, cmdlet: CmdletName) -> Self {
        let (parameters, secrets) = (Parameters::new(), BTreeMap::new());
        Self { service, cmdlet, parameters, secrets, select: Vec::new(), limit: None, page_size: None, path: None }
    }

    /// Adds or replaces a parameter; names are compared without case.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        self.forget(&name);
        self.parameters.insert(name, value.into());
        self
    }

    /// Adds or replaces a parameter that travels encrypted; names are compared without case.
    ///
    /// ```
    /// use exo_model::{Invocation, Secret, Service};
    /// let call = Invocation::new(Service::Exchange, "New-Mailbox".parse()?)
    ///     .with("Name", "Ana")
    ///     .with_secret("Password", Secret::from("hunter2"));
    /// assert!(!format!("{call:?}").contains("hunter2"));
    /// # Ok::<(), exo_model::InvalidCmdletName>(())
    /// ```
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: impl Into<SecretParameter>) -> Self {
        let name = name.into();
        self.forget(&name);
        self.secrets.insert(name, value.into());
        self
    }

    fn forget(&mut self, name: &str) {
        self.parameters.retain(|known, _| !known.eq_ignore_ascii_case(name));
        self.secrets.retain(|known, _| !known.eq_ignore_ascii_case(name));
    }

    /// A parameter's value; names are compared without case.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Asks for these properties only.
    #[must_use]
    pub fn select<S: Into<String>>(mut self, properties: impl IntoIterator<Item = S>) -> Self {
        self.select = properties.into_iter().map(Into::into).collect();
        self
    }

    /// Ends the stream after this many records.
    #[must_use]
    pub fn limit(mut self, records: u64) -> Self {
        self.limit = Some(records);
        self
    }

    /// Asks for pages of this size, 1 to 1000.
    #[must_use]
    pub fn page_size(mut self, records: u16) -> Self {
        self.page_size = Some(records.clamp(1, 1000));
        self
    }

    /// Goes by this path, or is refused where the path cannot express it.
    #[must_use]
    pub fn by(mut self, path: ReadPath) -> Self {
        self.path = Some(path);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for bad in ["", "Mailbox", "Get-", "-Mailbox", "Get-Mail box", "Get-Mailbox;rm", "Get-A-B"] {
            assert!(bad.parse::<CmdletName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_one_whatever_their_case() {
        let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse().unwrap())
            .with("resultsize", 1)
            .with("ResultSize", 2);
        assert_eq!(call.parameters.len(), 1);
        assert_eq!(call.parameter("RESULTSIZE"), Some(&Value::from(2)));
    }

    #[test]
    fn a_parameter_is_secret_or_not() {
        let call = Invocation::new(Service::Exchange, "New-Mailbox".parse().unwrap());
        let secret = call.clone().with("password", "a").with_secret("Password", crate::Secret::from("b"));
        assert_eq!((secret.parameters.len(), secret.secrets.len()), (0, 1));
        let open = secret.with("PASSWORD", "c");
        assert_eq!((open.parameters.len(), open.secrets.len()), (1, 0));
    }
}

//! What somebody means to call.

use exo_model::{CmdletName, Service};
use std::fmt;

/// A cmdlet of a service, with the parameters that it is to be given.
///
/// ```
/// use exo_model::Service;
/// use exo_rbac::Need;
/// let need = Need::new(Service::Exchange, "Get-Mailbox".parse()?).with("ResultSize");
/// assert_eq!(need.to_string(), "Get-Mailbox -ResultSize");
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Need {
    /// Where it runs.
    pub service: Service,
    /// The cmdlet; `Get-EXO…` means the service's cmdlet of the same data.
    pub cmdlet: CmdletName,
    /// Names of parameters, or aliases.
    pub parameters: Vec<String>,
}

impl Need {
    /// A cmdlet without parameters.
    pub fn new(service: Service, cmdlet: CmdletName) -> Self {
        Self { service, cmdlet, parameters: Vec::new() }
    }

    /// Adds a parameter, once.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<String>) -> Self {
        let parameter = parameter.into();
        if !self.parameters.iter().any(|known| known.eq_ignore_ascii_case(&parameter)) {
            self.parameters.push(parameter);
        }
        self
    }

    /// The same needs, with one of each cmdlet, and all parameters that it is given anywhere.
    pub(crate) fn merged(needs: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for need in needs {
            match merged.iter_mut().find(|known| known.service == need.service && known.cmdlet == need.cmdlet) {
                Some(known) => *known = need.parameters.into_iter().fold(known.clone(), Self::with),
                None => merged.push(need),
            }
        }
        merged
    }
}

impl From<(Service, CmdletName)> for Need {
    fn from((service, cmdlet): (Service, CmdletName)) -> Self {
        Self::new(service, cmdlet)
    }
}

impl From<&Need> for Need {
    fn from(need: &Need) -> Self {
        need.clone()
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cmdlet.fmt(f)?;
        self.parameters.iter().try_for_each(|name| write!(f, " -{name}"))
    }
}

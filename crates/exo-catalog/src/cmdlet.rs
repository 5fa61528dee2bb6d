//! A cmdlet as the catalogue knows it.

use crate::{Parameter, ServiceSet, review};
use std::fmt;

/// Whether a cmdlet changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a cmdlet changes something or it does not")]
pub enum Access {
    /// Changes nothing, sends no mail and starts no job: it may be repeated.
    Read,
    /// Changes something, or nobody has found that it does not.
    Write,
}

impl Access {
    /// The word in messages: `read` or `write`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A cmdlet of Exchange Online or Security & Compliance; borrows the data of this crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Cmdlet {
    name: &'static str,
    flags: &'static str,
    parameters: &'static str,
}

impl Cmdlet {
    /// Its name, as Microsoft writes it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// In which services it exists.
    pub fn services(self) -> ServiceSet {
        ServiceSet::of_letters(self.flags)
    }

    /// Whether it changes anything, as reviewed; without its [`writing_parameters`](Self::writing_parameters).
    pub fn access(self) -> Access {
        if review::reads(self.name) { Access::Read } else { Access::Write }
    }

    /// Why a cmdlet that is not `Get-…` was found to be reading.
    pub fn reason(self) -> Option<&'static str> {
        review::reason(self.name)
    }

    /// Parameters by which an otherwise reading cmdlet changes something or sends mail.
    ///
    /// ```
    /// let cmdlet = exo_catalog::find(&"Get-MobileDeviceStatistics".parse()?).ok_or("no such cmdlet")?;
    /// assert!(cmdlet.writing_parameters().any(|name| name == "NotificationEmailAddresses"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn writing_parameters(self) -> impl Iterator<Item = &'static str> {
        review::writing_parameters(self.name)
    }

    /// Whether a call with this parameter changes something although the cmdlet reads; name or alias, in any case.
    ///
    /// ```
    /// let cmdlet = exo_catalog::find(&"Get-CASMailbox".parse()?).ok_or("no such cmdlet")?;
    /// assert!(cmdlet.writes_through("recalculatehasactivesyncdevicepartnership"));
    /// assert!(!cmdlet.writes_through("Identity"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn writes_through(self, parameter: &str) -> bool {
        let known = self.parameter(parameter).map_or(parameter, |known| known.name());
        self.writing_parameters().any(|name| name.eq_ignore_ascii_case(known))
    }

    /// Its parameters, in the order of their names.
    pub fn parameters(self) -> impl Iterator<Item = Parameter> {
        let services = self.services();
        self.parameters.split(' ').filter_map(move |word| Parameter::of_word(word, services))
    }

    /// The parameter of this name or alias, in any case.
    pub fn parameter(self, name: &str) -> Option<Parameter> {
        self.parameters().find(|p| p.is_called(name))
    }

    /// Whether it lives in Microsoft's PowerShell module alone, as `Get-EXOMailbox` does, and is no cmdlet of a service.
    pub fn module_only(self) -> bool {
        self.flags.ends_with('m')
    }

    /// Reads `name TAB flags TAB parameters`.
    pub(crate) fn of_line(line: &'static str) -> Option<Self> {
        let (name, rest) = line.split_once('\t')?;
        let (flags, parameters) = rest.split_once('\t')?;
        Some(Self { name, flags, parameters })
    }
}

impl fmt::Debug for Cmdlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.services(), self.access())
    }
}

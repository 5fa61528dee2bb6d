//! Which of the two services something exists in.

use exo_model::Service;
use std::fmt;

/// None, one or both of the services.
///
/// ```
/// use exo_catalog::ServiceSet;
/// use exo_model::Service;
/// let both = ServiceSet::EMPTY.with(Service::Exchange).with(Service::Compliance);
/// assert!(both.contains(Service::Compliance));
/// assert_eq!(both.to_string(), "exo and scc");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ServiceSet {
    exchange: bool,
    compliance: bool,
}

impl ServiceSet {
    /// Neither service.
    pub const EMPTY: Self = Self { exchange: false, compliance: false };
    /// Both services.
    pub const BOTH: Self = Self { exchange: true, compliance: true };

    /// The set with this service.
    #[must_use]
    pub const fn with(self, service: Service) -> Self {
        match service {
            Service::Exchange => Self { exchange: true, ..self },
            Service::Compliance => Self { compliance: true, ..self },
            _ => self,
        }
    }

    /// Whether the service is in it.
    pub const fn contains(self, service: Service) -> bool {
        match service {
            Service::Exchange => self.exchange,
            Service::Compliance => self.compliance,
            _ => false,
        }
    }

    /// Whether no service is in it.
    pub const fn is_empty(self) -> bool {
        !self.exchange && !self.compliance
    }

    /// The services, Exchange Online first.
    pub fn iter(self) -> impl Iterator<Item = Service> {
        Service::ALL.iter().copied().filter(move |service| self.contains(*service))
    }

    /// Reads the letters of the data: `x` and `s`.
    pub(crate) fn of_letters(letters: &str) -> Self {
        Self { exchange: letters.contains('x'), compliance: letters.contains('s') }
    }
}

impl fmt::Display for ServiceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.exchange, self.compliance) {
            (true, true) => "exo and scc",
            (true, false) => "exo",
            (false, true) => "scc",
            (false, false) => "no service",
        })
    }
}

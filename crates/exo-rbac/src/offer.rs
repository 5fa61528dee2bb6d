//! What a service offers to an app, as somebody who has connected was told.

use crate::Need;
use exo_catalog::{Cmdlet, find};
use exo_model::{CmdletName, Service};
use std::collections::BTreeMap;

/// The cmdlets that a service offers to an app, with their parameters: the truth, where a token allows only a prediction.
///
/// ```
/// use exo_model::Service;
/// use exo_rbac::{Need, Offer, Offered};
/// let offer = Offer::new(Service::Exchange)
///     .with("Get-Mailbox".parse()?, ["Identity", "ResultSize"])
///     .with_name("Get-User".parse()?);
/// let need = Need::new(Service::Exchange, "Get-Mailbox".parse()?).with("Archive");
/// assert_eq!(offer.of(&need), Offered::Without(vec!["Archive".to_owned()]));
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    service: Service,
    cmdlets: BTreeMap<CmdletName, Option<Vec<String>>>,
}

/// What of a need a service offers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offered {
    /// The cmdlet, with all parameters.
    Whole,
    /// The cmdlet; which parameters was not said.
    Name,
    /// The cmdlet, without these parameters.
    Without(Vec<String>),
    /// Not the cmdlet.
    Nothing,
}

impl Offer {
    /// An offer of nothing yet.
    pub fn new(service: Service) -> Self {
        Self { service, cmdlets: BTreeMap::new() }
    }

    /// Adds a cmdlet with all parameters that are offered.
    #[must_use]
    pub fn with(mut self, cmdlet: CmdletName, parameters: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.cmdlets.insert(cmdlet, Some(parameters.into_iter().map(Into::into).collect()));
        self
    }

    /// Adds a cmdlet of which the service told the name alone.
    #[must_use]
    pub fn with_name(mut self, cmdlet: CmdletName) -> Self {
        self.cmdlets.insert(cmdlet, None);
        self
    }

    /// The service.
    pub fn service(&self) -> Service {
        self.service
    }

    /// How many cmdlets are offered.
    pub fn len(&self) -> usize {
        self.cmdlets.len()
    }

    /// Whether nothing is offered.
    pub fn is_empty(&self) -> bool {
        self.cmdlets.is_empty()
    }

    /// What of a need is offered.
    pub fn of(&self, need: &Need) -> Offered {
        let known = find(&need.cmdlet);
        let cmdlet = known.and_then(Cmdlet::of_service).and_then(|cmdlet| cmdlet.name().parse().ok());
        // A cmdlet of Microsoft's module is another one's data: its parameters are not those of the service.
        let translated = cmdlet.is_some();
        let Some(parameters) = self.cmdlets.get(cmdlet.as_ref().unwrap_or(&need.cmdlet)) else {
            return Offered::Nothing;
        };
        if need.parameters.is_empty() || translated {
            return Offered::Whole;
        }
        let Some(parameters) = parameters else { return Offered::Name };
        let offered = |name: &&String| {
            let real = known.and_then(|cmdlet| cmdlet.parameter(name)).map_or(name.as_str(), |known| known.name());
            parameters.iter().any(|offered| offered.eq_ignore_ascii_case(real) || offered.eq_ignore_ascii_case(name))
        };
        let lacking: Vec<String> = need.parameters.iter().filter(|name| !offered(name)).cloned().collect();
        if lacking.is_empty() { Offered::Whole } else { Offered::Without(lacking) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cmdlet: &str, parameters: &[&str]) -> Offered {
        let offer = Offer::new(Service::Exchange)
            .with("get-mailbox".parse().unwrap(), ["Identity", "ResultSize"])
            .with_name("Get-User".parse().unwrap());
        let need = Need::new(Service::Exchange, cmdlet.parse().unwrap());
        offer.of(&parameters.iter().fold(need, |need, name| need.with(*name)))
    }

    #[test]
    fn whole_in_part_or_not() {
        assert_eq!(of("Get-Mailbox", &["resultsize"]), Offered::Whole);
        assert_eq!(of("Get-Mailbox", &["ResultSize", "Archive"]), Offered::Without(vec!["Archive".into()]));
        assert_eq!(of("Get-User", &[]), Offered::Whole);
        assert_eq!(of("Get-User", &["ResultSize"]), Offered::Name);
        assert_eq!(of("Get-Recipient", &[]), Offered::Nothing);
        assert_eq!(of("Get-EXOMailbox", &["PropertySets"]), Offered::Whole);
        assert_eq!(of("Get-EXORecipient", &[]), Offered::Nothing);
    }
}

//! The cmdlets of Microsoft's PowerShell module that read what a cmdlet of the service reads: `Get-EXOMailbox` and its like.

use crate::{Cmdlet, find};

/// A named set of properties that a cmdlet of the module may be asked for.
///
/// ```
/// let cmdlet = exo_catalog::find(&"Get-EXOMailbox".parse()?).ok_or("no such cmdlet")?;
/// let quota = cmdlet.property_sets().find(|set| set.name() == "Quota").ok_or("no such set")?;
/// assert!(quota.properties().any(|property| property == "ProhibitSendQuota"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PropertySet {
    name: &'static str,
    properties: &'static str,
}

impl PropertySet {
    /// Its name, such as `Minimum`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Its properties, in the order of their reference.
    pub fn properties(self) -> impl Iterator<Item = &'static str> {
        self.properties.split(' ')
    }
}

impl Cmdlet {
    /// The service's cmdlet that reads the same as this one of Microsoft's module: `Get-Mailbox` for `Get-EXOMailbox`.
    ///
    /// ```
    /// let cmdlet = exo_catalog::find(&"get-exocasmailbox".parse()?).ok_or("no such cmdlet")?;
    /// assert_eq!(cmdlet.of_service().map(|same| same.name()), Some("Get-CASMailbox"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_service(self) -> Option<Self> {
        let noun = self.name().strip_prefix("Get-EXO").filter(|_| self.module_only())?;
        find(&format!("Get-{noun}").parse().ok()?)
    }

    /// The property sets that it may be asked for, the least one (`Minimum`) first; none for most cmdlets.
    ///
    /// `All` is not among them, and stands for all properties wherever there are sets.
    pub fn property_sets(self) -> impl Iterator<Item = PropertySet> {
        let name = self.name();
        SETS.lines().filter_map(move |line| {
            let (name, properties) = line.strip_prefix(name)?.strip_prefix('\t')?.split_once('\t')?;
            Some(PropertySet { name, properties })
        })
    }
}

const SETS: &str = include_str!("../data/property_sets.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::all;

    #[test]
    fn nine_cmdlets_of_the_module_read_what_the_service_has() {
        let pairs: Vec<_> = all().filter_map(|cmdlet| Some((cmdlet.name(), cmdlet.of_service()?.name()))).collect();
        assert_eq!(pairs.len(), 9, "{pairs:?}");
        assert!(pairs.contains(&("Get-EXOMobileDeviceStatistics", "Get-MobileDeviceStatistics")));
        assert!(find(&"Get-Mailbox".parse().unwrap()).unwrap().of_service().is_none());
    }

    #[test]
    fn every_line_is_a_set_of_a_cmdlet_and_begins_with_the_least() {
        let with_sets: Vec<_> = all().filter(|cmdlet| cmdlet.property_sets().next().is_some()).collect();
        assert_eq!(with_sets.len(), 4);
        let mut sets = 0;
        for cmdlet in with_sets {
            assert_eq!(cmdlet.property_sets().next().unwrap().name(), "Minimum");
            for set in cmdlet.property_sets() {
                sets += 1;
                assert!(
                    set.properties().all(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()))
                );
            }
        }
        assert_eq!(sets, SETS.lines().filter(|line| !line.starts_with('#')).count());
    }
}

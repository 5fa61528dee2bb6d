//! What Microsoft lists as unsupported for app-only sign-in.

use exo_model::{CmdletName, Service};
use std::fmt;

/// A cmdlet that Microsoft lists as unsupported for app-only sign-in, now or once.
///
/// Unsupported is not refused: the list was taken back and restored within days in 2026. A caller warns, runs, and explains a failure.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limit {
    /// The cmdlet.
    pub cmdlet: &'static str,
    /// Where.
    pub service: Service,
    /// The day from which it was listed.
    pub since: &'static str,
    /// The day on which it was taken off the list.
    pub until: Option<&'static str>,
    /// What does the same for an app.
    pub instead: Option<&'static str>,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Microsoft lists `{}` as unsupported for app-only sign-in since {}", self.cmdlet, self.since)?;
        self.instead.map_or(Ok(()), |instead| write!(f, "; instead: {instead}"))
    }
}

/// All limits, also those that ended.
pub fn limits() -> &'static [Limit] {
    LIMITS
}

/// The limit on a cmdlet that holds today.
pub(crate) fn limit(service: Service, cmdlet: &CmdletName) -> Option<&'static Limit> {
    let named = |limit: &&Limit| limit.cmdlet.eq_ignore_ascii_case(cmdlet.as_str());
    LIMITS.iter().filter(|limit| limit.service == service && limit.until.is_none()).find(named)
}

const fn exchange(cmdlet: &'static str, instead: &'static str) -> Limit {
    Limit { cmdlet, service: Service::Exchange, since: "2022-08-04", until: None, instead: Some(instead) }
}

const fn compliance(cmdlet: &'static str, since: &'static str, instead: Option<&'static str>) -> Limit {
    Limit { cmdlet, service: Service::Compliance, since, until: None, instead }
}

const SEARCHES: Option<&str> = Some("Microsoft Graph's eDiscovery API");

/// The app-only article's notes and their history up to 2026-08-21 (MicrosoftDocs/office-docs-powershell 93336da2), and
/// pull request 13788 of 2026-08-27. The list is open to all Purview cmdlets.
const LIMITS: &[Limit] = &[
    exchange("Add-UnifiedGroupLinks", "Microsoft Graph: add a member or owner to the group"),
    exchange("New-UnifiedGroup", "Microsoft Graph: create a group"),
    exchange("Remove-UnifiedGroup", "Microsoft Graph: delete the group"),
    exchange("Remove-UnifiedGroupLinks", "Microsoft Graph: remove a member or owner from the group"),
    Limit {
        cmdlet: "Set-UnifiedGroup",
        service: Service::Exchange,
        since: "2022-04-04",
        until: Some("2023-05-15"),
        instead: Some("Microsoft Graph: update the group"),
    },
    Limit {
        cmdlet: "Get-CaseHoldPolicy",
        service: Service::Compliance,
        since: "2022-08-04",
        until: Some("2023-04-05"),
        instead: SEARCHES,
    },
    Limit {
        cmdlet: "Get-ComplianceCase",
        service: Service::Compliance,
        since: "2022-08-04",
        until: Some("2023-04-05"),
        instead: SEARCHES,
    },
    compliance("Get-ComplianceSearchAction", "2023-12-12", SEARCHES),
    compliance("Invoke-ComplianceSearchActionStep", "2025-11-25", None),
    compliance("Invoke-ComplianceSecurityFilterAction", "2025-11-25", None),
    compliance("Invoke-HoldRemovalAction", "2025-11-25", None),
    compliance("New-CaseHoldPolicy", "2026-08-27", SEARCHES),
    compliance("New-ComplianceSearch", "2023-12-12", SEARCHES),
    compliance("New-ComplianceSearchAction", "2025-10-24", SEARCHES),
    compliance("Set-CaseHoldPolicy", "2026-08-27", SEARCHES),
    compliance("Start-ComplianceSearch", "2024-01-09", SEARCHES),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_on_a_cmdlet_of_its_service() {
        for limit in limits() {
            let cmdlet = exo_catalog::find(&limit.cmdlet.parse().unwrap()).unwrap();
            assert!(cmdlet.services().contains(limit.service), "{}", limit.cmdlet);
        }
    }

    #[test]
    fn a_limit_that_ended_is_none() {
        let today = |service, name: &str| limit(service, &name.parse().unwrap()).is_some();
        assert!(today(Service::Exchange, "new-unifiedgroup"));
        assert!(!today(Service::Exchange, "Set-UnifiedGroup"));
        assert!(!today(Service::Compliance, "Get-ComplianceCase"));
        assert!(!today(Service::Compliance, "New-UnifiedGroup"));
    }
}

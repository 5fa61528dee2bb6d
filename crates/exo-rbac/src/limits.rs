//! What Microsoft lists as unsupported for app-only sign-in, and what to use instead.

use crate::Certainty;
use exo_model::{CmdletName, Service};
use std::fmt;

/// A cmdlet that Microsoft lists as unsupported for app-only sign-in, now or once.
///
/// Unsupported is not refused: the list was taken back and restored within days in 2026. A caller warns, runs, and explains a failure.
///
/// ```
/// let limit = exo_rbac::limits().iter().find(|limit| limit.cmdlet == "New-UnifiedGroup").ok_or("not listed")?;
/// assert_eq!(limit.since, "2022-08-04");
/// assert!(limit.instead.is_some_and(|instead| instead.with.contains("Microsoft Graph")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// What does the same for an app, where a source names something.
    pub instead: Option<Instead>,
    /// How it was reported to fail.
    pub symptom: Option<&'static str>,
    /// Whether it needs a session that was asked for as search-only.
    pub search_only: bool,
}

/// What to use instead of a cmdlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instead {
    /// What.
    pub with: &'static str,
    /// How sure it is that it works for an app.
    pub certainty: Certainty,
}

/// Something that app-only sign-in does not do, or did not once, and that is no single cmdlet.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Boundary {
    /// What it is about.
    pub about: &'static str,
    /// Where.
    pub service: Service,
    /// What is known.
    pub known: &'static str,
}

/// All limits, also those that ended.
pub fn limits() -> &'static [Limit] {
    LIMITS
}

/// The boundaries that are no single cmdlets.
pub fn boundaries() -> &'static [Boundary] {
    BOUNDARIES
}

/// The limit on a cmdlet that holds today.
pub(crate) fn limit(service: Service, cmdlet: &CmdletName) -> Option<&'static Limit> {
    let named = |limit: &&Limit| limit.cmdlet.eq_ignore_ascii_case(cmdlet.as_str());
    LIMITS.iter().filter(|limit| limit.service == service && limit.until.is_none()).find(named)
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Microsoft lists `{}` as unsupported for app-only sign-in since {}", self.cmdlet, self.since)?;
        if self.search_only {
            f.write_str("; it needs a session that was asked for as search-only")?;
        }
        if let Some(symptom) = self.symptom {
            write!(f, "; reported: {symptom}")?;
        }
        match self.instead {
            None => Ok(()),
            Some(Instead { with, certainty: Certainty::Documented }) => write!(f, "; instead: {with}"),
            Some(Instead { with, .. }) => write!(f, "; reported to work instead: {with}"),
        }
    }
}

const fn groups(cmdlet: &'static str, with: &'static str) -> Limit {
    Limit {
        cmdlet,
        service: Service::Exchange,
        since: "2022-08-04",
        until: None,
        instead: Some(Instead { with, certainty: Certainty::Documented }),
        symptom: None,
        search_only: false,
    }
}

const fn purview(cmdlet: &'static str, since: &'static str) -> Limit {
    Limit { cmdlet, service: Service::Compliance, since, until: None, instead: None, symptom: None, search_only: false }
}

const fn search(cmdlet: &'static str, since: &'static str, symptom: Option<&'static str>) -> Limit {
    Limit { search_only: true, symptom, instead: EDISCOVERY, ..purview(cmdlet, since) }
}

/// Field notes of a collector project, 2026-07-23: refused until the service principal existed in Security & Compliance and had both.
const EDISCOVERY: Option<Instead> = Some(Instead {
    with: "Microsoft Graph's eDiscovery, with the service principal in eDiscovery Manager and added by Add-eDiscoveryCaseAdmin",
    certainty: Certainty::Reported,
});

/// The app-only article's notes and their history up to 2026-08-21 (MicrosoftDocs/office-docs-powershell 93336da2), and pull request
/// 13788 of 2026-08-27; the list is open to all Purview cmdlets. What to use instead of group cmdlets: their reference pages.
/// Symptoms: issues 9458, 11237 and 11522 of that repository. Search-only: connect-to-scc-powershell.md.
const LIMITS: &[Limit] = &[
    groups("Add-UnifiedGroupLinks", "Microsoft Graph: add a member or owner to the group"),
    groups("New-UnifiedGroup", "Microsoft Graph: create a group"),
    groups("Remove-UnifiedGroup", "Microsoft Graph: delete the group"),
    groups("Remove-UnifiedGroupLinks", "Microsoft Graph: remove a member or owner from the group"),
    Limit {
        since: "2022-04-04",
        until: Some("2023-05-15"),
        ..groups("Set-UnifiedGroup", "Microsoft Graph: update the group")
    },
    Limit { until: Some("2023-04-05"), ..purview("Get-CaseHoldPolicy", "2022-08-04") },
    Limit { until: Some("2023-04-05"), ..purview("Get-ComplianceCase", "2022-08-04") },
    Limit {
        symptom: Some("with -Identity a null reference for actions of others, while the listing without it works"),
        instead: Some(Instead {
            with: "the listing without -Identity, filtered by the caller",
            certainty: Certainty::Reported,
        }),
        ..purview("Get-ComplianceSearchAction", "2023-12-12")
    },
    purview("Invoke-ComplianceSearchActionStep", "2025-11-25"),
    purview("Invoke-ComplianceSecurityFilterAction", "2025-11-25"),
    purview("Invoke-HoldRemovalAction", "2025-11-25"),
    Limit { instead: EDISCOVERY, ..purview("New-CaseHoldPolicy", "2026-08-27") },
    search("New-ComplianceSearch", "2023-12-12", Some("searches of a service principal find nothing")),
    search("New-ComplianceSearchAction", "2025-10-24", None),
    Limit { instead: EDISCOVERY, ..purview("Set-CaseHoldPolicy", "2026-08-27") },
    search("Start-ComplianceSearch", "2024-01-09", Some("a null reference")),
];

/// The same article then and today, and the one on managed identities (connect-exo-powershell-managed-identity.md).
const BOUNDARIES: &[Boundary] = &[
    Boundary {
        about: "other organizations, by delegation",
        service: Service::Exchange,
        known: "ruled out in 2022; supported today, with consent and roles in each customer's tenant",
    },
    Boundary {
        about: "other organizations, by delegation",
        service: Service::Compliance,
        known: "ruled out in 2022; today's text says nothing of it",
    },
    Boundary {
        about: "managed identities",
        service: Service::Compliance,
        known: "described for Exchange Online alone",
    },
    Boundary {
        about: "clouds GCC High and DoD",
        service: Service::Exchange,
        known: "the article contradicts itself on whether these clouds have Exchange Online for apps",
    },
    Boundary {
        about: "eDiscovery searches",
        service: Service::Compliance,
        known: "they need a session that was asked for as search-only; with a certificate that failed in Microsoft's module until 3.10.0",
    },
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
        assert_eq!(limits().iter().filter(|limit| limit.until.is_none()).count(), 13);
    }

    #[test]
    fn what_is_reported_is_not_said_to_be_so() {
        let text = |service, name: &str| limit(service, &name.parse().unwrap()).unwrap().to_string();
        assert!(
            text(Service::Exchange, "Remove-UnifiedGroup").ends_with("; instead: Microsoft Graph: delete the group")
        );
        let search = text(Service::Compliance, "Start-ComplianceSearch");
        assert!(search.contains("search-only") && search.contains("reported: a null reference"), "{search}");
        assert!(search.contains("reported to work instead"), "{search}");
        assert!(text(Service::Compliance, "Invoke-HoldRemovalAction").ends_with("since 2025-11-25"));
    }
}

//! Searches for content and holds of cases: Security & Compliance runs them for apps as best effort.
//!
//! Microsoft's module asks for a session of its own kind for them, in a way that is not public, and its documents list
//! them as unsupported for apps except as best effort for automation that exists already.

use crate::ServiceError;
use exo_model::{CmdletName, Service};

/// What the end of such a call's stream warns of.
pub(crate) fn warning(service: Service, cmdlet: &CmdletName) -> Option<String> {
    concerns(service, cmdlet).then(|| {
        format!("`{cmdlet}` is best effort for apps: the service may refuse it, or want a search-only session")
    })
}

/// The way out where such a call failed.
pub(crate) fn hint(error: &ServiceError) -> Option<String> {
    let asked = error.text.contains(SWITCH);
    let family = concerns(error.service, &error.cmdlet) && matches!(error.status, 400 | 401 | 403 | 500);
    (asked || family).then(|| {
        format!(
            "`{}` needs a search-only session (-{SWITCH} of Microsoft's module 3.10.0 or later), which is best effort for \
             apps and cannot be asked for here; check the app's roles first, then run it with that module",
            error.cmdlet
        )
    })
}

fn concerns(service: Service, cmdlet: &CmdletName) -> bool {
    let name = cmdlet.as_str().to_ascii_lowercase();
    let of_a_case = ["new-caseholdpolicy", "set-caseholdpolicy"].contains(&name.as_str());
    service == Service::Compliance && (of_a_case || name.contains("-compliancesearch"))
}

/// The switch by which the module asks for such a session; it stands in the service's text as well.
const SWITCH: &str = "EnableSearchOnlySession";

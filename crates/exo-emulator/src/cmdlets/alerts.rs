//! `Get-ProtectionAlert` of Security & Compliance.

use super::{Call, Output, short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};

pub(super) const PARAMETERS: Declared = &[("Identity", Type::Text), ("IncludeRuleXml", Type::Switch)];

struct Alert {
    name: &'static str,
    category: &'static str,
    severity: &'static str,
    disabled: bool,
    /// Whether somebody is told.
    notifies: bool,
    /// How often within how many minutes; none alerts on each.
    threshold: Option<(u64, u64)>,
    system: bool,
}

const fn system(name: &'static str, category: &'static str, severity: &'static str) -> Alert {
    Alert { name, category, severity, disabled: false, notifies: true, threshold: None, system: true }
}

const ALERTS: [Alert; 14] = [
    system("Suspicious email sending patterns detected", "ThreatManagement", "Medium"),
    system("Suspicious connector activity", "ThreatManagement", "High"),
    Alert { disabled: true, ..system("Suspicious Email Forwarding Activity", "ThreatManagement", "High") },
    Alert { threshold: Some((2000, 60)), notifies: false, ..system("Messages have been delayed", "MailFlow", "High") },
    system("Tenant restricted from sending unprovisioned email", "ThreatManagement", "High"),
    Alert { notifies: false, ..system("Tenant restricted from sending email", "ThreatManagement", "High") },
    system("A potentially malicious URL click was detected", "ThreatManagement", "High"),
    system("Email messages containing malicious file removed after delivery", "ThreatManagement", "Informational"),
    system("Email messages containing malicious URL removed after delivery", "ThreatManagement", "Informational"),
    system("Email reported by user as malware or phish", "ThreatManagement", "Low"),
    system("User restricted from sending email", "ThreatManagement", "High"),
    system("Elevation of Exchange admin privilege", "AccessGovernance", "Low"),
    Alert {
        system: false,
        threshold: Some((50, 60)),
        ..system("Mass deletion in shared mailboxes", "DataGovernance", "Medium")
    },
    Alert {
        system: false,
        disabled: true,
        notifies: false,
        ..system("Gel\u{f6}schte Aufbewahrungsrichtlinie", "DataGovernance", "Low")
    },
];

const MADE: i64 = 1_550_000_000;

pub(super) fn run<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let names = |number: usize| {
        let alert = ALERTS.get(number).map(|alert| alert.name.to_owned());
        alert.into_iter().chain([Guid::hashed(85, number as u64).to_string()]).collect()
    };
    let tenant = &call.world.tenant;
    short(call, ALERTS.len(), names, move |number, out| {
        let Some(alert) = usize::try_from(number).ok().and_then(|n| ALERTS.get(n)) else { return };
        out.text("Name", alert.name);
        out.boolean("Disabled", alert.disabled);
        out.text("Mode", "Enforce");
        out.text("Severity", alert.severity);
        out.text("Category", alert.category);
        out.text("ThreatType", if alert.category == "ThreatManagement" { "Malware" } else { "Activity" });
        out.boolean("IsSystemRule", alert.system);
        out.boolean("NotificationEnabled", alert.notifies);
        if alert.notifies {
            let admins = if alert.system { "TenantAdmins".to_owned() } else { format!("soc@{}", tenant.domain) };
            out.list("NotifyUser", &[admins]);
        } else {
            out.empty_lists(["NotifyUser"]);
        }
        out.empty_lists(["NotifyUserOnFilterMatch"]);
        out.text("NotifyUserSuppressionExpiryDate", "");
        let aggregated = if alert.threshold.is_some() { "SimpleAggregation" } else { "None" };
        out.text("AggregationType", aggregated);
        match alert.threshold {
            Some((threshold, window)) => {
                out.int32("Threshold", threshold);
                out.int32("TimeWindow", window);
            }
            None => out.nulls(["Threshold", "TimeWindow"]),
        }
        out.empty_lists(["Operation"]);
        out.text("Workload", "SecurityComplianceCenter");
        out.text("Comment", "");
        out.text("CreatedBy", if alert.system { "System" } else { "admin@contoso.com" });
        out.guid("Guid", Guid::hashed(85, number));
        out.guid("ImmutableId", Guid::hashed(85, number));
        out.text(
            "Identity",
            &format!(
                "FFO.extest.microsoft.com/Microsoft Exchange Hosted Organizations/{}/Configuration/{}",
                tenant.initial_domain, alert.name
            ),
        );
        out.dates("WhenChanged", "WhenChangedUTC", MADE + 9_000_000);
        out.dates("WhenCreated", "WhenCreatedUTC", MADE);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    })
}

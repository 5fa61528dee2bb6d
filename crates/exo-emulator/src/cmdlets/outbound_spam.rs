//! `Get-HostedOutboundSpamFilterPolicy` and `Get-HostedOutboundSpamFilterRule`.

use super::{Call, Output, short};
use crate::cmdlet_error::CmdletError;
use crate::guid::Guid;
use crate::parameters::{Declared, Type};

pub(super) const POLICIES: Declared = &[("Identity", Type::Text)];
pub(super) const RULES: Declared = &[("Identity", Type::Text), ("State", Type::Names(&["Enabled", "Disabled"]))];

struct Policy {
    name: &'static str,
    forwarding: &'static str,
    default: bool,
}

/// The default, one that opens forwarding to some, one that closes it, one whose rule is switched off.
const KNOWN: [Policy; 4] = [
    Policy { name: "Default", forwarding: "Automatic", default: true },
    Policy { name: "Forwarding for partners", forwarding: "On", default: false },
    Policy { name: "Executives", forwarding: "Off", default: false },
    Policy { name: "Old migration", forwarding: "On", default: false },
];

struct Rule {
    policy: &'static str,
    enabled: bool,
    from: Option<&'static str>,
    group: Option<&'static str>,
}

const KNOWN_RULES: [Rule; 3] = [
    Rule { policy: "Forwarding for partners", enabled: true, from: None, group: Some("partners") },
    Rule { policy: "Executives", enabled: true, from: Some("board"), group: None },
    Rule { policy: "Old migration", enabled: false, from: Some("migration"), group: None },
];

const MADE: i64 = 1_600_000_000;

pub(super) fn policies<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let names = |number: usize| KNOWN.get(number).map(|p| p.name.to_owned()).into_iter().collect();
    short(call, KNOWN.len(), names, |number, out| {
        let Some(policy) = usize::try_from(number).ok().and_then(|n| KNOWN.get(n)) else { return };
        out.text("ConfigurationType", "Organization");
        out.boolean("IsDefault", policy.default);
        out.text("Enabled", "True");
        out.text("AutoForwardingMode", policy.forwarding);
        out.text("AdminDisplayName", "");
        out.text("ActionWhenThresholdReached", "BlockUserForToday");
        out.int32("RecipientLimitExternalPerHour", if policy.default { 0 } else { 500 });
        out.int32("RecipientLimitInternalPerHour", if policy.default { 0 } else { 1000 });
        out.int32("RecipientLimitPerDay", if policy.default { 0 } else { 1000 });
        out.booleans([("BccSuspiciousOutboundMail", false), ("NotifyOutboundSpam", policy.default)]);
        out.empty_lists(["BccSuspiciousOutboundAdditionalRecipients"]);
        out.list("NotifyOutboundSpamRecipients", &["admin@contoso.com"]);
        out.texts([("Identity", policy.name), ("Id", policy.name), ("Name", policy.name)]);
        out.text("RecommendedPolicyType", "Custom");
        out.guid("Guid", Guid::hashed(82, number));
        out.dates("WhenChanged", "WhenChangedUTC", MADE + 50_000_000);
        out.dates("WhenCreated", "WhenCreatedUTC", MADE);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    })
}

pub(super) fn rules<'a>(call: &Call<'a>) -> Result<Output<'a>, CmdletError> {
    let states = call.parameters.names("State").map(<[_]>::to_vec);
    let rules: Vec<&Rule> =
        KNOWN_RULES.iter().filter(|rule| states.as_ref().is_none_or(|states| states.contains(&state(rule)))).collect();
    let policies: Vec<String> = rules.iter().map(|rule| rule.policy.to_owned()).collect();
    let names = move |number: usize| policies.get(number).cloned().into_iter().collect();
    let domain = call.world.tenant.domain.as_str();
    short(call, rules.len(), names, move |number, out| {
        let Some(rule) = usize::try_from(number).ok().and_then(|n| rules.get(n)) else { return };
        out.text("HostedOutboundSpamFilterPolicy", rule.policy);
        out.text("State", state(rule));
        out.int32("Priority", number);
        out.text("Comments", "");
        let address =
            |local: Option<&str>| local.map(|local| format!("{local}@{domain}")).into_iter().collect::<Vec<_>>();
        out.list("From", &address(rule.from));
        out.list("FromMemberOf", &address(rule.group));
        out.empty_lists(["SenderDomainIs", "ExceptIfFrom", "ExceptIfFromMemberOf", "ExceptIfSenderDomainIs"]);
        out.texts([("Identity", rule.policy), ("Name", rule.policy)]);
        out.number("RuleIdentity", 15_394_007_230_974_001_153 + number);
        out.guid("Guid", Guid::hashed(83, number));
        out.guid("ImmutableId", Guid::hashed(84, number));
        out.text("RuleVersion", "14.0.0.0");
        out.dates("WhenChanged", "WhenChangedUTC", MADE + 60_000_000);
        out.boolean("IsValid", true);
        out.text("ObjectState", "Unchanged");
    })
}

const fn state(rule: &Rule) -> &'static str {
    if rule.enabled { "Enabled" } else { "Disabled" }
}

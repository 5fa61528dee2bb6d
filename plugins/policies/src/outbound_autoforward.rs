//! Check `exo-outbound-autoforward`: outbound spam policies that let mailboxes forward mail out of the tenant.

use crate::texts::texts;
use exo_plugin::prelude::*;
use exo_plugin::serde_json::Value;

const CONTROL: &str = "exo-outbound-autoforward";

/// Automatic forwarding to the outside is off in every outbound spam policy that applies to somebody
///
/// CIS Microsoft 365 Foundations 6.2.1 (v4 to v7).
#[derive(Debug)]
#[report(
    service = "exo",
    name = "exo-outbound-autoforward",
    reads("Get-HostedOutboundSpamFilterPolicy": Policy),
    reads("Get-HostedOutboundSpamFilterRule": Rule),
)]
pub struct OutboundAutoforward;

/// What a user may set.
#[derive(Debug, Args)]
pub struct Params {
    /// Policies in which forwarding is allowed on purpose, by name
    approved: Option<Vec<String>>,
}

#[derive(Debug, Record)]
struct Policy {
    identity: String,
    name: Maybe<String>,
    is_default: Maybe<Flag>,
    auto_forwarding_mode: Maybe<String>,
}

#[derive(Debug, Record)]
struct Rule {
    name: Maybe<String>,
    hosted_outbound_spam_filter_policy: Maybe<String>,
    state: Maybe<String>,
    priority: Maybe<i64>,
    from: Maybe<Value>,
    from_member_of: Maybe<Value>,
    sender_domain_is: Maybe<Value>,
}

/// What is said of one policy.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Nothing is forwarded by it, or it applies to nobody.
    Good,
    /// It forwards, and applies to those who are described.
    Bad(String),
    /// This property is missing or not understood, so that nobody can say.
    Unknown(&'static str),
}

#[async_trait(?Send)]
impl Report for OutboundAutoforward {
    type Args = Params;
    type Row = Finding;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Finding>) -> Result<()> {
        let policies = cx.cmdlet("Get-HostedOutboundSpamFilterPolicy").rows::<Policy>().await?;
        let rules = cx.cmdlet("Get-HostedOutboundSpamFilterRule").rows::<Rule>().await?;
        let approved = args.approved.unwrap_or_default();
        for name in approved.iter().filter(|name| !policies.iter().any(|policy| policy.is_called(name))) {
            cx.warn(format!("there is no outbound spam policy `{name}` to be approved"));
        }
        for finding in findings(&policies, &rules, &approved) {
            out.push(finding)?;
        }
        Ok(())
    }
}

fn findings(policies: &[Policy], rules: &[Rule], approved: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut excused = Vec::new();
    for policy in policies {
        let is_approved = approved.iter().any(|name| policy.is_called(name));
        match policy.verdict(rules) {
            Verdict::Good => {}
            Verdict::Bad(_) if is_approved => excused.push(policy.identity.as_str()),
            Verdict::Bad(whom) => findings.push(policy.fails(&whom)),
            Verdict::Unknown(property) => findings.push(policy.not_evaluated(property)),
        }
    }
    // Every tenant has a default policy, so a list without it is not the whole one.
    let may_be_default = |policy: &Policy| policy.is_default.as_ref().value().is_none_or(|flag| flag.0);
    if !policies.iter().any(may_be_default) {
        let evidence =
            format!("the service listed {} outbound spam policies and no default among them", policies.len());
        findings.push(finding(Status::NotEvaluated, "Default").evidence(evidence).remedy(
            "Check that the app may read the default outbound spam policy, which every tenant has, and run the check again.",
        ));
    }
    if findings.is_empty() {
        findings.push(passes(policies.len(), &excused));
    }
    findings
}

fn finding(status: Status, subject: &str) -> Finding {
    Finding::new(CONTROL, status, Severity::High, subject)
}

fn passes(policies: usize, excused: &[&str]) -> Finding {
    let except = if excused.is_empty() { String::new() } else { format!(" or is approved ({})", excused.join(", ")) };
    let evidence = format!(
        "AutoForwardingMode is Off{except} in every outbound spam policy that applies to somebody ({policies} read)"
    );
    finding(Status::Pass, "all outbound spam policies").evidence(evidence)
}

impl Policy {
    fn is_called(&self, name: &str) -> bool {
        let own = [Some(&self.identity), self.name.as_ref().value()];
        own.into_iter().flatten().any(|own| same(own, name))
    }

    fn mode(&self) -> Option<&str> {
        self.auto_forwarding_mode.as_ref().value().map(|mode| mode.trim())
    }

    fn verdict(&self, rules: &[Rule]) -> Verdict {
        match self.mode() {
            None => return Verdict::Unknown("AutoForwardingMode"),
            Some(mode) if mode.eq_ignore_ascii_case("off") => return Verdict::Good,
            Some(_) => {}
        }
        if self.is_default.as_ref().value().is_some_and(|flag| flag.0) {
            return Verdict::Bad("is the default, which applies to everybody without another policy".to_owned());
        }
        let own = || rules.iter().filter(|rule| rule.applies(self));
        let mut enabled: Vec<_> = own().filter(|rule| rule.is("Enabled")).collect();
        enabled.sort_by_key(|rule| rule.priority.value().unwrap_or(i64::MAX));
        if let Some(rule) = enabled.first() {
            return Verdict::Bad(rule.describe());
        }
        if own().any(|rule| !rule.is("Disabled")) {
            return Verdict::Unknown("State");
        }
        if rules.iter().any(|rule| rule.hosted_outbound_spam_filter_policy.as_ref().value().is_none()) {
            return Verdict::Unknown("HostedOutboundSpamFilterPolicy");
        }
        if self.is_default.as_ref().value().is_none() { Verdict::Unknown("IsDefault") } else { Verdict::Good }
    }

    fn fails(&self, whom: &str) -> Finding {
        let mode = self.mode().unwrap_or_default();
        let why = if mode.eq_ignore_ascii_case("automatic") {
            ", which leaves the decision to the service and is not the explicit Off that CIS asks for"
        } else {
            ""
        };
        let name = self.identity.replace('\'', "''");
        let remedy = format!(
            "Run Set-HostedOutboundSpamFilterPolicy -Identity '{name}' -AutoForwardingMode Off; for those who must forward, \
             make a policy of its own with a rule that names them, and name it in the parameter `approved` of this check."
        );
        finding(Status::Fail, &self.identity)
            .evidence(format!("AutoForwardingMode is {mode}{why}; the policy {whom}"))
            .remedy(remedy)
    }

    fn not_evaluated(&self, property: &str) -> Finding {
        let whose =
            if matches!(property, "State" | "HostedOutboundSpamFilterPolicy") { "a rule" } else { "the policy" };
        finding(Status::NotEvaluated, &self.identity)
            .evidence(format!("the service gave no value that is understood for the property {property} of {whose}"))
            .remedy("Look at the policy and its rules in the Defender portal, under anti-spam policies.")
    }
}

impl Rule {
    /// Whether it puts this policy into effect. Rules name policies; name and identity of a policy can differ.
    fn applies(&self, policy: &Policy) -> bool {
        self.hosted_outbound_spam_filter_policy.as_ref().value().is_some_and(|name| policy.is_called(name))
    }

    fn is(&self, state: &str) -> bool {
        self.state.as_ref().value().is_some_and(|own| same(own, state))
    }

    fn describe(&self) -> String {
        let name = self.name.as_ref().value().map_or("without a name", String::as_str);
        let priority = self.priority.value().map(|priority| format!(" (priority {priority})")).unwrap_or_default();
        let lists = [
            ("senders", &self.from),
            ("members of", &self.from_member_of),
            ("senders in the domains", &self.sender_domain_is),
        ];
        let given = lists.into_iter().map(|(title, list)| (title, texts(list)));
        let whom: Vec<_> = given.filter(|(_, list)| !list.is_empty()).map(|(title, list)| some(title, &list)).collect();
        let whom = if whom.is_empty() { "all senders".to_owned() } else { whom.join(" and ") };
        format!("is applied by the enabled rule `{name}`{priority} to {whom}")
    }
}

/// The first few of a list: a rule may name hundreds.
fn some(title: &str, list: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = list.iter().take(SHOWN).copied().collect();
    match list.len().saturating_sub(SHOWN) {
        0 => format!("{title} {}", shown.join(", ")),
        more => format!("{title} {} and {more} more", shown.join(", ")),
    }
}

/// Names are compared as the service does: without regard to case.
fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

//! Check `purview-alerts`: the alerts that every tenant should have switched on.

use crate::texts::texts;
use exo_plugin::prelude::*;
use exo_plugin::serde_json::Value;

const CONTROL: &str = "purview-alerts";

/// The alerts on suspicious mail and blocked senders exist and are enabled
///
/// Benchmark: `MS.SECURITYSUITE.4.1v1` of CISA; whom they tell (4.2v1) is left to a human judgement.
#[derive(Debug)]
#[report(service = "scc", name = "purview-alerts", reads("Get-ProtectionAlert": Alert))]
pub struct PurviewAlerts;

#[derive(Debug, Record)]
struct Alert {
    name: String,
    disabled: Maybe<Flag>,
    notification_enabled: Maybe<Flag>,
    notify_user: Maybe<Value>,
}

/// An alert that the baseline names.
struct Wanted {
    name: &'static str,
    /// Whether it exists only with a licence, so that its absence says nothing.
    licensed: bool,
}

const fn wanted(name: &'static str) -> Wanted {
    Wanted { name, licensed: false }
}

const WANTED: [Wanted; 7] = [
    wanted("Suspicious email sending patterns detected"),
    wanted("Suspicious connector activity"),
    wanted("Suspicious Email Forwarding Activity"),
    wanted("Messages have been delayed"),
    wanted("Tenant restricted from sending unprovisioned email"),
    wanted("Tenant restricted from sending email"),
    Wanted { name: "A potentially malicious URL click was detected", licensed: true },
];

#[async_trait(?Send)]
impl Report for PurviewAlerts {
    type Args = ();
    type Row = Finding;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Finding>) -> Result<()> {
        let alerts = cx.cmdlet("Get-ProtectionAlert").rows::<Alert>().await?;
        for finding in findings(&alerts) {
            out.push(finding)?;
        }
        Ok(())
    }
}

fn findings(alerts: &[Alert]) -> Vec<Finding> {
    // Alerts of the system exist in every tenant: an empty list means that they were not shown.
    if alerts.is_empty() {
        let finding = finding(Status::NotEvaluated, "all alert policies")
            .evidence("the service listed no alert policy at all, although every tenant has those of the system")
            .remedy("Check that the app may read alert policies in Security & Compliance, and run the check again.");
        return vec![finding];
    }
    let mut findings: Vec<_> = WANTED.iter().filter_map(|wanted| wanted.judge(alerts)).collect();
    if findings.iter().all(|finding| finding.status == Status::Manual) {
        findings.insert(0, passes(alerts));
    }
    findings
}

fn finding(status: Status, subject: &str) -> Finding {
    Finding::new(CONTROL, status, Severity::High, subject)
}

fn passes(alerts: &[Alert]) -> Finding {
    let there = WANTED.iter().filter(|wanted| wanted.among(alerts).next().is_some()).count();
    let rest: Vec<_> = WANTED.iter().filter(|wanted| wanted.among(alerts).next().is_none()).map(|w| w.name).collect();
    let rest = if rest.is_empty() {
        String::new()
    } else {
        format!("; not offered to this tenant, which its licence may explain: {}", rest.join(", "))
    };
    finding(Status::Pass, "all alert policies")
        .evidence(format!("{there} alerts that the baseline names exist and are enabled{rest}"))
}

impl Wanted {
    fn among<'a>(&self, alerts: &'a [Alert]) -> impl Iterator<Item = &'a Alert> {
        let name = self.name;
        alerts.iter().filter(move |alert| alert.name.trim().eq_ignore_ascii_case(name))
    }

    /// What is to be said of it, if anything. Where two have the name, one that is enabled is enough.
    fn judge(&self, alerts: &[Alert]) -> Option<Finding> {
        let own: Vec<_> = self.among(alerts).collect();
        if let Some(alert) = own.iter().find(|alert| alert.is_enabled() == Some(true)) {
            return alert.tells_nobody().then(|| self.to_judge());
        }
        match own.first() {
            None if self.licensed => None,
            None => Some(self.absent()),
            Some(_) if own.iter().any(|alert| alert.is_enabled().is_none()) => Some(self.not_evaluated()),
            Some(_) => Some(self.disabled()),
        }
    }

    fn absent(&self) -> Finding {
        finding(Status::Fail, self.name).evidence("no alert policy has this name").remedy(
            "Look in the Defender portal, under Policies & rules, Alert policy, whether it was deleted or renamed; \
             make it anew there if it is missing.",
        )
    }

    fn disabled(&self) -> Finding {
        finding(Status::Fail, self.name)
            .evidence("the alert policy exists and is disabled, so that nobody learns of what it watches for")
            .remedy("Switch it on in the Defender portal, under Policies & rules, Alert policy.")
    }

    fn not_evaluated(&self) -> Finding {
        finding(Status::NotEvaluated, self.name)
            .evidence("the service gave no value for the property Disabled")
            .remedy("Look at the alert in the Defender portal, under Policies & rules, Alert policy.")
    }

    fn to_judge(&self) -> Finding {
        Finding::new(CONTROL, Status::Manual, Severity::Medium, self.name)
            .evidence("the alert policy is enabled and tells nobody by mail")
            .remedy("Make sure that somebody watches it, in the portal or through a SIEM, or give it a recipient.")
    }
}

impl Alert {
    fn is_enabled(&self) -> Option<bool> {
        self.disabled.value().map(|disabled| !disabled.0)
    }

    /// Whether the record says that nobody is told; absent properties say nothing.
    fn tells_nobody(&self) -> bool {
        let is_off = self.notification_enabled.value().is_some_and(|enabled| !enabled.0);
        is_off || (!self.notify_user.is_absent() && texts(&self.notify_user).is_empty())
    }
}

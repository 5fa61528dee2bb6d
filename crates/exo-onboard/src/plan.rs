//! The set-up as a list of calls, with nothing sent.

use crate::judge::Verdict;
use crate::{Call, Kept, Permission, Privilege, Step, Wanted, calls, create};
use exo_model::Service;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;

/// Every call of a set-up, made from the description that its execution follows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
    /// The services that are signed in to at the end.
    pub sign_in: Vec<Service>,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlannedStep {
    /// What it is for.
    pub step: Step,
    /// What is asked first.
    pub look: Call,
    /// What is sent if it lacks; ids that are not known before stand in braces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write: Option<Call>,
}

/// The calls of [`create`](crate::create()) in a tenant that has nothing of it; nothing is sent.
///
/// ```
/// use exo_cert::Certificate;
/// use exo_onboard::{Kept, Wanted, plan};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let pem = include_bytes!("../../exo-cert/tests/data/contoso.crt");
/// let wanted = Wanted::new("Reports", Certificate::from_bytes(pem)?);
/// let plan = plan(&wanted, &Kept::new());
/// assert_eq!(plan.permissions(), ["AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"]);
/// # Ok(())
/// # }
/// ```
pub fn plan(wanted: &Wanted, kept: &Kept) -> Plan {
    let facts = create::facts(wanted, kept.clone());
    let mut steps = Vec::new();
    for step in create::steps(wanted, &facts.kept) {
        let write = match facts.judge(&step, nothing(&step, &facts.kept, wanted).as_ref()) {
            Verdict::Lacking(call) => Some(call),
            Verdict::There | Verdict::Unseen | Verdict::Taken(_) => None,
        };
        let look = facts.look(&step);
        steps.push(PlannedStep { step, look, write });
    }
    Plan { steps, sign_in: wanted.services.clone() }
}

/// What a step sees in a tenant that has nothing of it.
fn nothing(step: &Step, kept: &Kept, wanted: &Wanted) -> Option<Value> {
    match step {
        Step::Application | Step::ServicePrincipal | Step::Resource(_) => None,
        // A new app is registered with them.
        Step::Permissions if kept.app_id().is_none() => calls::create_application("", "", &wanted.services).body,
        _ => Some(json!({ "value": [] })),
    }
}

impl Plan {
    /// All calls, in order.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.steps.iter().flat_map(|step| std::iter::once(&step.look).chain(&step.write))
    }

    /// What the calls ask of whoever sends them, each once.
    pub fn privileges(&self) -> Vec<Privilege> {
        let mut all: Vec<Privilege> = self.calls().map(|call| call.needs).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The least permissions of Microsoft Graph that the token needs: what to ask for when signing in.
    pub fn permissions(&self) -> Vec<&'static str> {
        Privilege::least(self.privileges())
    }

    /// What the app itself is given.
    pub fn granted(&self) -> Vec<Permission> {
        self.sign_in.iter().copied().map(Permission::of).collect()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, PlannedStep { step, look, write }) in self.steps.iter().enumerate() {
            writeln!(f, "{}. {step}", index + 1)?;
            writeln!(f, "   look: {look}")?;
            let Some(write) = write else { continue };
            writeln!(f, "   else: {write}")?;
            if let Some(prefer) = write.prefer {
                writeln!(f, "         Prefer: {prefer}")?;
            }
            for line in write.body.iter().flat_map(pretty) {
                writeln!(f, "         {line}")?;
            }
        }
        for (index, service) in self.sign_in.iter().enumerate() {
            writeln!(f, "{}. {}", self.steps.len() + index + 1, Step::SignIn(*service))?;
        }
        Ok(())
    }
}

fn pretty(body: &Value) -> Vec<String> {
    format!("{body:#}").lines().map(ToOwned::to_owned).collect()
}

//! `exoctl app create --plan` and `--portal`: what would be done, and the same by hand; nothing is sent.

use super::certificate;
use super::create::wanted;
use super::purpose::Purpose;
use super::setup::Setup;
use crate::arguments::AppCreateArgs;
use crate::failure::Result;
use crate::lines::Lines;
use crate::table;
use exo_cert::Certificate;
use exo_onboard::{Plan, PlannedStep, Portal, Step};
use serde_json::{Value, json};

/// Prints every call with its body.
pub(super) async fn calls(args: &AppCreateArgs, setup: &Setup, purpose: &Purpose) -> Result<()> {
    let (named, certificate) = certificate_of(args, setup).await?;
    let kept = setup.file().kept()?;
    let is_new = kept.is_none();
    let kept = kept.unwrap_or_default();
    let mut plan = exo_onboard::plan(&wanted(args, setup, purpose, certificate)?, &kept);
    if is_new {
        let marker = kept.unique_name();
        for step in &mut plan.steps {
            without_chance(step, &marker);
        }
    }
    if !named {
        plan.steps.iter_mut().filter(|step| step.step == Step::Certificate).for_each(without_key);
    }
    let text = if super::is_for_programs(&args.results)? {
        format!("{:#}\n", for_programs(&plan, purpose))
    } else {
        for_people(&plan, purpose)
    };
    table::text(&text, &args.results)
}

/// Prints the steps in the portal, filled in.
pub(super) async fn by_hand(args: &AppCreateArgs, setup: &Setup, purpose: &Purpose) -> Result<()> {
    let (named, certificate) = certificate_of(args, setup).await?;
    let wanted = wanted(args, setup, purpose, certificate)?;
    let mut facts = Portal::new(&wanted).cloud(setup.site.cloud).tenant(setup.site.tenant.clone());
    if let Some(organization) = &setup.site.organization {
        facts = facts.organization(organization.clone());
    }
    if let Some(app_id) = setup.app_id(&args.sign_in)? {
        facts = facts.app_id(app_id);
    }
    let mut text = exo_onboard::portal(&facts);
    if !named {
        text.push('\n');
        text.push_str(WITHOUT_CERTIFICATE);
    }
    table::text(&text, &args.results)
}

/// The certificate that is named; else one as it would be made, and thrown away.
async fn certificate_of(args: &AppCreateArgs, setup: &Setup) -> Result<(bool, Certificate)> {
    let named = certificate::is_named(&args.sign_in, setup)?;
    let certificate = if named {
        certificate::open(&args.sign_in, setup).await?.certificate().clone()
    } else {
        certificate::generated(&args.made, setup)?.certificate().clone()
    };
    Ok((named, certificate))
}

fn for_people(plan: &Plan, purpose: &Purpose) -> String {
    let mut out = Lines::default();
    out.line(format_args!(
        "What `exoctl app create` does, each step only if the look shows that it lacks. Nothing was sent.\n"
    ));
    out.line(format_args!("the administrator's token needs  {}", plan.permissions().join(", ")));
    let granted: Vec<String> =
        plan.granted().iter().map(|permission| format!("{} of {}", permission.value, permission.resource)).collect();
    out.line(format_args!("the app is given                 {}", granted.join(", ")));
    out.line(format_args!("directory roles                  {}", shown_roles(purpose)));
    for because in &purpose.because {
        out.line(format_args!("                                 {because}"));
    }
    for unsure in &purpose.unsure {
        out.line(format_args!("not known before it is tried     {}: {}", unsure.cmdlet, unsure.why));
    }
    out.line(format_args!("\n{plan}"));
    out.into_text().trim_end().to_owned() + "\n"
}

fn for_programs(plan: &Plan, purpose: &Purpose) -> Value {
    json!({
        "administrator_needs": plan.permissions(),
        "permissions": plan.granted().iter().map(|p| json!({
            "resource_app_id": p.resource_app_id, "resource": p.resource, "value": p.value, "id": p.id,
        })).collect::<Vec<_>>(),
        "roles": purpose.roles,
        "because": purpose.because,
        "services": purpose.services,
        "unsure": purpose.unsure.iter().map(|u| json!({"cmdlet": u.cmdlet.as_str(), "why": u.why})).collect::<Vec<_>>(),
        "steps": plan.steps,
    })
}

/// The roles in words.
pub(super) fn shown_roles(purpose: &Purpose) -> String {
    match purpose.role_names().as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// Chance chooses the mark of a new app each time, so that a plan cannot tell it.
fn without_chance(step: &mut PlannedStep, marker: &str) {
    const RANDOM: &str = "exoctl-{random id}";
    step.look.path = step.look.path.replace(marker, RANDOM);
    if let Some(write) = &mut step.write {
        write.path = write.path.replace(marker, RANDOM);
    }
}

/// The certificate is made when the plan is carried out.
fn without_key(step: &mut PlannedStep) {
    let keys = step.write.as_mut().and_then(|write| write.body.as_mut()?.get_mut("keyCredentials")?.as_array_mut());
    for key in keys.into_iter().flatten().filter_map(|key| key.get_mut("key")) {
        *key = Value::from("{the new certificate in base64}");
    }
}

/// What stands below the steps where no certificate is there yet.
const WITHOUT_CERTIFICATE: &str = "\
The certificate above is an example: none was named, and none was made.
`exoctl cert new --dns-name contoso.org --out mycert --generate-password mycert.password` makes one;
with `--certificate-file mycert.pfx` these steps name it.
";

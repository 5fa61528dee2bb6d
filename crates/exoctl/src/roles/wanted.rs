//! What the command line asks for: cmdlets with their parameters, from names and from reports.

use crate::arguments::RolesArgs;
use crate::bundled;
use crate::failure::{Failure, Result};
use crate::powershell::unknown_cmdlet;
use exo_model::{CmdletName, InvalidCmdletName, Service};
use exo_plugin_wire::ReportManifest;
use exo_rbac::Need;

/// All that is asked for, in the services that were named.
pub(super) fn needs(args: &RolesArgs, services: &[Service]) -> Result<Vec<Need>> {
    let mut needs = Vec::new();
    for words in &args.cmdlet {
        needs.extend(of_words(words, services)?);
    }
    for wanted in &args.report {
        for found in bundled::find(wanted)? {
            needs.extend(of_report(&found.report).filter(|need| services.contains(&need.service)));
        }
    }
    if needs.is_empty() {
        let names: Vec<_> = services.iter().map(|service| service.title()).collect();
        let failure = Failure::usage(format!("the reports call nothing of {}", names.join(" and ")));
        return Err(failure.hinted("leave --service out"));
    }
    Ok(needs)
}

/// What a report declares.
pub(super) fn of_report(report: &ReportManifest) -> impl Iterator<Item = Need> {
    report.cmdlets().map(|(service, cmdlet)| {
        let need = Need::new(service, cmdlet.name.clone());
        cmdlet.parameters.iter().fold(need, Need::with)
    })
}

/// `Get-Mailbox -Archive`: of every service that has the cmdlet; of the named one where none of them has it.
fn of_words(words: &str, services: &[Service]) -> Result<Vec<Need>> {
    let mut words = words.split_whitespace();
    let name: CmdletName = words
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|error: InvalidCmdletName| Failure::usage(error.to_string()))?;
    let cmdlet = exo_catalog::find(&name).ok_or_else(|| unknown_cmdlet(&name))?;
    let mut parameters = Vec::new();
    for word in words {
        let parameter = word.strip_prefix('-').filter(|parameter| !parameter.is_empty());
        let parameter = parameter.ok_or_else(|| {
            Failure::usage(format!("`{word}` is no parameter of {name}"))
                .hinted("name parameters without values, such as 'Get-Mailbox -Archive'")
        })?;
        if cmdlet.parameter(parameter).is_none() {
            return Err(unknown_parameter(cmdlet, parameter));
        }
        parameters.push(parameter);
    }
    let has = |service: &&Service| cmdlet.of_service().unwrap_or(cmdlet).services().contains(**service);
    let mut wanted: Vec<Service> = services.iter().filter(has).copied().collect();
    if wanted.is_empty() {
        wanted.extend(services.first());
    }
    let need = |service| parameters.iter().fold(Need::new(service, name.clone()), |need, name| need.with(*name));
    Ok(wanted.into_iter().map(need).collect())
}

fn unknown_parameter(cmdlet: exo_catalog::Cmdlet, parameter: &str) -> Failure {
    let failure = Failure::usage(format!("{} has no parameter `-{parameter}`", cmdlet.name()));
    match exo_catalog::closest_of(parameter, cmdlet.parameters().map(exo_catalog::Parameter::name)).as_slice() {
        [] => failure,
        similar => failure.hinted(format!("did you mean -{}?", similar.join(", -"))),
    }
}

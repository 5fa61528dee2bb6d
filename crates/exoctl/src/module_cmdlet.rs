//! `Get-EXOMailbox` and its like: cmdlets of Microsoft's module, as the service's own cmdlets on the path that the module reads by.

use crate::failure::{Failure, Result};
use exo_catalog::Cmdlet;
use exo_model::{Invocation, ReadPath};
use serde_json::Value;

/// A call of the module's cmdlet, in its own parameters, as one of the service's that reads the same.
///
/// As in the module, the properties are those of the least set unless more are asked for.
pub(crate) fn translated(module: Cmdlet, given: &Invocation) -> Result<Invocation> {
    let only_there = || Failure::usage(format!("{} runs in Microsoft's PowerShell module only", module.name()));
    let of_service = module.of_service().ok_or_else(only_there)?;
    let name = of_service.name().parse().map_err(|_| only_there())?;
    let mut call = Invocation::new(given.service, name).by(ReadPath::PerNoun).select(properties(module, given)?);
    for (name, value) in &given.parameters {
        let name = match name.as_str() {
            "Properties" | "PropertySets" => continue,
            _ if IDENTITIES.contains(&name.as_str()) => "Identity",
            _ if of_service.parameter(name).is_some() => name,
            _ => {
                let text = format!("{} -{name} has no counterpart outside Microsoft's module", module.name());
                return Err(Failure::usage(text));
            }
        };
        if call.parameter(name).is_some() {
            return Err(Failure::usage(format!("{} is given more than one identity", module.name())));
        }
        call = call.with(name, value.clone());
    }
    Ok(call)
}

/// The properties that a call wants; none for all of them.
fn properties(module: Cmdlet, given: &Invocation) -> Result<Vec<String>> {
    let Some(least) = module.property_sets().next() else { return Ok(Vec::new()) };
    let mut wanted: Vec<String> = least.properties().map(str::to_owned).collect();
    for set in texts(given, "PropertySets") {
        if set.eq_ignore_ascii_case("All") {
            return Ok(Vec::new());
        }
        let known = module.property_sets().find(|known| known.name().eq_ignore_ascii_case(&set));
        let known = known.ok_or_else(|| unknown_set(module, &set))?;
        wanted.extend(known.properties().map(str::to_owned));
    }
    wanted.extend(texts(given, "Properties"));
    if wanted.iter().any(|name| name == "*") {
        return Ok(Vec::new());
    }
    let mut once: Vec<String> = Vec::with_capacity(wanted.len());
    for name in wanted {
        if !once.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            once.push(name);
        }
    }
    Ok(once)
}

fn texts(given: &Invocation, name: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match given.parameter(name) {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        other => other.and_then(text).into_iter().collect(),
    }
}

fn unknown_set(module: Cmdlet, set: &str) -> Failure {
    let known: Vec<&str> = module.property_sets().map(exo_catalog::PropertySet::name).collect();
    let shown: String = set.chars().take(80).collect();
    Failure::usage(format!("{} has no property set `{shown}`", module.name()))
        .hinted(format!("it has {}, All", known.join(", ")))
}

/// The parameters by which the module is told an object beside `Identity`.
const IDENTITIES: &[&str] = &["UserPrincipalName", "PrimarySmtpAddress", "ExternalDirectoryObjectId", "ExchangeGuid"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::powershell::parse;

    fn call(text: &str) -> Result<Invocation> {
        parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>(), None).map(|line| line.invocation)
    }

    #[test]
    fn the_module_names_mean_the_same_data_by_noun() {
        let mailbox = call("get-exomailbox -UserPrincipalName a@b.c").unwrap();
        assert_eq!((mailbox.cmdlet.as_str(), mailbox.path), ("Get-Mailbox", Some(ReadPath::PerNoun)));
        assert_eq!(mailbox.parameters.iter().collect::<Vec<_>>(), [(&"Identity".to_owned(), &Value::from("a@b.c"))]);
        assert_eq!(mailbox.select.len(), 14);
        assert_eq!(call("Get-EXOMailboxPermission a").unwrap().select, Vec::<String>::new());
    }

    #[test]
    fn sets_and_properties_are_added_to_the_least() {
        let select = |text: &str| call(text).unwrap().select;
        let quota = select("Get-EXOMailbox -PropertySets Quota -Properties Alias,WhenCreated");
        assert_eq!(quota.iter().filter(|name| *name == "Alias").count(), 1);
        assert!(["Guid", "ProhibitSendQuota", "WhenCreated"].iter().all(|name| quota.contains(&(*name).to_owned())));
        assert!(select("Get-EXOMailbox -PropertySets All").is_empty());
        assert!(select("Get-EXORecipient -Properties *").is_empty());
    }

    #[test]
    fn what_has_no_counterpart_is_refused() {
        let refused = |text: &str| call(text).unwrap_err().text().clone();
        assert!(
            refused("Get-EXOMailboxStatistics a -DatabaseGuid 7a1f0c62-8a3e-4b63-9d9e-0b3a52f1c001")
                .contains("-DatabaseGuid")
        );
        assert!(refused("Get-EXOMailbox a -UserPrincipalName b").contains("identity"));
        assert!(refused("Get-EXOMailbox -PropertySets Nonsense").contains("`Nonsense`"));
        assert!(refused("Get-ConnectionInformation").contains("module only"));
        assert!(refused("Get-EXOMailbox -SortBy Name").contains("SortBy"));
    }
}

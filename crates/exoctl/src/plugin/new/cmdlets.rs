//! The cmdlets of a new report, checked against the catalogue.

use crate::failure::{Failure, Result};
use crate::powershell;
use exo_catalog::{Access, Cmdlet};
use exo_model::{CmdletName, Service};

/// A cmdlet that the new report reads.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) service: Service,
    pub(crate) cmdlet: Cmdlet,
}

impl Read {
    /// The cmdlet's name as a name.
    pub(crate) fn name(&self) -> Result<CmdletName> {
        self.cmdlet.name().parse().map_err(|error| Failure::usage(format!("{error}")))
    }

    /// What it is about: `Mailbox` of `Get-Mailbox`.
    pub(crate) fn noun(&self) -> &'static str {
        self.cmdlet.name().split_once('-').map_or("Record", |(_, noun)| noun)
    }

    /// Whether the cmdlet has the parameter in this service.
    pub(crate) fn takes(&self, parameter: &str) -> bool {
        self.cmdlet.parameter(parameter).is_some_and(|known| known.services().contains(self.service))
    }
}

/// The cmdlet that lists the objects, and the one that is asked about each of them, if there is one.
#[derive(Debug, Clone)]
pub(crate) struct Reads {
    pub(crate) list: Read,
    pub(crate) each: Option<Read>,
}

/// Finds the cmdlets, and refuses those that a new report cannot begin with.
pub(crate) fn find(names: &[String], service: Option<&str>) -> Result<Reads> {
    let wanted = match service {
        Some(text) => Some(text.parse::<Service>().map_err(|error| Failure::usage(error.to_string()))?),
        None => None,
    };
    match names {
        [] => Ok(Reads { list: list("Get-Mailbox", wanted)?, each: None }),
        [one] => Ok(Reads { list: list(one, wanted)?, each: None }),
        [one, two] => Ok(Reads { list: list(one, wanted)?, each: Some(each(two, wanted)?) }),
        more => {
            let text = format!("{} cmdlets are more than a new report begins with", more.len());
            Err(Failure::usage(text)
                .hinted("name the one that lists objects and the one that is asked about each; add the others by hand"))
        }
    }
}

/// A cmdlet that can be called without naming an object.
fn list(name: &str, wanted: Option<Service>) -> Result<Read> {
    let read = reading(name, wanted)?;
    let needed: Vec<String> = needed(&read).map(|name| format!("-{name}")).collect();
    if needed.is_empty() {
        return Ok(read);
    }
    let text = format!("{} is not called without {}", read.cmdlet.name(), needed.join(" "));
    Err(Failure::usage(text).hinted(format!(
        "name the cmdlet that lists the objects before it: --cmdlet Get-Mailbox --cmdlet {}",
        read.cmdlet.name()
    )))
}

/// A cmdlet that is asked about one object.
fn each(name: &str, wanted: Option<Service>) -> Result<Read> {
    let read = reading(name, wanted)?;
    if !read.takes("Identity") || read.takes("Mailbox") {
        let text = format!("{} is not asked about an object by -Identity", read.cmdlet.name());
        return Err(Failure::usage(text).hinted("make a plugin for it alone, or add the call by hand"));
    }
    let other = needed(&read).find(|name| *name != "Identity");
    match other {
        None => Ok(read),
        Some(other) => {
            let text = format!("{} is not called without -{other}", read.cmdlet.name());
            Err(Failure::usage(text).hinted("begin with another cmdlet and add the call by hand"))
        }
    }
}

fn reading(name: &str, wanted: Option<Service>) -> Result<Read> {
    let written: CmdletName = name.parse().map_err(|error| Failure::usage(format!("{error}")))?;
    let cmdlet = exo_catalog::find(&written).ok_or_else(|| powershell::unknown_cmdlet(&written))?;
    let cmdlet = cmdlet.of_service().unwrap_or(cmdlet);
    if cmdlet.module_only() {
        let text = format!("{} lives in Microsoft's PowerShell module and is no cmdlet of a service", cmdlet.name());
        return Err(Failure::usage(text).hinted("the service's own cmdlets are named without `EXO`"));
    }
    if cmdlet.access() == Access::Write {
        let text = format!("{} changes things, and a new report reads", cmdlet.name());
        return Err(Failure::usage(text).hinted("begin with a cmdlet that reads; the author's book says how to write"));
    }
    Ok(Read { service: powershell::place(cmdlet, wanted)?, cmdlet })
}

/// The parameters that no call does without. Cmdlets about one object need it even where the catalogue does not say so.
fn needed(read: &Read) -> impl Iterator<Item = &'static str> {
    let service = read.service;
    let said = read.cmdlet.parameters().filter(move |p| p.mandatory() && p.services().contains(service));
    let name = read.cmdlet.name();
    let known = OF_ONE_OBJECT.contains(&name).then_some("Identity");
    let passed_over = if LISTS.contains(&name) { Some("Identity") } else { known };
    said.map(exo_catalog::Parameter::name).filter(move |name| passed_over != Some(*name)).chain(known)
}

/// Cmdlets that the service refuses without an identity, although the catalogue lets them go without.
const OF_ONE_OBJECT: &[&str] = &["Get-MailboxStatistics", "Get-MailboxFolderStatistics"];

/// Cmdlets that list without an identity, although the catalogue has it as mandatory.
const LISTS: &[&str] = &["Get-ApplicationAccessPolicy", "Get-HostedOutboundSpamFilterPolicy", "Get-OMEConfiguration"];

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let failure = find(&names, None).unwrap_err();
        format!("{} | {}", failure.text(), failure.hint().unwrap_or_default())
    }

    #[test]
    fn cmdlets_that_list_and_cmdlets_about_one_object_are_told_apart() {
        assert!(refused(&["Get-MailboxStatistics"]).contains("without -Identity | name the cmdlet that lists"));
        let both = find(&["get-exomailbox".into(), "Get-MailboxPermission".into()], None).unwrap();
        assert_eq!(
            (both.list.cmdlet.name(), both.each.unwrap().cmdlet.name()),
            ("Get-Mailbox", "Get-MailboxPermission")
        );
        for other in ["Get-OrganizationConfig", "Get-InboxRule"] {
            assert!(refused(&["Get-Mailbox", other]).contains("not asked about an object by -Identity"), "{other}");
        }
        assert!(find(&["Get-HostedOutboundSpamFilterPolicy".into()], None).is_ok());
    }

    #[test]
    fn mistakes_are_answered_with_what_was_meant() {
        assert!(refused(&["Get-Mailbx"]).contains("Get-Mailbox"));
        assert!(refused(&["Set-Mailbox"]).contains("changes things"));
        assert!(refused(&["Get-ConnectionInformation"]).contains("PowerShell module"));
        assert!(refused(&["mailboxes"]).contains("not a cmdlet's name"));
        assert!(refused(&["Get-Mailbox", "Get-Mailbox", "Get-Mailbox"]).contains("3 cmdlets"));
    }

    #[test]
    fn the_service_is_found_or_checked() {
        assert_eq!(find(&["Get-ProtectionAlert".into()], None).unwrap().list.service, Service::Compliance);
        assert!(find(&["Get-Mailbox".into()], Some("scc")).is_err());
        assert!(find(&[], Some("graph")).is_err());
    }
}

//! The documented addresses of `v2.0`: a few cmdlets, each with a few parameters, under an address of their noun.
//!
//! From Microsoft's reference of the Exchange Online Admin API (a preview of November 2025).

use super::Address;
use crate::endpoint::selected;
use crate::request::{Caller, Form};
use exo_model::{Invocation, ReadPath};

/// The address of a call, or why it has none.
pub(super) fn address(caller: &Caller, call: &Invocation) -> Result<Address, String> {
    let found = CMDLETS.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(call.cmdlet.as_str()));
    let Some((noun, _, known)) = found else {
        let names: Vec<&str> = CMDLETS.iter().map(|(_, name, _)| *name).collect();
        return Err(format!("it has {} only", names.join(", ")));
    };
    let given = call.parameters.keys().chain(call.secrets.keys());
    if let Some(other) = given.into_iter().find(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name))) {
        return Err(format!("it takes no -{other} there"));
    }
    let tenant = caller.tenant.as_ref().ok_or("it wants the tenant's GUID, which this session was not given")?;
    let mut text = format!("/adminapi/v2.0/{tenant}/{noun}");
    selected(&mut text, &call.select);
    Ok(Address { path: ReadPath::V2, text, form: Form::Cmdlet, same_records: true })
}

const IDENTITY: &[&str] = &["Identity", "ResultSize"];
const RIGHTS: &[&str] = &["Identity", "User", "AccessRights", "SharingPermissionFlags", "SendNotificationToUser"];

/// The noun in the address, the cmdlet, and the parameters that it takes there.
const CMDLETS: &[(&str, &str, &[&str])] = &[
    ("AcceptedDomain", "Get-AcceptedDomain", IDENTITY),
    ("OrganizationConfig", "Get-OrganizationConfig", &[]),
    ("Mailbox", "Get-Mailbox", &["Identity", "ResultSize", "IncludeGrantSendOnBehalfToWithDisplayNames"]),
    ("Mailbox", "Set-Mailbox", &["Identity", "GrantSendOnBehalfTo"]),
    ("MailboxFolderPermission", "Get-MailboxFolderPermission", &["Identity", "User", "ResultSize"]),
    ("MailboxFolderPermission", "Add-MailboxFolderPermission", RIGHTS),
    ("MailboxFolderPermission", "Set-MailboxFolderPermission", RIGHTS),
    ("MailboxFolderPermission", "Remove-MailboxFolderPermission", &["Identity", "User"]),
    ("DistributionGroupMember", "Get-DistributionGroupMember", IDENTITY),
    ("DynamicDistributionGroupMember", "Get-DynamicDistributionGroupMember", IDENTITY),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_path::tests::asked;
    use crate::request::tests::{caller, invocation};
    use exo_model::Service;

    fn v2(cmdlet: &str) -> Invocation {
        invocation(cmdlet).by(ReadPath::V2)
    }

    #[test]
    fn each_of_the_six_nouns_has_its_address() {
        let of = |cmdlet: &str| asked(&v2(cmdlet).with("identity", "x")).unwrap();
        assert_eq!(of("Get-AcceptedDomain"), "/adminapi/v2.0/T/AcceptedDomain");
        assert_eq!(asked(&v2("Get-OrganizationConfig")).unwrap(), "/adminapi/v2.0/T/OrganizationConfig");
        assert_eq!(of("get-mailbox"), "/adminapi/v2.0/T/Mailbox");
        assert_eq!(of("Remove-MailboxFolderPermission"), "/adminapi/v2.0/T/MailboxFolderPermission");
        assert_eq!(of("Get-DistributionGroupMember"), "/adminapi/v2.0/T/DistributionGroupMember");
        assert_eq!(of("Get-DynamicDistributionGroupMember"), "/adminapi/v2.0/T/DynamicDistributionGroupMember");
        let chosen = v2("Get-Mailbox").select(["Guid", "Name"]);
        assert_eq!(asked(&chosen).unwrap(), "/adminapi/v2.0/T/Mailbox?$select=Guid,Name");
    }

    #[test]
    fn every_cmdlet_and_parameter_is_one_of_the_catalogue() {
        for (_, name, parameters) in CMDLETS {
            let known = exo_catalog::find(&name.parse().unwrap()).unwrap();
            for parameter in *parameters {
                assert!(known.parameter(parameter).is_some(), "{name} -{parameter}");
            }
        }
    }

    #[test]
    fn what_it_has_not_is_refused_with_what_it_has() {
        assert!(asked(&v2("Get-Recipient")).unwrap_err().contains("Get-AcceptedDomain, "));
        assert_eq!(asked(&v2("Get-Mailbox").with("Filter", "a")), Err("it takes no -Filter there".to_owned()));
        let nobody = caller(Service::Exchange, None);
        assert!(address(&nobody, &v2("Get-Mailbox")).unwrap_err().contains("GUID"));
    }
}

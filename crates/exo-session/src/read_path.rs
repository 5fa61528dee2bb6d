//! By which path a call goes: the one that it asks for, or else the one that the session prefers, as far as it can.

mod documented;
mod filter;
mod noun;

use crate::Error;
use crate::endpoint::invoke_path;
use crate::request::{Caller, Form};
use exo_model::{Invocation, ReadPath, Service};

/// The address of a call's first page on its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) path: ReadPath,
    /// Path and query.
    pub(crate) text: String,
    pub(crate) form: Form,
    /// Whether the records are those that `InvokeCommand` gives, properties aside.
    same_records: bool,
}

/// The path that a call goes by, and its address there.
///
/// A path that was asked for by name and cannot express the call is refused with the reason. One that is only preferred
/// is not taken then, nor where its records have another form; `InvokeCommand` can express every call.
pub(crate) fn address(caller: &Caller, call: &Invocation) -> Result<Address, Error> {
    if let Some(path) = call.path {
        return on(path, caller, call).map_err(|why| Error::Path { cmdlet: call.cmdlet.clone(), path, why });
    }
    let preferred = on(caller.path, caller, call).ok().filter(|address| address.same_records);
    Ok(preferred.unwrap_or_else(|| invoke(caller, call)))
}

/// The address on one path, or why the path cannot express the call.
fn on(path: ReadPath, caller: &Caller, call: &Invocation) -> Result<Address, String> {
    if path == ReadPath::InvokeCommand {
        return Ok(invoke(caller, call));
    }
    if caller.service != Service::Exchange {
        return Err("it is a path of Exchange Online alone".to_owned());
    }
    match path {
        ReadPath::PerNoun => noun::address(caller, call),
        ReadPath::V2 => documented::address(caller, call),
        _ => Err("this version does not know it".to_owned()),
    }
}

fn invoke(caller: &Caller, call: &Invocation) -> Address {
    let text = invoke_path(caller.tenant_in_url(), &call.select);
    Address { path: ReadPath::InvokeCommand, text, form: Form::Cmdlet, same_records: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::{caller, invocation};

    const TENANT: &str = "11111111-1111-4111-8111-111111111111";

    pub(super) fn asked(call: &Invocation) -> Result<String, String> {
        let caller = caller(Service::Exchange, Some(TENANT));
        match address(&caller, call) {
            Ok(address) => Ok(address.text.replace(TENANT, "T")),
            Err(Error::Path { why, .. }) => Err(why),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_call_can_go_by_invoke_command_and_does_unless_something_else_is_said() {
        for cmdlet in ["Get-Mailbox", "Set-Mailbox", "Get-NoSuchThing"] {
            let expected = Ok("/adminapi/beta/T/InvokeCommand".to_owned());
            assert_eq!(asked(&invocation(cmdlet)), expected);
            assert_eq!(asked(&invocation(cmdlet).by(ReadPath::InvokeCommand)), expected);
        }
    }

    #[test]
    fn a_preferred_path_is_taken_where_it_gives_the_same_and_no_error_otherwise() {
        let mut caller = caller(Service::Exchange, Some(TENANT));
        caller.path = ReadPath::PerNoun;
        let path = |call: Invocation| address(&caller, &call).unwrap().path;
        assert_eq!(path(invocation("get-mailbox").with("resultsize", "Unlimited")), ReadPath::PerNoun);
        // Rows of another form, a parameter that has no place in an address, a cmdlet without such a path.
        let permission = invocation("Get-MailboxPermission").with("Identity", "ana");
        assert_eq!(path(permission.clone()), ReadPath::InvokeCommand);
        assert_eq!(path(permission.by(ReadPath::PerNoun)), ReadPath::PerNoun);
        assert_eq!(path(invocation("Get-Mailbox").with("GroupMailbox", true)), ReadPath::InvokeCommand);
        assert_eq!(path(invocation("Get-TransportRule")), ReadPath::InvokeCommand);
        assert_eq!(path(invocation("Get-Mailbox").by(ReadPath::InvokeCommand)), ReadPath::InvokeCommand);
        caller.path = ReadPath::V2;
        assert_eq!(address(&caller, &invocation("Get-AcceptedDomain")).unwrap().path, ReadPath::V2);
        assert_eq!(address(&caller, &invocation("Get-Recipient")).unwrap().path, ReadPath::InvokeCommand);
    }

    #[test]
    fn the_other_service_has_one_path() {
        let caller = caller(Service::Compliance, Some(TENANT));
        for path in [ReadPath::PerNoun, ReadPath::V2] {
            let refused = address(&caller, &invocation("Get-Mailbox").by(path));
            assert!(matches!(refused, Err(Error::Path { why, .. }) if why.contains("Exchange Online alone")));
        }
        assert!(address(&caller, &invocation("Get-Label").by(ReadPath::InvokeCommand)).is_ok());
    }
}

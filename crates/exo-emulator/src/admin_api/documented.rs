//! The documented endpoints of `v2.0`: a few cmdlets each, and a permission of their own.

use serde_json::{Map, Value};

use super::Endpoint;
use super::invoke::error_answer;
use crate::answer::Answer;
use crate::app::MANAGE_V2;
use crate::cmdlet_error::CmdletError;
use crate::received::Received;

/// One endpoint: its name, and its cmdlets with the parameters that they take here.
struct Documented {
    name: &'static str,
    cmdlets: &'static [(&'static str, &'static [&'static str])],
}

const FOLDER_WRITE: &[&str] =
    &["Identity", "User", "AccessRights", "SharingPermissionFlags", "SendNotificationToUser", "Confirm"];

const ENDPOINTS: [Documented; 6] = [
    Documented { name: "AcceptedDomain", cmdlets: &[("Get-AcceptedDomain", &["Identity", "ResultSize"])] },
    Documented { name: "OrganizationConfig", cmdlets: &[("Get-OrganizationConfig", &[])] },
    Documented {
        name: "Mailbox",
        cmdlets: &[
            ("Get-Mailbox", &["Identity", "ResultSize", "IncludeGrantSendOnBehalfToWithDisplayNames"]),
            ("Set-Mailbox", &["Identity", "GrantSendOnBehalfTo"]),
        ],
    },
    Documented {
        name: "MailboxFolderPermission",
        cmdlets: &[
            ("Get-MailboxFolderPermission", &["Identity", "User", "ResultSize"]),
            ("Add-MailboxFolderPermission", FOLDER_WRITE),
            ("Set-MailboxFolderPermission", FOLDER_WRITE),
            ("Remove-MailboxFolderPermission", &["Identity", "User", "Confirm", "SendNotificationToUser"]),
        ],
    },
    Documented {
        name: "DistributionGroupMember",
        cmdlets: &[("Get-DistributionGroupMember", &["Identity", "ResultSize"])],
    },
    Documented {
        name: "DynamicDistributionGroupMember",
        cmdlets: &[("Get-DynamicDistributionGroupMember", &["Identity", "ResultSize"])],
    },
];

impl Endpoint<'_> {
    /// Answers a call of a documented endpoint.
    pub(super) async fn documented(&self, name: &str, note: &mut Received) -> Answer {
        let Some(endpoint) = ENDPOINTS.iter().find(|known| known.name.eq_ignore_ascii_case(name)) else {
            return Answer::text(404, "");
        };
        if self.request.method != "POST" {
            return Answer::empty(405).with("allow", "POST");
        }
        if !self.caller.issued.roles.iter().any(|role| role == MANAGE_V2) {
            return Answer::empty(403);
        }
        let input = match self.input() {
            Ok(input) => input,
            Err(error) => return error_answer(&error),
        };
        if let Some(problem) = endpoint.problem(&input.name, &input.parameters) {
            return error_answer(&CmdletError::malformed(&problem));
        }
        self.call(&input, note).await
    }
}

impl Documented {
    /// Why a call is none of this endpoint's.
    fn problem(&self, cmdlet: &str, parameters: &Map<String, Value>) -> Option<String> {
        let Some((_, known)) = self.cmdlets.iter().find(|(name, _)| name.eq_ignore_ascii_case(cmdlet)) else {
            return Some(format!("The cmdlet {cmdlet} is not supported by the endpoint {}.", self.name));
        };
        let is_known = |name: &str| name.contains('@') || known.iter().any(|known| known.eq_ignore_ascii_case(name));
        let other = parameters.keys().find(|name| !is_known(name))?;
        Some(format!("The parameter {other} of {cmdlet} is not supported by the endpoint {}.", self.name))
    }
}

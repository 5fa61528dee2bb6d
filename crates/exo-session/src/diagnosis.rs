//! What a refusal means in words, and which set-up step is open.

use crate::ServiceError;
use crate::request::LIST;
use crate::search_only;
use crate::service_error::Sign;
use exo_catalog::Access;
use exo_model::{ReadPath, Service};
use std::borrow::Cow;

/// Whether a 401 says that the app has no permission, rather than that its token is not taken.
pub(crate) fn lacks_permission(error: &ServiceError) -> bool {
    error.diagnostics_number() == Some(NO_USABLE_PERMISSION)
        || names_cmdlet(error)
        || error.text.contains(UNSUPPORTED_ROLE)
        || reason(error).contains(" role")
}

/// The way out.
pub(crate) fn hint(error: &ServiceError) -> Option<Cow<'static, str>> {
    if error.sign == Sign::Throttled {
        return Some("run fewer calls at a time, or try again later".into());
    }
    // The text of the list of cmdlets, whatever its status.
    if error.text.contains(UNSUPPORTED_ROLE) {
        return Some(directory_role(error));
    }
    if let Some(hint) = search_only::hint(error) {
        return Some(hint.into());
    }
    match error.status {
        401 => Some(unauthorized(error)),
        403 if error.path == ReadPath::V2 => Some(format!("{V2_PERMISSION}; then, {}", forbidden(error)).into()),
        403 => Some(forbidden(error)),
        400 | 404 | 405 | 501 if error.path == ReadPath::PerNoun && !error.readable => {
            Some("the service does not take this call by the per-noun path; run it by InvokeCommand".into())
        }
        404 if !error.readable => Some(
            "check the organization: it must be the initial domain of the tenant that the token is for; then the host"
                .into(),
        ),
        405 => Some("the host does not take cmdlets at this address; check the host given for the service".into()),
        _ if error.elsewhere => Some(
            "only the server of the mailbox runs this; name the mailbox by its user principal name or its GUID, so that \
             the call is sent there"
                .into(),
        ),
        408 | 500..=599 if writes(error) => {
            Some(format!("whether `{}` ran is unknown; look at the object before you try again", error.cmdlet).into())
        }
        _ if error.sign == Sign::PagesExpired => {
            Some("run again: pages cannot be asked for once the service has dropped them".into())
        }
        _ => None,
    }
}

fn unauthorized(error: &ServiceError) -> Cow<'static, str> {
    if names_cmdlet(error) {
        return no_role(error);
    }
    if lacks_permission(error) {
        return app_role(error);
    }
    match error.diagnostics_number() {
        Some(2_000_002) => "the token had expired although it was new; check this machine's clock".into(),
        Some(2_000_003) => format!(
            "the token is for another service; ask for one whose audience is {}, and check the cloud",
            error.service.title()
        )
        .into(),
        Some(2_000_004) => {
            "the token is of another tenant; check that organization and tenant name the same one".into()
        }
        Some(2_000_020) => "tenant restrictions of the network do not let this app in".into(),
        _ => format!(
            "the token was refused twice; check that the app has the permission Exchange.ManageAsApp for {} with admin \
             consent (set-up step 2), and that cloud and tenant are right{}",
            error.service.title(),
            cloud(error)
        )
        .into(),
    }
}

/// What a refusal tells of the service's cloud, where it is not the one that most are in.
fn cloud(error: &ServiceError) -> String {
    let host = error.sign_in_host.as_deref().filter(|host| !WORLDWIDE.contains(host));
    host.map_or_else(String::new, |host| format!("; the cloud of this service signs in at `{host}`"))
}

fn forbidden(error: &ServiceError) -> Cow<'static, str> {
    let elsewhere = exo_catalog::find(&error.cmdlet).is_some_and(|known| !known.services().contains(error.service));
    if elsewhere {
        return format!("`{}` is a cmdlet of the other service, not of {}", error.cmdlet, error.service.title()).into();
    }
    if error.diagnostics_number() == Some(NO_USABLE_PERMISSION) {
        return app_role(error);
    }
    // The list is given to everybody who has a role at all.
    if error.cmdlet == *LIST { directory_role(error) } else { no_role(error) }
}

/// Set-up step 2 is open.
fn app_role(error: &ServiceError) -> Cow<'static, str> {
    let application = match error.service {
        Service::Compliance => "Office 365 Exchange Online and of Microsoft Exchange Online Protection",
        _ => "Office 365 Exchange Online",
    };
    format!(
        "the app role is missing: add the application permission Exchange.ManageAsApp of {application} and grant admin \
         consent (set-up step 2); tokens issued before do not carry it"
    )
    .into()
}

/// Set-up step 5 is open.
fn directory_role(error: &ServiceError) -> Cow<'static, str> {
    format!(
        "the directory role is missing: assign the app a role such as {} (set-up step 5); it counts after a while, and \
         for new tokens only",
        roles(error.service)
    )
    .into()
}

/// The service does not tell a missing directory role from a cmdlet that the role does not open, nor from a wrong name.
fn no_role(error: &ServiceError) -> Cow<'static, str> {
    let unknown = exo_catalog::find(&error.cmdlet).is_none();
    let wrong = if unknown { ", or there is no cmdlet of this name" } else { "" };
    format!(
        "either the app has no directory role for {} (set-up step 5: assign it a role such as {}), or none of its roles \
         allows `{}`{wrong}; check too that the organization is the tenant that the token is for",
        error.service.title(),
        roles(error.service),
        error.cmdlet
    )
    .into()
}

/// The least that would do, then the least that changes things, too.
fn roles(service: Service) -> &'static str {
    match service {
        Service::Compliance => "Global Reader, Security Reader or Compliance Administrator",
        _ => "Global Reader or Exchange Administrator",
    }
}

/// `User is not allowed to call Get-Mailbox`: signed in, but no role opens the cmdlet.
fn names_cmdlet(error: &ServiceError) -> bool {
    error.text.contains("not allowed to call")
}

fn writes(error: &ServiceError) -> bool {
    exo_catalog::find(&error.cmdlet).is_none_or(|known| known.access() == Access::Write)
}

fn reason(error: &ServiceError) -> &str {
    error.diagnostics.as_deref().unwrap_or_default()
}

/// What `v2.0` wants beside a role.
const V2_PERMISSION: &str = "v2.0 has a permission of its own: add the application permission Exchange.ManageAsAppV2 of \
     Office 365 Exchange Online and grant admin consent, or run it by InvokeCommand";

/// Part of the text for an app that has the app role and no directory role.
pub(crate) const UNSUPPORTED_ROLE: &str = "supported in this scenario";

/// The names by which the services of the worldwide cloud name its sign-in host.
const WORLDWIDE: &[&str] = &["login.microsoftonline.com", "login.windows.net"];

/// `x-ms-diagnostics` for a token that carries no permission of this service.
const NO_USABLE_PERMISSION: u32 = 2_000_008;

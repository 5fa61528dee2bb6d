//! The one policy: may this report make this call, and what exactly is then called.

use crate::{Access, CmdletNeed, FailureKind, REQUEST_LIMIT, ReportManifest, Request};
use exo_catalog::ParameterKind;
use exo_model::{CmdletName, Diagnose, ErrorKind, Invocation, Service};
use serde_json::Value;
use std::borrow::Cow;

/// Parameters are not nested deeper: the service cuts what is below.
pub const DEPTH_LIMIT: usize = 10;

/// Common parameters that write variables, redirect streams or hide what was said on them; and their aliases.
const COMMON: [&str; 12] = [
    "OutVariable",
    "OutBuffer",
    "PipelineVariable",
    "ErrorVariable",
    "WarningVariable",
    "InformationVariable",
    "ErrorAction",
    "WarningAction",
    "InformationAction",
    "ProgressAction",
    "Verbose",
    "Debug",
];
const COMMON_ALIASES: [&str; 12] = ["ov", "ob", "pv", "ev", "wv", "iv", "ea", "wa", "infa", "proga", "vb", "db"];

/// Whether the user and the administrator let a report change things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "consent is given or not")]
pub enum Consent {
    /// Reports read.
    #[default]
    ReadOnly,
    /// Reports that declare `access = "write"` may write.
    Write,
}

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the text of a variant says what its fields are")]
pub enum Refusal {
    /// The manifest does not list the cmdlet.
    #[error("`{cmdlet}` is not declared by report `{report}`")]
    #[non_exhaustive]
    NotDeclared { report: String, cmdlet: CmdletName },

    /// The manifest lists the cmdlet for another service.
    #[error("`{cmdlet}` is not declared by report `{report}` for {service}")]
    #[non_exhaustive]
    OtherService { report: String, cmdlet: CmdletName, service: Service },

    /// The manifest lists the cmdlet for both services, and the request names none.
    #[error("`{cmdlet}` is declared by report `{report}` for both services; the call must name one")]
    #[non_exhaustive]
    WhichService { report: String, cmdlet: CmdletName },

    /// The manifest does not list the parameter.
    #[error("parameter `{parameter}` of `{cmdlet}` is not declared by report `{report}`")]
    #[non_exhaustive]
    ParameterNotDeclared { report: String, cmdlet: CmdletName, parameter: String },

    /// The catalogue does not know the cmdlet, so that nobody can say what it does.
    #[error("`{cmdlet}` is no cmdlet of {service} that this program knows")]
    #[non_exhaustive]
    UnknownCmdlet { cmdlet: CmdletName, service: Service },

    /// The catalogue does not know the parameter, so that nobody can say what it does.
    #[error("`{cmdlet}` has no parameter `{parameter}` on {service} that this program knows")]
    #[non_exhaustive]
    UnknownParameter { cmdlet: CmdletName, parameter: String, service: Service },

    /// A common parameter that writes variables, redirects streams or hides errors.
    #[error("parameter `{parameter}` of `{cmdlet}` redirects or hides what a cmdlet says; no report may give it")]
    #[non_exhaustive]
    Redirects { cmdlet: CmdletName, parameter: String },

    /// A secret, which no report is given and none may give.
    #[error("parameter `{parameter}` of `{cmdlet}` takes a secret; no report may give it")]
    #[non_exhaustive]
    Secret { cmdlet: CmdletName, parameter: String },

    /// The call changes something and the report declares that it only reads.
    #[error("{what} changes something, and report `{report}` declares that it only reads")]
    #[non_exhaustive]
    Writes { report: String, cmdlet: CmdletName, what: String },

    /// The call changes something and nobody has consented.
    #[error("{what} changes something, and nobody has allowed report `{report}` to")]
    #[non_exhaustive]
    NoConsent { report: String, cmdlet: CmdletName, what: String },

    /// The parameters are larger or deeper than a call may be.
    #[error("the parameters of `{cmdlet}` have {size} {unit}; {limit} are allowed")]
    #[non_exhaustive]
    TooLarge { cmdlet: CmdletName, size: usize, unit: &'static str, limit: usize },
}

impl Refusal {
    /// The cmdlet that was refused.
    pub fn cmdlet(&self) -> Option<&CmdletName> {
        match self {
            Self::NotDeclared { cmdlet, .. }
            | Self::OtherService { cmdlet, .. }
            | Self::WhichService { cmdlet, .. }
            | Self::ParameterNotDeclared { cmdlet, .. }
            | Self::UnknownCmdlet { cmdlet, .. }
            | Self::UnknownParameter { cmdlet, .. }
            | Self::Redirects { cmdlet, .. }
            | Self::Secret { cmdlet, .. }
            | Self::Writes { cmdlet, .. }
            | Self::NoConsent { cmdlet, .. }
            | Self::TooLarge { cmdlet, .. } => Some(cmdlet),
        }
    }

    /// How the plugin sees it.
    pub fn failure_kind(&self) -> FailureKind {
        match self {
            Self::TooLarge { .. } => FailureKind::Limit,
            _ => FailureKind::Denied,
        }
    }
}

impl Diagnose for Refusal {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Plugin
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotDeclared { .. } | Self::OtherService { .. } | Self::ParameterNotDeclared { .. } => {
                Some("the report must list it in its `#[report(reads(…))]`".into())
            }
            Self::UnknownCmdlet { .. } | Self::UnknownParameter { .. } => {
                Some("update exoctl, or correct the name in the report".into())
            }
            _ => None,
        }
    }
}

/// Decides about a request of a report: the call that is to be made, or why not.
///
/// The call asks for the properties that the report declares; whoever merges several reports adds theirs to `select`.
///
/// # Errors
///
/// A [`Refusal`], whenever the report's declaration, the class of the cmdlet or a limit does not allow the call.
pub fn decide(report: &ReportManifest, request: &Request, consent: Consent) -> Result<Invocation, Refusal> {
    let (service, need) = declared(report, request)?;
    let Some(cmdlet) = known(&request.cmdlet, service) else {
        return Err(Refusal::UnknownCmdlet { cmdlet: request.cmdlet.clone(), service });
    };
    limits(request)?;
    if cmdlet.access() == exo_catalog::Access::Write {
        may_write(report, request, consent, || format!("`{}`", request.cmdlet))?;
    }
    for name in request.parameters.keys() {
        let listed = need.parameters.iter().any(|p| p.eq_ignore_ascii_case(name));
        if redirects(name) {
            return Err(Refusal::Redirects { cmdlet: request.cmdlet.clone(), parameter: name.clone() });
        }
        if !listed {
            let (report, cmdlet) = (report.name.clone(), request.cmdlet.clone());
            return Err(Refusal::ParameterNotDeclared { report, cmdlet, parameter: name.clone() });
        }
        let parameter = cmdlet.parameter(name).filter(|p| p.services().contains(service));
        let Some(parameter) = parameter else {
            return Err(Refusal::UnknownParameter { cmdlet: request.cmdlet.clone(), parameter: name.clone(), service });
        };
        if matches!(parameter.kind(), ParameterKind::SecureString | ParameterKind::Credential) {
            return Err(Refusal::Secret { cmdlet: request.cmdlet.clone(), parameter: name.clone() });
        }
        if cmdlet.writing_parameters().any(|writing| parameter.is_called(writing)) {
            may_write(report, request, consent, || format!("`{}` with `{name}`", request.cmdlet))?;
        }
    }
    Ok(invocation(service, need, request))
}

/// Whether the catalogue knows a cmdlet of this name on this service.
pub(crate) fn is_known(name: &CmdletName, service: Service) -> bool {
    known(name, service).is_some()
}

/// Whether a parameter is, abbreviates or is short for one that redirects or hides.
pub(crate) fn redirects(parameter: &str) -> bool {
    let starts = |common: &str| {
        parameter.len() >= 4 && common.get(..parameter.len()).is_some_and(|head| head.eq_ignore_ascii_case(parameter))
    };
    COMMON_ALIASES.iter().any(|alias| alias.eq_ignore_ascii_case(parameter)) || COMMON.iter().any(|c| starts(c))
}

fn known(name: &CmdletName, service: Service) -> Option<exo_catalog::Cmdlet> {
    exo_catalog::find(name).filter(|cmdlet| cmdlet.services().contains(service) && !cmdlet.module_only())
}

fn declared<'a>(report: &'a ReportManifest, request: &Request) -> Result<(Service, &'a CmdletNeed), Refusal> {
    let name = || (report.name.clone(), request.cmdlet.clone());
    let mut everywhere = report.cmdlets().filter(|(_, need)| need.name == request.cmdlet).peekable();
    if everywhere.peek().is_none() {
        let (report, cmdlet) = name();
        return Err(Refusal::NotDeclared { report, cmdlet });
    }
    let mut found = everywhere.filter(|(service, _)| request.service.is_none_or(|wanted| wanted == *service));
    match (found.next(), found.next(), request.service) {
        (Some(one), None, _) => Ok(one),
        (None, _, Some(service)) => {
            let (report, cmdlet) = name();
            Err(Refusal::OtherService { report, cmdlet, service })
        }
        _ => {
            let (report, cmdlet) = name();
            Err(Refusal::WhichService { report, cmdlet })
        }
    }
}

fn may_write(
    report: &ReportManifest,
    request: &Request,
    consent: Consent,
    what: impl FnOnce() -> String,
) -> Result<(), Refusal> {
    let (name, cmdlet) = (report.name.clone(), request.cmdlet.clone());
    match (report.access, consent) {
        (Access::Write, Consent::Write) => Ok(()),
        (Access::Write, Consent::ReadOnly) => Err(Refusal::NoConsent { report: name, cmdlet, what: what() }),
        (Access::Read, _) => Err(Refusal::Writes { report: name, cmdlet, what: what() }),
    }
}

fn limits(request: &Request) -> Result<(), Refusal> {
    let deepest = request.parameters.values().map(depth).max().unwrap_or(0);
    let bytes = request.parameters.iter().map(|(name, value)| name.len() + 4 + bytes(value)).sum();
    let checks = [(deepest, "levels", DEPTH_LIMIT), (bytes, "bytes", REQUEST_LIMIT)];
    match checks.into_iter().find(|(size, _, limit)| size > limit) {
        Some((size, unit, limit)) => Err(Refusal::TooLarge { cmdlet: request.cmdlet.clone(), size, unit, limit }),
        None => Ok(()),
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// About what it takes as JSON.
fn bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        Value::Object(members) => 2 + members.iter().map(|(name, value)| name.len() + 4 + bytes(value)).sum::<usize>(),
        _ => 8,
    }
}

fn invocation(service: Service, need: &CmdletNeed, request: &Request) -> Invocation {
    let mut call = Invocation::new(service, need.name.clone()).select(need.properties.iter().cloned());
    call.parameters = request.parameters.clone();
    call.limit = request.limit;
    match request.page_rows {
        Some(rows) => call.page_size(rows),
        None => call,
    }
}

#[cfg(test)]
mod tests;

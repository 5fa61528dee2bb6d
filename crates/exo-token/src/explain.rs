//! Why a token will not work, or may not, before the service is asked.

use crate::{Claims, SetupStep, timestamp};
use exo_model::{Finding, Scope, Service, Severity, Status, TenantId};
use std::time::SystemTime;

/// What a token is wanted for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Wanted<'a> {
    /// The service that is to take it.
    pub service: Service,
    /// What it was asked for.
    pub scope: &'a Scope,
    /// The tenant, where its GUID is known.
    pub tenant: Option<&'a TenantId>,
    /// The time, by the service's clock as far as that is known.
    pub now: SystemTime,
}

impl<'a> Wanted<'a> {
    /// A token for a service, now.
    pub fn new(service: Service, scope: &'a Scope, now: SystemTime) -> Self {
        Self { service, scope, tenant: None, now }
    }

    /// A token of this tenant.
    #[must_use]
    pub fn tenant(mut self, id: &'a TenantId) -> Self {
        self.tenant = Some(id);
        self
    }
}

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TokenFault {
    /// It acts for a user.
    OfAUser,
    /// It is for another resource.
    WrongAudience,
    /// It is for Exchange Online where Security & Compliance is wanted.
    ExchangeForCompliance,
    /// It is of another tenant.
    OtherTenant,
    /// Its time is over.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It has no permission on the resource at all.
    NoPermission,
    /// It has permissions that look like the one that is needed.
    OtherPermission,
    /// It carries no directory role; custom role groups would not show.
    NoDirectoryRole,
}

impl TokenFault {
    /// The name in results, such as `token-audience`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OfAUser => "token-of-a-user",
            Self::WrongAudience => "token-audience",
            Self::ExchangeForCompliance => "token-exchange-for-compliance",
            Self::OtherTenant => "token-tenant",
            Self::Expired => "token-expired",
            Self::NotYetValid => "token-not-yet-valid",
            Self::NoPermission => "token-no-permission",
            Self::OtherPermission => "token-other-permission",
            Self::NoDirectoryRole => "token-no-directory-role",
        }
    }

    /// High where the service is certain to refuse, less where it may not.
    pub const fn severity(self) -> Severity {
        match self {
            Self::ExchangeForCompliance => Severity::Medium,
            Self::NoDirectoryRole => Severity::Low,
            _ => Severity::High,
        }
    }

    /// The set-up step to look at, where one is to blame.
    pub const fn step(self) -> Option<SetupStep> {
        match self {
            Self::NoPermission | Self::OtherPermission => Some(SetupStep::Permission),
            Self::NoDirectoryRole => Some(SetupStep::Role),
            _ => None,
        }
    }
}

/// One reason for which a token will not work, or may not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenFinding {
    /// What is wrong.
    pub fault: TokenFault,
    /// High where the service is certain to refuse.
    pub severity: Severity,
    /// What the token says.
    pub seen: String,
    /// The set-up step to look at.
    pub step: Option<SetupStep>,
    /// What to do.
    pub remedy: String,
}

impl TokenFinding {
    /// Whether the service is certain to refuse the token.
    pub fn is_certain(&self) -> bool {
        self.severity >= Severity::High
    }

    /// The same as the row of a report, about this subject.
    pub fn finding(&self, subject: impl Into<String>) -> Finding {
        let status = if self.is_certain() { Status::Fail } else { Status::Manual };
        let remedy = match self.step {
            Some(step) => format!("set-up {step}: {}", self.remedy),
            None => self.remedy.clone(),
        };
        Finding::new(self.fault.as_str(), status, self.severity, subject).evidence(self.seen.clone()).remedy(remedy)
    }
}

/// The reasons for which a token will not work, or may not, in the order in which they are to be looked at.
///
/// A token is the service's business, and only the service decides; this explains what it will most likely say.
///
/// ```
/// use exo_model::{AccessToken, Cloud, Secret, Service};
/// use exo_token::{Claims, TokenFault, Wanted, explain};
/// use std::time::SystemTime;
///
/// // {"aud":"https://graph.microsoft.com"}
/// let token = AccessToken::new(Secret::from("e30.eyJhdWQiOiJodHRwczovL2dyYXBoLm1pY3Jvc29mdC5jb20ifQ.c2ln"), SystemTime::UNIX_EPOCH);
/// let scope = Cloud::Worldwide.endpoints().exchange_scope;
/// let wanted = Wanted::new(Service::Exchange, &scope, SystemTime::UNIX_EPOCH);
/// let findings = explain(&Claims::decode(&token)?, &wanted);
/// assert_eq!(findings[0].fault, TokenFault::WrongAudience);
/// # Ok::<(), exo_token::ClaimsError>(())
/// ```
pub fn explain(claims: &Claims, wanted: &Wanted<'_>) -> Vec<TokenFinding> {
    let looks = [of_a_user, audience, tenant, time, permission, role];
    looks.iter().filter_map(|look| look(claims, wanted)).collect()
}

fn found(fault: TokenFault, seen: impl Into<String>, remedy: impl Into<String>) -> TokenFinding {
    let (seen, remedy) = (seen.into(), remedy.into());
    TokenFinding { fault, severity: fault.severity(), seen, step: fault.step(), remedy }
}

fn of_a_user(claims: &Claims, _: &Wanted<'_>) -> Option<TokenFinding> {
    if claims.is_app_only() {
        return None;
    }
    let whose = claims.upn.as_deref().map(|upn| format!(" ({upn})")).unwrap_or_default();
    let lent = claims.scp.as_deref().map(|scp| format!(", with the delegated permissions `{scp}`")).unwrap_or_default();
    let remedy = "get a token for the app itself, with a certificate or a managed identity";
    Some(found(TokenFault::OfAUser, format!("the token acts for a user{whose}{lent}"), remedy))
}

fn audience(claims: &Claims, wanted: &Wanted<'_>) -> Option<TokenFinding> {
    let aud = claims.aud.as_deref()?;
    let is_right = claims.is_for(wanted.scope).unwrap_or_else(|| match resource_name(aud) {
        Some(_) => aud.eq_ignore_ascii_case(resource_id(wanted.service)),
        // The GUID of an app that nothing is known of.
        None => true,
    });
    if is_right {
        return None;
    }
    let name = resource_name(aud).map(|name| format!(" ({name})")).unwrap_or_default();
    let (seen, needed) = (format!("the token is for `{aud}`{name}"), wanted.scope.as_str());
    if wanted.service == Service::Compliance && is_exchange(aud) {
        let seen = format!("{seen}, which is Exchange Online");
        let remedy = format!(
            "ask for a token with the scope `{needed}`; whether Security & Compliance takes one for Exchange Online is not settled"
        );
        return Some(found(TokenFault::ExchangeForCompliance, seen, remedy));
    }
    Some(found(TokenFault::WrongAudience, seen, format!("ask for a token with the scope `{needed}`")))
}

fn tenant(claims: &Claims, wanted: &Wanted<'_>) -> Option<TokenFinding> {
    let (tid, expected) = (claims.tid.as_deref()?, wanted.tenant?);
    if tid.eq_ignore_ascii_case(expected.as_str()) {
        return None;
    }
    let seen = format!("the token is of tenant {tid}, not of {expected}");
    Some(found(TokenFault::OtherTenant, seen, "sign in to the tenant that the organization belongs to"))
}

fn time(claims: &Claims, wanted: &Wanted<'_>) -> Option<TokenFinding> {
    if let Some(exp) = claims.exp.filter(|exp| *exp <= wanted.now) {
        let seen = format!("the token expired at {}", timestamp::show(exp));
        return Some(found(TokenFault::Expired, seen, "get a new one; if it is new, set this machine's clock"));
    }
    let nbf = claims.nbf.filter(|nbf| *nbf > wanted.now + SKEW)?;
    let seen = format!("the token is not good before {}", timestamp::show(nbf));
    Some(found(TokenFault::NotYetValid, seen, "set this machine's clock"))
}

fn permission(claims: &Claims, wanted: &Wanted<'_>) -> Option<TokenFinding> {
    if claims.has_role(PERMISSION) || !claims.is_app_only() {
        return None;
    }
    let remedy = match (wanted.service, &claims.xms_mirid) {
        (_, Some(_)) => MACHINE_GRANT,
        (Service::Compliance, None) => COMPLIANCE_GRANT,
        (_, None) => EXCHANGE_GRANT,
    };
    if claims.roles.is_empty() {
        let seen =
            format!("the token has no `roles`: no application permission on this resource, `{PERMISSION}` is needed");
        return Some(found(TokenFault::NoPermission, seen, remedy));
    }
    let described: Vec<_> = claims.roles.iter().take(10).map(|role| describe(role)).collect();
    let seen = format!("the token has the permissions {}, not `{PERMISSION}`", described.join(", "));
    Some(found(TokenFault::OtherPermission, seen, remedy))
}

/// A permission, and why it is not the one.
fn describe(role: &str) -> String {
    match LOOK_ALIKES.iter().find(|(name, _)| name.eq_ignore_ascii_case(role)) {
        Some((name, why)) => format!("`{name}` ({why})"),
        None => format!("`{}`", role.chars().take(80).collect::<String>()),
    }
}

fn role(claims: &Claims, _: &Wanted<'_>) -> Option<TokenFinding> {
    if claims.directory_roles().next().is_some() || !claims.is_app_only() {
        return None;
    }
    let seen = if claims.wids.is_empty() {
        "the token has no `wids`: no directory role that holds in the whole tenant"
    } else {
        "the token's `wids` has only the mark that every app's token carries: no directory role that holds in the whole tenant"
    };
    Some(found(TokenFault::NoDirectoryRole, seen, ROLE))
}

fn is_exchange(aud: &str) -> bool {
    let host = aud.strip_prefix("https://").unwrap_or(aud).trim_end_matches('/');
    EXCHANGE.iter().any(|name| host.eq_ignore_ascii_case(name))
}

fn resource_name(aud: &str) -> Option<&'static str> {
    RESOURCES.iter().find(|(id, _)| id.eq_ignore_ascii_case(aud)).map(|(_, name)| *name)
}

const fn resource_id(service: Service) -> &'static str {
    match service {
        Service::Compliance => "00000007-0000-0ff1-ce00-000000000000",
        _ => "00000002-0000-0ff1-ce00-000000000000",
    }
}

/// The application permission that cmdlets need, of either resource.
const PERMISSION: &str = "Exchange.ManageAsApp";

/// What has been taken for it.
const LOOK_ALIKES: &[(&str, &str)] = &[
    ("full_access_as_app", "for Exchange Web Services only"),
    ("EopPolicySync.AccessAsApp", "for the synchronisation of policies only"),
    ("Exchange.AdminAPI.ManageAsApp", "for another interface, in spite of its name"),
    ("Exchange.ManageAsAppV2", "for the Admin API; not known to open cmdlets"),
];

/// The applications that a token may name as its audience.
const RESOURCES: &[(&str, &str)] = &[
    ("00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online"),
    ("00000003-0000-0000-c000-000000000000", "Microsoft Graph"),
    ("00000007-0000-0ff1-ce00-000000000000", "Microsoft Exchange Online Protection"),
    ("https://graph.microsoft.com", "Microsoft Graph"),
    ("https://management.azure.com", "Azure Resource Manager"),
    ("https://management.azure.com/", "Azure Resource Manager"),
];

/// Exchange Online in all clouds, as hosts and as the GUID of its app.
const EXCHANGE: &[&str] = &[
    "outlook.office365.com",
    "outlook.office365.us",
    "outlook-dod.office365.us",
    "partner.outlook.cn",
    "00000002-0000-0ff1-ce00-000000000000",
];

const EXCHANGE_GRANT: &str = "add the application permission `Exchange.ManageAsApp` of Office 365 Exchange Online to the app and grant admin consent; then get a new token, since this one stays as it is";
const COMPLIANCE_GRANT: &str = "add the application permission `Exchange.ManageAsApp` of Microsoft Exchange Online Protection to the app (and that of Office 365 Exchange Online, on which it depends in some tenants) and grant admin consent; then get a new token, since this one stays as it is";
const MACHINE_GRANT: &str = "grant the app role `Exchange.ManageAsApp` to the managed identity's service principal through Microsoft Graph, since the portal cannot; a host keeps an identity's token for up to a day, so that the grant may show late";
const ROLE: &str = "assign a directory role to the app's enterprise application, not to its registration, for the whole directory and active, not eligible; then get a new token. Where custom role groups of Exchange are used instead, nothing is missing: they do not show in a token";

/// By how much clocks may differ; the service dates tokens back by five minutes.
const SKEW: std::time::Duration = std::time::Duration::from_mins(5);

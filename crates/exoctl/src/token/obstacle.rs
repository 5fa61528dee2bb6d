//! What a token will not do, and why.

use crate::connect::Connection;
use crate::preflight;
use exo_model::Service;
use exo_rbac::Grants;
use exo_token::{Claims, TokenFinding};
use serde_json::{Value, json};

/// Something that a token will not do, or may not.
pub(super) struct Obstacle {
    /// A name for programs.
    name: &'static str,
    /// What it will not do.
    what: String,
    /// Why.
    why: String,
    /// The way out, where there is one.
    pub(super) next: Option<String>,
    /// Whether the service is certain to refuse.
    pub(super) certain: bool,
}

impl Obstacle {
    /// What speaks against the token as a whole; where nothing does for certain, what its roles and all apps lack.
    pub(super) fn all(connection: &Connection, service: Service, claims: &Claims) -> Vec<Self> {
        let findings = preflight::explain(connection, service, claims, None);
        let mut all: Vec<Self> = findings.iter().map(Self::of).collect();
        let grants = Grants::from_claims(service, &claims.roles, &claims.wids);
        let opens = grants.opens(service);
        if all.is_empty() && !opens.is_yes() {
            let failure = preflight::refusal(&opens);
            let (why, next, certain) = (failure.text(), failure.hint(), opens.is_no());
            all.push(Self { name: "token-role", what: ANYTHING.into(), why, next, certain });
        }
        if all.iter().all(|obstacle| !obstacle.certain) {
            all.extend(only_reads(service, &grants));
            all.extend(no_app(service));
        }
        all
    }

    fn of(finding: &TokenFinding) -> Self {
        let failure = preflight::failure_of(finding);
        Self {
            name: finding.fault.as_str(),
            what: ANYTHING.into(),
            why: failure.text(),
            next: failure.hint(),
            certain: finding.is_certain(),
        }
    }

    /// What and why.
    pub(super) fn sentence(&self) -> String {
        format!("{}: {}", self.what, self.why)
    }

    /// One object.
    pub(super) fn value(&self) -> Value {
        let Self { name, what, why, next, certain } = self;
        json!({ "name": name, "what": what, "why": why, "next": next, "certain": certain })
    }
}

/// Where all roles of the token only read; other roles, whose rights are not known, may do more.
fn only_reads(service: Service, grants: &Grants) -> Option<Obstacle> {
    let mut roles = grants.roles().iter().filter(|role| role.today.contains(service)).peekable();
    roles.peek()?;
    if !roles.clone().all(|role| role.reads_only) || !grants.others().is_empty() {
        return None;
    }
    let names = roles.map(|role| role.name).collect::<Vec<_>>().join(" and ");
    let why = format!("{names} can only read; only a role group of {} could add to that", service.title());
    Some(Obstacle { name: "token-only-reads", what: "changes".into(), why, next: None, certain: false })
}

/// What Microsoft lists as unsupported for apps, whatever their roles.
fn no_app(service: Service) -> Option<Obstacle> {
    let today = exo_rbac::limits().iter().filter(|limit| limit.service == service && limit.until.is_none());
    let names: Vec<&str> = today.map(|limit| limit.cmdlet).collect();
    if names.is_empty() {
        return None;
    }
    let why = "Microsoft lists them as unsupported for apps".to_owned();
    Some(Obstacle { name: "unsupported-for-apps", what: names.join(", "), why, next: None, certain: false })
}

const ANYTHING: &str = "any cmdlet";

//! What each library is asked to do, and what must come of it.

use super::tenants::{Served, Tenants};
use super::world::{APP, EXPIRED, OTHER};
use anyhow::Result;
use serde_json::{Value, json};

/// What must come of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A token.
    Token,
    /// A refusal with this code.
    Refusal(u32),
}

/// One request for a token.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// What it is about.
    pub(super) name: &'static str,
    /// What must come of it.
    pub(super) expected: Expected,
    /// The token service; none for the real names, which the library knows by itself.
    authority: Option<String>,
    tenant: String,
    app_id: String,
    scope: String,
    certificate: &'static str,
}

impl Case {
    /// As the scripts read it.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "authority": self.authority,
            "tenant": self.tenant,
            "app_id": self.app_id,
            "scope": self.scope,
            "certificate": self.certificate,
            "every_mode": self.expected == Expected::Token,
        })
    }

    fn of(served: &Served) -> Result<Self> {
        Ok(Self {
            name: "Exchange Online",
            expected: Expected::Token,
            authority: Some(served.login()?),
            tenant: served.fact("organization")?,
            app_id: served.fact("app_id")?,
            scope: served.fact("exchange_scope")?,
            certificate: APP,
        })
    }

    fn refused(self, name: &'static str, code: u32) -> Self {
        Self { name, expected: Expected::Refusal(code), ..self }
    }
}

/// A token for each service, then every refusal.
pub(super) fn all(tenants: &Tenants) -> Result<Vec<Case>> {
    let usual = Case::of(tenants.usual())?;
    let with = |name: &'static str, code: u32| usual.clone().refused(name, code);
    let mut cases = tokens(&usual, tenants)?;
    cases.extend([
        Case { tenant: "fabrikam.onmicrosoft.com".to_owned(), ..with("unknown tenant", 90_002) },
        Case { tenant: "contoso".to_owned(), ..with("no name of a tenant", 900_023) },
        Case { app_id: "11111111-2222-4333-8444-555555555555".to_owned(), ..with("unknown app", 700_016) },
        Case { certificate: OTHER, ..with("certificate not attached", 700_027) },
        Case { certificate: EXPIRED, ..Case::of(tenants.expired())?.refused("certificate expired", 700_027) },
        Case { scope: "https://nowhere.example/.default".to_owned(), ..with("no such resource", 500_011) },
        Case {
            scope: "https://outlook.office365.com/Exchange.ManageAsApp".to_owned(),
            ..with("scope without .default", 1_002_012)
        },
    ]);
    for (name, code, served) in tenants.on_demand() {
        cases.push(Case::of(served)?.refused(name, code));
    }
    Ok(cases)
}

/// By the service's own names, which the library looks up and asks as if it met the service itself.
pub(super) fn by_real_names(tenants: &Tenants) -> Result<Vec<Case>> {
    let usual = Case { authority: None, ..Case::of(tenants.usual())? };
    let mut cases = tokens(&usual, tenants)?;
    cases.push(Case { certificate: OTHER, ..usual.refused("certificate not attached", 700_027) });
    Ok(cases)
}

fn tokens(usual: &Case, tenants: &Tenants) -> Result<Vec<Case>> {
    let compliance = tenants.usual().fact("compliance_scope")?;
    Ok(vec![usual.clone(), Case { name: "Security & Compliance", scope: compliance, ..usual.clone() }])
}

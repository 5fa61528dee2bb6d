//! What each library is asked to do, and what must come of it.

use super::tenants::{Starter, Tenant};
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
    pub(super) name: String,
    /// What must come of it.
    pub(super) expected: Expected,
    /// The token service; none for the real names, which the library knows by itself.
    authority: Option<String>,
    tenant: String,
    app_id: String,
    scope: String,
    certificate: &'static str,
    /// Where the process runs, when that is what it proves itself by: the name of a place in `tenant.json`.
    pub(super) place: Option<&'static str>,
}

const EXCHANGE: &str = "https://outlook.office365.com/.default";
const COMPLIANCE: &str = "https://ps.compliance.protection.outlook.com/.default";

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
            "place": self.place,
            "every_mode": self.expected == Expected::Token,
        })
    }

    fn of(tenant: &Tenant) -> Result<Self> {
        Ok(Self {
            name: "Exchange Online".to_owned(),
            expected: Expected::Token,
            authority: Some(tenant.login()?),
            tenant: tenant.fact("organization")?,
            app_id: tenant.fact("app_id")?,
            scope: EXCHANGE.to_owned(),
            certificate: APP,
            place: None,
        })
    }

    fn refused(&self, name: &str, code: u32) -> Self {
        Self { name: name.to_owned(), expected: Expected::Refusal(code), ..self.clone() }
    }

    /// The same by the tenant's number in place of its name.
    fn by_number(&self, tenant: &Tenant) -> Result<Self> {
        Ok(Self { name: "by the tenant's number".to_owned(), tenant: tenant.fact("tenant_id")?, ..self.clone() })
    }

    fn for_compliance(&self) -> Self {
        Self { name: "Security & Compliance".to_owned(), scope: COMPLIANCE.to_owned(), ..self.clone() }
    }
}

/// The tenants that one library meets.
pub(super) struct Tenants {
    usual: Tenant,
    ahead: Tenant,
    throttled: Tenant,
    away: Tenant,
    refusing: Tenant,
}

impl Tenants {
    /// Starts them.
    pub(super) fn start(starter: &Starter) -> Result<Self> {
        let faults: Vec<String> = ON_DEMAND.iter().map(|(_, code)| format!("token aadsts={code}")).collect();
        let on_demand: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
        Ok(Self {
            usual: starter.start(&["--surroundings"])?,
            ahead: starter.start(&["--clock-skew", "3600"])?,
            throttled: starter.start(&["--fault", "token times=always throttle=1"])?,
            away: starter.start(&["--fault", "token times=always status=503"])?,
            refusing: starter.start(&on_demand)?,
        })
    }

    /// The one that signs in the app.
    pub(super) fn usual(&self) -> &Tenant {
        &self.usual
    }

    /// The certificates of all their authorities.
    pub(super) fn authorities(&self) -> Result<String> {
        Tenant::authorities(&[&self.usual, &self.ahead, &self.throttled, &self.away, &self.refusing])
    }

    /// A token for each service, and one by the tenant's number.
    pub(super) fn tokens(&self) -> Result<Vec<Case>> {
        let usual = Case::of(&self.usual)?;
        Ok(vec![usual.clone(), usual.for_compliance(), usual.by_number(&self.usual)?])
    }

    /// A token for each service, then every refusal: first those that have a cause, then those on demand.
    pub(super) fn cases(&self) -> Result<Vec<Case>> {
        let usual = Case::of(&self.usual)?;
        let text = str::to_owned;
        let mut cases = self.tokens()?;
        cases.extend([
            Case { tenant: text("fabrikam.onmicrosoft.com"), ..usual.refused("unknown tenant", 90_002) },
            Case { tenant: text("contoso"), ..usual.refused("no name of a tenant", 900_023) },
            Case { app_id: text("11111111-2222-4333-8444-555555555555"), ..usual.refused("unknown app", 700_016) },
            Case { certificate: OTHER, ..usual.refused("certificate not attached", 700_027) },
            Case { certificate: EXPIRED, ..usual.refused("certificate expired", 700_027) },
            Case::of(&self.ahead)?.refused("clock an hour behind", 700_024),
            Case { scope: text("https://nowhere.example/.default"), ..usual.refused("no such resource", 500_011) },
            Case {
                scope: text("https://outlook.office365.com/Exchange.ManageAsApp"),
                ..usual.refused("scope without .default", 1_002_012)
            },
            Case::of(&self.throttled)?.refused("throttled", 90_055),
            Case::of(&self.away)?.refused("service not available", 90_033),
        ]);
        let refusing = Case::of(&self.refusing)?;
        cases.extend(ON_DEMAND.iter().map(|(name, code)| match *name {
            "" => refusing.refused(&format!("code {code}"), *code),
            name => refusing.refused(name, *code),
        }));
        Ok(cases)
    }

    /// Without a certificate, in each of these places.
    pub(super) fn elsewhere(&self, places: &[&'static str]) -> Result<Vec<Case>> {
        let usual = Case::of(&self.usual)?;
        let there =
            |place: &&'static str| Case { name: "no certificate".to_owned(), place: Some(place), ..usual.clone() };
        Ok(places.iter().map(there).collect())
    }

    /// By the service's own names, which the library looks up and asks as if it met the service itself.
    pub(super) fn by_real_names(&self) -> Result<Vec<Case>> {
        let usual = Case { authority: None, ..Case::of(&self.usual)? };
        let other_cloud = Some("https://login.microsoftonline.us".to_owned());
        Ok(vec![
            usual.clone(),
            usual.for_compliance(),
            Case { certificate: OTHER, ..usual.refused("certificate not attached", 700_027) },
            Case { authority: other_cloud, ..usual.refused("wrong cloud", 700_023) },
        ])
    }
}

/// Refusals that the emulator is told to give, one after the other, to a request that is right.
const ON_DEMAND: &[(&str, u32)] = &[
    ("no service principal", 7_000_229),
    ("disabled service principal", 7_000_112),
    ("public client", 700_025),
    ("Conditional Access", 53_003),
    ("security policy", 530_032),
    ("security defaults", 530_035),
    ("", 50_012),
    ("", 50_027),
    ("", 50_034),
    ("", 50_171),
    ("", 50_196),
    ("", 65_001),
    ("", 70_001),
    ("", 70_003),
    ("", 70_011),
    ("", 70_021),
    ("", 90_014),
    ("", 90_038),
    ("", 100_007),
    ("", 392_200),
    ("", 392_204),
    ("", 500_181),
    ("", 501_051),
    ("", 650_052),
    ("", 650_056),
    ("", 650_057),
    ("", 700_011),
    ("", 700_021),
    ("", 700_022),
    ("", 700_030),
    ("", 700_211),
    ("", 700_212),
    ("", 700_213),
    ("", 700_222),
    ("", 700_229),
    ("", 900_021),
    ("", 900_144),
    ("", 900_382),
    ("", 900_432),
    ("", 901_002),
    ("", 1_000_031),
    ("", 5_002_723),
    ("", 5_002_730),
    ("", 5_002_738),
    ("", 7_000_215),
    ("", 7_000_216),
    ("", 7_000_218),
    ("", 7_000_222),
];

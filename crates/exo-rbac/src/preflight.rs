//! Before a run: what reports declare, against the tokens and against what the services offer.

mod access;

pub use access::{Access, Cause, Explanation};

use crate::least::least_where;
use crate::{Answer, DirectoryRole, Grants, Least, Need, Offer, least};
use exo_model::Service;
use std::collections::BTreeSet;

/// A report, and everything that it declares to call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a name and its needs")]
pub struct Declared {
    /// Its name.
    pub report: String,
    /// Its cmdlets with their parameters.
    pub needs: Vec<Need>,
}

/// What stands in the way of reports, and what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preflight {
    /// The services that the reports need.
    pub services: Vec<ServiceAccess>,
    /// The reports, in the order in which they were given.
    pub reports: Vec<ReportAccess>,
    /// The least that all reports need, whatever the app has.
    pub least: Least,
    /// The least to add for what is closed; nothing if nothing is.
    pub add: Option<Least>,
}

/// Whether a service is open at all.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceAccess {
    /// The service.
    pub service: Service,
    /// What the token says of it; nothing where no token could be read.
    pub opens: Option<Answer>,
    /// How many cmdlets it offers; nothing where nobody has asked.
    pub offered: Option<usize>,
}

/// What of a report can run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportAccess {
    /// Its name.
    pub report: String,
    /// Its cmdlets, in the order of its declaration.
    pub cmdlets: Vec<Access>,
}

/// Whether something can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth")]
pub enum Verdict {
    /// The service offers it; or nobody has asked, and Microsoft's documentation says that it does.
    Open,
    /// Nobody has asked the service, and the token does not tell.
    Unsure,
    /// The service does not offer it; or nobody has asked, and a refusal is certain.
    Closed,
}

/// Compares what reports declare with tokens and offers; asks nobody.
///
/// Of each service one token and one offer are looked at; both may be missing. An offer is the truth, and the token then serves
/// for the explanation alone.
///
/// ```
/// use exo_model::Service::Exchange;
/// use exo_rbac::{Declared, Grants, Need, Offer, PERMISSION, Verdict, preflight};
/// let reports = [Declared { report: "mailboxes".into(), needs: vec![Need::new(Exchange, "Get-Mailbox".parse()?)] }];
/// let global_reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451".to_owned();
/// let token = Grants::from_claims(Exchange, &[PERMISSION.to_owned()], &[global_reader]);
/// let before = preflight(&reports, &[token.clone()], &[]);
/// assert_eq!(before.verdict(), Verdict::Unsure);
///
/// let offer = Offer::new(Exchange).with("Get-User".parse()?, ["Identity"]);
/// let after = preflight(&reports, &[token], &[offer]);
/// assert_eq!(after.reports[0].verdict(), Verdict::Closed);
/// assert!(after.add.is_some());
/// # Ok::<(), exo_model::InvalidCmdletName>(())
/// ```
pub fn preflight(reports: &[Declared], tokens: &[Grants], offers: &[Offer]) -> Preflight {
    let needs = || reports.iter().flat_map(|report| &report.needs);
    let token = |service| tokens.iter().find(|token| token.service() == service);
    let offer = |service| offers.iter().find(|offer| offer.service() == service);
    let services: BTreeSet<_> = needs().map(|need| need.service).collect();
    let services = services.into_iter().map(|service| ServiceAccess {
        service,
        opens: token(service).map(|token| token.opens(service)),
        offered: offer(service).map(Offer::len),
    });
    let access = |need: &Need| Access::of(need, token(need.service), offer(need.service));
    let reports: Vec<_> = reports
        .iter()
        .map(|declared| ReportAccess {
            report: declared.report.clone(),
            cmdlets: declared.needs.iter().map(access).collect(),
        })
        .collect();
    let closed: Vec<&Access> = closed(&reports).map(|(_, access)| access).collect();
    let add = (!closed.is_empty()).then(|| least_beside(&closed, tokens));
    Preflight { services: services.collect(), least: least(&needs().collect::<Vec<_>>()), add, reports }
}

impl Preflight {
    /// The worst of all reports.
    pub fn verdict(&self) -> Verdict {
        self.reports.iter().map(ReportAccess::verdict).max().unwrap_or(Verdict::Open)
    }

    /// What cannot run, each with the report that declares it.
    pub fn closed(&self) -> impl Iterator<Item = (&str, &Access)> {
        closed(&self.reports)
    }

    /// What may or may not run, each with the report that declares it.
    pub fn unsure(&self) -> impl Iterator<Item = (&str, &Access)> {
        of_verdict(&self.reports, Verdict::Unsure)
    }
}

impl ReportAccess {
    /// The worst of its cmdlets: a report runs whole, or not.
    pub fn verdict(&self) -> Verdict {
        self.cmdlets.iter().map(Access::verdict).max().unwrap_or(Verdict::Open)
    }
}

fn closed(reports: &[ReportAccess]) -> impl Iterator<Item = (&str, &Access)> {
    of_verdict(reports, Verdict::Closed)
}

fn of_verdict(reports: &[ReportAccess], verdict: Verdict) -> impl Iterator<Item = (&str, &Access)> {
    let all = reports.iter().flat_map(|report| report.cmdlets.iter().map(|access| (report.report.as_str(), access)));
    all.filter(move |(_, access)| access.verdict() == verdict)
}

/// The least to add for what is closed: no role without a management role that the app's roles lack, where the service has shown
/// that these do not do.
fn least_beside(closed: &[&Access], tokens: &[Grants]) -> Least {
    // Every token of an app carries the same directory roles.
    let held: Vec<&'static DirectoryRole> = tokens.iter().flat_map(Grants::roles).copied().collect();
    let shown = |need: &Need| {
        let same = |other: &Need| (other.service, &other.cmdlet) == (need.service, &need.cmdlet);
        closed.iter().any(|access| same(&access.need) && access.offered.is_some())
    };
    let adds = |role: &DirectoryRole, service| {
        let has = |name| held.iter().any(|held| held.management_roles(service).any(|known| known.name() == name));
        role.management_roles(service).any(|wanted| !has(wanted.name()))
    };
    let may = |role: &'static DirectoryRole, need: &Need| !shown(need) || adds(role, need.service);
    let needs = Need::merged(closed.iter().map(|access| access.need.clone()));
    least_where(&needs, &held, may)
}

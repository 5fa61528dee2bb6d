//! The lines of a check for one service: token, permission, consent, role, organization, and the service itself.

use crate::checklist::List;
use crate::connect::Connection;
use crate::failure::{Failure, Result};
use crate::organization;
use crate::preflight::{self, Look};
use exo_model::{ErrorKind, Service, TenantId};
use exo_rbac::{Answer, Grants, Need, Offered, Why};
use exo_token::{Claims, TokenFault, TokenFinding};

/// A service that is asked.
pub(super) struct Asked<'a> {
    pub(super) connection: &'a Connection,
    pub(super) service: Service,
    /// The tenant that the token must be of.
    pub(super) tenant: Option<&'a TenantId>,
}

impl Asked<'_> {
    /// Token, permission, role, then the service itself; what cannot work any more is not tried.
    pub(super) async fn check(&self, token: Result<Option<Claims>>, list: &mut List) -> Option<Look> {
        let claims = match token {
            Err(failure) => {
                list.fail(self.title("token"), &failure);
                return None;
            }
            Ok(None) => {
                let next = "the service may take it all the same";
                list.warn(self.title("token"), "came, but cannot be read".into(), next);
                for what in ["permission", "consent", "role"] {
                    list.unknown(self.title(what), "the token cannot be read".to_owned());
                }
                None
            }
            Ok(Some(claims)) => Some(claims),
        };
        if let Some(claims) = &claims
            && !self.token(claims, list)
        {
            return None;
        }
        if !self.organization(list).await {
            return None;
        }
        self.reach(claims.as_ref(), list).await
    }

    fn title(&self, what: &str) -> String {
        format!("{} {what}", self.service)
    }

    fn grants(&self, claims: &Claims) -> Grants {
        Grants::from_claims(self.service, &claims.roles, &claims.wids)
    }

    /// What the token says; whether the service may take it.
    fn token(&self, claims: &Claims, list: &mut List) -> bool {
        let findings = preflight::explain(self.connection, self.service, claims, self.tenant);
        let (rights, faults): (Vec<_>, Vec<_>) = findings.iter().partition(|finding| is_of_rights(finding));
        for finding in &faults {
            told(&self.title("token"), finding, list);
        }
        if faults.is_empty() {
            let app = claims.app_display_name.as_ref().map(|name| format!("for app `{name}`, ")).unwrap_or_default();
            let audience = claims.aud.as_deref().unwrap_or("unknown");
            list.ok(self.title("token"), format!("{app}audience {audience}"));
        }
        let (permission, consent) = (self.title("permission"), self.title("consent"));
        if let Some(finding) = rights.iter().find(|finding| finding.fault != TokenFault::NoDirectoryRole) {
            told(&permission, finding, list);
            let seen = "a token does not tell a permission that nobody added from one that nobody consented to";
            list.unknown(consent, seen.to_owned());
            return false;
        }
        if claims.has_role(exo_rbac::PERMISSION) {
            list.ok(permission, "Exchange.ManageAsApp is granted and consented".into());
            list.ok(consent, "an administrator consented, or the token would not have the permission".into());
        }
        !faults.iter().any(|finding| finding.is_certain())
    }

    /// The organization where only the tenant is given; whether there is one to go on with.
    async fn organization(&self, list: &mut List) -> bool {
        let profile = &self.connection.profile;
        if profile.organization.is_some() || list.is_told("organization") {
            return !list.has_failed("organization");
        }
        match self.connection.organization().await {
            Ok(found) => {
                list.ok("organization", format!("{found}, found by `Get-AcceptedDomain` through {}", profile.tenant));
                true
            }
            Err(failure) => {
                list.fail("organization", &failure);
                false
            }
        }
    }

    /// What the service offers, and where it does not say, one small read that every role of the table may do.
    async fn reach(&self, claims: Option<&Claims>, list: &mut List) -> Option<Look> {
        let look = match Look::at(self.connection, self.service, claims).await {
            Ok(look) => look,
            Err(failure) => {
                self.role(claims, Err(&failure), list);
                list.fail(self.title("session"), &failure);
                return None;
            }
        };
        self.role(claims, Ok(&look), list);
        let name = self.service.title();
        if let Err(failure) = self.read(&look, list).await {
            list.fail(self.title("session"), &failure);
            return None;
        }
        let session = self.connection.session(self.service).await.ok();
        let region = session.and_then(|session| session.region()).map(|host| format!(" at {host}")).unwrap_or_default();
        match &look.offer {
            Ok(offer) => {
                let seen = format!("{name} answers{region}, and offers {} cmdlets to the app", offer.len());
                list.ok(self.title("session"), seen);
            }
            Err(failure) => {
                let seen =
                    format!("{name} answers{region}; which cmdlets it offers is not known: {}", failure.in_a_line());
                list.warn(self.title("session"), seen, "the token alone tells which cmdlets are open");
            }
        }
        Some(look)
    }

    /// The initial domain, of Exchange Online; of the other service something only where nothing else answered.
    async fn read(&self, look: &Look, list: &mut List) -> Result<()> {
        let session = self.connection.session(self.service).await?;
        if self.service != Service::Exchange {
            if look.offer.is_err() {
                organization::records(&session, "Get-ProtectionAlert", &["Name"]).await?;
            }
            return Ok(());
        }
        if list.is_told("organization") && look.offer.is_ok() {
            return Ok(());
        }
        if !offers(look, "Get-AcceptedDomain") {
            list.unknown("organization", "no role of the app opens `Get-AcceptedDomain`, which tells it".to_owned());
            return Ok(());
        }
        let domains = organization::accepted_domains(&session).await?;
        if let Some(ours) = &self.connection.profile.organization {
            organization_line(ours.as_str(), organization::initial_domain(&domains), list);
        }
        Ok(())
    }

    /// What token and service together tell of roles.
    fn role(&self, claims: Option<&Claims>, seen: std::result::Result<&Look, &Failure>, list: &mut List) {
        let Some(claims) = claims else { return };
        let (role, service) = (self.title("role"), self.service.title());
        let opens = self.grants(claims).opens(self.service);
        match (opens, seen) {
            (Answer::Yes { by }, _) => list.ok(role, by.to_string()),
            (Answer::Maybe { why: why @ Why::NoRole { .. } }, Ok(Look { offer: Ok(offer), .. })) => {
                let so = format!("{service} offers {} cmdlets all the same, so it is in one", offer.len());
                list.warn(role, format!("{why}; {so}"), "no fault: a role group is enough");
            }
            (no_role @ Answer::Maybe { why: Why::NoRole { .. } }, Err(failure))
                if failure.kind() == ErrorKind::Authorization =>
            {
                let hint = preflight::refusal(&no_role).hint().unwrap_or_default();
                let text = format!("{no_role}, and {service} refuses");
                list.fail(role, &Failure::new(ErrorKind::Authorization, text).hinted(hint));
            }
            (Answer::Maybe { why }, _) => list.warn(role, why.to_string(), "no fault by itself: the service decides"),
            (no @ Answer::No { .. }, _) => list.fail(role, &preflight::refusal(&no)),
        }
    }
}

/// Whether a cmdlet is offered, as far as that is known.
fn offers(look: &Look, cmdlet: &str) -> bool {
    let (Ok(offer), Ok(name)) = (&look.offer, cmdlet.parse()) else { return true };
    offer.of(&Need::new(look.service, name)) != Offered::Nothing
}

/// Whether it is about permissions and roles, which have lines of their own.
fn is_of_rights(finding: &TokenFinding) -> bool {
    matches!(finding.fault, TokenFault::NoPermission | TokenFault::OtherPermission | TokenFault::NoDirectoryRole)
}

/// A failure where the service is certain to refuse, else a warning.
fn told(what: &str, finding: &TokenFinding, list: &mut List) {
    if finding.is_certain() {
        list.fail(what, &preflight::failure_of(finding));
    } else {
        list.warn(what, finding.seen.clone(), &finding.remedy);
    }
}

/// Custom domains get a token, and break page runs later: the initial domain is looked up.
fn organization_line(ours: &str, initial: Option<&str>, list: &mut List) {
    match initial {
        Some(domain) if domain.eq_ignore_ascii_case(ours) => {
            list.ok("organization", format!("{ours} is the initial domain"));
        }
        Some(domain) => {
            let text = format!("{ours} is not the tenant's initial domain, {domain} is");
            let failure = Failure::new(ErrorKind::Profile, text);
            list.fail("organization", &failure.hinted(format!("use --organization {domain}")));
        }
        None => {
            list.warn("organization", "the service names no initial domain".into(), "compare it in the admin center");
        }
    }
}

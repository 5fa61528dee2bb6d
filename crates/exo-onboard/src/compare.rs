//! What an app has against what it should have: what lacks, what fits, what is too much.

use crate::show::{AppRole, AppState, KeyState, PrincipalState};
use crate::{Permission, Role};
use exo_cert::Thumbprint;
use exo_model::Service;
use serde::Serialize;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What an app should have.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Needed {
    /// The services that it signs in to.
    pub services: Vec<Service>,
    /// The directory roles that it needs.
    pub roles: Vec<Role>,
    /// The certificate that it signs in with, if that is known.
    pub certificate: Option<Thumbprint>,
}

impl Needed {
    /// An app that signs in to these services with these roles.
    pub fn new(services: impl IntoIterator<Item = Service>, roles: impl IntoIterator<Item = Role>) -> Self {
        Self { services: services.into_iter().collect(), roles: roles.into_iter().collect(), certificate: None }
    }

    /// The same, which signs in with this certificate.
    #[must_use]
    pub fn certificate(mut self, thumbprint: Thumbprint) -> Self {
        self.certificate = Some(thumbprint);
        self
    }
}

/// Which part of an app is spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Aspect {
    /// The registration itself.
    Registration,
    /// A permission that it declares.
    Declared,
    /// A certificate.
    Certificate,
    /// A secret.
    Secret,
    /// What it is in the tenant.
    ServicePrincipal,
    /// A permission that was consented to.
    Consent,
    /// A directory role.
    Role,
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Registration => "registration",
            Self::Declared => "declared permission",
            Self::Certificate => "certificate",
            Self::Secret => "secret",
            Self::ServicePrincipal => "service principal",
            Self::Consent => "consent",
            Self::Role => "directory role",
        })
    }
}

/// How it stands with what an app has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way for a thing to be there or not, wanted or not")]
pub enum Standing {
    /// It is there, and it is needed.
    Matching,
    /// It is needed, and not there.
    Lacking,
    /// It is there, and not needed.
    Surplus,
}

/// One thing that an app has or should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// Which part it belongs to.
    pub aspect: Aspect,
    /// The thing.
    pub what: String,
    /// How it stands.
    pub standing: Standing,
    /// What more there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl AppState {
    /// Compares with what is needed, at a time: a certificate that has ended is none.
    pub fn compare(&self, needed: &Needed, now: SystemTime) -> Vec<Item> {
        let mut items = Vec::new();
        if !self.single_tenant {
            let note = "other tenants' accounts can use it, too".to_owned();
            items.push(item(Aspect::Registration, self.display_name.clone(), Standing::Surplus, Some(note)));
        }
        items.extend(permissions(Aspect::Declared, &self.declared, &needed.services));
        items.extend(self.certificates(needed, now));
        let password = || Some("a password that works from anywhere".to_owned());
        items.extend(
            self.secrets.iter().map(|secret| item(Aspect::Secret, named(secret), Standing::Surplus, password())),
        );
        match &self.service_principal {
            Some(principal) => items.extend(in_the_tenant(principal, needed)),
            None => items.extend(nothing_in_the_tenant(needed)),
        }
        items
    }

    fn certificates(&self, needed: &Needed, now: SystemTime) -> Vec<Item> {
        let wanted = needed.certificate.map(|thumbprint| thumbprint.to_string());
        let mut items: Vec<Item> = self
            .certificates
            .iter()
            .map(|key| {
                let (over, note) = ending(key, now);
                // Where no certificate is named, any that holds may be the one.
                let is_it = wanted.is_none() || key.thumbprint == wanted;
                let standing = match (is_it, over) {
                    (true, false) => Standing::Matching,
                    (true, true) => Standing::Lacking,
                    (false, _) => Standing::Surplus,
                };
                item(Aspect::Certificate, named(key), standing, note)
            })
            .collect();
        let found = items.iter().any(|item| item.standing != Standing::Surplus);
        if !found {
            let what = wanted.unwrap_or_else(|| "any".to_owned());
            items.push(item(Aspect::Certificate, what, Standing::Lacking, None));
        }
        items
    }
}

fn in_the_tenant(principal: &PrincipalState, needed: &Needed) -> Vec<Item> {
    let (standing, note) = if principal.enabled {
        (Standing::Matching, None)
    } else {
        (Standing::Lacking, Some("it is disabled, so that nobody signs in as it".to_owned()))
    };
    let mut items = vec![item(Aspect::ServicePrincipal, principal.id.clone(), standing, note)];
    items.extend(permissions(Aspect::Consent, &principal.consented, &needed.services));
    for held in &principal.roles {
        let is_needed = needed.roles.iter().any(|role| role.template_id == held.role.template_id);
        let standing = if is_needed && held.is_tenant_wide() { Standing::Matching } else { Standing::Surplus };
        let note = (!held.is_tenant_wide()).then(|| format!("only in {}, which Exchange does not heed", held.scope));
        items.push(item(Aspect::Role, held.role.name.clone(), standing, note));
    }
    let held = |role: &&Role| {
        principal.roles.iter().any(|held| held.is_tenant_wide() && held.role.template_id == role.template_id)
    };
    let lacking = needed.roles.iter().filter(|role| !held(role));
    items.extend(lacking.map(|role| item(Aspect::Role, role.name.clone(), Standing::Lacking, None)));
    items
}

fn nothing_in_the_tenant(needed: &Needed) -> Vec<Item> {
    let mut items = vec![item(Aspect::ServicePrincipal, "none".to_owned(), Standing::Lacking, None)];
    items.extend(permissions(Aspect::Consent, &[], &needed.services));
    items.extend(needed.roles.iter().map(|role| item(Aspect::Role, role.name.clone(), Standing::Lacking, None)));
    items
}

fn permissions(aspect: Aspect, present: &[AppRole], services: &[Service]) -> Vec<Item> {
    let needed: Vec<Permission> = services.iter().copied().map(Permission::of).collect();
    // The value names it where the resource tells; the published id does for the declaration.
    let is = |role: &AppRole, permission: &Permission| {
        role.application
            && role.resource_app_id == permission.resource_app_id
            && (role.id == permission.id || role.value.as_deref() == Some(permission.value))
    };
    let mut items = Vec::new();
    for role in present {
        let matching = needed.iter().any(|permission| is(role, permission));
        let standing = if matching { Standing::Matching } else { Standing::Surplus };
        let value = role.value.as_ref().unwrap_or(&role.id);
        let resource = role.resource.as_ref().unwrap_or(&role.resource_app_id);
        let note = (!role.application).then(|| "for users who sign in, which no app does".to_owned());
        items.push(item(aspect, format!("{value} of {resource}"), standing, note));
    }
    let lacking = needed.iter().filter(|permission| !present.iter().any(|role| is(role, permission)));
    items.extend(lacking.map(|permission| {
        item(aspect, format!("{} of {}", permission.value, permission.resource), Standing::Lacking, None)
    }));
    items
}

fn item(aspect: Aspect, what: String, standing: Standing, note: Option<String>) -> Item {
    Item { aspect, what, standing, note }
}

fn named(key: &KeyState) -> String {
    let texts = [&key.thumbprint, &key.name, &key.key_id];
    texts.into_iter().flatten().next().cloned().unwrap_or_else(|| "without a name".to_owned())
}

/// Whether a certificate has ended, and how its end is spoken of.
fn ending(key: &KeyState, now: SystemTime) -> (bool, Option<String>) {
    let Some(ends) = &key.ends else { return (false, None) };
    match moment(ends) {
        Some(end) if end <= now => (true, Some(format!("expired on {ends}"))),
        Some(end) if end < now + SOON => (false, Some(format!("expires soon, on {ends}"))),
        _ => (false, Some(format!("until {ends}"))),
    }
}

fn moment(text: &str) -> Option<SystemTime> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(time.as_second()).ok()?))
}

/// Long enough to make a new one without haste.
const SOON: Duration = Duration::from_hours(30 * 24);

#[cfg(test)]
mod tests;

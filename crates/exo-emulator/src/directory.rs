//! The directory of the tenant while it runs: registrations, service principals, what they were granted, their roles.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Map, Value};

mod life;
mod resources;
mod seed;

pub(crate) use life::{Delays, Eye, Kind, Life, Moment, Replication};
pub(crate) use resources::{ALL as RESOURCES, AppRole, GRAPH, Resource};
pub(crate) use seed::of_resource;

use crate::administrator;
use crate::app::App;
use crate::credential::KeyCredential;

/// The directory, shared by all requests.
#[derive(Debug)]
pub(crate) struct Directory(RwLock<Entries>);

impl Directory {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Entries> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Entries> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is in the directory; what was taken away stays, with its end.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) applications: Vec<Application>,
    pub(crate) principals: Vec<Principal>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) assignments: Vec<Assignment>,
    /// What the emulator knows of an app beside the directory, by the app's number.
    apps: Vec<Arc<App>>,
}

/// An app registration.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    /// The object id, by which Graph's paths name it.
    pub(crate) id: String,
    /// The client id.
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) public_client: bool,
    pub(crate) keys: Vec<Key>,
    /// The service principal that made it, and may change it as its own.
    pub(crate) owner: Option<String>,
    /// When it was made, in seconds.
    pub(crate) created: i64,
    /// What else was said of it, by the names that Graph has for that.
    pub(crate) properties: Map<String, Value>,
    pub(crate) life: Life,
}

/// A certificate on a registration.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    /// What the caller wants it to be found by; the thumbprint if nothing was said.
    pub(crate) identifier: Option<String>,
    pub(crate) credential: KeyCredential,
    pub(crate) life: Life,
}

/// A service principal: an application as it is in this tenant.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) display_name: String,
    pub(crate) enabled: bool,
    /// Until when the token service takes it for the contrary, in milliseconds.
    pub(crate) switched_until: i64,
    pub(crate) managed_identity: bool,
    pub(crate) names: Vec<String>,
    pub(crate) roles: &'static [AppRole],
    pub(crate) owner: Option<String>,
    pub(crate) created: i64,
    pub(crate) life: Life,
}

/// An app role that a service principal was granted on a resource.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) principal: String,
    pub(crate) resource: String,
    pub(crate) role: String,
    pub(crate) created: i64,
    pub(crate) life: Life,
}

/// A directory role that a service principal was assigned.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) principal: String,
    /// The template id, which is the id of a built-in definition.
    pub(crate) definition: String,
    pub(crate) scope: String,
    pub(crate) life: Life,
}

impl Principal {
    /// Whether the token service takes it for enabled.
    pub(crate) const fn is_enabled(&self, now: i64) -> bool {
        self.enabled != (now < self.switched_until)
    }
}

impl Entries {
    /// The app of a number, as the emulator knows it.
    pub(crate) fn app(&self, number: usize) -> Option<Arc<App>> {
        self.apps.get(number).map(Arc::clone)
    }

    /// Gives an app of that id its number; one that is known keeps it.
    pub(crate) fn know(&mut self, app: App) -> usize {
        if let Some(known) = self.number(&app.id) {
            return known;
        }
        self.apps.push(Arc::new(app));
        self.apps.len() - 1
    }

    /// Changes what the emulator knows of an app.
    pub(crate) fn amend(&mut self, app_id: &str, change: impl FnOnce(App) -> App) {
        if let Some(place) = self.number(app_id).and_then(|number| self.apps.get_mut(number)) {
            *place = Arc::new(change(App::clone(place)));
        }
    }

    fn number(&self, app_id: &str) -> Option<usize> {
        self.apps.iter().position(|app| app.id.eq_ignore_ascii_case(app_id))
    }

    /// The number of the app that may ask for tokens under a client id.
    pub(crate) fn client(&self, app_id: &str, now: i64) -> Option<usize> {
        let number = self.number(app_id)?;
        let has_no_registration = self.apps.get(number)?.managed_identity.is_some() || administrator::is_tool(app_id);
        (has_no_registration || self.application_of(app_id, Eye::Tokens, now).is_some()).then_some(number)
    }

    pub(crate) fn application(&self, id: &str, eye: Eye, now: i64) -> Option<&Application> {
        self.applications.iter().find(|known| known.id.eq_ignore_ascii_case(id) && known.life.is_seen(eye, now))
    }

    pub(crate) fn application_of(&self, app_id: &str, eye: Eye, now: i64) -> Option<&Application> {
        self.applications.iter().find(|known| known.app_id.eq_ignore_ascii_case(app_id) && known.life.is_seen(eye, now))
    }

    pub(crate) fn principal(&self, id: &str, eye: Eye, now: i64) -> Option<&Principal> {
        self.principals.iter().find(|known| known.id.eq_ignore_ascii_case(id) && known.life.is_seen(eye, now))
    }

    pub(crate) fn principal_of(&self, app_id: &str, eye: Eye, now: i64) -> Option<&Principal> {
        self.principals.iter().find(|known| known.app_id.eq_ignore_ascii_case(app_id) && known.life.is_seen(eye, now))
    }

    /// The certificates of an app that the token service knows.
    pub(crate) fn keys_of(&self, app_id: &str, now: i64) -> Vec<KeyCredential> {
        let application = self.application_of(app_id, Eye::Tokens, now);
        let keys = application.map(|application| application.keys.as_slice()).unwrap_or_default();
        keys.iter().filter(|key| key.life.is_seen(Eye::Tokens, now)).map(|key| key.credential.clone()).collect()
    }

    /// The permissions on a resource that stand in the tokens of an app.
    pub(crate) fn permissions_of(&self, app_id: &str, resource: &Resource, now: i64) -> Vec<String> {
        let eye = Eye::Tokens;
        let principal = self.principal_of(app_id, eye, now);
        let of = self.principal_of(resource.app_id, eye, now);
        let (Some(principal), Some(of)) = (principal, of) else { return Vec::new() };
        let granted = |role: &&AppRole| {
            self.grants.iter().any(|grant| {
                grant.principal == principal.id
                    && grant.resource == of.id
                    && grant.role.eq_ignore_ascii_case(role.id)
                    && grant.life.is_seen(eye, now)
            })
        };
        of.roles.iter().filter(granted).map(|role| role.value.to_owned()).collect()
    }

    /// The directory roles that stand in the tokens of an app: those for the whole tenant.
    pub(crate) fn roles_of(&self, app_id: &str, now: i64) -> Vec<String> {
        let Some(principal) = self.principal_of(app_id, Eye::Tokens, now) else { return Vec::new() };
        let holds = |role: &&Assignment| {
            role.principal == principal.id && role.scope == "/" && role.life.is_seen(Eye::Tokens, now)
        };
        self.assignments.iter().filter(holds).map(|role| role.definition.clone()).collect()
    }

    /// Takes a service principal away, with what it was granted.
    pub(crate) fn remove_principal(&mut self, id: &str, moment: &Moment) {
        for principal in self.principals.iter_mut().filter(|known| known.id == id) {
            principal.life.end(moment);
        }
        for grant in self.grants.iter_mut().filter(|grant| grant.principal == id || grant.resource == id) {
            grant.life.end(moment);
        }
        for role in self.assignments.iter_mut().filter(|role| role.principal == id) {
            role.life.end(moment);
        }
    }
}

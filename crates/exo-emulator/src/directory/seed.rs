//! The directory as a tenant starts with it: what its apps say of themselves, taken apart.

use std::collections::BTreeMap;
use std::sync::RwLock;

use serde_json::{Map, Value, json};

use super::resources::{EXCHANGE, PROTECTION};
use super::{Application, Assignment, Directory, Entries, Grant, Key, Kind, Life, Principal, RESOURCES, Resource};
use crate::administrator;
use crate::app::{App, MANAGE, MANAGE_V2, Service};
use crate::credential::KeyCredential;
use crate::error::Error;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::tenant::Tenant;

impl Directory {
    /// Takes a tenant's apps apart; `now` is in milliseconds.
    pub(crate) fn of(tenant: &Tenant, now: i64) -> Result<Self, Error> {
        let mut seed = Seed { tenant, now, entries: Entries::default() };
        for resource in RESOURCES {
            let is_there = !tenant.graph.missing.iter().any(|service| Resource::of(*service).app_id == resource.app_id);
            if is_there {
                seed.entries.principals.push(seed.resource(resource));
            }
        }
        for app in &tenant.apps {
            seed.app(app)?;
        }
        for (id, name) in administrator::TOOLS {
            seed.entries.know(App::new(id).display_name(name).public_client(true));
        }
        Ok(Self(RwLock::new(seed.entries)))
    }
}

struct Seed<'a> {
    tenant: &'a Tenant,
    now: i64,
    entries: Entries,
}

impl Seed<'_> {
    fn old(&self, kind: Kind, after: i64) -> Life {
        Life::old(kind, self.now, self.now.saturating_add(after.saturating_mul(1000)))
    }

    /// The service principal of an application of Microsoft.
    fn resource(&self, resource: &'static Resource) -> Principal {
        let Tenant { id, .. } = self.tenant;
        Principal {
            id: Guid::hashed(mix_text(0x5253, id), mix_text(0, resource.app_id)).to_string(),
            life: self.old(Kind::Principal, 0),
            created: self.now / 1000,
            ..of_resource(self.tenant, resource)
        }
    }

    fn app(&mut self, app: &App) -> Result<(), Error> {
        let is_identity = app.managed_identity.is_some();
        if !is_identity {
            let application = self.application(app)?;
            self.entries.applications.push(application);
        }
        if app.service_principal || is_identity {
            self.entries.principals.push(Principal {
                id: app.object_id(),
                app_id: app.id.clone(),
                display_name: app.display_name.clone(),
                enabled: app.enabled,
                switched_until: 0,
                managed_identity: is_identity,
                names: vec![app.id.clone()],
                roles: &[],
                owner: None,
                created: self.now / 1000,
                life: self.old(Kind::Principal, 0),
            });
        }
        if app.consented {
            let is_withheld =
                |resource: &Resource| app.withheld.iter().any(|of| Resource::of(*of).app_id == resource.app_id);
            for (resource, value, after) in permissions(app).into_iter().filter(|(of, ..)| !is_withheld(of)) {
                self.grant(app, resource, value, after);
            }
        }
        for (place, (definition, after)) in app.roles.iter().enumerate() {
            self.entries.assignments.push(Assignment {
                id: made_id(&format!("role {place} {}", app.id)),
                principal: app.object_id(),
                definition: definition.clone(),
                scope: "/".to_owned(),
                life: self.old(Kind::Role, *after),
            });
        }
        self.entries.know(app.clone());
        Ok(())
    }

    fn application(&self, app: &App) -> Result<Application, Error> {
        let mut properties = Map::new();
        properties.insert("signInAudience".to_owned(), json!("AzureADMyOrg"));
        properties.insert("requiredResourceAccess".to_owned(), required(app));
        Ok(Application {
            id: app.registration_id(),
            app_id: app.id.clone(),
            display_name: app.display_name.clone(),
            public_client: app.public_client,
            keys: (1..)
                .zip(&app.certificates)
                .map(|(number, source)| {
                    let refused = |reason| Error::Certificate { app: app.id.clone(), number, reason };
                    let credential = KeyCredential::read(&source.der, source.dates).map_err(refused)?;
                    self.tenant.check_lifetime(&credential).map_err(refused)?;
                    let life = self.old(Kind::Certificate, source.visible_after);
                    Ok(Key::new(made_id(&format!("key {number} {}", app.id)), credential, life))
                })
                .collect::<Result<_, Error>>()?,
            owner: None,
            created: self.now / 1000,
            properties,
            life: self.old(Kind::Application, 0),
        })
    }

    fn grant(&mut self, app: &App, resource: &'static Resource, value: &str, after: i64) {
        let of = self.entries.principals.iter().find(|known| known.app_id == resource.app_id);
        let (Some(of), Some(role)) = (of, resource.role(value)) else { return };
        let grant = Grant {
            id: made_id(&format!("grant {} {}", role.id, app.id)),
            principal: app.object_id(),
            resource: of.id.clone(),
            role: role.id.to_owned(),
            created: self.now / 1000,
            life: self.old(Kind::Grant, after),
        };
        self.entries.grants.push(grant);
    }
}

impl Key {
    pub(crate) fn new(id: String, credential: KeyCredential, life: Life) -> Self {
        Self { id, display_name: credential.subject.clone(), identifier: None, credential, life }
    }
}

/// What a service principal of an application of Microsoft is, but for its id.
pub(crate) fn of_resource(tenant: &Tenant, resource: &'static Resource) -> Principal {
    Principal {
        id: String::new(),
        app_id: resource.app_id.to_owned(),
        display_name: resource.name.to_owned(),
        enabled: true,
        switched_until: 0,
        managed_identity: false,
        names: names(tenant, resource),
        roles: resource.roles,
        owner: None,
        created: 0,
        life: Life::old(Kind::Principal, 0, 0),
    }
}

/// The names under which tokens for a resource are asked for.
fn names(tenant: &Tenant, resource: &Resource) -> Vec<String> {
    let cloud = tenant.cloud;
    let mut names = vec![resource.app_id.to_owned()];
    if resource.app_id == EXCHANGE.app_id {
        names.extend(cloud.exchange_hosts().iter().map(|host| format!("https://{host}")));
        names.extend(cloud.exchange_hosts().iter().map(|host| format!("https://{host}/")));
    }
    let owner = Resource::of(tenant.compliance_owner);
    if resource.app_id == owner.app_id {
        names.push(cloud.audience(Service::Compliance).to_owned());
    }
    if resource.app_id != EXCHANGE.app_id && resource.app_id != PROTECTION.app_id {
        names.push(format!("https://{}", cloud.graph_host()));
        names.push(format!("https://{}/", cloud.graph_host()));
    }
    names
}

/// The permissions that an app asks for: on which resource, which, and after how many seconds they show.
fn permissions(app: &App) -> Vec<(&'static Resource, &str, i64)> {
    let manage = app.permissions.iter().map(|(service, after)| (Resource::of(*service), MANAGE, *after));
    let documented = app.manage_v2.then_some((&EXCHANGE, MANAGE_V2, 0));
    let more = app.more_permissions.iter().filter_map(|(id, value)| Some((Resource::find(id)?, value.as_str(), 0)));
    manage.chain(documented).chain(more).collect()
}

/// What the registration says that it asks for.
fn required(app: &App) -> Value {
    let mut by_resource = BTreeMap::<&str, Vec<Value>>::new();
    for (resource, value, _) in permissions(app) {
        if let Some(role) = resource.role(value) {
            by_resource.entry(resource.app_id).or_default().push(json!({"id": role.id, "type": "Role"}));
        }
    }
    let list = by_resource.into_iter().map(|(id, access)| json!({"resourceAppId": id, "resourceAccess": access}));
    list.collect()
}

/// An id that is the same at every start.
fn made_id(text: &str) -> String {
    Guid::hashed(mix_text(0x4449, text), 0).to_string()
}

//! `applications`: registrations, read and written.

use serde_json::{Map, Value, json};

use super::caller::Deed;
use super::failure::Failure;
use super::keys::{missing, text, wrong_type};
use super::{Call, json_answer, properties};
use crate::answer::Answer;
use crate::app::App;
use crate::dates;
use crate::directory::{Application, Entries, Kind, Life, Principal, Resource, of_resource};
use crate::form::unescape;

const SET: &str = "applications";
const FILTERS: [&str; 5] = ["id", "appId", "displayName", "signInAudience", "identifierUris"];
impl Call<'_> {
    pub(super) fn applications(&self, rest: &[&str]) -> Result<Answer, Failure> {
        match (self.method(), rest) {
            ("GET", []) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let seen = directory.applications.iter().filter(|known| known.life.is_seen(self.eye, self.now));
                let shown = seen.map(|known| self.shown(known, &self.seen_keys(known, false)));
                self.list(SET, shown.collect(), &FILTERS)
            }
            ("POST", []) => self.create_application(&mut self.world.directory.write(), None),
            ("GET", [key]) => {
                self.caller.check(Deed::ReadApps)?;
                let directory = self.world.directory.read();
                let found = self.application(&directory, key)?;
                let shown = self.shown(found, &self.seen_keys(found, self.selects("keyCredentials")));
                Ok(self.entity(200, SET, shown))
            }
            ("PATCH", [key]) if key.starts_with("uniquename=") && self.creates_if_missing() => {
                self.upsert_application()
            }
            ("PATCH", [key]) => self.change_application(key),
            ("DELETE", [key]) => self.delete_application(key),
            ("POST", [key, "addkey"]) => self.add_key(key),
            ("POST", [key, "removekey"]) => self.remove_key(key),
            (_, [] | [_] | [_, "addkey" | "removekey"]) => Err(Self::no_method()),
            (_, [.., word]) => Err(Failure::no_segment(word)),
        }
    }

    /// The registration of that object id, or of that `appid=` or `uniquename=`.
    fn application<'d>(&self, directory: &'d Entries, key: &str) -> Result<&'d Application, Failure> {
        let found = match key.split_once('=') {
            Some(("appid", app_id)) => directory.application_of(app_id, self.eye, self.now),
            Some(("uniquename", name)) => named(directory, name).filter(|known| known.life.is_seen(self.eye, self.now)),
            _ => directory.application(key, self.eye, self.now),
        };
        found.ok_or_else(|| Failure::not_found(key))
    }

    fn creates_if_missing(&self) -> bool {
        self.request.header("prefer").is_some_and(|prefer| prefer.to_ascii_lowercase().contains("create-if-missing"))
    }

    /// Makes the registration of that unique name, or changes the one that has it, seen or not.
    fn upsert_application(&self) -> Result<Answer, Failure> {
        let path = unescape(&self.request.path);
        let name = path.split_once("='").and_then(|(_, rest)| Some(rest.split_once("')")?.0));
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| wrong_type(properties::UNIQUE_NAME))?;
        let mut directory = self.world.directory.write();
        match named(&directory, name).cloned() {
            None => self.create_application(&mut directory, Some(name)),
            Some(known) => self.write_application(&mut directory, known),
        }
    }

    /// The registration of that key, of a caller who may change it.
    fn own_application(&self, directory: &Entries, key: &str) -> Result<Application, Failure> {
        let found = self.application(directory, key)?;
        self.check_owner(found)?;
        Ok(found.clone())
    }

    fn check_owner(&self, found: &Application) -> Result<(), Failure> {
        let own = self.caller.principal.is_some() && found.owner == self.caller.principal;
        self.caller.check(Deed::WriteApps { own })
    }

    /// The certificates that calls see by now, which are those of a while ago if changes take their time.
    fn seen_keys(&self, application: &Application, with_bytes: bool) -> Vec<Value> {
        let seen = application.keys.iter().filter(|key| key.life.is_seen(self.eye, self.now));
        seen.map(|key| self.shown_key(key, with_bytes)).collect()
    }

    fn shown(&self, application: &Application, keys: &[Value]) -> Value {
        let Application { id, app_id, display_name, public_client, properties: given, .. } = application;
        let mut shown = properties::shown(given);
        shown.extend([
            ("id".to_owned(), json!(id)),
            ("appId".to_owned(), json!(app_id)),
            ("displayName".to_owned(), json!(display_name)),
            ("createdDateTime".to_owned(), json!(dates::utc(application.created * 1000))),
            ("deletedDateTime".to_owned(), Value::Null),
            ("isFallbackPublicClient".to_owned(), public_client.then_some(true).into()),
            ("keyCredentials".to_owned(), json!(keys)),
            ("publisherDomain".to_owned(), json!(self.world.tenant.initial_domain)),
        ]);
        Value::Object(shown)
    }

    fn create_application(&self, directory: &mut Entries, unique_name: Option<&str>) -> Result<Answer, Failure> {
        self.caller.check(Deed::WriteApps { own: true })?;
        let body = self.body()?;
        let moment = self.world.moment();
        if text(&body, "displayName")?.is_none() {
            return Err(missing("displayName"));
        }
        let mut made = Application {
            id: self.world.fresh_guid(),
            app_id: self.world.fresh_guid(),
            display_name: String::new(),
            public_client: false,
            keys: Vec::new(),
            owner: self.caller.principal.clone(),
            created: self.now / 1000,
            properties: Map::from_iter([("signInAudience".to_owned(), json!(properties::USUAL_AUDIENCE))]),
            life: Life::begun(Kind::Application, &moment),
        };
        self.amend(&mut made, &body)?;
        made.properties.extend(unique_name.map(|name| (properties::UNIQUE_NAME.to_owned(), json!(name))));
        let keys: Vec<Value> = made.keys.iter().map(|key| self.shown_key(key, false)).collect();
        let shown = self.shown(&made, &keys);
        self.show_resources(directory, &made);
        directory.know(App::new(&made.app_id).display_name(&made.display_name));
        let place = self.url(&format!("applications/{}", made.id));
        directory.applications.push(made);
        Ok(self.entity(201, SET, shown).with("location", place))
    }

    fn change_application(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let found = self.own_application(&directory, key)?;
        self.write_application(&mut directory, found)
    }

    fn write_application(&self, directory: &mut Entries, mut changed: Application) -> Result<Answer, Failure> {
        self.check_owner(&changed)?;
        self.amend(&mut changed, &self.body()?)?;
        let (app_id, name) = (changed.app_id.clone(), changed.display_name.clone());
        self.show_resources(directory, &changed);
        if let Some(place) = directory.applications.iter_mut().find(|known| known.id == changed.id) {
            *place = changed;
        }
        directory.amend(&app_id, |app| app.display_name(name));
        Ok(Answer::empty(204))
    }

    fn delete_application(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let gone = self.own_application(&directory, key)?;
        let moment = self.world.moment();
        for known in directory.applications.iter_mut().filter(|known| known.id == gone.id) {
            known.life.end(&moment);
        }
        let mut principals = directory.principals.iter();
        let its = principals.find(|known| known.app_id == gone.app_id && known.life.lasts());
        if let Some(id) = its.map(|known| known.id.clone()) {
            directory.remove_principal(&id, &moment);
        }
        Ok(Answer::empty(204))
    }

    /// Sets what a body says; a list takes the place of the one that was there.
    fn amend(&self, application: &mut Application, body: &Map<String, Value>) -> Result<(), Failure> {
        for (name, value) in body {
            match name.as_str() {
                "displayName" => {
                    let name = value.as_str().filter(|name| !name.is_empty() && name.chars().count() <= 256);
                    name.ok_or_else(|| wrong_type("displayName"))?.clone_into(&mut application.display_name);
                }
                "keyCredentials" => self.replace_keys(application, value)?,
                "isFallbackPublicClient" => {
                    let is_public = if value.is_null() { Some(false) } else { value.as_bool() };
                    application.public_client = is_public.ok_or_else(|| wrong_type(name))?;
                }
                "id" | "appId" | "createdDateTime" | "publisherDomain" | properties::UNIQUE_NAME => {
                    return Err(Failure::bad(format!("Property '{name}' is read-only and cannot be set.")));
                }
                _ if name.starts_with('@') => {}
                _ => {
                    properties::check(name, value)?;
                    application.properties.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(())
    }

    /// Makes the service principals of resources that a registration asks for, in a tenant where that is enough.
    fn show_resources(&self, directory: &mut Entries, application: &Application) {
        let required = application.properties.get("requiredResourceAccess").and_then(Value::as_array);
        if !self.world.tenant.graph.resources_on_demand {
            return;
        }
        for resource in required.into_iter().flatten() {
            let resource = resource.get("resourceAppId").and_then(Value::as_str).and_then(Resource::find);
            let Some(resource) = resource else { continue };
            if !directory.principals.iter().any(|known| known.app_id == resource.app_id && known.life.lasts()) {
                directory.principals.push(Principal {
                    id: self.world.fresh_guid(),
                    created: self.now / 1000,
                    life: Life::begun(Kind::Principal, &self.world.moment()),
                    ..of_resource(&self.world.tenant, resource)
                });
            }
        }
    }

    fn replace_keys(&self, application: &mut Application, value: &Value) -> Result<(), Failure> {
        let wanted = self.read_keys(value, &application.keys)?;
        let moment = self.world.moment();
        for key in &mut application.keys {
            match wanted.iter().find(|wanted| wanted.id == key.id) {
                Some(kept) => *key = kept.clone(),
                None => key.life.end(&moment),
            }
        }
        for key in wanted {
            if !application.keys.iter().any(|known| known.id == key.id) {
                application.keys.push(key);
            }
        }
        Ok(())
    }

    /// `addKey`: an app puts a certificate beside the one that it proves to have.
    fn add_key(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let application = self.proven(&directory, key)?;
        let added = self.added_key(&self.body()?)?;
        let mut shown = self.shown_key(&added, false);
        shown["@odata.context"] = json!(self.url("$metadata#microsoft.graph.keyCredential"));
        for known in directory.applications.iter_mut().filter(|known| known.id == application.id) {
            known.keys.push(added.clone());
        }
        Ok(json_answer(200, &shown))
    }

    /// `removeKey`: an app takes one of its certificates away.
    fn remove_key(&self, key: &str) -> Result<Answer, Failure> {
        let mut directory = self.world.directory.write();
        let application = self.proven(&directory, key)?;
        let body = self.body()?;
        let id = text(&body, "keyId")?.ok_or_else(|| missing("keyId"))?;
        let moment = self.world.moment();
        let of_it = directory.applications.iter_mut().filter(|known| known.id == application.id);
        let found = of_it.flat_map(|known| &mut known.keys).find(|known| known.id == id && known.life.lasts());
        let found = found.ok_or_else(|| Failure::bad(format!("No credentials found to be removed: '{id}'.")))?;
        found.life.end(&moment);
        Ok(Answer::empty(204))
    }

    /// The registration, if the caller is its app or may change it, and the body has the proof.
    fn proven(&self, directory: &Entries, key: &str) -> Result<Application, Failure> {
        let found = self.application(directory, key)?.clone();
        if self.caller.principal.is_none() || !self.caller.app_id.eq_ignore_ascii_case(&found.app_id) {
            self.own_application(directory, key)?;
        }
        self.check_proof(&self.body()?, &found)?;
        Ok(found)
    }
}

/// The registration of that unique name, whoever sees it.
fn named<'d>(directory: &'d Entries, name: &str) -> Option<&'d Application> {
    let is_it = |known: &&Application| {
        let unique = known.properties.get(properties::UNIQUE_NAME).and_then(Value::as_str);
        known.life.lasts() && unique.is_some_and(|unique| unique.eq_ignore_ascii_case(name))
    };
    directory.applications.iter().find(is_it)
}

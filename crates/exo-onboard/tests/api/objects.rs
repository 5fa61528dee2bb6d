//! The objects of the small directory, and what each call does to them.

use crate::directory::refusal;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exo_cert::{Certificate, SignatureAlgorithm};
use exo_http::Request;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

type Answer = (u16, Value);

/// An object in all its versions, each with the time from which it is seen; `None` once it is gone.
pub(crate) type Versions = Vec<(SystemTime, Option<Value>)>;

#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) applications: Vec<Versions>,
    pub(crate) service_principals: Vec<Versions>,
    pub(crate) consents: Vec<Versions>,
    pub(crate) roles: Vec<Versions>,
    next: u32,
    answers: u32,
}

pub(crate) fn latest(versions: &Versions) -> Option<&Value> {
    versions.last()?.1.as_ref()
}

pub(crate) fn seen(versions: &Versions, now: SystemTime) -> Option<&Value> {
    versions.iter().rev().find(|(from, _)| *from <= now)?.1.as_ref()
}

pub(crate) fn index_of(all: &[Versions], name: &str, value: &str) -> Option<usize> {
    all.iter().position(|versions| latest(versions).is_some_and(|object| object[name] == value))
}

fn absent() -> Answer {
    (
        404,
        refusal(
            "Request_ResourceNotFound",
            "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
        ),
    )
}

impl Objects {
    pub(crate) fn id(&mut self) -> String {
        self.next += 1;
        format!("00000000-0000-4000-8000-{:012}", self.next)
    }

    /// An object that everybody has known for ever.
    pub(crate) fn old(object: Value) -> Versions {
        vec![(UNIX_EPOCH, Some(object))]
    }

    pub(crate) fn resource(&mut self, app_id: &str, roles: &Value) {
        let id = self.id();
        self.service_principals.push(Self::old(json!({ "id": id, "appId": app_id, "appRoles": roles })));
    }

    /// What is there, without ids, in an order of its own.
    pub(crate) fn truth(&self) -> Value {
        let sorted = |all: &[Versions], show: &dyn Fn(&Value) -> Value| {
            let mut shown: Vec<String> = all.iter().filter_map(latest).map(|o| show(o).to_string()).collect();
            shown.sort();
            shown
        };
        let app_of = |id: &Value| {
            let owner = self.service_principals.iter().filter_map(latest).find(|sp| sp["id"] == *id);
            owner.map(|sp| if sp["appRoles"].is_null() { json!("the app") } else { sp["appId"].clone() })
        };
        json!({
            "applications": sorted(&self.applications, &|app| json!([
                app["displayName"], app["signInAudience"], app["requiredResourceAccess"],
                app["keyCredentials"].as_array().map(|keys| keys.iter().map(|k| k["key"].clone()).collect::<Vec<_>>()),
            ])),
            "service principals": sorted(&self.service_principals, &|sp| json!(app_of(&sp["id"]))),
            "consents": sorted(&self.consents, &|c| json!([app_of(&c["principalId"]), app_of(&c["resourceId"]), c["appRoleId"]])),
            "roles": sorted(&self.roles, &|r| json!([app_of(&r["principalId"]), r["roleDefinitionId"], r["directoryScopeId"]])),
        })
    }

    fn make(&mut self, kind: Kind, object: Value, from: SystemTime) -> Answer {
        self.all(kind).push(vec![(from, Some(object.clone()))]);
        (201, object)
    }

    fn all(&mut self, kind: Kind) -> &mut Vec<Versions> {
        match kind {
            Kind::Application => &mut self.applications,
            Kind::ServicePrincipal => &mut self.service_principals,
            Kind::Consent => &mut self.consents,
            Kind::Role => &mut self.roles,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Application,
    ServicePrincipal,
    Consent,
    Role,
}

/// Carries a call out: reads see what is known at `now`, changes are seen from `from`.
pub(crate) fn answer(objects: &mut Objects, request: &Request, now: SystemTime, from: SystemTime) -> Answer {
    objects.answers += 1;
    let path = request.uri().path().strip_prefix("/v1.0").unwrap();
    let query = request.uri().query().unwrap_or_default().replace("%20", " ").replace("%27", "'");
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let upsert = request.headers().get("prefer").is_some_and(|prefer| prefer == "create-if-missing");
    let key = path.split('/').nth(1).unwrap().split_once('(').map(|(_, key)| key.trim_end_matches(')'));
    let keyed = key.and_then(|key| key.split_once('=')).map(|(name, value)| (name, value.trim_matches('\'')));
    let segments: Vec<&str> = path.split('/').skip(1).map(|s| s.split('(').next().unwrap()).collect();
    let by = keyed.or_else(|| segments.get(1).map(|id| ("id", *id)));
    match (request.method().as_str(), segments.as_slice()) {
        ("GET", ["applications"]) if keyed.is_none() => {
            let name = query.split("displayName eq '").nth(1).unwrap().split("'&").next().unwrap();
            collection(&objects.applications, now, |app| app["displayName"] == name)
        }
        ("GET", ["applications" | "servicePrincipals", ..])
            if segments.len() == 1 || segments.len() == 2 && keyed.is_none() =>
        {
            let all = if segments[0] == "applications" { &objects.applications } else { &objects.service_principals };
            let (name, value) = by.unwrap();
            all.iter().filter_map(|v| seen(v, now)).find(|o| o[name] == value).map_or_else(absent, |o| (200, o.clone()))
        }
        ("PATCH", ["applications"]) if upsert => upserted(objects, keyed.unwrap().1, body, now, from),
        ("PATCH", ["applications", id]) => changed(objects, id, &body, now, from),
        ("POST", ["applications", id, "addKey"]) => added(objects, id, &body, from),
        ("POST", ["applications", id, "removeKey"]) => removed(objects, id, &body, from),
        ("POST", ["servicePrincipals"]) => service_principal(objects, &body, now, from),
        ("GET", ["servicePrincipals", id, "appRoleAssignments"]) => {
            if objects.service_principals.iter().filter_map(|v| seen(v, now)).all(|sp| sp["id"] != *id) {
                return absent();
            }
            collection(&objects.consents, now, |consent| consent["principalId"] == *id)
        }
        ("POST", ["servicePrincipals", _, "appRoleAssignedTo"]) => assigned(objects, Kind::Consent, body, now, from),
        ("POST", ["roleManagement", "directory", "roleAssignments"]) => assigned(objects, Kind::Role, body, now, from),
        ("GET", ["roleManagement", "directory", "roleAssignments"]) => {
            let id = query.split("principalId eq '").nth(1).unwrap().split('\'').next().unwrap();
            collection(&objects.roles, now, |role| role["principalId"] == id)
        }
        ("DELETE", [.., kind @ ("appRoleAssignedTo" | "roleAssignments"), id]) => {
            let all = if *kind == "roleAssignments" { &mut objects.roles } else { &mut objects.consents };
            match index_of(all, "id", id) {
                Some(index) => {
                    all[index].push((from, None));
                    (204, Value::Null)
                }
                None => absent(),
            }
        }
        (method, _) => panic!("nobody answers {method} {path}"),
    }
}

/// The proof must be signed with one of the app's certificates, and name it and the app.
fn is_proven(app: &Value, proof: &str) -> bool {
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let (input, signature) = proof.rsplit_once('.').unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    let claims: Value = serde_json::from_slice(&decode(claims)).unwrap();
    let keys = app["keyCredentials"].as_array().unwrap();
    let mut certificates = keys
        .iter()
        .map(|key| Certificate::from_bytes(&STANDARD.decode(key["key"].as_str().unwrap()).unwrap()).unwrap());
    let signs = |certificate: Certificate| {
        header["x5t"] == certificate.thumbprint().base64url()
            && certificate.verify(SignatureAlgorithm::Rs256, input.as_bytes(), &decode(signature)).is_ok()
    };
    claims["iss"] == app["id"] && claims["aud"] == "00000002-0000-0000-c000-000000000000" && certificates.any(signs)
}

fn added(objects: &mut Objects, id: &str, body: &Value, from: SystemTime) -> Answer {
    let index = index_of(&objects.applications, "id", id).unwrap();
    let mut app = latest(&objects.applications[index]).unwrap().clone();
    if !is_proven(&app, body["proof"].as_str().unwrap()) {
        return (401, refusal("Authentication_MissingOrMalformed", "Access Token missing or malformed."));
    }
    let key = stored(objects, &body["keyCredential"], &[]);
    app["keyCredentials"].as_array_mut().unwrap().push(key.clone());
    objects.applications[index].push((from, Some(app)));
    (200, key)
}

fn removed(objects: &mut Objects, id: &str, body: &Value, from: SystemTime) -> Answer {
    let index = index_of(&objects.applications, "id", id).unwrap();
    let mut app = latest(&objects.applications[index]).unwrap().clone();
    if !is_proven(&app, body["proof"].as_str().unwrap()) {
        return (401, refusal("Authentication_MissingOrMalformed", "Access Token missing or malformed."));
    }
    let keys = app["keyCredentials"].as_array_mut().unwrap();
    let before = keys.len();
    keys.retain(|key| key["keyId"] != body["keyId"]);
    if keys.len() == before {
        return (400, refusal("Request_BadRequest", "No credentials found to be removed."));
    }
    objects.applications[index].push((from, Some(app)));
    (204, Value::Null)
}

fn collection(all: &[Versions], now: SystemTime, wanted: impl Fn(&Value) -> bool) -> Answer {
    let found: Vec<&Value> = all.iter().filter_map(|v| seen(v, now)).filter(|o| wanted(o)).collect();
    (200, json!({ "value": found }))
}

fn upserted(objects: &mut Objects, unique_name: &str, body: Value, now: SystemTime, from: SystemTime) -> Answer {
    if let Some(index) = index_of(&objects.applications, "uniqueName", unique_name) {
        // A server that has not heard of it tries to make it, now and then.
        if seen(&objects.applications[index], now).is_none() && !objects.answers.is_multiple_of(2) {
            let message = "Another object with the same value for property uniqueName already exists.";
            return (400, refusal("Request_BadRequest", message));
        }
        let mut app = latest(&objects.applications[index]).unwrap().clone();
        app.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        objects.applications[index].push((from, Some(app)));
        return (204, Value::Null);
    }
    let mut app = body;
    app["id"] = objects.id().into();
    app["appId"] = objects.id().into();
    app["uniqueName"] = unique_name.into();
    app["keyCredentials"] = json!([]);
    objects.make(Kind::Application, app, from)
}

fn changed(objects: &mut Objects, id: &str, body: &Value, now: SystemTime, from: SystemTime) -> Answer {
    let Some(index) = index_of(&objects.applications, "id", id) else { return absent() };
    if seen(&objects.applications[index], now).is_none() {
        return absent();
    }
    let mut app = latest(&objects.applications[index]).unwrap().clone();
    if let Some(access) = body.get("requiredResourceAccess") {
        app["requiredResourceAccess"] = access.clone();
    }
    if let Some(keys) = body.get("keyCredentials").and_then(Value::as_array) {
        let before = app["keyCredentials"].as_array().unwrap().clone();
        let known = |key: &Value| !key["key"].is_null() || before.iter().any(|old| old["keyId"] == key["keyId"]);
        if !keys.iter().all(known) {
            return (400, refusal("Request_BadRequest", "No value found for the key of a credential."));
        }
        let keys: Vec<Value> = keys.iter().map(|key| stored(objects, key, &before)).collect();
        app["keyCredentials"] = keys.into();
    }
    objects.applications[index].push((from, Some(app)));
    (204, Value::Null)
}

/// An entry that was sent back keeps what it was; a new one gets its id and the thumbprint, in either of its forms.
pub(crate) fn stored(objects: &mut Objects, key: &Value, before: &[Value]) -> Value {
    if let Some(known) = key.get("keyId").and_then(|id| before.iter().find(|known| known["keyId"] == *id)) {
        return known.clone();
    }
    let der = STANDARD.decode(key["key"].as_str().unwrap()).unwrap();
    let certificate = Certificate::from_bytes(&der).unwrap();
    let id = objects.id();
    let hexadecimal = objects.next.is_multiple_of(2);
    let thumbprint = certificate.thumbprint();
    let mut key = key.clone();
    key["customKeyIdentifier"] = if hexadecimal { thumbprint.to_string() } else { thumbprint.base64() }.into();
    key["keyId"] = id.into();
    key["endDateTime"] = "2056-01-01T00:00:00Z".into();
    key
}

fn service_principal(objects: &mut Objects, body: &Value, now: SystemTime, from: SystemTime) -> Answer {
    let app_id = body["appId"].as_str().unwrap();
    if index_of(&objects.service_principals, "appId", app_id).is_some() {
        let message = format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
        );
        return (409, refusal("Request_MultipleObjectsWithSameKeyValue", &message));
    }
    let own = objects.applications.iter().filter_map(|v| seen(v, now)).any(|app| app["appId"] == app_id);
    let of_microsoft = app_id.starts_with("0000000");
    let known = of_microsoft && app_id.contains("0ff1-ce00");
    if !own && !known {
        return (
            400,
            refusal(
                "NoBackingApplicationObject",
                &format!(
                    "The appId '{app_id}' of the service principal does not reference a valid application object."
                ),
            ),
        );
    }
    let id = objects.id();
    let roles = if own { Value::Null } else { json!([]) };
    objects.make(
        Kind::ServicePrincipal,
        json!({ "id": id, "appId": app_id, "appRoles": roles, "accountEnabled": true }),
        from,
    )
}

fn assigned(objects: &mut Objects, kind: Kind, body: Value, now: SystemTime, from: SystemTime) -> Answer {
    let known = |id: &Value| objects.service_principals.iter().filter_map(|v| seen(v, now)).any(|sp| sp["id"] == *id);
    if !known(&body["principalId"]) || !(matches!(kind, Kind::Role) || known(&body["resourceId"])) {
        return (400, refusal("Request_BadRequest", "Not a valid reference update."));
    }
    let same = objects.all(kind).iter().filter_map(latest).any(|known| {
        body.as_object().unwrap().iter().all(|(name, value)| name.starts_with('@') || known[name] == *value)
    });
    if same {
        let message = match kind {
            Kind::Role => {
                "A conflicting object with one or more of the specified property values is present in the directory."
            }
            _ => "Permission being assigned already exists on the object",
        };
        return (400, refusal("Request_BadRequest", message));
    }
    let mut object = body;
    object["id"] = format!("opaque-{}", objects.id()).into();
    objects.make(kind, object, from)
}

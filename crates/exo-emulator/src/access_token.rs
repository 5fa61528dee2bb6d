//! Access tokens: made, signed, and remembered, so that the admin API knows its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::app::App;
use crate::directory::Resource;
use crate::requested_claims::RequestedClaims;
use crate::roles;
use crate::world::World;

/// What the admin API needs to know of a token that was issued.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) app: usize,
    pub(crate) audience: String,
    pub(crate) expires: i64,
    pub(crate) roles: Vec<String>,
    pub(crate) wids: Vec<String>,
    /// What the request wanted to be in it.
    pub(crate) requested: RequestedClaims,
    /// What a person's token has and an app's has not.
    pub(crate) delegated: Option<Delegated>,
}

/// What a tool may do in the name of a person.
#[derive(Clone, Debug)]
pub(crate) struct Delegated {
    pub(crate) scopes: Vec<String>,
}

impl Issued {
    /// A token of an app that says nothing yet.
    pub(crate) fn of(app: usize, expires: i64) -> Self {
        Self {
            app,
            audience: String::new(),
            expires,
            roles: Vec::new(),
            wids: Vec::new(),
            requested: RequestedClaims::default(),
            delegated: None,
        }
    }
}

/// All tokens that this emulator issued, and which of them were revoked.
#[derive(Debug, Default)]
pub(crate) struct TokenBook(Mutex<HashMap<String, Option<Arc<Issued>>>>);

impl TokenBook {
    fn keep(&self, token: &str, issued: Issued) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.insert(token.to_owned(), Some(Arc::new(issued)));
    }

    pub(crate) fn find(&self, token: &str) -> Option<Arc<Issued>> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.get(token).cloned().flatten()
    }

    pub(crate) fn revoke(&self, token: &str) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = book.get_mut(token) {
            *entry = None;
        }
    }
}

/// What a token is made for.
pub(crate) struct Grant<'a> {
    world: &'a World,
    app: usize,
    audience: &'a str,
    resource: Option<&'static Resource>,
    requested: RequestedClaims,
}

/// How long a token lives whose client can answer a claims challenge, in seconds.
const LONG_LIFE: u32 = 86_399;

impl<'a> Grant<'a> {
    /// A token for the app of this number; `resource` is the application behind the audience, if its roles count.
    pub(crate) fn new(world: &'a World, app: usize, audience: &'a str, resource: Option<&'static Resource>) -> Self {
        Self { world, app, audience, resource, requested: RequestedClaims::default() }
    }

    /// What the client wants to be in the token.
    pub(crate) fn requested(mut self, claims: RequestedClaims) -> Self {
        self.requested = claims;
        self
    }

    /// The `expires_in` of the token.
    pub(crate) fn life(&self) -> u32 {
        let tenant = &self.world.tenant;
        let is_machine = self.world.app(self.app).is_some_and(|app| app.managed_identity.is_some());
        match self.requested.declares_cp1() {
            true => LONG_LIFE,
            false if is_machine => tenant.machine.token_lifetime,
            false => tenant.token_lifetime,
        }
    }

    /// The application's roles that were granted and are known by now.
    fn roles(&self, app: &App) -> Vec<String> {
        let now = self.world.clock.now_millis();
        let permissions = |resource| self.world.directory.read().permissions_of(&app.id, resource, now);
        self.resource.map(permissions).unwrap_or_default()
    }

    /// The directory roles that are known by now, and the id that is none.
    fn wids(&self, app: &App) -> Vec<String> {
        let mut roles = self.world.directory.read().roles_of(&app.id, self.world.clock.now_millis());
        roles.push(roles::MARKER.to_owned());
        roles
    }
}

/// Makes a token, signs it and keeps it.
pub(crate) fn issue(grant: Grant<'_>) -> Option<String> {
    let Grant { world, app: number, audience, .. } = grant;
    let (tenant, now) = (&world.tenant, world.clock.now());
    let app = &*world.app(number)?;
    let (roles, wids) = (grant.roles(app), grant.wids(app));
    let principal = app.object_id();
    let identity = app.managed_identity.as_ref();
    let issuer = tenant.cloud.issuer(&tenant.id);
    let expires = now + i64::from(grant.life());
    let claims = Claims {
        aud: audience,
        iss: &issuer,
        iat: now - 301,
        nbf: now - 301,
        exp: expires,
        aio: "k2RgYPhjx3Xp7/5cFoEzUy5LAQA=",
        app_displayname: identity.is_none().then_some(&app.display_name),
        appid: &app.id,
        appidacr: "2",
        idp: &issuer,
        idtyp: "app",
        oid: &principal,
        rh: "1.AAAAUmoPe00cbkqdUy8fbwyOEQIAAAAAAPEPzgAAAAAAAADPAAA.",
        roles: &roles,
        sub: &principal,
        tid: &tenant.id,
        uti: &fresh(),
        ver: "1.0",
        wids: &wids,
        xms_cc: if grant.requested.declares_cp1() { &["cp1"] } else { &[] },
        xms_mirid: identity.map(|identity| identity.resource_id.as_str()),
        xms_tcdt: 1_500_000_000,
    };
    let audience = audience.to_owned();
    let kept = Issued { audience, roles: roles.clone(), wids: wids.clone(), ..Issued::of(number, expires) };
    sign(world, &claims, Issued { requested: grant.requested, ..kept })
}

/// Signs claims, and keeps what the services need to know of them.
pub(crate) fn sign(world: &World, claims: &impl Serialize, issued: Issued) -> Option<String> {
    let key = &world.token_key;
    let header = Header { typ: "JWT", nonce: &fresh(), alg: "ES256", x5t: &key.id, kid: &key.id };
    let message = format!("{}.{}", encoded(&header)?, encoded(claims)?);
    let token = format!("{message}.{}", key.sign(&message)?);
    world.tokens.keep(&token, issued);
    Some(token)
}

fn encoded(part: &impl Serialize) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).ok()?))
}

/// Sixteen random bytes, as text.
fn fresh() -> String {
    let mut bytes = [0_u8; 16];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => URL_SAFE_NO_PAD.encode(bytes),
        Err(_) => String::new(),
    }
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'a str,
    nonce: &'a str,
    alg: &'a str,
    x5t: &'a str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
    aio: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_displayname: Option<&'a String>,
    appid: &'a str,
    appidacr: &'a str,
    idp: &'a str,
    idtyp: &'a str,
    oid: &'a str,
    rh: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    roles: &'a [String],
    sub: &'a str,
    tid: &'a str,
    uti: &'a str,
    ver: &'a str,
    wids: &'a [String],
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    xms_cc: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    xms_mirid: Option<&'a str>,
    xms_tcdt: i64,
}

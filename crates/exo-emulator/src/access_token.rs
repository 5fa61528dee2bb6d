//! Access tokens: made, signed, and remembered, so that the admin API knows its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::app::Service;
use crate::certificates::TokenKey;
use crate::guid::Guid;
use crate::mix::mix_text;
use crate::roles;
use crate::tenant::Tenant;

/// What the admin API needs to know of a token that was issued.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) app: usize,
    pub(crate) audience: String,
    pub(crate) expires: i64,
    pub(crate) roles: Vec<String>,
    pub(crate) wids: Vec<String>,
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
    pub(crate) tenant: &'a Tenant,
    pub(crate) app: usize,
    pub(crate) audience: &'a str,
    /// The application behind the audience; none when it is Microsoft Graph.
    pub(crate) service: Option<Service>,
    pub(crate) now: i64,
}

/// Makes a token, signs it and keeps it.
pub(crate) fn issue(grant: &Grant<'_>, key: &TokenKey, book: &TokenBook) -> Option<String> {
    let Grant { tenant, app: number, audience, service, now } = *grant;
    let app = tenant.apps.get(number)?;
    let permitted = app.consented && service.is_some_and(|s| app.permissions.contains(&s));
    let roles: Vec<String> = permitted.then(|| "Exchange.ManageAsApp".to_owned()).into_iter().collect();
    let mut wids = app.roles.clone();
    wids.push(roles::MARKER.to_owned());
    let principal = Guid::hashed(mix_text(0x5350, &app.id), 0).to_string();
    let issuer = format!("https://sts.windows.net/{}/", tenant.id);
    let expires = now + i64::from(tenant.token_lifetime);
    let claims = Claims {
        aud: audience,
        iss: &issuer,
        iat: now - 301,
        nbf: now - 301,
        exp: expires,
        aio: "k2RgYPhjx3Xp7/5cFoEzUy5LAQA=",
        app_displayname: &app.display_name,
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
        xms_tcdt: 1_500_000_000,
    };
    let header = Header { typ: "JWT", nonce: &fresh(), alg: "ES256", x5t: &key.id, kid: &key.id };
    let message = format!("{}.{}", encoded(&header)?, encoded(&claims)?);
    let token = format!("{message}.{}", key.sign(&message)?);
    book.keep(&token, Issued { app: number, audience: audience.to_owned(), expires, roles, wids });
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
    app_displayname: &'a str,
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
    xms_tcdt: i64,
}

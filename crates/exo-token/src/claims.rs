//! What an access token says of itself, for explanations only.

use crate::claim_lines::{self, ClaimLine};
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use exo_model::{AccessToken, Scope};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// Why a token says nothing that could be read; no reason not to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// It is not three parts with dots between them.
    #[error("the access token is not a JWT, so that its claims cannot be shown")]
    NotAJwt,
    /// The middle part is not a JSON object in base64url.
    #[error("the access token's claims are not a JSON object in base64url")]
    NotAnObject,
}

/// The claims of an access token that explain what it opens, named as in the token.
///
/// They are not verified, and nothing may be allowed or forbidden by them: the token is the service's business.
///
/// ```
/// use exo_model::{AccessToken, Secret};
/// use exo_token::Claims;
/// use std::time::SystemTime;
///
/// let token = AccessToken::new(Secret::from("opaque"), SystemTime::UNIX_EPOCH);
/// assert!(Claims::decode(&token).is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The resource, as a URI or as the GUID of its app.
    pub aud: Option<String>,
    /// Who issued it.
    pub iss: Option<String>,
    /// The tenant's GUID.
    pub tid: Option<String>,
    /// The app: `appid` in tokens of version 1.0, `azp` in those of 2.0.
    pub app_id: Option<String>,
    /// How the app proved itself: `0` not at all, `1` by a secret, `2` by a certificate or assertion.
    pub app_acr: Option<String>,
    /// The app's display name.
    pub app_display_name: Option<String>,
    /// The object id of the app's service principal.
    pub oid: Option<String>,
    /// `app` or `user`; absence proves nothing.
    pub idtyp: Option<String>,
    /// The app roles that are granted on this resource.
    pub roles: Vec<String>,
    /// The template ids of directory roles that hold in the whole tenant.
    pub wids: Vec<String>,
    /// The delegated permissions; only a user's token has them.
    pub scp: Option<String>,
    /// The user's name, in a user's token.
    pub upn: Option<String>,
    /// When it was issued.
    pub iat: Option<SystemTime>,
    /// From when it is taken.
    pub nbf: Option<SystemTime>,
    /// Until when it is taken.
    pub exp: Option<SystemTime>,
    /// The version of the token's form.
    pub ver: Option<String>,
    /// The tenant's region, in tokens for Microsoft Graph.
    pub tenant_region_scope: Option<String>,
    /// The id of the managed identity, in tokens of one.
    pub xms_mirid: Option<String>,
    /// Whom the token is about; for an app the same as `oid`.
    pub sub: Option<String>,
    /// Who vouched for the app.
    pub idp: Option<String>,
    /// What the client said it can do; `cp1` means that it answers claims challenges.
    pub xms_cc: Vec<String>,
    /// When the tenant was created.
    pub xms_tcdt: Option<SystemTime>,
    /// The token's own id, for Microsoft's support.
    pub uti: Option<String>,
    /// All claims, to be shown.
    pub(crate) lines: Vec<ClaimLine>,
}

impl Claims {
    /// Reads the claims of a token; what is missing or of another type is left out.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] if there is nothing to be read, which is no reason not to use the token.
    pub fn decode(token: &AccessToken) -> Result<Self, ClaimsError> {
        Self::of_jwt(token.secret().expose())
    }

    /// The same of any JWT.
    pub(crate) fn of_jwt(text: &str) -> Result<Self, ClaimsError> {
        let mut parts = text.split('.');
        let (Some(_), Some(middle), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(ClaimsError::NotAJwt);
        };
        let bytes = BASE64URL.decode(middle).map_err(|_| ClaimsError::NotAnObject)?;
        let members: Map<String, Value> = serde_json::from_slice(&bytes).map_err(|_| ClaimsError::NotAnObject)?;
        Ok(Self::of(&members))
    }

    /// Whether the token is an app's own; a user's has delegated permissions.
    pub fn is_app_only(&self) -> bool {
        self.scp.is_none() && self.idtyp.as_deref().is_none_or(|t| t.eq_ignore_ascii_case("app"))
    }

    /// Whether the token is for the resource of this scope; `None` if it names it by the GUID of its app.
    pub fn is_for(&self, scope: &Scope) -> Option<bool> {
        let aud = self.aud.as_deref()?;
        let without = aud.strip_suffix('/').unwrap_or(aud);
        without.contains("://").then(|| without.eq_ignore_ascii_case(scope.audience()))
    }

    /// Whether an app role is among the granted ones.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }

    /// The directory roles without the marker that every app-only token carries.
    pub fn directory_roles(&self) -> impl Iterator<Item = &str> {
        self.wids.iter().map(String::as_str).filter(|id| *id != MARKER)
    }

    fn of(members: &Map<String, Value>) -> Self {
        let text = |name: &str| members.get(name).and_then(text);
        let time = |name: &str| members.get(name).and_then(time);
        Self {
            aud: text("aud").or_else(|| list(members.get("aud")).into_iter().next()),
            iss: text("iss"),
            tid: text("tid"),
            app_id: text("appid").or_else(|| text("azp")),
            app_acr: text("appidacr").or_else(|| text("azpacr")),
            app_display_name: text("app_displayname"),
            oid: text("oid"),
            idtyp: text("idtyp"),
            roles: list(members.get("roles")),
            wids: list(members.get("wids")).into_iter().map(|id| id.to_ascii_lowercase()).collect(),
            scp: text("scp"),
            upn: text("upn"),
            iat: time("iat"),
            nbf: time("nbf"),
            exp: time("exp"),
            ver: text("ver"),
            tenant_region_scope: text("tenant_region_scope"),
            xms_mirid: text("xms_mirid"),
            sub: text("sub"),
            idp: text("idp"),
            xms_cc: list(members.get("xms_cc")),
            xms_tcdt: time("xms_tcdt"),
            uti: text("uti"),
            lines: claim_lines::lines(members),
        }
    }
}

/// A role id without a role: app-only tokens carry it in every tenant.
const MARKER: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";

/// Padding is not foreseen, and not refused.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true)
        .with_encode_padding(false),
);

/// As a terminal may show it: whoever registers an app chooses its name, and given tokens come from anywhere.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Characters of a claim at most.
const LONGEST: usize = 600;

fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(other) => text(other).into_iter().collect(),
        None => Vec::new(),
    }
}

pub(crate) fn time(value: &Value) -> Option<SystemTime> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    SystemTime::UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Secret;
    use proptest::prelude::*;

    fn decode(payload: &[u8]) -> Result<Claims, ClaimsError> {
        let text = format!("e30.{}.c2ln", BASE64URL.encode(payload));
        Claims::decode(&AccessToken::new(Secret::new(text), SystemTime::UNIX_EPOCH))
    }

    #[test]
    fn an_app_only_token_is_explained() {
        let claims = decode(
            br#"{"aud":"https://outlook.office365.com","iat":1780000000,"exp":"1780003900","appid":"36ee","appidacr":"2",
            "app_displayname":"ExO","oid":"c0b5","roles":["Exchange.ManageAsApp"],"tid":"7b0f","ver":"1.0",
            "wids":["29232CDF-9323-42fd-ade2-1d097af3e4de","0997a1d0-0d1d-4acb-b408-d5ca73121e90"]}"#,
        )
        .unwrap();
        assert!(claims.is_app_only() && claims.has_role("Exchange.ManageAsApp"));
        assert_eq!(claims.app_id.as_deref(), Some("36ee"));
        assert_eq!(claims.exp, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_003_900)));
        assert_eq!(claims.directory_roles().collect::<Vec<_>>(), ["29232cdf-9323-42fd-ade2-1d097af3e4de"]);
        assert_eq!(claims.is_for(&Scope::new("https://outlook.office365.com/.default")), Some(true));
        assert_eq!(claims.is_for(&Scope::new("https://ps.compliance.protection.outlook.com/.default")), Some(false));
    }

    #[test]
    fn a_users_token_is_known() {
        assert!(!decode(br#"{"scp":"User.Read"}"#).unwrap().is_app_only());
        assert!(!decode(br#"{"idtyp":"user"}"#).unwrap().is_app_only());
        assert!(decode(br#"{"azp":"36ee","ver":"2.0"}"#).unwrap().is_app_only());
    }

    #[test]
    fn an_audience_may_be_a_guid_or_end_in_a_slash() {
        let scope = Scope::new("https://outlook.office365.com/.default");
        assert_eq!(decode(br#"{"aud":"00000002-0000-0ff1-ce00-000000000000"}"#).unwrap().is_for(&scope), None);
        assert_eq!(decode(br#"{"aud":"https://outlook.office365.com/"}"#).unwrap().is_for(&scope), Some(true));
    }

    #[test]
    fn what_is_of_another_type_is_left_out() {
        let claims = decode(br#"{"roles":{"a":1},"wids":null,"exp":-1,"iat":1e300,"tid":[]}"#).unwrap();
        assert_eq!(Claims { lines: Vec::new(), ..claims }, Claims::default());
    }

    #[test]
    fn no_claim_steers_or_fills_a_terminal() {
        let name = "x".repeat(5000);
        let claims = serde_json::json!({ "aud": "\u{1b}[2Ja\r\nb", "app_displayname": name, "roles": ["a\u{7}"] });
        let claims = decode(claims.to_string().as_bytes()).unwrap();
        assert_eq!(claims.aud.as_deref(), Some(" [2Ja  b"));
        assert_eq!(claims.app_display_name.map(|name| name.len()), Some(600));
        assert_eq!(claims.roles, ["a "]);
    }

    #[test]
    fn what_is_no_jwt_is_told() {
        let of = |text: &str| Claims::decode(&AccessToken::new(Secret::from(text), SystemTime::UNIX_EPOCH));
        assert_eq!(of("opaque"), Err(ClaimsError::NotAJwt));
        assert_eq!(of("a.b.c.d.e"), Err(ClaimsError::NotAJwt));
        assert_eq!(of("a.!.c"), Err(ClaimsError::NotAnObject));
        assert_eq!(decode(b"[]"), Err(ClaimsError::NotAnObject));
    }

    #[test]
    fn every_claim_is_shown_with_its_meaning_and_none_can_fill_the_screen() {
        let claims =
            decode(br#"{"zz":{"a":[1]},"exp":1780003900,"wids":["a","b"],"aud":"https://x","nonce":"a\nb"}"#).unwrap();
        let lines: Vec<_> =
            claims.lines().iter().map(|l| (l.name.as_str(), l.value.as_str(), !l.meaning.is_empty())).collect();
        assert_eq!(
            lines,
            [
                ("aud", "https://x", true),
                ("exp", "2026-05-28T21:31:40Z", true),
                ("wids", "a, b", true),
                ("nonce", "a b", false),
                ("zz", r#"{"a":[1]}"#, false),
            ]
        );
        let long = decode(format!(r#"{{"aud":"{}"}}"#, "ä".repeat(5000)).as_bytes()).unwrap();
        assert_eq!(long.lines()[0].value.chars().count(), 601);
        let many: Map<_, _> = (0..5000).map(|n| (format!("c{n}"), n.into())).collect();
        assert_eq!(decode(Value::Object(many).to_string().as_bytes()).unwrap().lines().len(), 100);
    }

    proptest! {
        #[test]
        fn any_token_is_read_without_panic(text: String, payload: Vec<u8>) {
            drop(Claims::decode(&AccessToken::new(Secret::new(text), SystemTime::UNIX_EPOCH)));
            drop(decode(&payload));
        }
    }
}

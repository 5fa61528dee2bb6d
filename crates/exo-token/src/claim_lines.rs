//! The claims of a token in words: one line each.

use crate::{Claims, timestamp};
use serde_json::{Map, Value};

/// One claim as it is shown: its name, its value, and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimLine {
    /// The name in the token.
    pub name: String,
    /// The value: lists with commas, times as RFC 3339; cut where it is very long.
    pub value: String,
    /// What it means; empty where nothing is known of it.
    pub meaning: &'static str,
}

impl Claims {
    /// All claims of the token with what they mean, those first that decide whether it works.
    pub fn lines(&self) -> &[ClaimLine] {
        &self.lines
    }
}

/// The lines of a token's members: the known ones in the order of the table, then the rest by name.
pub(crate) fn lines(members: &Map<String, Value>) -> Vec<ClaimLine> {
    let line = |name: &str, meaning| {
        let value = members.get(name)?;
        let is_time = TIMES.contains(&name);
        Some(ClaimLine { name: cut(name), value: cut(&shown(value, is_time)), meaning })
    };
    let known = MEANINGS.iter().filter_map(|(name, meaning)| line(name, meaning));
    let is_known = |name: &String| MEANINGS.iter().any(|(known, _)| known == name);
    let rest = members.keys().filter(|name| !is_known(name)).filter_map(|name| line(name, ""));
    known.chain(rest).take(MOST).collect()
}

fn shown(value: &Value, is_time: bool) -> String {
    let time = is_time.then(|| crate::claims::time(value)).flatten();
    match (time, value) {
        (Some(time), _) => timestamp::show(time),
        (None, Value::String(text)) => text.clone(),
        (None, Value::Array(items)) => {
            items.iter().take(MOST).map(|item| shown(item, false)).collect::<Vec<_>>().join(", ")
        }
        (None, other) => other.to_string(),
    }
}

/// One line of bounded length.
fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

const TIMES: &[&str] = &["iat", "nbf", "exp", "xms_tcdt"];
/// More lines than this are not kept.
const MOST: usize = 100;
/// More of a value than this is not kept.
const LONGEST: usize = 600;

/// What Microsoft's reference says of each claim, in short.
const MEANINGS: &[(&str, &str)] = &[
    ("aud", "the resource that takes the token; each service needs its own"),
    ("tid", "the tenant"),
    ("exp", "the service takes the token until then"),
    ("nbf", "the service takes the token from then; set back by five minutes"),
    ("iat", "issued then; set back by five minutes"),
    ("roles", "the application permissions on this resource; Exchange.ManageAsApp is the one that cmdlets need"),
    ("wids", "template ids of directory roles that hold in the whole tenant; role groups of Exchange do not show"),
    ("scp", "delegated permissions: the token acts for a user"),
    ("idtyp", "app or user; may be missing"),
    ("appid", "the app (client) id"),
    ("azp", "the app (client) id"),
    ("app_displayname", "the app's name"),
    ("appidacr", "how the app proved itself: 0 not at all, 1 by a secret, 2 by a certificate or an assertion"),
    ("azpacr", "how the app proved itself: 0 not at all, 1 by a secret, 2 by a certificate or an assertion"),
    ("oid", "object id of the enterprise application, by which roles are assigned to it"),
    ("sub", "whom the token is about; the same as oid for an app"),
    ("upn", "the user's name"),
    ("iss", "who issued the token"),
    ("idp", "who vouched for the app"),
    ("ver", "the form of the token: 1.0 has appid and appidacr, 2.0 azp and azpacr"),
    ("tenant_region_scope", "the tenant's region"),
    ("xms_mirid", "the resource id of the managed identity"),
    ("xms_cc", "what the client can do: cp1 means that it answers claims challenges"),
    ("xms_tcdt", "when the tenant was created"),
    ("sid", "the session; internal to the token service"),
    ("aio", "internal to the token service"),
    ("rh", "internal to the token service"),
    ("uti", "the token's own id, for Microsoft's support"),
];

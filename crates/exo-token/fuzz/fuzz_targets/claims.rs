//! Whatever a token says of itself is read, or is said not to be a JWT.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_model::{AccessToken, Scope, Secret};
use exo_token::Claims;
use libfuzzer_sys::fuzz_target;
use std::time::SystemTime;

fuzz_target!(|data: &[u8]| {
    let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(data));
    let raw = String::from_utf8_lossy(data).into_owned();
    for text in [jwt, raw] {
        let Ok(claims) = Claims::decode(&AccessToken::new(Secret::new(text), SystemTime::UNIX_EPOCH)) else { continue };
        assert!(claims.directory_roles().count() <= claims.wids.len());
        assert!(claims.roles.iter().all(|role| claims.has_role(role)));
        assert!(!claims.is_app_only() || claims.scp.is_none());
        let scope = Scope::new("https://outlook.office365.com/.default");
        assert!(claims.is_for(&scope).is_none() || claims.aud.is_some());
    }
});

//! Whatever link to the next page the service gives, the token goes to the host of the first page, unchanged, or nowhere.
#![no_main]

use exo_http::response;
use exo_session_fuzz::{HOST, run};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // Half of the inputs begin where a link has to begin.
    let link = if data.len() % 2 == 0 { text.into_owned() } else { format!("https://{HOST}/{text}") };
    let first = json!({"value": [{"a": 1}], "@odata.nextLink": link}).to_string();
    let last = json!({"value": [{"a": 2}]}).to_string();
    let outcome = run([response(200, &[], first), response(200, &[], last)]);
    let followed = outcome.asked.len() > 1;
    assert_eq!(followed, outcome.records.len() == 2, "{outcome:?}");
    assert!(followed || link.is_empty() || outcome.end.is_err(), "a link was passed over: {link:?}");
    if followed {
        let (_, path) = link.split_once("://").expect("a scheme");
        let path = path.find(['/', '?', '#']).map_or("", |at| &path[at..]);
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        assert!(outcome.asked[1].ends_with(&path), "{link:?} became {:?}", outcome.asked[1]);
    }
});

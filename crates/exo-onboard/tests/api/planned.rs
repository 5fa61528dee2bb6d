//! What is done is what was planned.

use crate::world::{World, wanted};
use exo_onboard::{Kept, plan};
use std::collections::BTreeMap;

const SEPARATORS: [char; 10] = ['/', '\'', '"', '(', ')', '=', ',', '{', '}', '?'];

/// Ids and markers, each by the order in which it first comes.
fn numbered(text: &str, known: &mut BTreeMap<String, usize>) -> String {
    let mut out = String::new();
    for part in text.split_inclusive(SEPARATORS) {
        let word = part.trim_end_matches(SEPARATORS);
        let is_id = word.starts_with("00000000-0000-4000") || word.starts_with("object id") || word == "app id";
        if is_id || word.starts_with("exoctl-") {
            let next = known.len();
            known.entry(word.to_owned()).or_insert(next);
            out.push_str("ID");
            out.push_str(part.get(word.len()..).unwrap_or_default());
        } else {
            out.push_str(part);
        }
    }
    out.replace("{ID}", "ID")
}

#[tokio::test]
async fn what_is_done_is_what_was_planned() {
    let world = World::with_lag(0);
    // Nothing is there, the services' principals neither, as in a plan.
    world.directory.with(|objects| objects.service_principals.clear());
    world.run(&wanted()).await.unwrap().unwrap();
    let mut done = world.directory.bodies();
    // What was changed without an answer that tells its id is looked at once more.
    done.dedup();

    let plan = plan(&wanted(), &Kept::new());
    let planned: Vec<(String, String)> = plan
        .calls()
        .map(|call| {
            let body = call.body.as_ref().map(ToString::to_string).unwrap_or_default();
            (format!("{} /v1.0{}", call.method, call.path), body)
        })
        .collect();
    let shown = |calls: Vec<(String, String)>| -> Vec<(String, String)> {
        let mut known = BTreeMap::new();
        calls.iter().map(|(call, body)| (numbered(call, &mut known), numbered(body, &mut known))).collect()
    };
    let (done, planned) = (shown(done), shown(planned));
    for (index, planned) in planned.iter().enumerate() {
        assert!(done.contains(planned), "call {index} was planned and not made: {planned:#?}\n{done:#?}");
    }
    for made in &done {
        assert!(planned.contains(made), "not planned: {made:#?}");
    }
}

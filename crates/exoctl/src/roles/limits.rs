//! `exoctl roles --limits`: what is unsupported for apps, and what to use instead.

use crate::arguments::Results;
use crate::failure::Result;
use crate::table;
use exo_model::Service;
use exo_rbac::{Boundary, Certainty, Limit};
use serde_json::{Value, json};

/// Prints a row for each cmdlet that is or was listed, then for what is no single cmdlet.
pub(super) fn run(services: &[Service], results: &Results) -> Result<()> {
    let columns = table::texts(&["service", "what", "since", "until", "instead", "known"]);
    let limits = exo_rbac::limits().iter().filter(|limit| services.contains(&limit.service)).map(of_limit);
    let boundaries = exo_rbac::boundaries().iter().filter(|about| services.contains(&about.service)).map(of_boundary);
    table::write(&columns, limits.chain(boundaries), results)
}

fn of_limit(limit: &Limit) -> Vec<Value> {
    let instead = limit.instead.map(|instead| match instead.certainty {
        Certainty::Documented => instead.with.to_owned(),
        _ => format!("reported: {}", instead.with),
    });
    let search = limit.search_only.then(|| "needs a search-only session".to_owned());
    let symptom = limit.symptom.map(|symptom| format!("reported: {symptom}"));
    let known: Vec<String> = search.into_iter().chain(symptom).collect();
    vec![
        json!(limit.service),
        json!(limit.cmdlet),
        json!(limit.since),
        json!(limit.until),
        json!(instead),
        if known.is_empty() { Value::Null } else { json!(known.join("; ")) },
    ]
}

fn of_boundary(boundary: &Boundary) -> Vec<Value> {
    let (service, about) = (json!(boundary.service), json!(boundary.about));
    vec![service, about, Value::Null, Value::Null, Value::Null, json!(boundary.known)]
}

//! Every hazard of the boundary, in every carrier that survives it.

use crate::world::{World, carriers};
use exo_plugin_host::Outcome;
use serde_json::json;

#[test]
fn a_report_streams_its_rows() {
    for carrier in carriers() {
        let (end, told) = World::new(carrier).run("stream");
        assert!(end.is_complete(), "{end:?}");
        assert_eq!(end.rows, 6);
        assert_eq!(told.rows.lock().unwrap()[0], json!(["user0@page0", 1]));
        let [call] = end.calls.as_slice() else { panic!("{end:?}") };
        assert_eq!((call.count, call.completeness.pages, call.completeness.records), (1, 2, 6));
        assert!(matches!(end.outcome, Outcome::Ok));
    }
}

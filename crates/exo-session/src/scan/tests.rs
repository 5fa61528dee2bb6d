//! The scanner against `serde_json`, and against damage of every kind.

use super::*;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn records(body: &str) -> Vec<&str> {
    let envelope = scan(body.as_bytes()).unwrap();
    envelope.records.iter().map(|s| body.get(s.start as usize..s.end as usize).unwrap()).collect()
}

/// What `serde_json` says the records are.
fn oracle(body: &str) -> Option<Vec<String>> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(body).ok()?;
    match members.get("value") {
        None => Some(Vec::new()),
        Some(value) if value.get() == "null" => Some(Vec::new()),
        Some(value) => {
            let list: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            Some(list.into_iter().map(|r| r.get().to_owned()).collect())
        }
    }
}

/// Whether whoever decodes the records will see JSON.
pub(super) fn are_json(body: &[u8], records: &[Span]) -> bool {
    let bytes = records.iter().map(|span| &body[span.start as usize..span.end as usize]);
    bytes.into_iter().all(|record| serde_json::from_slice::<&RawValue>(record).is_ok())
}

#[test]
fn records_are_found_wherever_value_stands() {
    assert_eq!(records(r#"{"value":[{"a":1},{"b":[2]}]}"#), [r#"{"a":1}"#, r#"{"b":[2]}"#]);
    assert_eq!(records(" { \"x\" : {\"value\":[9]} , \"value\" :\t[ 1 , \"]\" ] , \"y\":[[]] }\r\n"), ["1", "\"]\""]);
    assert_eq!(records(r#"{"v\u0061lue":[true]}"#), ["true"]);
}

#[test]
fn no_value_null_and_an_empty_list_are_no_records() {
    for body in ["{}", r#"{"value":null}"#, r#"{"value":[]}"#, r#"{"value": [ ] , "z":0}"#, r#"{"a":"value"}"#] {
        assert!(records(body).is_empty(), "{body}");
    }
}

#[test]
fn other_members_are_found() {
    let body = r##"{"@odata.context":"c","adminapi.warnings@odata.type":"#","@adminapi.warnings":["w"],"@odata.nextLink":"l\/","value":[],"@adminapi.errors":["e"]}"##;
    let found = scan(body.as_bytes()).unwrap();
    let text = |r: Option<Range<usize>>| body.get(r.unwrap()).unwrap();
    assert_eq!(text(found.context), r#""c""#);
    assert_eq!(text(found.warnings), r#"["w"]"#);
    assert_eq!(text(found.next_link), r#""l\/""#);
    assert_eq!(text(found.errors), r#"["e"]"#);
    assert_eq!(found.error, None);
}

#[test]
fn what_is_not_an_answer_is_an_error() {
    for bad in [
        "",
        " ",
        "[]",
        "null",
        "{",
        r#"{"value""#,
        r#"{"value":"#,
        r#"{"value":[}"#,
        r#"{"value":[{]}}"#,
        r#"{"value":[1,]}"#,
        r#"{"value":[1]},"#,
        r#"{"value":[1]}{}"#,
        r#"{"value":{}}"#,
        r#"{"value":"x"}"#,
        r#"{"value":[],"value":[]}"#,
        r#"{"a":01}"#,
        r#"{"a":1.}"#,
        r#"{"a":-}"#,
        r#"{"a":1e}"#,
        r#"{"a":tru}"#,
        r#"{"a":'b'}"#,
        "{a:1}",
        r#"{"a" 1}"#,
        r#"{"a":1,}"#,
        r#"{"a":"\x"}"#,
        r#"{"a":"\u12G4"}"#,
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "{\"value\":[]}\0",
    ] {
        assert!(scan(bad.as_bytes()).is_err(), "{bad}");
    }
    assert_eq!(scan(b"{\"a\":\"\xff\"}").unwrap_err().why, "it is not UTF-8");
}

#[test]
fn an_answer_cut_anywhere_is_an_error() {
    let body = r#"{"@odata.context":"c","value":[{"Näme":"\"a\\","n":-1.5e+3},{"t":[true,false,null,{}]}],"@odata.nextLink":"l"}"#;
    assert_eq!(records(body).len(), 2);
    for end in 0..body.len() {
        assert!(scan(&body.as_bytes()[..end]).is_err(), "{end}");
    }
    assert_eq!(scan(&body.as_bytes()[..40]).unwrap_err().why, "it breaks off");
}

#[test]
fn depth_is_bounded() {
    let nested = |n: usize| format!(r#"{{"value":[{}{}]}}"#, "[".repeat(n), "]".repeat(n));
    assert_eq!(records(&nested(120)).len(), 1);
    assert!(serde_json::from_str::<Value>(&nested(120)).is_ok());
    assert_eq!(scan(nested(122).as_bytes()).unwrap_err().why, "it is nested too deep");
}

#[test]
fn every_byte_is_seen_at_every_offset() {
    for lead in 0..20 {
        for byte in 0..=0x7f_u8 {
            let body = format!(r#"{{"a":"{}{}tail of it"}}"#, "x".repeat(lead), char::from(byte));
            assert_eq!(scan(body.as_bytes()).is_ok(), serde_json::from_str::<Value>(&body).is_ok(), "{lead} {byte}");
        }
    }
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\"\\\\\\[\\]{}:,\u{1}\u{1f} é]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6).prop_map(|m| json!(m)),
        ]
    })
}

fn any_answer() -> impl Strategy<Value = (String, usize)> {
    let name = prop_oneof![Just("value".to_owned()), Just("@odata.nextLink".to_owned()), any::<String>()];
    let others = prop::collection::btree_map(name, any_json(), 0..5);
    (others, prop::option::of(prop::collection::vec(any_json(), 0..8)), any::<bool>(), any::<prop::sample::Index>())
        .prop_map(|(mut members, list, pretty, cut)| {
            match list {
                Some(list) => members.insert("value".to_owned(), Value::from(list)),
                None => members.remove("value"),
            };
            let body = if pretty { serde_json::to_string_pretty(&members) } else { serde_json::to_string(&members) };
            let body = body.unwrap();
            let cut = cut.index(body.len());
            (body, cut)
        })
}

proptest! {
    #[test]
    fn the_records_are_those_of_serde_json((body, cut) in any_answer()) {
        let found: Vec<String> = records(&body).into_iter().map(str::to_owned).collect();
        prop_assert_eq!(Some(found), oracle(&body));
        prop_assert!(scan(&body.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn a_changed_byte_is_judged_as_serde_json_does((body, at) in any_answer(), byte: u8) {
        let mut bytes = body.into_bytes();
        bytes[at] = byte;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            prop_assert!(scan(&bytes).is_err());
            return Ok(());
        };
        match (scan(&bytes), oracle(text)) {
            (Ok(found), Some(expected)) => prop_assert_eq!(found.records.len(), expected.len()),
            // Names that occur twice are taken by serde_json, and lone surrogates are found by it in names only.
            (Err(error), Some(_)) => prop_assert_eq!(error.why, "`value` stands in it twice"),
            (Ok(found), None) => prop_assert!(text.contains("\\u") || !are_json(&bytes, &found.records), "{text}"),
            (Err(_), None) => {}
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _judged = scan(&bytes).is_ok();
    }

    #[test]
    fn brackets_and_quotes_are_judged_as_serde_json_does(text in "\\{\"value\":[\\[\\]{}\":,\\\\ 10ntrue.e-]{0,14}\\}") {
        let theirs = oracle(&text);
        if let Ok(found) = scan(text.as_bytes()) {
            let whole = are_json(text.as_bytes(), &found.records);
            prop_assert_eq!(whole.then_some(found.records.len()), theirs.map(|t| t.len()));
        } else {
            prop_assert!(theirs.is_none(), "{text}");
        }
    }
}

/// By hand: `cargo test -p exo-session --release -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement, meant for an optimised build"]
fn speed_of_the_scanner() {
    let record = |i: u32| {
        json!({
            "ExchangeGuid@data.type": "System.Guid", "ExchangeGuid@odata.type": "#Guid",
            "ExchangeGuid": format!("7a1f0c62-8a3e-4b63-9d9e-{i:012}"),
            "Identity": format!("user{i}"), "DisplayName": format!("Adele Vance {i}"),
            "UserPrincipalName": format!("user{i}@contoso.onmicrosoft.com"),
            "EmailAddresses@odata.type": "#Collection(String)",
            "EmailAddresses": [format!("SMTP:user{i}@contoso.com"), format!("smtp:user{i}@contoso.onmicrosoft.com")],
            "ProhibitSendQuota": "99 GB (106,300,440,576 bytes)", "ForwardingAddress": null,
            "WhenCreatedUTC@data.type": "System.DateTime", "WhenCreatedUTC": "2026-03-02T08:15:30.0000000Z",
            "HiddenFromAddressListsEnabled": false, "IsMailboxEnabled": true, "Priority": i,
            "DistinguishedName": format!("CN=user{i},OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=EURP000,DC=PROD,DC=OUTLOOK,DC=COM"),
            "AuditOwner": ["Update", "MoveToDeletedItems", "SoftDelete", "HardDelete"], "Languages": ["en-US"],
        })
    };
    let list: Vec<Value> = (0..3_300).map(record).collect();
    let body = serde_json::to_vec(&json!({"@odata.context": "c", "@adminapi.warnings": [], "value": list})).unwrap();
    let best = |work: &dyn Fn()| {
        (0..30)
            .map(|_| {
                let begin = std::time::Instant::now();
                work();
                begin.elapsed()
            })
            .min()
            .unwrap()
    };
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = |time: std::time::Duration| body.len() as f64 / 1e6 / time.as_secs_f64();
    let ours = best(&|| assert_eq!(std::hint::black_box(scan(&body)).unwrap().records.len(), 3_300));
    let theirs = best(&|| {
        std::hint::black_box(serde_json::from_slice::<BTreeMap<String, &RawValue>>(&body).unwrap());
    });
    println!(
        "{} bytes: scanner {:.0} MB/s, serde_json's RawValue of the outermost members alone {:.0} MB/s",
        body.len(),
        rate(ours),
        rate(theirs)
    );
}

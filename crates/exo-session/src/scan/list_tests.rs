//! Lists that are read 4 KiB at a time, against `serde_json` and against the scanner that goes byte by byte.

use super::tests::{any_json, are_json};
use super::*;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Where `serde_json` sees the records.
fn spans(body: &str) -> Vec<Span> {
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(body).unwrap();
    let records: Vec<&RawValue> = serde_json::from_str(members["value"].get()).unwrap();
    let places = records.iter().map(|record| {
        let start = record.get().as_ptr() as usize - body.as_ptr() as usize;
        Span { start: offset(start), end: offset(start + record.get().len()) }
    });
    places.collect()
}

/// An answer whose list begins after so many bytes, and what `serde_json` takes for a page of it.
fn answer(lead: usize, records: &[String]) -> String {
    format!(r#"{{"lead":"{}","value":[{}],"tail":1}}"#, "x".repeat(lead), records.join(","))
}

const HEAD: usize = r#"{"lead":"","value":["#.len();

/// The verdict of the byte-by-byte scanner: a space behind the bracket leaves the list to it.
fn byte_by_byte(body: &[u8], from: usize) -> Result<Vec<Span>, ScanError> {
    let spaced = [&body[..from], b" ", &body[from..]].concat();
    let found = scan(&spaced)?;
    Ok(found.records.iter().map(|span| Span { start: span.start - 1, end: span.end - 1 }).collect())
}

/// Objects and lists, as records are, many of them in a row.
fn any_records() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof!["[A-Za-z@.]{0,70}", "[\"\\\\\\[\\]{}:, é]{0,6}"];
    let object = prop::collection::btree_map(name, any_json(), 0..8).prop_map(Value::from_iter);
    let list = prop::collection::vec(any_json(), 0..4).prop_map(Value::from);
    let record = prop_oneof![8 => object, 1 => list].prop_map(|record| record.to_string());
    (prop::collection::vec(record, 0..12), 1_usize..40).prop_map(|(records, times)| {
        let repeated = records.iter().cycle().take(records.len() * times);
        repeated.cloned().collect()
    })
}

#[test]
fn a_list_is_read_whole_wherever_it_begins_and_ends() {
    let record =
        r#"{"Name":"J\u00f6rg \\\"x\\\\","n":[1,-2.5e+7,true,false,null,"",{},[]],"o":{"p":{"q":"[{"}}}"#.to_owned();
    for count in [0, 1, 2, 44, 45, 46, 90] {
        for lead in 0..130 {
            let body = answer(lead, &vec![record.clone(); count]);
            let list = list::read(body.as_bytes(), HEAD + lead).unwrap();
            assert_eq!(list.records, spans(&body), "{count} {lead}");
            assert!(body.as_bytes()[list.end..].starts_with(br#","tail""#) && list.ascii);
        }
    }
}

#[test]
fn what_is_wrong_or_no_object_is_left_to_the_other_scanner() {
    for wrong in [
        "",
        "{",
        "}",
        "[",
        "{}}",
        "{}{}",
        "{},",
        ",{}",
        "{}:{}",
        "{}1,{}",
        "{},1{}",
        "{},,{}",
        "{}\"a\"",
        "\"a\"{}",
        "1",
        "\"a\"",
        "null",
        "{\"a\":\"",
        "{\"a\":\"b\\\"}",
        "{\"a\":\"\"\"}",
        "[[]{}]}",
        "{\"a\":1}\\",
        "[]\"a\"",
        "{\"a\":1}x",
        "{}\n,{}",
        "{}, {}",
        " {}",
        "{} ",
    ] {
        for lead in 0..70 {
            let body = format!(r#"{{"lead":"{}","value":[{wrong}"#, "x".repeat(lead));
            assert!(list::read(body.as_bytes(), HEAD + lead).is_none(), "{wrong} {lead}");
            if !wrong.is_empty() {
                let body = body + "]}";
                assert!(list::read(body.as_bytes(), HEAD + lead).is_none(), "{wrong} {lead}");
            }
        }
    }
}

#[test]
fn what_is_wrong_within_a_record_is_left_to_its_reader() {
    for wrong in
        ["{1:2}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":tru}", "{\"a\":01}", "{\"a\":\"\\x\"}", "{]"]
    {
        for lead in 0..70 {
            let body = answer(lead, &["{}".to_owned(), wrong.to_owned(), "{}".to_owned()]);
            let found = list::read(body.as_bytes(), HEAD + lead).unwrap().records;
            assert_eq!(found.len(), 3, "{wrong} {lead}");
            assert!(!are_json(body.as_bytes(), &found), "{wrong} {lead}");
        }
    }
}

#[test]
fn bytes_beyond_ascii_are_checked_in_a_list_and_around_it() {
    let body = answer(0, &[r#"{"a":"é"}"#.to_owned()]);
    assert!(!list::read(body.as_bytes(), HEAD).unwrap().ascii);
    assert_eq!(scan(body.as_bytes()).unwrap().records.len(), 1);
    for place in [9, HEAD + 6, body.len() - 4] {
        let mut bytes = body.clone().replace("\"\"", "\"..\"").into_bytes();
        bytes[place] = 0xff;
        assert_eq!(scan(&bytes).unwrap_err(), ScanError { why: "it is not UTF-8", at: place });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_span_is_that_of_serde_json(records in any_records(), lead in 0_usize..70) {
        let body = answer(lead, &records);
        let list = list::read(body.as_bytes(), HEAD + lead).unwrap();
        let expected = spans(&body);
        prop_assert_eq!(&list.records, &expected);
        prop_assert_eq!(scan(body.as_bytes()).unwrap().records, expected);
    }

    #[test]
    fn damage_is_seen_around_records_or_stands_in_one(
        records in any_records(), lead in 0_usize..70, at: prop::sample::Index,
        byte in prop_oneof![prop::sample::select(b"\"\\{}[]:,1 ".to_vec()), any::<u8>()], how in 0..3,
    ) {
        let mut body = answer(lead, &records).into_bytes();
        let from = HEAD + lead;
        let at = from + at.index(body.len() - from);
        match how {
            0 => body[at] = byte,
            1 => body.insert(at, byte),
            _ => drop(body.remove(at)),
        }
        let slow = byte_by_byte(&body, from);
        match (scan(&body), slow) {
            (Ok(found), Ok(slow)) => prop_assert_eq!(found.records, slow),
            (Ok(found), Err(_)) => prop_assert!(!are_json(&body, &found.records)),
            (Err(_), slow) => prop_assert!(slow.is_err()),
        }
    }
}

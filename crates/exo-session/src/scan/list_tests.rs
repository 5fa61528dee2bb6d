//! Lists that are read 4 KiB at a time, against `serde_json` and against the scanner that goes byte by byte.

use super::tests::any_json;
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
        "{]",
        "[}",
        "{}}",
        "{}{}",
        "{},",
        ",{}",
        "{}:{}",
        "1",
        "\"a\"",
        "null",
        "{1:2}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 }",
        "{\"a\" :1}",
        "{,}",
        "{:}",
        "[,]",
        "[1,]",
        "[1 2]",
        "[\"a\"\"b\"]",
        "[\"a\":1]",
        "{\"a\":\"b\":1}",
        "{\"a\",\"b\":1}",
        "{\"a\":1\"b\":2}",
        "{\"a\":tru}",
        "{\"a\":truex}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":-}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"",
        "{\"a\":[}]",
        "[[]{}]",
        "{\"a\":{}[]}",
        "{\"a\":1}\\",
        "{\\\"a\":1}",
        "[]\"a\"",
        "{\"a\":1}x",
        "{[]:1}",
        "{\"a\":b\"c\"}",
        "{}\n,{}",
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
    fn damage_is_judged_as_byte_by_byte(
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
        let found = scan(&body).map(|found| found.records);
        prop_assert_eq!(found.is_ok(), slow.is_ok());
        if let (Some(list), Ok(slow)) = (list::read(&body, from), slow) {
            prop_assert_eq!(list.records, slow);
        }
    }
}

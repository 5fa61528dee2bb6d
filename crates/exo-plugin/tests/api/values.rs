//! The service's spellings, as fields of records.

use exo_plugin::prelude::*;
use exo_plugin::{Cell, RecordError};
use proptest::prelude::*;

#[derive(Record, Debug, PartialEq)]
struct All<'a> {
    text: Text<'a>,
    size: Option<ByteSize>,
    span: Option<TimeSpan>,
    time: Option<DateTime>,
    flag: Flag,
    many: MultiText<'a>,
    maybe: Maybe<u64>,
}

fn decode(size: &str, span: &str, time: &str, flag: &str, many: &str) -> std::result::Result<String, RecordError> {
    let json = format!(
        r#"{{"Text":"t","Size":{size},"Span":{span},"Time":{time},"Flag":{flag},"Many":{many},"Maybe":15394007230974001153}}"#
    );
    let all = All::decode(&json)?;
    let flags: Vec<_> = all.many.flags().collect();
    let time = all.time.map(|t| t.to_string());
    let span = all.span.map(|s| s.to_string());
    assert_eq!(all.maybe, Maybe::Value(15_394_007_230_974_001_153));
    Ok(format!("{:?} {span:?} {time:?} {} {flags:?}", all.size.map(ByteSize::bytes), all.flag.0))
}

#[test]
fn every_spelling_is_read() {
    let read = decode(
        r#""99 GB (106,300,440,576 bytes)""#,
        r#""14.00:00:00""#,
        r#""2024-05-22T16:52:26.3651234+00:00""#,
        "true",
        r#"["FullAccess, ReadPermission","x"]"#,
    );
    let wanted = r#"Some(Some(106300440576)) Some("14.00:00:00") Some("2024-05-22T16:52:26.3651234Z") true ["FullAccess", "ReadPermission", "x"]"#;
    assert_eq!(read.unwrap(), wanted);
    let read = decode(r#""Unlimited""#, r#""00:15:00""#, r#""2024-05-22T16:52:26""#, r#""True""#, "null");
    assert_eq!(read.unwrap(), r#"Some(None) Some("00:15:00") Some("2024-05-22T16:52:26Z") true []"#);
    let read = decode("1024", "null", r#""2024-05-22T16:52:26Z""#, r#""False""#, r#""one""#);
    assert_eq!(read.unwrap(), r#"Some(Some(1024)) None Some("2024-05-22T16:52:26Z") false ["one"]"#);
}

#[test]
fn what_is_no_spelling_is_named() {
    let field = |error: RecordError| error.field.unwrap();
    let good = (r#""1 B""#, "null", "null", "true", "[]");
    assert_eq!(field(decode(r#""plenty""#, good.1, good.2, good.3, good.4).unwrap_err()), "Size");
    assert_eq!(field(decode(good.0, r#""14 days""#, good.2, good.3, good.4).unwrap_err()), "Span");
    assert_eq!(field(decode(good.0, good.1, r#""yesterday""#, good.3, good.4).unwrap_err()), "Time");
    assert_eq!(field(decode(good.0, good.1, good.2, r#""maybe""#, good.4).unwrap_err()), "Flag");
    assert_eq!(field(decode(good.0, good.1, good.2, good.3, "[1]").unwrap_err()), "Many");
}

#[test]
fn sizes_are_shown_as_people_write_them() {
    let shown = |bytes| ByteSize::from_bytes(bytes).to_string();
    assert_eq!([shown(0), shown(1023), shown(1536), shown(53_150_220_288)], ["0 B", "1023 B", "1.5 KB", "49.5 GB"]);
    assert_eq!(
        [shown(1 << 40), shown(u64::MAX - 1), ByteSize::UNLIMITED.to_string()],
        ["1 TB", "15.9 EB", "unlimited"]
    );
}

#[test]
fn absent_and_null_are_two_things() {
    #[derive(Record)]
    struct Two {
        maybe: Maybe<u8>,
        null: Option<u8>,
        #[record(default)]
        gone: u8,
    }
    let two = |json: &str| Two::decode(json).map(|two| (two.maybe, two.null, two.gone));
    assert_eq!(two(r#"{"Null":null}"#), Ok((Maybe::Absent, None, 0)));
    assert_eq!(two(r#"{"Null":1,"Maybe":null,"Gone":2}"#), Ok((Maybe::Null, Some(1), 2)));
    assert_eq!(two("{}").unwrap_err(), RecordError::missing("Null"));
    assert!(two(r#"{"Null":1"#).is_err() && two("[]").is_err() && two(r#"{"Null":1} x"#).is_err());
}

#[test]
fn texts_borrow_unless_they_are_escaped() {
    #[derive(Record)]
    struct One<'a> {
        text: Text<'a>,
    }
    let json = r#"{"Other":{"a":[1]},"Text":"plain"}"#;
    let one = One::decode(json).unwrap();
    assert!(json.as_bytes().as_ptr_range().contains(&one.text.as_str().as_ptr()));
    assert_eq!(One::decode(r#"{"Text":"a\"b\u00e4"}"#).unwrap().text, "a\"bä");
}

proptest! {
    #[test]
    fn no_text_makes_a_record_panic(text in any::<String>(), inside in any::<bool>()) {
        let json = if inside { format!("{{\"Text\":{text}") } else { text };
        drop(All::decode(&json).map(|all| format!("{all:?}")));
    }

    #[test]
    fn texts_come_back_as_they_went(text in ".*") {
        let mut cell = Vec::new();
        text.write(&mut cell);
        let back: Text<'_> = serde_json::from_slice(&cell).unwrap();
        prop_assert_eq!(back.as_str(), text.as_str());
    }
}

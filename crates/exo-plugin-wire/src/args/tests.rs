//! Arguments as people write them.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn param(name: &str, kind: ColumnType) -> Param {
    let (default, at_least, at_most) = (None, None, None);
    Param {
        name: name.into(),
        kind,
        default,
        help: String::new(),
        choices: Vec::new(),
        at_least,
        at_most,
        optional: true,
    }
}

fn params() -> Vec<Param> {
    let over = Param { default: Some("40 GB".into()), ..param("over", ColumnType::ByteSize) };
    let user = Param { optional: false, ..param("user", ColumnType::String) };
    let switch = Param { optional: false, ..param("shared", ColumnType::Bool) };
    vec![
        over,
        user,
        switch,
        param("since", ColumnType::Duration),
        param("before", ColumnType::DateTime),
        param("only", ColumnType::StringList),
        param("top", ColumnType::Integer),
        param("share", ColumnType::Number),
        param("raw", ColumnType::Json),
    ]
}

fn words(line: &[&str]) -> Result<Value, ArgError> {
    parse_words(&params(), line).map(Value::from)
}

#[test]
fn words_become_typed_values_and_defaults_are_filled_in() {
    let read = words(&[
        "--user",
        "a b",
        "--since=14d",
        "--before",
        "2026-01-31",
        "--only",
        "x, y",
        "--only=z",
        "--top=-3",
        "--share",
        "0.5",
        "--raw",
        "{\"a\":[1]}",
        "--shared",
    ]);
    let wanted = json!({
        "over": 40_u64 << 30, "user": "a b", "since": "14.00:00:00", "before": "2026-01-31T00:00:00Z", "only": ["x", "y", "z"],
        "top": -3, "share": 0.5, "raw": {"a": [1]}, "shared": true,
    });
    assert_eq!(read.unwrap(), wanted);
}

#[test]
fn a_switch_takes_a_value_or_none() {
    let shared = |line: &[&str]| words(line).unwrap()["shared"].clone();
    assert_eq!(shared(&["--user", "x"]), false);
    assert_eq!(shared(&["--shared", "--user", "x"]), true);
    assert_eq!(shared(&["--shared", "false", "--user", "x"]), false);
    assert_eq!(shared(&["--shared=$true", "--user", "x"]), true);
}

#[test]
fn every_fault_is_named() {
    let text = |line: &[&str]| words(line).unwrap_err().to_string();
    assert_eq!(text(&[]), "parameter `user` is needed: a text");
    assert_eq!(text(&["--user"]), "parameter `user` needs a value: a text");
    assert_eq!(text(&["--user", "--top", "1"]), "parameter `user` needs a value: a text");
    assert_eq!(text(&["x"]), "`x` belongs to no parameter; parameters begin with `--`");
    assert_eq!(text(&["--user", "x", "--user", "y"]), "parameter `user` is given twice");
    assert_eq!(
        text(&["--over", "plenty"]),
        "`plenty` is no value for parameter `over`, which takes a size such as 40 GB"
    );
    let unknown = words(&["--under", "1"]).unwrap_err();
    assert_eq!(unknown.to_string(), "there is no parameter `under`");
    assert!(unknown.hint().unwrap().contains("over, user"));
    for bad in ["--top=x", "--top=1.5", "--share=nan", "--since=soon", "--before=then", "--raw={", "--shared=7"] {
        assert!(matches!(words(&[bad]), Err(ArgError::Value { .. })), "{bad}");
    }
}

#[test]
fn json_is_read_as_texts_or_by_type() {
    let read = |value: Value| parse_json(&params(), value.as_object().unwrap().clone()).map(Value::from);
    let read_back = read(json!({"user": "x", "over": 7, "since": "1d", "top": null})).unwrap();
    assert_eq!(read_back, json!({"user": "x", "over": 7, "since": "1.00:00:00", "shared": false}));
    assert!(matches!(read(json!({"user": 7})), Err(ArgError::Value { .. })));
    assert!(matches!(read(json!({"user": "x", "over": -7})), Err(ArgError::Value { .. })));
    assert!(matches!(read(json!({"user": null})), Err(ArgError::Value { .. })));
}

#[test]
fn what_was_parsed_passes_again() {
    let once = parse_words(&params(), &["--user", "x", "--over", "unlimited", "--only", "a,b"]).unwrap();
    assert_eq!(parse_json(&params(), once.clone()).unwrap(), once);
}

proptest! {
    #[test]
    fn no_words_make_the_parser_panic(line in proptest::collection::vec("(--)?[a-z=0-9 .]{0,12}", 0..6)) {
        drop(parse_words(&params(), &line));
    }

    #[test]
    fn every_number_and_text_comes_back(number in any::<i64>(), text in "[^-].*") {
        let read = parse_words(&params(), &["--top", &number.to_string(), "--user", &text]).unwrap();
        prop_assert_eq!(&read["top"], &Value::from(number));
        prop_assert_eq!(&read["user"], &Value::from(text));
    }
}

#[test]
fn a_choice_is_taken_in_its_own_spelling_and_nothing_else_is() {
    let choices = vec!["UserMailbox".to_owned(), "SharedMailbox".to_owned()];
    let kind = Param { choices, ..param("kind", ColumnType::StringList) };
    let taken = parse_words(std::slice::from_ref(&kind), &["--kind", "sharedmailbox"]).unwrap();
    assert_eq!(taken["kind"], serde_json::json!(["SharedMailbox"]));
    let error = parse_words(std::slice::from_ref(&kind), &["--kind", "UserMailbox,nix"]).unwrap_err();
    assert!(matches!(&error, ArgError::Choice { value, .. } if value == "nix"), "{error:?}");
    let json = serde_json::json!({"kind": ["nix"]});
    assert!(parse_json(&[kind], json.as_object().unwrap().clone()).is_err());
}

#[test]
fn values_outside_the_bounds_are_refused_in_every_type_that_has_an_order() {
    let cases = [
        (ColumnType::Integer, "1", "365", "7", "0"),
        (ColumnType::Number, "0.5", "1", "0.75", "1.25"),
        (ColumnType::ByteSize, "1 MB", "1 TB", "40 GB", "unlimited"),
        (ColumnType::Duration, "1d", "90d", "14d", "3h"),
        (ColumnType::DateTime, "2020-01-01", "2030-01-01", "2026-01-31", "2031-01-01"),
    ];
    for (kind, least, most, good, wrong) in cases {
        let bounded = Param { at_least: Some(least.into()), at_most: Some(most.into()), ..param("p", kind) };
        assert!(are_sound(&bounded), "{kind:?}");
        for inside in [least, good, most] {
            assert!(parse_text(&bounded, inside).is_ok(), "{inside}");
        }
        let error = parse_text(&bounded, wrong).unwrap_err();
        assert!(
            matches!(&error, ArgError::Range { range, .. } if **range == *format!("{least} to {most}")),
            "{error:?}"
        );
    }
    let number = Param { at_least: Some("1".into()), ..param("p", ColumnType::Integer) };
    assert!(parse_json(&[number], json!({"p": 0}).as_object().unwrap().clone()).is_err());
    let text = Param { at_least: Some("a".into()), ..param("p", ColumnType::String) };
    assert!(!are_sound(&text));
    let odd = Param { at_most: Some("plenty".into()), ..param("p", ColumnType::ByteSize) };
    assert!(!are_sound(&odd));
}

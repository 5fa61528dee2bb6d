//! What the service writes, and what it does not.

use super::*;
use proptest::prelude::*;

#[test]
fn sizes() {
    let good = [
        ("49.5 GB (53,150,220,288 bytes)", 53_150_220_288),
        ("0 B (0 bytes)", 0),
        ("1 B (1 byte)", 1),
        ("unlimited", UNLIMITED),
        ("Unlimited", UNLIMITED),
        ("1024", 1024),
        (" 40 GB ", 40 << 30),
        ("40GB", 40 << 30),
        ("0.5 kb", 512),
        ("15 PB", 15 << 50),
    ];
    for (text, bytes) in good {
        assert_eq!(parse_byte_size(text), Some(bytes), "{text}");
    }
    for bad in [
        "",
        "GB",
        "-1",
        "1 XB",
        "1.",
        ".5 GB",
        "1 GB (1,02 bytes)",
        "1 GB (x bytes)",
        "1 GB (5)",
        "99999999 PB",
        "1.2.3",
    ] {
        assert_eq!(parse_byte_size(bad), None, "{bad}");
    }
}

#[test]
fn spans_of_time() {
    let good = [
        ("14.00:00:00", TimeSpan::from_days(14)),
        ("00:15:00", TimeSpan::from_secs(900)),
        ("-1.00:00:01", TimeSpan::from_secs(-86_401)),
        ("00:00:00.5000000", TimeSpan::from_ticks(5_000_000)),
        ("00:00:00.25", TimeSpan::from_ticks(2_500_000)),
        ("14d", TimeSpan::from_days(14)),
        ("36h", TimeSpan::from_secs(129_600)),
        ("90m", TimeSpan::from_secs(5400)),
        ("30s", TimeSpan::from_secs(30)),
    ];
    for (text, span) in good {
        assert_eq!(parse_time_span(text), Some(span), "{text}");
    }
    for bad in
        ["", "d", "1", "1.5d", "24:00:00", "00:60:00", "0:0:0", "1:2", "1.:00:00", "00:00:00.", "1é", "99999999999999d"]
    {
        assert_eq!(parse_time_span(bad), None, "{bad}");
    }
}

#[test]
fn times() {
    let good = [
        ("2024-05-22T16:52:26.3651234+00:00", "2024-05-22T16:52:26.3651234Z"),
        ("2024-05-22T16:52:26.3651234Z", "2024-05-22T16:52:26.3651234Z"),
        ("2024-05-22T16:52:26", "2024-05-22T16:52:26Z"),
        ("2024-05-22T01:00:00+02:30", "2024-05-21T22:30:00Z"),
        ("2024-02-29 23:59:59-01:00", "2024-03-01T00:59:59Z"),
        ("2000-02-29", "2000-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
    ];
    for (text, shown) in good {
        assert_eq!(parse_date_time(text).map(|time| time.to_string()).as_deref(), Some(shown), "{text}");
    }
    let bad = [
        "",
        "2024",
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-32",
        "2024-1-1",
        "2024-05-22T24:00:00",
        "2024-05-22T16:52",
        "2024-05-22T16:52:26.",
        "2024-05-22T16:52:26+2",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٤-05-22",
    ];
    for bad in bad {
        assert_eq!(parse_date_time(bad), None, "{bad}");
    }
    assert_eq!(parse_date_time("2024-05-22T16:52:26Z").map(DateTime::unix_seconds), Some(1_716_396_746));
}

#[test]
fn times_are_subtracted() {
    let time = |text| parse_date_time(text).unwrap();
    let span = time("2024-03-01T00:00:00.25Z").since(time("2024-02-28T00:00:00.5Z"));
    assert_eq!(span.to_string(), "1.23:59:59.7500000");
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,40}") {
        let _ = (parse_byte_size(&text), parse_time_span(&text), parse_date_time(&text));
    }

    #[test]
    fn near_misses_do_not_either(text in "[-+:.,TZ()0-9 GBbytes]{0,30}") {
        let _ = (parse_byte_size(&text), parse_time_span(&text), parse_date_time(&text));
    }

    #[test]
    fn spans_come_back_as_they_were_written(ticks in any::<i64>().prop_filter("the least has no positive", |t| *t > i64::MIN)) {
        let span = TimeSpan::from_ticks(ticks);
        prop_assert_eq!(parse_time_span(&span.to_string()), Some(span));
    }

    #[test]
    fn times_come_back_as_they_were_written(seconds in -62_135_596_800_i64..253_402_300_800) {
        let time = DateTime::from_unix(seconds).unwrap();
        prop_assert_eq!(parse_date_time(&time.to_string()), Some(time));
    }

    #[test]
    fn the_bytes_in_brackets_win(bytes in any::<u64>().prop_filter("stands for unlimited", |b| *b != UNLIMITED)) {
        let digits = bytes.to_string();
        let threes: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|c| String::from_utf8_lossy(c).into_owned()).collect();
        prop_assert_eq!(parse_byte_size(&format!("1 GB ({} bytes)", threes.join(","))), Some(bytes));
        prop_assert_eq!(parse_byte_size(&format!("1 GB ({bytes} bytes)")), Some(bytes));
    }
}

//! Spans of time and times in JSON: as the service writes them, as arguments and cells carry them.

use super::{DateTime, TimeSpan, parse_date_time, parse_time_span};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = TimeSpan;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a span of time such as `14.00:00:00`, or seconds")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TimeSpan, E> {
        parse_time_span(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<TimeSpan, E> {
        Ok(TimeSpan::from_secs(seconds))
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<TimeSpan, E> {
        i64::try_from(seconds)
            .map(TimeSpan::from_secs)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(seconds), &self))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<TimeSpan, E> {
        TimeSpan::from_secs_f64(seconds).ok_or_else(|| E::invalid_value(Unexpected::Float(seconds), &self))
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SpanVisitor)
    }
}

/// Seconds: a whole number where it is one.
impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.subsec_ticks() == 0 {
            to.serialize_i64(self.whole_seconds())
        } else {
            to.serialize_f64(self.as_secs_f64())
        }
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = DateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time such as `2026-01-31T08:00:00Z`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DateTime, E> {
        parse_date_time(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TimeVisitor)
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

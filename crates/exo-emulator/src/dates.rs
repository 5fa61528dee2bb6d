//! Times as callers write them, and as the service repeats them.

use crate::clock::Civil;

/// Milliseconds since 1970 of `2026-01-31T08:15:30`, with or without fraction and zone, or of a date alone; a time
/// without zone is one of UTC.
pub(crate) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let day = match date.split('/').collect::<Vec<_>>().as_slice() {
        [month, day, year] => days(year, month, day)?,
        _ => match date.split('-').collect::<Vec<_>>().as_slice() {
            [year, month, day] => days(year, month, day)?,
            _ => return None,
        },
    };
    let (time, zone) = zone(rest.trim())?;
    Some((day * 86_400 - zone) * 1000 + time_of_day(time)?)
}

/// `2026-01-31T08:15:30Z`, with a fraction of seven digits unless the second is whole.
pub(crate) fn utc(millis: i64) -> String {
    let (seconds, rest) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    let fraction = if rest == 0 { String::new() } else { format!(".{rest:03}0000") };
    format!("{}{fraction}Z", Civil::from_unix(seconds).iso())
}

/// The time of day, and how many seconds its zone is ahead.
fn zone(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(place) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let (time, zone) = text.split_at_checked(place)?;
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let ahead = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
    Some((time.trim(), if zone.starts_with('-') { -ahead } else { ahead }))
}

fn time_of_day(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(|part| part.parse::<i64>().ok().filter(|number| (0..60).contains(number)));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if hour > 23 || parts.next().is_some() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some((hour * 3600 + minute * 60 + second) * 1000 + millis)
}

/// Days since 1970 of a day that there is.
fn days(year: &str, month: &str, day: &str) -> Option<i64> {
    let (year, month, day) = (year.parse::<i64>().ok()?, month.parse::<i64>().ok()?, day.parse::<i64>().ok()?);
    if !(1601..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let back = Civil::from_unix(days * 86_400);
    (i64::from(back.month) == month && i64::from(back.day) == day).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_forms_that_callers_send() {
        let wanted = 1_772_439_330_000;
        for text in [
            "2026-03-02T08:15:30",
            "2026-03-02T08:15:30Z",
            "2026-03-02T08:15:30.0000000Z",
            "2026-03-02T09:15:30+01:00",
            "2026-03-02 02:45:30-05:30",
            "03/02/2026 08:15:30",
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
        assert_eq!(read("2026-03-02T08:15:30.1239999"), Some(wanted + 123));
        assert_eq!(read("2024-02-29"), Some(1_709_164_800_000));
        for text in ["", "now", "2026-02-29", "2026-13-01", "2026-03-02T24:00:00", "2026-03-02T08:15:30.x", "1-1-1-1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn times_are_printed_as_they_are_read() {
        for millis in [0, 1_772_439_330_000, 1_772_439_330_123, 4_102_444_799_999] {
            assert_eq!(read(&utc(millis)), Some(millis));
        }
        assert_eq!(utc(1_772_439_330_120), "2026-03-02T08:15:30.1200000Z");
        assert_eq!(utc(1_772_439_330_000), "2026-03-02T08:15:30Z");
    }
}
